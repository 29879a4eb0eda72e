package executor

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// watched is what is known of jobs that were all looked at, at an age.
func watched(n int, age time.Duration, shape func(u float64) time.Duration) *survival {
	var s survival
	random := rand.New(rand.NewPCG(1, 7))
	for range n {
		if d := shape(random.Float64()); d > age {
			s.sawOpen(0, age)
		} else {
			s.sawEnded(0, d)
		}
	}
	return &s
}

func exponential(u float64) time.Duration {
	return time.Duration(-math.Log(1-u) * 10 * float64(time.Second))
}

// What is foretold of jobs that are still open is near what becomes of them,
// whether their times have a bound, end at random or are of two kinds.
func TestTailForetells(t *testing.T) {
	seconds := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	for name, c := range map[string]struct {
		shape     func(u float64) time.Duration
		seen, at  float64 // seconds
		low, high float64 // of the chance to be open at a time, if open when seen
	}{
		"half way to a bound":            {between(2*time.Second, 8*time.Second), 7, 7.5, 0.3, 0.6},
		"at a bound":                     {between(2*time.Second, 8*time.Second), 7, 8.3, 0, 0.03},
		"at random":                      {exponential, 15, 25, math.Exp(-1) - 0.08, math.Exp(-1) + 0.08},
		"long at random":                 {exponential, 15, 45, 0.01, 0.09},
		"a few very long":                {longTail, 20, 40, 0.13, 0.28}, // 0.0188/0.083
		"a few very long, for long":      {longTail, 20, 100, 0.003, 0.05},
		"the second kind, soon":          {twoKinds, 75, 80, 0.5, 0.8},
		"the second kind, at its bound":  {twoKinds, 75, 93, 0, 0.2},
		"the first kind only, half over": {between(5*time.Second, 10*time.Second), 7.5, 10.4, 0, 0.05},
	} {
		_, tail := watched(2000, seconds(c.seen), c.shape).estimate()
		if got := tail.beyond(seconds(c.seen), seconds(c.at)); got < c.low || got > c.high {
			t.Errorf("%s: the chance to be open at %v s when open at %v s is %.3f, want %.3f to %.3f", name, c.at, c.seen, got, c.low, c.high)
		}
	}
}

// The curve goes on from what is known into what is foretold without a step, and
// never rises.
func TestCurveFalls(t *testing.T) {
	for name, shape := range durationShapes {
		s := watched(500, shape(0.6), shape)
		c, _ := s.estimate()
		if c == nil {
			t.Errorf("%s: no curve", name)
			continue
		}
		before := 1.0
		for b, left := range c {
			if left > before+1e-12 || left < 0 || math.IsNaN(left) {
				t.Fatalf("%s: %v are left at %v, %v before", name, left, bound(b), before)
			}
			before = left
		}
		if before > 0.01 {
			t.Errorf("%s: %v never end", name, before)
		}
	}
}

// One job that ended tells something, and none tells nothing.
func TestTailOfHardlyAnything(t *testing.T) {
	var s survival
	s.sawOpen(0, time.Second)
	if c, tail := s.estimate(); c != nil || tail.fits != nil {
		t.Error("there is a curve although no job has ended")
	}
	s.sawEnded(time.Second, 2*time.Second)
	for range 20 {
		s.sawOpen(0, 2*time.Second)
	}
	c, tail := s.estimate()
	if c == nil {
		t.Fatal("there is no curve although a job has ended")
	}
	one := &group{submitted: time.Unix(0, 0), looked: time.Unix(2, 0), jobs: make([]*item, 20)}
	last := 0.0
	for at := 2 * time.Second; at < 10*time.Minute; at += time.Second {
		chance := tail.allEnded([]*group{one}, time.Unix(0, 0).Add(at))
		if chance < last-1e-9 || chance > 1 || math.IsNaN(chance) {
			t.Fatalf("the chance that all have ended after %v is %v, %v before", at, chance, last)
		}
		last = chance
	}
}
