//go:build unix

package chaos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// life is how one start of the program is to end. The zero value lets it end by
// itself.
type life struct {
	point  string // to die at by itself
	pass   int
	after  time.Duration // when to send the signal, if there is one
	signal syscall.Signal
	asleep time.Duration // after SIGSTOP, until it may go on
	size   int           // the file size that it dies of, in bytes; 0 for none
	flags  []string      // further ones of apply
}

// anyLife draws a way to die.
func anyLife(d dice) life {
	var l life
	switch d.draw("death", 11) {
	case 0, 1, 2, 3:
		l.point, l.pass = pick(d, "point", points()...), 1+d.draw("pass", 3)
	case 4, 5, 6:
		l.signal, l.after = syscall.SIGKILL, anyMoment(d)
	case 7:
		l.signal, l.after = pick(d, "signal", syscall.SIGINT, syscall.SIGTERM), anyMoment(d)
	case 8:
		l.signal, l.after, l.asleep = syscall.SIGSTOP, anyMoment(d), anyMoment(d)
	case 9:
		l.size = 100 + d.draw("size", 20_000)
	default:
		l.flags = append(l.flags, "--max-duration", fmt.Sprintf("%dms", 1+d.draw("duration", 3000)))
	}
	if oneIn(d, "no-wait", 6) {
		l.flags = append(l.flags, "--no-wait")
	}
	return l
}

// anyMoment is a time within which much happens, most of it early.
func anyMoment(d dice) time.Duration {
	most := pick(d, "most", 300, 1000, 4000)
	return time.Duration(1+d.draw("moment", most)) * time.Millisecond
}

// cause names the way to die, for the figures.
func (l life) cause() string {
	switch {
	case l.point != "":
		return "at: " + l.point
	case l.signal != 0:
		return "signal: " + l.signal.String()
	case l.size > 0:
		return "in the middle of a write"
	case len(l.flags) > 0 && l.flags[0] == "--max-duration":
		return "its time was over"
	}
	return "left alone"
}

// death is how a life has ended.
type death struct {
	code   int // of an end by itself; -1 when it was killed
	out    string
	err    string
	lasted time.Duration // from the signal to the end, if there was a signal
}

func (d death) String() string {
	return fmt.Sprintf("exit %d\nstdout:\n%s\nstderr:\n%s", d.code, d.out, d.err)
}

// world is where a plan lives: its directory and its platform.
type world struct {
	dir      string
	endpoint string
	token    string
}

// command makes a process of the program, in the world.
func (w world) command(ctx context.Context, args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		panic(err) // no system that tests run on has no answer
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Dir = w.dir
	cmd.Env = []string{
		"GORACE=atexit_sleep_ms=0", // or each life would end a second later
		childVariable + "=1", "HOME=" + w.dir, "PATH=" + os.Getenv("PATH"),
		"SB_API_ENDPOINT=" + w.endpoint, "SB_AUTH_TOKEN=" + w.token,
		"GORACE=atexit_sleep_ms=0", // else the race detector sleeps a second at its end
	}
	return cmd
}

// live runs the program until it ends, one way or another.
func (w world) live(t *testing.T, l life, args ...string) death {
	t.Helper()
	cmd := w.command(t.Context(), append(args, l.flags...)...)
	cmd.Env = append(cmd.Env, pointVariable+"="+l.point, passVariable+"="+strconv.Itoa(max(l.pass, 1)))
	if l.size > 0 {
		cmd.Env = append(cmd.Env, sizeVariable+"="+strconv.Itoa(l.size))
	}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting a life: %v", err)
	}
	signalled := make(chan time.Time, 1)
	if l.signal != 0 {
		timer := time.AfterFunc(l.after, func() {
			signalled <- time.Now()
			_ = cmd.Process.Signal(l.signal) // it may have ended by now
			if l.asleep > 0 {
				time.Sleep(l.asleep)
				_ = cmd.Process.Signal(syscall.SIGCONT)
			}
		})
		defer timer.Stop()
	}
	err := cmd.Wait()
	d := death{code: cmd.ProcessState.ExitCode(), out: out.String(), err: errs.String()}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("waiting for a life to end: %v", err)
	}
	select {
	case at := <-signalled:
		d.lasted = time.Since(at)
	default:
	}
	return d
}

// leavesWithin is how long a run that is told to leave may take: a moment for
// the answers that are under way, and what a busy machine adds.
const leavesWithin = 30 * time.Second

// expected says what is wrong with the way a life has ended, or nothing.
func (l life) expected(d death) string {
	if strings.Contains(d.err, "internal error") || strings.Contains(d.err, "DATA RACE") || strings.Contains(d.err, "panic:") {
		return "the program broke down"
	}
	if l.signal != 0 && l.asleep == 0 && d.lasted > leavesWithin {
		return fmt.Sprintf("it took %v to leave", d.lasted)
	}
	switch d.code {
	case 0, 1, 3:
		return ""
	case -1: // killed by a signal
		if l.point != "" || l.signal != 0 && l.asleep == 0 || l.size > 0 {
			return ""
		}
	case 130:
		if l.signal == syscall.SIGINT || strings.Contains(l.cause(), "time") {
			return ""
		}
	case 143:
		if l.signal == syscall.SIGTERM {
			return ""
		}
	}
	return "it should not have ended so"
}
