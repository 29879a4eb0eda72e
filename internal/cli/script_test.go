package cli_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"sbexport/internal/cli"
)

// scriptsAtOnce is how many scripts run at once: they spend their time waiting
// for jobs to end, so it may be more than there are processors.
const scriptsAtOnce = "8"

// TestMain makes the program a command that scripts can run as a process of its
// own.
func TestMain(m *testing.M) {
	if err := errors.Join(
		flag.Set("test.parallel", scriptsAtOnce),
		os.Setenv("GORACE", "atexit_sleep_ms=0"), // else each process sleeps a second at its end
	); err != nil {
		panic(err)
	}
	// What package signal starts at its first use must not be part of the first
	// bubble of virtual time.
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	signal.Stop(c)
	testscript.Main(m, map[string]func(){
		"sbexport": func() { os.Exit(cli.Main(context.Background(), os.Args[1:], cli.OS())) },
	})
}

// TestScript runs the scripts in testdata/script. Beside testscript's commands
// they have those in scriptCommands.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                scriptCommands,
		Setup:               setUpScript,
	})
}

// scriptCommands are the commands that scripts have beside testscript's own.
//
//	exits CODE PROGRAM ARGS...   runs a program that must end with the code
//	wrong CODE ARGS...           runs sbexport with arguments that it must refuse
//	                             with the code, a message and a hint, and nothing
//	                             on standard output
//	spawn NAME PROGRAM ARGS...   starts a program, with its output in NAME.out and
//	                             NAME.err
//	until NAME [FILE] REGEXP     waits until what it has written, or a file,
//	                             matches
//	signal NAME INT|TERM|KILL    sends a signal
//	ended NAME CODE              waits for the program to end with the code
//	simulate SEED [FLAG...]      serves the local platform, its state beside the
//	                             seed, and sets SB_API_ENDPOINT and SB_AUTH_TOKEN
//	photograph PATH              remembers bytes and times of a file, or of all in
//	                             a directory
//	[!] same PATH                compares with what photograph has seen
//	steps WORKFLOW JOB FILE [install]  writes the shell steps of a job of a workflow,
//	                             or the one that installs the program
//	example NAME                 copies an example to the directory NAME
var scriptCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"exits":      exits,
	"wrong":      wrong,
	"spawn":      spawn,
	"until":      until,
	"signal":     sendSignal,
	"ended":      ended,
	"simulate":   simulate,
	"photograph": photograph,
	"same":       same,
	"steps":      steps,
	"example":    example,
}

// setUpScript gives every script a home of its own.
func setUpScript(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, ".home")
	env.Setenv("HOME", home)
	env.Setenv("USERPROFILE", home)
	env.Values[stageKey{}] = &stage{running: map[string]*process{}, photos: map[string]photo{}}
	return os.MkdirAll(home, 0o755)
}

// stageKey is where a script's stage is kept.
type stageKey struct{}

// stage is what a script has going on.
type stage struct {
	running map[string]*process
	photos  map[string]photo
}

func onStage(ts *testscript.TestScript) *stage {
	return ts.Value(stageKey{}).(*stage)
}

// need fails the script unless a command has its number of arguments and is not
// negated.
func need(ts *testscript.TestScript, neg bool, args []string, least int, usage string) {
	if neg || len(args) < least {
		ts.Fatalf("usage: %s", usage)
	}
}

// exits runs a program that must end with a certain code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "exits CODE PROGRAM ARGS...")
	want := number(ts, args[0])
	if got := code(ts, ts.Exec(args[1], args[2:]...)); got != want {
		ts.Fatalf("exit %d, want %d", got, want)
	}
}

// wrong runs the program with arguments that it must refuse helpfully.
func wrong(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "wrong CODE ARGS...")
	exits(ts, false, append([]string{args[0], "sbexport"}, args[1:]...))
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("standard output of a refusal: %q", out)
	}
	refusal := ts.ReadFile("stderr")
	if !regexp.MustCompile(`(?m)^\s*(hint|warning): \S`).MatchString(refusal) || !strings.Contains(refusal, "error: ") {
		ts.Fatalf("a refusal without a message or a hint: %q", refusal)
	}
}

func number(ts *testscript.TestScript, text string) int {
	n, err := strconv.Atoi(text)
	ts.Check(err)
	return n
}

// code is the exit code of a program that ran.
func code(ts *testscript.TestScript, err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	ts.Check(err)
	return 0
}
