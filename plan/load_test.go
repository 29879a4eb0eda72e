package plan_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sbexport/internal/change"
	"sbexport/plan"
)

// maximal uses every key that there is.
const maximal = `# a comment
version: 1
platform: cavatica
project: rfranklin/rna-seq
volume: rfranklin/archive
copy_only: true
overwrite: true
properties:
  sse_algorithm: aws:kms
  sse_aws_kms_key_id: arn:aws:kms:us-east-1:1:key/abc
  aws_canned_acl: bucket-owner-full-control
  aws_storage_class: STANDARD
tolerate: [public]
limits: {files: 5000, bytes: 10 TB, overwrites: 7}
exports:
  - name: variant-calls
    match: ["results/**/*.vcf.gz", "results/**/*.vcf.gz.tbi"]
    exclude: "**/tmp/**"
    where:
      metadata: {sample_type: [Tumor, Normal], stage: "*"}
      tags: [final]
      task: 0b0a5c3e-5d0c-4b1c-9f6b-0e3c8d1d2f11
      larger_than: 1 MB
      smaller_than: 1000000000
      older_than: 30d
      newer_than: 2020-01-31
    to: vcf/{metadata.sample_id}/{name}
    project: other/project
    volume: other/volume
    copy_only: false
    overwrite: false
    properties: {sse_algorithm: AES256, sse_aws_kms_key_id: null}
    tolerate: [archived, public]
    secondary_files: true
  - file: 567890abc8a5639cc6722063
    to: reports/summary.html
  - file: ["123456789012345678901234", 12345678901234567890123e, 000000000000000000000000]
    to: reports/
    tolerate: exists
`

func text(s string) *string { return &s }

func number(n int64) *int64 { return &n }

func TestLoad(t *testing.T) {
	got, err := plan.Load("my.yaml", []byte(maximal), environment)
	if err != nil {
		t.Fatal(err)
	}
	defaults := map[string]*string{
		"sse_algorithm": text("aws:kms"), "sse_aws_kms_key_id": text("arn:aws:kms:us-east-1:1:key/abc"),
		"aws_canned_acl": text("bucket-owner-full-control"), "aws_storage_class": text("STANDARD"),
	}
	sum := sha256.Sum256([]byte(maximal))
	want := &plan.Plan{
		Name: "my.yaml", SHA256: hex.EncodeToString(sum[:]), Endpoint: "https://cavatica-api.sbgenomics.com/v2",
		Limits: plan.Limits{Files: number(5000), Bytes: number(10e12), Overwrites: 7},
		Rules: []*plan.Rule{
			{
				Name: "variant-calls", Line: 16, Match: []string{"results/**/*.vcf.gz", "results/**/*.vcf.gz.tbi"}, Exclude: []string{"**/tmp/**"},
				Where: plan.Where{
					Metadata: []plan.MetadataCondition{
						{Key: "sample_type", Values: plan.OneOf{"Tumor": {}, "Normal": {}}},
						{Key: "stage", Any: true},
					},
					Tags: plan.OneOf{"final": {}}, Tasks: plan.OneOf{"0b0a5c3e-5d0c-4b1c-9f6b-0e3c8d1d2f11": {}},
					LargerThan: number(1e6), SmallerThan: number(1e9),
				},
				Project: "other/project", Volume: "other/volume", SecondaryFiles: true,
				Properties: map[string]*string{
					"sse_algorithm": text("AES256"), "sse_aws_kms_key_id": nil,
					"aws_canned_acl": text("bucket-owner-full-control"), "aws_storage_class": text("STANDARD"),
				},
				Tolerate: []change.Reason{change.Archived, change.Public},
			},
			{
				Name: "exports[1]", Line: 35, Index: 1, Files: []string{"567890abc8a5639cc6722063"}, Project: "rfranklin/rna-seq", Volume: "rfranklin/archive",
				CopyOnly: true, Overwrite: true, Properties: defaults, Tolerate: []change.Reason{change.Public},
			},
			{
				Name: "exports[2]", Line: 37, Index: 2, Files: []string{"123456789012345678901234", "12345678901234567890123e", "000000000000000000000000"},
				Project: "rfranklin/rna-seq", Volume: "rfranklin/archive",
				CopyOnly: true, Overwrite: true, Properties: defaults, Tolerate: []change.Reason{change.Exists, change.Public},
			},
		},
	}
	options := cmp.Options{
		cmpopts.IgnoreUnexported(plan.Rule{}),
		cmpopts.IgnoreFields(plan.Rule{}, "To"),
		cmpopts.IgnoreFields(plan.Where{}, "OlderThan", "NewerThan"),
	}
	if diff := cmp.Diff(want, got, options); diff != "" {
		t.Errorf("the plan differs (-want +got):\n%s", diff)
	}
	for i, want := range []string{"vcf/{metadata.sample_id}/{name}", "reports/summary.html", "reports/"} {
		if got.Rules[i].To.String() != want {
			t.Errorf("rule %d goes to %q, want %q", i, got.Rules[i].To, want)
		}
	}
	rule := got.Rules[0]
	if !rule.Paths().Match("results/a/b.vcf.gz") || !rule.Paths().Exclude("results/tmp/b.vcf.gz", nil) || !rule.Paths().Reaches("results/a") || rule.Paths().Reaches("other") {
		t.Error("the rule's patterns do not work")
	}
	if got.Rules[1].Paths().Match("reports/summary.html") {
		t.Error("a rule by IDs matches a path")
	}
}

