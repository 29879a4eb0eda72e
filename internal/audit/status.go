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
	// Unsettled are submissions that an earlier run did not live to see the
	// answers of.
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
}

// AskStatus says what Status has to know beside what listing the projects has
// shown: the volumes, open jobs, and the moved files that no rule selects.
func AskStatus(l *Ledger) observe.Question {
	var q observe.Question
	listed := storages(l.Wanted)
	for i := range l.Wanted {
		if l.Wanted[i].Storage.Alias() {
			q.Volumes = append(q.Volumes, l.Wanted[i].Rule.Volume)
		}
	}
	for i := range l.Entries {
		e := &l.Entries[i]
		switch {
		case !e.State.Terminal() && e.ExportID != "":
			q.Jobs = append(q.Jobs, e.ExportID)
		case e.State == platform.Completed && !e.CopyOnly:
			q.Volumes = append(q.Volumes, e.Volume)
			if listed[e.File] == nil {
				q.Files = append(q.Files, e.File)
			}
		}
	}
	return q
}

// storages are where listed files are, by their IDs.
func storages(wanted []resolve.Wanted) map[string]*platform.Storage {
	all := make(map[string]*platform.Storage, len(wanted))
	for i := range wanted {
		if w := &wanted[i]; w.Storage.Type != "" {
			all[w.File] = &w.Storage
		}
	}
	return all
}

// Status says where everything on record stands. What was listed is added to
// what was seen.
func Status(l *Ledger, seen *observe.Observed) *Standing {
	for file, s := range storages(l.Wanted) {
		seen.Files[file] = platform.FileResult{ID: file, File: &platform.File{ID: file, Storage: *s}}
	}
	out := &Standing{Unsettled: l.Unsettled}
	wanted, recorded := targets{}, targets{}
	for i := range l.Wanted {
		wanted.add(target(&l.Wanted[i]))
	}
	for _, e := range l.Entries {
		recorded.add(e.Target(), anywhere(e.Target()))
		out.entry(e, seen)
		if !wanted.has(e.Target()) && !wanted.has(anywhere(e.Target())) {
			out.Unplanned = append(out.Unplanned, e)
		}
	}
	for i := range l.Unsettled {
		recorded.add(l.Unsettled[i].Entry.Target())
	}
	out.rest(l.Wanted, recorded, seen)
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

// rest counts the wanted files that are not on record.
func (s *Standing) rest(wanted []resolve.Wanted, recorded targets, seen *observe.Observed) {
	for i := range wanted {
		w := &wanted[i]
		if recorded.has(target(w)) {
			continue
		}
		if diff.InPlace(w, seen.Volumes[w.Rule.Volume]) {
			s.Unrecorded++
			continue
		}
		s.Todo++
		s.TodoBytes += w.Size
	}
}

// targets is a set of targets.
type targets map[change.Target]struct{}

func (t targets) add(all ...change.Target) {
	for _, one := range all {
		t[one] = struct{}{}
	}
}

func (t targets) has(one change.Target) bool {
	_, ok := t[one]
	return ok
}

// target is what a wanted file is about.
func target(w *resolve.Wanted) change.Target {
	return change.Target{File: w.File, Volume: w.Rule.Volume, Location: w.Location}
}

// anywhere is a target without its location: what is wanted of a file whose
// location could not be worked out, because it is gone for example.
func anywhere(t change.Target) change.Target {
	t.Location = ""
	return t
}
