package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"sbexport/executor"
	"sbexport/internal/api"
	"sbexport/internal/apply"
	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/resolve"
	"sbexport/internal/state"
	"sbexport/internal/view"
	"sbexport/plan"
)

// applyCmd carries the plan out.
type applyCmd struct {
	selection
	Saved       string        `arg:"" optional:"" help:"A changeset saved with plan --out; exactly that is carried out, without asking."`
	AutoApprove bool          `short:"y" help:"Do not ask."`
	Full        bool          `help:"Show every file, and those with nothing to do."`
	NoWait      bool          `help:"Submit, record and leave; the next run follows the jobs."`
	Parallel    int           `default:"4" placeholder:"N" help:"Submissions in flight at once (4)."`
	RateReserve int           `default:"25" placeholder:"N" help:"Requests of the platform's budget to leave for other tools (25)."`
	PollMin     time.Duration `default:"600ms" placeholder:"D" help:"Least time between two looks at the same job (600ms)."`
	PollMax     time.Duration `default:"1h" placeholder:"D" help:"Most time between two looks at the same job (1h)."`
	Retries     int           `default:"2" placeholder:"N" help:"How often to submit a file again that failed in passing (2)."`
	LockTimeout time.Duration `placeholder:"D" help:"How long to wait for another apply of this plan to end (not at all)."`
	MaxDuration time.Duration `placeholder:"D" help:"Leave after this time as if interrupted; run again to go on."`
	Settle      time.Duration `default:"1m" placeholder:"D" help:"How long to look for a submission whose answer was lost before it counts as not made (1m)."`
	Summary     string        `placeholder:"FILE" help:"Append a Markdown summary to FILE. Default: $GITHUB_STEP_SUMMARY."`
}

func (applyCmd) Help() string {
	return `Shows what will be done and asks; only the answer "yes" goes on, or, where more than 1000 files or 10 TB would be moved, their number. Without a terminal it needs --auto-approve or a saved plan. ` +
		`A moved file becomes an alias and the platform's copy is deleted: this cannot be undone.

Ctrl-C submits nothing more and leaves what is open on record; run again to go on.

Example: sbexport apply --auto-approve --max-duration 5h`
}

func (c *applyCmd) Validate() error {
	switch {
	case c.Parallel < 1 || c.Parallel > 64:
		return errors.New("--parallel must be between 1 and 64")
	case c.RateReserve < 0:
		return errors.New("--rate-reserve must not be negative")
	case c.Retries < 0:
		return errors.New("--retries must not be negative")
	case c.PollMin <= 0 || c.PollMax < c.PollMin:
		return errors.New("--poll-min must be more than zero, and --poll-max not less than it")
	case c.LockTimeout < 0 || c.MaxDuration < 0 || c.Settle <= 0:
		return errors.New("--lock-timeout and --max-duration must not be negative, and --settle must be more than zero")
	case c.Saved != "" && (len(c.Only) > 0 || len(c.Skip) > 0 || len(c.OnlyProject) > 0 || c.RetryFailed || c.CheckVolume):
		return errors.New("--only, --skip, --only-project, --retry-failed and --check-volume are part of a saved plan already")
	}
	return nil
}

// Run has the apply done, and tells how it ended.
func (c *applyCmd) Run(ctx context.Context, a *app) (err error) {
	w := &applying{app: a, flags: c, began: time.Now()}
	saved, err := a.readSavedPlan(c.Saved)
	if err != nil {
		return err
	}
	now := w.began
	if saved != nil { // what it was made with takes the place of flags
		c.selection, now = selection(saved.Options), saved.CreatedOn
	}
	if w.plan, err = a.loadPlan(); err != nil {
		return err
	}
	rules, err := c.rules(w.plan)
	if err != nil {
		return err
	}
	wait := c.LockTimeout
	if c.MaxDuration > 0 {
		wait = min(wait, time.Until(w.began.Add(c.MaxDuration)))
	}
	lock, err := a.runLock(ctx, "apply", w.plan.Name, wait)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	if err := w.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.remote.Close()) }()
	run := &apply.Apply{
		Comparison: *w.remote.comparison(w.plan, w.lockfile, now),
		Saved:      saved, Journal: a.journalName(w.plan.Name), User: w, Agreed: c.AutoApprove,
		Executor: executor.Options{
			Parallel: c.Parallel, Retries: c.Retries, NoWait: c.NoWait, PollMin: c.PollMin, PollMax: c.PollMax,
		},
		Began: w.began, MaxDuration: c.MaxDuration,
	}
	run.Rules, run.Options, run.Settle = rules, change.Options(c.selection), c.Settle
	listing, listed := a.listing()
	w.settled = func() {}
	w.listed = func() { w.settled(); listed() }
	defer w.listed()
	run.Listing = func(p resolve.Progress) { w.settled(); listing(p) }
	return w.end(run.Run(ctx))
}

// applying is one apply as its user sees it.
type applying struct {
	*app
	flags *applyCmd
	plan  *plan.Plan
	began time.Time

	lockfile *state.Lockfile
	remote   *remote
	told     int          // blocked files that were shown
	settled  func()       // ends the line that tells of an earlier run
	listed   func()       // the same, and ends the line that shows how far the listing is
	events   *view.Events // nil unless --json
	tally    *view.Tally  // nil until the changes are carried out
	// progress is nil until then; the client tells of waits at any time.
	progress atomic.Pointer[view.Progress]
}

