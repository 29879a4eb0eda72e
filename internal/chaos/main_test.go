//go:build unix

package chaos

import (
	"context"
	"flag"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"

	"sbexport/internal/cli"
)

var (
	lives     = flag.Int("lives", 15, "about how many lives TestChaos takes")
	seed      = flag.Uint64("seed", 1, "what all chance in TestChaos comes from")
	kills     = flag.Int("kills", 3, "how many lives of a scenario are meant to end early")
	only      = flag.Int("scenario", -1, "the one scenario that TestChaos runs")
	mutations = flag.Int("mutations", 40, "about how many answers TestMutatedAnswers mutates")
	parallel  = flag.Int("scenarios", 32, "how many scenarios TestChaos runs at a time")
)

// What a child is to do beside being the program. Only children have them.
const (
	childVariable = "SBEXPORT_CHAOS_CHILD" // set in every child
	pointVariable = "SBEXPORT_CHAOS_POINT" // the point to stop at
	passVariable  = "SBEXPORT_CHAOS_PASS"  // the pass at which it does; 0 waits there for the end of standard input
	sizeVariable  = "SBEXPORT_CHAOS_SIZE"  // the most bytes a file may have
	fullVariable  = "SBEXPORT_CHAOS_FULL"  // a file that would get larger is an error, and not the end of the process
)

// pausedText is what a child says when it has come to the point to wait at.
const pausedText = "paused\n"

// TestMain is the program itself where a test has started it as such.
func TestMain(m *testing.M) {
	overlook()
	if os.Getenv(childVariable) != "" {
		os.Exit(child())
	}
	// Enough for an ordinary run of the tests; the command line may ask for more.
	if err := flag.Set("rapid.checks", "10"); err != nil {
		panic(err)
	}
	// What package signal starts at its first use must not be part of the first
	// bubble of virtual time.
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGWINCH)
	signal.Stop(c)
	os.Exit(m.Run())
}

// die ends this process as a power cut would.
func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// child is the program, with a place to die at.
func child() int {
	if size, err := strconv.ParseUint(os.Getenv(sizeVariable), 10, 63); err == nil {
		limit := syscall.Rlimit{Cur: size, Max: size}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			panic(err)
		}
	}
	if os.Getenv(fullVariable) == "" {
		tooLarge := make(chan os.Signal, 1)
		signal.Notify(tooLarge, syscall.SIGXFSZ)
		go func() {
			<-tooLarge
			die()
		}()
	}
	streams := cli.OS()
	pass, _ := strconv.ParseInt(os.Getenv(passVariable), 10, 64)
	var passes atomic.Int64
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	watched, callOff := watch(dir, func(point string) {
		if point != os.Getenv(pointVariable) {
			return
		}
		switch n := passes.Add(1); {
		case pass == 0 && n == 1:
			_, _ = os.Stderr.WriteString(pausedText)
			_, _ = os.Stdin.Read(make([]byte, 1)) // returns when the test closes its end
		case n == pass:
			die()
		}
	})
	defer callOff()
	streams.Transport = submissions{http.DefaultTransport, watched}
	return cli.Main(context.Background(), os.Args[1:], streams)
}
