package executor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

func TestRunMovesEveryFileOnce(t *testing.T) {
	for _, n := range []int{0, 1, 100, 101, 2500} {
		playCase(t, fmt.Sprint(n), func(f *fake) {
			actions := moves(n)
			result := f.run(Options{}, actions)
			f.exactlyOnce(actions)
			if result.Completed != n || result.Failed+result.Open+result.Unsent != 0 {
				f.Errorf("result is %+v, want %d completed", result, n)
			}
			if f.submits != calls(n) {
				f.Errorf("%d submissions, want %d", f.submits, calls(n))
			}
			if got := f.happened(FileDone); got != n {
				f.Errorf("%d completed events, want %d", got, n)
			}
		})
	}
}

func TestCopiesAreFinishedBeforeTheMove(t *testing.T) {
	play(t, func(f *fake) {
		actions := moves(150)
		for _, to := range []string{"a/", "b/"} {
			for _, c := range copies(moves(150)) {
				c.Location = to + c.Location
				actions = append(actions, c)
			}
		}
		f.run(Options{}, actions)
		f.exactlyOnce(actions)
		// The fake itself objects to a file that is submitted while a job of it
		// is open, and a moved file cannot be copied.
		if got, most := f.submits, 3*calls(150)+6; got > most {
			f.Errorf("%d submissions for 450 actions, want at most %d", got, most)
		}
	})
}

// Moves that become ready little by little, as their copies end, wait for one
// another; on a volume that takes nothing they are not submitted one by one.
func TestMovesThatBecomeReadyLittleByLittle(t *testing.T) {
	for _, c := range []struct {
		takes              bool // the volume of the moves
		completed, submits int
	}{{true, 600, 12}, {false, 300, 5}} {
		play(t, func(f *fake) {
			f.takes = func(file string) time.Duration {
				return time.Duration(5000+len(f.byFile[file])*3000+int(file[len(file)-1]-'0')*1000) * time.Millisecond
			}
			f.whole = func(items []platform.ExportRequest) error {
				if items[0].Volume == "me/bad" && !c.takes {
					return &platform.Error{Status: 403, Code: 9026}
				}
				return nil
			}
			actions := moves(300)
			for i := range actions {
				actions[i].Volume = "me/bad"
			}
			result := f.run(Options{}, append(actions, copies(moves(300))...))
			if result.Completed != c.completed || f.submits > c.submits {
				f.Errorf("%d completed after %d submissions, want %d and at most %d", result.Completed, f.submits, c.completed, c.submits)
			}
		})
	}
}

func TestFailedCopyHoldsItsMoveBack(t *testing.T) {
	play(t, func(f *fake) {
		f.refuse = refusing(&platform.Error{Status: 403, Code: 9026}, func(r platform.ExportRequest) bool { return r.Location == "copy/1" })
		actions := append(moves(1), copies(moves(1))...)
		actions[1].Location = "copy/1"
		result := f.run(Options{}, actions)
		if result.Failed != 2 || len(f.moved) != 0 {
			f.Errorf("result is %+v and %d files were moved, want both failed and none moved", result, len(f.moved))
		}
		if o := f.last()[actions[0].Target()]; o.Permanent || !strings.Contains(o.Err.Error(), "copy") {
			f.Errorf("the move is on record as %+v, want a passing failure that names the copy", o)
		}
	})
}

func TestRefusalsAreKeptApart(t *testing.T) {
	play(t, func(f *fake) {
		f.refuse = refusing(&platform.Error{Status: 403, Code: 9006, Message: "no"}, func(r platform.ExportRequest) bool { return r.File == "f3" })
		result := f.run(Options{Retries: 2}, moves(100))
		if result.Completed != 99 || result.Failed != 1 || result.Failures[0].Action.File != "f3" || !result.Failures[0].Permanent {
			f.Errorf("result is %+v", result)
		}
		if f.submits != 1 {
			f.Errorf("%d submissions, want 1: a permanent refusal is not tried again", f.submits)
		}
	})
}

