package audit

import (
	"fmt"

	"sbexport/internal/change"
	"sbexport/internal/observe"
	"sbexport/internal/platform"
)

// Evidence is what shows that a file is exported already.
type Evidence string

// The kinds of evidence.
const (
	ByAlias  Evidence = "alias"  // the file is an alias to the wanted place
	ByJob    Evidence = "job"    // a completed job of this user has copied it there
	ByObject Evidence = "object" // there is an object of the right size at the wanted key
)

// Adoption is an export that is done and not on record.
type Adoption struct {
	*change.Action
	By Evidence
}

// Doubt is a file that may be exported already, without enough to show for it.
type Doubt struct {
	*change.Action
	Message string // a sentence
}

// AskCopies says what Adopt has to know to recognise copies by their objects.
func AskCopies(cs *change.Changeset) observe.Question {
	var q observe.Question
	for _, a := range copies(cs) {
		q.Volumes = append(q.Volumes, a.Volume)
		q.Objects = append(q.Objects, platform.Place{Volume: a.Volume, Location: a.Location})
	}
	return q
}

// copies are the copies of a changeset that are not on record: those that a job
// has made, and those that are still to be made, for all that anybody knows. One
// that an open job is making is neither.
func copies(cs *change.Changeset) (all []*change.Action) {
	for _, list := range [][]change.Action{cs.Unchanged, cs.Actions} {
		for i := range list {
			if a := &list[i]; a.CopyOnly && a.Kind != change.Follow && (a.Record || a.Kind != change.Unchanged) {
				all = append(all, a)
			}
		}
	}
	return all
}

// Adopt finds what of a changeset is done and not on record: files that are
// aliases at their places, copies that jobs have made, and, where places were
// looked at (seen is not nil), copies whose objects are there in the right size.
// A look also puts those copies in doubt whose objects are not as they should be.
// The actions belong to the changeset.
func Adopt(cs *change.Changeset, seen *observe.Observed) (adopted []Adoption, doubts []Doubt) {
	for i := range cs.Unchanged {
		if a := &cs.Unchanged[i]; a.Record && !a.CopyOnly {
			adopted = append(adopted, Adoption{a, ByAlias})
		}
	}
	for i := range cs.Actions {
		if a := &cs.Actions[i]; a.ModeUnknown && !a.FinishedOn.IsZero() {
			doubts = append(doubts, Doubt{a, fmt.Sprintf("job %s has ended, and the file has yet to show whether it was moved or copied: "+
				"run again %v after the job's end", a.ExportID, platform.AliasLag)})
		}
	}
	for _, a := range copies(cs) {
		by, doubt := wasCopied(seen, a)
		if by != "" {
			adopted = append(adopted, Adoption{a, by})
		} else if doubt != "" {
			doubts = append(doubts, Doubt{a, doubt})
		}
	}
	return adopted, doubts
}

// wasCopied says what shows that a copy was made, or why that is in doubt; neither
// when nothing says that it was.
func wasCopied(seen *observe.Observed, a *change.Action) (by Evidence, doubt string) {
	made := a.Kind == change.Unchanged // by a job
	var s observe.Sighting
	if seen != nil {
		s = sighting(seen, platform.Place{Volume: a.Volume, Location: a.Location})
	}
	switch {
	case made && (seen == nil || s.Err != nil):
		return ByJob, ""
	case seen == nil:
		return "", ""
	case s.Err != nil:
		return "", fmt.Sprintf("the place on the volume cannot be looked at: %v; %s", s.Err, s.Err.Explain().Fix)
	case s.Object == nil && made:
		return "", "a job has copied the file, but its object is no longer there; sbexport apply --check-volume copies it again"
	case s.Object == nil:
		return "", ""
	case s.Object.Size >= 0 && s.Object.Size != a.Size:
		return "", fmt.Sprintf("there is an object of %d bytes, and the file has %d; it is another one, or an older version", s.Object.Size, a.Size)
	case made:
		return ByJob, ""
	case s.Object.Size < 0:
		return "", "there is an object, but the platform does not tell its size; compare it in the bucket"
	}
	return ByObject, ""
}
