package state

import (
	"cmp"
	"errors"
	"reflect"
	"slices"
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
	if better == 0 && sameOutcome(*ours, *theirs) {
		better = cmp.Or(
			compareBool(ours.ExportID != "", theirs.ExportID != ""),
			ours.StartedOn.Compare(theirs.StartedOn), ours.FinishedOn.Compare(theirs.FinishedOn),
			cmp.Compare(ours.Rule, theirs.Rule), cmp.Compare(ours.Path, theirs.Path), cmp.Compare(ours.Project, theirs.Project),
		)
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

// sameOutcome reports whether two entries for one target tell of the same event:
// they may call the file and the rule differently, and one may not know of the
// job what the other does, such as that of a run that found the file in place.
func sameOutcome(a, b Entry) bool {
	b.Rule, b.Path, b.Project = a.Rule, a.Path, a.Project
	if a.ExportID == "" || b.ExportID == "" {
		a.ExportID, b.ExportID = "", ""
	}
	if a.StartedOn.IsZero() || b.StartedOn.IsZero() {
		a.StartedOn, b.StartedOn = time.Time{}, time.Time{}
	}
	if a.FinishedOn.IsZero() || b.FinishedOn.IsZero() {
		a.FinishedOn, b.FinishedOn = time.Time{}, time.Time{}
	}
	return same(&a, &b)
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
func same(a, b *Entry) bool { return reflect.DeepEqual(a, b) }

// Len is the number of entries in the result, those in conflict counted once.
func (m *Merged) Len() int { return m.lock.Len() }

// Write replaces the file at path with the result, see atomicfile.WriteFunc. Of
// entries in conflict it has both lines, with which the file is no lockfile until
// somebody has deleted one of them.
func (m *Merged) Write(path string) error {
	both := newLockfile(path)
	both.entries, both.unknown, both.sorted = slices.Clone(m.lock.entries), m.lock.unknown, false
	for i := range m.Conflicts {
		both.entries = append(both.entries, &m.Conflicts[i].Theirs)
	}
	both.sort()
	return atomicfile.WriteFunc(path, 0o644, both.encode)
}