func TestPassingFailuresAreTriedAgain(t *testing.T) {
	for _, where := range []string{"submission", "job"} {
		playCase(t, where, func(f *fake) {
			failures := map[string]int{"f1": 2, "f2": 9}
			fail := func(file string) *platform.Error {
				if failures[file] > 0 {
					failures[file]--
					return &platform.Error{Status: 503, Code: 9100}
				}
				return nil
			}
			if where == "job" {
				f.ends = func(job platform.Export) *platform.Error { return fail(job.File) }
			} else {
				f.refuse = func(r platform.ExportRequest) *platform.Error { return fail(r.File) }
			}
			result := f.run(Options{Retries: 2}, moves(3))
			if result.Completed != 2 || result.Failed != 1 || f.happened(FileRetrying) != 4 {
				f.Errorf("result is %+v after %d retries, want 2 completed, 1 failed, 4 retries", result, f.happened(FileRetrying))
			}
			if result.Failures[0].Permanent {
				f.Error("a passing failure is on record as permanent")
			}
		})
	}
}

func TestCallRefusedAsAWholeIsSplit(t *testing.T) {
	play(t, func(f *fake) {
		f.whole = func(items []platform.ExportRequest) error {
			for _, item := range items {
				if item.File == "f42" {
					return &platform.Error{Status: 400, Code: 9011, Message: "bad request"}
				}
			}
			return nil
		}
		result := f.run(Options{}, moves(100))
		if result.Completed != 99 || result.Failed != 1 || result.Failures[0].Action.File != "f42" {
			f.Errorf("result is %+v, want only f42 failed", result)
		}
		if f.submits > 16 {
			f.Errorf("%d submissions to find one bad item of 100", f.submits)
		}
	})
}

// volumes makes n moves to each volume.
func volumes(n int, names ...string) []change.Action {
	actions := moves(n * len(names))
	for i := range actions {
		actions[i].Volume = names[i%len(names)]
	}
	return actions
}

// A volume that takes nothing, for a reason of its own or for none that is
// known, costs a few submissions and keeps no other volume's files waiting.
func TestVolumeThatTakesNothingIsGivenUpByItself(t *testing.T) {
	for _, c := range []struct {
		name      string
		err       platform.Error
		each      bool // item by item, in a call that is taken
		took      int  // calls before it begins
		permanent bool
		submits   int
	}{
		{"read-only", platform.Error{Status: 403, Code: 9026}, false, 0, true, 14},
		{"read-only, told of each item", platform.Error{Status: 403, Code: 9026}, true, 0, true, 7},
		{"for no known reason", platform.Error{Status: 400, Message: "no"}, false, 0, false, 24},
		{"after it has taken something", platform.Error{Status: 403, Message: "no"}, false, 2, false, 24},
	} {
		playCase(t, c.name, func(f *fake) {
			taken := 0
			bad := func(r platform.ExportRequest) bool { return r.Volume == "me/bad" }
			f.whole = func(items []platform.ExportRequest) error {
				if !slices.ContainsFunc(items, bad) || c.each {
					return nil
				}
				if taken++; taken <= c.took {
					return nil
				}
				return &c.err
			}
			if c.each {
				f.refuse = refusing(&c.err, bad)
			}
			actions := volumes(400, "me/good", "me/bad")
			result := f.run(Options{}, actions)
			good := f.completions()
			arrived := 0
			for i := range actions {
				if actions[i].Volume == "me/good" && good[actions[i].File+" "+actions[i].Location] == 1 {
					arrived++
				}
			}
			if arrived != 400 || result.Completed+result.Failed != 800 || result.Failed < 200 {
				f.Errorf("%d files arrived on the good volume; result %+v", arrived, result)
			}
			if f.submits > c.submits {
				f.Errorf("%d submissions, want at most %d", f.submits, c.submits)
			}
			permanent := 0
			for target, o := range f.last() {
				if o.State == platform.Failed && o.Permanent {
					permanent++
				} else if o.State == platform.Failed && !strings.Contains(o.Err.Error(), "took none") {
					f.Errorf("%v is on record as failed with %v", target, o.Err)
				}
			}
			if (permanent == result.Failed) != c.permanent || len(f.last()) != 800 {
				f.Errorf("%d of %d failures for good, %d outcomes on record", permanent, result.Failed, len(f.last()))
			}
		})
	}
}

