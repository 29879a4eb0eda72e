package audit

import (
	"fmt"

	"sbexport/internal/change"
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
func AskCopies(cs *change.Changeset) Question {
	var q asking
	for i := range cs.Actions {
		if a := &cs.Actions[i]; copied(a) {
			q.volume(a.Volume)
			q.object(Place{a.Volume, a.Location})
		}
	}
	return q.Question
}

// copied reports whether the action is a copy that is still to be made.
func copied(a *change.Action) bool { return a.CopyOnly && a.Kind != change.Follow }

// Adopt finds what of a changeset is done and not on record: the unchanged files
// that the lockfile does not know, and, where their places were looked at, files
// to be copied whose objects are there in the right size. The actions belong to
// the changeset.
func Adopt(cs *change.Changeset, seen *Observed) (adopted []Adoption, doubts []Doubt) {
	for i := range cs.Unchanged {
		a := &cs.Unchanged[i]
		switch {
		case !a.Record:
		case a.CopyOnly:
			adopted = append(adopted, Adoption{a, ByJob})
		default:
			adopted = append(adopted, Adoption{a, ByAlias})
		}
	}
	if seen == nil {
		return adopted, nil
	}
	for i := range cs.Actions {
		a := &cs.Actions[i]
		if !copied(a) {
			continue
		}
		switch s := seen.sight(Place{a.Volume, a.Location}); {
		case s.Err != nil:
			doubts = append(doubts, Doubt{a, fmt.Sprintf("the place on the volume cannot be looked at: %v; %s", s.Err, s.Err.Explain().Fix)})
		case !s.There:
		case s.Size < 0:
			doubts = append(doubts, Doubt{a, "there is an object, but the platform does not tell its size; compare it in the bucket"})
		case s.Size != a.Size:
			doubts = append(doubts, Doubt{a, fmt.Sprintf("there is an object of %d bytes, and the file has %d; it is another one, or an older version", s.Size, a.Size)})
		default:
			adopted = append(adopted, Adoption{a, ByObject})
		}
	}
	return adopted, doubts
}
