package plan

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

// someFile has a value for every placeholder.
func someFile() Values {
	return Values{
		File: &platform.File{
			ID: "567890abc8a5639cc6722063", Name: "S1.sorted.vcf.gz", Project: "rfranklin/rna-seq", Task: "t-1",
			CreatedOn: time.Date(2024, 3, 1, 23, 30, 0, 0, time.FixedZone("", -3600)),
			Metadata: map[string][]string{
				"sample_id": {"S1"}, "two": {"a", "b"}, "blank": {""}, "path": {"x/y"}, "up": {".."}, "a b-c.d": {"odd"}, "empty": {}, "EMPTY": {},
			},
		},
		Path: "results/run 1/S1.sorted.vcf.gz",
		Rule: "variants",
	}
}

// parsed reads a template that is right.
func parsed(t *testing.T, text string) *Template {
	t.Helper()
	template, slips := parseTemplate(text, false)
	if len(slips) > 0 {
		t.Fatalf("the template %q has slips: %v", text, slips)
	}
	return template
}

func TestTemplate(t *testing.T) {
	tests := []struct{ text, want string }{
		{"a/b.txt", "a/b.txt"},
		{"{name}", "S1.sorted.vcf.gz"},
		{"{stem}", "S1.sorted"},
		{"{ext}", ".vcf.gz"},
		{"x/{stem}_final{ext}", "x/S1.sorted_final.vcf.gz"},
		{"{path}", "results/run 1/S1.sorted.vcf.gz"},
		{"{dir}/x", "results/run 1/x"},
		{"{id}", "567890abc8a5639cc6722063"},
		{"{project}/{name}", "rfranklin/rna-seq/S1.sorted.vcf.gz"},
		{"{rule}-{task}", "variants-t-1"},
		{"{year}/{month}/{day}/", "2024/03/02/S1.sorted.vcf.gz"}, // in UTC
		{"{metadata.sample_id}/", "S1/S1.sorted.vcf.gz"},
		{"{metadata.path}/z", "x/y/z"},
		{"{metadata.a b-c.d}", "odd"},
		{"{metadata.nothing|unknown}/z", "unknown/z"},
		{"{metadata.nothing|}z", "z"},
		{"{metadata.nothing|a|b}", "a|b"},
		{"{metadata.sample_id|unknown}", "S1"},
		{"{metadata.blank|none}", "none"},
		{"{metadata.empty|none}", "none"},
		{"{name|x}", "S1.sorted.vcf.gz"},
		{"{{{name}}}", "{S1.sorted.vcf.gz}"},
		{"a{{b}}c", "a{b}c"},
		{"{{}}", "{}"},
		{"bam/", "bam/S1.sorted.vcf.gz"},
	}
	for _, test := range tests {
		template := parsed(t, test.text)
		if got, _, blocked := template.Location(someFile()); got != test.want || blocked != nil {
			t.Errorf("%q gives %q (blocked: %v), want %q", test.text, got, blocked, test.want)
		}
		if template.String() != test.text {
			t.Errorf("%q prints as %q", test.text, template)
		}
	}
}

func TestTemplateMissingValue(t *testing.T) {
	bare := Values{File: &platform.File{Metadata: map[string][]string{"Sample_ID": {"S1"}, "two": {"a", "b"}, "blank": {""}}}}
	tests := []struct{ placeholder, why string }{
		{"metadata.two|a", `the file has 2 values for the metadata key "two", and a location takes one`},
		{"metadata.sample_id|unknown", `the file has no metadata key "sample_id", but it has "Sample_ID"`},
		{"name", "the file has no name"},
		{"stem", "the file has no name"},
		{"path", "the file has no path"},
		{"id", "the file has no ID"},
		{"project", "the file's project is not known"},
		{"rule", "the rule has no name"},
		{"task", "the file was not produced by a task"},
		{"year", "the platform does not say when the file was created"},
		{"month", "the platform does not say when the file was created"},
		{"day", "the platform does not say when the file was created"},
		{"metadata.x", `the file has no metadata key "x"`},
		{"metadata.sample_id", `the file has no metadata key "sample_id", but it has "Sample_ID"`},
		{"metadata.blank", `the file's metadata key "blank" is empty`},
		{"metadata.two", `the file has 2 values for the metadata key "two", and a location takes one`},
	}
	for _, test := range tests {
		_, _, blocked := parsed(t, "x/{"+test.placeholder+"}/y").Location(bare)
		if want := "{" + test.placeholder + "} has no value: " + test.why + "; "; blocked == nil || blocked.Reason != change.MissingValue || !strings.HasPrefix(blocked.Message, want) {
			t.Errorf("{%s}: blocked: %v, want %q", test.placeholder, blocked, want)
		}
		ambiguous := strings.Contains(test.why, "values for") || strings.Contains(test.why, "but it has")
		got, fallbacks, blocked := parsed(t, "x/{"+test.placeholder+"|f}/y").Location(bare)
		if want := "{" + test.placeholder + "|f}"; !ambiguous && (got != "x/f/y" || fallbacks != want) || ambiguous && blocked == nil {
			t.Errorf("%s gives %q with the fallbacks %q (blocked: %v)", want, got, fallbacks, blocked)
		}
	}
}

