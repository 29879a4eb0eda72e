package report

import (
	"cmp"
	"slices"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/state"
	"sbexport/internal/view"
)

// status is what became of a file at one place. The page knows the statuses by
// their numbers.
type status int

const (
	completed status = iota // on the volume
	running                 // a job carries it
	pending                 // a job waits
	planned                 // a saved plan would submit it
	blocked                 // a saved plan says why it cannot be
	failed                  // the last word of the lockfile
	statuses                // how many there are
)

// mode is whether a file is moved or copied.
type mode int

const (
	unknown mode = iota // nobody knows, or it is blocked
	moved               // the platform's copy is deleted
	copied              // the platform keeps its copy
)

func modeOf(copyOnly, modeUnknown bool) mode {
	switch {
	case modeUnknown:
		return unknown
	case copyOnly:
		return copied
	}
	return moved
}

// names are the statuses' names, as the page's script and style know them.
var names = [statuses]string{"completed", "running", "pending", "planned", "blocked", "failed"}

func (s status) String() string { return names[s] }

// row is one file at one place.
type row struct {
	file, project, path, volume, location, rule, export string

	size      int64
	mode      mode
	overwrite bool
	tolerated bool // of a blocked one
	status    status
	started   int64    // Unix seconds; 0 when not known
	finished  int64    // Unix seconds; 0 when not known
	from      int64    // when it was submitted and its job ended, by lockfile and
	until     int64    // events together; see Report.times
	problem   *problem // of a failed or blocked one
	message   string   // what was said of this file alone
}

func (w *row) target() change.Target {
	return change.Target{File: w.file, Volume: w.volume, Location: w.location}
}

// statusOf is the status that a lockfile's state means. A state that is not
// known counts as an open job, as everywhere.
func statusOf(s platform.State) status {
	switch s {
	case platform.Completed:
		return completed
	case platform.Pending:
		return pending
	case platform.Failed, platform.Aborted:
		return failed
	case platform.Running:
	}
	return running
}

// builder gathers the rows of a report.
type builder struct {
	*Report

	at       map[change.Target]int // where in the rows what was gathered is
	problems map[problemKey]*problem
	fresh    bool // the saved plan was made from this very lockfile
}

// gather makes the rows of what is on record, of what a saved plan says and of what
// was blocked in the last apply of the events, and puts them in order: what needs
// somebody comes first. Where the lockfile knows of a file too, a plan counts only
// if it was made from this very lockfile, and an apply only if it began after the
// file's export had ended.
func (r *Report) gather() {
	b := &builder{Report: r, at: map[change.Target]int{}, problems: map[problemKey]*problem{}, fresh: r.fresh()}
	if l := r.input.Lockfile; l != nil {
		for e := range l.All() {
			b.at[e.Target()] = len(r.rows)
			r.rows = append(r.rows, b.entry(&e))
		}
	}
	if d := r.input.Saved; d != nil {
		for i := range d.Actions {
			b.action(&d.Actions[i])
		}
		for i := range d.Unchanged {
			b.action(&d.Unchanged[i])
		}
	}
	files, newer := r.blocked()
	for i := range files {
		b.block(&files[i], newer)
	}
	slices.SortStableFunc(r.rows, func(a, b row) int { // at one status as the lockfile does
		return cmp.Or(cmp.Compare(b.status, a.status), cmp.Compare(a.volume, b.volume), cmp.Compare(a.location, b.location),
			cmp.Compare(a.file, b.file), cmp.Compare(a.rule, b.rule))
	})
}

// blocked are the files that the last comparison with the platform found blocked,
// and whether it was later than what the lockfile says of a row.
func (r *Report) blocked() (files []change.Blocked, newer func(*row) bool) {
	if d := r.input.Events.newest(); len(d.Blocked) > 0 && (r.input.Saved == nil || d.CreatedOn.After(r.input.Saved.CreatedOn)) {
		began := unix(d.CreatedOn)
		return d.Blocked, func(w *row) bool {
			at := max(w.started, w.finished)
			return w.status == planned || at > 0 && at < began
		}
	}
	if d := r.input.Saved; d != nil {
		fresh := r.fresh()
		return d.Blocked, func(*row) bool { return fresh }
	}
	return nil, nil
}

func (b *builder) entry(e *state.Entry) row {
	w := row{
		file: e.File, project: e.Project, path: e.Path, volume: e.Volume, location: e.Location,
		rule: e.Rule, export: e.ExportID, size: max(e.Size, 0), mode: modeOf(e.CopyOnly, e.ModeUnknown), overwrite: e.Overwrite,
		status: statusOf(e.State), started: unix(e.StartedOn), finished: unix(e.FinishedOn),
	}
	if w.status == failed {
		w.problem, w.message = b.problem(failureKey(e.Error)), view.Said(e.Error.Refusal())
	}
	return w
}

func (b *builder) action(a *change.Action) {
	w := row{
		file: a.File, project: a.Project, path: a.Path, volume: a.Volume, location: a.Location,
		rule: a.Rule, export: a.ExportID, size: max(a.Size, 0), mode: modeOf(a.CopyOnly, a.ModeUnknown), overwrite: a.Overwrite,
		finished: unix(a.FinishedOn),
	}
	at, known := b.at[a.Target()]
	if known {
		w = b.rows[at]
		w.problem, w.message = nil, ""
	}
	switch a.Kind {
	case change.Follow:
		w.status = running
	case change.Unchanged:
		w.status = completed
	case change.Export, change.Copy, change.Replace:
		w.status = planned
		w.started, w.finished = 0, 0 // of an attempt that does not count any more
		w.mode, w.overwrite = modeOf(a.CopyOnly, false), a.Overwrite
	}
	if !known {
		b.at[a.Target()] = len(b.rows)
		b.rows = append(b.rows, w)
	} else if b.fresh {
		b.rows[at] = w
	}
}

// block adds a blocked file, or puts it in place of what the lockfile says if it is
// newer.
func (b *builder) block(x *change.Blocked, newer func(*row) bool) {
	at, known := b.at[change.Target{File: x.File, Volume: x.Volume, Location: x.Location}]
	if known && (x.Reason == change.Refused || b.rows[at].status == blocked) {
		return // it is the failure that the lockfile tells more about, or the file is blocked for two rules
	}
	w := row{
		file: x.File, project: x.Project, path: x.Path, volume: x.Volume, location: x.Location,
		rule: x.Rule, size: max(x.Size, 0), tolerated: x.Tolerated, status: blocked,
		problem: b.problem(blockedKey(x.Reason)), message: x.Message,
	}
	if !known {
		b.rows = append(b.rows, w)
		return
	}
	if old := &b.rows[at]; newer(old) {
		w.export, w.mode, w.size = old.export, old.mode, max(w.size, old.size)
		*old = w
	}
}

// unix is a time in seconds, 0 when it is not known.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
