package executor

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/sleep"
)

// Attempt is a submission of one action of which it is not known what became of
// it: its answer was lost, or leaves a doubt.
type Attempt struct {
	Action *change.Action
	// Sent is when it may have left at the earliest, on the platform's clock:
	// jobs that began before are not its doing. It is zero when no answer was
	// lost.
	Sent time.Time
	// Lost is when it may have left at the latest, on the same clock. It can be
	// much later than Sent, as a submission may have to wait for the budget.
	Lost time.Time
	Jobs []string // jobs of the same target that are known to be older

	// doubt tells that the platform has refused the file in a way that leaves
	// open whether it has arrived by another job, or that a job of unknown mode
	// has completed. Every job to the place counts then.
	doubt bool
	done  *Outcome // of the completed job; nil for a refusal
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
	found, err := e.search(ctx, attempts)
	if err != nil {
		return nil, err
	}
	return outcomes(found), nil
}

func outcomes(found []finding) []Outcome {
	all := make([]Outcome, len(found))
	for i := range found {
		all[i] = found[i].Outcome
	}
	return all
}

func (e *Executor) search(ctx context.Context, attempts []Attempt) ([]finding, error) {
	s := &search{
		platform: e.Platform, attempts: attempts, found: make([]finding, len(attempts)),
		began: e.Platform.Now(), settle: e.Options.withDefaults().Settle,
	}
	for i, a := range attempts {
		s.found[i] = finding{Outcome: Outcome{Action: a.Action}, done: a.done}
	}
	for {
		last := !e.Platform.Now().Before(s.end())
		if err := s.look(ctx, last); err != nil {
			return nil, fmt.Errorf("finding out what became of %d submissions: %w", len(attempts), err)
		}
		if last {
			s.giveUp()
		}
		if s.allSettled() {
			return s.found, nil
		}
		if err := sleep.For(ctx, s.pause()); err != nil {
			return nil, err
		}
	}
}

// finding is what was found of an attempt.
type finding struct {
	Outcome

	settled   bool     // no later look can say otherwise, or there will be none
	unsure    bool     // the job is not known to be the action's own: its mode is not known
	undecided bool     // the job has completed, and the file has not shown in which mode
	unread    bool     // the last look could not read the file, for a passing reason
	done      *Outcome // a job of unknown mode that has completed at the place
}

// search is one search.
type search struct {
	platform Platform
	attempts []Attempt
	found    []finding
	barred   map[string]*platform.Error // volumes whose jobs the last look was not allowed to list
	began    time.Time                  // on the platform's clock
	settle   time.Duration
}

// end is when all that is to be seen can be seen: lists and files may lag. A
// refusal waits as long: what it is recorded as stays.
func (s *search) end() (end time.Time) {
	for i := range s.found {
		if s.found[i].settled {
			continue
		}
		at := s.attempts[i].Lost.Add(s.settle)
		if done := s.found[i].done; done != nil {
			at = done.ended.Add(platform.LastWord(s.settle))
		}
		if at.After(end) {
			end = at
		}
	}
	return end
}

// pause is how long to wait for the next look: looks cost requests, so they
// become rarer, and the last one is when all can be seen.
func (s *search) pause() time.Duration {
	all, waited := s.end().Sub(s.began), s.platform.Now().Sub(s.began)
	for _, share := range []time.Duration{16, 4} {
		if at := all / share; waited < at {
			return at - waited
		}
	}
	return all - waited
}

func (s *search) allSettled() bool {
	return !slices.ContainsFunc(s.found, func(f finding) bool { return !f.settled })
}

// giveUp ends the search after a last look, unless that has shown a job that the
// file may yet say more about. A completed job whose mode the file does not show
// stays open on record; and nobody can tell what became of a lost submission
// where the jobs cannot be listed.
func (s *search) giveUp() {
	if s.platform.Now().Before(s.end()) {
		return
	}
	for i := range s.found {
		f := &s.found[i]
		if f.settled {
			continue
		}
		f.settled = true
		if f.unread {
			f.Permanent = false // the file may have arrived all the same
		}
		switch err := s.barred[f.Action.Volume]; {
		case f.done != nil:
			f.undecided = true
			f.Outcome = Outcome{Action: inMode(f.Action, f.Action.CopyOnly, true), State: platform.Running, ExportID: f.done.ExportID, StartedOn: f.done.StartedOn}
		case err != nil && !s.attempts[i].Sent.IsZero():
			f.Outcome = Outcome{Action: f.Action, Err: err}
		}
	}
}

