package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"sbexport/internal/platform"
	"sbexport/internal/sleep"
)

const (
	// Between two tries of a request that failed.
	firstBackoff = time.Second
	lastBackoff  = 30 * time.Second
	// While the platform is closed. The first knock comes early, as the closing
	// may be over; the vendor's clients knock every five minutes.
	firstKnock = 2 * time.Second
	lastKnock  = 5 * time.Minute
	maxClosed  = time.Hour
	// maxLimited bounds how often one request is sent into a spent budget; the
	// gate sees to the waiting. It is enough for a whole window of unknown length
	// to pass, see pause.
	maxLimited = 15
	// ownPatience is how long one request may fail while others are answered: then
	// it is no outage, but something the matter with what it asks for.
	ownPatience = 2 * time.Minute
	// loneTries is how often a request is sent, about once a second, before it is
	// asked whether the platform answers others of its kind, see call.like. A
	// platform that fails every second request does not fail so many in a row.
	loneTries = 16
	// maxAfter bounds how long a Retry-After is heeded. A server that wants to be
	// left alone for longer is asked again this often.
	maxAfter = 10 * time.Minute
)

// retryPolicy decides whether and when a request is sent again.
type retryPolicy struct {
	max int // tries of a request before the platform has answered any
	// patience is how long a request is tried after the platform has answered one.
	patience time.Duration
	tell     *teller
	log      *slog.Logger
	// reached tells that the platform has answered properly once. Until then a
	// failure may well mean that the address is wrong, which is no reason to wait;
	// from then on it is an outage, and those are outlived.
	reached atomic.Bool
	// answered is when any request was answered properly last, in Unix nanoseconds.
	answered atomic.Int64
}

// tries is what has become of one request so far.
type tries struct {
	began   time.Time // the first of them was sent
	sent    time.Time // the last of them was
	failed  int
	since   time.Time // the first of them failed
	others  time.Time // since when others are answered all the while; zero while they are not
	limited int
	closed  time.Duration // waited for the end of maintenance
	knocks  int
}

// repeat makes a call until it succeeds, fails with an error for which again
// reports false, or has been tried often enough.
func (p *retryPolicy) repeat(ctx context.Context, k *call, once doer, again func(error) bool) error {
	t := tries{began: time.Now()}
	for {
		t.sent = time.Now()
		a, err := once(ctx, k)
		if err == nil {
			p.good()
			return nil
		}
		if !again(err) || ctx.Err() != nil || !p.reached.Load() && elsewhere(err) {
			return err
		}
		if err = p.wait(ctx, k, &t, a, err, once); err != nil {
			return err
		}
	}
}

// good takes note of a proper answer.
func (p *retryPolicy) good() {
	p.reached.Store(true)
	p.answered.Store(time.Now().UnixNano())
	p.tell.over()
}

// worthRepeating reports whether a read that failed so may succeed the next time.
func worthRepeating(err error) bool {
	var protocol *ProtocolError
	var lost *lostError
	switch refused := platform.Refusal(err); {
	case refused != nil:
		return refused.Passing()
	case errors.As(err, &protocol):
		return !protocol.lasting
	}
	return errors.As(err, &lost) // else it was never sent, and never will be
}

// wait waits until the request may be sent again; or it gives up and returns the
// error to report. The answer may be nil.
func (p *retryPolicy) wait(ctx context.Context, k *call, t *tries, a *answer, err error, once doer) error {
	before := t.failed
	delay, why, again := p.next(k, t, a, err)
	if t.failed > before && t.failed >= loneTries && p.answersOthers(ctx, k, once) {
		err, again = lasting(err), false
	}
	if !again {
		if n := t.total(); n > 1 {
			err = fmt.Errorf("%w (tried %d times)", err, n)
		}
		return err
	}
	p.log.LogAttrs(ctx, slog.LevelDebug, "again", slog.String("call", k.what), slog.String("error", err.Error()),
		slog.Duration("after", delay), slog.Int("tries", t.total()))
	if why == waitsForAnswer && time.Since(t.began)+delay >= worthTelling || delay >= worthTelling {
		p.tell.down(t.sent, why, err)
	}
	if failed := sleep.For(ctx, delay); failed != nil {
		return fmt.Errorf("%w (after: %w)", failed, err)
	}
	return nil
}

// answersOthers reports whether the platform answers a read of the same kind.
func (p *retryPolicy) answersOthers(ctx context.Context, k *call, once doer) bool {
	if k.like == nil {
		return false
	}
	_, err := once(ctx, &call{
		what: k.what, method: http.MethodGet, url: k.like, class: k.class, into: func(*answer) error { return nil },
	})
	if err != nil {
		return false
	}
	p.good()
	return true
}

