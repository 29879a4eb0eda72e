// Package apply is what an apply does, step by step:
//
//	open      the journal, and bring what an earlier run has left in it into the lockfile
//	settle    what became of submissions whose answers that run has not seen
//	compare   what the plan wants with what there is: list the files, observe volumes
//	          and jobs, compute the changeset
//	show      the changeset, once it is known to be that of the saved plan
//	agree     on it: the plan's limits, then the user
//	execute   what was agreed on, and nothing else
//	record    every outcome as it comes, in the journal and then in the lockfile
//
// Apply.Run is this list. To plan is the third step alone, Comparison.Changeset,
// which changes nothing anywhere.
//
// The package knows neither flags nor terminals nor the network: it is given a
// Platform to ask, a User to show things to, and the lockfile and the journal to
// keep record in.
package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sbexport/executor"
	"sbexport/internal/change"
	"sbexport/internal/diff"
	"sbexport/plan"
)

// Apply is one apply. Whoever runs it holds the plan's run lock.
type Apply struct {
	Comparison
	Saved    *change.Document // the saved plan that is carried out; nil when none is
	Journal  string           // the path of the journal
	User     User
	Agreed   bool             // to whatever is shown
	Executor executor.Options // but for Emit and Settle, which are the Apply's own

	Began       time.Time
	MaxDuration time.Duration // how long all of it may take, from Began on; 0 for any time

	recorder  *recorder
	unsettled map[string]bool // files of which nobody knows what became of an earlier submission
}

// User is who an apply is done for.
type User interface {
	// Settling tells that an earlier run did not end by itself, and that it is
	// being found out what became of so many submissions.
	Settling(submissions int)
	// Warn tells what should not be overlooked.
	Warn(message string)
	// Show shows what is about to be done.
	Show(changes *change.Changeset) error
	// Agree makes sure that what cannot be undone is wanted; an error means that it
	// is not.
	Agree(ctx context.Context, changes *change.Changeset) error
	// Begin tells that the changes are now carried out, and how that can be stopped
	// before its end, for a reason such as "interrupted". After an error they are
	// not.
	Begin(changes *change.Changeset, stop func(why string)) error
	// Event tells what happens, one event at a time.
	Event(e executor.Event)
}

// Result is how an apply ended.
type Result struct {
	Changeset *change.Changeset // empty when it did not come to one
	Executed  bool              // the changeset was carried out, or begun to be
	Stopped   string            // why that was stopped before its end; empty when it was not
}

// Run does the apply. There is a result also when there is an error.
func (a *Apply) Run(ctx context.Context) (result *Result, err error) {
	result = &Result{Changeset: &change.Changeset{}}
	if a.recorder, err = openRecorder(a.Journal, a.Lockfile); err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, a.recorder.close()) }()
	err = a.inTime(ctx, func(ctx context.Context) error {
		if err := a.settle(ctx); err != nil {
			return err
		}
		changes, err := a.compare(ctx)
		if err != nil {
			return err
		}
		result.Changeset = changes
		if err := a.checkSaved(changes); err != nil {
			return err
		}
		if err := a.User.Show(changes); err != nil {
			return err
		}
		return a.agree(ctx, changes)
	})
	if err != nil {
		return result, err
	}
	return result, a.execute(ctx, result)
}

// inTime does what comes before the first submission within the time that there
// is for all.
func (a *Apply) inTime(ctx context.Context, do func(context.Context) error) error {
	if a.MaxDuration == 0 {
		return do(ctx)
	}
	bounded, cancel := context.WithDeadline(ctx, a.Began.Add(a.MaxDuration))
	defer cancel()
	err := do(bounded)
	var refused *RefusedError // which has nothing to do with the time
	if err != nil && !errors.As(err, &refused) && errors.Is(bounded.Err(), context.DeadlineExceeded) {
		return &OverdueError{a.MaxDuration, err}
	}
	return err
}

// compare finds out what is to be done.
func (a *Apply) compare(ctx context.Context) (*change.Changeset, error) {
	changes, err := a.Changeset(ctx)
	if err != nil {
		return nil, err
	}
	a.leaveAlone(changes)
	changes.AtLeast = a.Platform.Budget().Least(executor.Calls(changes.Actions), time.Now()) // the listing is done
	return changes, nil
}

// checkSaved refuses a saved plan that the world has moved on from.
func (a *Apply) checkSaved(changes *change.Changeset) error {
	if a.Saved == nil {
		return nil
	}
	moved := a.stale(a.Saved, changes)
	if len(moved) == 0 {
		withinSaved(a.Saved, changes)
		return nil
	}
	const most = 10
	shown, more := moved, ""
	if len(moved) > most {
		shown, more = moved[:most], fmt.Sprintf("\n  and %d more", len(moved)-most)
	}
	return Refuse("make a new one with: sbexport plan --out FILE",
		"the saved plan is stale, nothing was submitted:\n  %s%s", strings.Join(shown, "\n  "), more)
}

