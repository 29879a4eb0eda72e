package api

import (
	"context"
	"sync"
	"time"

	"sbexport/internal/platform"
)

// gate keeps all requests of the process within the budget. When they run short,
// submissions go first: whatever else waits ends no later for it.
type gate struct {
	tell *teller

	mu          sync.Mutex
	ledger      ledger
	submissions int           // that wait
	changed     chan struct{} // closed, and replaced, whenever a wait may have become shorter
}

func newGate(reserve int, tell *teller) *gate {
	return &gate{tell: tell, ledger: ledger{reserve: reserve}, changed: make(chan struct{})}
}

// layer makes a call when the budget allows, and learns from its answer.
func (g *gate) layer(next doer) doer {
	return func(ctx context.Context, k *call) (*answer, error) {
		if k.free {
			return next(ctx, k)
		}
		if err := g.acquire(ctx, k.submits()); err != nil {
			return nil, err
		}
		sent := time.Now()
		var t told
		defer func() { g.update(func(l *ledger) { l.answered(t, sent, time.Now()) }) }()
		a, err := next(ctx, k)
		if a != nil {
			t = readHeaders(a)
		}
		return a, err
	}
}

// acquire waits until a request may be sent and counts it.
func (g *gate) acquire(ctx context.Context, submits bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if submits {
		g.submissions++
		defer func() {
			g.submissions--
			g.wake()
		}()
	}
	for {
		now := time.Now()
		delay, why := g.ledger.wait(now)
		if delay == 0 {
			if submits || g.submissions == 0 {
				g.ledger.take(now)
				return nil
			}
			delay = never
		}
		changed := g.changed
		g.mu.Unlock()
		if why != "" {
			g.tell.waiting(now.Add(delay), why)
		}
		err := pauseUntil(ctx, delay, changed)
		g.mu.Lock()
		if err != nil {
			return err
		}
	}
}

// pauseUntil waits for the time to pass, the ledger to change, or the context.
func pauseUntil(ctx context.Context, d time.Duration, changed <-chan struct{}) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-changed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// update changes the ledger, and lets all that wait look at it again.
func (g *gate) update(change func(*ledger)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change(&g.ledger)
	g.wake()
}

// wake lets all that wait look at the ledger again. The caller holds the lock.
func (g *gate) wake() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// budget is the state of the ledger for people and for pacing.
func (g *gate) budget() platform.Budget {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := &g.ledger
	if !l.known {
		return platform.Budget{}
	}
	b := platform.Budget{
		Known: true, Limit: l.limit, Remaining: max(0, l.low-l.flying), Reset: l.ends,
		Window: l.length(), Kept: l.kept(),
	}
	if now := time.Now(); l.blind(now) {
		// The window is over and the next not seen yet.
		b.Remaining = max(0, l.limit-l.flying)
		b.Reset = now.Add(l.span)
	}
	return b
}