func TestTemplateBadLocation(t *testing.T) {
	atRoot := someFile()
	atRoot.Path = atRoot.File.Name
	const hint = ", because {dir} is empty for a file at the project's root; write {path} for folder and name together"
	tests := []struct{ text, location, why string }{
		{"{dir}/{name}", "/S1.sorted.vcf.gz", "it begins with a slash" + hint},
		{"x/{dir}/{name}", "x//S1.sorted.vcf.gz", `it has an empty segment ("//")` + hint},
		{"{dir}", "", "it is empty"},
		{"{metadata.nothing|}", "", "it is empty"},
		{"x/{metadata.up}/y", "x/../y", `it has the segment ".."`},
		{"x/{metadata.nothing|}", "x/", "it ends in a slash"},
		{"x{metadata.nothing|/}/y", "x//y", `it has an empty segment ("//")`},
	}
	for _, test := range tests {
		_, _, blocked := parsed(t, test.text).Location(atRoot)
		want := &Block{change.BadLocation, fmt.Sprintf(`the location %q cannot be used: %s; change the rule's "to"`, test.location, test.why)}
		if diff := cmp.Diff(want, blocked); diff != "" {
			t.Errorf("%q: blocked differently (-want +got):\n%s", test.text, diff)
		}
	}
}

func TestUnusable(t *testing.T) {
	tests := map[string]string{
		"a":                       "",
		"a/b c/ü.txt":             "",
		"a/.hidden":               "",
		"a/...":                   "",
		strings.Repeat("x", 1024): "",
		"":                        "it is empty",
		"/a":                      "it begins with a slash",
		"a/":                      "it ends in a slash",
		"a//b":                    `it has an empty segment ("//")`,
		".":                       `it has the segment "."`,
		"a/./b":                   `it has the segment "."`,
		"a/..":                    `it has the segment ".."`,
		"a\nb":                    "it has a control character in it",
		"a\x7fb":                  "it has a control character in it",
		"a\u0085b":                "it has a control character in it",
		"a\xffb":                  "it is not valid UTF-8 text",
		strings.Repeat("é", 513):  "it has 1026 bytes, and a key may have 1024",
	}
	for location, want := range tests {
		if why := Unusable(location); why != want {
			t.Errorf("%.40q: %q, want %q", location, why, want)
		}
	}
}

func TestSplitName(t *testing.T) {
	tests := []struct{ name, stem, ext string }{
		{"a.vcf.gz", "a", ".vcf.gz"},
		{"a.vcf", "a", ".vcf"},
		{"a", "a", ""},
		{"a.gz", "a", ".gz"},
		{"a.bam.bai", "a", ".bam.bai"},
		{"a.cram.crai", "a", ".cram.crai"},
		{"a.vcf.gz.tbi", "a", ".vcf.gz.tbi"},
		{"a.v1.bam", "a.v1", ".bam"},
		{"a.tar.XZ", "a", ".tar.XZ"},
		{"a.fastq.zst", "a", ".fastq.zst"},
		{"a.bed.bz2", "a", ".bed.bz2"},
		{"a.bcf.csi", "a", ".bcf.csi"},
		{".hidden", ".hidden", ""},
		{".hidden.gz", ".hidden", ".gz"},
		{".gz", ".gz", ""},
		{"a.", "a", "."},
		{"a.bai.txt", "a.bai", ".txt"},
		{"", "", ""},
	}
	for _, test := range tests {
		if stem, ext := SplitName(test.name); stem != test.stem || ext != test.ext {
			t.Errorf("SplitName(%q) = %q, %q; want %q, %q", test.name, stem, ext, test.stem, test.ext)
		}
	}
}
