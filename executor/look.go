package executor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sbexport/internal/platform"
)

// maxMisses is how many looks in a row may not find a job before it is given up.
const maxMisses = 5

// silence is the wait from which on it is announced.
const silence = 10 * time.Second

// round is one round of looks at open jobs.
type round struct {
	queue        [][]*item // calls still to be made
	calls, ended int
}

// startLooks begins a round of looks when one is due, goes on with the one under
// way, and says when the next will be due.
func (r *run) startLooks() time.Time {
	if r.looking == 0 && len(r.round.queue) == 0 {
		if r.round.calls > 0 {
			r.pace.looked(time.Now(), r.round.calls, r.round.ended)
			r.round = round{}
		}
		r.pace.awaited = r.held[0]+r.held[1] > 0
		at, ok := r.pace.next()
		if !ok || r.submissionsFirst() {
			return time.Time{}
		}
		now := time.Now()
		if now.Before(at) {
			r.announce(now, at)
			return at
		}
		if r.round.queue = r.pace.take(now); len(r.round.queue) == 0 {
			r.pace.looked(now, 0, 0)
			return r.pace.mark
		}
	}
	for len(r.round.queue) > 0 && r.looking < max(looksAtOnce, r.o.Parallel) {
		call := r.round.queue[0]
		r.round.queue = r.round.queue[1:]
		r.round.calls++
		r.look(call)
	}
	return time.Time{}
}

// submissionsFirst reports whether looks must wait because the budget is too
// short for what is still to be submitted.
func (r *run) submissionsFirst() bool {
	waiting := calls(len(r.ready[0])) + calls(len(r.ready[1])) + r.sending
	b := r.Platform.Budget()
	return b.Known && len(r.ready[0])+len(r.ready[1]) > 0 && b.Remaining < 2*waiting
}

// announce tells of a long wait, once.
func (r *run) announce(now, until time.Time) {
	if until.Equal(r.announced) || until.Sub(now) < silence || r.sending > 0 {
		return
	}
	r.announced = until
	r.emit(Event{Type: Waiting, Until: until, Message: fmt.Sprintf("for %d open jobs", r.openJobs)})
}

// look asks about one call's worth of jobs.
func (r *run) look(call []*item) {
	ids := make([]string, len(call))
	for i, it := range call {
		ids[i] = it.job
	}
	r.work(&r.looking, func(ctx context.Context) func() {
		results, err := r.Platform.Jobs(ctx, ids)
		if err != nil {
			return r.notLooked(call, err)
		}
		var outcomes []Outcome
		for i, it := range call {
			if job := results[i].Export; job != nil && job.State.Terminal() {
				outcomes = append(outcomes, jobOutcome(it.action, job))
			}
		}
		recorded := error(nil)
		if len(outcomes) > 0 {
			recorded = r.Recorder.Record(outcomes)
		}
		return func() {
			r.lookedAt(call, results)
			if recorded != nil {
				r.halt(fmt.Errorf("recording finished jobs: %w", recorded))
			}
		}
	})
}

// notLooked deals with a look that failed. A call that is refused as a whole is
// asked again in halves, so that one bad job does not hide the others.
func (r *run) notLooked(call []*item, err error) func() {
	var refused *platform.Error
	if errors.As(err, &refused) && refused.Status != 401 && refused.Status < 500 {
		if len(call) == 1 {
			return func() { r.lookedAt(call, []platform.ExportResult{{Err: refused}}) }
		}
		return func() {
			r.round.queue = slices.AppendSeq(r.round.queue, slices.Chunk(call, (len(call)+1)/2))
		}
	}
	return func() { r.halt(fmt.Errorf("asking how %d exports are doing: %w", len(call), err)) }
}

// lookedAt deals with the answers to a look.
func (r *run) lookedAt(call []*item, results []platform.ExportResult) {
	now := time.Now()
	ahead := r.Platform.Now().Sub(now) // the platform's clock, of this one
	for i, it := range call {
		job := results[i].Export
		if job == nil {
			r.missed(it, results[i].Err)
			continue
		}
		it.misses = 0
		ended := job.State.Terminal()
		var finish time.Time
		if ended && !job.FinishedOn.IsZero() {
			finish = job.FinishedOn.Add(-ahead)
		}
		r.pace.saw(it, now, ended, finish)
		if ended {
			r.round.ended++
			r.jobEnded(it, jobOutcome(it.action, job))
		}
	}
}

// missed deals with a job that could not be read: it may not be shown yet, or
// it is somebody else's.
func (r *run) missed(it *item, err *platform.Error) {
	if err != nil && (err.Status >= 500 || err.RateLimited()) {
		return // it says nothing about the job
	}
	if it.misses++; it.misses < maxMisses && (err == nil || err.Status != 403) {
		return
	}
	if err == nil {
		err = &platform.Error{Message: "the platform does not show the job"}
	}
	// What became of the job is not known, so the file stays on record as it
	// was, and the next run finds out.
	o := Outcome{Action: it.action, State: platform.Failed, ExportID: it.job, Err: err}
	r.openJobs--
	it.attempts = r.o.Retries + 1
	r.abandon(it)
	r.finish(it, o)
}
