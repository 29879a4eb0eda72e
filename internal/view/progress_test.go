package view

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"sbexport/executor"
	"sbexport/internal/change"
	"sbexport/internal/platform"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// screen collects what is written, and counts the writes.
type screen struct {
	mu     sync.Mutex
	b      bytes.Buffer
	writes int
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	return s.b.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// seen is what a terminal shows after text was written to it: the lines, with
// carriage returns and erasures obeyed.
func seen(text string) []string {
	var lines []string
	line, at := []rune(nil), 0
	for len(text) > 0 {
		if rest, ok := strings.CutPrefix(text, eraseRight); ok {
			line, text = line[:at], rest
			continue
		}
		r := []rune(text)[0]
		text = text[len(string(r)):]
		switch r {
		case '\n':
			lines = append(lines, string(line))
			line, at = nil, 0
		case '\r':
			at = 0
		default:
			line = append(line[:at], append([]rune{r}, line[min(at+1, len(line)):]...)...)
			at++
		}
	}
	return append(lines, string(line))
}

func finish(tally *Tally, p *Progress, a *change.Action) {
	for _, e := range []executor.Event{{Type: executor.Submitted, Action: a}, {Type: executor.FileDone, Action: a}} {
		tally.Event(e)
		p.Event(e)
	}
}

func TestLiveProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := many(100)
		tally := NewTally(c.Actions)
		var s screen
		reset := time.Now().Add(200 * time.Second)
		p := NewProgress(Stream{W: &s, TTY: true, Live: true, size: fixed(200)}, ProgressOptions{
			Tally:  tally,
			Budget: func() platform.Budget { return platform.Budget{Known: true, Limit: 1000, Remaining: 812, Reset: reset} },
		})
		for i := range 50 {
			finish(tally, p, &c.Actions[i])
			time.Sleep(time.Second)
		}
		submitted := executor.Event{Type: executor.Submitted, Action: &c.Actions[50]}
		tally.Event(submitted)
		p.Event(submitted)
		time.Sleep(redrawEvery)
		synctest.Wait()
		now := seen(s.String())
		want := []string{"[##########----------] 50% 50 of 100 files in 0:50, less than a minute left, 1 job open, 1.3 GB of 2.5 GB, 812 API requests left, resets in 2 min 29 s"}
		if diff := cmp.Diff(want, now); diff != "" {
			t.Errorf("on the screen (-want +got):\n%s", diff)
		}

		failed := executor.Event{Type: executor.FileFailed, Action: &c.Actions[50], Err: &platform.Error{Code: 9107}}
		tally.Event(failed)
		p.Event(failed)
		synctest.Wait()
		now = seen(s.String())
		if len(now) != 2 || !strings.HasPrefix(now[0], "failed results/file-000050.bam → ") || !strings.Contains(now[1], " 50% 50 of 100") {
			t.Errorf("the failure is not above the live line: %q", now)
		}

		p.Stop()
		if now = seen(s.String()); len(now) != 2 || now[1] != "" {
			t.Errorf("the live line is still there: %q", now)
		}
		p.Stop()
	})
}

func TestLiveLineIsRedrawnRarelyAndFits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := many(5000)
		tally := NewTally(c.Actions)
		var s screen
		p := NewProgress(Stream{W: &s, TTY: true, Live: true, size: fixed(40)}, ProgressOptions{Tally: tally})
		for i := range c.Actions {
			finish(tally, p, &c.Actions[i])
			time.Sleep(time.Millisecond)
		}
		synctest.Wait()
		if limit := 5*10 + 1; s.writes > limit || s.writes < limit/2 {
			t.Errorf("%d writes in 5 s", s.writes)
		}
		p.Stop()
		for _, line := range strings.FieldsFunc(s.String(), func(r rune) bool { return r == '\r' || r == '\n' }) {
			if w := width(strings.TrimSuffix(line, eraseRight)); w >= 40 {
				t.Errorf("a line of %d columns: %q", w, line)
			}
		}
	})
}

func TestProgressInAPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := many(100)
		tally := NewTally(c.Actions)
		var s screen
		p := NewProgress(Stream{W: &s}, ProgressOptions{Tally: tally})
		time.Sleep(time.Second / 2) // so that no file ends just when a line is due
		for i := range c.Actions {
			finish(tally, p, &c.Actions[i])
			time.Sleep(time.Second)
		}
		p.Stop()
		want := []string{
			"0% 0 of 100 files, 0 jobs open, 0 B of 2.5 GB",
			"30% 30 of 100 files in 0:30, about 1 min left, 0 jobs open, 750 MB of 2.5 GB",
			"60% 60 of 100 files in 1:00, less than a minute left, 0 jobs open, 1.5 GB of 2.5 GB",
			"90% 90 of 100 files in 1:30, less than a minute left, 0 jobs open, 2.3 GB of 2.5 GB",
			"100% 100 of 100 files in 1:40, 0 jobs open, 2.5 GB of 2.5 GB",
			"",
		}
		if diff := cmp.Diff(want, strings.Split(s.String(), "\n")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestQuietProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := many(3)
		tally := NewTally(c.Actions)
		var s screen
		p := NewProgress(Stream{W: &s, TTY: true, Live: true}, ProgressOptions{Tally: tally, Quiet: true})
		finish(tally, p, &c.Actions[0])
		p.Event(executor.Event{Type: executor.FileFailed, Action: &c.Actions[1]})
		time.Sleep(time.Hour)
		p.Stop()
		if s.String() != "" {
			t.Errorf("got %q", s.String())
		}
		if _, err := fmt.Fprintln(p, "a message"); err != nil || s.String() != "a message\n" {
			t.Errorf("a message is lost: %q, %v", s.String(), err)
		}
	})
}

func TestVerboseProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := mixed()
		tally := NewTally(c.Actions)
		var s screen
		p := NewProgress(Stream{W: &s}, ProgressOptions{Tally: tally, Verbose: true})
		finish(tally, p, &c.Actions[5])
		p.Event(executor.Event{Type: executor.FileRetrying, Action: &c.Actions[0], Attempt: 2, Err: &platform.Error{Message: "odd\x1b[2J"}})
		p.Event(executor.Event{Type: executor.Waiting, Until: time.Now().Add(90 * time.Second), Message: "for the request budget"})
		p.Stop()
		golden(t, "progress/verbose", s.String())
		checkSafe(t, s.String(), false)
	})
}

func TestManyFailuresDoNotFloodTheScreen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := many(1000)
		tally := NewTally(c.Actions)
		var s screen
		p := NewProgress(Stream{W: &s}, ProgressOptions{Tally: tally})
		for i := range c.Actions {
			e := executor.Event{Type: executor.FileFailed, Action: &c.Actions[i]}
			tally.Event(e)
			p.Event(e)
		}
		p.Stop()
		if n := strings.Count(s.String(), "\n"); n != maxFailureLines+3 {
			t.Errorf("%d lines:\n%s", n, s.String())
		}
	})
}

func TestLinesAboveTheLiveLineAreWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s screen
		l := NewStatus(Stream{W: &s, TTY: true, Live: true, size: fixed(80)}, false, func() string { return "listing\x1b[2J" })
		time.Sleep(time.Second)
		for _, part := range []string{"one line\nand another\n", "a third\n"} {
			if n, err := l.Write([]byte(part)); n != len(part) || err != nil {
				t.Errorf("Write: %d, %v", n, err)
			}
		}
		synctest.Wait()
		if diff := cmp.Diff([]string{"one line", "and another", "a third", `listing\x1b[2J`}, seen(s.String())); diff != "" {
			t.Errorf("meanwhile (-want +got):\n%s", diff)
		}
		l.Stop()
		if diff := cmp.Diff([]string{"one line", "and another", "a third", ""}, seen(s.String())); diff != "" {
			t.Errorf("at the end (-want +got):\n%s", diff)
		}
	})
}

func TestLiveIsUsedByManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s screen
		l := NewStatus(Stream{W: &s, TTY: true, Live: true}, false, func() string { return time.Now().String() })
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 100 {
					_, _ = fmt.Fprintln(l, "line")
					time.Sleep(time.Millisecond)
				}
			})
		}
		wg.Go(func() { time.Sleep(50 * time.Millisecond); l.Stop() })
		wg.Go(l.Stop)
		wg.Wait()
		if n := strings.Count(s.String(), "line\n"); n != 800 {
			t.Errorf("%d of 800 lines", n)
		}
	})
}

// Where there is little room, what matters most is still there.
func TestLineFits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := many(100)
		tally := NewTally(c.Actions)
		tally.Event(executor.Event{Type: executor.FileFailed, Action: &c.Actions[0]})
		p := NewProgress(Stream{W: io.Discard}, ProgressOptions{Tally: tally})
		defer p.Stop()
		for columns, want := range map[int]string{
			0:   "1% 0 of 100 files, 1 failed, 0 jobs open, 0 B of 2.5 GB",
			100: "[--------------------] 1% 0 of 100 files, 1 failed, 0 jobs open, 0 B of 2.5 GB",
			60:  "[--------] 1% 0 of 100 files, 1 failed, 0 jobs open",
			40:  "[--------] 1% 0 of 100 files, 1 failed",
			20:  "1% 0 of 100 files",
		} {
			if got := p.line(columns); got != want {
				t.Errorf("in %d columns: %q, want %q", columns, got, want)
			}
		}
	})
}

func TestStatusInALogSpeaksOnlyWhenItTakesLong(t *testing.T) {
	for _, c := range []struct {
		name  string
		takes time.Duration
		lines int
	}{
		{"short", 10 * time.Second, 0},
		{"long", 70 * time.Second, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out strings.Builder
				n := 0
				status := NewStatus(Stream{W: &out}, false, func() string { n++; return fmt.Sprintf("listing %d", n) })
				time.Sleep(c.takes)
				status.Stop()
				if got := strings.Count(out.String(), "\n"); got != c.lines {
					t.Errorf("%d lines, want %d:\n%s", got, c.lines, out.String())
				}
			})
		})
	}
}

// What the platform is waited for is said at any width, until it is over, and
// whatever else happens meanwhile.
func TestLineTellsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := many(100)
		tally := NewTally(c.Actions)
		p := NewProgress(Stream{W: io.Discard}, ProgressOptions{Tally: tally})
		defer p.Stop()
		p.Event(executor.Event{Type: executor.Waiting, Until: time.Now().Add(time.Minute), Message: "for 100 open jobs"})
		if got, want := p.line(80), "[--------] 0% 0 of 100 files, 0 jobs open, next look in 1 min, 0 B of 2.5 GB"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		p.Waiting(executor.Event{Type: executor.Waiting, Until: time.Now().Add(297 * time.Second), Message: "for the request limit to be reset"})
		p.Event(executor.Event{Type: executor.Submitted, Action: &c.Actions[0]})
		for columns, want := range map[int]string{
			60: "0% waiting for the request limit to be reset (4 min 57 s)",
			80: "[--------] 0% waiting for the request limit to be reset (4 min 57 s)",
		} {
			if got := p.line(columns); got != want {
				t.Errorf("in %d columns: %q, want %q", columns, got, want)
			}
		}
		time.Sleep(5 * time.Minute)
		if got := p.line(60); strings.Contains(got, "waiting") {
			t.Errorf("after the wait: %q", got)
		}
	})
}

// A terminal that is made narrower wraps the line that was drawn: all of it is
// drawn over, though it has not changed.
func TestLiveLineAfterAResize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s screen
		var columns atomic.Int64
		columns.Store(100)
		l := NewStatus(Stream{W: &s, TTY: true, Live: true, size: func() int { return int(columns.Load()) }}, false,
			func() string { return strings.Repeat("x", 90) })
		time.Sleep(time.Second)
		synctest.Wait()
		columns.Store(40)
		time.Sleep(redrawEvery)
		synctest.Wait()
		if got, want := s.String(), "\r\x1b[2A\x1b[J"+strings.Repeat("x", 38)+ellipsis+eraseRight; !strings.HasSuffix(got, want) {
			t.Errorf("%q does not end in %q", got, want)
		}
		l.Stop()
	})
}
