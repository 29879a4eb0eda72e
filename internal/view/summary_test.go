package view

import (
	"bytes"
	"strings"
	"testing"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

func TestSummary(t *testing.T) {
	eachStream(t, "summary/mixed", func(s Stream) error { return Summary(s, ended(), false) })
}

func TestSummaryOfSomeRuns(t *testing.T) {
	blocked := []change.Blocked{
		{Reason: change.Public, Path: "tolerated.fa", Tolerated: true},
		{Reason: change.Archived, Path: "archived.bam", Message: "restore it"},
	}
	for name, c := range map[string]struct {
		r    Result
		want []string
	}{
		"smooth": {
			Result{Changeset: many(3), Counts: Counts{Files: 3, Done: 3, DoneBytes: 50_000_001}, Requests: 4, Duration: 61e9},
			[]string{"Done: 3 completed, 0 unchanged, 0 blocked; 50 MB in 1 min 1 s, 4 requests\n"},
		},
		"interrupted": {
			Result{Changeset: many(500), Counts: Counts{Files: 500, Done: 100, Open: 30}, Stopped: "interrupted", Exit: 130},
			[]string{
				"Stopped (interrupted): 100 completed, 400 pending,",
				"400 files still pending (30 with an open job on the platform): run again to go on.",
			},
		},
		"told": {
			Result{Changeset: &change.Changeset{Blocked: append(blocked, change.Blocked{Reason: change.Claimed, Path: "late.bam"})}, Exit: 3, Told: 2},
			[]string{"late.bam", "1 blocked file listed above, with what to do.\n", "Blocked: 1 file\n"},
		},
		"blocked": {Result{Changeset: &change.Changeset{Blocked: blocked}, Exit: 3}, []string{"archived.bam", "2 blocked (1 tolerated)"}},
	} {
		var b bytes.Buffer
		if err := Summary(Stream{W: &b}, &c.r, false); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(b.String(), want) || strings.Contains(b.String(), "tolerated.fa") {
				t.Errorf("%s: %q is missing, or a tolerated file is there:\n%s", name, want, b.String())
			}
		}
	}
}

func TestFailuresAreCutByCause(t *testing.T) {
	c := many(5000)
	r := &Result{Changeset: c, Exit: 3}
	for i := range c.Actions {
		err := &platform.Error{Status: 403, Code: 9006}
		if i%100 == 99 {
			err = &platform.Error{Message: strings.Repeat("odd ", i)}
		}
		r.Failures = append(r.Failures, FailedFile{Action: &c.Actions[i], Err: err})
	}
	var b bytes.Buffer
	if err := Summary(Stream{W: &b}, r, false); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(b.String(), "\n"); lines > 200 {
		t.Errorf("%d lines for 5000 failures", lines)
	}
	for _, want := range []string{"Failed: 5,000 files", "(code 9006): 4,950 files", "… and 4,930 more", unnamed + ": 50 files"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing", want)
		}
	}
}

func TestEveryReasonHasATitle(t *testing.T) {
	for _, r := range change.Reasons {
		if ReasonTitle(r) == "" {
			t.Errorf("%q has no title", r)
		}
	}
}
