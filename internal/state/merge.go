package state

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"strings"
	"time"

	"sbexport/internal/atomicfile"
	"sbexport/internal/platform"
)

// Merged is what ThreeWay made of two lockfiles with a common ancestor.
type Merged struct {
	Ours      int // entries taken from ours, among those in which the sides differ
	Theirs    int // the same of theirs
	Deleted   int // entries that one side deleted and the other left alone
	Conflicts []Conflict

	lock *Lockfile // of an entry in conflict it has ours
}

// Conflict is an entry that both sides have changed, in ways of which neither
// is later or better.
type Conflict struct{ Ours, Theirs Entry }

// errMembers is the error of a merge in which both sides have changed what a
// newer version wrote around the entries.
var errMembers = errors.New("both sides changed members of the lockfile that this version of sbexport does not know")

// ErrRehearsal is the error of a merge of real exports with those of a rehearsal.
var ErrRehearsal = errors.New("one side records a rehearsal on the simulator and the other real exports")

// ThreeWay merges two lockfiles, target by target. An entry that only one side
// has changed, added or deleted is as that side has it; a change beats a
// deletion. Where both have changed an entry, COMPLETED beats every other state,
// then the later end or start wins, then a job that has ended; entries that
// differ only in what they call the file or the rule count as equal. What is
// left is a conflict. Which side is called ours makes no difference to what
// becomes of an entry that is not in conflict.
func ThreeWay(base, ours, theirs *Lockfile) (*Merged, error) {
	if ours.Rehearsal() != theirs.Rehearsal() && ours.Len() > 0 && theirs.Len() > 0 {
		return nil, ErrRehearsal
	}
	m := &Merged{lock: newLockfile(ours.path)}
	var ok bool
	if m.lock.unknown, ok = pick(base.unknown, ours.unknown, theirs.unknown); !ok {
		return nil, errMembers
	}
	for o := range ours.All() {
		m.entry(base.find(o.Target()), &o, theirs.find(o.Target()))
	}
	for t := range theirs.All() {
		if ours.find(t.Target()) == nil {
			m.entry(base.find(t.Target()), nil, &t)
		}
	}
	m.lock.sort()
	return m, nil
}

// pick is a three-way merge of a text; it is not ok when both sides changed it.
func pick(base, ours, theirs string) (merged string, ok bool) {
	switch {
	case ours == theirs, theirs == base:
		return ours, true
	case ours == base:
		return theirs, true
	}
	return "", false
}

// entry merges what the three know of one target; at least one side has it.
func (m *Merged) entry(base, ours, theirs *Entry) {
	switch {
	case same(ours, theirs):
		m.lock.put(*ours)
	case same(theirs, base):
		m.take(ours, &m.Ours)
	case same(ours, base):
		m.take(theirs, &m.Theirs)
	case ours == nil:
		m.take(theirs, &m.Theirs)
	case theirs == nil:
		m.take(ours, &m.Ours)
	default:
		m.decide(ours, theirs)
	}
}

// take keeps one side's entry, or its deletion.
func (m *Merged) take(e *Entry, count *int) {
	if e == nil {
		m.Deleted++
		return
	}
	*count++
	m.lock.put(*e)
}

// decide chooses between two entries for one target.
func (m *Merged) decide(ours, theirs *Entry) {
	better := cmp.Or(
		compareBool(ours.State == platform.Completed, theirs.State == platform.Completed),
		latest(ours).Compare(latest(theirs)),
		compareBool(ours.State.Terminal(), theirs.State.Terminal()),
	)
	if better == 0 && sameOutcome(filled(ours, theirs), filled(theirs, ours)) {
		better = cmp.Compare(details(ours), details(theirs))
	}
	if better == 0 && sameOutcome(ours, theirs) {
		better = cmp.Or(cmp.Compare(ours.Rule, theirs.Rule), cmp.Compare(ours.Path, theirs.Path), cmp.Compare(ours.Project, theirs.Project))
	}
	switch {
	case better > 0:
		m.take(ours, &m.Ours)
	case better < 0:
		m.take(theirs, &m.Theirs)
	default:
		m.lock.put(*ours)
		m.Conflicts = append(m.Conflicts, Conflict{*ours, *theirs})
	}
}

// filled is an entry with what it does not know of its job filled in from
// another: a run that finds a file in place knows less of how it came there than
// the run that exported it.
func filled(e, from *Entry) *Entry {
	f := *e
	if f.ExportID == "" {
		f.ExportID = from.ExportID
	}
	if f.StartedOn.IsZero() {
		f.StartedOn = from.StartedOn
	}
	if f.FinishedOn.IsZero() {
		f.FinishedOn = from.FinishedOn
	}
	return &f
}

// details counts what an entry knows of its job.
func details(e *Entry) int {
	n := 0
	for _, known := range []bool{e.ExportID != "", !e.StartedOn.IsZero(), !e.FinishedOn.IsZero()} {
		if known {
			n++
		}
	}
	return n
}

// latest is the last time that an entry knows of.
func latest(e *Entry) time.Time {
	if e.StartedOn.After(e.FinishedOn) {
		return e.StartedOn
	}
	return e.FinishedOn
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// same reports whether two entries are equal in all they hold, or both missing.
func same(a, b *Entry) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b) && a.unknown == b.unknown
}

// sameOutcome reports whether two entries for one target tell of the same
// event, whatever they call the file and the rule.
func sameOutcome(a, b *Entry) bool {
	named := *b
	named.Rule, named.Path, named.Project = a.Rule, a.Path, a.Project
	return same(a, &named)
}

// Len is the number of entries in the result, those in conflict included.
func (m *Merged) Len() int { return m.lock.Len() }

// Write replaces the file at path with the result, see atomicfile.Write. Entries in
// conflict come out between conflict markers, with which the file is no lockfile
// until somebody has chosen.
func (m *Merged) Write(path string) error {
	if len(m.Conflicts) == 0 {
		return atomicfile.WriteFunc(path, 0o644, m.lock.encode)
	}
	var text bytes.Buffer
	if err := m.lock.encode(&text); err != nil {
		return err
	}
	theirs, err := m.theirLines()
	if err != nil {
		return err
	}
	return atomicfile.WriteFunc(path, 0o644, func(w io.Writer) error {
		for line := range strings.Lines(text.String()) {
			body := strings.TrimRight(line, ",\n")
			other, conflict := theirs[body]
			if conflict {
				line = "<<<<<<< ours\n" + line + "=======\n" + other + line[len(body):] + ">>>>>>> theirs\n"
			}
			if _, err := io.WriteString(w, line); err != nil {
				return err
			}
		}
		return nil
	})
}

// theirLines are their lines of the entries in conflict, by ours.
func (m *Merged) theirLines() (map[string]string, error) {
	lines := make(map[string]string, len(m.Conflicts))
	for _, c := range m.Conflicts {
		ours, err := c.Ours.appendLine(nil)
		if err != nil {
			return nil, err
		}
		theirs, err := c.Theirs.appendLine(nil)
		if err != nil {
			return nil, err
		}
		lines[string(ours)] = string(theirs)
	}
	return lines, nil
}
