package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"sbexport/executor"
	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/view"
)

// settleEarlier finds out what became of submissions that an earlier run did
// not live to see the answers of.
func (w *work) settleEarlier(ctx context.Context) error {
	attempts := w.recorder.unknown()
	if len(attempts) == 0 {
		return nil
	}
	w.say("an earlier run did not end by itself: finding out what became of %s", view.Number(len(attempts), "submission"))
	attempts, err := w.complete(ctx, attempts)
	if err != nil {
		return err
	}
	outcomes, err := w.executor(nil, nil).Search(ctx, attempts)
	if err != nil {
		return err
	}
	barred := map[string]*platform.Error{}
	for _, o := range outcomes {
		if o.Unknown() {
			w.unsettled[o.Action.File], barred[o.Action.Volume] = true, o.Err
		}
	}
	for volume, err := range barred {
		w.warn(fmt.Sprintf("the jobs on volume %s cannot be listed (%v), so that it is not known what became of submissions of an earlier run; their files are left alone", volume, err))
	}
	if err := w.recorder.Record(slices.DeleteFunc(outcomes, executor.Outcome.Unknown)); err != nil {
		return fmt.Errorf("recording what was found: %w", err)
	}
	return nil
}

// complete adds what the journal cannot know: keys, and times on the platform's
// clock. Attempts on a volume that cannot be read are left out: what became of
// them stays unknown, and nothing is done with their files.
func (w *work) complete(ctx context.Context, all []executor.Attempt) ([]executor.Attempt, error) {
	volumes := map[string]*platform.Volume{}
	var attempts []executor.Attempt
	for _, attempt := range all {
		a := attempt.Action
		v, asked := volumes[a.Volume]
		if !asked {
			var err error
			v, err = w.remote.Volume(ctx, a.Volume)
			if refused := platform.Refusal(err); refused.Hidden() {
				w.warn(fmt.Sprintf("volume %s cannot be read (%v), so that it is not known what became of submissions of an earlier run; their files are left alone", a.Volume, refused))
				err, v = nil, nil
			}
			if err != nil {
				return nil, err
			}
			volumes[a.Volume] = v
		}
		if v == nil {
			w.unsettled[a.File] = true
			continue
		}
		a.Key, a.Prefix = v.Key(a.Location), v.Service.Prefix
		attempts = append(attempts, attempt)
	}
	now := w.remote.Now()
	ahead := time.Until(now)
	for i := range attempts {
		a := &attempts[i]
		a.Sent = a.Sent.Add(ahead)
		if a.Lost = a.Sent.Add(longestSubmission); now.Before(a.Lost) {
			a.Lost = now
		}
	}
	return attempts, nil
}

// leaveAlone takes back the actions on files of which it is not known what became
// of an earlier submission.
func (w *work) leaveAlone(cs *change.Changeset) {
	cs.Actions = slices.DeleteFunc(cs.Actions, func(a change.Action) bool {
		if !w.unsettled[a.File] {
			return false
		}
		cs.Blocked = append(cs.Blocked, change.Blocked{
			Reason: change.Forbidden, Rule: a.Rule, File: a.File, Project: a.Project, Path: a.Path, Size: a.Size,
			Volume: a.Volume, Location: a.Location,
			Message: "it is not known what became of an earlier submission of the file, to a volume that cannot be read now; " +
				"get access to that volume, and run again",
		})
		return true
	})
}

// longestSubmission is how long after its intent a submission may have left: it
// waits for the request budget, and for the end of maintenance. When within
// that time the earlier run died nobody knows.
const longestSubmission = 2 * time.Hour

func (w *work) executor(stop <-chan struct{}, emit func(executor.Event)) *executor.Executor {
	return &executor.Executor{
		Platform: w.remote, Recorder: w.recorder, Stop: stop,
		Options: executor.Options{
			Parallel: w.flags.Parallel, Retries: w.flags.Retries, NoWait: w.flags.NoWait,
			PollMin: w.flags.PollMin, PollMax: w.flags.PollMax, Settle: w.flags.Settle,
			Emit: emit,
		},
	}
}

