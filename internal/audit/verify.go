package audit

import (
	"cmp"
	"iter"
	"slices"

	"sbexport/internal/observe"
	"sbexport/internal/platform"
	"sbexport/internal/state"
)

// Completed are the entries that say COMPLETED, of one of the rules if any are
// named.
func Completed(all iter.Seq[state.Entry], rules ...string) []state.Entry {
	var entries []state.Entry
	for e := range all {
		if e.State == platform.Completed && (len(rules) == 0 || slices.Contains(rules, e.Rule)) {
			entries = append(entries, e)
		}
	}
	return entries
}

// AskVerify says what Verify has to know of these entries: the volumes, the
// files that were moved, and every object.
func AskVerify(entries []state.Entry) observe.Question {
	var q observe.Question
	for i := range entries {
		e := &entries[i]
		q.Volumes = append(q.Volumes, e.Volume)
		q.Objects = append(q.Objects, e.Place())
		if !e.CopyOnly {
			q.Files = append(q.Files, e.File)
		}
	}
	return q
}

// Verification is what became of finished exports.
type Verification struct {
	Checked  int
	InOrder  int
	Sized    int       // objects whose size was compared
	Settling int       // of InOrder: files that are not shown as aliases yet, their moves having just ended
	Verdicts []Verdict // of all that are not in order; the worst first, then as the entries are
}

// Drift is the number of exports that are no longer what is on record.
func (v *Verification) Drift() int {
	n := 0
	for i := range v.Verdicts {
		if v.Verdicts[i].Finding.Drift() {
			n++
		}
	}
	return n
}

// Count is the number of exports with a finding.
func (v *Verification) Count(f Finding) int {
	if f == InOrder {
		return v.InOrder
	}
	n := 0
	for i := range v.Verdicts {
		if v.Verdicts[i].Finding == f {
			n++
		}
	}
	return n
}

// Verify judges entries that say COMPLETED. For a move, the file must be an
// alias to the recorded place and the object must be there; for a copy, only
// the object counts, for the file may be anything since.
func Verify(entries []state.Entry, seen *observe.Observed) *Verification {
	out := &Verification{Checked: len(entries)}
	for _, e := range entries {
		object, sized := objectVerdict(seen, e)
		if sized {
			out.Sized++
		}
		verdict := object
		if !e.CopyOnly {
			file, settling := fileVerdict(seen, e)
			verdict = graver(file, object)
			if settling && verdict.Finding == InOrder {
				out.Settling++
			}
		}
		if verdict.Finding == InOrder {
			out.InOrder++
			continue
		}
		out.Verdicts = append(out.Verdicts, verdict)
	}
	sortVerdicts(out.Verdicts)
	return out
}

// graver is the verdict that counts of a file's and its object's. What the file
// says comes first: an object that is gone is no news for a file that no longer
// points to it. What could not be looked at hides nothing.
func graver(file, object Verdict) Verdict {
	switch {
	case file.Finding.Drift():
		return file
	case object.Finding != InOrder:
		return object
	}
	return file
}

// sortVerdicts puts the worst first and leaves the order of the rest.
func sortVerdicts(all []Verdict) {
	rank := make(map[Finding]int, len(Findings))
	for i, f := range Findings {
		rank[f] = i
	}
	slices.SortStableFunc(all, func(a, b Verdict) int { return cmp.Compare(rank[a.Finding], rank[b.Finding]) })
}
