package state

import "strings"

// rehearsal is the member of a lockfile by which one of a rehearsal is told from
// one of real exports.
const rehearsal = `"rehearsal":true`

// Rehearsal reports whether results of a simulated platform are in the lockfile.
func (l *Lockfile) Rehearsal() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.isRehearsal()
}

func (l *Lockfile) isRehearsal() bool {
	for m := range strings.SplitSeq(l.unknown, ",\n") {
		if strings.TrimSpace(m) == rehearsal {
			return true
		}
	}
	return false
}

// MarkRehearsal has the next Save that changes something say that results of a
// simulated platform are in the lockfile. They must never pass for real ones.
func (l *Lockfile) MarkRehearsal() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isRehearsal() {
		return
	}
	if l.unknown != "" {
		l.unknown += ",\n"
	}
	l.unknown += rehearsal
}
