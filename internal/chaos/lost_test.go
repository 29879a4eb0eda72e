//go:build unix

package chaos

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"sbexport/internal/cli"
)

// moves is a scenario of files that are moved and of nothing else, on a platform
// with this behavior.
func moves(count int, behavior ...string) scenario {
	f := folder{name: "d0", rules: treatments[0]}
	for n := range count {
		f.files = append(f.files, file{id: fmt.Sprintf("%024x", n+1), path: fmt.Sprintf("d0/f%d.bam", n+1)})
	}
	return scenario{folders: []folder{f}, behavior: behavior}
}

// With the journal and without a lockfile there is only the platform to ask. Its
// jobs end while it is asked: one that was open when the files were listed, and
// has ended when the jobs are, must not be overlooked.
func TestJobsThatEndWhileTheNextRunLooks(t *testing.T) {
	t.Parallel()
	s := moves(60, "  jobs: {pending: 0ms, duration: {min: 500ms, max: 700ms}", "  latency: 150ms")
	twin := s.undisturbed(t)
	if err := s.outlived(t, []life{{point: pointAnswered, pass: 1}}, twin); err != nil {
		t.Fatal(err)
	}
}

// A copy whose object is gone is made again. Should the run that does so die,
// its job is not forgotten because the lockfile says that the copy is made.
func TestDeathWhileACopyIsMadeAgain(t *testing.T) {
	t.Parallel()
	s := moves(3, "  jobs: {pending: 0ms, duration: 20s")
	s.folders[0].rules = treatments[1]
	dir := t.TempDir()
	writePlan(t, dir, s)
	synctest.Test(t, func(t *testing.T) {
		server := newPlatform(t, s.seed(true))
		h := &host{dir: dir, transport: server.Transport()}
		check := []string{"--check-volume"}
		live := func(l life) {
			t.Helper()
			if code, out := h.live(t, l); code != cli.ExitOK && !h.dead() {
				t.Fatalf("exit %d\n%s", code, out)
			}
			if err := h.bury(); err != nil {
				t.Fatal(err)
			}
		}
		live(life{})
		if err := server.RemoveObject("me/two", "c/d0/f1.bam"); err != nil {
			t.Fatal(err)
		}
		live(life{point: pointAppended, pass: 2, flags: check})
		live(life{flags: check})
		if v := server.Violations(); len(v) > 1 || len(v) == 1 && !strings.Contains(v[0], "exported to one place 2 times") {
			t.Errorf("the platform has seen what it must never see: %q", v)
		}
		if got := server.Counters()["items submitted"]; got != 4 {
			t.Errorf("%d files were submitted, want 3 and the one whose object was gone", got)
		}
		if err := s.sound(dir); err != nil {
			t.Error(err)
		}
	})
}
