package audit

import (
	"sbexport/internal/change"
	"sbexport/internal/diff"
	"sbexport/internal/observe"
	"sbexport/internal/platform"
	"sbexport/internal/resolve"
	"sbexport/internal/state"
)

// Ledger is what is on record of a plan, and what the plan wants.
type Ledger struct {
	Entries []state.Entry
	// Unsettled are submissions whose answers an earlier run has not seen.
	Unsettled []state.Record
	Wanted    []resolve.Wanted
}

// OpenJob is an export that is on record as not ended.
type OpenJob struct {
	Entry state.Entry
	State platform.State  // the job's own, now; empty when it could not be read
	Err   *platform.Error // why it failed, or could not be read; may be nil
}

// Standing is where a plan's exports stand. Every entry of the lockfile is in
// exactly one of Done, Open, Failed, Drifted and Unreadable.
type Standing struct {
	Done       int // COMPLETED, and the file is where the record says
	DoneBytes  int64
	Settling   int // of Done: files that are not shown as aliases yet, their moves having just ended
	Open       []OpenJob
	Failed     []state.Entry
	Drifted    []Verdict
	Unreadable []Verdict

	Unplanned  []state.Entry  // no rule wants the file there any more; they are counted above as well
	Unsettled  []state.Record // see Ledger.Unsettled
	Unrecorded int            // wanted files that are in place and not on record
	Todo       int            // wanted files that are neither on record nor in place
	TodoBytes  int64

	Volumes observe.Volumes // those that anything on record is on
}

// AskStatus says what Status has to know beside what listing the projects has
// shown: the volumes, open jobs, and the moved files that no rule selects.
func AskStatus(l *Ledger) observe.Question {
	var q observe.Question
	listed := map[string]bool{}
	for i := range l.Wanted {
		w := &l.Wanted[i]
		listed[w.File] = listed[w.File] || w.Storage.Type != ""
		if w.Storage.Alias() {
			q.Volumes = append(q.Volumes, w.Rule.Volume)
		}
	}
	for i := range l.Unsettled {
		q.Volumes = append(q.Volumes, l.Unsettled[i].Entry.Volume)
	}
	for i := range l.Entries {
		e := &l.Entries[i]
		q.Volumes = append(q.Volumes, e.Volume)
		switch {
		case !e.State.Terminal() && e.ExportID != "":
			q.Jobs = append(q.Jobs, e.ExportID)
		case e.State == platform.Completed && !e.CopyOnly:
			if !listed[e.File] {
				q.Files = append(q.Files, e.File)
			}
		}
	}
	return q
}

// Status says where everything on record stands. What was listed is added to
// what was seen.
func Status(l *Ledger, seen *observe.Observed) *Standing {
	out := &Standing{Unsettled: l.Unsettled, Volumes: seen.Volumes}
	wanted, recorded := map[change.Target]bool{}, map[change.Target]bool{}
	unreadable := map[string]bool{} // projects
	for i := range l.Wanted {
		w := &l.Wanted[i]
		if w.File == "" {
			unreadable[w.Project] = true
			continue
		}
		wanted[w.Target()] = true
		if w.Storage.Type != "" {
			seen.Files[w.File] = platform.FileResult{ID: w.File, File: &platform.File{ID: w.File, Storage: w.Storage}}
		}
	}
	for _, e := range l.Entries {
		// A file that is gone, for example, is wanted without a location, as none
		// could be worked out.
		t, anywhere := e.Target(), change.Target{File: e.File, Volume: e.Volume}
		recorded[t], recorded[anywhere] = true, true
		out.entry(e, seen)
		if !wanted[t] && !wanted[anywhere] && !unreadable[e.Project] {
			out.Unplanned = append(out.Unplanned, e)
		}
	}
	for i := range l.Unsettled {
		recorded[l.Unsettled[i].Entry.Target()] = true
	}
	for i := range l.Wanted {
		switch w := &l.Wanted[i]; {
		case recorded[w.Target()], w.File == "":
		case diff.InPlace(w, seen.Volumes[w.Rule.Volume]):
			out.Unrecorded++
		default:
			out.Todo++
			out.TodoBytes += w.Size
		}
	}
	sortVerdicts(out.Drifted)
	return out
}

// entry puts one entry where it belongs.
func (s *Standing) entry(e state.Entry, seen *observe.Observed) {
	switch {
	case !e.State.Terminal():
		job := OpenJob{Entry: e}
		result := seen.Jobs.Asked[e.ExportID]
		job.Err = result.Err
		if result.Export != nil {
			job.State, job.Err = result.Export.State, result.Export.Err
		}
		s.Open = append(s.Open, job)
		return
	case e.State != platform.Completed:
		s.Failed = append(s.Failed, e)
		return
	case !e.CopyOnly:
		v, settling := fileVerdict(seen, e)
		switch {
		case v.Finding.Drift():
			s.Drifted = append(s.Drifted, v)
			return
		case v.Finding == Unreadable:
			s.Unreadable = append(s.Unreadable, v)
			return
		case settling:
			s.Settling++
		}
	}
	s.Done++
	s.DoneBytes += e.Size
}
