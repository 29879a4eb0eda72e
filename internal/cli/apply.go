package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"sbexport/internal/atomicfile"
	"sbexport/internal/change"
	"sbexport/internal/diff"
	"sbexport/internal/platform"
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

// Help is the long help.
func (applyCmd) Help() string {
	return `Shows what will be done and asks; only the answer "yes" goes on. Without a terminal it needs --auto-approve or a saved plan. ` +
		`A moved file becomes an alias and the platform's copy is deleted: this cannot be undone.

Ctrl-C submits nothing more and leaves what is open on record; run again to go on.

Example: sbexport apply --auto-approve --max-duration 5h`
}

// Validate checks the flags' values.
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
	case c.Saved != "" && (len(c.Only) > 0 || len(c.Skip) > 0 || c.RetryFailed || c.CheckVolume):
		return errors.New("--only, --skip, --retry-failed and --check-volume are part of a saved plan already")
	}
	return nil
}

// Run compares, shows, asks and executes.
func (c *applyCmd) Run(ctx context.Context, a *app) (err error) {
	began := time.Now()
	saved, err := c.readSaved()
	if err != nil {
		return err
	}
	if saved != nil && a.globals.File == "" {
		a.globals.File = saved.Plan.File
	}
	p, err := a.loadPlan()
	if err != nil {
		return err
	}
	wait := c.LockTimeout
	if c.MaxDuration > 0 {
		wait = min(wait, time.Until(began.Add(c.MaxDuration)))
	}
	lock, err := a.runLock(ctx, p.Name, wait)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()

	w := &work{app: a, flags: c, plan: p, began: began, now: began, unsettled: map[string]bool{}}
	if saved != nil {
		c.selection = selection{saved.Options.Only, saved.Options.Skip, saved.Options.RetryFailed, saved.Options.CheckVolume}
		w.saved, w.now = saved, saved.CreatedOn
	}
	if err := w.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	return w.do(ctx)
}

func (c *applyCmd) readSaved() (*change.Document, error) {
	if c.Saved == "" {
		return nil, nil //nolint:nilnil // no saved plan was named
	}
	const most = 4 << 30 // a saved plan of a million files is an eighth of it
	f, err := atomicfile.Open(c.Saved, most)
	if err != nil {
		return nil, &Error{Exit: ExitInvalid, Message: fmt.Sprintf("reading the saved plan: %v", err), Hint: "make one with: sbexport plan --out FILE", err: err}
	}
	defer f.Close() //nolint:errcheck // nothing was written
	d, err := change.ReadDocument(bufio.NewReader(f))
	var bad *change.DocumentError
	if errors.As(err, &bad) {
		return nil, &Error{Exit: ExitInvalid, Message: fmt.Sprintf("%s: %v", c.Saved, err), Hint: bad.Hint, err: err}
	}
	return d, err
}

// runLock keeps other applies of the plan out.
func (a *app) runLock(ctx context.Context, planName string, wait time.Duration) (*state.RunLock, error) {
	if err := state.EnsureDir(state.Dir(planName)); err != nil {
		return nil, fmt.Errorf("making room for the run lock: %w", err)
	}
	lock, err := state.Lock(ctx, state.RunLockName(planName), state.NewHolder("apply "+planName), wait)
	if err != nil {
		return nil, err
	}
	return lock, nil
}

// work is one apply.
type work struct {
	*app
	flags *applyCmd
	plan  *plan.Plan
	saved *change.Document // nil unless one is carried out
	began time.Time
	now   time.Time // what relative times in the plan are counted from

	lock     *state.Lockfile
	remote   *remote
	recorder *recorder
	events   *view.Events // nil unless --json
	progress *view.Progress
	ended    bool // the summary was written

	unsettled map[string]bool // files of which it is not known what became of an earlier submission
}

// open opens everything the apply works with.
func (w *work) open() error {
	if err := w.outputs(w.plan.Name, w.summaryFile(w.flags.Summary)); err != nil {
		return err
	}
	lock, err := w.loadLockfile(w.plan.Name)
	if err != nil {
		return err
	}
	w.lock = lock
	if err := w.toWrite(w.plan.Name, lock); err != nil {
		return err
	}
	if err := writable(w.summaryFile(w.flags.Summary)); err != nil {
		return err
	}
	if w.recorder, err = openRecorder(w.journalName(w.plan.Name), lock); err != nil {
		return err
	}
	w.remote, err = w.connect(w.plan, connectOptions{reserve: &w.flags.RateReserve, waiting: w.waiting, patience: platform.Patience})
	if err != nil {
		return errors.Join(err, w.recorder.close())
	}
	if w.globals.JSON {
		w.events = view.NewEvents(w.term.Out.W)
		w.events.Budget = w.remote.Budget
		w.events.Version(version())
	}
	return nil
}

func (w *work) close() error {
	err := errors.Join(w.recorder.close(), w.remote.Close())
	if w.events != nil {
		err = errors.Join(err, w.events.Err())
	}
	return err
}

// do is the apply once everything is open.
func (w *work) do(ctx context.Context) (err error) {
	cs := &change.Changeset{}
	defer func() { w.lastWord(cs, err) }()
	err = w.inTime(ctx, func(ctx context.Context) error {
		found, err := w.find(ctx)
		if err != nil {
			return err
		}
		cs = found
		return w.agree(ctx, cs)
	})
	if err != nil {
		return err
	}
	if err := w.tryLockfile(cs); err != nil {
		return err
	}
	if err := w.recorder.inPlace(cs.Unchanged); err != nil {
		return fmt.Errorf("recording files that are in place: %w", err)
	}
	return w.execute(ctx, cs)
}

