package cli_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// process is a program that runs beside the script.
type process struct {
	cmd    *exec.Cmd
	stdout string        // the file that its standard output goes to
	stderr string        // likewise
	done   chan struct{} // closed when it has ended
	err    error         // how; to be read after done
}

// said is what the program has written so far.
func (p *process) said() string {
	out, _ := os.ReadFile(p.stdout) // for a message: what cannot be read is left out
	err, _ := os.ReadFile(p.stderr)
	return string(out) + string(err)
}

// patience is how long a script waits for what must happen. It is only a guard
// against waiting for ever: no test's outcome depends on its length.
const patience = time.Minute

// spawn starts a program beside the script.
func spawn(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "spawn NAME PROGRAM ARGS...")
	name := args[0]
	program := args[1]
	if found, err := findProgram(ts, program); err == nil {
		program = found
	}
	cmd := exec.Command(program, args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = environment(ts)
	p := &process{cmd: cmd, stdout: ts.MkAbs(name + ".out"), stderr: ts.MkAbs(name + ".err"), done: make(chan struct{})}
	stdout, err := os.Create(p.stdout)
	ts.Check(err)
	stderr, err := os.Create(p.stderr)
	ts.Check(err)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	ts.Check(cmd.Start())
	ts.Check(stdout.Close())
	ts.Check(stderr.Close())
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	onStage(ts).running[name] = p
	ts.Defer(func() {
		_ = cmd.Process.Kill() // it has ended already, as a rule
		<-p.done
	})
}

// findProgram looks a program up where the script would.
func findProgram(ts *testscript.TestScript, program string) (string, error) {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if found, err := exec.LookPath(filepath.Join(dir, program)); err == nil {
			return found, nil
		}
	}
	return "", exec.ErrNotFound
}

// inherited are the variables of a script that a program beside it gets.
var inherited = [...]string{
	"PATH", "HOME", "USERPROFILE", "TMPDIR", "TMP", "SYSTEMROOT", "GOCOVERDIR", "GORACE",
	"SB_API_ENDPOINT", "SB_AUTH_TOKEN", "GITHUB_STEP_SUMMARY", "NO_COLOR",
}

func environment(ts *testscript.TestScript) []string {
	var env []string
	for _, name := range inherited {
		if value := ts.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

func running(ts *testscript.TestScript, name string) *process {
	p := onStage(ts).running[name]
	if p == nil {
		ts.Fatalf("nothing called %q was spawned", name)
	}
	return p
}

// until waits until what a program has written, to its outputs or to a file,
// matches.
func until(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "until NAME [FILE] REGEXP")
	p := running(ts, args[0])
	pattern := args[len(args)-1]
	wanted, err := regexp.Compile("(?m)" + pattern)
	ts.Check(err)
	written := p.said
	if len(args) > 2 {
		written = func() string {
			text, _ := os.ReadFile(ts.MkAbs(args[1])) // which need not be there yet
			return string(text)
		}
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(patience); ; {
		over := false
		select {
		case <-p.done:
			over = true
		case <-tick.C:
		case <-deadline:
			ts.Fatalf("%s does not come to write %q, only:\n%s", args[0], pattern, p.said())
		}
		if wanted.MatchString(written()) {
			return
		}
		if over {
			ts.Fatalf("%s ended (%v) and has not written %q, only:\n%s", args[0], p.err, pattern, p.said())
		}
	}
}

// sendSignal sends a signal to a program beside the script.
func sendSignal(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "signal NAME INT|TERM|KILL")
	signals := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "KILL": os.Kill}
	s, ok := signals[args[1]]
	if !ok {
		ts.Fatalf("unknown signal %q", args[1])
	}
	err := running(ts, args[0]).cmd.Process.Signal(s)
	if !errors.Is(err, os.ErrProcessDone) { // how it has ended, "ended" tells
		ts.Check(err)
	}
}

// ended waits for a program beside the script to end with a certain code.
func ended(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "ended NAME CODE")
	p := running(ts, args[0])
	select {
	case <-p.done:
	case <-time.After(patience):
		ts.Fatalf("%s does not end", args[0])
	}
	if got, want := code(ts, p.err), number(ts, args[1]); got != want {
		ts.Fatalf("%s: exit %d, want %d\n%s", args[0], got, want, p.said())
	}
}

// address is what the server says when it serves.
var address = regexp.MustCompile(`serving (https?://\S+/v2)`)

// simulate serves the local platform for the rest of the script.
func simulate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: simulate SEED [FLAG...]")
	}
	here := ts.MkAbs(".")
	ts.Check(ts.Chdir(filepath.Dir(ts.MkAbs(args[0]))))
	command := []string{"simulator", "sbexport", "simulate", filepath.Base(args[0]), "--listen", "127.0.0.1:0"}
	spawn(ts, false, append(command, args[1:]...))
	until(ts, false, []string{"simulator", address.String()})
	ts.Setenv("SB_API_ENDPOINT", address.FindStringSubmatch(running(ts, "simulator").said())[1])
	ts.Setenv("SB_AUTH_TOKEN", "simulator")
	ts.Check(ts.Chdir(here))
}
