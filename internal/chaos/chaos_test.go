//go:build unix

package chaos

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sbexport/internal/cli"
	"sbexport/internal/simulator"
)

const savedName = "saved.json"

const (
	// longRun is how many lives a run takes that has all the time there is.
	longRun = 1000
	// livesEach is about how many lives a scenario takes, or a little less.
	livesEach = 3
	// mostLives is how many a scenario may take.
	mostLives = 60
)

// Whatever a run dies of, and however often, running it again ends where an
// undisturbed run would have.
func TestChaos(t *testing.T) {
	t.Parallel()
	most := *lives
	if testing.Short() {
		most = min(most, 6)
	}
	f := newFigures()
	scenario := func(i int) {
		name := fmt.Sprintf("scenario=%d", i)
		failed := !t.Run(name, func(t *testing.T) {
			t.Logf("to repeat: go test ./internal/chaos -run TestChaos -seed %d -kills %d -scenario %d", *seed, *kills, i)
			outlive(t, f, randomDice{rand.New(rand.NewPCG(*seed, uint64(i)))})
		})
		f.scenario(failed)
	}
	if *only >= 0 {
		scenario(*only)
	} else {
		var next atomic.Int64
		var workers sync.WaitGroup
		for range *parallel {
			workers.Go(func() {
				for i := int(next.Add(1)); (i-1)*livesEach < most; i = int(next.Add(1)) {
					scenario(i)
				}
			})
		}
		workers.Wait()
	}
	_, _ = fmt.Fprintf(os.Stdout, "seed %d: %v", *seed, f) // seen where the test is run for its figures
}

// saga is a scenario as it goes on, life after life.
type saga struct {
	scenario
	world
	dice    dice
	figures *figures
	server  *simulator.Server
	args    []string
	there   string          // where the other machine is
	told    strings.Builder // what happened, for a test that fails
}

// outlive draws a scenario and takes it to its end.
func outlive(t *testing.T, f *figures, d dice) {
	t.Helper()
	s := &saga{scenario: anyScenario(d), dice: d, figures: f}
	if *lives < longRun {
		s.hasten()
	}
	twin := s.undisturbed(t)
	s.server = newPlatform(t, s.seed(true), simulator.WithObserver(f.request))
	web := httptest.NewServer(s.server)
	defer web.Close()
	s.world = world{dir: t.TempDir(), endpoint: web.URL + "/v2", token: "simulator"}
	s.there = t.TempDir()
	writePlan(t, s.dir, s.scenario)
	defer func() {
		if t.Failed() {
			t.Logf("%v\nplan:\n%s\nseed:\n%s\nlives:\n%s", s.scenario, s.plan(), s.seed(true), s.told.String())
		}
	}()
	s.args = []string{"apply", "-f", planName, "-y", "--poll-min", "20ms", "--settle", patience.String(), "--retries", "3", "--rate-reserve", "2"}
	if s.saved {
		s.save(t)
	}
	s.lives(t)
	if err := s.verdict(s.server, s.dir, twin); err != nil {
		t.Fatal(err)
	}
	s.rest(t)
	if s.memory == machines {
		s.move(t)
		fmt.Fprintf(&s.told, "--- on the other machine: %v\n", s.live(t, life{}, s.args...))
	}
	if err := s.verdict(s.server, s.dir, twin); err != nil {
		t.Fatal(err)
	}
}

// save saves a plan, which takes as many tries as it takes.
func (s *saga) save(t *testing.T) {
	t.Helper()
	for range mostLives {
		if d := s.live(t, life{}, "plan", "-f", planName, "--out", savedName); d.code == cli.ExitOK {
			s.args = slices.Replace(s.args, 1, 4, savedName)
			return
		}
	}
	t.Fatalf("the plan could not be saved in %d tries", mostLives)
}

// lives goes on until a life has ended by itself and said the last word about
// every file.
func (s *saga) lives(t *testing.T) {
	t.Helper()
	for n := range mostLives {
		var l life
		if n < *kills {
			l = anyLife(s.dice)
		}
		before := s.server.Counters()["faults"]
		d := s.live(t, l, s.args...)
		s.figures.lived(l, d)
		fmt.Fprintf(&s.told, "--- life %d, %s: %v\n", n, l.cause(), d)
		if s.tooSoon(d.code) {
			time.Sleep(patience)
		} else if wrong := l.expected(d); wrong != "" {
			t.Fatalf("life %d (%s): %s: %v", n, l.cause(), wrong, d)
		}
		if err := honest(s.server, s.dir, false); err != nil {
			t.Fatal(err)
		}
		if (d.code == cli.ExitOK || d.code == cli.ExitIncomplete) && len(l.flags) == 0 {
			if s.settled(s.dir) {
				return
			}
			if s.server.Counters()["faults"] == before && s.knows() {
				t.Fatalf("life %d has ended by itself, without any trouble, and not said the last word about every file: %v", n, d)
			}
		}
		s.move(t)
	}
	t.Fatalf("the run has not come to its end in %d lives", mostLives)
}

// move makes what the memory leaves to the next life.
func (s *saga) move(t *testing.T) {
	t.Helper()
	var err error
	if s.dir, s.there, err = s.memory.next(s.dir, s.there); err != nil {
		t.Fatal(err)
	}
}

// rest makes sure that there is nothing left to do.
func (s *saga) rest(t *testing.T) {
	t.Helper()
	if s.memory != kept { // see nothingLeft
		s.live(t, life{}, s.args...)
	}
	before, jobs := s.lockfile(t), sent(s.server)
	for range mostLives {
		d := s.live(t, life{}, s.args...)
		fmt.Fprintf(&s.told, "--- the last life: %v\n", d)
		if d.code == cli.ExitError { // what is left of the faults
			continue
		}
		if d.code != cli.ExitOK && d.code != cli.ExitIncomplete {
			t.Fatalf("the last apply: %v", d)
		}
		if n := sent(s.server) - jobs; n != 0 {
			t.Errorf("the last apply has submitted %d files", n)
		}
		if after := s.lockfile(t); !bytes.Equal(before, after) {
			t.Errorf("the last apply has changed the lockfile:\n%s", changed(before, after))
		}
		return
	}
	t.Fatalf("the last apply has failed %d times", mostLives)
}

func (s *saga) lockfile(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, lockName))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return text
}

// sent counts the items that were sent, whatever became of them.
func sent(server *simulator.Server) int {
	c := server.Counters()
	return c["items submitted"] + c["items refused"]
}
