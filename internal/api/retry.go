package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"sbexport/internal/platform"
	"sbexport/internal/sleep"
)

const (
	// Between two tries of a request that failed.
	firstBackoff = time.Second
	lastBackoff  = 8 * time.Second
	// maxLimited bounds how often one request is sent into a spent budget. The
	// gate's pauses are longer than a window by then.
	maxLimited = 15
	// ownPatience is how long one request may fail while others are answered: then
	// it is no outage, but something the matter with what it asks for. A platform
	// that fails every second request does not fail all tries of such a time.
	ownPatience = 90 * time.Second
	// projectPatience is how long the list of a project may fail while those of others
	// are answered: hundreds may be listed, and one that is broken shall not hold the
	// others up for long. Chance does not fail the seven tries of such a time.
	projectPatience = 20 * time.Second
	// nobody is answered any more when the last answer is as old as this: as long as
	// something is answered, a request that fails has this known before its next try.
	silence = 2 * lastBackoff
)

// What is waited for, see Options.Waiting.
const (
	waitsForAnswer  = "for the platform to answer again"
	waitsForReset   = "for the request limit to be reset"
	waitsForOpening = "for the end of the platform's maintenance"
)

// waitsForFirst is what is waited for as long as the platform has answered
// nothing.
func waitsForFirst(k *call) string { return fmt.Sprintf("for %s to answer", k.url.Host) }

// retryPolicy decides whether and when a request is sent again.
type retryPolicy struct {
	max int // tries of a request before the platform has answered any
	// patience is how long a request is tried after the platform has answered one.
	patience time.Duration
	tell     *teller
	log      *slog.Logger
	// answered is when any request was answered properly last, in Unix nanoseconds.
	// While it is 0 a failure may well mean that the address is wrong, which is no
	// reason to wait; from then on it is an outage, and those are outlived.
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
	own     time.Duration // see call.own
}

// repeat makes a call until it succeeds, fails with an error for which again
// reports false, or has been tried often enough.
func (p *retryPolicy) repeat(ctx context.Context, k *call, once doer, again func(error) bool) error {
	t := tries{began: time.Now(), own: cmp.Or(k.own, ownPatience)}
	if p.answered.Load() == 0 {
		defer time.AfterFunc(worthTelling, func() {
			if p.answered.Load() == 0 {
				p.tell.down(t.began, waitsForFirst(k), nil)
			}
		}).Stop()
	}
	for {
		t.sent = time.Now()
		_, err := once(ctx, k)
		if err == nil {
			p.good()
			return nil
		}
		if !again(err) || ctx.Err() != nil || p.answered.Load() == 0 && elsewhere(err) {
			return err
		}
		if k.like != nil && t.failed > 0 && p.answered.Load() < t.sent.UnixNano() {
			p.ask(ctx, k.like(), k.what, once)
		}
		if err = p.wait(ctx, k, &t, err); err != nil {
			return err
		}
	}
}

// good takes note of a proper answer.
func (p *retryPolicy) good() {
	p.answered.Store(time.Now().UnixNano())
	p.tell.over()
}

// ask asks whether the platform answers a read of the same kind, if there is one.
func (p *retryPolicy) ask(ctx context.Context, like *url.URL, what string, once doer) {
	if like == nil {
		return
	}
	if _, err := once(ctx, &call{what: what, method: http.MethodGet, url: like, into: func(*answer) error { return nil }}); err == nil {
		p.good()
	}
}

// worthRepeating reports whether a read that failed so may succeed the next time.
func worthRepeating(err error) bool {
	if refused := platform.Refusal(err); refused != nil {
		return refused.Passing()
	}
	var failed *failure
	return errors.As(err, &failed) && !failed.lasting // else it was never sent, and never will be
}

// wait waits until the request may be sent again; or it gives up and returns the
// error to report.
func (p *retryPolicy) wait(ctx context.Context, k *call, t *tries, err error) error {
	delay, why, again := p.next(t, err)
	if !again {
		if k.like != nil && !t.others.IsZero() {
			err = lasting(err)
		}
		if n := t.failed + t.limited; n > 1 {
			err = fmt.Errorf("%w (tried %d times)", err, n)
		}
		return err
	}
	p.log.LogAttrs(ctx, slog.LevelDebug, "again", slog.String("call", k.what), slog.String("error", err.Error()),
		slog.Duration("after", delay), slog.Int("tries", t.failed+t.limited))
	if p.answered.Load() == 0 && why == waitsForAnswer {
		p.tell.down(t.sent, waitsForFirst(k), err)
	} else if why != waitsForReset && time.Since(t.began)+delay >= worthTelling {
		p.tell.down(t.sent, why, err)
	}
	if failed := sleep.For(ctx, delay); failed != nil {
		return fmt.Errorf("%w (after: %w)", failed, err)
	}
	return nil
}

