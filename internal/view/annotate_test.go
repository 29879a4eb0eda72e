package view

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/plan"
)

func TestProblemAnnotations(t *testing.T) {
	t.Parallel()
	p := &plan.Problems{Name: "ignored", List: []plan.Problem{
		{Line: 2, Column: 7, Message: "100% wrong: a, b", Hint: "do\nright"},
		{Line: 9, Column: 1, Message: "unknown key"},
	}}
	var b strings.Builder
	if err := ProblemAnnotations(&b, "plans/a,b:\r\nc.yaml", p); err != nil {
		t.Fatal(err)
	}
	want := `::error file=plans/a%2Cb%3A%0D%0Ac.yaml,line=2,col=7::100%25 wrong: a, b (hint: do\nright)
::error file=plans/a%2Cb%3A%0D%0Ac.yaml,line=9,col=1::unknown key
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestManyAnnotations(t *testing.T) {
	t.Parallel()
	p := &plan.Problems{}
	for i := range 12 {
		p.List = append(p.List, plan.Problem{Line: i + 1, Column: 1, Message: "wrong"})
	}
	var b strings.Builder
	if err := ProblemAnnotations(&b, "p.yaml", p); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 10 || lines[9] != "::error file=p.yaml::and 3 more problems: the log has them" {
		t.Errorf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
	}
}

func TestFileAnnotations(t *testing.T) {
	t.Parallel()
	source := AnnotationSource{Plan: "sbexport.yaml", Lines: map[string]int{"vcf": 5, "bam": 9}}
	failed := func(rule, path string, err *platform.Error) FailedFile {
		return FailedFile{Action: &change.Action{Rule: rule, Path: path, File: "id-" + path}, Err: err, Permanent: true}
	}
	taken := &platform.Error{Code: 9107}
	failures := []FailedFile{
		failed("bam", "x.bam", &platform.Error{Message: "out of luck\n::error::forged"}),
		failed("vcf", "a.vcf", taken), failed("vcf", "b.vcf", taken), failed("bam", "c.bam", taken),
	}
	blocked := []change.Blocked{
		{Rule: "vcf", Reason: change.Public, Path: "p", Message: "leave it"},
		{Rule: "vcf", Reason: change.Public, Path: "q", Message: "leave it"},
		{Rule: "bam", Reason: change.Archived, Path: "r", Message: "restore it", Tolerated: true},
		{Rule: "gone", Reason: change.NotFound, File: "some-id", Message: "check the ID"},
	}
	var b strings.Builder
	if err := FileAnnotations(&b, source, blocked, failures); err != nil {
		t.Fatal(err)
	}
	fix := taken.Explain().Fix + "; then run again, with --retry-failed if the plan stays as it is"
	want := strings.Join([]string{
		"::error file=sbexport.yaml,line=5,title=2 files failed::2 files failed: an object is already at that key (code 9107), such as a.vcf; " + fix,
		"::error file=sbexport.yaml,line=9,title=1 file failed::1 file failed: an object is already at that key (code 9107), such as c.bam; " + fix,
		`::error file=sbexport.yaml,line=9,title=1 file failed::1 file failed: out of luck\n::error::forged, such as x.bam; ` +
			"run again; then run again, with --retry-failed if the plan stays as it is",
		"::warning file=sbexport.yaml,line=5,title=2 files blocked::2 files blocked: public, such as p: leave it",
		"::warning file=sbexport.yaml,title=1 file blocked::1 file blocked: not_found, such as some-id: check the ID",
		"",
	}, "\n")
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
