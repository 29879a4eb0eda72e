package audit

import (
	"fmt"
	"strings"

	"sbexport/internal/observe"
	"sbexport/internal/platform"
	"sbexport/internal/state"
)

// Finding is what has become of a finished export.
type Finding string

// The findings.
const (
	InOrder    Finding = "in_order"
	Broken     Finding = "broken"     // the file is an alias as recorded, and the object is gone
	Missing    Finding = "missing"    // the object of a copy is gone
	Changed    Finding = "changed"    // the object has another size
	Moved      Finding = "moved"      // the file is an alias elsewhere, or of an unknown kind
	Restored   Finding = "restored"   // the file's bytes are on the platform again
	Deleted    Finding = "deleted"    // the file is gone, or out of sight
	Unreadable Finding = "unreadable" // it could not be looked at
)

// Findings lists the findings that need attention, in the order they are shown
// in: the worst first.
var Findings = []Finding{Broken, Missing, Changed, Moved, Restored, Deleted, Unreadable}

// Drift reports whether the finding says that the world is no longer what is on
// record. What could not be looked at is not drift.
func (f Finding) Drift() bool { return f != InOrder && f != Unreadable }

// Verdict is what was found of one entry.
type Verdict struct {
	Finding Finding `json:"finding"`
	state.Entry

	Key       string         `json:"key,omitempty"`        // of the recorded place; empty when the volume's prefix is not known
	Found     platform.Place `json:"found,omitzero"`       // where a Moved file is; may be empty
	FoundSize *int64         `json:"found_size,omitempty"` // of a Changed object, in bytes
	Message   string         `json:"message"`              // a sentence that says what is wrong and what to do; empty when in order
}

// fileVerdict judges the file of a finished move. Settling tells that the file
// is in order only because its move has just ended.
func fileVerdict(seen *observe.Observed, e state.Entry) (v Verdict, settling bool) {
	v = Verdict{Entry: e, Finding: InOrder, Key: seen.Key(e.Place())}
	result := seen.Files[e.File]
	if result.File == nil {
		v.Finding, v.Message = unread(result.Err)
		return v, false
	}
	s := result.File.Storage
	switch {
	case s.Alias() && s.Volume == e.Volume && seen.Volumes[e.Volume].At(s.Location, e.Location):
	case s.Alias() && s.Volume == e.Volume && v.Key == "" && strings.HasSuffix(s.Location, "/"+e.Location):
		v.Finding = Unreadable
		v.Message = fmt.Sprintf("the file is an alias to %s, which may be the whole key of the place on record: "+
			"the volume, whose prefix would tell, cannot be read", seen.ShowTold(s))
		if err := seen.Volumes[e.Volume].Err; err != nil {
			v.Message += fmt.Sprintf(": %v; %s", err, err.Explain().Fix)
		}
	case s.Alias():
		v.Finding, v.Found = Moved, platform.Place{Volume: s.Volume, Location: s.Location}
		v.Message = fmt.Sprintf("the file is an alias to %s now; change the plan to say so and run sbexport adopt, "+
			"or find out who has replaced the alias", seen.ShowTold(s))
	case s.Type == platform.OnPlatform && !e.FinishedOn.IsZero() && seen.Now.Sub(e.FinishedOn).Abs() < platform.AliasLag:
		return v, true
	case s.Type == platform.OnPlatform:
		v.Finding = Restored
		v.Message = "the platform holds the file's bytes itself again; a plan that wants it on the volume exports it again with sbexport apply"
	default:
		v.Finding = Moved
		v.Message = fmt.Sprintf("the platform says that the file's storage is of type %q, which is no alias; look at the file on the platform", s.Type)
	}
	return v, false
}

// unread is the finding for a file that the platform did not show.
func unread(err *platform.Error) (Finding, string) {
	switch {
	case err == nil:
		return Unreadable, "the file was not looked at"
	case err.NotThere():
		return Deleted, fmt.Sprintf("the file is no longer in its project, or not visible with these credentials (%v); "+
			"if it was deleted on purpose, take its line out of the lockfile", err)
	}
	return Unreadable, fmt.Sprintf("the file cannot be read: %v; %s", err, err.Explain().Fix)
}

// sighting is the look at a place, with the volume's own refusal for places that
// could not be asked for.
func sighting(seen *observe.Observed, at platform.Place) observe.Sighting {
	if s, looked := seen.Objects[at]; looked {
		return s
	}
	if v := seen.Volumes[at.Volume]; v.Err != nil {
		return observe.Sighting{Err: v.Err}
	}
	return observe.Sighting{Err: &platform.Error{Message: "it was not looked at"}}
}

// objectVerdict judges the object of a finished export.
func objectVerdict(seen *observe.Observed, e state.Entry) (v Verdict, sized bool) {
	at := e.Place()
	v = Verdict{Entry: e, Finding: InOrder, Key: seen.Key(at)}
	s := sighting(seen, at)
	switch {
	case s.Err != nil:
		v.Finding = Unreadable
		v.Message = fmt.Sprintf("the place on the volume cannot be looked at: %v; %s", s.Err, s.Err.Explain().Fix)
		return v, false
	case s.Object == nil && e.CopyOnly:
		v.Finding = Missing
		v.Message = "the object is no longer on the volume; sbexport apply --check-volume copies the file again"
		return v, false
	case s.Object == nil:
		v.Finding = Broken
		v.Message = "the object is no longer on the volume, and the platform's own copy went with the export; " +
			"bring the object back to its key, from the bucket's older versions or a backup"
		return v, false
	case s.Object.Size < 0 || e.Size == 0:
		// Nobody said how large the object is, or should be: the platform leaves
		// sizes out now and then, and a record without one says 0.
		return v, false
	case s.Object.Size != e.Size:
		v.Finding, v.FoundSize = Changed, new(s.Object.Size)
		v.Message = fmt.Sprintf("the object has %d bytes, and %d were exported: it was replaced; "+
			"bring the right one back, from the bucket's older versions or a backup", s.Object.Size, e.Size)
	}
	return v, true
}
