//go:build unix

package chaos

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"sbexport/internal/atomicfile"
	"sbexport/internal/cli"
)

// The points of an apply at which a life may end: the instants at which it makes
// a difference to the next run whether this one dies before or after. They are
// seen from outside, at the program's requests and at its calls to the system
// that change what is on disk.
const (
	pointLocked    = "run lock taken, journal not opened"
	pointOpened    = "journal opened"
	pointAppended  = "journal added to"
	pointIntended  = "intents durable, nothing sent"
	pointAnswered  = "answer received, not recorded"
	pointSaved     = "lockfile written"
	pointUnremoved = "lockfile written, journal not removed"
)

// points lists them, in the order in which an apply comes by them.
func points() []string {
	return []string{
		pointLocked, pointOpened, pointAppended, pointIntended, pointAnswered, pointSaved, pointUnremoved,
	}
}

// lookout sees one apply come by its points, and tells.
type lookout struct {
	tell func(point string)

	mu     sync.Mutex
	writes int  // how often the journal was brought to the disk
	opened bool // its directory was too, since it was made
}

// lookouts are those of the lives of this process, by the plan's directory.
var lookouts sync.Map

// watch has tell told of the points of an apply of the plan in a directory, until
// it is called off.
func watch(dir string, tell func(point string)) (l *lookout, callOff func()) {
	l = &lookout{tell: tell}
	lookouts.Store(dir, l)
	return l, func() { lookouts.Delete(dir) }
}

// at is the lookout over a directory, or one that tells nobody.
func at(dir string) *lookout {
	if abs, err := filepath.Abs(dir); err == nil {
		if l, ok := lookouts.Load(abs); ok {
			return l.(*lookout)
		}
	}
	return &lookout{tell: func(string) {}}
}

// overlook has the calls to the system seen that every lookout goes by.
func overlook() {
	system := atomicfile.System
	atomicfile.System.Sync = func(s atomicfile.Syncer) error {
		sync := func() error { return system.Sync(s) }
		f, ok := s.(*os.File)
		if !ok {
			return sync()
		}
		switch dir, name := filepath.Split(f.Name()); name {
		case journalName:
			return at(filepath.Dir(filepath.Clean(dir))).journal(sync)
		case stateName:
			return at(dir).stateDir(sync)
		}
		return sync()
	}
	atomicfile.System.Rename = func(from, to string) error {
		err := system.Rename(from, to)
		if dir, name := filepath.Split(to); name == lockName {
			at(dir).tell(pointSaved)
		}
		return err
	}
	atomicfile.System.Remove = func(name string) error {
		if dir, base := filepath.Split(name); base == journalName {
			at(filepath.Dir(filepath.Clean(dir))).tell(pointUnremoved)
		}
		return system.Remove(name)
	}
}

// journal sees the journal brought to the disk: when it is opened, and whenever
// something was added.
func (l *lookout) journal(sync func() error) error {
	l.mu.Lock()
	l.writes++
	first := l.writes == 1
	l.mu.Unlock()
	if first {
		l.tell(pointLocked)
		return sync()
	}
	err := sync()
	l.tell(pointAppended)
	return err
}

// stateDir sees the journal's directory brought to the disk.
func (l *lookout) stateDir(sync func() error) error {
	err := sync()
	l.mu.Lock()
	now := l.writes == 1 && !l.opened
	l.opened = l.opened || now
	l.mu.Unlock()
	if now {
		l.tell(pointOpened)
	}
	return err
}

// submissions is the platform, with the points around each submission told.
type submissions struct {
	http.RoundTripper
	lookout *lookout
}

// RoundTrip carries a request to the platform.
func (s submissions) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPost || !strings.Contains(r.URL.Path, "/storage/exports") || strings.HasSuffix(r.URL.Path, "/get") {
		return s.RoundTripper.RoundTrip(r)
	}
	s.lookout.tell(pointIntended)
	response, err := s.RoundTripper.RoundTrip(r)
	s.lookout.tell(pointAnswered)
	return response, err
}

// An apply comes by every point, in this order: were one no longer seen, nobody
// would die there any more.
func TestEveryPointIsSeen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := moves(3, quick)
	writePlan(t, dir, s)
	synctest.Test(t, func(t *testing.T) {
		h := &host{dir: dir, transport: newPlatform(t, s.seed(false)).Transport()}
		var mu sync.Mutex
		var seen []string
		code, out := h.apply(t.Context(), func(point string) {
			mu.Lock()
			defer mu.Unlock()
			if !slices.Contains(seen, point) {
				seen = append(seen, point)
			}
		})
		if code != cli.ExitOK || !slices.Equal(seen, points()) {
			t.Errorf("exit %d, and the points were %q:\n%s", code, seen, out)
		}
	})
}
