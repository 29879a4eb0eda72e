package executor

import (
	"math/rand/v2"
	"slices"
	"time"

	"sbexport/internal/platform"
)

// pacer decides when to look at which open jobs. It is pure policy: it is told
// the time, what was submitted and what looks showed, and it neither waits nor
// asks.
//
// Nobody knows beforehand how long jobs take, and a look at a job that is still
// open is a request wasted. So it looks at a sample of one call, mixed over all
// submissions, each time the run is an eighth older. Where most of a sample has
// ended, it sweeps over the others. When all open jobs fit one call, that call is
// the sample. And all are swept over where they would not be for longer than is
// allowed.
//
// Whatever the durations, the first sample after the last end shows that all
// have ended, so that the end is noticed an eighth late at the most. And the
// samples of an hour are about sixty, however many jobs there are.
type pacer struct {
	min, max time.Duration // between two looks at the same job
	random   *rand.Rand

	open    []*item   // in order of submission, and so of size
	began   time.Time // when the first of them were added
	sampled time.Time // when the last sample was drawn
	mark    time.Time // when the next one is due
	swept   time.Time // when all that is open was looked at last
	after   time.Time // no look before
	round   looks
	rest    []*item // to be swept over at once
}

// looks is a round of looks.
type looks struct {
	began  time.Time
	sample []*item // in order of submission; nil in a sweep
	among  int     // how many jobs the sample was drawn from
}

const (
	// older is the share of its age by which a run is older at the next sample.
	// The promise is that an end is noticed by 0.15 of the time late; that leaves
	// some for the requests themselves. A smaller share costs more samples.
	older = 0.12
	// most is the share of a sample that has to have ended for a sweep. The other
	// 0.15 are looked at in vain, and those of the next sweeps: 0.18 of the looks
	// together, or 0.06 of all requests, as a file takes a page and a submission too.
	most = 0.85
	// parts is how many parts of a sample are judged by themselves: those that were
	// submitted early have often ended before the others, and so have small files.
	parts = 5
	// The first sample comes after so many times the least time between looks, as
	// hardly any export ends sooner, but not later than after soonEnough or that
	// time itself.
	firstLook  = 3
	soonEnough = 2 * time.Second
)

func newPacer(o Options) *pacer {
	// The seed is always the same, so that a run can be played again.
	return &pacer{min: o.PollMin, max: o.PollMax, random: rand.New(rand.NewPCG(1, 2))}
}

// add takes in jobs that were submitted together, if there are any. Those that
// are followed may have ended long ago, so they are looked at at once.
func (p *pacer) add(jobs []*item, now time.Time, followed bool) {
	if len(jobs) == 0 {
		return
	}
	first := now.Add(min(firstLook*p.min, max(soonEnough, p.min)))
	if followed {
		first = now
	}
	if p.began.IsZero() {
		p.began, p.mark = now, first
	}
	if len(p.open) == 0 {
		p.mark, p.swept = later(p.mark, first), now
	}
	p.open = append(p.open, jobs...)
}

// next is when take has something to look at; it is false when no job is open.
func (p *pacer) next() (time.Time, bool) {
	switch {
	case len(p.open) == 0:
		return time.Time{}, false
	case len(p.rest) > 0:
		return p.round.began, true
	}
	return soonest(p.mark, later(p.swept.Add(p.max), p.after)), true
}

// take begins a round of looks and returns the jobs to look at, in calls.
func (p *pacer) take(now time.Time) [][]*item {
	p.round = looks{began: now}
	jobs := p.rest
	p.rest = nil
	switch {
	case len(jobs) > 0:
	case !now.Before(p.swept.Add(p.max)):
		jobs = slices.Clone(p.open)
		p.sampled, p.swept = now, now
	default:
		jobs = p.draw()
		p.sampled = now
	}
	for _, it := range jobs {
		it.looked = now
	}
	return slices.Collect(slices.Chunk(jobs, platform.MaxBulk))
}

// draw draws a sample: one job of each of as many equal stretches of the open
// ones as a call has room for. By chance, as any order may have a pattern.
func (p *pacer) draw() []*item {
	n := min(len(p.open), platform.MaxBulk)
	p.round.sample, p.round.among = make([]*item, n), len(p.open)
	for i := range n {
		from, to := i*len(p.open)/n, (i+1)*len(p.open)/n
		p.round.sample[i] = p.open[from+p.random.IntN(to-from)]
	}
	return p.round.sample
}

// looked takes in that a round of looks is over.
func (p *pacer) looked(now time.Time) {
	p.judge()
	p.open = slices.DeleteFunc(p.open, func(it *item) bool { return !it.open })
	p.after = now.Add(p.min)
	step := part(p.sampled.Sub(p.began), older)
	p.mark = later(p.sampled.Add(step), p.after)
}

// judge has those jobs swept over of which a sample shows that most have ended.
// Calls are full, unless nothing else is left.
func (p *pacer) judge() {
	n := len(p.round.sample)
	if n == p.round.among {
		return // the sample was all
	}
	for k := range parts {
		from, to := k*n/parts, (k+1)*n/parts
		ended := 0
		for _, it := range p.round.sample[from:to] {
			if !it.open {
				ended++
			}
		}
		if float64(ended) < most*float64(to-from) {
			continue
		}
		for _, it := range p.open[from*p.round.among/n : to*p.round.among/n] {
			if !it.looked.Equal(p.round.began) {
				p.rest = append(p.rest, it)
			}
		}
	}
	if len(p.rest) < p.round.among-n {
		p.rest = p.rest[:len(p.rest)-len(p.rest)%platform.MaxBulk]
	}
}

// putOff has a sample drawn at a time, and no look before, after a round of looks
// that came to nothing.
func (p *pacer) putOff(until time.Time) {
	p.mark, p.after = until, until
}

func part(d time.Duration, share float64) time.Duration { return time.Duration(share * float64(d)) }

// later is the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
