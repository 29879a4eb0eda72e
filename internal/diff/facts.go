package diff

import (
	"slices"

	"sbexport/internal/change"
	"sbexport/internal/observe"
	"sbexport/internal/platform"
	"sbexport/internal/resolve"
	"sbexport/internal/state"
)

// mode is what a job does with its file. The platform does not tell it.
type mode int

const (
	unknown mode = iota
	moves
	copies
)

func modeOf(copyOnly bool) mode {
	if copyOnly {
		return copies
	}
	return moves
}

// facts are what is known of a wanted file's way to its place.
type facts struct {
	v           observe.Volume
	entry       state.Entry     // the lockfile's, for this target
	known       bool            // there is one
	here        bool            // the file is an alias to this place
	job         platform.Export // the one that counts; without an ID when there is none
	mode        mode            // of the job
	overwritten bool            // what the job brought was replaced since, or is another object
}

func (c *comparison) factsOf(w *resolve.Wanted) *facts {
	f := &facts{v: c.seen.Volumes[w.Rule.Volume], job: c.carrying(w.Target())}
	f.entry, f.known = c.lock.Get(w.Target())
	f.here = c.here(w, f)
	f.mode = c.jobMode(w, f)
	f.overwritten = c.overwritten(w, f)
	return f
}

// recorded reports whether the lockfile has the file as moved here, or copied.
func (f *facts) recorded(copyOnly bool) bool {
	return f.known && f.entry.State == platform.Completed && f.entry.CopyOnly == copyOnly
}

// onRecord reports whether the lockfile knows in which mode the job was
// submitted.
func (f *facts) onRecord() bool {
	return f.known && f.job.ID != "" && f.entry.ExportID == f.job.ID && !f.entry.ModeUnknown
}

// copied reports whether a copy was made here.
func (f *facts) copied() bool {
	return f.recorded(true) || f.job.State == platform.Completed && f.mode == copies && !f.overwritten
}

// overwritten reports whether the object at the wanted place is not what the
// file's job brought there: another file's job has ended there later, or the
// object has another size.
func (c *comparison) overwritten(w *resolve.Wanted, f *facts) bool {
	if f.job.State != platform.Completed {
		return false
	}
	if o := c.seen.Objects[w.Place()].Object; o != nil && o.Size >= 0 && o.Size != w.Size {
		return true
	}
	last := c.lastJobs[objectAt(c.seen, w.Place())]
	return last.File != w.File && last.FinishedOn.After(f.job.FinishedOn)
}

// unfinished reports whether there is a job whose end is still to be recorded: an
// open one, one whose mode the file has yet to show, or one that has ended
// since the lockfile was written.
func (f *facts) unfinished() bool {
	switch {
	case f.job.ID == "":
		return false
	case !f.job.State.Terminal(), f.mode == unknown:
		return true
	}
	return f.known && !f.entry.State.Terminal() && f.entry.ExportID == f.job.ID
}

// jobMode is the mode in which the job was submitted, as far as the lockfile
// tells it, or the file: a move makes it an alias to the job's place, for good.
func (c *comparison) jobMode(w *resolve.Wanted, f *facts) mode {
	done := f.job.State == platform.Completed
	switch {
	case done && f.here:
		return moves
	case f.onRecord():
		return modeOf(f.entry.CopyOnly)
	case done && w.Storage.Alias():
		return copies // else it could not have become an alias to another place
	case done && w.Storage.Type == platform.OnPlatform && !f.job.FinishedOn.IsZero() && c.seen.Now.Sub(f.job.FinishedOn) >= platform.LastWord(c.options.Settle):
		return copies
	}
	return unknown
}

// here reports whether the file is an alias to the wanted place. Where the alias
// can be read as two places, it is at the one that the lockfile has the file
// moved to. If the lockfile has neither, it is taken at its word; and as the key
// of the wanted place only if neither a job of the file nor an object shows that
// it is meant as it stands.
func (c *comparison) here(w *resolve.Wanted, f *facts) bool {
	if !InPlace(w, f.v) {
		return false
	}
	told := w.Storage.Location
	elsewhere := slices.ContainsFunc(c.moved[w.File], func(e state.Entry) bool {
		return e.Volume == w.Rule.Volume && e.Location != w.Location && f.v.At(told, e.Location)
	})
	switch {
	case told == w.Location:
		return !elsewhere || f.recorded(false)
	case elsewhere:
		return false
	case f.recorded(false):
		return true
	}
	there := slices.ContainsFunc(c.seen.Jobs.ByFile[w.File], func(job platform.Export) bool {
		return job.State == platform.Completed && job.Volume == w.Rule.Volume && job.Location == told
	})
	return !there && !c.seen.There(platform.Place{Volume: w.Rule.Volume, Location: told})
}

// carrying finds the job that counts for a target: an open one if there is
// one, else a completed one, the latest of each.
func (c *comparison) carrying(t change.Target) platform.Export {
	var best platform.Export
	for _, job := range c.seen.Jobs.ByFile[t.File] {
		if job.State.Terminal() && job.State != platform.Completed || c.goal(job) != t {
			continue
		}
		ended, bestEnded := job.State.Terminal(), best.State.Terminal()
		if best.ID == "" || bestEnded && !ended || bestEnded == ended && job.StartedOn.After(best.StartedOn) {
			best = job
		}
	}
	return best
}

// goal is the one target that a job is for: the one that the lockfile has it
// at, or else the one that the platform names. It names the location that was
// sent, never the key.
func (c *comparison) goal(job platform.Export) change.Target {
	if t, known := c.recorded[job.ID]; known {
		return t
	}
	return change.Target{File: job.File, Volume: job.Volume, Location: job.Location}
}
