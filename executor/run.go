package executor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sourcegraph/conc"
	"github.com/sourcegraph/conc/panics"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

const (
	// grace is how long a run that is told to stop waits for the answers to
	// submissions that are under way.
	grace = 5 * time.Second
	// retryPause is how long a file that failed for a passing reason rests before
	// its second attempt; the rest doubles with each further one. So do looks that
	// came to nothing, but not beyond lastPause.
	retryPause = 5 * time.Second
	lastPause  = time.Minute
)

// Run carries out the actions and nothing else. The result says what became of
// each of them also when there is an error, which means that the run as a whole
// could not go on: the platform or the disk failed, or the context ended. What
// was submitted until then is on record.
func (e *Executor) Run(ctx context.Context, actions []change.Action) (Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	leave, hold := context.WithCancel(ctx)
	defer hold()
	r := &run{
		Executor: e, o: e.Options.withDefaults(), ctx: ctx, cancel: cancel, leave: leave, hold: hold,
		inbox: make(chan func()), quit: make(chan struct{}),
	}
	r.pace = newPacer(r.o)
	r.begin(chain(actions))
	r.workers.Go(func() {
		select {
		case <-e.Stop:
			hold()
		case <-ctx.Done():
		}
	})
	r.loop(e.Stop)
	close(r.quit)
	cancel()
	r.workers.Wait()
	r.result.Open = r.openJobs + r.undecided
	r.result.Unsent = len(actions) - r.result.Completed - r.result.Failed - r.result.Open
	return r.result, r.failure
}

// run is the state of one Run. All of it belongs to the goroutine in loop;
// workers hand their findings to it as functions.
type run struct {
	*Executor
	o      Options
	ctx    context.Context //nolint:containedctx // one run is one call; the context ends with it
	cancel context.CancelFunc
	leave  context.Context //nolint:containedctx // as long as it lasts, submissions may leave
	hold   context.CancelFunc
	pace   *pacer
	result Result

	queues    []*queue
	resting   []*item
	lost      []*item // in submissions whose answers were lost
	doubtful  []*item // see item.doubts
	openJobs  int
	undecided int // jobs that have completed, and the files do not show in which mode

	sending, looking, searching int // workers under way
	stopping                    bool
	deadline                    time.Time // when a stopping run no longer waits for answers
	calledOff                   bool      // it no longer does
	failure                     error
	lostInARow                  int       // submissions whose answer was lost, since one was not
	pausedUntil                 time.Time // nothing is submitted before, because of them
	round                       round
	outage                      time.Time // since when looks come to nothing; zero when they do not
	failedRounds                int       // of looks, since then
	announced                   time.Time // the wait that was announced last

	workers conc.WaitGroup
	inbox   chan func()
	quit    chan struct{}
}

// follow begins to follow jobs that were open before the run.
func (r *run) follow(items []*item) {
	if len(items) == 0 {
		return
	}
	outcomes := make([]Outcome, len(items))
	for i, it := range items {
		it.open, it.job, it.attempts = true, it.Action.ExportID, 1
		r.openJobs++
		r.emit(Event{Type: Submitted, Action: it.Action, ExportID: it.job})
		outcomes[i] = Outcome{Action: it.Action, State: platform.Pending, ExportID: it.job}
	}
	r.pace.add(items, time.Now(), true)
	r.check("recording what is open", r.Recorder.Record(outcomes))
}

func (r *run) emit(e Event) {
	e.Time = time.Now()
	r.o.Emit(e)
}

// loop is the run: it starts what can be started, then waits for something to
// happen, until nothing is left.
func (r *run) loop(stop <-chan struct{}) {
	done := r.ctx.Done()
	for {
		select {
		case <-stop: // before anything else that may have happened as well
			stop = nil
			r.halt(nil)
			r.result.Stopped = true
		default:
		}
		wake := r.start()
		if r.sending == 0 && (r.stopping || r.waits() && len(r.doubtful) == 0) {
			return
		}
		var alarm <-chan time.Time
		if !wake.IsZero() {
			alarm = time.After(time.Until(wake))
		}
		select {
		case act := <-r.inbox:
			act()
		case <-alarm:
		case <-stop:
		case <-done:
			done = nil
			if !r.calledOff {
				r.halt(context.Cause(r.ctx))
			}
		}
	}
}

// halt makes the run end: nothing more is submitted or looked at, and only the
// answers to submissions under way are waited for.
func (r *run) halt(why error) {
	if r.failure == nil && !(r.calledOff && errors.Is(why, context.Canceled)) {
		r.failure = why
	}
	if !r.stopping {
		r.stopping = true
		r.hold()
		r.deadline = time.Now().Add(grace)
	}
}

// check halts the run if what it was doing has failed.
func (r *run) check(doing string, err error) {
	if err != nil {
		r.halt(fmt.Errorf("%s: %w", doing, err))
	}
}

