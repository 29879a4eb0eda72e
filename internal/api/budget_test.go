package api

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// windowServer counts requests in fixed windows, as the platform does.
type windowServer struct {
	limit   int
	window  time.Duration
	begin   time.Time     // of some window, on the server's clock
	skew    time.Duration // by how much the server's clock is ahead
	latency func() time.Duration
	round   func(time.Time) int64 // of the reset; nil rounds up
	noDate  bool
	mute    bool // only the first answer of a window tells the budget

	mu      sync.Mutex
	index   int64 // of the window that used counts
	used    int
	others  int // requests that the user's other tools make at the start of each window
	refused int
	most    int // in any window
}

func (s *windowServer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	time.Sleep(s.latency())
	now := time.Now().Add(s.skew)
	s.mu.Lock()
	index := int64(now.Sub(s.begin) / s.window)
	if index != s.index {
		s.index, s.used = index, s.others
	}
	ok := s.used < s.limit
	if ok {
		s.used++
		s.most = max(s.most, s.used)
	} else {
		s.refused++
	}
	left := s.limit - s.used
	tells := !s.mute || s.used == 1
	s.mu.Unlock()
	end := s.begin.Add(time.Duration(index+1) * s.window)
	reset := end.Add(time.Second - 1).Unix()
	if s.round != nil {
		reset = s.round(end)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	if !s.noDate {
		h.Set("Date", now.UTC().Format(http.TimeFormat))
	}
	if tells {
		rateHeaders(h, s.limit, left, reset)
	}
	time.Sleep(s.latency())
	if !ok {
		refuse(w, 429, 1000, "Rate limit exceeded")
		return
	}
	reply(w, 200, `{"id":"a/b","username":"me","items":[]}`)
}

// A refusal is heeded even if it names an earlier end of the window than the
// answers before it did.
func TestContradictoryRefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		opens := start.Add(20 * time.Second)
		s := serveFunc(func(n int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-RateLimit-Limit", "1000")
			if n > 0 && time.Now().Before(opens) {
				w.Header().Set("X-RateLimit-Remaining", "0")
				w.Header().Set("X-RateLimit-Reset", fmt.Sprint(time.Now().Add(3*time.Second).Unix()))
				refuse(w, 429, 1000, "Rate limit exceeded")
				return
			}
			w.Header().Set("X-RateLimit-Remaining", "999")
			w.Header().Set("X-RateLimit-Reset", fmt.Sprint(start.Add(5*time.Minute).Unix()))
			reply(w, 200, `{"username":"me"}`)
		})
		c := newClient(t, s, nil)
		spend(background(t), t, c, 8, 4)
		if n := s.count(); n > 8+4*8 {
			t.Errorf("%d requests", n)
		}
	})
}

