//go:build unix

package chaos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/cli"
	"sbexport/internal/platform"
	"sbexport/internal/simulator"
	"sbexport/internal/state"
)

// host is a process that can be taken away from a running apply: what the
// program sends and writes after that does not reach the world.
type host struct {
	dir       string
	transport http.RoundTripper
	saved     bool // a saved plan is applied

	mu     sync.Mutex
	cancel context.CancelFunc
	left   map[string][]byte // the files at the instant of the death; nil while it lives
}

var errDead = errors.New("the process is dead")

// RoundTrip carries a request to the platform as long as there is a process.
func (h *host) RoundTrip(r *http.Request) (*http.Response, error) {
	if h.dead() {
		return nil, errDead
	}
	return h.transport.RoundTrip(r)
}

// apply applies the plan in this process, or the saved plan if there is one.
func (h *host) apply(ctx context.Context, crash func(string), args ...string) (int, string) {
	if h.saved {
		args = append(args, filepath.Join(h.dir, savedName))
	}
	return h.run(ctx, crash, "apply", append(args, "-y")...)
}

// save saves the plan.
func (h *host) save(ctx context.Context) error {
	out := ""
	for range mostLives {
		code := 0
		if code, out = h.run(ctx, nil, "plan", "--out", filepath.Join(h.dir, savedName)); code == cli.ExitOK {
			h.saved = true
			return nil
		}
	}
	return fmt.Errorf("the plan could not be saved in %d tries:\n%s", mostLives, out)
}

// run runs the program in this process.
func (h *host) run(ctx context.Context, crash func(string), command string, args ...string) (int, string) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h.mu.Lock()
	h.cancel = cancel
	h.mu.Unlock()
	env := map[string]string{"SB_API_ENDPOINT": "http://127.0.0.1/v2", "SB_AUTH_TOKEN": "simulator"}
	if crash == nil {
		crash = func(string) {}
	}
	watched, callOff := watch(h.dir, crash)
	defer callOff()
	var out bytes.Buffer
	args = append([]string{command, "-f", filepath.Join(h.dir, planName)}, args...)
	code := cli.Main(ctx, args, cli.Streams{
		In: strings.NewReader(""), Out: &out, Err: &out,
		Getenv:    func(k string) string { return env[k] },
		LookupEnv: func(k string) (string, bool) { v, ok := env[k]; return v, ok },
		Transport: submissions{h, watched},
	})
	return code, out.String()
}

// twin is what an undisturbed run has made of a scenario.
type twin struct {
	platform string
	lock     map[change.Target]state.Entry
}

// undisturbed runs a scenario without any trouble, in virtual time.
func (s scenario) undisturbed(t *testing.T) (result twin) {
	t.Helper()
	dir := t.TempDir()
	writePlan(t, dir, s)
	synctest.Test(t, func(t *testing.T) {
		server := newPlatform(t, s.seed(false))
		h := &host{dir: dir, transport: server.Transport()}
		var texts [2]string
		for i := range texts {
			code, out := h.apply(t.Context(), nil, "--retries", "3")
			if i == 0 && !s.settled(dir) { // there is a job of which only time shows what it did
				time.Sleep(platform.AliasLag)
				code, out = h.apply(t.Context(), nil, "--retries", "3")
			}
			if code != cli.ExitOK && code != cli.ExitIncomplete {
				t.Fatalf("an undisturbed apply: exit %d\n%s", code, out)
			}
			text, err := os.ReadFile(filepath.Join(dir, lockName))
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			texts[i] = string(text)
		}
		if texts[0] != texts[1] {
			t.Fatalf("the second apply has changed the lockfile:\n%s\n%s", texts[0], texts[1])
		}
		lock, err := s.entries(dir)
		if err != nil {
			t.Fatal(err)
		}
		result = twin{string(server.Snapshot(simulator.Detail{})), lock}
		if err := s.verdict(server, dir, result); err != nil {
			t.Fatalf("an undisturbed apply: %v", err)
		}
	})
	return result
}

func newPlatform(t *testing.T, text string, o ...simulator.Option) *simulator.Server {
	t.Helper()
	seed, err := simulator.ParseSeed("seed.yaml", []byte(text), ".")
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	server, err := simulator.New(seed, o...)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return server
}

func writePlan(t *testing.T, dir string, s scenario) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, planName), []byte(s.plan()), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (h *host) dead() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.left != nil
}

// die ends the process at this instant. The journal is read before the
// directory that the lockfile is in: the lockfile may be newer than the journal,
// and not the reverse.
func (h *host) die() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.left != nil {
		return nil
	}
	h.left = map[string][]byte{}
	defer h.cancel()
	for _, dir := range []string{filepath.Join(h.dir, ".sbexport"), h.dir} {
		if err := h.keepFiles(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// keepFiles remembers the files of a directory.
func (h *host) keepFiles(dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.IsDir() {
			continue
		}
		path := filepath.Join(dir, f.Name())
		switch text, err := os.ReadFile(path); {
		case err == nil:
			h.left[path] = text
		case !errors.Is(err, os.ErrNotExist): // it may have been removed this instant
			return err
		}
	}
	return nil
}

// bury puts the files back as they were at the instant of the death, if there
// was one.
func (h *host) bury() error {
	if !h.dead() {
		return nil
	}
	if err := os.RemoveAll(h.dir); err != nil {
		return err
	}
	for path, text := range h.left {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return fmt.Errorf("putting a file back: %w", err)
		}
	}
	h.left = nil
	return nil
}
