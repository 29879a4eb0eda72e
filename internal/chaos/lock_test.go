//go:build unix

package chaos

import (
	"io"
	"net/http/httptest"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"sbexport/internal/cli"
	"sbexport/internal/simulator"
)

// settle is a world with a platform of its own, for one scenario.
func settle(t *testing.T, s scenario, o ...simulator.Option) (world, *simulator.Server) {
	t.Helper()
	server := newPlatform(t, s.seed(true), o...)
	w := world{dir: t.TempDir(), endpoint: serve(t, server), token: "simulator"}
	writePlan(t, w.dir, s)
	return w, server
}

// serve serves a platform and returns its endpoint.
func serve(t *testing.T, server *simulator.Server) string {
	t.Helper()
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	return web.URL + "/v2"
}

// quick are jobs that take next to no time.
const quick = "  jobs: {pending: 0ms, duration: {min: 1ms, max: 50ms}"

// usual are the arguments of an apply that is in a hurry.
func usual(more ...string) []string {
	return append([]string{"apply", "-f", planName, "-y", "--poll-min", "20ms", "--settle", "2s"}, more...)
}

// paused is a process that waits at a point.
type paused struct {
	*exec.Cmd
	stdin io.Closer
	err   *strings.Builder
	read  chan struct{} // closed when standard error has ended
}

// pause starts an apply and returns when it has come to a point.
func (w world) pause(t *testing.T, point string, args ...string) *paused {
	t.Helper()
	p := &paused{Cmd: w.command(t.Context(), args...), err: &strings.Builder{}, read: make(chan struct{})}
	p.Env = append(p.Env, pointVariable+"="+point, passVariable+"=0")
	stdin, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdin = stdin
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	arrived := make(chan struct{})
	go func() {
		defer close(p.read)
		buffer := make([]byte, 4096)
		for seen := false; ; {
			n, err := stderr.Read(buffer)
			p.err.Write(buffer[:n])
			if !seen && strings.Contains(p.err.String(), pausedText) {
				seen = true
				close(arrived)
			}
			if err != nil {
				return
			}
		}
	}()
	select {
	case <-arrived:
	case <-p.read:
		t.Fatalf("the apply has ended before it came to %q:\n%s", point, p.err)
	}
	return p
}

// goOn lets the process go on, and waits for its end.
func (p *paused) goOn(t *testing.T) (code int, stderr string) {
	t.Helper()
	if err := p.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	<-p.read
	_ = p.Wait() // the exit code tells
	return p.ProcessState.ExitCode(), p.err.String()
}

// Of two applies of one plan the second refuses and says who holds the lock, or
// waits for it; nothing is submitted twice.
func TestTwoAppliesAtOnce(t *testing.T) {
	t.Parallel()
	s := moves(5, quick)
	w, server := settle(t, s)
	first := w.pause(t, pointLocked, usual()...)
	d := w.live(t, life{}, usual()...)
	if d.code != cli.ExitRefused || !strings.Contains(d.err, "process "+strconv.Itoa(first.Process.Pid)) {
		t.Errorf("the second apply does not refuse and name process %d: %v", first.Process.Pid, d)
	}
	if d := w.live(t, life{}, usual("--lock-timeout", "100ms")...); d.code != cli.ExitRefused {
		t.Errorf("an apply that waits for 100 ms: %v", d)
	}
	waiting := make(chan death)
	go func() { waiting <- w.live(t, life{}, usual("--lock-timeout", "5m")...) }()
	if code, err := first.goOn(t); code != cli.ExitOK {
		t.Errorf("the first apply: exit %d\n%s", code, err)
	}
	if d := <-waiting; d.code != cli.ExitOK {
		t.Errorf("an apply that waits: %v", d)
	}
	if n := server.Counters()["items submitted"]; n != 5 {
		t.Errorf("%d files were submitted, want 5", n)
	}
	if v := server.Violations(); len(v) > 0 {
		t.Errorf("the platform has seen what it must never see: %q", v)
	}
}

// A lock whose holder was killed holds nobody up.
func TestLockOfADeadProcess(t *testing.T) {
	t.Parallel()
	w, _ := settle(t, moves(2, quick))
	w.live(t, life{point: pointLocked, pass: 1}, usual()...)
	if d := w.live(t, life{}, usual()...); d.code != cli.ExitOK {
		t.Errorf("after a killed apply: %v", d)
	}
}