// spend makes n requests from so many workers and returns how long it took.
func spend(ctx context.Context, t *testing.T, c *Client, n, workers int) time.Duration {
	t.Helper()
	start := time.Now()
	todo := make(chan struct{}, n)
	for range n {
		todo <- struct{}{}
	}
	close(todo)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range todo {
				if _, err := c.User(ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}

// fixed and ragged are latencies.
func fixed(d time.Duration) func() time.Duration { return func() time.Duration { return d } }

func ragged(most time.Duration) func() time.Duration {
	return func() time.Duration { return rand.N(most) }
}

func TestBudgetNeverExceeded(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		server  *windowServer
		reserve int
		n       int
		workers int
		slack   float64 // times the budget's own bound
	}{
		{"real limit", &windowServer{limit: 1000, window: 5 * time.Minute, latency: ragged(200 * time.Millisecond)}, 25, 2500, 16, 1.05},
		{"tiny limit", &windowServer{limit: 50, window: 5 * time.Second, latency: fixed(20 * time.Millisecond)}, 25, 300, 8, 1.1},
		{"tiny limit without a reserve", &windowServer{limit: 50, window: 5 * time.Second, latency: ragged(40 * time.Millisecond)}, 0, 500, 16, 1.1},
		{"one request at a time", &windowServer{limit: 50, window: 5 * time.Second, latency: ragged(40 * time.Millisecond)}, 0, 300, 1, 1.1},
		{"very many at once", &windowServer{limit: 100, window: 10 * time.Second, latency: ragged(2 * time.Second)}, 10, 600, 60, 1.25},
		{"server's clock ahead", &windowServer{limit: 100, window: 30 * time.Second, skew: 37 * time.Minute, latency: ragged(50 * time.Millisecond)}, 5, 600, 8, 1.1},
		{"server's clock behind", &windowServer{limit: 100, window: 30 * time.Second, skew: -37*time.Minute - 400*time.Millisecond, latency: ragged(50 * time.Millisecond)}, 5, 600, 8, 1.1},
		{"no date", &windowServer{limit: 100, window: 30 * time.Second, noDate: true, latency: ragged(50 * time.Millisecond)}, 5, 600, 8, 1.1},
		{
			"reset rounded down", &windowServer{
				limit: 100, window: 30 * time.Second, latency: ragged(50 * time.Millisecond),
				begin: time.Unix(0, 0).Add(300 * time.Millisecond), round: func(t time.Time) int64 { return t.Unix() },
			}, 5, 600, 8, 1.1,
		},
		{"others spend too", &windowServer{limit: 100, window: 30 * time.Second, others: 50, latency: ragged(50 * time.Millisecond)}, 5, 300, 8, 1.1},
		{"hardly told", &windowServer{limit: 100, window: 30 * time.Second, mute: true, latency: ragged(50 * time.Millisecond)}, 5, 600, 8, 1.1},
		{"limit of one", &windowServer{limit: 1, window: 3 * time.Second, latency: fixed(time.Millisecond)}, 25, 10, 4, 1.1},
		{"limit of three", &windowServer{limit: 3, window: 2 * time.Second, latency: fixed(30 * time.Millisecond)}, 25, 30, 4, 1.1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := tt.server
				if s.begin.IsZero() {
					s.begin = time.Unix(0, 0)
				}
				// A window has just begun, so that the bound is a whole number of them.
				now := time.Now().Add(s.skew)
				time.Sleep(s.window - now.Sub(s.begin)%s.window)
				c := newClient(t, s, func(o *Options) { o.Reserve = tt.reserve })
				took := spend(background(t), t, c, tt.n, tt.workers)
				if s.refused > 0 {
					t.Errorf("%d requests were refused", s.refused)
				}
				if keep := min(tt.reserve, s.limit/4); s.most > s.limit-keep {
					t.Errorf("%d requests in a window of %d, where %d are reserved", s.most, s.limit, keep)
				}
				each := s.limit - s.others - min(tt.reserve, s.limit/4)
				bound := time.Duration((tt.n-1)/each) * s.window
				if limit := time.Duration(float64(bound) * tt.slack); took > limit {
					t.Errorf("took %v, more than %v (bound %v)", took, limit, bound)
				}
				if got := c.Requests(); got != int64(tt.n) {
					t.Errorf("%d requests counted, %d made", got, tt.n)
				}
			})
		})
	}
}

// TestBudgetProperty spends budgets of all kinds: with at least one request in
// reserve none is refused, whatever clocks, windows and latencies are.
func TestBudgetProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := &windowServer{
			limit:   rapid.IntRange(4, 120).Draw(rt, "limit"),
			window:  time.Duration(rapid.IntRange(2, 600).Draw(rt, "window")) * time.Second,
			begin:   time.Unix(0, rapid.Int64Range(0, 2e9).Draw(rt, "begin")),
			skew:    time.Duration(rapid.Int64Range(-5e9, 5e9).Draw(rt, "skew")) * time.Duration(rapid.SampledFrom([]int{0, 1, 1000}).Draw(rt, "scale")),
			latency: ragged(time.Duration(rapid.IntRange(1, 1500).Draw(rt, "latency")) * time.Millisecond),
		}
		if rapid.Bool().Draw(rt, "down") {
			s.round = func(t time.Time) int64 { return t.Unix() }
		}
		reserve := rapid.IntRange(1, 40).Draw(rt, "reserve")
		workers := rapid.IntRange(1, 30).Draw(rt, "workers")
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, s, func(o *Options) { o.Reserve = reserve })
			each := s.limit - min(reserve, s.limit/4)
			n := 4 * each
			took := spend(background(t), t, c, n, workers)
			if s.refused > 0 {
				rt.Errorf("%d requests were refused", s.refused)
			}
			// Rounding and the first window, which may be nearly over or nearly whole,
			// cost up to a second a window.
			work := time.Duration(n/workers+10) * 3 * time.Second
			if most := 5*(s.window+2*time.Second) + work; took > most {
				rt.Errorf("took %v, more than %v", took, most)
			}
		})
	})
}
