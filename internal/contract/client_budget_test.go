package contract_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/api"
	"sbexport/internal/contract"
	"sbexport/internal/platform"
)

// load makes n reads from several workers at once, with some listings and bulk
// reads among them.
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
		_, err = c.Volume(ctx, contract.Good)
	case 1:
		_, err = c.Project(ctx, contract.Project)
	case 2:
		_, err = c.Files(ctx, []string{"0123"})
	}
	return err
}

// TestClientKeepsWithinTheBudget has a small limit in many settings: the client
// must never be told that it asked too much, and hardly waste anything.
func TestClientKeepsWithinTheBudget(t *testing.T) {
	const limit, window, requests = 40, 10 * time.Second, 400
	type setting struct {
		skew    time.Duration
		grid    bool
		latency time.Duration
		workers int
	}
	var settings []setting
	for _, skew := range []time.Duration{0, 600 * time.Millisecond, -600 * time.Millisecond, time.Hour, -time.Hour - 300*time.Millisecond} {
		settings = append(settings,
			setting{skew, false, 40 * time.Millisecond, 16},
			setting{skew, true, 40 * time.Millisecond, 16},
			setting{skew, true, 700 * time.Millisecond, 16},
			setting{skew, false, time.Millisecond, 1})
	}
	for _, set := range settings {
		t.Run(fmt.Sprintf("%+v", set), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := contract.New(contract.Options{
					Limit: limit, Window: window, Skew: set.skew, Grid: set.grid, Latency: set.latency,
				})
				c := connect(t, s, api.Options{Reserve: 4})
				time.Sleep(1234 * time.Millisecond) // not at the edge of a second
				start := time.Now()
				if err := load(t.Context(), c, set.workers, requests); err != nil {
					t.Fatal(err)
				}
				took := time.Since(start)
				stats := s.Stats()
				if stats.TooMany != 0 || stats.Requests != requests || c.Requests() != requests {
					t.Errorf("%+v; the client counts %d", stats, c.Requests())
				}
				// Nine windows must pass until the last requests may be sent.
				windows := (requests+limit-5)/(limit-4) - 1
				if ideal := time.Duration(windows) * window; took > ideal*11/10+5*time.Second {
					t.Errorf("took %v, the budget alone %v", took, ideal)
				}
				s.Check(t)
			})
		})
	}
}

// TestClientSharesTheBudget has somebody else spend the same budget.
func TestClientSharesTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := contract.New(contract.Options{Limit: 60, Window: 10 * time.Second, Latency: 30 * time.Millisecond})
		mine := connect(t, s, api.Options{Reserve: 15})
		other := connect(t, s, api.Options{Reserve: 15})
		var all sync.WaitGroup
		for _, c := range []*api.Client{mine, other} {
			all.Go(func() {
				if err := load(t.Context(), c, 3, 150); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if stats := s.Stats(); stats.TooMany != 0 || stats.Requests != 300 {
			t.Errorf("%+v", stats)
		}
	})
}

func TestClientTellsTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := contract.New(contract.Options{Limit: 100, Window: time.Minute, Skew: time.Hour})
		c := connect(t, s, api.Options{})
		if b := c.Budget(); b.Known {
			t.Errorf("known before the first request: %+v", b)
		}
		if _, err := c.RateLimit(t.Context()); err != nil {
			t.Fatal(err)
		}
		if c.Requests() != 0 || s.Stats().Requests != 0 {
			t.Errorf("asking for the limit counts: %d, %+v", c.Requests(), s.Stats())
		}
		if err := load(t.Context(), c, 1, 10); err != nil {
			t.Fatal(err)
		}
		b := c.Budget()
		if left := time.Until(b.Reset); !b.Known || b.Limit != 100 || b.Remaining != 90 || left < 50*time.Second || left > 63*time.Second {
			t.Errorf("budget %+v, reset in %v", b, left)
		}
		s.Check(t)
	})
}

// TestClientSubmitsWhilePolling: polls that never pause leave the last requests of
// each window to submissions, so that ten of them take two windows.
func TestClientSubmitsWhilePolling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := contract.New(contract.Options{Limit: 40, Window: 10 * time.Second, Latency: 20 * time.Millisecond})
		c := connect(t, s, api.Options{Reserve: 1})
		ids := exportAll(t, c, s, contract.Flat, 10)
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
		before := len(s.Requests(contract.SubmitBulk))
		start := time.Now()
		items, _ := mixed(s)
		for chunk := range 10 {
			if _, err := c.Submit(t.Context(), t.Context(), true, items[chunk:chunk+1]); err != nil {
				t.Fatal(err)
			}
		}
		took := time.Since(start)
		stop()
		polls.Wait()
		if n := len(s.Requests(contract.SubmitBulk)) - before; n != 10 || took > 20*time.Second {
			t.Errorf("%d submissions took %v", n, took)
		}
		if stats := s.Stats(); stats.TooMany != 0 {
			t.Errorf("%+v", stats)
		}
	})
}

// TestClientWaitsAfterARefusal begins with a budget that others have used up.
func TestClientWaitsAfterARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := contract.New(contract.Options{Limit: 5, Window: 30 * time.Second})
		for range 5 {
			ask(t, s, "GET", "/user", nil)
		}
		c := connect(t, s, api.Options{})
		if _, err := c.Volume(t.Context(), contract.Good); err != nil {
			t.Fatal(err)
		}
		got, err := c.Submit(t.Context(), t.Context(), false, []platform.ExportRequest{{File: "0123", Volume: contract.Good, Location: "x"}})
		if err != nil || got[0].Err == nil || got[0].Err.Code != 9009 {
			t.Errorf("%+v, error %v", got, err)
		}
		if stats := s.Stats(); stats.TooMany > 1 {
			t.Errorf("%+v", stats)
		}
		s.Check(t)
	})
}
