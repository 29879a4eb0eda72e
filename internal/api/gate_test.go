package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/platform"
)

// rateHeaders tells a budget; nil leaves a header out.
func rateHeaders(h http.Header, limit, remaining, reset any) {
	set := func(name string, v any) {
		if v != nil {
			h.Set(name, fmt.Sprint(v))
		}
	}
	set("X-RateLimit-Limit", limit)
	set("X-RateLimit-Remaining", remaining)
	set("X-RateLimit-Reset", reset)
}

// TestRefusedForBudget is what happens after a 429, by what it tells.
func TestRefusedForBudget(t *testing.T) {
	t.Parallel()
	const limited = 3 // answers that are a 429
	now := func() int64 { return time.Now().Unix() }
	tests := []struct {
		name    string
		headers func(h http.Header)
		atLeast time.Duration
		atMost  time.Duration
	}{
		{"reset is honoured", func(h http.Header) { rateHeaders(h, 1000, 0, (now()/60+1)*60) }, 60 * time.Second, 190 * time.Second},
		{"reset in milliseconds", func(h http.Header) { rateHeaders(h, 1000, 0, (now()/60+1)*60_000) }, 7 * time.Second, 8 * time.Second},
		{"reset alone", func(h http.Header) { rateHeaders(h, nil, nil, (now()/60+1)*60) }, 60 * time.Second, 190 * time.Second},
		{"nothing told", func(http.Header) {}, 7 * time.Second, 8 * time.Second},
		{"reset in the past", func(h http.Header) { rateHeaders(h, 1000, 0, now()-3600) }, 7 * time.Second, 8 * time.Second},
		{"nonsense", func(h http.Header) { rateHeaders(h, "many", "-", "tomorrow") }, 7 * time.Second, 8 * time.Second},
		{"another limit", func(h http.Header) { rateHeaders(h, 1000, 900, now()+200) }, 7 * time.Second, 8 * time.Second},
		{"reset next year", func(h http.Header) { rateHeaders(h, 1000, 0, now()+31_536_000) }, 30 * time.Minute, 31 * time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveFunc(func(n int, w http.ResponseWriter, _ *http.Request) {
					if n < limited {
						tt.headers(w.Header())
						refuse(w, 429, 1000, "Rate limit exceeded")
						return
					}
					reply(w, 200, `{"username":"me"}`)
				})
				c := newClient(t, s, nil)
				start := time.Now()
				if _, err := c.User(background(t)); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took < tt.atLeast || took > tt.atMost {
					t.Errorf("took %v, want %v to %v", took, tt.atLeast, tt.atMost)
				}
			})
		})
	}
}

func TestRefusedForBudgetForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveFunc(func(_ int, w http.ResponseWriter, _ *http.Request) { refuse(w, 429, 1000, "Rate limit exceeded") })
		c := newClient(t, s, nil)
		start := time.Now()
		_, err := c.User(background(t))
		var refused *platform.Error
		if !errors.As(err, &refused) || !refused.RateLimited() {
			t.Errorf("error %v", err)
		}
		// A whole window of the documented length must have passed.
		if took := time.Since(start); took < 5*time.Minute || took > 15*time.Minute {
			t.Errorf("gave up after %v", took)
		}
	})
}

// TestRefusalsInFlight refuses eight requests that were under way together: that
// is one refusal, and not eight in a row.
func TestRefusalsInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		limited := 0
		s := serveFunc(func(n int, w http.ResponseWriter, _ *http.Request) {
			mu.Lock()
			mine := n > 0 && limited < 8
			if mine {
				limited++
			}
			mu.Unlock()
			time.Sleep(time.Duration(n+1) * 10 * time.Millisecond)
			if mine {
				refuse(w, 429, 1000, "Rate limit exceeded")
				return
			}
			reply(w, 200, `{"username":"me"}`)
		})
		c := newClient(t, s, nil)
		spend(background(t), t, c, 1, 1)
		if took := spend(background(t), t, c, 8, 8); took > 2*time.Second {
			t.Errorf("took %v, want a pause of a second", took)
		}
	})
}

// once is a header that only the first answer has.
func once(value int) func(int) any {
	return func(n int) any {
		if n > 0 {
			return nil
		}
		return value
	}
}

