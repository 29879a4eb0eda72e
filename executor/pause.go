package executor

import (
	"math"
	"time"
)

// How long a pacer waits between looks that may be wasted is a share of the time
// that the run's jobs have taken already: an end may be noticed late by a share of
// the run. The less is left of the allowance, the larger it is.
const (
	// firstAllowance is the allowance with which a run waits the least time
	// between looks before its first.
	firstAllowance = 25
	// keptShare is the part of the allowance that is kept while nothing is
	// known of how long jobs take: the run's last jobs need it, whose end is
	// the run's end.
	keptShare = 0.2
	// expected is how long jobs are expected to take at the most; looks that
	// learn how long they do are spread until then.
	expected = 10 * time.Minute
	// leastBlind is the smallest pause while nothing is known.
	leastBlind = 0.04
	// seldom is the growth from one look to the next from which on it matters
	// when exactly they come.
	seldom = 1.25
	// late is how long after a usual duration a look comes.
	late = 1.05
	// soonEnough is how late, as a share of the time gone, the end of all jobs may
	// be noticed; mostLate it is when the allowance is used up.
	soonEnough, mostLate = 0.12, 0.25
	// The chance that it is noticed later than that may be riskOfLast over the
	// allowance that is left, but no less than leastRisk; mostRisk it is when the
	// allowance is used up.
	riskOfLast, leastRisk, mostRisk = 0.07, 0.02, 0.3
	// certain is the chance of having ended from which it is no use to wait longer.
	certain = 0.9
	// usedUp is when the allowance is used up: what it leaves for calls that are
	// not full is used too.
	usedUp = -0.5
	// spare is what of the calls that rounding may take is counted on after all, as
	// looks at many jobs that have ended take part of a call.
	spare = 1
	// nearEnd is how much of the time, in powers of e, the allowance has to last
	// for when few jobs are open, and farFromEnd how much more when all are.
	nearEnd, farFromEnd = 2.1, 5.7
	// tooFew is the share of jobs of an age that have to be likely to have ended
	// for a look at them.
	tooFew = 0.1
	// leastGrowth and mostGrowth bound the pause by shares of the time gone.
	leastGrowth, mostGrowth = 0.05, 1
)

// first is how long after their submission jobs are looked at when no other is
// open: the less may be wasted, the later, unless it is known how long jobs take.
func (p *pacer) first() time.Duration {
	if p.curve != nil {
		return max(p.min/8, p.soonest())
	}
	return nearUsual(part(p.min, min(max(firstAllowance/p.left(), 0.5), 2.6)), seldom, 0)
}

// soonest is the age below which it is not worth to look at any job.
func (p *pacer) soonest() time.Duration { return p.curve.when(0, tooFew) }

// left is what is left of the allowance. It never runs out altogether: looking
// for the end of a run goes on, if seldom.
func (p *pacer) left() float64 { return max(p.allowance, 1.5) }

// pause is how long to wait for the next look when no full call's worth of jobs
// is likely to have ended before: in proportion to how long the oldest open job
// has taken already.
func (p *pacer) pause(now time.Time) time.Duration {
	oldest := p.groups[0].submitted
	gone := max(now.Sub(oldest), p.min/8)
	var d time.Duration
	if p.curve == nil {
		d = p.blind(gone)
	} else {
		d = max(p.foreseen(now, gone), p.soonest()-now.Sub(oldest))
	}
	return min(max(d, p.min/8), p.max)
}

// spread is the pause, as a share of the time gone, at which single looks from
// now on until a time use up a share of the allowance.
func (p *pacer) spread(gone, until time.Duration, share float64) float64 {
	looks := max(share*p.left(), 1)
	return min(math.Pow(float64(until)/float64(gone), 1/looks)-1, 1)
}

func part(d time.Duration, share float64) time.Duration { return time.Duration(share * float64(d)) }

// usual are durations that are more usual than those between them: what takes
// about ten seconds or minutes is said to take ten.
var usual = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour,
}

// blind is the pause while no job is known to have ended. Where looks are few
// and far between, they come shortly after usual durations, if one is near.
func (p *pacer) blind(gone time.Duration) time.Duration {
	factor := 1 + max(p.spread(gone, max(expected, 2*gone), 1-keptShare), leastBlind)
	target := factor * float64(gone)
	if factor < seldom {
		return time.Duration(target) - gone
	}
	// The jobs were not all submitted at once.
	lag := min(p.groups[len(p.groups)-1].submitted.Sub(p.groups[0].submitted), gone/8)
	return nearUsual(time.Duration(target), math.Sqrt(factor), lag) - gone
}

// nearUsual is a time shortly after the usual duration that is the nearest to a
// target, if one is within a factor of it; a lag is added to each.
func nearUsual(target time.Duration, factor float64, lag time.Duration) time.Duration {
	at, nearest := target, math.Log(factor)
	for _, u := range usual {
		after := part(u, late) + lag
		if off := math.Abs(math.Log(float64(after) / float64(target))); off <= nearest {
			at, nearest = after, off
		}
	}
	return at
}

// foreseen is the pause once jobs have been seen to end: until just before it
// becomes likely that all have ended and nobody has noticed for long, or until
// they are likely to have. That can be far off, and is the less certain the
// farther it is; so it looks earlier when it can afford to.
func (p *pacer) foreseen(now time.Time, gone time.Duration) time.Duration {
	risk, soon := max(leastRisk, riskOfLast/p.left()), soonEnough
	if p.allowance < usedUp {
		risk, soon = mostRisk, mostLate
	}
	// How much a look may cost for each time by which the time gone is
	// multiplied by e; the more jobs are open, the farther is the end.
	price := (p.left() + spare) / (nearEnd + farFromEnd*p.curve[bucket(p.known)])
	share, early := 0.0, 0.0
	for share < mostGrowth {
		share += max(0.005, share/10)
		at := now.Add(part(gone, share))
		chance := p.tail.allEnded(p.groups, at)
		if early == 0 && chance > risk {
			early = share
		}
		if early > 0 && (chance > certain || 1+share >= (1+early)*(1+soon)) {
			break
		}
		if share > leastGrowth && math.Log1p(share)*price > p.sampleCost(now, at) {
			break
		}
	}
	return part(gone, share)
}
