package apply

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sbexport/executor"
	"sbexport/internal/change"
	"sbexport/internal/observe"
	"sbexport/internal/platform"
)

// settle finds out what became of submissions whose answers an earlier run has not
// seen.
func (a *Apply) settle(ctx context.Context) error {
	attempts := a.recorder.unknown()
	if len(attempts) == 0 {
		return nil
	}
	a.User.Settling(len(attempts))
	attempts, err := a.complete(ctx, attempts)
	if err != nil {
		return err
	}
	outcomes, err := a.executor(nil, nil).Search(ctx, attempts)
	if err != nil {
		return err
	}
	hidden := map[string]*platform.Error{}
	for i, o := range outcomes {
		if a.recorder.movedBefore(&o) {
			outcomes[i] = executor.Outcome{Action: o.Action}
		}
		if o.Unknown() {
			a.leave(o.Action.File)
			hidden[o.Action.Volume] = o.Err
		}
	}
	for volume, err := range hidden {
		a.User.Warn(fmt.Sprintf("the jobs on volume %s cannot be listed (%v), so that it is not known what became of submissions of an earlier run; their files are left alone", volume, err))
	}
	if err := a.recorder.Record(slices.DeleteFunc(outcomes, executor.Outcome.Unknown)); err != nil {
		return fmt.Errorf("recording what was found: %w", err)
	}
	return nil
}

// complete adds what the journal cannot know: keys, and times on the platform's
// clock. Attempts on a volume that cannot be read are left out: what became of
// them stays unknown, and nothing is done with their files.
func (a *Apply) complete(ctx context.Context, all []executor.Attempt) ([]executor.Attempt, error) {
	var q observe.Question
	for _, attempt := range all {
		q.Volumes = append(q.Volumes, attempt.Action.Volume)
	}
	now := a.Platform.Now()
	ahead := time.Until(now)
	seen := observe.New(now)
	if err := observe.Look(ctx, a.Platform, q, seen); err != nil {
		return nil, err
	}
	for id, v := range seen.Volumes {
		if v.Volume == nil {
			a.User.Warn(fmt.Sprintf("volume %s cannot be read (%v), so that it is not known what became of submissions of an earlier run; their files are left alone", id, v.Err))
		}
	}
	var attempts []executor.Attempt
	for _, attempt := range all {
		action := attempt.Action
		v := seen.Volumes[action.Volume]
		if v.Volume == nil {
			a.leave(action.File)
			continue
		}
		action.Key, action.Prefix = v.Key(action.Location), v.Service.Prefix
		attempt.Sent = attempt.Sent.Add(ahead)
		if attempt.Lost = attempt.Sent.Add(longestSubmission); now.Before(attempt.Lost) {
			attempt.Lost = now
		}
		attempts = append(attempts, attempt)
	}
	return attempts, nil
}

// longestSubmission is how long after its intent a submission may have left: it
// waits for the request budget and for the end of maintenance. Nobody knows when
// within that time the earlier run died.
const longestSubmission = 2 * time.Hour

// leave has a file left alone, because nobody knows what became of its earlier
// submission.
func (a *Apply) leave(file string) {
	if a.unsettled == nil {
		a.unsettled = map[string]bool{}
	}
	a.unsettled[file] = true
}

// leaveAlone blocks the files that have to be left alone.
func (a *Apply) leaveAlone(changes *change.Changeset) {
	changes.Actions = slices.DeleteFunc(changes.Actions, func(action change.Action) bool {
		if !a.unsettled[action.File] {
			return false
		}
		changes.Blocked = append(changes.Blocked, change.Blocked{
			Reason: change.Forbidden, Rule: action.Rule, File: action.File, Project: action.Project, Path: action.Path, Size: action.Size,
			Volume: action.Volume, Location: action.Location, Key: action.Key,
			Message: "it is not known what became of an earlier submission of the file, to a volume that cannot be read now; " +
				"get access to that volume, and run again",
		})
		return true
	})
}