// Files for which whole calls are refused are found among the others, and
// nothing else fails for them.
func TestOffendersAreFound(t *testing.T) {
	for seed := range uint64(40) {
		play(t, func(f *fake) {
			rng := rand.New(rand.NewPCG(seed, 1))
			actions := volumes(150, "me/a", "me/b", "me/c")
			bad := map[string]bool{}
			for range rng.IntN(8) {
				bad[actions[rng.IntN(len(actions))].File] = true
			}
			f.whole = func(items []platform.ExportRequest) error {
				if slices.ContainsFunc(items, func(r platform.ExportRequest) bool { return bad[r.File] }) {
					return &platform.Error{Status: 400, Code: 9011, Message: "bad request"}
				}
				return nil
			}
			result := f.run(Options{}, actions)
			if result.Failed != len(bad) || result.Completed != len(actions)-len(bad) {
				f.Errorf("seed %d: result %+v, want %d failed", seed, result, len(bad))
			}
			for _, o := range result.Failures {
				if !bad[o.Action.File] || !o.Permanent || o.Err.Code != 9011 {
					f.Errorf("seed %d: %s failed with %v", seed, o.Action.File, o.Err)
				}
			}
			if most := 6 + 20*len(bad); f.submits > most {
				f.Errorf("seed %d: %d submissions for %d bad files, want at most %d", seed, f.submits, len(bad), most)
			}
		})
	}
}

// What is refused is recorded, whatever the causes are and whose is not known,
// and not asked again.
func TestRefusalsOfMixedCausesAreRecorded(t *testing.T) {
	for _, ambiguous := range []bool{false, true} {
		play(t, func(f *fake) {
			f.refuse = func(r platform.ExportRequest) *platform.Error {
				code := 9006
				if strings.HasSuffix(r.File, "7") {
					code = 9107
				}
				return &platform.Error{Status: 403, Code: code, Message: "no"}
			}
			e := f.executor(Options{Retries: 2})
			if ambiguous {
				e.Platform = mixedUp{f}
			}
			result := f.runOf(e, moves(300))
			if result.Failed != 300 || f.submits != 3 {
				f.Errorf("result %+v after %d submissions, want 300 failed after 3", result, f.submits)
			}
			for _, o := range result.Failures {
				if !o.Permanent || strings.Contains(o.Err.Message, "does not say whose") != ambiguous {
					f.Errorf("%s failed with %+v", o.Action.File, o)
				}
			}
		})
	}
}

// mixedUp gives all refusals in larger calls the same error, as ambiguous.
type mixedUp struct{ *fake }

func (m mixedUp) Submit(ctx, leave context.Context, copyOnly bool, items []platform.ExportRequest) ([]platform.ExportResult, error) {
	results, err := m.fake.Submit(ctx, leave, copyOnly, items)
	if len(items) > 1 {
		for i := range results {
			if results[i].Err != nil {
				results[i] = platform.ExportResult{Err: &platform.Error{Status: 403, Code: 9006, Message: "no"}, Ambiguous: true}
			}
		}
	}
	return results, err
}

func TestLostAnswers(t *testing.T) {
	for _, c := range []struct {
		name       string
		carriedOut bool
		lag, takes time.Duration
		kind       change.Kind
	}{
		{"move that happened", true, 0, 5 * time.Second, change.Export},
		{"move that happened, listed late", true, 40 * time.Second, 5 * time.Minute, change.Export},
		{"move that happened and ended at once", true, 0, time.Millisecond, change.Export},
		{"move that did not happen", false, 0, 5 * time.Second, change.Export},
		{"copy that happened", true, 0, time.Millisecond, change.Copy},
		{"copy that happened, listed late", true, 40 * time.Second, time.Second, change.Copy},
		{"copy that did not happen", false, 0, 5 * time.Second, change.Copy},
	} {
		playCase(t, c.name, func(f *fake) {
			f.lag = c.lag
			f.takes = func(string) time.Duration { return c.takes }
			f.lose = func(call int) (bool, bool) { return call == 2, call != 2 || c.carriedOut }
			actions := moves(350)
			for i := range actions {
				actions[i].Kind, actions[i].CopyOnly, actions[i].Overwrite = c.kind, c.kind == change.Copy, true
			}
			result := f.run(Options{}, actions)
			f.exactlyOnce(actions)
			want := 4
			if !c.carriedOut {
				want = 5
			}
			if result.Completed != 350 || f.submits != want {
				f.Errorf("result is %+v after %d submissions, want %d", result, f.submits, want)
			}
		})
	}
}