// lasting is the error of a request that fails while others of its kind are
// answered.
func lasting(err error) error {
	lone := &platform.Error{Message: err.Error()}
	var protocol *ProtocolError
	if refused := platform.Refusal(err); refused != nil {
		*lone = *refused
	} else if errors.As(err, &protocol) {
		lone.Status, lone.RequestID, lone.Message = protocol.Status, protocol.RequestID, protocol.Problem
	}
	lone.Lasting = true
	return lone
}

// next counts the error and says how long to wait before the next try, and for
// what; or false when there were enough.
func (p *retryPolicy) next(k *call, t *tries, a *answer, err error) (delay time.Duration, why string, again bool) {
	refused := platform.Refusal(err)
	switch {
	case refused.RateLimited():
		t.limited++
		if refused.Status != http.StatusTooManyRequests {
			// The gate did not recognise it, so the wait is ours.
			delay = max(backoff(t.limited, firstBackoff, lastBackoff), retryAfter(a))
		}
		return delay, "for the request limit to be reset", t.limited < maxLimited
	case refused.Maintenance():
		t.knocks++
		delay = max(backoff(t.knocks, firstKnock, lastKnock), retryAfter(a))
		t.closed += delay
		return delay, "for the end of the platform's maintenance", t.closed < maxClosed
	}
	t.failed++
	if t.since.IsZero() {
		t.since = time.Now()
	}
	if k.like != nil && t.failed < loneTries {
		return max(backoff(1, firstBackoff, firstBackoff), retryAfter(a)), waitsForAnswer, true
	}
	delay = max(backoff(t.failed, firstBackoff, lastBackoff), retryAfter(a))
	again = t.failed < p.max
	if p.reached.Load() {
		switch last := time.Unix(0, p.answered.Load()); {
		case last.Before(t.since), time.Since(last) > ownPatience:
			t.others = time.Time{} // nobody is answered: it is an outage
		case t.others.IsZero():
			t.others = time.Now()
		}
		again = time.Since(t.since) < p.patience && (t.others.IsZero() || time.Since(t.others) < ownPatience)
	}
	return delay, waitsForAnswer, again
}

const waitsForAnswer = "for the platform to answer again"

// total is how often the request was sent.
func (t *tries) total() int { return t.failed + t.limited + t.knocks }

// backoff is the wait after the nth failure, less up to half of it by chance, so
// that requests that failed together do not return together.
func backoff(n int, first, longest time.Duration) time.Duration {
	d := doubled(n, first, longest)
	return d - rand.N(d/2+1)
}

// doubled is the nth wait of those that are twice as long each time, up to the
// longest.
func doubled(n int, first, longest time.Duration) time.Duration {
	return min(longest, first<<max(0, min(n-1, 20)))
}

// worthTelling is the shortest wait that anybody is told of.
const worthTelling = 2 * time.Second

// tellAgain is how soon an outage that is over and has begun again is told of
// again: a platform that fails every now and then shall not fill the screen.
const tellAgain = time.Minute

// teller tells of waits, each once, however many requests share it.
type teller struct {
	mu    sync.Mutex
	tell  func(until time.Time, why string)
	until time.Time // the end of the last wait for the budget that was told of

	why  string    // of the present outage; empty when there is none
	told bool      // somebody was told of it
	last string    // why of the last outage that somebody was told of
	at   time.Time // when that was
	good time.Time // when the platform answered last
}

func newTeller(tell func(time.Time, string)) *teller { return &teller{tell: tell} }

// waiting tells of a wait for the budget, unless it is short or ends no later
// than one that has been told of.
func (t *teller) waiting(until time.Time, why string) {
	if t.tell == nil || time.Until(until) < worthTelling {
		return
	}
	t.mu.Lock()
	told := !until.After(t.until.Add(worthTelling))
	if !told {
		t.until = until
	}
	t.mu.Unlock()
	if !told {
		t.tell(until, why)
	}
}

// down tells of a wait whose end nobody knows, after a request that was sent at
// some time has failed.
func (t *teller) down(sent time.Time, why string, err error) {
	if t.tell != nil && t.news(sent, why) {
		t.tell(time.Time{}, fmt.Sprintf("%s (%v)", why, err))
	}
}

// news reports whether a failure begins an outage that nobody was told of.
func (t *teller) news(sent time.Time, why string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if why == t.why || sent.Before(t.good) {
		return false
	}
	t.why = why
	if why == t.last && time.Since(t.at) < tellAgain {
		return false
	}
	t.last, t.at, t.told = why, time.Now(), true
	return true
}

// over ends what down has begun: the platform has answered.
func (t *teller) over() {
	t.mu.Lock()
	told := t.told
	t.why, t.told, t.good = "", false, time.Now()
	t.mu.Unlock()
	if told {
		t.tell(time.Time{}, "")
	}
}
