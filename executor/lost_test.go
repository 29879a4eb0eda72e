package executor

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/platform"
)

// Lists lag behind the moment at which a submission arrived, and not behind the
// moment at which it was to leave.
func TestLostAnswerAfterALongWait(t *testing.T) {
	play(t, func(f *fake) {
		f.lag, f.takes = 20*time.Second, func(string) time.Duration { return time.Hour }
		f.lose = func(call int) (lost, carriedOut bool) { return call == 1, true }
		actions := moves(3)
		f.queue = 5 * time.Minute
		f.run(Options{Settle: time.Minute}, actions)
		f.exactlyOnce(actions)
		if f.submits != 1 {
			f.Errorf("%d submissions, want 1", f.submits)
		}
	})
}

// A move whose answer was lost is not taken for the copy that was made just before.
func TestLostMoveAfterACopy(t *testing.T) {
	for _, c := range []struct {
		name       string
		known      bool // the copy is on record
		carriedOut bool
		want       string // the last thing on record
	}{
		{"on record", true, false, "COMPLETED moved job1"},
		{"on record, and the move has arrived", true, true, "COMPLETED moved job1"},
		{"of which nobody knows", false, false, "COMPLETED moved job1"},
		{"of which nobody knows, and the move has arrived", false, true, "COMPLETED moved job1"},
	} {
		playCase(t, c.name, func(f *fake) {
			f.lose = func(call int) (lost, carriedOut bool) { return call == 1, c.carriedOut || call > 1 }
			actions := moves(1)
			copied := f.foreign(&actions[0], true, time.Now().Add(-10*time.Second))
			if c.known {
				actions[0].Earlier = copied.ID
			}
			f.run(Options{}, actions)
			if story := f.story(&actions[0]); !strings.HasSuffix(story, c.want) {
				f.Errorf("on record is %q, want %q at the end", story, c.want)
			}
		})
	}
}

// A platform that loses every submission makes a file fail, for this run, and
// does not keep it busy for ever.
func TestEverySubmissionLost(t *testing.T) {
	play(t, func(f *fake) {
		f.lose = func(int) (lost, carriedOut bool) { return true, false }
		began := time.Now()
		result := f.run(Options{Retries: 3}, moves(2))
		if took := time.Since(began); result.Failed != 2 || took < platform.Patience || took > platform.Patience+5*time.Minute || f.submits > 40 {
			f.Errorf("%d failed after %d submissions in %v, want 2", result.Failed, f.submits, took)
		}
		for _, o := range result.Failures {
			if o.Permanent || !strings.Contains(o.Err.Message, "lost each time") {
				f.Errorf("failed with %+v", o)
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
		r.pace = newPacer(r.o)
		first := chain(actions)[0]
		first.attempts = 1
		r.adopt(first, &platform.Export{ID: "job1", State: platform.Running})
		r.pace.add([]*item{first}, time.Now(), false)
		r.jobEnded(first, Outcome{Action: &actions[0], State: platform.Failed, ExportID: "job1", Err: &platform.Error{Code: 9100}})

		second := r.resting[0]
		r.adopt(second, &platform.Export{ID: "job2", State: platform.Running})
		r.pace.add([]*item{second}, time.Now(), false)
		r.pace.looked(time.Now())
		if r.openJobs != 1 || len(r.pace.open) != 1 {
			t.Errorf("%d jobs open, %d to be looked at, want 1 of each", r.openJobs, len(r.pace.open))
		}
		if first.open || second.job != "job2" || len(second.Jobs) != 1 {
			t.Errorf("first attempt %+v, second %+v", first, second)
		}
	})
}

// Half an hour in which no submission gets through, while everything else does,
// makes no file fail and does not cost a submission of each call every minute.
func TestNoSubmissionGetsThroughForHalfAnHour(t *testing.T) {
	for _, carriedOut := range []bool{false, true} {
		play(t, func(f *fake) {
			f.takes = func(string) time.Duration { return time.Hour }
			began := time.Now()
			f.lose = func(int) (lost, done bool) {
				lost = time.Since(began) < 29*time.Minute
				return lost, carriedOut || !lost
			}
			actions := moves(1000)
			result := f.run(Options{}, actions)
			f.exactlyOnce(actions)
			if result.Completed != 1000 || f.submits > 80 {
				f.Errorf("result %+v after %d submissions", result, f.submits)
			}
		})
	}
}

// barred does not let the jobs on one volume be listed.
type barred struct{ *fake }

func (b barred) OpenJobs(ctx context.Context, volume string) ([]platform.Export, error) {
	return b.VolumeJobs(ctx, volume)
}

func (b barred) VolumeJobs(ctx context.Context, volume string) ([]platform.Export, error) {
	if volume == "me/barred" {
		return nil, fmt.Errorf("listing: %w", &platform.Error{Status: 403, Code: 9020})
	}
	return b.fake.VolumeJobs(ctx, volume)
}

// A volume whose jobs cannot be listed leaves unknown what became of its lost
// submissions, which stay on record as they were; all other files are done.
func TestJobsOnOneVolumeCannotBeListed(t *testing.T) {
	for _, carriedOut := range []bool{false, true} {
		play(t, func(f *fake) {
			first, losing := true, false
			f.whole = func(items []platform.ExportRequest) error {
				losing = first && items[0].Volume == "me/barred"
				first = first && !losing
				return nil
			}
			f.lose = func(int) (lost, done bool) { return losing, carriedOut || !losing }
			e := f.executor(Options{})
			e.Platform = barred{f}
			actions := volumes(500, "me/good", "me/barred")
			result := f.runOf(e, actions)
			// Those that were carried out are seen at the files themselves.
			want := 100
			if carriedOut {
				want = 0
			}
			if result.Failed != want || result.Completed != 1000-want || f.submits > 12 {
				f.Errorf("result %+v after %d submissions, want %d failed", result, f.submits, want)
			}
			for _, o := range result.Failures {
				if _, recorded := f.last()[o.Action.Target()]; recorded || o.Action.Volume != "me/barred" || o.Permanent {
					f.Errorf("%s failed with %+v, on record: %t", o.Action.File, o, recorded)
				}
			}
		})
	}
}
