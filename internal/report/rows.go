package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/state"
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

// names are the statuses' names, as the page's script and style know them.
var names = [statuses]string{"completed", "running", "pending", "planned", "blocked", "failed"}

func (s status) String() string { return names[s] }

// row is one file at one place.
type row struct {
	file, project, path, volume, location, rule, export string

	size      int64
	copyOnly  bool
	overwrite bool
	tolerated bool // of a blocked one
	status    status
	started   int64 // Unix seconds; 0 when not known
	finished  int64 // Unix seconds; 0 when not known
	cause     int   // index into Report.causes, or -1
	reason    int   // index into Report.reasons, or -1
	message   int   // index into Report.messages, or -1
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

// builder gathers the rows.
type builder struct {
	report   *Report
	at       map[change.Target]int // where in the rows a lockfile's entry is
	causes   map[causeKey]int
	reasons  map[change.Reason]int
	messages map[string]int
}

func newBuilder(r *Report) *builder {
	return &builder{
		report: r, at: map[change.Target]int{}, causes: map[causeKey]int{},
		reasons: map[change.Reason]int{}, messages: map[string]int{},
	}
}

// lockfile takes in what is on record.
func (b *builder) lockfile() {
	l := b.report.input.Lockfile
	if l == nil {
		return
	}
	b.report.rows = make([]row, 0, l.Len())
	for e := range l.All() {
		if b.report.input.Saved != nil {
			b.at[e.Target()] = len(b.report.rows)
		}
		b.add(b.entry(&e))
	}
}

func (b *builder) entry(e *state.Entry) row {
	w := row{
		file: e.File, project: e.Project, path: e.Path, volume: e.Volume, location: e.Location,
		rule: e.Rule, export: e.ExportID, size: e.Size, copyOnly: e.CopyOnly, overwrite: e.Overwrite,
		status: statusOf(e.State), started: unix(e.StartedOn), finished: unix(e.FinishedOn),
		cause: -1, reason: -1, message: -1,
	}
	if w.status == failed {
		b.failure(&w, e.Error)
	}
	return w
}

// saved takes in what a saved plan says. Where the lockfile has an entry too,
// the plan counts only if it was made from this very lockfile.
func (b *builder) saved() {
	d := b.report.input.Saved
	if d == nil {
		return
	}
	fresh := b.report.fresh()
	for i := range d.Actions {
		b.action(&d.Actions[i], fresh)
	}
	for i := range d.Unchanged {
		b.action(&d.Unchanged[i], fresh)
	}
	for i := range d.Blocked {
		b.block(&d.Blocked[i], fresh)
	}
}

func (b *builder) action(a *change.Action, fresh bool) {
	at, known := b.at[a.Target()]
	if known && !fresh {
		return
	}
	w := row{
		file: a.File, project: a.Project, path: a.Path, volume: a.Volume, location: a.Location,
		rule: a.Rule, export: a.ExportID, size: a.Size, copyOnly: a.CopyOnly, overwrite: a.Overwrite,
		status: planned, finished: unix(a.FinishedOn), cause: -1, reason: -1, message: -1,
	}
	if known {
		w = b.report.rows[at]
		w.status, w.cause, w.message = planned, -1, -1
	}
	switch a.Kind {
	case change.Follow:
		w.status = running
	case change.Unchanged:
		w.status = completed
	case change.Export, change.Copy, change.Replace:
		w.started, w.finished = 0, 0 // of an attempt that does not count any more
	}
	if known {
		b.report.rows[at] = w
		return
	}
	b.add(w)
}

func (b *builder) block(x *change.Blocked, fresh bool) {
	at, known := b.at[change.Target{File: x.File, Volume: x.Volume, Location: x.Location}]
	// A refusal is the failure that the lockfile tells more about.
	if known && (!fresh || x.Reason == change.Refused) {
		return
	}
	w := row{
		file: x.File, project: x.Project, path: x.Path, volume: x.Volume, location: x.Location,
		rule: x.Rule, size: x.Size, tolerated: x.Tolerated, status: blocked, cause: -1,
		reason: b.reason(x), message: b.message(x.Message),
	}
	if known {
		old := b.report.rows[at]
		w.export, w.copyOnly, w.size = old.export, old.copyOnly, max(w.size, old.size)
		b.report.rows[at] = w
		return
	}
	b.add(w)
}

func (b *builder) add(w row) { b.report.rows = append(b.report.rows, w) }

// message is the number of a sentence, or -1 for none.
func (b *builder) message(text string) int {
	if text == "" {
		return -1
	}
	at, known := b.messages[text]
	if !known {
		at = len(b.report.messages)
		b.messages[text] = at
		b.report.messages = append(b.report.messages, text)
	}
	return at
}

// finish makes the text fit to be written, puts the rows in order, and counts
// the causes and reasons.
func (b *builder) finish() {
	rows := b.report.rows
	for i := range rows {
		w := &rows[i]
		for _, s := range []*string{&w.file, &w.project, &w.path, &w.volume, &w.location, &w.rule, &w.export} {
			*s = strings.ToValidUTF8(*s, "\uFFFD")
		}
		w.size = max(w.size, 0)
	}
	if !slices.IsSortedFunc(rows, inOrder) { // as the lockfile's entries are
		slices.SortStableFunc(rows, inOrder)
	}
	b.report.weigh()
}

// inOrder compares two rows as the lockfile does.
func inOrder(a, b row) int {
	return cmp.Or(cmp.Compare(a.volume, b.volume), cmp.Compare(a.location, b.location),
		cmp.Compare(a.file, b.file), cmp.Compare(a.rule, b.rule))
}

// unix is a time in seconds, 0 when it is not known.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