// open opens what the apply works with, and makes sure that its summary can be
// written.
func (w *applying) open() (err error) {
	summary := w.summaryFile(w.flags.Summary)
	if err := w.outputs(w.plan.Name, summary); err != nil {
		return err
	}
	if w.lockfile, err = w.loadLockfile(w.plan.Name); err != nil {
		return err
	}
	if err := w.toWrite(w.plan.Name, w.lockfile); err != nil {
		return err
	}
	if err := w.summarize(summary, ""); err != nil {
		return err
	}
	w.remote, err = w.connect(w.plan, api.Options{Reserve: w.flags.RateReserve, Waiting: w.waiting, Patience: platform.Patience})
	if err != nil {
		return err
	}
	if w.globals.JSON {
		w.events = view.NewEvents(w.term.Out.W)
		w.events.Budget = w.remote.Budget
		w.events.Version(version())
	}
	return nil
}

// Settling tells that an earlier run did not end by itself, and how long it takes
// to clear that up; the listing comes after it.
func (w *applying) Settling(submissions int) {
	began, what := time.Now(), view.Number(submissions, "submission")
	w.say("an earlier run did not end by itself: finding out what became of %s, which may take %v (--settle)", what, w.flags.Settle)
	live := w.doing(func() string {
		return fmt.Sprintf("finding out what became of %s: for %v now", what, time.Since(began).Truncate(time.Second))
	})
	w.settled = live.Stop
}

// Warn tells what should not be overlooked.
func (w *applying) Warn(message string) { w.warn(message) }

// Show shows what is about to be done.
func (w *applying) Show(changes *change.Changeset) error {
	w.listed()
	if w.events != nil {
		w.events.Plan(w.remote.comparison(w.plan, w.lockfile, w.began).Document(changes, false))
		return w.events.Err()
	}
	if w.globals.Quiet && len(changes.Actions) == 0 {
		return nil
	}
	w.told = len(changes.Blocked)
	return view.Changeset(w.term.Out, changes, w.viewOptions())
}

func (w *applying) viewOptions() view.ChangesetOptions {
	return view.ChangesetOptions{Plan: w.plan.Name, Endpoint: w.remote.name, Full: w.flags.Full}
}

// Agree asks, where there is a terminal.
func (w *applying) Agree(ctx context.Context, changes *change.Changeset) error {
	if !w.streams.InTTY {
		return apply.Refuse("run it with --auto-approve, or save the plan with plan --out and apply that",
			"there is no terminal to ask on, so nothing was submitted")
	}
	if err := view.Confirm(w.term.Err, changes, w.viewOptions(), w.term.Out.TTY && w.events == nil); err != nil {
		return err
	}
	answer, err := readLine(ctx, w.streams.In)
	if err != nil { // what follows begins on a line of its own
		_, _ = io.WriteString(w.term.Err.W, "\n")
	}
	if ctx.Err() != nil {
		return err
	}
	consent := view.Consent(changes)
	if strings.ReplaceAll(answer, ",", "") != consent {
		return apply.Refuse(fmt.Sprintf("only the answer %q goes on", consent), "not confirmed, nothing was submitted")
	}
	return nil
}

// readLine reads one line, unless the context ends first. What was typed without an
// end of the line comes with an error.
func readLine(ctx context.Context, r io.Reader) (string, error) {
	type read struct {
		line string
		err  error
	}
	done := make(chan read, 1)
	go func() {
		line, err := bufio.NewReader(r).ReadString('\n')
		done <- read{strings.TrimSpace(line), err}
	}()
	select {
	case r := <-done:
		return r.line, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Begin shows progress. From here on the first signal stops the apply, rather than
// cancel what it is doing.
func (w *applying) Begin(changes *change.Changeset, stop func(why string)) error {
	w.tally = view.NewTally(changes.Actions)
	progress := view.NewProgress(w.term.Err, view.ProgressOptions{
		Tally: w.tally, Budget: w.remote.Budget, Verbose: w.globals.Verbose > 0,
		Quiet: w.globals.Quiet || w.globals.JSON || len(changes.Actions) == 0,
	})
	w.progress.Store(progress)
	w.live.Store(progress.Live)
	signalled := func(os.Signal) {
		stop("interrupted")
		w.say("interrupted: nothing more is submitted; leaving as soon as what is open is on record (again to leave at once)")
	}
	if len(changes.Actions) > 0 && !w.interrupts.leaveGracefully(signalled) {
		return context.Canceled
	}
	return nil
}

// Event passes an event on to everybody who wants to know.
func (w *applying) Event(e executor.Event) {
	w.tally.Event(e)
	w.progress.Load().Event(e)
	if w.events != nil {
		w.events.Event(e)
	}
}

// waiting tells that the client waits for the platform or, without a reason,
// that it no longer does.
func (w *applying) waiting(until time.Time, why string) {
	// The end of a wait that is known is on the live line, if there is one.
	progress := w.progress.Load()
	if progress == nil || until.IsZero() || !w.term.Err.Live {
		w.waits(until, why)
	}
	e := executor.Event{Type: executor.Waiting, Time: time.Now(), Until: until, Message: why}
	if w.events != nil && why != "" {
		w.events.Event(e)
	}
	if progress != nil {
		progress.Waiting(e)
	}
}
