package apply

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/executor"
	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/state"
	"sbexport/plan"
)

// What comes before the first submission has as much time as there is for all.
func TestInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &Apply{Began: time.Now(), MaxDuration: time.Minute}
		err := a.inTime(t.Context(), func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		overdue, ok := errors.AsType[*OverdueError](err)
		if !ok || overdue.Hint() == "" || !errors.Is(err, context.DeadlineExceeded) || time.Since(a.Began) != time.Minute {
			t.Errorf("left after %v: %v", time.Since(a.Began), err)
		}
		refusal := Refuse("", "no")
		if err := a.inTime(t.Context(), func(context.Context) error { return refusal }); !errors.Is(err, refusal) {
			t.Errorf("a refusal when the time is over: %v", err)
		}
		a.MaxDuration = 0
		if err := a.inTime(t.Context(), func(ctx context.Context) error { return ctx.Err() }); err != nil {
			t.Errorf("without a limit: %v", err)
		}
	})
}

// Whatever instant a run dies at in which a finished export is made anew, the
// next one knows its new job, and does not take the old one for it.
func TestRecordOfAnExportMadeAnew(t *testing.T) {
	action := &change.Action{Kind: change.Copy, Rule: "r", File: "f", Project: "me/p", Path: "a", Volume: "me/v", Location: "a", CopyOnly: true}
	done := Completed(action)
	done.ExportID = "old"
	begun := executor.Outcome{Action: action, State: platform.Running, ExportID: "new"}
	for _, c := range []struct {
		name    string
		act     func(r *recorder) error
		unknown int            // submissions of which nothing is known
		state   platform.State // on record then
	}{
		{"before", func(*recorder) error { return nil }, 0, platform.Completed},
		{"intended", func(r *recorder) error { return r.Intend([]*change.Action{action}) }, 1, platform.Completed},
		{"begun", func(r *recorder) error {
			return errors.Join(r.Intend([]*change.Action{action}), r.Record([]executor.Outcome{begun}))
		}, 0, platform.Running},
		{"withdrawn", func(r *recorder) error {
			return errors.Join(r.Intend([]*change.Action{action}), r.Record([]executor.Outcome{{Action: action}}))
		}, 0, platform.Completed},
	} {
		t.Run(c.name, func(t *testing.T) {
			journal, lock := filepath.Join(t.TempDir(), "journal"), lockfile(t, done)
			r, err := openRecorder(journal, lock)
			if err == nil {
				err = c.act(r)
			}
			if err != nil {
				t.Fatal(err)
			}
			// It dies: nothing is closed.
			left, err := state.Load(lock.Path())
			if err != nil {
				t.Fatal(err)
			}
			next, err := openRecorder(journal, left)
			if err != nil {
				t.Fatal(err)
			}
			unknown := next.unknown()
			if len(unknown) != c.unknown || c.unknown == 1 && !slices.Equal(unknown[0].Jobs, []string{"old"}) {
				t.Errorf("unknown are %+v", unknown)
			}
			if e, _ := left.Get(action.Target()); e.State != c.state {
				t.Errorf("on record is %+v", e)
			}
			if err := errors.Join(next.close(), r.journal.Close()); err != nil {
				t.Error(err)
			}
		})
	}
}

// A copy stays on record when a move in its place is refused outright, and so
// does the refusal, whether the run lives to save the lockfile or not.
func TestRefusedMoveInTheCopysPlace(t *testing.T) {
	made := Completed(&change.Action{Rule: "copies", File: "f", Volume: "me/v", Location: "a", CopyOnly: true, ExportID: "copy"})
	move := &change.Action{Kind: change.Replace, Rule: "moves", File: "f", Volume: "me/v", Location: "a", Overwrite: true}
	failed := executor.Outcome{Action: move, State: platform.Failed, Err: &platform.Error{Status: 403, Message: "no"}, Permanent: true}
	job := failed
	job.ExportID = "job"
	for _, c := range []struct {
		outcome executor.Outcome
		copied  bool
	}{{failed, true}, {job, false}} { // a job may have deleted the object
		journal, lock := filepath.Join(t.TempDir(), "journal"), lockfile(t, made)
		r, err := openRecorder(journal, lock)
		if err == nil {
			err = errors.Join(r.Intend([]*change.Action{move}), r.Record([]executor.Outcome{c.outcome}))
		}
		if err != nil {
			t.Fatal(err)
		}
		dead, err := state.Load(lock.Path())
		if err != nil {
			t.Fatal(err)
		}
		next, err := openRecorder(journal, dead)
		if err != nil {
			t.Fatal(err)
		}
		for name, lock := range map[string]*state.Lockfile{"living": lock, "next": dead} {
			e, _ := lock.Get(move.Target())
			if (e.State == platform.Completed) != c.copied || e.CopyOnly != c.copied || (e.ExportID == "copy") != c.copied || e.Error == nil || e.Error.Message != "no" {
				t.Errorf("the %s run has on record %+v", name, e)
			}
		}
		if err := errors.Join(next.close(), r.journal.Close()); err != nil {
			t.Error(err)
		}
	}
}

