package view

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sbexport/executor"
	"sbexport/internal/change"
	"sbexport/internal/platform"
)

func TestEvents(t *testing.T) {
	c := mixed()
	at := time.Date(2026, 11, 20, 10, 0, 0, 0, time.FixedZone("", 3600))
	var b bytes.Buffer
	e := NewEvents(&b)
	e.Version("1.2.3")
	d := change.NewDocument(c, false)
	d.CreatedOn, d.Endpoint = at.UTC(), "https://api.sbgenomics.com/v2"
	d.Plan = change.Digest{File: "sbexport.yaml", SHA256: "feed"}
	e.Plan(d)
	for _, event := range []executor.Event{
		{Type: executor.Submitted, Time: at, Action: &c.Actions[0], ExportID: "job1"},
		{Type: executor.Waiting, Time: at, Until: at.Add(time.Minute), Message: "for the request budget"},
		{Type: executor.FileRetrying, Time: at, Action: &c.Actions[0], ExportID: "job1", Attempt: 2, Err: &platform.Error{Status: 503, Code: 9100, Message: "Error <while> talking."}},
		{Type: executor.FileDone, Time: at, Action: &c.Actions[0], ExportID: "job2"},
		{Type: executor.FileFailed, Time: at, Action: &c.Actions[5], Err: &platform.Error{Status: 409, Code: 9107, Message: "Location already contains a file."}, Permanent: true},
		{Type: executor.FileFailed, Time: at, Action: &c.Actions[1]},
	} {
		e.Event(event)
	}
	e.Summary(ended())
	if err := e.Err(); err != nil {
		t.Fatal(err)
	}
	golden(t, "events/all", b.String())
	for line := range strings.Lines(b.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
}

func TestSummaryEventHasEveryField(t *testing.T) {
	var b bytes.Buffer
	NewEvents(&b).Summary(&Result{Changeset: many(1)})
	want := `{"type":"summary","completed":0,"failed":0,"blocked":0,"unchanged":0,"pending":0,"bytes":0,"requests":0,"seconds":0,"exit":0}` + "\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEventsTellTheBudgetWhenItChanges(t *testing.T) {
	var b bytes.Buffer
	e := NewEvents(&b)
	left := platform.Budget{Limit: 1000, Remaining: 900}
	e.Budget = func() platform.Budget { return left }
	wait := func() string {
		b.Reset()
		e.Event(executor.Event{Type: executor.Waiting})
		return strings.TrimSuffix(b.String(), "\n")
	}
	const plain, told = `{"type":"waiting"}`, `{"type":"waiting","budget":{"remaining":900,"limit":1000}}`
	unknown := wait()
	left.Known = true
	got := []string{unknown, wait(), wait()}
	left.Remaining = 0
	got = append(got, wait())
	want := []string{plain, told, plain, `{"type":"waiting","budget":{"remaining":0,"limit":1000}}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestErrorJSON(t *testing.T) {
	var b bytes.Buffer
	if err := ErrorJSON(&b, Failure{Message: "no <b>token</b>\nat all", Hint: "set SB_AUTH_TOKEN", Exit: 1}); err != nil {
		t.Fatal(err)
	}
	want := `{"type":"error","message":"no <b>token</b>\nat all","hint":"set SB_AUTH_TOKEN","exit":1}` + "\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProblemsJSON(t *testing.T) {
	var b bytes.Buffer
	if err := ProblemsJSON(&b, problems(), 4); err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(b.String(), "\n")
	want := `{"type":"error","file":"dir/sbexport.yaml","line":2,"column":1,"message":"unknown key \"volum\"","hint":"did you mean \"volume\"?","exit":4}`
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := strings.Count(b.String(), "\n"); got != len(problems().List) {
		t.Errorf("%d lines for %d problems", got, len(problems().List))
	}
}
