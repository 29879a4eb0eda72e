package api

import (
	"context"
	"sync"
	"time"

	"sbexport/internal/platform"
)

// gate keeps all requests of the process within the budget.
type gate struct {
	tell *teller

	mu      sync.Mutex
	ledger  ledger
	waiting [classes]int  // requests that wait, by class
	changed chan struct{} // closed, and replaced, whenever a wait may have become shorter
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
		epoch, err := g.acquire(ctx, k.class)
		if err != nil {
			return nil, err
		}
		sent := time.Now()
		var t told
		defer func() { g.release(epoch, t, sent) }()
		a, err := next(ctx, k)
		if a != nil {
			t = readHeaders(a)
		}
		return a, err
	}
}

// acquire waits until a request of the class may be sent and counts it.
func (g *gate) acquire(ctx context.Context, k class) (epoch int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	queued := false
	defer func() {
		if queued {
			g.waiting[k]--
			g.wake() // lower classes may have waited for this one
		}
	}()
	for {
		now := time.Now()
		delay, spent := g.ledger.wait(now)
		if delay == 0 && !g.outranked(k) {
			return g.ledger.take(), nil
		}
		if delay == 0 {
			delay = never
		}
		if !queued {
			queued = true
			g.waiting[k]++
		}
		changed := g.changed
		g.mu.Unlock()
		if spent && delay != never {
			g.tell.waiting(now.Add(delay), "for the request limit to be reset")
		}
		err := pauseUntil(ctx, delay, changed)
		g.mu.Lock()
		if err != nil {
			return 0, err
		}
	}
}

// outranked reports whether a request that comes before this class waits.
func (g *gate) outranked(k class) bool {
	for higher := range k {
		if g.waiting[higher] > 0 {
			return true
		}
	}
	return false
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

// release takes the answer of a request, or the zero told for none.
func (g *gate) release(epoch int, t told, sent time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ledger.heard = g.ledger.heard || t.came
	g.ledger.answered(epoch, t, sent, time.Now())
	g.wake()
}

// wake lets all that wait look at the ledger again. The caller holds the lock.
func (g *gate) wake() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// learn takes what the platform tells of the budget outside the headers.
func (g *gate) learn(t told, sent time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.ledger.heard = true
	g.ledger.skew.note(t.date, sent, now)
	g.ledger.learn(g.ledger.epoch, t, sent, now)
	g.wake()
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
	if now := time.Now(); !l.ends.IsZero() && !now.Before(l.ends) {
		// The window is over and the next not seen yet.
		b.Remaining = max(0, l.limit-l.flying)
		b.Reset = now.Add(l.span)
	}
	return b
}