// look looks once. The open jobs are few and tell most; the whole list is read
// where only it can tell, and before an attempt is given up.
func (s *search) look(ctx context.Context, last bool) error {
	open, all := map[string]bool{}, map[string]bool{}
	for i, a := range s.attempts {
		if !s.found[i].settled && s.found[i].done == nil {
			open[a.Action.Volume] = true
			all[a.Action.Volume] = all[a.Action.Volume] || last || a.Action.CopyOnly && !a.doubt
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
		if refused := platform.Refusal(err); refused.Hidden() {
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
	last := map[platform.Place]*platform.Export{} // that has completed at a place
	for i, job := range jobs {
		byFile[job.File] = append(byFile[job.File], job)
		at := platform.Place{Volume: job.Volume, Location: job.Location}
		if job.State == platform.Completed && (last[at] == nil || job.FinishedOn.After(last[at].FinishedOn)) {
			last[at] = &jobs[i]
		}
	}
	for i := range s.attempts {
		a, f := &s.attempts[i], &s.found[i]
		for _, job := range byFile[a.Action.File] {
			later := last[platform.Place{Volume: job.Volume, Location: job.Location}]
			replaced := a.Action.CopyOnly && job.State == platform.Completed && later.File != job.File && later.FinishedOn.After(job.FinishedOn)
			if !f.settled && a.goesTo(&job) && !replaced {
				f.take(a, &job, s.platform.Now())
			}
		}
	}
}

// goesTo reports whether a job brings the file to its place, and is not one that
// is known to have failed.
func (a *Attempt) goesTo(job *platform.Export) bool {
	return job.Volume == a.Action.Volume && job.Location == a.Action.Location && !slices.Contains(a.Jobs, job.ID)
}

// take takes a job to the place. One that is open is followed, whenever it
// began: the file must not be submitted beside it. A failed one is not the last
// word: it may be an older one of the same file. A completed one is what a move
// became only if the file shows it: its time may be that of a copy just before.
func (f *finding) take(a *Attempt, job *platform.Export, now time.Time) {
	o, became := jobOutcome(a.Action, job), a.became(job)
	completed := o.State == platform.Completed
	switch {
	case !job.State.Terminal():
		f.Outcome, f.settled, f.unsure = o, true, !became
		if f.unsure {
			f.Action = inMode(a.Action, a.Action.CopyOnly, true)
		}
	case became && (!completed || a.Action.CopyOnly):
		f.Outcome, f.settled = o, completed
	case completed && (became || a.doubt) && (f.done == nil || f.done.ExportID != o.ExportID && o.FinishedOn.After(f.done.FinishedOn)):
		o.ended = cmp.Or(o.FinishedOn, now)
		f.done = &o
	}
}

// became reports whether a job is what the attempt became, going by the time. A
// completed one that tells no time is no proof of a move: it may be an old copy.
func (a *Attempt) became(job *platform.Export) bool {
	began := cmp.Or(job.StartedOn, job.FinishedOn)
	switch {
	case a.Sent.IsZero():
		return false
	case began.IsZero():
		return a.Action.CopyOnly || job.State != platform.Completed
	}
	return began.After(a.Sent.Add(-clockError))
}

// inMode is an action in the mode that is known of its job.
func inMode(a *change.Action, copyOnly, unknown bool) *change.Action {
	if a.CopyOnly == copyOnly && a.ModeUnknown == unknown {
		return a
	}
	shown := *a
	shown.CopyOnly, shown.ModeUnknown = copyOnly, unknown
	shown.Contrary = a.Contrary != (a.CopyOnly != copyOnly)
	return &shown
}

// arrived reports whether a file's storage says that it is where the action
// was to bring it.
func arrived(a *change.Action, f *platform.File) bool {
	return f != nil && f.Storage.Alias() && f.Storage.Volume == a.Volume &&
		platform.SamePlace(a.Prefix, f.Storage.Location, a.Location)
}

// matchFiles takes what the files show.
func (s *search) matchFiles(ctx context.Context) error {
	var ids []string
	var which []int
	for i, a := range s.attempts {
		if !s.found[i].settled && (a.doubt || !a.Action.CopyOnly) {
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
	now := s.platform.Now()
	for n, result := range results {
		i := which[n]
		s.found[i].unread = result.File == nil && !result.Err.Permanent()
		if result.File != nil {
			s.found[i].show(&s.attempts[i], result.File, now.Add(-platform.LastWord(s.settle)))
		}
	}
	return nil
}

// show takes what a file shows of itself: an alias was moved, and a file that is
// no alias long after a job to its place has ended, or an alias to another
// place, was copied by that job.
func (f *finding) show(a *Attempt, file *platform.File, longAgo time.Time) {
	moved := arrived(a.Action, file)
	copied := f.done != nil && !moved && (file.Storage.Alias() || file.Storage.Type == platform.OnPlatform &&
		!f.done.ended.After(longAgo))
	// A refused file is in place only if it came there in the mode that is
	// wanted; of a job that is followed, the mode is what is asked.
	followed := a.done != nil
	switch {
	case moved && (followed || !a.Action.CopyOnly):
		f.complete(a.Action, false)
	case copied && (followed || a.Action.CopyOnly):
		f.complete(a.Action, true)
	case moved, copied, a.doubt && file.MaybePublic() && f.done == nil, a.doubt && file.Storage.Alias() && !a.Action.CopyOnly:
		f.settled = true
	}
}

// complete is the finding that the file was moved to its place, or copied.
func (f *finding) complete(a *change.Action, copied bool) {
	o := Outcome{Action: inMode(a, copied, false), State: platform.Completed}
	if f.done != nil {
		o.ExportID, o.StartedOn, o.FinishedOn = f.done.ExportID, f.done.StartedOn, f.done.FinishedOn
	}
	f.Outcome, f.settled = o, true
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
	r.find(items, attempts)
}

// resolve looks at the files that are in doubt, all in one search, when there is
// nothing else to do: most of them have been in doubt for long by then, and one
// look tells.
func (r *run) resolve() {
	items := r.doubts
	r.doubts = nil
	attempts := make([]Attempt, len(items))
	for i, it := range items {
		attempts[i] = Attempt{Action: it.action, Lost: it.lostBy, Jobs: it.jobs, Sent: it.lostAt, doubt: true, done: it.done}
	}
	r.emit(Event{Type: Waiting, Message: fmt.Sprintf("for the platform to show how %d files have ended", len(items))})
	r.find(items, attempts)
}

func (r *run) find(items []*item, attempts []Attempt) {
	r.work(&r.searching, func(ctx context.Context) func() {
		found, err := r.Executor.search(ctx, attempts)
		if err != nil {
			return func() { r.halt(err) }
		}
		recorded := r.Recorder.Record(slices.DeleteFunc(outcomes(found), Outcome.Unknown))
		return func() {
			r.settle(items, found)
			if recorded != nil {
				r.halt(fmt.Errorf("recording what was found: %w", recorded))
			}
		}
	})
}

// settle deals with what a search has found.
func (r *run) settle(items []*item, found []finding) {
	now := time.Now()
	var opened []*item
	for i, it := range items {
		switch f := found[i]; {
		case f.Unknown():
			r.leaveUnknown(it, f.Outcome)
		case f.State == "" && it.verdict != nil:
			o := *it.verdict
			if f.unread {
				// It may have arrived: the next run looks again.
				o.Permanent, it.attempts = false, r.o.Retries+1
			}
			r.stand(it, o)
		case f.State == "":
			r.again(it)
		case f.State == platform.Completed:
			r.finish(it, f.Outcome)
		case f.State == platform.Failed:
			it.jobs = append(it.jobs, f.ExportID)
			r.stand(it, f.Outcome)
		case f.undecided:
			it.phase = phaseEnded
			r.undecided++
			r.abandon(it)
		default:
			it.verdict, it.unsure = nil, f.unsure
			if r.adopt(it, &platform.Export{ID: f.ExportID, State: f.State}, now) {
				opened = append(opened, it)
			}
		}
	}
	if len(opened) > 0 {
		r.pace.add(opened, now)
	}
}

// doubts reports whether an outcome of an item is to be recorded only after the
// file itself has been looked at.
func (it *item) doubts(o Outcome) bool {
	return o.State == platform.Completed && it.unsure ||
		o.State == platform.Failed && (o.ambiguous || o.Err.MayHaveArrived())
}

// lookInto puts an item among those that are looked at before they have their
// outcome.
func (r *run) lookInto(it *item) {
	it.phase, it.lostBy = phaseLost, r.Platform.Now()
	r.doubts = append(r.doubts, it)
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