// lasting is the error of a request that fails while others of its kind are
// answered.
func lasting(err error) error {
	lone := &platform.Error{Message: err.Error()}
	if refused := platform.Refusal(err); refused != nil {
		*lone = *refused
	}
	lone.Lasting = true
	return lone
}

// next counts the error and says how long to wait before the next try, and for
// what; or false when there were enough.
func (p *retryPolicy) next(t *tries, err error) (delay time.Duration, why string, again bool) {
	refused := platform.Refusal(err)
	if refused.RateLimited() {
		t.limited++
		return backoff(t.limited), waitsForReset, t.limited < maxLimited
	}
	now := time.Now()
	if t.failed++; t.failed == 1 {
		t.since = now
	}
	last := p.answered.Load()
	switch {
	case refused.Maintenance():
		// It is the platform that answers so, and it will open again.
		t.others = time.Time{}
		return backoff(t.failed), waitsForOpening, now.Sub(t.since) < p.patience
	case last == 0:
		return backoff(t.failed), waitsForAnswer, t.failed < p.max
	case time.Unix(0, last).Before(t.since), now.Sub(time.Unix(0, last)) > silence:
		t.others = time.Time{} // nobody is answered: it is an outage
	case t.others.IsZero():
		t.others = now
	}
	again = now.Sub(t.since) < p.patience && (t.others.IsZero() || now.Sub(t.others) < t.own)
	return backoff(t.failed), waitsForAnswer, again
}

// backoff is the wait after the nth failure, less up to half of it by chance, so
// that requests that failed together do not return together.
func backoff(n int) time.Duration {
	d := doubled(n, firstBackoff, lastBackoff)
	return d - rand.N(d/2+1)
}

// doubled is the nth wait of those that are twice as long each time, up to the
// longest.
func doubled(n int, first, longest time.Duration) time.Duration {
	return min(longest, first<<max(0, min(n-1, 20)))
}

const (
	// worthTelling is the shortest wait that anybody is told of.
	worthTelling = 2 * time.Second
	// tellAgain is how soon an outage that is over and has begun again is told of
	// again: a platform that fails every now and then shall not fill the screen.
	tellAgain = time.Minute
)

// teller tells of waits, each once, however many requests share it.
type teller struct {
	tell func(until time.Time, why string)

	mu    sync.Mutex
	until time.Time // the end of the last wait for the budget that was told of
	why   string    // of the outage that was told of; empty when it is over
	last  string    // why of the last outage that was told of
	at    time.Time // when that was
	good  time.Time // when the platform answered last
}

func newTeller(tell func(time.Time, string)) *teller {
	if tell == nil {
		tell = func(time.Time, string) {}
	}
	return &teller{tell: tell}
}

// waiting tells of a wait for the budget, unless it is short or ends no later
// than one that has been told of.
func (t *teller) waiting(until time.Time, why string) {
	t.mu.Lock()
	news := time.Until(until) >= worthTelling && until.After(t.until.Add(worthTelling))
	if news {
		t.until = until
	}
	t.mu.Unlock()
	if news {
		t.tell(until, why)
	}
}

// down tells of a wait whose end nobody knows, after a request that was sent at
// some time has failed.
func (t *teller) down(sent time.Time, why string, err error) {
	t.mu.Lock()
	now := time.Now()
	news := why != t.why && !sent.Before(t.good) && (why != t.last || now.Sub(t.at) >= tellAgain)
	if news {
		t.why, t.last, t.at = why, why, now
	}
	t.mu.Unlock()
	switch {
	case news && err == nil:
		t.tell(time.Time{}, why)
	case news:
		t.tell(time.Time{}, fmt.Sprintf("%s (%v)", why, err))
	}
}

// over ends what down has begun: the platform has answered.
func (t *teller) over() {
	t.mu.Lock()
	told := t.why != ""
	t.why, t.good = "", time.Now()
	t.mu.Unlock()
	if told {
		t.tell(time.Time{}, "")
	}
}
