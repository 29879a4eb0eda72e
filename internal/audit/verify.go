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

// Count is the number of exports with a finding other than InOrder.
func (v *Verification) Count(f Finding) (n int) {
	for i := range v.Verdicts {
		if v.Verdicts[i].Finding == f {
			n++
		}
	}
	return n
}

// Drift is the number of exports that are no longer what is on record.
func (v *Verification) Drift() int { return len(v.Verdicts) - v.Count(Unreadable) }

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
			verdict = worse(file, object)
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

// worse is the verdict that counts of a file's and its object's. What the file
// says comes first: an object that is gone is no news for a file that no longer
// points to it. What could not be looked at hides nothing.
func worse(file, object Verdict) Verdict {
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
	rank := func(v Verdict) int { return slices.Index(Findings, v.Finding) }
	slices.SortStableFunc(all, func(a, b Verdict) int { return cmp.Compare(rank(a), rank(b)) })
}

// Row is an exported file and what the platform says of it.
type Row struct {
	Entry state.Entry
	Key   string         // empty when the volume's prefix is not known
	File  *platform.File // nil when the platform did not show it
}

// AskManifest says what Rows has to know of these entries.
func AskManifest(entries []state.Entry) observe.Question {
	q := observe.Question{Details: true}
	for i := range entries {
		q.Volumes = append(q.Volumes, entries[i].Volume)
		q.Files = append(q.Files, entries[i].File)
	}
	return q
}

// Rows is a row for each entry, in their order.
func Rows(entries []state.Entry, seen *observe.Observed) []Row {
	rows := make([]Row, len(entries))
	for i, e := range entries {
		f := seen.Files[e.File].File
		if f != nil && f.Storage.Alias() && f.Storage.Volume == e.Volume && seen.Volumes[e.Volume].At(f.Storage.Location, e.Location) {
			e.CopyOnly = false // an alias to it has no other bytes, whatever it was at first
		}
		rows[i] = Row{Entry: e, Key: seen.Key(e.Place()), File: f}
	}
	return rows
}
