package cli

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// interrupts turns signals into two stages. The first SIGINT or SIGTERM closes
// stop, and ends the context as well unless a command has said that it will
// leave by itself; the second ends the context; the third is left to the
// system, which kills the program.
type interrupts struct {
	ctx    context.Context //nolint:containedctx // it is what this type is about
	cancel context.CancelFunc
	stop   chan struct{}

	signals chan os.Signal
	done    chan struct{}

	mu       sync.Mutex
	first    os.Signal
	graceful func(os.Signal) // told of the first signal; nil when the context is to end
}

func newInterrupts(parent context.Context) *interrupts {
	ctx, cancel := context.WithCancel(parent)
	in := &interrupts{
		ctx: ctx, cancel: cancel, stop: make(chan struct{}),
		signals: make(chan os.Signal, 3), done: make(chan struct{}),
	}
	signal.Notify(in.signals, os.Interrupt, syscall.SIGTERM)
	go in.watch()
	return in
}

func (in *interrupts) watch() {
	for n := 0; ; {
		select {
		case s := <-in.signals:
			n++
			in.received(s, n)
		case <-in.done:
			return
		}
	}
}

func (in *interrupts) received(s os.Signal, n int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if n > 1 {
		signal.Stop(in.signals)
		in.cancel()
		return
	}
	in.first = s
	close(in.stop)
	if in.graceful == nil {
		in.cancel()
		return
	}
	go in.graceful(s) // standard error may be a pipe that nobody reads
}

// leaveGracefully says that from here on the first signal only closes stop; tell
// is called then. It is false when there was a signal already.
func (in *interrupts) leaveGracefully(tell func(os.Signal)) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.first != nil {
		return false
	}
	in.graceful = tell
	return true
}

// exit is the exit code for the signal that came first, or 0 when none came.
func (in *interrupts) exit() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	switch in.first {
	case nil:
		return 0
	case syscall.SIGTERM:
		return ExitTerminated
	}
	return ExitInterrupt
}

func (in *interrupts) close() {
	signal.Stop(in.signals)
	close(in.done)
	in.cancel()
}
