package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
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

// The headers that tell the budget (vendor page "API rate limit").
const (
	limitHeader     = "X-Ratelimit-Limit"
	remainingHeader = "X-Ratelimit-Remaining"
	resetHeader     = "X-Ratelimit-Reset"
)

// told is what one answer says of the budget.
type told struct {
	came      bool // there was an answer at all
	good      bool // and the platform did what was asked
	limited   bool // the answer is a 429
	limit     number
	remaining number
	reset     int64         // Unix seconds on the platform's clock; 0 when there is none that makes sense
	date      time.Time     // the platform's clock, in whole seconds; zero when not told
	after     time.Duration // for which the server asks to be left alone
}

// readHeaders reads what an answer says of the budget.
func readHeaders(a *answer) told {
	t := told{
		came:      true,
		good:      a.status < 300,
		limited:   a.status == http.StatusTooManyRequests,
		limit:     headerNumber(a.header, limitHeader),
		remaining: headerNumber(a.header, remainingHeader),
		reset:     unixSeconds(headerNumber(a.header, resetHeader)),
		after:     retryAfter(a),
	}
	if d, err := http.ParseTime(a.header.Get("Date")); err == nil {
		t.date = d
	}
	return t
}

// retryAfter is for how long the server asks to be left alone, in seconds or as
// a date on its own clock; 0 when it does not. No documentation mentions it, but
// proxies send it.
func retryAfter(a *answer) time.Duration {
	var d time.Duration
	if n := headerNumber(a.header, "Retry-After"); n.given {
		d = time.Duration(max(0, min(n.value, int64(maxWindow/time.Second)))) * time.Second
	} else if at, err := http.ParseTime(a.header.Get("Retry-After")); err == nil {
		now, err := http.ParseTime(a.header.Get("Date"))
		if err != nil {
			now = a.came
		}
		d = at.Sub(now)
	}
	return max(0, min(d, maxWindow))
}

func headerNumber(h http.Header, name string) number {
	v, err := strconv.ParseInt(strings.TrimSpace(h.Get(name)), 10, 64)
	return number{v, err == nil}
}

// unixSeconds takes nothing that is not a date of this century.
func unixSeconds(n number) int64 {
	if n.value < 946_000_000 || n.value > 4_100_000_000 {
		return 0
	}
	return n.value
}

// skew is how far the platform's clock is ahead of this machine's. A Date
// header has whole seconds and was written at some time while the request was
// under way, so each answer bounds the difference from both sides; several
// answers bound it closely.
type skew struct {
	known     bool
	low, high time.Duration
}

// note takes an answer's Date and when, on this machine, the request left and
// the answer came.
func (s *skew) note(date, sent, came time.Time) {
	if date.IsZero() {
		return
	}
	// The platform's clock read date to date+1s at some moment from sent to came.
	low, high := date.Sub(came), date.Add(time.Second).Sub(sent)
	if s.known {
		low, high = max(low, s.low), min(high, s.high)
	}
	if low > high {
		// One of the clocks was set: only the newest answer counts.
		low, high = date.Sub(came), date.Add(time.Second).Sub(sent)
	}
	s.known, s.low, s.high = true, low, high
}

// ahead is by how much the platform's clock is certainly ahead of this one.
// Clocks that can agree are taken to agree; else it is the least that is possible:
// a request that comes too late for a reset costs less than one that comes too
// early.
func (s *skew) ahead() time.Duration {
	if !s.known || s.low <= 0 && s.high >= 0 {
		return 0
	}
	return s.low
}

// local is a time of the platform on this machine's clock.
func (s *skew) local(unix int64) time.Time { return time.Unix(unix, 0).Add(-s.ahead()) }

// Now is the time on the platform's clock, as well as its answers' Date headers
// tell; this machine's time while they do not.
func (c *Client) Now() time.Time {
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	return time.Now().Add(c.gate.ledger.skew.ahead())
}
