package executor

import (
	"math"
	"sort"
	"time"
)

// survival estimates how long jobs take from what looks at them have shown: a
// job found ended took between its age at the last look before and its age at
// this one; a job found open takes longer than its age. It is the Kaplan-Meier
// estimate over buckets of durations that grow by a thousandth each.
type survival struct {
	ended [buckets]int // jobs that took this long
	open  [buckets]int // jobs that were seen open at this age, and not again since
}

const (
	buckets    = 16_000
	firstAge   = 100 * time.Millisecond
	bucketStep = 1.001 // the last bucket begins at about a week
)

// bucket is the index of the bucket that holds a duration.
func bucket(d time.Duration) int {
	if d <= firstAge {
		return 0
	}
	return min(buckets-1, int(math.Log(float64(d)/float64(firstAge))/math.Log(bucketStep))+1)
}

// bound is the upper end of a bucket.
func bound(b int) time.Duration {
	return time.Duration(float64(firstAge) * math.Pow(bucketStep, float64(b)))
}

// sawOpen takes in that a job is open at an age; before is the age at which it
// was last seen open, or 0.
func (s *survival) sawOpen(before, age time.Duration) {
	if before > 0 {
		s.open[bucket(before)]--
	}
	s.open[bucket(age)]++
}

// sawEnded takes in that a job took a time; before is the age at which it was
// last seen open, or 0.
func (s *survival) sawEnded(before, took time.Duration) {
	if before > 0 {
		s.open[bucket(before)]--
	}
	s.ended[bucket(took)]++
}

// curve is the share of jobs that last longer than each bucket's upper end.
// Beyond the longest time that was looked at it is a guess; see tail. It is nil
// while no job has been seen to end.
type curve []float64

func (s *survival) curve() curve {
	atRisk, first, last := 0, -1, 0
	for b := range buckets {
		atRisk += s.ended[b] + s.open[b]
		if s.ended[b] > 0 && first < 0 {
			first = b
		}
		if s.ended[b] > 0 || s.open[b] > 0 {
			last = b
		}
	}
	if first < 0 {
		return nil
	}
	c := make(curve, buckets)
	left := 1.0
	for b := range last + 1 {
		if s.ended[b] > 0 {
			left *= 1 - float64(s.ended[b])/float64(atRisk)
		}
		atRisk -= s.ended[b] + s.open[b]
		c[b] = left
	}
	if left > 0 {
		c.tail(max(first-1, 0), last)
	}
	return c
}

// tail guesses the curve beyond its last known bucket from how it fell before:
// the time in which the rest halves changes on as it did last. It halves each
// time where jobs take anything up to a bound, stays where they end at random,
// and grows where a few take very long. While more than a quarter is left there
// are not two halvings to go by, and the curve falls on in a straight line.
func (c curve) tail(first, last int) {
	end := bound(last)
	left := c[last]
	// The first few that end may do so at about the same time by chance.
	fall := max(end-bound(first), end/20)
	half := time.Duration(float64(fall) * left / (1 - left) / 2)
	ratio := 0.5
	if left <= 0.5 {
		before := c.reached(2*left, first)
		half = (end - before) / 2
		if left <= 0.25 {
			ratio = float64(end-before) / float64(max(before-c.reached(4*left, first), 1))
			ratio = min(max(ratio, 0.5), 1.5)
			half = time.Duration(float64(end-before) * ratio)
		}
	}
	for b := last + 1; b < buckets; b++ {
		for half > 0 && bound(b) >= end+half {
			end += half
			left /= 2
			half = time.Duration(float64(half) * ratio)
		}
		if half <= 0 || left < 1e-4 {
			break // the rest is zero
		}
		c[b] = left * (1 - float64(bound(b)-end)/float64(half)/2)
	}
}

// reached is the age at which the curve first was as low as a share.
func (c curve) reached(share float64, first int) time.Duration {
	return bound(first + sort.Search(buckets-1-first, func(i int) bool { return c[first+i] <= share }))
}

// done is the chance that a job that was open at one age has ended by another.
func (c curve) done(seen, age time.Duration) float64 {
	if c == nil {
		return 0
	}
	before := 1.0
	if seen > 0 {
		before = c[bucket(seen)]
	}
	if before <= 0 {
		return 1
	}
	return 1 - c[bucket(age)]/before
}

// when is the earliest age at which a job that was open at an age has ended
// with at least the given chance, and the last bucket's age if never.
func (c curve) when(seen time.Duration, chance float64) time.Duration {
	before, from := 1.0, 0
	if seen > 0 {
		from = bucket(seen)
		before = c[from]
	}
	return c.reached(before*(1-chance), from)
}
