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

// linger is how long a submission that is not full waits for actions that are
// held back by an earlier one on their file.
const linger = 5 * time.Second

// maxBreather is the longest that submissions pause because answers to them are
// lost.
const maxBreather = time.Minute

// startSubmissions sends what is ready, in calls as full as can be, and says
// when a call that is waiting to be filled is to go anyway.
func (r *run) startSubmissions() time.Time {
	var wake time.Time
	if time.Now().Before(r.breather) {
		return r.breather
	}
	r.startTrials()
	for m := range r.ready {
		for r.mayStart() && len(r.ready[m]) > 0 {
			if len(r.ready[m]) < platform.MaxBulk && r.held[m] > 0 {
				if at := r.readySince[m].Add(linger); time.Now().Before(at) {
					wake = soonest(wake, at)
					break
				}
			}
			r.submit(r.nextBatch(m), nil)
		}
	}
	return wake
}

// mayStart reports whether one more submission may be in flight. After one was
// lost, the next goes alone.
func (r *run) mayStart() bool {
	return r.sending == 0 || r.sending < r.o.Parallel && r.lostInARow == 0
}

// nextBatch takes the next call's worth of a mode's ready items.
func (r *run) nextBatch(m int) []*item {
	n := min(len(r.ready[m]), platform.MaxBulk)
	batch := r.ready[m][:n:n]
	r.ready[m] = r.ready[m][n:]
	r.readySince[m] = time.Now()
	return batch
}

// submit sends one call; t is the trial that it is part of, or nil.
func (r *run) submit(batch []*item, t *trial) {
	actions := make([]*change.Action, len(batch))
	requests := make([]platform.ExportRequest, len(batch))
	for i, it := range batch {
		if it.action.Kind == change.Follow {
			r.halt(fmt.Errorf("internal error, please report it: job %s was about to be submitted again", it.action.ExportID))
			return
		}
		it.phase = phaseSending
		it.attempts++
		actions[i], requests[i] = it.action, it.request()
	}
	r.work(&r.sending, func(ctx context.Context) func() {
		if r.leave.Err() != nil {
			return func() {} // it stays unsent
		}
		if err := r.Recorder.Intend(actions); err != nil {
			return func() { r.halt(fmt.Errorf("recording what is about to be submitted: %w", err)) }
		}
		sent := r.Platform.Now()
		results, err := r.Platform.Submit(ctx, r.leave, batch[0].action.CopyOnly, requests)
		if err != nil {
			return r.notAnswered(batch, t, sent, err)
		}
		recorded := r.Recorder.Record(submissionOutcomes(batch, results))
		return func() {
			r.answered(batch, results)
			r.tried(t, true)
			if recorded != nil {
				r.halt(fmt.Errorf("recording what was submitted: %w", recorded))
			}
		}
	})
}

// submissionOutcomes is what a submission's answers are recorded as.
func submissionOutcomes(batch []*item, results []platform.ExportResult) []Outcome {
	outcomes := make([]Outcome, 0, len(batch))
	for i, it := range batch {
		switch result := results[i]; {
		case result.Export != nil:
			outcomes = it.certain(outcomes, jobOutcome(it.action, result.Export))
		default:
			outcomes = it.certain(outcomes, declined(it.action, result))
		}
	}
	return outcomes
}

