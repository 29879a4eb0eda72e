package state

import "sbexport/internal/change"

// Fold brings journal records into a lockfile and returns those intents of
// which nothing more is known: whether these exports were started only the
// platform can tell. Folding the same records again changes nothing. An entry
// that says COMPLETED stays COMPLETED.
func Fold(records []Record, l *Lockfile) (unknown []Record) {
	open := make(map[change.Target]int) // targets whose last word is an intent; where it is
	for i, r := range records {
		if r.Type == Intent {
			open[r.Entry.Target()] = i
			continue
		}
		delete(open, r.Entry.Target())
		if r.Type == Outcome {
			l.Merge(r.Entry)
		}
	}
	for i, r := range records {
		if at, ok := open[r.Entry.Target()]; ok && at == i {
			unknown = append(unknown, r)
		}
	}
	return unknown
}
