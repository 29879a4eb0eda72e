package api_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/api"
	"sbexport/internal/platform"
	"sbexport/internal/simulator"
)

// load makes n reads from several workers at once, with some bulk reads among
// them.
func load(ctx context.Context, c *api.Client, workers, n int) error {
	next := make(chan int)
	failed := make(chan error, n)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for i := range next {
				if err := oneRead(ctx, c, i); err != nil {
					failed <- err
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
	close(failed)
	return <-failed
}

func oneRead(ctx context.Context, c *api.Client, i int) error {
	var err error
	switch i % 3 {
	case 0:
		_, err = c.Volume(ctx, good)
	case 1:
		_, err = c.Project(ctx, "lab/p")
	case 2:
		_, err = c.Files(ctx, []string{"0123"})
	}
	return err
}

// counted are the requests that a platform has counted, and those refused for
// the limit.
func counted(s *simulator.Server) (requests, refused int) {
	c := s.Counters()
	return c["requests"], c["requests over the limit"]
}

// A small limit in many settings: the client must never be told that it asked
// too much, and hardly waste anything.
func TestClientKeepsWithinTheBudget(t *testing.T) {
	const limit, window, requests = 40, 10 * time.Second, 400
	type setting struct {
		skew    string
		grid    bool
		latency object
		workers int
	}
	short, long := object{"min": "20ms", "max": "60ms"}, object{"min": "350ms", "max": "1s"}
	var settings []setting
	for _, skew := range []string{"0s", "600ms", "-600ms", "1h", "-60m300ms"} {
		settings = append(settings,
			setting{skew, false, short, 16}, setting{skew, true, short, 16}, setting{skew, true, long, 16}, setting{skew, false, object{"min": "1ms"}, 1})
	}
	for _, set := range settings {
		t.Run(fmt.Sprintf("%+v", set), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := many(t, nil, object{"latency": set.latency, "rate_limit": object{
					"limit": limit, "window": window.String(), "clock_skew": set.skew, "grid": set.grid,
				}})
				c := connect(t, s, api.Options{Reserve: 4})
				time.Sleep(1234 * time.Millisecond) // not at the edge of a second
				start := time.Now()
				if err := load(t.Context(), c, set.workers, requests); err != nil {
					t.Fatal(err)
				}
				took := time.Since(start)
				if n, refused := counted(s); refused != 0 || n != requests || c.Requests() != requests {
					t.Errorf("%d requests, %d refused; the client counts %d", n, refused, c.Requests())
				}
				// So many windows must pass until the last requests may be sent.
				windows := (requests+limit-5)/(limit-4) - 1
				if ideal := time.Duration(windows) * window; took > ideal*11/10+5*time.Second {
					t.Errorf("took %v, the budget alone %v", took, ideal)
				}
			})
		})
	}
}

// Somebody else spends the same budget.
func TestClientSharesTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := many(t, nil, object{"latency": object{"min": "15ms", "max": "45ms"}, "rate_limit": object{"limit": 60, "window": "10s"}})
		var all sync.WaitGroup
		for range 2 {
			c := connect(t, s, api.Options{Reserve: 15})
			all.Go(func() {
				if err := load(t.Context(), c, 3, 150); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n, refused := counted(s); refused != 0 || n != 300 {
			t.Errorf("%d requests, %d refused", n, refused)
		}
	})
}

func TestClientTellsTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := many(t, nil, object{"rate_limit": object{"limit": 100, "window": "1m", "clock_skew": "1h"}})
		c := connect(t, s, api.Options{})
		if b := c.Budget(); b.Known {
			t.Errorf("known before the first request: %+v", b)
		}
		if _, err := c.RateLimit(t.Context()); err != nil {
			t.Fatal(err)
		}
		if c.Requests() != 0 {
			t.Errorf("asking for the limit counts: %d", c.Requests())
		}
		if err := load(t.Context(), c, 1, 10); err != nil {
			t.Fatal(err)
		}
		b := c.Budget()
		if left := time.Until(b.Reset); !b.Known || b.Limit != 100 || b.Remaining != 90 || left < 50*time.Second || left > 63*time.Second {
			t.Errorf("budget %+v, reset in %v", b, left)
		}
	})
}

// Looks that never pause leave the last requests of each window to submissions,
// so that ten of them take two windows.
func TestClientSubmitsWhilePolling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := many(t, nil, object{"latency": "20ms", "rate_limit": object{"limit": 40, "window": "10s"}, "jobs": within})
		c := connect(t, s, api.Options{Reserve: 1})
		ids := exportAll(t, c, s, flat, 10)
		ctx, stop := context.WithCancel(t.Context())
		var polls sync.WaitGroup
		for range 8 {
			polls.Go(func() {
				for ctx.Err() == nil {
					_, _ = c.Jobs(ctx, ids) // ends with the context
				}
			})
		}
		time.Sleep(25 * time.Second)
		before := requests(s, "POST", create)
		start := time.Now()
		items := submissions(s, good, 100, 110)
		for n := range items {
			if _, err := c.Submit(t.Context(), t.Context(), true, items[n:n+1]); err != nil {
				t.Fatal(err)
			}
		}
		took := time.Since(start)
		stop()
		polls.Wait()
		if n := requests(s, "POST", create) - before; n != 10 || took > 20*time.Second {
			t.Errorf("%d submissions took %v", n, took)
		}
		if _, refused := counted(s); refused != 0 {
			t.Errorf("%d requests were refused", refused)
		}
	})
}

// The budget was used up by others before the client began.
func TestClientWaitsAfterARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := many(t, nil, object{"rate_limit": object{"limit": 5, "window": "30s"}})
		if err := load(t.Context(), connect(t, s, api.Options{Reserve: 1}), 1, 4); err != nil {
			t.Fatal(err)
		}
		c := connect(t, s, api.Options{})
		for range 2 {
			if _, err := c.Volume(t.Context(), good); err != nil {
				t.Fatal(err)
			}
		}
		got, err := c.Submit(t.Context(), t.Context(), false, []platform.ExportRequest{{File: "0123", Volume: good, Location: "x"}})
		if err != nil || got[0].Err == nil || got[0].Err.Code != 9009 {
			t.Errorf("%+v, error %v", got, err)
		}
		if _, refused := counted(s); refused > 1 {
			t.Errorf("%d requests were refused", refused)
		}
	})
}
