package cli

import (
	"errors"
	"time"

	"sbexport/internal/apply"
	"sbexport/internal/view"
)

// end tells how the apply ended, and is what the command ends with.
func (w *applying) end(result *apply.Result, failure error) error {
	if progress := w.progress.Load(); progress != nil {
		progress.Stop()
	}
	r := &view.Result{
		Changeset: result.Changeset, Requests: int(w.remote.Requests()), Duration: time.Since(w.began), Stopped: result.Stopped, Told: w.told,
	}
	if !result.Executed {
		return w.endEarly(r, failure)
	}
	r.Counts, r.Failures, r.Projects = w.tally.Counts(), w.tally.Failures(), w.tally.Projects()
	if w.lockfile.SHA256() != "" {
		r.Lockfile = w.lockfile.Path()
	}
	r.Exit = w.exit(r, failure)
	if err := errors.Join(w.report(r), w.annotateFiles(w.plan, r.Changeset.Blocked, r.Failures)); err != nil {
		return err
	}
	if failure == nil && r.Exit != ExitOK {
		return exitError(r.Exit)
	}
	return failure
}

// endEarly is the end of an apply that has executed nothing: beyond the error there
// is only the summary event to write.
func (w *applying) endEarly(r *view.Result, failure error) error {
	if w.events == nil {
		return failure
	}
	r.Counts = view.NewTally(r.Changeset.Actions).Counts()
	if failure != nil {
		r.Exit = w.failure(failure).Exit
	}
	w.events.Summary(r)
	return errors.Join(failure, w.events.Err())
}

// exit is the exit code of an apply that has executed its changeset.
func (w *applying) exit(r *view.Result, failure error) int {
	switch {
	case w.interrupts.exit() != 0:
		return w.interrupts.exit()
	case failure != nil:
		return w.failure(failure).Exit
	case r.Stopped != "" && r.Counts.Pending() > 0:
		return ExitInterrupt // its time was over: run again to go on, as after a signal
	case r.Counts.Failed > 0 || r.Changeset.Incomplete() > 0, r.Counts.Pending() > 0 && !w.flags.NoWait:
		return ExitIncomplete
	}
	return ExitOK
}

// report shows how an apply ended that has executed its changeset.
func (w *applying) report(r *view.Result) error {
	if err := w.summarize(w.flags.Summary, view.ResultMarkdown(r, w.viewOptions())); err != nil {
		w.warn(err.Error()) // what was done stays done, and its exit code with it
	}
	if w.events != nil {
		w.events.Summary(r)
		return w.events.Err()
	}
	if w.globals.Quiet && r.Exit == ExitOK && r.Counts.Pending() == 0 {
		return nil
	}
	return view.Summary(w.term.Out, r, w.flags.Full)
}
