package snapshot_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/api"
	"sbexport/internal/platform"
	"sbexport/internal/snapshot"
	"sbexport/plan"
)

func sorted(all []string) []string {
	slices.Sort(all)
	return all
}

const patients = `
user: ann
projects:
  - id: ann/one
    files:
      - {path: results/Smith_S1/tumor.Smith.vcf.gz, id: 567890abc8a5639cc6722063, tags: [final, Smith], metadata: {sample_id: S1, name: Smith, kind: Tumor}}
      - {path: results/Smith_S1/tumor.Smith.vcf.gz.tbi, metadata: {sample_id: S1}}
      - {path: results/Jones_S2/tumor.Jones.vcf.gz, task: 0b0a5c3e-5d0c-4b1c-9f6b-0e3c8d1d2f11, metadata: {sample_id: S2, kind: Normal}}
      - {path: raw/2023-05-01/laneSmith1.bam, alias: {volume: ann/archive, location: raw/2023-05-01/laneSmith1.bam}}
      - {path: raw/notes.Smith, public: true, metadata: {sbg_public_files_category: Smith}}
volumes: [{id: ann/archive, prefix: smith-lab, bucket: smith}]
`

// A plan selects the files of a disguised snapshot as it does the real ones, and
// finds in place what is, but nothing tells whose they are.
func TestDisguise(t *testing.T) {
	t.Parallel()
	live := started(t, patients)
	disguise := snapshot.NewDisguise([]byte("secret"), snapshot.Kept{
		Values:    []string{"Tumor", "final", "ann/one", "ann/archive"},
		Patterns:  []string{"results/*/tumor*.vcf.gz", "raw/**/lane*.bam"},
		Templates: []string{"vcf/{metadata.sample_id|nobody}/{name}", "{path}"},
	})
	o := snapshot.Options{Projects: []string{"ann/one"}, Volumes: []string{"ann/archive"}, Objects: true, Disguise: disguise}
	text, _ := taken(t, live, o)
	for _, name := range []string{"Smith", "Jones", "smith", "S1", "2023", "567890abc8a5639cc6722063", "0b0a5c3e", "Normal"} {
		if strings.Contains(strings.ReplaceAll(text, "created_on\":\"20", ""), name) {
			t.Errorf("the snapshot tells %q:\n%s", name, text)
		}
	}
	again := started(t, text)
	p, err := plan.Load("p", []byte(`
version: 1
project: ann/one
volume: ann/archive
exports:
  - {match: "results/*/tumor*.vcf.gz", where: {metadata: {kind: Tumor}, tags: [final]}, to: "vcf/{metadata.sample_id|nobody}/{name}"}
  - {match: "raw/**/lane*.bam", to: "{path}"}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	if want, got := selected(t, live, p), selected(t, again, p); want[0] != 1 || want[1] != 1 || want != got {
		t.Errorf("the plan selects %v of the real files and %v of the disguised", want, got)
	}
	twice, _ := taken(t, live, o)
	if diff := cmp.Diff(text, twice); diff != "" {
		t.Errorf("under one key two snapshots differ:\n%s", diff)
	}
	o.Disguise = snapshot.NewDisguise([]byte("other secret"), snapshot.Kept{})
	if other, _ := taken(t, live, o); strings.Contains(other, "tumor") || strings.Contains(other, "ann") || other == text {
		t.Errorf("under another key, without a plan:\n%s", other)
	}
}

// selected counts the files that each rule selects, those of the second only
// where the alias is in place.
func selected(t *testing.T, c *api.Client, p *plan.Plan) (counts [2]int) {
	t.Helper()
	for path, f := range listed(t, c, "ann/one") {
		for i, r := range p.Rules {
			at := plan.PathOf(path)
			if f.Folder || !r.Paths().Match(at) || r.Paths().Exclude(at, nil) || !r.Accepts(&f, f.CreatedOn) {
				continue
			}
			location, _, blocked := r.To.Location(plan.Values{File: &f, Path: path, Rule: r.Name})
			if blocked != nil {
				t.Fatal(blocked.Message)
			}
			if i == 1 && f.Storage.Location != location {
				t.Errorf("%s is at %q, wanted at %q", path, f.Storage.Location, location)
				continue
			}
			counts[i]++
		}
	}
	return counts
}

// Pseudonyms are equal where the names are, in names, metadata and locations,
// and keep what the plan and the world need.
func TestPseudonyms(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a_", 120) + "b.vcf.gz"
	src := &fake{files: map[string][]platform.File{"": {
		{ID: "567890abc8a5639cc6722063", Name: "S1_lane12.2024-03-07.fastq.gz", CreatedOn: day},
		{ID: "567890abc8a5639cc6722064", Name: long, Metadata: map[string][]string{"sample": {"S1", "lane12"}}},
		{ID: "567890abc8a5639cc6722065", Name: "x.567890abc8a5639cc6722063.Éva", Tags: []string{"Éva"}},
	}}}
	text, _ := taken(t, src, snapshot.Options{Projects: []string{"ann/one"}, Disguise: snapshot.NewDisguise([]byte("k"), snapshot.Kept{
		Files: []string{"567890abc8a5639cc6722065"}, Patterns: []string{"**/*lane{1,2}*", "[abc]x?"}, Dates: true,
		Templates: []string{"{{x}}/{year}/pre{name}"},
	})})
	var project string
	for line := range strings.Lines(text) {
		if id, ok := strings.CutPrefix(strings.TrimSpace(line), "- id: "); ok {
			project = strings.Trim(id, `"`)
		}
	}
	var dated, shortened, named platform.File
	for _, f := range listed(t, started(t, text), project) {
		switch {
		case strings.HasSuffix(f.Name, ".fastq.gz"):
			dated = f
		case strings.HasSuffix(f.Name, ".vcf.gz"):
			shortened = f
		default:
			named = f
		}
	}
	sample, rest, _ := strings.Cut(dated.Name, "_")
	lane, _, _ := strings.Cut(rest, ".")
	if !strings.HasPrefix(lane, "lane") || !strings.HasSuffix(dated.Name, ".2024-03-07.fastq.gz") || strings.Contains(dated.Name, "S1") {
		t.Errorf("name %q", dated.Name)
	}
	if want := map[string][]string{"sample": {sample, lane}}; !cmp.Equal(want, shortened.Metadata) {
		t.Errorf("metadata %v, want %v", shortened.Metadata, want)
	}
	if len(shortened.Name) > 30 {
		t.Errorf("a name that would be too long is %q", shortened.Name)
	}
	if named.ID != "567890abc8a5639cc6722065" || !strings.HasPrefix(named.Name, "x."+dated.ID+".") || !strings.HasSuffix(named.Name, "."+named.Tags[0]) {
		t.Errorf("%+v", named)
	}
}

