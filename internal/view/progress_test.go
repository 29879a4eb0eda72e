package view

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
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
		want := []string{"50 of 100 files, 1.3 GB of 2.5 GB, less than a minute left, 1 job open, 812 requests left for 2 min 29 s"}
		if diff := cmp.Diff(want, now); diff != "" {
			t.Errorf("on the screen (-want +got):\n%s", diff)
		}

		failed := executor.Event{Type: executor.FileFailed, Action: &c.Actions[50], Err: &platform.Error{Code: 9107}}
		tally.Event(failed)
		p.Event(failed)
		synctest.Wait()
		now = seen(s.String())
		if len(now) != 2 || !strings.HasPrefix(now[0], "failed results/file-000050.bam → ") || !strings.HasPrefix(now[1], "50 of 100") {
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
			"0 of 100 files, 0 B of 2.5 GB, 0 jobs open",
			"30 of 100 files, 750 MB of 2.5 GB, about 1 min left, 0 jobs open",
			"60 of 100 files, 1.5 GB of 2.5 GB, less than a minute left, 0 jobs open",
			"90 of 100 files, 2.3 GB of 2.5 GB, less than a minute left, 0 jobs open",
			"100 of 100 files, 2.5 GB of 2.5 GB, 0 jobs open",
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

func TestPace(t *testing.T) {
	start := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	counts := func(done int, bytes int64) Counts {
		return Counts{Files: 1000, Bytes: 1e6, Done: done, DoneBytes: bytes}
	}
	var p pace
	p.see(at(0), counts(0, 0))
	for _, test := range []struct {
		name  string
		at    int
		c     Counts
		want  time.Duration
		known bool
	}{
		{"too early", 10, counts(100, 1e5), 0, false},
		{"too few files", 60, counts(4, 4e3), 0, false},
		{"nothing done", 100, counts(0, 0), 0, false},
		{"by files", 100, counts(100, 5e5), 900 * time.Second, true},
		{"by bytes", 100, counts(500, 1e5), 900 * time.Second, true},
		{"only empty files done", 100, counts(500, 0), 0, false},
		{"absurdly long", 290, counts(5, 1e-9*1e9), 0, false},
		{"all done", 100, counts(1000, 1e6), 0, false},
	} {
		if got, known := p.left(at(test.at), test.c); got != test.want || known != test.known {
			t.Errorf("%s: %v, %v; want %v, %v", test.name, got, known, test.want, test.known)
		}
	}
	// What is older than the window is forgotten.
	for s := 0; s <= 3600; s += 5 {
		p.see(at(s), counts(s/10, int64(s)*100))
	}
	if n := len(p.samples); n > int(paceWindow/paceSample)+2 {
		t.Errorf("%d samples are kept", n)
	}
	if got, known := p.left(at(3600), counts(360, 360_000)); !known || got != 6400*time.Second {
		t.Errorf("%v, %v; want 6400 s", got, known)
	}
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
			0:  "0 of 100 files, 1 failed, 0 B of 2.5 GB, 0 jobs open",
			51: "0 of 100 files, 1 failed, 0 B of 2.5 GB",
			40: "0 of 100 files, 1 failed, 0 B of 2.5 GB",
			37: "0 of 100 files, 1 failed, 0 jobs open",
			3:  "0 of 100 files",
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
