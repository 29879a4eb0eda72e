package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"sbexport/internal/platform"
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
)

// retryPolicy decides whether and when a request is sent again.
type retryPolicy struct {
	max  int // tries of a read, or of making a connection
	tell *teller
	log  *slog.Logger
}

// tries is what has become of one request so far.
type tries struct {
	failed  int
	limited int
	closed  time.Duration // waited for the end of maintenance
	knocks  int
}

// read makes a call until it has an answer, a lasting error, or too many tries.
func (p retryPolicy) read(ctx context.Context, k *call, once doer) error {
	var t tries
	for {
		_, err := once(ctx, k)
		if err == nil || !worthReading(err) || ctx.Err() != nil {
			return err
		}
		if again, err := p.wait(ctx, k, &t, err); !again {
			return err
		}
	}
}

// worthReading reports whether a read that failed so may succeed the next time.
func worthReading(err error) bool {
	var refused *platform.Error
	var protocol *ProtocolError
	var lost *lostError
	switch {
	case errors.As(err, &refused):
		return refused.RateLimited() || !refused.Explain().Permanent
	case errors.As(err, &protocol):
		return !protocol.lasting
	case errors.As(err, &lost):
		return !untrusted(err)
	}
	return false // the request was never sent, and never will be
}

// wait waits until the request may be sent again and returns true; or it gives
// up and returns what the caller shall return.
func (p retryPolicy) wait(ctx context.Context, k *call, t *tries, err error) (bool, error) {
	delay, why, again := t.next(p.max, err)
	if !again {
		if n := t.total(); n > 1 {
			err = fmt.Errorf("%w (tried %d times)", err, n)
		}
		return false, err
	}
	p.log.LogAttrs(ctx, slog.LevelDebug, "again", slog.String("call", k.what), slog.String("error", err.Error()),
		slog.Duration("after", delay), slog.Int("tries", t.total()))
	p.tell.waiting(time.Now().Add(delay), why)
	if failed := sleep(ctx, delay); failed != nil {
		return false, fmt.Errorf("%w (after: %w)", failed, err)
	}
	return true, nil
}

// next counts the error and says how long to wait before the next try, and for
// what; or false when there were enough.
func (t *tries) next(most int, err error) (delay time.Duration, why string, again bool) {
	var refused *platform.Error
	switch errors.As(err, &refused); {
	case refused != nil && refused.RateLimited():
		t.limited++
		if refused.Status != 429 {
			// The gate did not recognise it, so the wait is ours.
			delay = backoff(t.limited, firstBackoff, lastBackoff)
		}
		return delay, "the request limit is used up", t.limited < maxLimited
	case refused != nil && refused.Maintenance():
		t.knocks++
		delay = backoff(t.knocks, firstKnock, lastKnock)
		t.closed += delay
		return delay, "the platform is closed for maintenance", t.closed < maxClosed
	}
	t.failed++
	return backoff(t.failed, firstBackoff, lastBackoff), "the platform does not answer properly", t.failed < most
}

// total is how often the request was sent.
func (t *tries) total() int { return t.failed + t.limited + t.knocks }

// backoff is the wait after the nth failure: twice as long each time up to the
// longest, less up to half of it by chance, so that requests that failed
// together do not return together.
func backoff(n int, first, longest time.Duration) time.Duration {
	d := longest
	if n < 32 {
		d = min(longest, first<<(n-1))
	}
	return d - rand.N(d/2+1)
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
