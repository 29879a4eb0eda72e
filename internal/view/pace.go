package view

import "time"

// How the remaining time is worked out.
const (
	paceWindow   = 5 * time.Minute     // what is older does not count
	paceSample   = 5 * time.Second     // between two looks
	paceMinimum  = 15 * time.Second    // nothing is said before so much was seen
	paceFiles    = 5                   // nor before so many files were done, or a twentieth of all
	paceFarthest = 60 * 24 * time.Hour // a longer estimate is no estimate
)

// pace estimates the time that is left from what was done in the last minutes.
// The zero value has seen nothing.
type pace struct {
	samples []sample // oldest first
}

// sample is where a run stood at a time.
type sample struct {
	at    time.Time
	files int // done or failed
	bytes int64
}

func newSample(now time.Time, c Counts) sample {
	return sample{now, c.Done + c.Failed, c.Bytes - c.LeftBytes}
}

// see takes note of where the run stands.
func (p *pace) see(now time.Time, c Counts) {
	if n := len(p.samples); n > 0 && now.Sub(p.samples[n-1].at) < paceSample {
		return
	}
	p.samples = append(p.samples, newSample(now, c))
	for len(p.samples) > 1 && now.Sub(p.samples[1].at) >= paceWindow {
		p.samples = p.samples[1:]
	}
}

// left is the time until all is done if it goes on as in the last minutes. It
// is not known before enough was seen, and while nothing gets done.
func (p *pace) left(now time.Time, c Counts) (time.Duration, bool) {
	if len(p.samples) == 0 || c.Pending() == 0 {
		return 0, false
	}
	was, is := p.samples[0], newSample(now, c)
	files, bytes, took := is.files-was.files, is.bytes-was.bytes, is.at.Sub(was.at)
	if took < paceMinimum || files <= 0 || (files < paceFiles && files*20 < c.Files) {
		return 0, false
	}
	estimate := float64(took) * float64(c.Pending()) / float64(files)
	if c.LeftBytes > 0 {
		if bytes <= 0 {
			return 0, false
		}
		// Few large files can be left as well as many small ones: the slower
		// of both counts.
		estimate = max(estimate, float64(took)*float64(c.LeftBytes)/float64(bytes))
	}
	if estimate > float64(paceFarthest) {
		return 0, false
	}
	return time.Duration(estimate), true
}