func TestFailureAfterALostAnswerIsNotBelievedAtOnce(t *testing.T) {
	play(t, func(f *fake) {
		f.lag = 3 * time.Minute // longer than the search
		f.lose = func(call int) (bool, bool) { return call == 1, true }
		actions := moves(1)
		// The second submission is refused, because the lost one is done by
		// then: the file is an alias.
		f.takes = func(string) time.Duration { return 61 * time.Second }
		e := f.executor(Options{Settle: 59 * time.Second})
		slow := &slowFiles{fake: f}
		e.Platform = slow
		result := f.runOf(e, actions)
		if result.Completed != 1 || result.Failed != 0 {
			f.Errorf("result is %+v, want the file completed", result)
		}
	})
}

// slowFiles lets the second submission arrive only when the first job is done.
type slowFiles struct {
	*fake
	calls int
}

func (s *slowFiles) Submit(ctx, leave context.Context, copyOnly bool, items []platform.ExportRequest) ([]platform.ExportResult, error) {
	if s.calls++; s.calls == 2 {
		time.Sleep(10 * time.Second)
		_, _ = s.Files(ctx, nil)
	}
	return s.fake.Submit(ctx, leave, copyOnly, items)
}

func TestStopSubmitsNothingMoreAndEndsWithinTheGrace(t *testing.T) {
	play(t, func(f *fake) {
		f.latency = time.Second
		f.takes = func(string) time.Duration { return time.Hour }
		began := time.Now()
		result := f.runOf(f.stopping(Options{Parallel: 2}, 1500*time.Millisecond), moves(1000))
		if took := time.Since(began); took > 3*time.Second {
			f.Errorf("it took %v to stop", took)
		}
		if !result.Stopped || result.Open != 400 || result.Unsent != 600 {
			f.Errorf("result is %+v, want 400 open and 600 unsent", result)
		}
		for target, o := range f.last() {
			if o.State != platform.Pending || o.ExportID == "" {
				f.Errorf("%v is on record as %+v", target, o)
			}
		}
	})
}

// A submission that waits, for the budget or to be tried again, does not leave
// after the stop, and is not on record as if it might have.
func TestStopHoldsBackWhatWaits(t *testing.T) {
	for _, failing := range []bool{false, true} {
		play(t, func(f *fake) {
			f.queue = time.Minute
			e := f.stopping(Options{Parallel: 4}, 30*time.Second)
			if failing {
				e.Recorder = &full{fake: f} // the run halts by itself
				f.queue = 3 * time.Second
			}
			began := time.Now()
			result, err := e.Run(f.Context(), moves(1000))
			if failing != errors.Is(err, errDisk) || failing != (err != nil) || result.Stopped == failing {
				f.Errorf("error %v, result %+v", err, result)
			}
			if f.submits != 0 || result.Unsent != 1000 || time.Since(began) > 30*time.Second {
				f.Errorf("%d submissions, result %+v after %v", f.submits, result, time.Since(began))
			}
			if len(f.last()) != len(f.intended) {
				f.Errorf("%d of %d intents withdrawn", len(f.last()), len(f.intended))
			}
			for target, o := range f.last() {
				if o.State != "" {
					f.Errorf("%v is on record as %+v", target, o)
				}
			}
		})
	}
}

// full is a disk that is full from the third record on.
type full struct {
	*fake
	records atomic.Int32
}

func (r *full) Intend(actions []*change.Action) error {
	if r.records.Add(1) > 2 {
		return errDisk
	}
	return r.fake.Intend(actions)
}

func TestStopBeforeTheBeginningSendsNothing(t *testing.T) {
	play(t, func(f *fake) {
		e := f.stopping(Options{}, 0)
		<-e.Stop
		result := f.runOf(e, moves(1000))
		if !result.Stopped || result.Unsent != 1000 || f.submits != 0 || len(f.intended) != 0 {
			f.Errorf("result %+v, %d submissions, %d intents", result, f.submits, len(f.intended))
		}
	})
}

