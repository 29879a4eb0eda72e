package report

import (
	"cmp"
	"fmt"
	"path/filepath"

	"sbexport/internal/change"
	"sbexport/internal/state"
	"sbexport/internal/view"
)

// Belong refuses events of another plan than the input's, with an *EventsError.
// Applies from before the plan was changed belong to it when the lockfile has
// what they did.
func (e *Events) Belong(in *Input) error {
	var strange *EventsError
	belongs := false
	for _, a := range e.applies {
		why, known := a.strange(in)
		if why == "" {
			belongs = belongs || known
			continue
		}
		err := &EventsError{a.line, why}
		if known {
			return err
		}
		strange = cmp.Or(strange, err)
	}
	if strange != nil && !belongs {
		return strange
	}
	return nil
}

// strange says why an apply may be of another plan, or nothing; and whether that
// is known.
func (a *applied) strange(in *Input) (why string, known bool) {
	name := filepath.Base(a.of.Plan.File)
	same := a.of.Plan.SHA256 != "" && a.of.Plan.SHA256 == in.PlanSHA256
	switch {
	case a.of.Plan.File != "" && name != in.Plan:
		return fmt.Sprintf("the apply is one of the plan %s, and the report is of %s", view.Safe(name), view.Safe(in.Plan)), true
	case in.Lockfile.Len() > 0 && a.of.Endpoint != "" && a.of.Rehearsal() != in.Lockfile.Rehearsal():
		return "either the apply or the lockfile is of a rehearsal on the simulator, and the other is not", true
	case in.Saved != nil && differ(a.of.Endpoint, in.Saved.Endpoint):
		return fmt.Sprintf("the apply was on %s, and the saved plan is for %s", view.Safe(a.of.Endpoint), view.Safe(in.Saved.Endpoint)), true
	case same, a.onRecord(in.Lockfile):
		return "", true
	case len(a.told) > 0:
		return fmt.Sprintf("the apply is of another plan: of the %s that it exported or tried to, the lockfile has none", view.Number(len(a.told), "file")), true
	case differ(a.of.Plan.SHA256, in.PlanSHA256):
		return "the apply is of another plan, or of this one before it was changed, and tells of no file that the lockfile has", false
	}
	return "", false
}

// onRecord reports whether the lockfile has a file that the apply tells of.
func (a *applied) onRecord(l *state.Lockfile) bool {
	for _, t := range a.told {
		if _, ok := l.Get(t); ok {
			return true
		}
	}
	for _, b := range a.of.Blocked {
		if _, ok := l.Get(change.Target{File: b.File, Volume: b.Volume, Location: b.Location}); ok {
			return true
		}
	}
	return false
}
