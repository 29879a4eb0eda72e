//go:build unix

package chaos

import (
	"errors"
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
	"sbexport/internal/platform"
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
			rt.Fatalf("%v\n%v\nplan:\n%s\nseed:\n%s", s, err, s.plan(), s.seed(true))
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
	here, there := t.TempDir(), t.TempDir()
	writePlan(t, here, s)
	synctest.Test(t, func(t *testing.T) {
		server := newPlatform(t, s.seed(true))
		h := &host{dir: here, transport: server.Transport()}
		if s.saved {
			if err = h.save(t.Context()); err != nil {
				return
			}
		}
		var told strings.Builder
		defer func() {
			if err != nil {
				err = fmt.Errorf("%w\n%s", err, told.String())
			}
		}()
		for n := range mostLives {
			var l life
			if n < len(deaths) {
				l = deaths[n]
			}
			before := server.Counters()["faults"]
			code, out := h.live(t, l)
			fmt.Fprintf(&told, "--- life %d, %+v: exit %d\n%s", n, l, code, out)
			died := h.dead()
			if err = h.bury(); err != nil {
				return
			}
			if err = honest(server, h.dir, false); err != nil {
				return
			}
			ended := !died && (code == cli.ExitOK || code == cli.ExitIncomplete)
			switch {
			case ended && s.settled(h.dir):
				err = s.concluded(t, h, there, server, twin)
				return
			case ended && server.Counters()["faults"] == before && s.knows():
				err = errors.New("the apply has ended by itself, without any trouble, and not said the last word about every file")
				return
			case !died && !ended && code != cli.ExitError && !s.tooSoon(code):
				err = fmt.Errorf("exit %d", code)
				return
			case s.tooSoon(code):
				time.Sleep(patience)
			}
			if ended {
				time.Sleep(platform.LastWord(patience)) // of some jobs only time shows what they did
			}
			if h.dir, there, err = s.memory.next(h.dir, there); err != nil {
				return
			}
		}
		err = fmt.Errorf("no end in %d lives", mostLives)
	})
	return err
}

// concluded makes sure that what has come to its end is at its end, wherever it
// is looked at.
func (s scenario) concluded(t *testing.T, h *host, there string, server *simulator.Server, twin twin) error {
	t.Helper()
	if err := s.verdict(server, h.dir, twin); err != nil {
		return err
	}
	if err := s.nothingLeft(t, h, server); err != nil {
		return err
	}
	if s.memory == machines {
		var err error
		if h.dir, _, err = s.memory.next(h.dir, there); err != nil {
			return err
		}
		if code, out := h.live(t, life{}); code != cli.ExitOK && code != cli.ExitIncomplete && code != cli.ExitError {
			return fmt.Errorf("on the other machine: exit %d\n%s", code, out)
		}
	}
	return s.verdict(server, h.dir, twin)
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
	}, append(l.flags, "--poll-min", "20ms", "--settle", patience.String(), "--retries", "3", "--rate-reserve", "2")...)
}

// nothingLeft makes sure that another apply does nothing. Whoever does not know
// how a job was submitted that has failed may try once for himself.
func (s scenario) nothingLeft(t *testing.T, h *host, server *simulator.Server) error {
	t.Helper()
	if s.memory != kept {
		h.live(t, life{})
	}
	lock := filepath.Join(h.dir, lockName)
	before, _ := os.ReadFile(lock)
	jobs := sent(server)
	code := cli.ExitError
	for n := 0; n < mostLives && code == cli.ExitError; n++ {
		code, _ = h.live(t, life{})
	}
	after, _ := os.ReadFile(lock)
	switch now := sent(server); {
	case code != cli.ExitOK && code != cli.ExitIncomplete:
		return fmt.Errorf("the last apply has ended with exit %d", code)
	case now != jobs:
		return fmt.Errorf("the last apply has submitted %d files", now-jobs)
	case string(before) != string(after):
		return fmt.Errorf("the last apply has changed the lockfile:\n%s", changed(before, after))
	}
	return nil
}
