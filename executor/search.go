package executor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

// Attempt is a submission of one action whose answer is not known.
type Attempt struct {
	Action *change.Action
	// Sent is when it may have left at the earliest, on the platform's clock:
	// jobs that began before are not its doing.
	Sent time.Time
	// Lost is when it may have left at the latest, on the same clock. It can be
	// much later than Sent, as a submission may have to wait for the budget.
	Lost time.Time
	Jobs []string // jobs of the same target that are known to be older
}

// clockError is how far the platform's clock and what is known of it may be
// apart: its times come in whole seconds, and answers take a while.
const clockError = 30 * time.Second

// Search finds out what became of attempts: in the caller's jobs on the volume,
// and in the files' own storage. outcomes[i] answers attempts[i]; its State is
// empty when the attempt certainly never became a job, which takes until
// Options.Settle after it was lost, because lists may lag. Where the platform
// does not let the jobs on a volume be listed, what became of the attempts there
// may stay unknown, see Outcome.Unknown.
func (e *Executor) Search(ctx context.Context, attempts []Attempt) ([]Outcome, error) {
	o := e.Options.withDefaults()
	s := &search{platform: e.Platform, attempts: attempts, found: make([]Outcome, len(attempts))}
	latest := time.Time{}
	for i, a := range attempts {
		s.found[i].Action = a.Action
		if a.Lost.After(latest) {
			latest = a.Lost
		}
	}
	for {
		settled := e.Platform.Now().Sub(latest) >= o.Settle
		if err := s.look(ctx, settled); err != nil {
			return nil, fmt.Errorf("finding out what became of %d submissions: %w", len(attempts), err)
		}
		if settled || s.allFound() {
			s.giveUp()
			return s.found, nil
		}
		if err := sleep(ctx, s.pause(o.Settle, e.Platform.Now().Sub(latest))); err != nil {
			return nil, err
		}
	}
}

// search is one Search.
type search struct {
	platform Platform
	attempts []Attempt
	found    []Outcome
	barred   map[string]*platform.Error // volumes whose jobs the last look was not allowed to list
}

// giveUp says of the attempts on barred volumes that they are not known.
func (s *search) giveUp() {
	for i := range s.found {
		if err := s.barred[s.found[i].Action.Volume]; err != nil && !sure(s.found[i]) {
			s.found[i] = Outcome{Action: s.found[i].Action, Err: err}
		}
	}
}

// pause is how long to wait for the next look: looks cost requests, so they
// become rarer, and the last one is when everything has settled.
func (s *search) pause(settle, waited time.Duration) time.Duration {
	for _, share := range []time.Duration{16, 4, 1} {
		if at := settle / share; waited < at {
			return at - waited
		}
	}
	return 0
}

// sleep waits, or ends early with the context.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// sure reports whether a finding cannot be overtaken by a later look. A failed
// job can: it may be an older one of the same file.
func sure(o Outcome) bool { return o.State != "" && o.State != platform.Failed }

func (s *search) allFound() bool {
	return !slices.ContainsFunc(s.found, func(o Outcome) bool { return !sure(o) })
}

// look looks once. The open jobs are few and tell most; the whole list is read
// where only it can tell, and before an attempt is given up.
func (s *search) look(ctx context.Context, last bool) error {
	open, all := map[string]bool{}, map[string]bool{}
	for i, a := range s.attempts {
		if !sure(s.found[i]) {
			open[a.Action.Volume] = true
			all[a.Action.Volume] = all[a.Action.Volume] || last || a.Action.CopyOnly
		}
	}
	var jobs []platform.Export
	s.barred = map[string]*platform.Error{}
	for volume := range open {
		list := s.platform.OpenJobs
		if all[volume] {
			list = s.platform.VolumeJobs
		}
		more, err := list(ctx, volume)
		var refused *platform.Error
		if errors.As(err, &refused) && (refused.Status == 403 || refused.Status == 404) {
			s.barred[volume] = refused
			continue
		}
		if err != nil {
			return err
		}
		jobs = append(jobs, more...)
	}
	s.matchJobs(jobs)
	return s.matchFiles(ctx)
}

// matchJobs takes the jobs that attempts became.
func (s *search) matchJobs(jobs []platform.Export) {
	byFile := map[string][]platform.Export{}
	for _, job := range jobs {
		byFile[job.File] = append(byFile[job.File], job)
	}
	for i, a := range s.attempts {
		for _, job := range byFile[a.Action.File] {
			if !sure(s.found[i]) && a.became(&job) {
				s.found[i] = jobOutcome(a.Action, &job)
			}
		}
	}
}

