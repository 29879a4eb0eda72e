package executor

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/platform"
)

// waiting is a platform whose submissions wait for a long time before they
// leave, as they do when the request budget is spent.
type waiting struct{ *fake }

func (w waiting) Submit(ctx context.Context, copyOnly bool, items []platform.ExportRequest) ([]platform.ExportResult, error) {
	time.Sleep(5 * time.Minute)
	return w.fake.Submit(ctx, copyOnly, items)
}

// Lists lag behind the moment at which a submission arrived, and not behind the
// moment at which it was to leave.
func TestLostAnswerAfterALongWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.lag, f.takes = 20*time.Second, func(string) time.Duration { return time.Hour }
		f.lose = func(call int) (lost, carriedOut bool) { return call == 1, true }
		actions := moves(3)
		e := f.executor(Options{Settle: time.Minute})
		e.Platform = waiting{f}
		if _, err := e.Run(t.Context(), actions); err != nil {
			t.Fatal(err)
		}
		f.exactlyOnce(actions)
		if f.submits != 1 {
			t.Errorf("%d submissions, want 1", f.submits)
		}
	})
}

// A platform that loses every submission makes a file fail, for this run, and
// does not keep it busy for ever.
func TestEverySubmissionLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.lose = func(int) (lost, carriedOut bool) { return true, false }
		result, err := f.executor(Options{Retries: 3}).Run(t.Context(), moves(2))
		if err != nil {
			t.Fatal(err)
		}
		if result.Failed != 2 || f.submits != maxLosses {
			t.Errorf("%d failed after %d submissions, want 2 after %d", result.Failed, f.submits, maxLosses)
		}
		for _, o := range result.Failures {
			if o.Permanent || !strings.Contains(o.Err.Message, "lost each time") {
				t.Errorf("failed with %+v", o)
			}
		}
	})
}
