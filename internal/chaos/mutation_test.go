//go:build unix

package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/cli"
	"sbexport/internal/simulator"
)

// longest is how long a run may take, of which the most is the half hour that
// an outage is waited for.
const longest = 3 * time.Hour

// A platform that answers nonsense now and then: no run breaks down or hangs,
// none records what is not so, and none says that all is done when it is not.
// What the answers did not betray it cannot know, so everything that the
// project holds is wanted, and every list tells its total.
func TestMutatedAnswers(t *testing.T) {
	t.Parallel()
	total := 0
	for n := 0; total < *mutations; n++ {
		t.Run(fmt.Sprint("run ", n), func(t *testing.T) {
			s := nonsense(randomDice{rand.New(rand.NewPCG(*seed, uint64(n)))})
			mutated, err := s.heard(t)
			total += mutated
			if err != nil {
				t.Errorf("%v\nplan:\n%s\nseed:\n%s", err, s.plan(), s.seed(true))
			}
		})
		if t.Failed() {
			return
		}
	}
}

// nonsense draws a scenario in which answers are mutated.
func nonsense(d dice) scenario {
	s := anyScenario(d)
	s.memory, s.saved, s.aliasLag, s.listLag = kept, false, 0, 0
	s.quirks = slices.DeleteFunc(s.quirks, func(q string) bool { return q == "no_total_header" })
	s.faults = []string{fmt.Sprintf("- {match: %q, probability: 0.%d, times: %d, action: mutate}",
		pick(d, "match", "**", "**", "GET **", "POST **", create), 1+d.draw("probability", 6), 2+d.draw("times", 12))}
	if oneIn(d, "short list", 3) {
		s.faults = append(s.faults, fmt.Sprintf("- {match: GET /files, probability: 0.%d, times: %d, action: %s}", 3+d.draw("probability", 7),
			1+d.draw("times", 4), pick(d, "action", "lose_item", "short_page", "empty_page", "null_items", "no_links")))
	}
	s.folders = s.folders[:1]
	s.folders[0].project, s.folders[0].byID, s.folders[0].everything = "me/lab", false, true
	return s
}

// heard plans and applies a scenario, and says how many answers were mutated.
func (s scenario) heard(t *testing.T) (mutated int, err error) {
	t.Helper()
	dir := t.TempDir()
	writePlan(t, dir, s)
	synctest.Test(t, func(t *testing.T) {
		server := newPlatform(t, s.seed(true), simulator.WithObserver(func(r simulator.Request) {
			if r.Fault == "mutate" && r.Status < 300 {
				mutated++
			}
		}))
		h := &host{dir: dir, transport: server.Transport()}
		ctx, cancel := context.WithTimeout(t.Context(), longest)
		defer cancel()
		var told strings.Builder
		for _, command := range []string{"plan", "apply", "apply"} {
			args := []string{}
			if command == "apply" {
				args = append(args, "-y", "--retries", "3", "--settle", patience.String())
			}
			code, out := h.run(ctx, nil, command, args...)
			fmt.Fprintf(&told, "--- %s: exit %d\n%s", command, code, out)
			if wrong := s.unheard(ctx, server, dir, command, code, out); wrong != nil {
				err = fmt.Errorf("%w\n%s", wrong, told.String())
				return
			}
		}
	})
	return mutated, err
}

// unheard is what must not be after a run, whatever it has heard.
func (s scenario) unheard(ctx context.Context, server *simulator.Server, dir, command string, code int, out string) error {
	switch {
	case strings.Contains(out, "internal error") || strings.Contains(out, "panic"):
		return fmt.Errorf("the program broke down")
	case ctx.Err() != nil:
		return fmt.Errorf("the program has not ended in %v", longest)
	case code != cli.ExitOK && code != cli.ExitError && code != cli.ExitIncomplete:
		return fmt.Errorf("exit %d", code)
	}
	if command == "plan" {
		return nil
	}
	if err := honest(server, dir, true); err != nil || code != cli.ExitOK {
		return err
	}
	is := truthOf(server)
	for to, end := range s.endings() {
		if f := is.files[to.File]; end.State == "COMPLETED" && f.Volume == "" && !is.copied(to.File) {
			return fmt.Errorf("exit 0, and %s is nowhere", f.Path)
		}
	}
	return nil
}
