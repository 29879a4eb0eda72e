package executor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sbexport/internal/platform"
)

// maxLosses is how often a submission of one file may be lost, over a time that
// is longer than any outage, before the file counts as failed for this run.
const maxLosses = 5

// search looks for what became of a list of items, which it empties, beside
// everything else.
func (r *run) search(list *[]*item, what string) {
	items := *list
	*list = nil
	attempts := make([]Attempt, len(items))
	for i, it := range items {
		attempts[i] = it.Attempt
	}
	r.emit(Event{Type: Waiting, Message: fmt.Sprintf(what, len(items))})
	r.work(&r.searching, func(ctx context.Context) func() {
		found, err := r.Executor.search(ctx, attempts)
		if err != nil {
			return func() { r.halt(err) }
		}
		recorded := r.Recorder.Record(slices.DeleteFunc(outcomes(found), Outcome.Unknown))
		return func() {
			r.settle(items, found)
			r.check("recording what was found", recorded)
		}
	})
}

// settle deals with what a search has found.
func (r *run) settle(items []*item, found []finding) {
	var opened []*item
	for i, it := range items {
		it.doubt, it.done = false, nil
		switch f := found[i]; {
		case f.Unknown():
			r.leaveUnknown(it, f.Outcome)
		case f.State == "" && it.verdict != nil:
			o := *it.verdict
			if f.unread {
				// It may have arrived: the next run looks again.
				o.Permanent, it.attempts = false, r.o.Retries+1
			}
			r.letStand(it, o)
		case f.State == "":
			r.resubmit(it)
		case f.State == platform.Completed:
			r.finish(it, f.Outcome)
		case f.State == platform.Failed:
			it.Jobs = append(it.Jobs, f.ExportID)
			r.letStand(it, f.Outcome)
		case f.undecided:
			r.undecided++
			r.abandon(it)
		default:
			it.verdict, it.unsure = nil, f.Action.ModeUnknown
			if r.adopt(it, &platform.Export{ID: f.ExportID, State: f.State}) {
				opened = append(opened, it)
			}
		}
	}
	r.pace.add(opened, time.Now(), false)
}

// doubts reports whether an outcome of an item is to be recorded only after the
// file itself has been looked at.
func (it *item) doubts(o Outcome) bool {
	return o.State == platform.Completed && it.unsure ||
		o.State == platform.Failed && (o.ambiguous || o.Err.MayHaveArrived())
}

// markDoubtful puts an item among those that are looked at before they have their
// outcome.
func (r *run) markDoubtful(it *item) {
	it.doubt, it.Lost = true, r.Platform.Now()
	r.doubtful = append(r.doubtful, it)
}

// letStand lets a failure stand: its doubts are settled.
func (r *run) letStand(it *item, o Outcome) {
	it.Sent, it.verdict = time.Time{}, nil
	r.check("recording an outcome", r.Recorder.Record([]Outcome{o}))
	if !r.retry(it, o) {
		r.finish(it, o)
	}
}

// leaveUnknown ends an item of which nobody can tell what became of it. The
// intent stays on record, and the next run finds out.
func (r *run) leaveUnknown(it *item, o Outcome) {
	o.State = platform.Failed
	o.Err = &platform.Error{Status: o.Err.Status, Code: o.Err.Code, Message: fmt.Sprintf(
		"the answer to its submission was lost, and the jobs on volume %s cannot be listed: %v", o.Action.Volume, o.Err)}
	r.abandon(it)
	r.finish(it, o)
}

// resubmit submits an item whose submission never happened.
func (r *run) resubmit(it *item) {
	it.attempts--
	if it.losses++; it.losses < maxLosses || r.Platform.Now().Sub(it.Sent) < platform.Patience {
		r.makeReady(it)
		return
	}
	it.attempts = r.o.Retries + 1 // no more in this run
	r.letStand(it, Outcome{Action: it.Action, State: platform.Failed, Err: &platform.Error{
		Message: fmt.Sprintf("submitted %d times, and the platform's answer was lost each time", it.losses),
	}})
}

// doubt has a failure looked into first when the file may be in place all the
// same: by an earlier submission of the item whose answer was lost, or by a job
// that nobody here knew of.
func (r *run) doubt(it *item, o Outcome) bool {
	switch {
	case it.verdict != nil:
		return false
	case it.doubts(o):
		it.verdict = &o
		r.markDoubtful(it)
	case !it.Sent.IsZero():
		it.verdict = &o
		r.lost = append(r.lost, it)
	default:
		return false
	}
	return true
}