func TestLoadDefaults(t *testing.T) {
	src := "version: 1\nexports:\n- {file: abc, to: x, volume: a/b}\n"
	got, err := plan.Load("p", []byte(src), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plan.Limits{}, got.Limits); diff != "" {
		t.Errorf("limits differ (-want +got):\n%s", diff)
	}
	r := got.Rules[0]
	if got.Endpoint != "" || r.Project != "" || r.CopyOnly || r.Overwrite || r.SecondaryFiles || len(r.Properties) > 0 || len(r.Tolerate) > 0 {
		t.Errorf("the defaults are %+v in %+v", r, got)
	}
}

// TestLoadAccepts has plans that look odd and are right.
func TestLoadAccepts(t *testing.T) {
	const rest = "\nvolume: a/b\nexports: [{file: abc, to: x}]\n"
	for name, src := range map[string]string{
		"a byte order mark":         "\ufeffversion: 1" + rest,
		"windows line ends":         strings.ReplaceAll("version: 1"+rest, "\n", "\r\n"),
		"old mac line ends":         strings.ReplaceAll("version: 1"+rest, "\n", "\r"),
		"a document marker":         "---\nversion: 1" + rest,
		"a document end":            "version: 1" + rest + "...\n",
		"comments":                  "# a\nversion: 1 # b\n\n  # c" + rest,
		"no line end":               "version: 1" + strings.TrimSuffix(rest, "\n"),
		"JSON":                      `{"version": 1, "volume": "a/b", "exports": [{"file": "abc", "to": "x"}]}`,
		"a URL":                     "version: 1\nplatform: https://example.org:8443/sb/v2/" + rest,
		"a local URL":               "version: 1\nplatform: http://127.0.0.1:8080/v2" + rest,
		"a local name":              "version: 1\nplatform: http://localhost:8080/v2" + rest,
		"a local IPv6 address":      "version: 1\nplatform: http://[::1]:8080/v2" + rest,
		"repeated IDs":              "version: 1\nvolume: a/b\nexports: [{file: [abc, abc], to: x/}, {file: abc, to: y/}]",
		"an owner with a space":     "version: 1\nvolume: My Division (EU)/b\nexports: [{file: abc, to: x}]",
		"the tag of text":           "version: 1\nvolume: !!str a/b\nexports: [{file: !!str 123, to: x}]",
		"text over several lines":   "version: 1\nvolume: a/b\nexports:\n- file: abc\n  to: >-\n    x/{name}\n",
		"the default key of KMS":    "version: 1\nvolume: a/b\nproperties: {sse_algorithm: 'aws:kms'}\nexports: [{file: abc, to: x}]",
		"a KMS key for one rule":    "version: 1\nvolume: a/b\nproperties: {sse_algorithm: 'aws:kms'}\nexports: [{file: abc, to: x, properties: {sse_aws_kms_key_id: k}}]",
		"a KMS key beside one rule": "version: 1\nvolume: a/b\nproperties: {sse_aws_kms_key_id: k}\nexports: [{file: abc, to: x, properties: {sse_algorithm: 'aws:kms'}}]",
	} {
		if _, err := plan.Load("p", []byte(src), environment); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEnvironment(t *testing.T) {
	src := `version: ${ONE:-1}
project: ${OWNER}/rna-seq
volume: "${OWNER:?who}/${NONE:-archive}"
copy_only: ${FLAG}
overwrite: ${NONE:-false}
limits:
  files: ${COUNT}
  bytes: ${NONE:-10} GB
exports:
  - match: ["${EMPTY:-}x", '$${OWNER}', "$5 $", "${NONE:-{a,b}}/${OWNER:-{c}}"]
    name: ${FLAG}
    where:
      metadata: {flag: "${FLAG}", count: "${COUNT}"}
    to: >-
      ${EMPTY:-out}/{name}
`
	got, err := plan.Load("p", []byte(src), environment)
	if err != nil {
		t.Fatal(err)
	}
	r := got.Rules[0]
	want := map[string]string{
		"project": "rfranklin/rna-seq", "volume": "rfranklin/archive", "copy": "true", "overwrite": "false", "files": "12", "bytes": "10000000000",
		"match": "[x ${OWNER} $5 $ {a,b}/rfranklin]", "name": "true", "flag": "map[true:{}]", "count": "map[12:{}]", "to": "out/{name}",
	}
	have := map[string]string{
		"project": r.Project, "volume": r.Volume, "copy": fmt.Sprint(r.CopyOnly), "overwrite": fmt.Sprint(r.Overwrite),
		"files": fmt.Sprint(*got.Limits.Files), "bytes": fmt.Sprint(*got.Limits.Bytes), "match": fmt.Sprint(r.Match), "name": r.Name,
		"flag": fmt.Sprint(r.Where.Metadata[0].Values), "count": fmt.Sprint(r.Where.Metadata[1].Values), "to": r.To.String(),
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("the plan differs (-want +got):\n%s", diff)
	}
}

// TestEnvironmentBounded refers to a long value very often.
func TestEnvironmentBounded(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	src := "version: 1\nvolume: a/b\nexports:\n- to: x\n  file: [" + strings.Repeat(`"${A}",`, 1_000) + "]\n"
	_, err := plan.Load("p", []byte(src), func(string) (string, bool) { return long, true })
	if err == nil || !strings.Contains(err.Error(), "too long with the environment variables put in") {
		t.Errorf("error %.200v, want one about the length", err)
	}
}

func TestProblems(t *testing.T) {
	p := &plan.Problems{Name: "p.yaml", Source: []byte("a: 1\nb: 2"), List: []plan.Problem{{Line: 2, Column: 3, Message: "wrong", Hint: "right"}}}
	if got, want := p.Error(), "p.yaml:2:3: error: wrong"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	for line, want := range map[int]string{0: "", 1: "a: 1", 2: "b: 2", 3: ""} {
		if got := p.SourceLine(line); got != want {
			t.Errorf("SourceLine(%d) = %q, want %q", line, got, want)
		}
	}
	for n, want := range map[int]string{1: "and 1 more problem", 2: "and 2 more problems", 9900: "and at least 9900 more problems"} {
		if got := plan.More(n); got != want {
			t.Errorf("More(%d) = %q, want %q", n, got, want)
		}
	}
}

// TestLoadWrongEverywhere keeps the list of problems finite.
func TestLoadWrongEverywhere(t *testing.T) {
	src := "version: 1\nvolume: a/b\nexports:\n" + strings.Repeat("- {file: a/b, too: x}\n", 20_000)
	_, err := plan.Load("p", []byte(src), environment)
	var problems *plan.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("error %v, want problems", err)
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 101 || !strings.HasPrefix(lines[100], "p: error: and at least ") {
		t.Errorf("%d lines are printed, the last of them %q", len(lines), lines[len(lines)-1])
	}
}

// TestLoadLarge loads plans of the largest size that people make.
func TestLoadLarge(t *testing.T) {
	var ids, rules strings.Builder
	ids.WriteString("version: 1\nvolume: a/b\nexports:\n- to: x/\n  file:\n")
	for i := range 30_000 {
		fmt.Fprintf(&ids, "  - %024x\n", i)
	}
	rules.WriteString("version: 1\nvolume: a/b\nproject: a/b\nexports:\n")
	for i := range 3_000 {
		fmt.Fprintf(&rules, "- match: run%d/*.bam\n  to: x%d/{name}\n", i, i)
	}
	got, err := plan.Load("ids", []byte(ids.String()), environment)
	if err != nil || len(got.Rules[0].Files) != 30_000 {
		t.Errorf("the plan of many IDs: %v", err)
	}
	got, err = plan.Load("rules", []byte(rules.String()), environment)
	if err != nil || len(got.Rules) != 3_000 {
		t.Errorf("the plan of many rules: %v", err)
	}
	src := rules.String() + "  oops\n"
	_, err = plan.Load("broken", []byte(src), environment)
	if want := fmt.Sprintf("broken:%d:3: error: ", strings.Count(src, "\n")); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("the broken plan: error %v, want one in the last line", err)
	}
}

// TestLoadTooLarge has plans that are refused before they cost anything.
func TestLoadTooLarge(t *testing.T) {
	for name, src := range map[string]string{
		"bytes":   "version: 1 #" + strings.Repeat("x", 64<<20),
		"commas":  "a: [" + strings.Repeat(",", 2_000_000),
		"dashes":  strings.Repeat("- ", 3_000_000),
		"lines":   strings.Repeat("\n", 3_000_000),
		"colons":  strings.Repeat("a: ", 3_000_000),
		"bracket": strings.Repeat("[", 3_000_000),
	} {
		_, err := plan.Load("p", []byte(src), environment)
		if err == nil || !strings.HasPrefix(err.Error(), "p:1:1: error: the plan has ") {
			t.Errorf("%s: error %.100v", name, err)
		}
	}
}

// TestLoadHostile has short texts that have made YAML readers hang, crash or
// take all memory.
func TestLoadHostile(t *testing.T) {
	for _, src := range []string{
		strings.Repeat("[", 20_000), strings.Repeat("{a: ", 20_000), strings.Repeat("- ", 20_000), strings.Repeat("? ", 20_000),
		strings.Repeat("&a ", 10_000), strings.Repeat("!a ", 10_000), strings.Repeat("# x\n", 100_000), strings.Repeat(" ", 1_000_000) + "x",
		"a: &a [*a]", "&a *a", "a: !!binary x", "? ? ?", "- - -\n - -\n- ", "\x00", "%TAG ! x\n---\n!a", "a: |9999999999\n x", "!!int 0x", "- !!null\n- !!float x",
		"version: \"" + strings.Repeat("\\x", 10_000), strings.Repeat("---\n", 100_000), strings.Repeat("a: b\n---\n", 10_000), "{? , ? }", "[? a: b, : c]", ": :", "'", `"`, "*", "&", "|", ">",
	} {
		_, err := plan.Load("p", []byte(src), environment)
		var problems *plan.Problems
		if !errors.As(err, &problems) {
			t.Errorf("%.40q: error %v, want problems", src, err)
		}
	}
}
