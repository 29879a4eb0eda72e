package executor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

// longestPause is the longest that submissions pause because answers to them are
// lost.
const longestPause = time.Minute

// startSubmissions sends what is ready, in calls as full as can be, and says
// when a call that is waiting to be filled is to go anyway.
func (r *run) startSubmissions() time.Time {
	now := time.Now()
	if now.Before(r.pausedUntil) {
		return r.pausedUntil
	}
	// After an answer was lost, the next submission goes alone.
	for r.sending == 0 || r.sending < r.o.Parallel && r.lostInARow == 0 {
		var first *queue
		var wake time.Time
		for _, q := range r.queues {
			switch at := q.due(now); {
			case at.After(now):
				wake = soonest(wake, at)
			case !at.IsZero() && (first == nil || q.rank() > first.rank()):
				first = q
			}
		}
		if first == nil {
			return wake
		}
		r.submit(first)
	}
	return time.Time{}
}

// submit sends a queue's next call.
func (r *run) submit(q *queue) {
	batch := q.next()
	trying := q.trial.busy
	actions := make([]*change.Action, len(batch))
	requests := make([]platform.ExportRequest, len(batch))
	for i, it := range batch {
		a := it.Action
		if a.Kind == change.Follow || a.Kind == change.Unchanged {
			r.check("internal error, please report it", fmt.Errorf("%s, to be left alone (%s), was about to be submitted", a.Path, a.Kind))
			return
		}
		it.attempts++
		actions[i] = a
		requests[i] = platform.ExportRequest{File: a.File, Volume: a.Volume, Location: a.Location, Overwrite: a.Overwrite, Properties: a.Properties}
	}
	r.work(&r.sending, func(ctx context.Context) func() {
		if r.leave.Err() != nil {
			return func() {} // it stays unsent
		}
		if err := r.Recorder.Intend(actions); err != nil {
			return func() { r.check("recording what is about to be submitted", err) }
		}
		sent := r.Platform.Now()
		results, err := r.Platform.Submit(ctx, r.leave, q.copyOnly, requests)
		var act func()
		if err == nil {
			act = r.taken(batch, results)
		} else {
			act = r.notTaken(batch, sent, err)
		}
		return func() {
			act()
			if trying {
				q.tried(err == nil)
			}
		}
	})
}

// taken records the answers to a submission, and says how to deal with them.
func (r *run) taken(batch []*item, results []platform.ExportResult) func() {
	outcomes := make([]Outcome, len(batch))
	for i, it := range batch {
		if job := results[i].Export; job != nil {
			outcomes[i] = jobOutcome(it.Action, job)
		} else {
			outcomes[i] = declined(it.Action, results[i])
		}
	}
	recorded := r.Recorder.Record(certain(batch, outcomes))
	return func() {
		r.lostInARow = 0
		var opened []*item
		for i, it := range batch {
			if job := results[i].Export; job == nil {
				r.refused(it, outcomes[i])
			} else if r.adopt(it, job) {
				opened = append(opened, it)
			}
		}
		if q, err := batch[0].queue, aboutVolume(results); err != nil {
			q.verdict = cmp.Or(q.verdict, &Outcome{State: platform.Failed, Err: err, Permanent: err.Permanent()})
			r.giveUpRest(q)
		}
		r.pace.add(opened, time.Now(), false)
		r.check("recording what was submitted", recorded)
	}
}

// certain are the outcomes of items that are to be recorded at once.
func certain(items []*item, outcomes []Outcome) []Outcome {
	sure := make([]Outcome, 0, len(outcomes))
	for i, it := range items {
		if !it.doubts(outcomes[i]) {
			sure = append(sure, outcomes[i])
		}
	}
	return sure
}

// refusal is the outcome of an item that the platform did not take.
func refusal(a *change.Action, err *platform.Error) Outcome {
	if err == nil {
		err = &platform.Error{Message: "the platform refused it and did not say why"}
	}
	return Outcome{Action: a, State: platform.Failed, Err: err, Permanent: err.Permanent()}
}

