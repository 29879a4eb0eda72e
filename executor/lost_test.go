package executor

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/platform"
)

// Lists lag behind the moment at which a submission arrived, and not behind the
// moment at which it was to leave.
func TestLostAnswerAfterALongWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.lag, f.takes = 20*time.Second, func(string) time.Duration { return time.Hour }
		f.lose = func(call int) (lost, carriedOut bool) { return call == 1, true }
		actions := moves(3)
		f.queue = 5 * time.Minute
		if _, err := f.executor(Options{Settle: time.Minute}).Run(t.Context(), actions); err != nil {
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

// A file that is submitted again while the round of looks that found its job
// failed still goes on is looked at as one file: whoever has the failed attempt
// in hand sees that it has ended.
func TestRetryDuringARoundOfLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		actions := moves(1)
		r := &run{Executor: newFake(t).executor(Options{}), o: Options{Retries: 2}.withDefaults()}
		r.pace = newPacer(1, r.o)
		first := chain(actions)[0]
		first.attempts = 1
		r.adopt(first, &platform.Export{ID: "job1", State: platform.Running}, time.Now())
		r.pace.add([]*item{first}, time.Now())
		r.jobEnded(first, Outcome{Action: &actions[0], State: platform.Failed, ExportID: "job1", Err: &platform.Error{Code: 9100}})

		second := r.resting[0]
		r.adopt(second, &platform.Export{ID: "job2", State: platform.Running}, time.Now())
		r.pace.add([]*item{second}, time.Now())
		r.pace.looked(time.Now(), 1, 1)
		if r.openJobs != 1 || r.pace.open != 1 {
			t.Errorf("%d jobs open, %d to be looked at, want 1 of each", r.openJobs, r.pace.open)
		}
		if first.phase != phaseEnded || second.job != "job2" || len(second.jobs) != 1 {
			t.Errorf("first attempt %+v, second %+v", first, second)
		}
	})
}