// certain appends an outcome that is to be recorded at once.
func (it *item) certain(outcomes []Outcome, o Outcome) []Outcome {
	if it.doubts(o) {
		return outcomes
	}
	return append(outcomes, o)
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

// notAnswered deals with a submission that came back with an error.
func (r *run) notAnswered(batch []*item, t *trial, sent time.Time, err error) func() {
	if errors.Is(err, platform.ErrOutcomeUnknown) {
		lost := r.Platform.Now()
		return func() {
			r.loseSight(batch, sent, lost)
			r.tried(t, false)
		}
	}
	if refused := platform.Refusal(err); refused != nil && !refused.Unauthorized() && refused.Status < 500 && !refused.RateLimited() &&
		!errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		recorded := r.takeBack(batch, refused)
		return func() {
			if recorded != nil {
				r.halt(fmt.Errorf("recording a refusal: %w", recorded))
			}
			r.refusedWhole(batch, t, refused)
			r.tried(t, false)
		}
	}
	// Nothing was taken, and trying again was the client's business.
	recorded := r.takeBack(batch, nil)
	if r.leave.Err() != nil {
		err = nil // it was held back, and stays unsent
	}
	return func() {
		if err != nil || recorded != nil {
			r.halt(errors.Join(err, recorded))
		}
	}
}

// takeBack records that a submission certainly did not happen: because it was
// refused, which is the outcome only of a file that was asked alone, or because
// it never left.
func (r *run) takeBack(batch []*item, refused *platform.Error) error {
	if len(batch) == 1 && refused != nil {
		return r.Recorder.Record(batch[0].certain(nil, refusal(batch[0].action, refused)))
	}
	outcomes := make([]Outcome, len(batch))
	for i, it := range batch {
		outcomes[i] = Outcome{Action: it.action}
	}
	return r.Recorder.Record(outcomes)
}

// loseSight puts a batch whose answer was lost among those to be searched for.
func (r *run) loseSight(batch []*item, sent, lost time.Time) {
	for _, it := range batch {
		it.phase, it.lostBy = phaseLost, lost
		if it.lostAt.IsZero() {
			it.lostAt = sent
		}
	}
	r.lost = append(r.lost, batch...)
	r.lostInARow++
	r.breather = time.Now().Add(min(maxBreather, time.Second<<min(r.lostInARow-1, 10)))
}

// answered deals with a submission's answers.
func (r *run) answered(batch []*item, results []platform.ExportResult) {
	now := time.Now()
	r.lostInARow = 0
	var opened []*item
	for i, it := range batch {
		switch result := results[i]; {
		case result.Export != nil:
			if r.adopt(it, result.Export, now) {
				opened = append(opened, it)
			}
		default:
			r.refused(it, declined(it.action, result))
		}
	}
	r.judgeVolumes(batch, results)
	if len(opened) > 0 {
		r.pace.add(opened, now)
	}
}

// adopt makes a job an item's job; it is false when the job has ended already.
func (r *run) adopt(it *item, job *platform.Export, now time.Time) bool {
	it.phase, it.job, it.submitted = phaseOpen, job.ID, now
	r.openJobs++
	r.emit(Event{Type: Submitted, Action: it.action, ExportID: job.ID, Attempt: it.attempts})
	if job.State.Terminal() {
		r.jobEnded(it, jobOutcome(it.action, job))
		return false
	}
	return true
}

// jobEnded deals with the end of an open item's job.
func (r *run) jobEnded(it *item, o Outcome) {
	r.openJobs--
	if o.State == platform.Completed && !it.unsure {
		r.finish(it, o)
		return
	}
	// The next attempt is an item of its own: a round of looks may go on for long,
	// and whoever has this one in hand is to see that its job has ended.
	it.phase = phaseEnded
	next := *it
	if o.State == platform.Completed {
		o.ended = cmp.Or(o.FinishedOn, r.Platform.Now())
		next.done = &o
		r.lookInto(&next)
		return
	}
	next.jobs = append(slices.Clip(it.jobs), o.ExportID)
	r.refused(&next, o)
}

// refused deals with a failure, of a submission or of a job.
func (r *run) refused(it *item, o Outcome) {
	if !r.doubt(it, o) && !r.retry(it, o) {
		r.finish(it, o)
	}
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
		r.lookInto(it)
	case !it.lostAt.IsZero():
		it.phase, it.verdict = phaseLost, &o
		r.lost = append(r.lost, it)
	default:
		return false
	}
	return true
}
