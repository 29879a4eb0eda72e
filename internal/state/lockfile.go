package state

import (
	"cmp"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"sync"

	"sbexport/internal/change"
)

// lockfileVersion is the version of the lockfile's format. A file of a higher
// one is refused.
const lockfileVersion = 1

// Lockfile is the committed record of what was exported where. Load reads it,
// Save writes it. It may be used by several goroutines at once.
type Lockfile struct {
	path string

	mu      sync.Mutex
	entries []*Entry // never changed in place: Put replaces the pointer
	index   map[change.Target]int
	sorted  bool   // entries are in the file's order
	dirty   bool   // entries differ from the file, or may differ
	unknown string // members of the document that this version does not know, as JSON text

	digest string      // of the file's bytes as last read or written; empty when there is no file
	tried  string      // digest of the bytes of the last save, which may be in the file even if it failed
	info   fs.FileInfo // of the file as last read or written; nil when there is none
}

func newLockfile(path string) *Lockfile {
	return &Lockfile{path: path, index: make(map[change.Target]int), sorted: true}
}

// Path is where the lockfile is or will be.
func (l *Lockfile) Path() string { return l.path }

// SHA256 is the digest of the file's bytes as they were last read or written,
// in hexadecimal; empty when there is no file.
func (l *Lockfile) SHA256() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.digest
}

// Len is the number of entries.
func (l *Lockfile) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.entries)
}

// Get returns the entry for a target.
func (l *Lockfile) Get(t change.Target) (Entry, bool) {
	if e := l.find(t); e != nil {
		return *e, true
	}
	return Entry{}, false
}

// find is the entry for a target, or nil. It must not be changed.
func (l *Lockfile) find(t change.Target) *Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i, ok := l.index[t]; ok {
		return l.entries[i]
	}
	return nil
}

// Put sets the entry for its target. Times are kept in UTC to the second, and a
// state that a lockfile does not know as the one that comes closest. What a
// newer version wrote into the entry that it replaces stays.
func (l *Lockfile) Put(e Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put(e.normal())
}

// Record is Put for what became of an export. A copy stays on record when a move
// in its place was refused outright, for nothing was done to it: why the move was
// refused becomes the error of the copy's entry.
func (l *Lockfile) Record(e Entry) {
	if old := l.find(e.Target()); old != nil && old.copied() && e.refusedMove() {
		copied := *old
		copied.Error = e.Error
		e = copied
	}
	l.Put(e)
}

func (l *Lockfile) put(e Entry) {
	i, ok := l.index[e.Target()]
	if !ok {
		l.index[e.Target()] = len(l.entries)
		l.entries = append(l.entries, &e)
		l.sorted, l.dirty = false, true
		return
	}
	old := l.entries[i]
	if e.unknown == "" {
		e.unknown = old.unknown
	}
	if old.Equal(e) && old.unknown == e.unknown {
		return
	}
	l.entries[i] = &e
	l.dirty = true
}

// All is every entry there is when the iteration begins, sorted by volume,
// location and file.
func (l *Lockfile) All() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		l.mu.Lock()
		l.sort()
		entries := slices.Clone(l.entries)
		l.mu.Unlock()
		for _, e := range entries {
			if !yield(*e) {
				return
			}
		}
	}
}

// sort puts the entries in the file's order.
func (l *Lockfile) sort() {
	if l.sorted {
		return
	}
	slices.SortFunc(l.entries, func(a, b *Entry) int {
		return cmp.Or(
			cmp.Compare(a.Volume, b.Volume),
			cmp.Compare(a.Location, b.Location),
			cmp.Compare(a.File, b.File),
		)
	})
	for i, e := range l.entries {
		l.index[e.Target()] = i
	}
	l.sorted = true
}

// rehearsal is the member of a lockfile by which one of a rehearsal is told from
// one of real exports.
const rehearsal = `"rehearsal":true`

// Rehearsal reports whether results of a simulated platform are in the lockfile.
func (l *Lockfile) Rehearsal() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Contains(strings.Split(l.unknown, ",\n"), rehearsal)
}

// MarkRehearsal has the next Save that changes something say that results of a
// simulated platform are in the lockfile. They must never pass for real ones.
func (l *Lockfile) MarkRehearsal() {
	if l.Rehearsal() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unknown = strings.TrimPrefix(l.unknown+",\n"+rehearsal, ",\n")
}