func TestStopDoesNotWaitForEver(t *testing.T) {
	play(t, func(f *fake) {
		f.latency = time.Hour
		began := time.Now()
		f.runOf(f.stopping(Options{}, time.Second), moves(10))
		if took := time.Since(began); took > time.Second+grace || f.submits != 1 {
			f.Errorf("it took %v to stop after %d submissions", took, f.submits)
		}
	})
}

func TestNoWaitLeavesJobsOpenOnRecord(t *testing.T) {
	play(t, func(f *fake) {
		result := f.run(Options{NoWait: true}, moves(250))
		if result.Open != 250 || f.looks != 0 {
			f.Errorf("result is %+v after %d looks, want 250 open and none", result, f.looks)
		}
	})
}

// A followed job may have ended long ago, and is looked at at once.
func TestFollowSubmitsNothing(t *testing.T) {
	play(t, func(f *fake) {
		actions := moves(1)
		follow(&actions[0], f.foreign(&actions[0], false, time.Now().Add(-time.Hour)), change.Export)
		began := time.Now()
		if result := f.run(Options{}, actions); result.Completed != 1 || f.submits != 0 || time.Since(began) > time.Second {
			f.Errorf("result is %+v after %d submissions and %v", result, f.submits, time.Since(began))
		}
	})
}

func TestRecordingTroubleStopsSubmission(t *testing.T) {
	play(t, func(f *fake) {
		f.recordErr = errDisk
		result, err := f.executor(Options{}).Run(f.Context(), moves(1000))
		if !errors.Is(err, errDisk) {
			f.Fatalf("error is %v, want the disk's", err)
		}
		if f.submits != 0 || result.Unsent != 1000 {
			f.Errorf("%d submissions although intent could not be recorded", f.submits)
		}
	})
}

func TestPanicBecomesAnError(t *testing.T) {
	play(t, func(f *fake) {
		f.refuse = func(platform.ExportRequest) *platform.Error { panic("boom") }
		e := f.executor(Options{})
		e.Platform = unlocked{f}
		_, err := e.Run(f.Context(), moves(1))
		if err == nil || !strings.Contains(err.Error(), "boom") {
			f.Errorf("error is %v, want the panic's", err)
		}
	})
}

// unlocked panics outside the fake's lock.
type unlocked struct{ *fake }

func (u unlocked) Submit(_, _ context.Context, _ bool, items []platform.ExportRequest) ([]platform.ExportResult, error) {
	return []platform.ExportResult{{Err: u.refuse(items[0])}}, nil
}

// A file may have two jobs open that are not of this run; both are followed and
// neither is submitted.
func TestTwoFollowsOfOneFile(t *testing.T) {
	play(t, func(f *fake) {
		actions := append(moves(1), copies(moves(1))...)
		actions[1].Location = "y/0"
		for i := range actions {
			follow(&actions[i], f.foreign(&actions[i], true, time.Now()), actions[i].Kind)
		}
		if result := f.run(Options{}, actions); result.Completed != 2 || f.submits != 0 {
			f.Errorf("result is %+v after %d submissions, want both followed", result, f.submits)
		}
	})
}

// What a followed job should have brought to its place may be a copy: when it
// fails, or cannot be read, the file is not moved away from under it.
func TestFailedFollowHoldsTheMoveBack(t *testing.T) {
	for _, seen := range []bool{true, false} {
		play(t, func(f *fake) {
			f.ends = func(platform.Export) *platform.Error { return &platform.Error{Status: 403, Code: 9103} }
			actions := append(moves(1), copies(moves(1))...)
			actions[1].Location = "copy/0"
			job := &platform.Export{ID: "out of sight"}
			if seen {
				job = f.foreign(&actions[1], true, time.Now())
			}
			follow(&actions[1], job, change.Copy)
			failed := 1
			if seen {
				failed = 2
			}
			if result := f.run(Options{Retries: 2}, actions); result.Failed != failed || result.Unsent != 2-failed || f.submits != 0 {
				f.Errorf("seen %t: result is %+v after %d submissions, want %d failed and none sent", seen, result, f.submits, failed)
			}
			if story := f.story(&actions[0]); !seen && story != "" {
				f.Errorf("of the move, %q is on record", story)
			}
		})
	}
}