// TestOddHeaders has servers whose headers say nothing useful; nothing may
// hang or slow down.
func TestOddHeaders(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                    string
		limit, remaining, reset func(n int) any
	}{
		{"none", nil, nil, nil},
		{"no limit", func(int) any { return -1 }, func(int) any { return int64(9223372036854775807) }, nil},
		{"words", func(int) any { return "x" }, func(int) any { return "y" }, func(int) any { return "z" }},
		{"remaining above the limit", func(int) any { return 100 }, func(int) any { return 5000 }, func(int) any { return time.Now().Unix() + 1 }},
		{"resets of a clock that is far behind", func(int) any { return 1000 }, func(int) any { return 999 }, func(n int) any { return time.Now().Unix() - 60 + int64(n) }},
		{"always the same reset", func(int) any { return 1000 }, func(int) any { return 999 }, func(int) any { return 946684805 }},
		{"sliding reset", func(int) any { return 1000 }, func(int) any { return 900 }, func(int) any { return time.Now().Unix() + 300 }},
		{"jumping reset", func(int) any { return 1000 }, func(n int) any { return 900 - n%100 }, func(n int) any { return time.Now().Unix() + 300 - int64(n%7)*40 }},
		{"remaining without a reset", nil, func(n int) any { return 900 - n%800 }, nil},
		{"told once", once(10), once(5), func(n int) any { return once(int(time.Now().Unix()) + 3)(n) }},
		{"negative", func(int) any { return 1000 }, func(n int) any { return 500 - n%400 }, func(int) any { return -5 }},
	}
	value := func(f func(int) any, n int) any {
		if f == nil {
			return nil
		}
		return f(n)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveFunc(func(n int, w http.ResponseWriter, _ *http.Request) {
					time.Sleep(20 * time.Millisecond)
					rateHeaders(w.Header(), value(tt.limit, n), value(tt.remaining, n), value(tt.reset, n))
					reply(w, 200, `{"username":"me"}`)
				})
				c := newClient(t, s, func(o *Options) { o.Reserve = 25 })
				// 800 requests, 8 at a time, 20 ms each: two seconds.
				if took := spend(background(t), t, c, 800, 8); took > 8*time.Second {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

// TestLateAnswers has old answers come after new ones.
func TestLateAnswers(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	reset := now.Unix() + 300
	var l ledger
	tell := func(left int, reset int64, sent, at time.Time) {
		l.answered(told{
			came: true, good: true, limit: number{100, true}, remaining: number{int64(left), true}, reset: reset,
		}, sent, at)
	}
	for range 4 {
		l.take(now)
	}
	tell(10, reset, now, now)
	tell(90, reset, now, now)
	if l.low != 10 {
		t.Errorf("an old answer raised what is left to %d", l.low)
	}
	tell(80, reset+1, now, now) // the reset is rounded otherwise
	if l.low != 10 {
		t.Errorf("an old answer with another rounding raised what is left to %d", l.low)
	}
	// The window ends; an answer to a request of before it comes late.
	after := now.Add(302 * time.Second)
	if d, _ := l.wait(after); d != 0 {
		t.Errorf("waits %v in the next window", d)
	}
	l.take(after)
	if d, _ := l.wait(after); d == 0 {
		t.Error("a second request goes ahead")
	}
	tell(99, reset+300, after, after)
	tell(9, reset, now, after)
	if l.low != 99 || l.flying != 0 {
		t.Errorf("%d left with %d in flight, want 99 and 0", l.low, l.flying)
	}
}

// TestSubmissionsGoFirst has requests wait for one reset.
func TestSubmissionsGoFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const reads, all = 6, 7
		g := newGate(0, newTeller(nil))
		end := time.Now().Unix() + 60
		tell := func(left int, reset int64) told {
			return told{came: true, good: true, limit: number{all, true}, remaining: number{int64(left), true}, reset: reset}
		}
		g.update(func(l *ledger) { l.learn(tell(0, end), time.Now(), time.Now()) })
		// One that gives up must not hold up the others.
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := g.acquire(short, true); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		var mu sync.Mutex
		var order []bool
		var wg sync.WaitGroup
		for n := range all {
			wg.Go(func() {
				if err := g.acquire(background(t), n == reads); err != nil {
					t.Error(err)
					return
				}
				sent := time.Now()
				mu.Lock()
				order = append(order, n == reads)
				left := all - len(order)
				mu.Unlock()
				time.Sleep(time.Second)
				g.update(func(l *ledger) { l.answered(tell(left, end+60), sent, time.Now()) })
			})
			synctest.Wait()
		}
		wg.Wait()
		if len(order) != all || !order[0] {
			t.Errorf("order %v", order)
		}
	})
}