// A job that the lockfile has by now, from another machine, is not what a
// submission of this one became.
func TestAnotherMachinesJob(t *testing.T) {
	action := &change.Action{Kind: change.Copy, Rule: "r", File: "f", Project: "me/p", Path: "a", Volume: "me/v", Location: "a", CopyOnly: true}
	journal, lock := filepath.Join(t.TempDir(), "journal"), lockfile(t)
	r, err := openRecorder(journal, lock)
	if err == nil {
		err = r.Intend([]*change.Action{action})
	}
	if err != nil {
		t.Fatal(err)
	}
	move := *action
	move.Kind, move.CopyOnly, move.ExportID = change.Export, false, "theirs"
	for _, c := range []struct {
		copied bool
		want   bool
	}{{false, true}, {true, false}} {
		theirs := Completed(&move)
		theirs.CopyOnly = c.copied
		lock.Put(theirs)
		if unknown := r.unknown(); len(unknown) != 1 || !slices.Equal(unknown[0].Jobs, []string{"theirs"}) {
			t.Errorf("unknown are %+v", unknown)
		}
		if got := r.movedBefore(&executor.Outcome{Action: &move, State: platform.Completed}); got != c.want {
			t.Errorf("moved before is %v, and it was copied: %v", got, c.copied)
		}
	}
	lock.Put(Completed(&move))
	// What this run knew of when it began to move the file anew is not what it finds then.
	if err := r.Intend([]*change.Action{&move}); err != nil || r.movedBefore(&executor.Outcome{Action: &move, State: platform.Completed}) {
		t.Errorf("what was moved again was moved before (%v)", err)
	}
	for _, o := range []executor.Outcome{
		{Action: &move, State: platform.Completed, ExportID: "ours"},
		{Action: action, State: platform.Completed},
		{Action: &move},
	} {
		if r.movedBefore(&o) {
			t.Errorf("%+v is taken for the other machine's", o)
		}
	}
	if err := r.close(); err != nil {
		t.Error(err)
	}
}

// What a job has done that the rule does not want is left over, as the next plan
// will say.
func TestContrary(t *testing.T) {
	for _, c := range []struct {
		name   string
		copied bool
		rule   plan.Rule
		want   change.Blocked
		advice string
	}{
		{"moved", false, plan.Rule{}, change.Blocked{Reason: change.Claimed}, "inside the bucket"},
		{"copied", true, plan.Rule{}, change.Blocked{Reason: change.Exists}, "overwrite: true"},
		{"copied, and may be replaced", true, plan.Rule{Overwrite: true}, change.Blocked{Reason: change.Exists}, "run again"},
		{"copied, and expected", true, plan.Rule{Tolerate: []change.Reason{change.Exists}}, change.Blocked{Reason: change.Exists, Tolerated: true}, ""},
	} {
		c.rule.Name = "r"
		a := &Apply{Comparison: Comparison{Plan: &plan.Plan{Rules: []*plan.Rule{{Name: "q"}, &c.rule}}}}
		got := a.contrary(&change.Action{Rule: "r", File: "f", Volume: "me/v", Location: "a", CopyOnly: c.copied})
		if got.Reason != c.want.Reason || got.Tolerated != c.want.Tolerated || got.File != "f" || !strings.Contains(got.Message, c.advice) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}
