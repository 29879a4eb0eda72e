package bench

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"
)

// shape is a way in which the times that jobs take are spread: the duration
// below which a share u of them, between 0 and 1, stays.
type shape struct {
	name     string
	quantile func(u float64) time.Duration
}

var shapes = []shape{
	{"constant 10 s", func(float64) time.Duration { return 10 * time.Second }},
	{"uniform 2-8 s", uniform(2*time.Second, 8*time.Second)},
	{"long tail", longTail},
	{"all slow, 5-10 min", uniform(5*time.Minute, 10*time.Minute)},
}

func uniform(from, to time.Duration) func(float64) time.Duration {
	return func(u float64) time.Duration { return from + time.Duration(u*float64(to-from)) }
}

// longTail is log-normal with a median of 5 s: one job in six takes more than
// 13 s, and one in a thousand more than 100 s.
func longTail(u float64) time.Duration {
	return time.Duration(5 * float64(time.Second) * math.Exp(math.Sqrt2*math.Erfinv(2*u-1)))
}

// of is the duration of a file's job. It belongs to the file alone, so that it
// does not matter when, or with which others, the file is submitted.
func (s shape) of(file string, _ int64) time.Duration {
	h := fnv.New64a()
	_, _ = h.Write([]byte(file))
	return s.quantile(0.0005 + 0.999*rand.New(rand.NewPCG(h.Sum64(), 5)).Float64())
}
