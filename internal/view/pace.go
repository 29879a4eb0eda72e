package view

import (
	"slices"
	"time"
)

// How the remaining time is worked out.
const (
	paceSample   = 5 * time.Second     // between two samples at least,
	paceSparser  = 60                  // or this part of the time so far
	paceMinimum  = 15 * time.Second    // nothing is said before so much was seen
	paceFiles    = 5                   // nor before so many files ended in each third, or a twentieth of all
	paceFarthest = 60 * 24 * time.Hour // a longer estimate is no estimate
	paceSteady   = 1.25                // by how much two estimates may differ
)

// pace estimates the time that is left. As long as a run gets faster or slower,
// as it does while its first jobs run and while its last ones do, nobody knows:
// the last third of the time so far must be like the third before it. The zero
// value has seen nothing.
type pace struct {
	samples []sample // oldest first, ever sparser
	last    sample   // when something ended last
}

// sample is where a run stood at a time.
type sample struct {
	at    time.Time
	files int // done or failed
	bytes int64
}

func newSample(now time.Time, c Counts) sample {
	return sample{now, c.Done + c.Failed, c.DoneBytes + c.FailedBytes}
}

// see takes note of where the run stands.
func (p *pace) see(now time.Time, c Counts) {
	is := newSample(now, c)
	if is.files != p.last.files || p.last.at.IsZero() {
		p.last = is
	}
	n := len(p.samples)
	if n == 0 || now.Sub(p.samples[n-1].at) >= max(paceSample, now.Sub(p.samples[0].at)/paceSparser) {
		p.samples = append(p.samples, is)
	}
}

// at is the last sample that is no later than a time.
func (p *pace) at(t time.Time) sample {
	i, exact := slices.BinarySearchFunc(p.samples, t, func(s sample, t time.Time) int { return s.at.Compare(t) })
	if exact {
		return p.samples[i]
	}
	return p.samples[max(i-1, 0)]
}

// left is the time until all is done if it goes on as it does. It is not known
// before enough was seen, while the pace changes, and while nothing gets done.
func (p *pace) left(now time.Time, c Counts) (time.Duration, bool) {
	if len(p.samples) == 0 || c.Pending() == 0 {
		return 0, false
	}
	took := now.Sub(p.samples[0].at)
	first, second, is := p.at(now.Add(-2*took/3)), p.at(now.Add(-took/3)), newSample(now, c)
	before, known := between(first, second, c)
	lately, stillKnown := between(second, is, c)
	estimate, _ := between(first, is, c)
	switch {
	case took < paceMinimum || !known || !stillKnown,
		max(before, lately) > paceSteady*min(before, lately),
		estimate > float64(paceFarthest),
		float64(now.Sub(p.last.at)) > estimate:
		return 0, false
	}
	return time.Duration(estimate), true
}

// between estimates the time that is left from what was done between two samples.
func between(was, is sample, c Counts) (estimate float64, known bool) {
	files, bytes, took := is.files-was.files, is.bytes-was.bytes, float64(is.at.Sub(was.at))
	if files <= 0 || (files < paceFiles && files*20 < c.Files) || c.LeftBytes() > 0 && bytes <= 0 {
		return 0, false
	}
	estimate = took * float64(c.Pending()) / float64(files)
	if c.LeftBytes() > 0 {
		// Few large files can be left as well as many small ones: the slower of both
		// counts.
		estimate = max(estimate, took*float64(c.LeftBytes())/float64(bytes))
	}
	return estimate, true
}
