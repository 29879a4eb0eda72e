package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/atomicfile"
	"sbexport/internal/change"
	"sbexport/internal/view"
	"sbexport/plan"
)

const rehearsalSeed = `
user: me
projects: [{id: me/p, files: [{path: a.bam}]}]
volumes: [{id: me/v}]
behavior: {jobs: {pending: 0s, duration: 20ms}}
`

const rehearsalPlan = `{version: 1, project: me/p, volume: me/v, exports: [{match: "**", to: "{path}"}]}`

// A lockfile that cannot be replaced is noticed before the first submission, not
// when the results are to be written into it.
func TestNothingIsSubmittedThatCannotBeRecorded(t *testing.T) {
	system := atomicfile.System
	t.Cleanup(func() { atomicfile.System = system })
	isLockfile := func(name string) bool { return strings.Contains(filepath.Base(name), "sbexport.lock.json") }
	for what, fail := range map[string]func(){
		"a full disk": func() {
			atomicfile.System.Sync = func(s atomicfile.Syncer) error {
				if f, ok := s.(*os.File); ok && isLockfile(f.Name()) {
					return syscall.ENOSPC
				}
				return system.Sync(s)
			}
		},
		"a file that must stay": func() {
			atomicfile.System.Rename = func(from, to string) error {
				if isLockfile(to) {
					return syscall.EPERM
				}
				return system.Rename(from, to)
			}
		},
	} {
		dir := t.TempDir()
		const before = `{"lockfile_version":1,"exports":[]}`
		for name, text := range map[string]string{"seed.yaml": rehearsalSeed, "sbexport.yaml": rehearsalPlan, "sbexport.lock.json": before} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		fail()
		got := program(t, dir, nil, "apply", "-y", "--simulator", "seed.yaml").want(t, ExitError)
		atomicfile.System = system
		if !strings.Contains(got.err, "nothing was submitted") {
			t.Errorf("%s: %s", what, got.err)
		}
		state, err := os.ReadFile(filepath.Join(dir, ".sbexport", "simulator-seed.jsonl"))
		if err != nil || strings.Contains(string(state), "a.bam") {
			t.Errorf("%s: %v, the platform has seen %s", what, err, state)
		}
		if text, err := os.ReadFile("sbexport.lock.json"); err != nil || string(text) != before {
			t.Errorf("%s: the lockfile says %s (%v)", what, text, err)
		}
		program(t, dir, nil, "apply", "-y", "--simulator", "seed.yaml", "--poll-min", "20ms").want(t, ExitOK)
	}
}

// A question that nobody answers is given up when its time is over.
func TestTheQuestionEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent, hangUp := io.Pipe()
		defer hangUp.Close() //nolint:errcheck // it ends the reading
		w := &applying{
			app: &app{streams: Streams{In: silent, InTTY: true}, term: view.NewTerminal(io.Discard, io.Discard, view.TerminalOptions{
				NoColor: true, Getenv: func(string) string { return "" },
			})},
			flags: &applyCmd{}, plan: &plan.Plan{}, remote: &remote{},
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		err := w.Agree(ctx, &change.Changeset{Actions: []change.Action{{Kind: change.Export}}})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Minute {
			t.Errorf("left after %v: %v", time.Since(began), err)
		}
	})
}

// One file has many names, and one that is not there yet will have.
func TestSameFile(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	here, err := os.Getwd()
	if err == nil {
		err = os.Symlink("a", "link")
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"a", "./a", true},
		{"a", "link", true},
		{"a", filepath.Join(here, "a"), true},
		{"a", "b", false},
		{"new", "./new", true},
		{"new", filepath.Join(here, "new"), true},
		{"new", "newer", false},
		{"a", "new", false},
	} {
		if sameFile(c.a, c.b) != c.want || sameFile(c.b, c.a) != c.want {
			t.Errorf("%q and %q: want %v", c.a, c.b, c.want)
		}
	}
}

// A command that was told to leave gets some time to, and no more.
func TestPatienceWithACommand(t *testing.T) {
	for _, c := range []struct {
		graceful bool
		signals  int
		patience time.Duration // 0 for all the time it wants
	}{{false, 1, firstPatience}, {false, 2, secondPatience}, {true, 1, 0}, {true, 2, secondPatience}} {
		synctest.Test(t, func(t *testing.T) {
			in := newInterrupts(t.Context())
			defer in.close()
			if c.graceful && !in.leaveGracefully(func(os.Signal) {}) {
				t.Error("there was no signal")
			}
			for n := range c.signals {
				in.received(syscall.SIGTERM, n+1)
			}
			if ended := in.ctx.Err() != nil; ended != (c.patience > 0) {
				t.Errorf("%+v: the context has ended: %v", c, ended)
			}
			began := time.Now()
			select {
			case <-in.overdue:
			case <-time.After(time.Hour):
			}
			if c.patience == 0 {
				c.patience = time.Hour
			}
			if got := time.Since(began); got != c.patience || in.exit() != ExitTerminated {
				t.Errorf("%+v: exit %d after %v", c, in.exit(), got)
			}
		})
	}
}
