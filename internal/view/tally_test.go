package view

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sbexport/executor"
	"sbexport/internal/platform"
)

func TestTally(t *testing.T) {
	c := mixed()
	a := c.Actions
	tally := NewTally(a)
	refused := &platform.Error{Status: 403, Code: 9006}
	for _, e := range []executor.Event{
		{Type: executor.Submitted, Action: &a[0]},
		{Type: executor.Submitted, Action: &a[1]},
		{Type: executor.Submitted, Action: &a[3]},
		{Type: executor.Submitted, Action: &a[4]},
		{Type: executor.Waiting, Message: "for jobs to end"},
		{Type: executor.FileDone, Action: &a[0]},
		{Type: executor.FileDone, Action: &a[4]},
		{Type: executor.FileRetrying, Action: &a[1], Attempt: 2},
		{Type: executor.FileFailed, Action: &a[5], Err: refused}, // refused, never a job
	} {
		tally.Event(e)
	}
	want := Counts{
		Files: 7, Bytes: 1_234_567_890 + 1_234 + 987_654_321 + 5_000_000 + 45_000 + 7 + 7e12,
		Done: 2, DoneBytes: 1_234_567_890 + 45_000, Failed: 1, FailedBytes: 7, Open: 1,
	}
	if diff := cmp.Diff(want, tally.Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if got := tally.Counts().LeftBytes(); got != 1_234+987_654_321+5_000_000+7e12 {
		t.Errorf("%d bytes left", got)
	}
	if got := tally.Counts().Pending(); got != 4 {
		t.Errorf("%d pending, want 4", got)
	}
	if got := tally.Failures(); len(got) != 1 || got[0].Action != &a[5] || got[0].Err != refused {
		t.Errorf("failures: %v", got)
	}
}

func TestTallyTakesEventsFromSeveralGoroutines(t *testing.T) {
	c := many(400)
	tally := NewTally(c.Actions)
	var wg sync.WaitGroup
	for part := range 4 {
		wg.Go(func() {
			for i := part; i < 400; i += 4 {
				tally.Event(executor.Event{Type: executor.Submitted, Action: &c.Actions[i]})
				tally.Event(executor.Event{Type: executor.FileDone, Action: &c.Actions[i]})
				_ = tally.Counts()
			}
		})
	}
	wg.Wait()
	if got := tally.Counts(); got.Done != 400 || got.Open != 0 || got.LeftBytes() != 0 {
		t.Errorf("got %+v", got)
	}
}