// execute runs the changeset, records what comes of it, and tells.
func (w *work) execute(ctx context.Context, cs *change.Changeset) error {
	tally := view.NewTally(cs.Actions)
	w.progress = view.NewProgress(w.term.Err, view.ProgressOptions{
		Tally: tally, Budget: w.remote.Budget, Verbose: w.globals.Verbose > 0,
		Quiet: w.globals.Quiet || w.globals.JSON || len(cs.Actions) == 0,
	})
	w.live.Store(w.progress.Live)
	defer w.progress.Stop()
	ending := &ending{stop: make(chan struct{})}
	// From here on a signal is told of on the progress, which is there.
	if len(cs.Actions) > 0 && !w.interrupts.leaveGracefully(ending.signalled(w)) {
		return context.Canceled
	}
	if w.flags.MaxDuration > 0 {
		timer := time.AfterFunc(time.Until(w.began.Add(w.flags.MaxDuration)), func() {
			ending.end(fmt.Sprintf("its time of %v is over", w.flags.MaxDuration))
		})
		defer timer.Stop()
	}
	_, failure := w.executor(ending.stop, func(e executor.Event) { w.event(tally, e) }).Run(ctx, cs.Actions)
	failure = errors.Join(failure, w.recorder.finish())
	w.progress.Stop()

	result := &view.Result{
		Changeset: cs, Counts: tally.Counts(), Failures: tally.Failures(),
		Requests: int(w.remote.Requests()), Duration: time.Since(w.began),
		Stopped: ending.reason(),
	}
	if w.lock.SHA256() != "" {
		result.Lockfile = w.lock.Path()
	}
	result.Exit = w.exit(result, failure)
	if err := w.annotateResult(result, w.report(result)); err != nil {
		return err
	}
	if failure != nil {
		return failure
	}
	if result.Exit != ExitOK {
		return status(result.Exit)
	}
	return nil
}

// event passes an event on to everybody who wants to know.
func (w *work) event(tally *view.Tally, e executor.Event) {
	tally.Event(e)
	w.progress.Event(e)
	if w.events != nil {
		w.events.Event(e)
	}
}

// waiting tells that the client waits for the platform or, without a reason,
// that it no longer does.
func (w *work) waiting(until time.Time, why string) {
	w.waits(until, why)
	e := executor.Event{Type: executor.Waiting, Time: time.Now(), Until: until, Message: why}
	if w.events != nil && why != "" {
		w.events.Event(e)
	}
	if w.progress != nil {
		w.progress.Waiting(e)
	}
}

// exit is the exit code of the apply.
func (w *work) exit(r *view.Result, failure error) int {
	switch {
	case w.interrupts.exit() != 0:
		return w.interrupts.exit()
	case failure != nil:
		return w.failure(failure).Exit
	case r.Stopped != "" && r.Counts.Pending() > 0:
		return ExitInterrupt // by itself, and yet the same
	case r.Counts.Failed > 0 || r.Changeset.Incomplete() > 0, r.Counts.Pending() > 0 && !w.flags.NoWait:
		return ExitIncomplete
	}
	return ExitOK
}

// report tells how it ended.
func (w *work) report(r *view.Result) error {
	options := view.ChangesetOptions{Plan: w.plan.Name, Endpoint: w.remote.name, Full: w.flags.Full}
	if err := w.summarize(w.flags.Summary, view.ResultMarkdown(r, options)); err != nil {
		w.warn(err.Error()) // what was done stays done, and its exit code with it
	}
	w.ended = true
	if w.events != nil {
		w.events.Summary(r)
		return w.events.Err()
	}
	if w.globals.Quiet && r.Exit == ExitOK && r.Counts.Pending() == 0 {
		return nil
	}
	return view.Summary(w.term.Out, r, w.flags.Full)
}

// ending is how a run is made to leave before its end.
type ending struct {
	stop chan struct{}

	mu  sync.Mutex
	why string
}

// end makes the run leave; the first reason counts.
func (e *ending) end(why string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.why == "" {
		e.why = why
		close(e.stop)
	}
}

func (e *ending) reason() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.why
}

// signalled makes the run leave at a signal.
func (e *ending) signalled(w *work) func(os.Signal) {
	return func(os.Signal) {
		e.end("interrupted")
		if w.globals.JSON || w.globals.Quiet {
			return
		}
		_, _ = fmt.Fprintln(w.progress, "interrupted: nothing more is submitted; leaving as soon as what is open is on record (again to leave at once)")
	}
}