// Text comes back from a seed as it was, whatever is in it.
func FuzzText(f *testing.F) {
	f.Add("a: {b} # c", "- x\n\ttab")
	f.Add("\x00\x7f\u0085\u2028\ufeff\ufffe", "é\U0001F600\"'\\/")
	f.Add("~", "null")
	f.Fuzz(func(t *testing.T, tag, value string) {
		if !utf8.ValidString(tag) || !utf8.ValidString(value) || tag == "" || value == "" {
			return
		}
		src := &fake{files: map[string][]platform.File{"": {{ID: fmt.Sprintf("%024x", 1), Name: "n", Tags: []string{tag}, Metadata: map[string][]string{"k": {value}}}}}}
		text, _ := taken(t, src, snapshot.Options{Projects: []string{"ann/one"}})
		got := listed(t, started(t, text), "ann/one")["n"]
		if len(got.Tags) != 1 || got.Tags[0] != tag || len(got.Metadata["k"]) != 1 || got.Metadata["k"][0] != value {
			t.Fatalf("%q and %q came back as %q and %q in\n%s", tag, value, got.Tags, got.Metadata["k"], text)
		}
	})
}

// day is when the files of these tests were made.
var day = time.Date(2024, 3, 7, 0, 0, 0, 0, time.UTC)
