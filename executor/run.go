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

// Executor runs changesets.
type Executor struct {
	Platform Platform
	Recorder Recorder
	Options  Options
	// Stop, once closed, makes a run submit nothing more, whatever a submission
	// waits for, wait a moment for the answers that are under way, and end with
	// what is open on record. It may be nil.
	Stop <-chan struct{}
}

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
	for i := range actions {
		if actions[i].Kind != change.Unchanged {
			r.total++
		}
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
	r.result.Unsent = r.total - r.result.Completed - r.result.Failed - r.result.Open
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
	total  int

	ready      [2][]*item // by mode: moves, copies
	readySince [2]time.Time
	resting    []*item
	held       [2]int // items of a mode that wait for an earlier action on their file
	lost       []*item
	doubts     []*item // see item.doubts
	openJobs   int
	undecided  int // jobs that have completed, and the files do not show in which mode

	sending, looking, searching int // workers under way
	stopping                    bool
	deadline                    time.Time // when a stopping run no longer waits for answers
	calledOff                   bool      // it no longer does
	failure                     error
	trials                      []*trial
	lostInARow                  int       // submissions whose answer was lost, since one was not
	breather                    time.Time // nothing is submitted before, because of them
	round                       round
	outage                      outage
	announced                   time.Time // the wait that was announced last

	workers conc.WaitGroup
	inbox   chan func()
	quit    chan struct{}
}

// mode is the index of an action's mode: copy_only is for a whole call.
func mode(a *change.Action) int {
	if a.CopyOnly {
		return 1
	}
	return 0
}

// bySize orders items with the biggest files first, which shortens a run whose
// jobs take the longer the bigger their files are.
func bySize(a, b *item) int { return cmp.Compare(b.action.Size, a.action.Size) }

// begin puts the first action of each file where it belongs.
func (r *run) begin(heads []*item) {
	slices.SortStableFunc(heads, bySize)
	var follows []*item
	for _, it := range heads {
		for next := it.after; next != nil; next = next.after {
			r.held[mode(next.action)]++
		}
		if it.action.Kind == change.Follow {
			follows = append(follows, it)
			continue
		}
		r.makeReady(it)
	}
	r.follow(follows)
}

func (r *run) makeReady(it *item) {
	it.phase = phaseReady
	if t := r.trialOf(it.action); t != nil {
		t.shelf = append(t.shelf, it)
		r.goOn(t)
		return
	}
	m := mode(it.action)
	if len(r.ready[m]) == 0 {
		r.readySince[m] = time.Now()
	}
	r.ready[m] = append(r.ready[m], it)
}

// follow begins to follow jobs that were open before the run.
func (r *run) follow(items []*item) {
	now := time.Now()
	for _, it := range items {
		it.phase, it.job, it.submitted, it.attempts = phaseOpen, it.action.ExportID, now, 1
		r.openJobs++
		r.emit(Event{Type: Submitted, Action: it.action, ExportID: it.job})
	}
	if len(items) == 0 {
		return
	}
	r.pace.follow(items, now)
	outcomes := make([]Outcome, len(items))
	for i, it := range items {
		outcomes[i] = Outcome{Action: it.action, State: platform.Pending, ExportID: it.job}
	}
	if err := r.Recorder.Record(outcomes); err != nil {
		r.halt(fmt.Errorf("recording what is open: %w", err))
	}
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
		if r.idle() {
			return
		}
		timer := newTimer(wake)
		select {
		case act := <-r.inbox:
			act()
		case <-timer.C:
		case <-stop:
		case <-done:
			done = nil
			if !r.calledOff {
				r.halt(context.Cause(r.ctx))
			}
		}
		timer.Stop()
	}
}

// newTimer fires at a time, or never when it is zero.
func newTimer(at time.Time) *time.Timer {
	if at.IsZero() {
		at = time.Now().Add(1000 * time.Hour)
	}
	return time.NewTimer(time.Until(at))
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
		r.deadline = time.Now().Add(r.o.Grace)
	}
}

// idle reports whether the run is over.
func (r *run) idle() bool {
	if r.sending > 0 {
		return false
	}
	if r.stopping {
		return true
	}
	return r.waits() && len(r.doubts) == 0
}

