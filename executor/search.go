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
	return outcomes(found), err
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
		platform: e.Platform, found: make([]finding, len(attempts)),
		began: e.Platform.Now(), settle: e.Options.withDefaults().Settle,
	}
	for i := range attempts {
		a := &attempts[i]
		s.found[i] = finding{Outcome: Outcome{Action: a.Action}, attempt: a, done: a.done}
	}
	for {
		last := !e.Platform.Now().Before(s.end())
		if err := s.look(ctx, last); err != nil {
			return nil, fmt.Errorf("finding out what became of %d submissions: %w", len(attempts), err)
		}
		if last {
			s.giveUp()
		}
		if !slices.ContainsFunc(s.found, func(f finding) bool { return !f.settled }) {
			return s.found, nil
		}
		if err := sleep.For(ctx, s.pause()); err != nil {
			return nil, err
		}
	}
}

// finding is what was found of an attempt. A job that is not known to be the
// action's own has an action of unknown mode.
type finding struct {
	Outcome
	attempt *Attempt

	settled   bool     // no later look can say otherwise, or there will be none
	undecided bool     // the job has completed, and the file has not shown in which mode
	unread    bool     // the last look could not read the file, for a passing reason
	done      *Outcome // a job of unknown mode that has completed at the place
}

// search is one search.
type search struct {
	platform Platform
	found    []finding
	barred   map[string]*platform.Error // volumes whose jobs the last look was not allowed to list
	began    time.Time                  // on the platform's clock
	settle   time.Duration
}

// end is when all that is to be seen can be seen: lists and files may lag. A
// refusal waits as long: what it is recorded as stays.
func (s *search) end() (end time.Time) {
	for i := range s.found {
		f := &s.found[i]
		at := f.attempt.Lost.Add(s.settle)
		if f.done != nil {
			at = f.done.ended.Add(platform.LastWord(s.settle))
		}
		if !f.settled {
			end = later(end, at)
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
		a := f.attempt
		switch err := s.barred[a.Action.Volume]; {
		case f.done != nil:
			f.undecided = true
			f.Outcome = Outcome{Action: inMode(f.Action, f.Action.CopyOnly, true), State: platform.Running, ExportID: f.done.ExportID, StartedOn: f.done.StartedOn}
		case err != nil && !a.Sent.IsZero():
			f.Outcome = Outcome{Action: a.Action, Err: err}
		}
	}
}

// look looks once. The open jobs are few and tell most; the whole list is read
// where only it can tell, and before an attempt is given up.
func (s *search) look(ctx context.Context, last bool) error {
	lists := map[string]func(context.Context, string) ([]platform.Export, error){}
	for i := range s.found {
		f, a := &s.found[i], s.found[i].attempt
		switch volume := a.Action.Volume; {
		case f.settled || f.done != nil:
		case last || a.Action.CopyOnly && !a.doubt:
			lists[volume] = s.platform.VolumeJobs
		case lists[volume] == nil:
			lists[volume] = s.platform.OpenJobs
		}
	}
	var jobs []platform.Export
	s.barred = map[string]*platform.Error{}
	for volume, list := range lists {
		more, err := list(ctx, volume)
		if refused := platform.Refusal(err); refused.Hidden() {
			s.barred[volume] = refused
		} else if err != nil {
			return err
		}
		jobs = append(jobs, more...)
	}
	s.matchJobs(jobs)
	return s.matchFiles(ctx)
}

// matchJobs takes the jobs that attempts became.
func (s *search) matchJobs(jobs []platform.Export) {
	byFile := map[string][]*platform.Export{}
	last := map[platform.Place]*platform.Export{} // that has completed at a place
	for i := range jobs {
		job := &jobs[i]
		byFile[job.File] = append(byFile[job.File], job)
		at := platform.Place{Volume: job.Volume, Location: job.Location}
		if job.State == platform.Completed && (last[at] == nil || job.FinishedOn.After(last[at].FinishedOn)) {
			last[at] = job
		}
	}
	for i := range s.found {
		f, a := &s.found[i], s.found[i].attempt
		for _, job := range byFile[a.Action.File] {
			if job.Volume != a.Action.Volume || job.Location != a.Action.Location || slices.Contains(a.Jobs, job.ID) {
				continue
			}
			latest := last[platform.Place{Volume: job.Volume, Location: job.Location}]
			replaced := a.Action.CopyOnly && job.State == platform.Completed && latest.File != job.File && latest.FinishedOn.After(job.FinishedOn)
			if !f.settled && !replaced {
				f.take(job, s.platform.Now())
			}
		}
	}
}

// take takes a job to the place. One that is open is followed, whenever it
// began: the file must not be submitted beside it. A failed one is not the last
// word: it may be an older one of the same file. A completed one is what a move
// became only if the file shows it: its time may be that of a copy just before.
func (f *finding) take(job *platform.Export, now time.Time) {
	a := f.attempt
	o, became := jobOutcome(a.Action, job), a.became(job)
	completed := o.State == platform.Completed
	switch {
	case !job.State.Terminal():
		f.Outcome, f.settled = o, true
		if !became {
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

// matchFiles takes what the files show.
func (s *search) matchFiles(ctx context.Context) error {
	var ids []string
	var asked []*finding
	for i := range s.found {
		f, a := &s.found[i], s.found[i].attempt
		if !f.settled && (a.doubt || !a.Action.CopyOnly) {
			ids, asked = append(ids, a.Action.File), append(asked, f)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	results, err := s.platform.Files(ctx, ids)
	if err != nil {
		return err
	}
	longAgo := s.platform.Now().Add(-platform.LastWord(s.settle))
	for i, result := range results {
		asked[i].unread = result.File == nil && !result.Err.Permanent()
		if result.File != nil {
			asked[i].show(result.File, longAgo)
		}
	}
	return nil
}

// show takes what a file shows of itself: an alias was moved, and a file that is
// no alias long after a job to its place has ended, or an alias to another
// place, was copied by that job.
func (f *finding) show(file *platform.File, longAgo time.Time) {
	a, s := f.attempt, file.Storage
	moved := s.Alias() && s.Volume == a.Action.Volume && platform.SamePlace(a.Action.Prefix, s.Location, a.Action.Location)
	copied := f.done != nil && !moved && (s.Alias() || s.Type == platform.OnPlatform && !f.done.ended.After(longAgo))
	// A refused file is in place only if it came there in the mode that is
	// wanted; of a job that is followed, the mode is what is asked.
	followed := a.done != nil
	switch {
	case moved && (followed || !a.Action.CopyOnly):
		f.complete(false)
	case copied && (followed || a.Action.CopyOnly):
		f.complete(true)
	case moved, copied, a.doubt && file.MaybePublic() && f.done == nil, a.doubt && s.Alias() && !a.Action.CopyOnly:
		f.settled = true
	}
}

// complete is the finding that the file was moved to its place, or copied.
func (f *finding) complete(copied bool) {
	o := Outcome{Action: inMode(f.attempt.Action, copied, false), State: platform.Completed}
	if f.done != nil {
		o.ExportID, o.StartedOn, o.FinishedOn = f.done.ExportID, f.done.StartedOn, f.done.FinishedOn
	}
	f.Outcome, f.settled = o, true
}
