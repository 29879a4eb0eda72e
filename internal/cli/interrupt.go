package cli

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// How long a command that was told to leave may take before the program ends
// without it. What was submitted is on disk already: this time is for leaving in
// good order.
const (
	firstPatience  = 5 * time.Second
	secondPatience = 500 * time.Millisecond
)

// interrupts turns signals into two stages. The first SIGINT or SIGTERM ends the
// context, unless a command has said that it will leave by itself; the second
// ends it in any case.
type interrupts struct {
	ctx     context.Context //nolint:containedctx // it is what this type is about
	cancel  context.CancelFunc
	overdue chan struct{} // closed when the context has ended and the command has not
	late    func()        // closes overdue
	close   func()        // the end of all this

	mu       sync.Mutex
	first    os.Signal
	graceful func(os.Signal) // told of the first signal; nil when the context is to end
}

func newInterrupts(parent context.Context) *interrupts {
	in := &interrupts{overdue: make(chan struct{})}
	in.ctx, in.cancel = context.WithCancel(parent)
	in.late = sync.OnceFunc(func() { close(in.overdue) })
	signals := make(chan os.Signal, 3)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	in.close = func() {
		signal.Stop(signals)
		close(signals)
		in.cancel()
	}
	go func() {
		n := 0
		for s := range signals {
			n++
			in.received(s, n)
		}
	}()
	return in
}

// leave ends the context, and after some time no longer waits for the command.
func (in *interrupts) leave(patience time.Duration) {
	in.cancel()
	time.AfterFunc(patience, in.late)
}

func (in *interrupts) received(s os.Signal, n int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if n > 1 {
		in.leave(secondPatience)
		return
	}
	in.first = s
	if in.graceful == nil {
		in.leave(firstPatience)
		return
	}
	go in.graceful(s) // standard error may be a pipe that nobody reads
}

// leaveGracefully says that from here on the first signal does not end the
// context; tell is called instead. It is false when there was a signal already.
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