// waits reports whether nothing is left to do but for files in doubt.
func (r *run) waits() bool {
	if r.sending > 0 || r.looking > 0 || r.searching > 0 || len(r.resting) > 0 || len(r.lost) > 0 || len(r.ready[0])+len(r.ready[1]) > 0 || r.trying() {
		return false
	}
	return r.o.NoWait || r.openJobs == 0
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
	wake := r.wakeResting()
	wake = soonest(wake, r.startSubmissions())
	if len(r.lost) > 0 && r.searching == 0 {
		r.search()
	}
	if len(r.doubts) > 0 && r.waits() {
		r.resolve()
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
func (r *run) wakeResting() time.Time {
	now, next := time.Now(), time.Time{}
	r.resting = slices.DeleteFunc(r.resting, func(it *item) bool {
		if now.Before(it.restsUntil) {
			next = soonest(next, it.restsUntil)
			return false
		}
		r.makeReady(it)
		return true
	})
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
				r.halt(fmt.Errorf("internal error, please report it: %w", caught.AsError()))
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
	it.phase = phaseEnded
	if o.State == platform.Completed {
		r.result.Completed++
		r.result.Bytes += it.action.Size
		r.emit(Event{Type: FileDone, Action: o.Action, ExportID: o.ExportID})
	} else {
		r.result.Failed++
		r.result.Failures = append(r.result.Failures, o)
		r.emit(Event{Type: FileFailed, Action: it.action, ExportID: o.ExportID, Err: o.Err, Permanent: o.Permanent})
	}
	r.release(it, o)
}

// release deals with the action that waited for this one.
func (r *run) release(it *item, o Outcome) {
	next := it.after
	if next == nil {
		return
	}
	r.held[mode(next.action)]--
	if o.State != platform.Completed && (it.action.CopyOnly || it.action.Kind == change.Follow) {
		// What a followed job was to bring to its place may be wanted as a copy.
		next.copyFailed = it.action
	}
	next.copyFailed = cmp.Or(next.copyFailed, it.copyFailed)
	if next.action.Kind == change.Follow {
		r.follow([]*item{next}) // its job was submitted already
		return
	}
	if next.copyFailed != nil && !next.action.CopyOnly {
		r.withhold(next)
		return
	}
	r.makeReady(next)
}

// abandon leaves the actions that wait for an item unsent: what became of its job
// is not known, and the file must not be submitted beside it.
func (r *run) abandon(it *item) {
	for next := it.after; next != nil; next = next.after {
		r.held[mode(next.action)]--
	}
	it.after = nil
}

// withhold gives up a move whose copy has failed: after the move there would be
// nothing left to copy from.
func (r *run) withhold(it *item) {
	o := Outcome{Action: it.action, State: platform.Failed, Err: &platform.Error{
		Message: fmt.Sprintf("not moved, because its copy to %s:%s failed", it.copyFailed.Volume, it.copyFailed.Location),
	}}
	if err := r.Recorder.Record([]Outcome{o}); err != nil {
		r.halt(fmt.Errorf("recording an outcome: %w", err))
	}
	r.finish(it, o)
}

// retry makes an item rest before its next attempt, when it may have one.
func (r *run) retry(it *item, o Outcome) bool {
	// The failure of a job that may have been anybody's is not this action's; but
	// what it has failed for must not be deleted.
	replaces := it.action.Kind == change.Replace || it.action.Again == change.Replace
	if o.Permanent && (!it.unsure || replaces) || it.attempts > r.o.Retries || r.stopping {
		return false
	}
	action := it.action
	if action.Kind == change.Follow {
		if action.Again == "" || it.after != nil && !action.CopyOnly {
			return false // a copy that waits would come too late
		}
		again := *action
		again.Kind, again.Again, again.ModeUnknown, again.Overwrite = action.Again, "", false, action.Again == change.Replace
		it.action = &again
	}
	it.phase, it.unsure = phaseResting, false
	it.restsUntil = time.Now().Add(retryPause << (it.attempts - 1))
	r.resting = append(r.resting, it)
	r.emit(Event{
		Type: FileRetrying, Action: action, ExportID: o.ExportID, Err: o.Err,
		Attempt: it.attempts + 1, Until: it.restsUntil,
	})
	return true
}
