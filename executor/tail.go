package executor

import (
	"math"
	"time"
)

// tail is what is believed of the jobs that take the longest: a number of
// distributions of how long they take beyond a threshold, each with the weight
// that what was seen gives it. They are generalized Pareto distributions, the
// ones that tails of all sorts come near to: of times that have a bound, that
// scatter around a value, or of which a few are very long.
type tail struct {
	threshold time.Duration
	fits      []fit
}

// fit is one such distribution, either of the times themselves, as multiples of
// the threshold, or of their logarithms.
type fit struct {
	logarithms   bool
	shape, scale float64
	weight       float64 // of all fits' weights together 1
}

// The shapes that are tried, of times and of their logarithms. A negative shape
// has a bound: -1 has all times up to it alike, below that they gather at it.
var (
	shapesOfTimes      = []float64{-1.5, -1, -0.7, -0.5, -0.3, -0.15, 0}
	shapesOfLogarithms = []float64{-0.5, -0.35, -0.2, -0.1, 0, 0.15, 0.3}
)

const (
	// A tail begins where a quarter of the jobs are left, or three times as many
	// as are not seen through yet if that is more.
	tailShare, tailOver = 0.25, 3
	// misfit is how far, in the measure of Kolmogorov and Smirnov, the likeliest
	// fit may be off what was seen. Where jobs are of two kinds none comes near,
	// and the tail has to begin later.
	misfit = 1.6
	// seenEnough is how many jobs a tail has to have been seen to end to be preferred
	// to one that begins earlier.
	seenEnough = 8
	// negligible is the weight, in terms of the largest, below which a fit is
	// left out.
	negligible = 3e-3
	// coarse is how many buckets are taken for one.
	coarse = 10
)

// tail is the tail from the lowest threshold on that a fit can be found for.
// The first and the last bucket are those of all that was seen.
func (s *survival) tail(c curve, first, last int) tail {
	var best tail
	off := math.Inf(1)
	for share := min(1, max(tailShare, tailOver*c[last])); ; share = (share + c[last]) / 2 {
		from := first
		if share < 1 {
			from = bucket(c.reached(share, first))
		}
		seen, ended := s.beyond(from, last)
		t, o := c.fit(seen, from)
		if len(t.fits) > 0 && o < off {
			best, off = t, o
		}
		if off < misfit || ended < 2*seenEnough {
			return best
		}
	}
}

// seenAt is how many jobs were seen to end after a time, or to be open then. The
// time is the logarithm of a multiple of the threshold.
type seenAt struct {
	at          float64
	ended, open float64
}

// beyond is what was seen beyond a bucket, up to the last, and how many jobs of
// that have ended.
func (s *survival) beyond(from, last int) (seen []seenAt, ended int) {
	for b := from + 1; b <= last; b += coarse {
		e, o := 0, 0
		for i := b; i < min(b+coarse, buckets); i++ {
			e += s.ended[i]
			o += s.open[i]
		}
		if e+o > 0 {
			middle := float64(b-from) + (coarse-1)/2.0
			seen = append(seen, seenAt{middle * math.Log(bucketStep), float64(e), float64(o)})
			ended += e
		}
	}
	return seen, ended
}

// fit fits a tail to what was seen beyond a bucket and says how far it is off
// the curve.
func (c curve) fit(seen []seenAt, from int) (t tail, off float64) {
	t.threshold = bound(from)
	var likeliest fit
	most := math.Inf(-1)
	for _, f := range candidates(seen) {
		f.weight = 0
		for _, s := range seen {
			if s.ended > 0 {
				f.weight += s.ended * f.logDensity(s.at)
			}
			if s.open > 0 {
				f.weight += s.open * f.logBeyond(s.at)
			}
		}
		if math.IsInf(f.weight, 0) || math.IsNaN(f.weight) {
			continue // it rules out what was seen
		}
		t.fits = append(t.fits, f)
		if f.weight > most {
			most, likeliest = f.weight, f
		}
	}
	kept, total := t.fits[:0], 0.0
	for _, f := range t.fits {
		if f.weight = math.Exp(f.weight - most); f.weight > negligible {
			kept = append(kept, f)
			total += f.weight
		}
	}
	for i := range kept {
		kept[i].weight /= total
	}
	t.fits = kept
	jobs := 0.0
	for _, s := range seen {
		jobs += s.ended + s.open
		known := c[min(from+int(s.at/math.Log(bucketStep)), buckets-1)] / c[from]
		off = max(off, math.Abs(known-math.Exp(likeliest.logBeyond(s.at))))
	}
	return t, off * math.Sqrt(jobs)
}