// TestRefusalsFarApart refuses every second request, and says no more: each
// refusal is the first of its own.
func TestRefusalsFarApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveFunc(func(n int, w http.ResponseWriter, _ *http.Request) {
			if n%2 == 0 {
				refuse(w, 429, 1000, "Rate limit exceeded")
				return
			}
			reply(w, 200, `{"username":"me"}`)
		})
		if took := spend(background(t), t, newClient(t, s, nil), 10, 1); took > 12*time.Second {
			t.Errorf("took %v, want ten pauses of a second", took)
		}
	})
}

func TestRateLimitSeedsBudget(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		body   string
		want   platform.Budget
		err    bool
	}{
		{"told", 200, `{"rate":{"limit":1000,"remaining":987,"reset":1700000300},"instance_limit":{"limit":-1,"remaining":9223372036854775807}}`, platform.Budget{Known: true, Limit: 1000, Remaining: 987, Window: 5 * time.Minute}, false},
		{"not there", 404, `{"status":404,"code":90003}`, platform.Budget{}, false},
		{"not there, as a page", 404, `<html>`, platform.Budget{}, false},
		{"unlimited", 200, `{"rate":{"limit":-1,"remaining":9223372036854775807}}`, platform.Budget{}, false},
		{"empty", 200, `{}`, platform.Budget{}, false},
		{"null", 200, `{"rate":null}`, platform.Budget{}, false},
		{"bad token", 401, `{"status":401,"code":90001,"message":"Unauthorized"}`, platform.Budget{}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(time.Unix(1_700_000_000, 0)))
				s := serveFunc(func(_ int, w http.ResponseWriter, _ *http.Request) { reply(w, tt.status, tt.body) })
				c := newClient(t, s, nil)
				b, err := c.RateLimit(t.Context())
				if (err != nil) != tt.err {
					t.Fatalf("error %v", err)
				}
				if b.Known && !b.Reset.After(time.Now()) {
					t.Errorf("reset %v is not to come", b.Reset)
				}
				b.Reset = time.Time{}
				if b != tt.want || b.Known != c.Budget().Known {
					t.Errorf("budget %+v, want %+v", b, tt.want)
				}
				if c.Requests() != 0 {
					t.Error("a free request was counted")
				}
			})
		})
	}
}

func TestWaitingIsToldOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &windowServer{limit: 20, window: time.Minute, begin: time.Unix(0, 0), latency: fixed(10 * time.Millisecond)}
		var mu sync.Mutex
		var told []string
		c := newClient(t, s, func(o *Options) {
			o.Waiting = func(until time.Time, why string) {
				mu.Lock()
				defer mu.Unlock()
				told = append(told, why)
				if !until.After(time.Now()) {
					t.Errorf("a wait until %v is over", until)
				}
			}
		})
		spend(background(t), t, c, 60, 8)
		if len(told) != 2 || told[0] != "for the request limit to be reset" {
			t.Errorf("two waits, told: %q", told)
		}
	})
}

func TestSkew(t *testing.T) {
	t.Parallel()
	base := time.Unix(1_700_000_000, 0)
	for _, ahead := range []time.Duration{0, 300 * time.Millisecond, 5 * time.Second, -90 * time.Minute, 31*time.Second + 777*time.Millisecond} {
		var s skew
		for i := range 40 {
			sent := base.Add(time.Duration(i) * 313 * time.Millisecond)
			came := sent.Add(40 * time.Millisecond)
			s.note(sent.Add(20*time.Millisecond+ahead).Truncate(time.Second), sent, came)
		}
		reset := base.Add(5 * time.Minute).Unix()
		want := time.Unix(reset, 0).Add(-ahead)
		late := s.local(reset).Sub(want)
		if ahead == 300*time.Millisecond && late == ahead {
			continue // the clocks may agree, for all that is known
		}
		if late < 0 || late > 150*time.Millisecond {
			t.Errorf("clock %v ahead: a reset is seen %v late", ahead, late)
		}
		s.note(base.Add(time.Hour).Truncate(time.Second), base.Add(time.Minute), base.Add(time.Minute))
		if s.low > 59*time.Minute || s.high < 59*time.Minute {
			t.Errorf("clock %v ahead: after it was set, %v to %v", ahead, s.low, s.high)
		}
	}
}
