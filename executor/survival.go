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
// Beyond the longest time that was looked at it is what the tail foretells. It
// is nil while no job has been seen to end.
type curve []float64

// estimate is what the looks so far tell: the curve, and the tail from which the
// curve beyond what was seen is taken.
func (s *survival) estimate() (curve, tail) {
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
		return nil, tail{}
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
	t := s.tail(c, max(first-1, 0), last)
	if left > 0 {
		c.extend(t, last)
	}
	return c, t
}

// extend fills the curve in beyond its last known bucket.
func (c curve) extend(t tail, last int) {
	const step = 40 // buckets; between them the curve is taken for straight
	for b := last; b < buckets-1; {
		next := min(b+step, buckets-1)
		to := c[last] * t.beyond(bound(last), bound(next))
		for i := b + 1; i <= next; i++ {
			c[i] = c[b] + (to-c[b])*float64(i-b)/float64(next-b)
		}
		if to < 1e-7 {
			return
		}
		b = next
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
