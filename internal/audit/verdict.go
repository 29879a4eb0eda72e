package audit

import (
	"fmt"
	"strings"

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
	Entry     state.Entry
	Finding   Finding
	Key       string // of the recorded place; empty when the volume's prefix is not known
	Found     Place  // where a Moved file is; may be empty
	FoundSize int64  // of a Changed object, in bytes
	Message   string // a sentence that says what is wrong and what to do; empty when in order
}

// lag is how long after a job has ended the platform may still show its file as
// it was before (it says nothing of it). Within that time such a file is in order.
const lag = platform.AliasLag

// fileVerdict judges the file of a finished move. Settling tells that the file
// is in order only because its move has just ended.
func (o *Observed) fileVerdict(e state.Entry) (v Verdict, settling bool) {
	v = Verdict{Entry: e, Finding: InOrder, Key: o.key(Place{e.Volume, e.Location})}
	result := o.Files[e.File]
	if result.File == nil {
		v.Finding, v.Message = unread(result.Err)
		return v, false
	}
	s := result.File.Storage
	switch {
	case s.Alias() && s.Volume == e.Volume && o.Volumes[e.Volume].At(s.Location, e.Location):
	case s.Alias() && s.Volume == e.Volume && v.Key == "" && strings.HasSuffix(s.Location, "/"+e.Location):
		v.Finding = Unreadable
		v.Message = fmt.Sprintf("the file is an alias to %s:%s, which may be the whole key of the place on record: "+
			"the volume, whose prefix would tell, cannot be read", s.Volume, s.Location)
		if err := o.Volumes[e.Volume].Err; err != nil {
			v.Message += fmt.Sprintf(": %v; %s", err, err.Explain().Fix)
		}
	case s.Alias():
		v.Finding, v.Found = Moved, Place{s.Volume, s.Location}
		v.Message = fmt.Sprintf("the file is an alias to %s:%s now; change the plan to say so and run sbexport adopt, "+
			"or find out who has replaced the alias", s.Volume, s.Location)
	case s.Type == platform.OnPlatform && !e.FinishedOn.IsZero() && o.Now.Sub(e.FinishedOn).Abs() < lag:
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

// objectVerdict judges the object of a finished export.
func (o *Observed) objectVerdict(e state.Entry) (v Verdict, sized bool) {
	at := Place{e.Volume, e.Location}
	v = Verdict{Entry: e, Finding: InOrder, Key: o.key(at)}
	s := o.sight(at)
	switch {
	case s.Err != nil:
		v.Finding = Unreadable
		v.Message = fmt.Sprintf("the place on the volume cannot be looked at: %v; %s", s.Err, s.Err.Explain().Fix)
		return v, false
	case !s.There && e.CopyOnly:
		v.Finding = Missing
		v.Message = "the object is no longer on the volume; sbexport apply --check-volume copies the file again"
		return v, false
	case !s.There:
		v.Finding = Broken
		v.Message = "the object is no longer on the volume, and the platform's own copy went with the export; " +
			"bring the object back to its key, from the bucket's older versions or a backup"
		return v, false
	case s.Size < 0 || e.Size == 0:
		// Nobody said how large the object is, or should be: the platform leaves
		// sizes out now and then, and a record without one says 0.
		return v, false
	case s.Size != e.Size:
		v.Finding, v.FoundSize = Changed, s.Size
		v.Message = fmt.Sprintf("the object has %d bytes, and %d were exported: it was replaced; "+
			"bring the right one back, from the bucket's older versions or a backup", s.Size, e.Size)
	}
	return v, true
}