// waits reports whether nothing is left to do but for doubtful items.
func (r *run) waits() bool {
	return r.sending+r.looking+r.searching+len(r.resting)+len(r.lost) == 0 &&
		!slices.ContainsFunc(r.queues, (*queue).waiting) && (r.o.NoWait || r.openJobs == 0)
}

// start starts all workers that can be started and says when there will be more
// to start without anything happening; the time is zero when there will not.
func (r *run) start() time.Time {
	if r.stopping {
		if time.Now().Before(r.deadline) {
			return r.deadline
		}
		r.calledOff = true
		r.cancel() // what is under way now counts as lost
		return time.Time{}
	}
	wake := soonest(r.wakeResting(), r.startSubmissions())
	if len(r.lost) > 0 && r.searching == 0 {
		r.search(&r.lost, "to learn what became of %d submissions whose answer was lost")
	}
	// All doubtful files are looked at in one search, when there is nothing else to
	// do: most of them have been in doubt for long by then, and one look tells.
	if len(r.doubtful) > 0 && r.waits() {
		r.search(&r.doubtful, "for the platform to show how %d files have ended")
	}
	if !r.o.NoWait {
		wake = soonest(wake, r.startLooks())
	}
	return wake
}

// soonest is the earlier of two times, where zero is never.
func soonest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// wakeResting makes the rested items ready and says when the next one will be.
func (r *run) wakeResting() (next time.Time) {
	now := time.Now()
	resting := r.resting
	r.resting = nil
	for _, it := range resting {
		if now.Before(it.restsUntil) {
			next = soonest(next, it.restsUntil)
			r.resting = append(r.resting, it)
		} else {
			r.makeReady(it)
		}
	}
	return next
}

// work runs a worker beside the loop. What it returns is run by the loop; a
// panic in it becomes the run's failure.
func (r *run) work(counter *int, do func(context.Context) func()) {
	*counter++
	r.workers.Go(func() {
		var act func()
		caught := panics.Try(func() { act = do(r.ctx) })
		done := func() {
			*counter--
			if caught != nil {
				r.check("internal error, please report it", caught.AsError())
				return
			}
			act()
		}
		select {
		case r.inbox <- done:
		case <-r.quit:
		}
	})
}

// finish gives an item its outcome and lets the next action on the file begin.
// The outcome is on record already.
func (r *run) finish(it *item, o Outcome) {
	if o.State == platform.Completed {
		r.result.Completed++
		r.result.Bytes += it.Action.Size
		r.emit(Event{Type: FileDone, Action: o.Action, ExportID: o.ExportID})
	} else {
		r.result.Failed++
		r.result.Failures = append(r.result.Failures, o)
		r.emit(Event{Type: FileFailed, Action: it.Action, ExportID: o.ExportID, Err: o.Err, Permanent: o.Permanent})
	}
	next := it.after
	if next == nil {
		return
	}
	next.queue.held--
	if o.State != platform.Completed && (it.Action.CopyOnly || it.Action.Kind == change.Follow) {
		// What a followed job was to bring to its place may be wanted as a copy.
		next.copyFailed = it.Action
	}
	next.copyFailed = cmp.Or(next.copyFailed, it.copyFailed)
	switch {
	case next.Action.Kind == change.Follow:
		r.follow([]*item{next}) // its job was submitted already
	case next.copyFailed != nil && !next.Action.CopyOnly:
		// After the move there would be nothing left to copy from.
		r.giveUp([]*item{next}, Outcome{State: platform.Failed, Err: &platform.Error{
			Message: fmt.Sprintf("not moved, because its copy to %s failed", next.copyFailed.Place()),
		}})
	default:
		r.makeReady(next)
	}
}

// abandon leaves the actions that wait for an item unsent: what became of its job
// is not known, and the file must not be submitted beside it.
func (r *run) abandon(it *item) {
	for next := it.after; next != nil; next = next.after {
		next.queue.held--
	}
	it.after = nil
}

// retry makes an item rest before its next attempt, when it may have one.
func (r *run) retry(it *item, o Outcome) bool {
	// The failure of a job that may have been anybody's is not this action's; but
	// what it has failed for must not be deleted.
	replaces := it.Action.Kind == change.Replace || it.Action.Again == change.Replace
	if o.Permanent && (!it.unsure || replaces) || it.attempts > r.o.Retries || r.stopping {
		return false
	}
	action := it.Action
	if action.Kind == change.Follow {
		if action.Again == "" || it.after != nil && !action.CopyOnly {
			return false // a copy that waits would come too late
		}
		again := *action
		again.Kind, again.Again, again.ModeUnknown, again.Overwrite = action.Again, "", false, action.Again == change.Replace
		it.Action = &again
	}
	it.unsure = false
	it.restsUntil = time.Now().Add(retryPause << (it.attempts - 1))
	r.resting = append(r.resting, it)
	r.emit(Event{
		Type: FileRetrying, Action: action, ExportID: o.ExportID, Err: o.Err,
		Attempt: it.attempts + 1, Until: it.restsUntil,
	})
	return true
}