// declined is the outcome of an item of a call that the platform took.
func declined(a *change.Action, result platform.ExportResult) Outcome {
	o := refusal(a, result.Err)
	if result.Ambiguous {
		err := *o.Err
		err.Message = cmp.Or(err.Message, err.Explain().Cause) + " (or what another file of the same call was refused for: the platform does not say whose is whose)"
		o.Err, o.ambiguous = &err, true
	}
	return o
}

// jobOutcome is what is known of an action from its job.
func jobOutcome(a *change.Action, job *platform.Export) Outcome {
	o := Outcome{Action: a, State: job.State, ExportID: job.ID, StartedOn: job.StartedOn, FinishedOn: job.FinishedOn}
	switch {
	case job.State == platform.Completed:
	case job.State.Terminal():
		o.State, o.Err = platform.Failed, job.Err
		if o.Err == nil {
			o.Err = &platform.Error{Message: fmt.Sprintf("the job ended as %s and the platform did not say why", job.State)}
		}
		o.Permanent = o.Err.Permanent()
	case job.State != platform.Running:
		o.State = platform.Pending
	}
	return o
}

// notTaken records what a submission that came back with an error has come to, and
// says how to deal with that.
func (r *run) notTaken(batch []*item, sent time.Time, err error) func() {
	if errors.Is(err, platform.ErrOutcomeUnknown) {
		lost := r.Platform.Now()
		return func() { r.markLost(batch, sent, lost) }
	}
	refused := platform.Refusal(err)
	if refused == nil || refused.Unauthorized() || refused.Status >= 500 || refused.RateLimited() ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		// Nothing was taken, and trying again was the client's business.
		recorded := r.takeBack(batch)
		if r.leave.Err() != nil {
			err = nil // it was held back, and stays unsent
		}
		return func() {
			if err != nil || recorded != nil {
				r.halt(errors.Join(err, recorded))
			}
		}
	}
	var recorded error
	if len(batch) == 1 {
		recorded = r.Recorder.Record(certain(batch, []Outcome{refusal(batch[0].Action, refused)}))
	} else {
		recorded = r.takeBack(batch)
	}
	return func() {
		r.check("recording a refusal", recorded)
		r.refusedWhole(batch, refused)
	}
}

// takeBack records that a submission certainly did not happen.
func (r *run) takeBack(batch []*item) error {
	outcomes := make([]Outcome, len(batch))
	for i, it := range batch {
		outcomes[i] = Outcome{Action: it.Action}
	}
	return r.Recorder.Record(outcomes)
}

// markLost puts a batch whose answer was lost among those to be searched for.
func (r *run) markLost(batch []*item, sent, lost time.Time) {
	for _, it := range batch {
		it.Lost = lost
		if it.Sent.IsZero() {
			it.Sent = sent
		}
	}
	r.lost = append(r.lost, batch...)
	r.lostInARow++
	r.pausedUntil = time.Now().Add(min(longestPause, time.Second<<min(r.lostInARow-1, 10)))
}

// adopt makes a job an item's job; it is false when the job has ended already.
func (r *run) adopt(it *item, job *platform.Export) bool {
	it.open, it.job = true, job.ID
	r.openJobs++
	r.emit(Event{Type: Submitted, Action: it.Action, ExportID: job.ID, Attempt: it.attempts})
	if job.State.Terminal() {
		r.jobEnded(it, jobOutcome(it.Action, job))
	}
	return it.open
}

// jobEnded deals with the end of an open item's job.
func (r *run) jobEnded(it *item, o Outcome) {
	r.openJobs--
	it.open = false
	if o.State == platform.Completed && !it.unsure {
		r.finish(it, o)
		return
	}
	// The next attempt is an item of its own: a round of looks may go on for long,
	// and whoever has this one in hand is to see that its job has ended.
	next := *it
	if o.State == platform.Completed {
		o.ended = cmp.Or(o.FinishedOn, r.Platform.Now())
		next.done = &o
		r.markDoubtful(&next)
		return
	}
	next.Jobs = append(slices.Clip(it.Jobs), o.ExportID)
	r.refused(&next, o)
}

// refused deals with a failure, of a submission or of a job.
func (r *run) refused(it *item, o Outcome) {
	if !r.doubt(it, o) && !r.retry(it, o) {
		r.finish(it, o)
	}
}