// agree makes sure that the changes are allowed, and wanted. Whoever applies a
// saved plan has seen it.
func (a *Apply) agree(ctx context.Context, changes *change.Changeset) error {
	if broken := diff.Exceeded(changes, a.Plan.Limits); len(broken) > 0 {
		return Refuse("raise the plan's limits if this is meant",
			"the plan's limits do not allow it, nothing was submitted: %s", strings.Join(broken, "; "))
	}
	if a.Agreed || a.Saved != nil {
		return nil
	}
	if slices.ContainsFunc(changes.Actions, func(a change.Action) bool { return a.Kind != change.Follow }) {
		return a.User.Agree(ctx, changes)
	}
	// What this plan has submitted before was agreed to then. In place of followed
	// jobs that may be anybody's nothing is submitted, as nobody was asked.
	for i := range changes.Actions {
		if a := &changes.Actions[i]; a.ModeUnknown {
			a.Again = ""
		}
	}
	return nil
}

// execute carries out the changes and records what comes of them.
func (a *Apply) execute(ctx context.Context, result *Result) error {
	changes := result.Changeset
	if err := a.tryLockfile(changes); err != nil {
		return err
	}
	if err := a.recorder.inPlace(slices.Concat(changes.Unchanged, changes.Corrected)); err != nil {
		return fmt.Errorf("recording files that are in place: %w", err)
	}
	// It is made to stop by the end of a context that nothing else ends; the first
	// reason counts.
	going, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer end(nil)
	stop := func(why string) { end(errors.New(why)) }
	if err := a.User.Begin(changes, stop); err != nil {
		return err
	}
	result.Executed = true
	if a.MaxDuration > 0 {
		timer := time.AfterFunc(time.Until(a.Began.Add(a.MaxDuration)), func() {
			stop(fmt.Sprintf("its time of %v is over", a.MaxDuration))
		})
		defer timer.Stop()
	}
	var contrary []*change.Action
	_, err := a.executor(going.Done(), func(e executor.Event) {
		if e.Type == executor.FileDone && e.Action.Contrary {
			contrary = append(contrary, e.Action)
		}
		a.User.Event(e)
	}).Run(ctx, changes.Actions)
	for _, action := range contrary {
		changes.Blocked = append(changes.Blocked, a.contrary(action))
	}
	if why := context.Cause(going); why != nil {
		result.Stopped = why.Error()
	}
	return err
}

// contrary says what is left to do for a file whose job has done something else
// than its rule wants, as the next plan will say it.
func (a *Apply) contrary(action *change.Action) change.Blocked {
	b := change.Blocked{
		Reason: change.Claimed, Rule: action.Rule, File: action.File, Project: action.Project, Path: action.Path, Size: action.Size,
		Volume: action.Volume, Location: action.Location, Key: action.Key,
		Message: fmt.Sprintf("the job that was followed has moved the file to %s, and rule %q is to copy it; only files on the platform can be copied: "+
			"copy the object inside the bucket, or exclude the file", action.Place(), action.Rule),
	}
	var rule plan.Rule
	if i := slices.IndexFunc(a.Plan.Rules, func(r *plan.Rule) bool { return r.Name == action.Rule }); i >= 0 {
		rule = *a.Plan.Rules[i]
	}
	if action.CopyOnly {
		b.Reason = change.Exists
		b.Message = fmt.Sprintf("the job that was followed has copied the file to %s, and rule %q is to move it, which that object is in the way of; ",
			action.Place(), action.Rule)
		if rule.Overwrite {
			b.Message += "run again to replace it"
		} else {
			b.Message += "choose another \"to\", or set overwrite: true with a limits.overwrites to replace it"
		}
	}
	b.Tolerated = slices.Contains(rule.Tolerate, b.Reason)
	return b
}

// tryLockfile makes sure that what comes of the changes can be recorded, before
// anything is done that cannot be undone: that the lockfile can be replaced, and
// that there is room for it and for the journal.
func (a *Apply) tryLockfile(changes *change.Changeset) error {
	if len(changes.Actions) == 0 {
		return nil
	}
	const most = 1 << 10 // what an action takes in both together, in bytes
	if err := a.Lockfile.Try(most * int64(len(changes.Actions))); err != nil {
		return fmt.Errorf("making sure that results can be recorded, so that nothing was submitted: %w", err)
	}
	return nil
}

// executor carries out changesets and searches for lost submissions.
func (a *Apply) executor(stop <-chan struct{}, emit func(executor.Event)) *executor.Executor {
	options := a.Executor
	options.Emit, options.Settle = emit, a.Settle
	return &executor.Executor{Platform: a.Platform, Recorder: a.recorder, Stop: stop, Options: options}
}
