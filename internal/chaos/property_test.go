//go:build unix

package chaos

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"sbexport/internal/cli"
	"sbexport/internal/simulator"
)

// In virtual time, where thousands of deaths take seconds: whatever the plan,
// the platform, the faults and the instants at which the process is taken away,
// the end is that of an undisturbed run.
func TestEveryDeathInVirtualTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		d := rapidDice{rt}
		s := anyScenario(d)
		deaths := make([]life, d.draw("deaths", 6))
		for i := range deaths {
			deaths[i] = anyDeath(d)
		}
		twin := s.undisturbed(t)
		if err := s.outlived(t, deaths, twin); err != nil {
			rt.Fatalf("%v\nplan:\n%s\nseed:\n%s", err, s.plan(), s.seed(true))
		}
	})
}

// anyDeath draws a way to die that a process without signals knows.
func anyDeath(d dice) life {
	if oneIn(d, "at a point", 2) {
		return life{point: pick(d, "point", points()...), pass: 1 + d.draw("pass", 4)}
	}
	return life{after: anyMoment(d)}
}

// outlived takes a scenario to its end in a bubble, one life for each death and
// then as many as it takes.
func (s scenario) outlived(t *testing.T, deaths []life, twin twin) (err error) {
	t.Helper()
	dir := t.TempDir()
	writePlan(t, dir, s)
	synctest.Test(t, func(t *testing.T) {
		server := newPlatform(t, s.seed(true))
		h := &host{dir: dir, transport: server.Transport()}
		if s.saved {
			if err = h.save(t.Context()); err != nil {
				return
			}
		}
		var told strings.Builder
		for n := range mostLives {
			var l life
			if n < len(deaths) {
				l = deaths[n]
			}
			code, out := h.live(t, l)
			fmt.Fprintf(&told, "--- life %d, %+v: exit %d\n%s", n, l, code, out)
			died := h.dead()
			if err = h.bury(s.keep); err != nil {
				return
			}
			if died || code == cli.ExitError {
				continue
			}
			if code != cli.ExitOK && code != cli.ExitIncomplete {
				err = fmt.Errorf("exit %d\n%s", code, told.String())
				return
			}
			if settled(dir) {
				if err = h.nothingLeft(t, server); err == nil {
					err = s.verdict(server, dir, twin)
				}
				if err != nil {
					err = fmt.Errorf("%w\n%s", err, told.String())
				}
				return
			}
		}
		err = fmt.Errorf("no end in %d lives\n%s", mostLives, told.String())
	})
	return err
}

// live is one life in this process.
func (h *host) live(t *testing.T, l life) (int, string) {
	t.Helper()
	if l.after > 0 {
		timer := time.AfterFunc(l.after, func() {
			if err := h.die(); err != nil {
				t.Error(err)
			}
		})
		defer timer.Stop()
	}
	var passes atomic.Int64
	return h.apply(t.Context(), func(point string) {
		if l.point != "" && point == l.point && passes.Add(1) == int64(l.pass) {
			if err := h.die(); err != nil {
				t.Error(err)
			}
		}
	}, append(l.flags, "--poll-min", "20ms", "--settle", "2s", "--retries", "3", "--rate-reserve", "2")...)
}

// nothingLeft makes sure that another apply does nothing.
func (h *host) nothingLeft(t *testing.T, server *simulator.Server) error {
	t.Helper()
	lock := filepath.Join(h.dir, lockName)
	before, _ := os.ReadFile(lock)
	jobs := server.Counters()["items submitted"] + server.Counters()["items refused"]
	code := cli.ExitError
	for n := 0; n < mostLives && code == cli.ExitError; n++ {
		code, _ = h.live(t, life{})
	}
	after, _ := os.ReadFile(lock)
	now := server.Counters()["items submitted"] + server.Counters()["items refused"]
	switch {
	case code != cli.ExitOK && code != cli.ExitIncomplete:
		return fmt.Errorf("the last apply has ended with exit %d", code)
	case now != jobs:
		return fmt.Errorf("the last apply has submitted %d files", now-jobs)
	case string(before) != string(after):
		return fmt.Errorf("the last apply has changed the lockfile:\n%s\n%s", before, after)
	}
	return nil
}
