package executor

import (
	"context"
	"fmt"
	"time"

	"sbexport/internal/platform"
)

const (
	// looksAtOnce is how many looks are in flight at once, or as many as
	// submissions if that is more.
	looksAtOnce = 16
	// longWait is how long a wait has to be to be announced.
	longWait = 10 * time.Second
)

// round is one round of looks at open jobs.
type round struct {
	began    time.Time
	calls    [][]*item // still to be made
	answered bool      // something was learned of some job
	failure  error     // of the last look that came to nothing
}

// startLooks begins a round of looks when one is due, goes on with the one under
// way, and says when the next will be due.
func (r *run) startLooks() time.Time {
	if r.looking == 0 && len(r.round.calls) == 0 {
		if !r.round.began.IsZero() {
			r.endRound()
		}
		at, any := r.pace.next()
		if !any || r.stopping {
			return time.Time{}
		}
		now := time.Now()
		if now.Before(at) {
			r.announce(now, at)
			return at
		}
		r.round = round{began: now, calls: r.pace.take(now)}
	}
	for len(r.round.calls) > 0 && r.looking < max(looksAtOnce, r.o.Parallel) {
		call := r.round.calls[0]
		r.round.calls = r.round.calls[1:]
		r.look(call)
	}
	return time.Time{}
}

// endRound draws the conclusions of a round of looks. One that came to nothing
// is put off, for as long as an outage may last.
func (r *run) endRound() {
	now, over := time.Now(), r.round
	r.round = round{}
	if over.answered || over.failure == nil {
		r.outage, r.failedRounds = time.Time{}, 0
		r.pace.looked(now)
		return
	}
	if r.outage.IsZero() {
		r.outage = over.began
	}
	if now.Sub(r.outage) >= platform.Patience {
		r.check(fmt.Sprintf("asking how %d exports are doing", r.openJobs), over.failure)
		return
	}
	until := now.Add(max(r.o.PollMin, min(lastPause, retryPause<<min(r.failedRounds, 10))))
	r.failedRounds++
	r.pace.putOff(until)
	r.announced = until
	r.emit(Event{Type: Waiting, Until: until, Message: fmt.Sprintf("to ask again how %d exports are doing (%v)", r.openJobs, over.failure)})
}

// announce tells of a long wait, once.
func (r *run) announce(now, until time.Time) {
	if until.Equal(r.announced) || until.Sub(now) < longWait || r.sending > 0 {
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
			return r.notLooked(err)
		}
		var ended []*item
		var outcomes []Outcome
		for i, it := range call {
			if job := results[i].Export; job != nil && job.State.Terminal() {
				ended, outcomes = append(ended, it), append(outcomes, jobOutcome(it.Action, job))
			}
		}
		recorded := r.Recorder.Record(certain(ended, outcomes))
		return func() {
			r.lookedAt(call, results)
			r.check("recording finished jobs", recorded)
		}
	})
}

// notLooked deals with a look that failed. The client has tried it again already,
// and does not let one bad job hide the others of its call, so whatever is the
// matter is not the jobs'.
func (r *run) notLooked(err error) func() {
	if platform.Refusal(err).Unauthorized() {
		return func() { r.check(fmt.Sprintf("asking how %d exports are doing", r.openJobs), err) }
	}
	return func() { r.round.failure = err }
}

// lookedAt deals with the answers to a look.
func (r *run) lookedAt(call []*item, results []platform.ExportResult) {
	now := time.Now()
	for i, it := range call {
		job := results[i].Export
		if job == nil {
			r.missed(it, now, results[i].Err)
			continue
		}
		r.round.answered = true
		it.missing = time.Time{}
		if job.State.Terminal() {
			r.jobEnded(it, jobOutcome(it.Action, job))
		}
	}
}

// missed deals with a job that a look did not show: it may not be visible yet,
// or it is somebody else's.
func (r *run) missed(it *item, now time.Time, err *platform.Error) {
	if err.Passing() {
		r.round.failure = err
		return // it says nothing about the job
	}
	r.round.answered = true
	if it.missing.IsZero() {
		it.missing = now
	}
	if now.Sub(it.missing) < r.o.Settle && !err.NotYours() {
		return // lists may lag
	}
	if err == nil {
		err = &platform.Error{Message: "the platform does not show the job"}
	}
	// What became of the job is not known, so the file stays on record as it
	// was, and the next run finds out.
	r.openJobs--
	it.open = false
	r.abandon(it)
	r.finish(it, Outcome{Action: it.Action, State: platform.Failed, ExportID: it.job, Err: err})
}
