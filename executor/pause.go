package executor

import (
	"math"
	"time"

	"sbexport/internal/platform"
)

// How long a pacer waits between looks that may be wasted is a share of the time
// that the run's jobs have taken already, so that an end is noticed late by a
// small share of the run. The less is left of the allowance, the larger it is.
const (
	// firstAllowance is the allowance with which a run waits the least time
	// between looks before its first.
	firstAllowance = 25
	// closingShare is the part of the allowance that is kept while nothing is
	// known of how long jobs take: the run's last jobs need it, whose end is
	// the run's end.
	closingShare = 0.1
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
	// Most of the time until jobs are likely to have ended passes without a
	// look: wayToSweep, as an exponent; but at least leastWay and at most
	// mostWay of the time gone.
	wayToSweep, leastWay, mostWay = 0.8, 0.12, 0.25
	// stragglers is how few jobs are expected to be left when it is worth to
	// look for the end of the last one.
	stragglers = 1.0
	// sharp is the pause within which an end that is foreseen is believed in
	// whatever is left of the allowance.
	sharp = 0.06
)

// first is when to look first: the less may be wasted, the later.
func (p *pacer) first() time.Duration {
	return time.Duration(float64(p.min) * min(max(firstAllowance/p.left(), 0.5), 2.6))
}

// left is what is left of the allowance. It never runs out altogether: looking
// for the end of a run goes on, if seldom.
func (p *pacer) left() float64 { return max(p.allowance, 1.5) }

// pause is how long to wait for the next look when nothing is likely to have
// ended: in proportion to how long the oldest open job has taken already, so
// that an end is noticed late by a small share of the run at the most.
func (p *pacer) pause(now time.Time) time.Duration {
	oldest := now
	for _, g := range p.all() {
		if len(g.jobs) > 0 && g.submitted.Before(oldest) {
			oldest = g.submitted
		}
	}
	gone := max(now.Sub(oldest), p.min/8)
	var d time.Duration
	switch {
	case p.curve == nil:
		d = p.blind(gone)
	case p.closing():
		d = p.untilLast(now, gone)
	default:
		d = p.untilSwept(now, gone)
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
	factor := 1 + max(p.spread(gone, max(expected, 2*gone), 1-closingShare), leastBlind)
	target := factor * float64(gone)
	if factor < seldom {
		return time.Duration(target) - gone
	}
	// The panel's jobs were not all submitted at once.
	lag := min(p.newest.Sub(p.panel.submitted), gone/8)
	at, nearest := target, math.Log(factor)/2
	for _, u := range usual {
		after := late*float64(u) + float64(lag)
		if off := math.Abs(math.Log(after / target)); off <= nearest {
			at, nearest = after, off
		}
	}
	return time.Duration(at) - gone
}

// untilSwept is the pause while most jobs are open and not likely to have ended
// yet: most of the way to when they are, as what is known of that is the less
// certain the farther it is.
func (p *pacer) untilSwept(now time.Time, gone time.Duration) time.Duration {
	most := p.spread(gone, 3*gone, 0.4)
	at, known := p.nextDue()
	if left := at.Sub(now); known && left > 0 {
		way := math.Pow(float64(gone+left)/float64(gone), wayToSweep) - 1
		most = min(most, max(way, min(max(2.5/p.left(), leastWay), mostWay)))
	}
	return part(gone, most)
}

// untilLast is the pause when only the last jobs are open: until hardly any is
// likely to be left, within bounds, as the last of all are hard to foresee.
func (p *pacer) untilLast(now time.Time, gone time.Duration) time.Duration {
	least, most := p.closingBounds(gone)
	open := float64(p.open)
	few := min(stragglers+open/50, open/2)
	for share := 0.01; share < most; share += max(0.01, share/5) {
		ended := p.ended(now.Add(part(gone, share)))
		cheap := float64(calls(p.open))-ended/platform.MaxBulk < 0.5
		if open-ended <= few && (cheap || share < sharp || share >= least) {
			return part(gone, max(share, min(most/7, sharp)))
		}
	}
	return part(gone, most)
}

// closingBounds are the least and the longest pause of untilLast. When the
// allowance is all but used up, looks go on, but what is foreseen is trusted
// less: where jobs take very long times now and then, the end of the last one
// is foreseen again and again.
func (p *pacer) closingBounds(gone time.Duration) (least, most float64) {
	switch {
	case p.allowance < 0:
		return 0.3, 0.7
	case p.allowance < 3:
		return 0.2, 0.42
	}
	most = min(max(1.4*p.spread(gone, 2*gone, 0.8/float64(calls(p.open))), 0.07), 0.5)
	return most / 7, most
}