// inTime does something within the time that the apply has, before anything is
// submitted.
func (w *work) inTime(ctx context.Context, do func(context.Context) error) error {
	if w.flags.MaxDuration == 0 {
		return do(ctx)
	}
	bounded, cancel := context.WithDeadline(ctx, w.began.Add(w.flags.MaxDuration))
	defer cancel()
	err := do(bounded)
	var own *Error // which has nothing to do with the time
	if err != nil && !errors.As(err, &own) && errors.Is(bounded.Err(), context.DeadlineExceeded) {
		return &Error{
			Exit: ExitInterrupt, Message: fmt.Sprintf("its time of %v was over before anything was submitted", w.flags.MaxDuration),
			Hint: "give it more time with --max-duration", err: err,
		}
	}
	return err
}

// find finds out what is to be done.
func (w *work) find(ctx context.Context) (*change.Changeset, error) {
	if err := w.settleEarlier(ctx); err != nil {
		return nil, err
	}
	cs, err := w.compare(ctx, comparison{plan: w.plan, selection: w.flags.selection, remote: w.remote, lock: w.lock, now: w.now, settle: w.flags.Settle})
	if err != nil {
		return nil, err
	}
	w.leaveAlone(cs)
	cs.AtLeast = w.remote.Budget().Least(calls(cs), time.Now()) // the listing is done
	return cs, nil
}

// agree shows what is about to be done and makes sure that it is wanted.
func (w *work) agree(ctx context.Context, cs *change.Changeset) error {
	if err := w.checkSaved(cs); err != nil {
		return err
	}
	if err := w.present(cs); err != nil {
		return err
	}
	if broken := diff.Exceeded(cs, w.plan.Limits); len(broken) > 0 {
		return refuse("raise the plan's limits if this is meant",
			"the plan's limits do not allow it, nothing was submitted: %s", strings.Join(broken, "; "))
	}
	return w.consent(ctx, cs)
}

// tryLockfile makes sure that what comes of the actions can be recorded, before
// anything is done that cannot be undone: that the lockfile can be replaced, and
// that there is room for it and for the journal.
func (w *work) tryLockfile(cs *change.Changeset) error {
	const most = 1 << 10 // what an action takes in both together, in bytes
	if len(cs.Actions) == 0 {
		return nil
	}
	if err := w.lock.Try(most * int64(len(cs.Actions))); err != nil {
		return fmt.Errorf("making sure that results can be recorded, so that nothing was submitted: %w", err)
	}
	return nil
}

// lastWord writes the summary of an apply that ends before anything is done.
func (w *work) lastWord(cs *change.Changeset, err error) {
	if w.events == nil || w.ended {
		return
	}
	exit := ExitOK
	if err != nil {
		exit = w.code(err)
	}
	w.events.Summary(&view.Result{
		Changeset: cs, Counts: view.NewTally(cs.Actions).Counts(),
		Requests: int(w.remote.Requests()), Duration: time.Since(w.began), Exit: exit,
	})
}

// checkSaved refuses a saved plan that the world has moved on from.
func (w *work) checkSaved(cs *change.Changeset) error {
	if w.saved == nil {
		return nil
	}
	moved := stale(w.saved, cs, w.plan, w.remote.endpoint, w.lock)
	if len(moved) == 0 {
		return nil
	}
	const most = 10
	shown, more := moved, ""
	if len(moved) > most {
		shown, more = moved[:most], fmt.Sprintf("\n  and %d more", len(moved)-most)
	}
	return refuse("make a new one with: sbexport plan --out FILE",
		"the saved plan is stale, nothing was submitted:\n  %s%s", strings.Join(shown, "\n  "), more)
}

// present shows what is about to be done.
func (w *work) present(cs *change.Changeset) error {
	if w.events != nil {
		w.events.Plan(cs)
		return w.events.Err()
	}
	if w.globals.Quiet && len(cs.Actions) == 0 {
		return nil
	}
	return view.Changeset(w.term.Out, cs, view.ChangesetOptions{Plan: w.plan.Name, Endpoint: w.remote.name, Full: w.flags.Full})
}

// consent makes sure that what cannot be undone is wanted.
func (w *work) consent(ctx context.Context, cs *change.Changeset) error {
	submits := false
	for i := range cs.Actions {
		submits = submits || cs.Actions[i].Kind != change.Follow
	}
	if !submits || w.flags.AutoApprove || w.saved != nil {
		return nil
	}
	if !w.streams.InTTY {
		return refuse("run it with --auto-approve, or save the plan with plan --out and apply that",
			"there is no terminal to ask on, so nothing was submitted")
	}
	if _, err := io.WriteString(w.term.Err.W, view.Confirm(cs)); err != nil {
		return fmt.Errorf("asking for consent: %w", err)
	}
	answer, err := readLine(ctx, w.streams.In)
	if err != nil {
		return err
	}
	if answer != "yes" {
		return refuse(`only the answer "yes" goes on`, "not confirmed, nothing was submitted")
	}
	return nil
}

// readLine reads one line, unless the context ends first.
func readLine(ctx context.Context, r io.Reader) (string, error) {
	lines := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(r).ReadString('\n')
		lines <- strings.TrimSpace(line)
	}()
	select {
	case line := <-lines:
		return line, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