// became reports whether a job is what the attempt became. A job that is open
// is, whenever it began: the file must not be submitted beside it.
func (a Attempt) became(job *platform.Export) bool {
	if job.Volume != a.Action.Volume || job.Location != a.Action.Location || slices.Contains(a.Jobs, job.ID) {
		return false
	}
	if !job.State.Terminal() {
		return true
	}
	began := job.StartedOn
	if began.IsZero() {
		began = job.FinishedOn
	}
	return began.IsZero() || began.After(a.Sent.Add(-clockError))
}

// arrived reports whether a file's storage says that it is where the action
// was to bring it.
func arrived(a *change.Action, f *platform.File) bool {
	return f != nil && f.Storage.Alias() && f.Storage.Volume == a.Volume &&
		platform.SamePlace(a.Prefix, f.Storage.Location, a.Location)
}

// matchFiles takes the files that have become aliases at their place.
func (s *search) matchFiles(ctx context.Context) error {
	var ids []string
	var which []int
	for i, a := range s.attempts {
		if !sure(s.found[i]) && !a.Action.CopyOnly {
			ids = append(ids, a.Action.File)
			which = append(which, i)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	results, err := s.platform.Files(ctx, ids)
	if err != nil {
		return err
	}
	for n, result := range results {
		a := s.attempts[which[n]].Action
		if arrived(a, result.File) {
			s.found[which[n]] = Outcome{Action: a, State: platform.Completed}
		}
	}
	return nil
}

// maxLosses is how often a submission of one file may be lost, over a time that
// is longer than any outage, before the file counts as failed for this run.
const maxLosses = 5

// search looks for the lost submissions, beside everything else.
func (r *run) search() {
	items := r.lost
	r.lost = nil
	attempts := make([]Attempt, len(items))
	for i, it := range items {
		attempts[i] = Attempt{Action: it.action, Sent: it.lostAt, Lost: it.lostBy, Jobs: it.jobs}
	}
	r.emit(Event{Type: Waiting, Message: fmt.Sprintf("to learn what became of %d submissions whose answer was lost", len(items))})
	r.work(&r.searching, func(ctx context.Context) func() {
		found, err := r.Search(ctx, attempts)
		if err != nil {
			return func() { r.halt(err) }
		}
		recorded := r.Recorder.Record(slices.DeleteFunc(slices.Clone(found), Outcome.Unknown))
		return func() {
			r.settle(items, found)
			if recorded != nil {
				r.halt(fmt.Errorf("recording what was found: %w", recorded))
			}
		}
	})
}

// settle deals with what a search has found.
func (r *run) settle(items []*item, found []Outcome) {
	now := time.Now()
	var opened []*item
	for i, it := range items {
		switch o := found[i]; {
		case o.Unknown():
			r.leaveUnknown(it, o)
		case o.State == "" && it.verdict != nil:
			r.stand(it, *it.verdict)
		case o.State == "":
			r.again(it)
		case o.State == platform.Completed:
			r.finish(it, o)
		case o.State == platform.Failed:
			it.jobs = append(it.jobs, o.ExportID)
			r.stand(it, o)
		default:
			it.verdict = nil
			if r.adopt(it, &platform.Export{ID: o.ExportID, State: o.State}, now) {
				opened = append(opened, it)
			}
		}
	}
	if len(opened) > 0 {
		r.pace.add(opened, now)
	}
}

// stand lets a failure stand: its doubts are settled.
func (r *run) stand(it *item, o Outcome) {
	it.lostAt, it.verdict = time.Time{}, nil
	if err := r.Recorder.Record([]Outcome{o}); err != nil {
		r.halt(fmt.Errorf("recording an outcome: %w", err))
	}
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

// again submits an item whose submission never happened.
func (r *run) again(it *item) {
	it.attempts--
	if it.losses++; it.losses < maxLosses || r.Platform.Now().Sub(it.lostAt) < platform.Patience {
		r.makeReady(it)
		return
	}
	it.attempts = r.o.Retries + 1 // no more in this run
	r.stand(it, Outcome{Action: it.action, State: platform.Failed, Err: &platform.Error{
		Message: fmt.Sprintf("submitted %d times, and the platform's answer was lost each time", it.losses),
	}})
}