// candidates are the distributions that could be a fit, evenly spread over what
// is possible: bounds from the longest time that was seen on, and means around
// the one that was seen.
func candidates(seen []seenAt) []fit {
	if len(seen) == 0 {
		return nil
	}
	longest := seen[len(seen)-1].at
	var mean, meanOfLogarithms, ended float64
	for _, s := range seen {
		mean += (s.ended + s.open) * math.Expm1(s.at)
		meanOfLogarithms += (s.ended + s.open) * s.at
		ended += s.ended
	}
	ended = max(ended, 1)
	var all []fit
	try := func(logarithms bool, shapes []float64, longest, mean float64) {
		for _, shape := range shapes {
			if shape < 0 {
				for k := -10.0; k <= 4; k++ {
					all = append(all, fit{logarithms: logarithms, shape: shape, scale: -shape * longest * (1 + math.Pow(2, k))})
				}
				continue
			}
			for k := -1.0; k <= 1; k += 0.2 {
				all = append(all, fit{logarithms: logarithms, shape: shape, scale: mean * math.Pow(2, k)})
			}
		}
	}
	try(false, shapesOfTimes, math.Expm1(longest), mean/ended)
	try(true, shapesOfLogarithms, longest, meanOfLogarithms/ended)
	return all
}

// logBeyond is the logarithm of the share of jobs beyond the threshold that take
// longer than a multiple of it, which is given by its logarithm.
func (f fit) logBeyond(at float64) float64 {
	if at <= 0 {
		return 0
	}
	if !f.logarithms {
		at = math.Expm1(at)
	}
	if f.shape == 0 {
		return -at / f.scale
	}
	return -math.Log(max(0, 1+f.shape*at/f.scale)) / f.shape
}

// logDensity is the logarithm of the density of the logarithms there.
func (f fit) logDensity(at float64) float64 {
	stretched := 0.0
	if !f.logarithms {
		at, stretched = math.Expm1(at), at
	}
	if f.shape == 0 {
		return stretched - at/f.scale - math.Log(f.scale)
	}
	return stretched - (1/f.shape+1)*math.Log(max(0, 1+f.shape*at/f.scale)) - math.Log(f.scale)
}

// logMultiple is the logarithm of a time as a multiple of the threshold.
func (t tail) logMultiple(d time.Duration) float64 {
	return math.Log(float64(max(d, 1)) / float64(t.threshold))
}

// beyond is the chance that a job that takes longer than one time takes longer
// than another.
func (t tail) beyond(than, d time.Duration) float64 {
	before, after := 0.0, 0.0
	for _, f := range t.fits {
		before += f.weight * math.Exp(f.logBeyond(t.logMultiple(than)))
		after += f.weight * math.Exp(f.logBeyond(t.logMultiple(d)))
	}
	if before == 0 {
		return 0
	}
	return after / before
}

// allEnded is the chance that all jobs of the groups have ended by a time.
func (t tail) allEnded(groups []*group, at time.Time) float64 {
	type ages struct{ seen, then, jobs float64 }
	open := make([]ages, len(groups))
	for i, g := range groups {
		open[i] = ages{t.logMultiple(g.age()), t.logMultiple(at.Sub(g.submitted)), float64(len(g.jobs))}
	}
	sum := 0.0
	for _, f := range t.fits {
		log := 0.0
		for _, a := range open {
			still := f.logBeyond(a.then) - f.logBeyond(a.seen)
			if math.IsNaN(still) { // it rules out that they were open so long
				still = math.Inf(-1)
			}
			if log += a.jobs * math.Log1p(-math.Exp(still)); log < -20 {
				break // as good as never, and there may be many more groups
			}
		}
		sum += f.weight * math.Exp(log)
	}
	return sum
}
