package view

import (
	"fmt"
	"sync"
	"time"

	"sbexport/executor"
	"sbexport/internal/platform"
)

// maxFailureLines is how many failures are printed as they happen; the summary
// tells the others.
const maxFailureLines = 20

// ProgressOptions are what Progress needs beside the stream.
type ProgressOptions struct {
	Tally   *Tally                 // counts the same run
	Budget  func() platform.Budget // the request budget; nil when there is none
	Verbose bool                   // a line for every event
	Quiet   bool                   // nothing at all
}

// Progress shows how a run goes on. It is an event sink, to be told an event
// after the Tally, and an io.Writer for other lines (see Live). Its methods may
// be called at once from several goroutines.
type Progress struct {
	*Live

	o       ProgressOptions
	palette palette

	mu       sync.Mutex
	failures int
	waiting  executor.Event // the last Waiting; zero when it is over
	pace     pace
}

// NewProgress begins to show progress. Stop must be called.
func NewProgress(s Stream, o ProgressOptions) *Progress {
	p := &Progress{o: o, palette: newPalette(s.Color)}
	p.pace.see(time.Now(), o.Tally.Counts())
	p.Live = newLive(s, o.Quiet, false, p.line)
	return p
}

// Event takes note of what happened; failures are printed at once, the first of
// them at least.
func (p *Progress) Event(e executor.Event) {
	p.mu.Lock()
	if e.Type == executor.Waiting {
		p.waiting = e
	} else {
		p.waiting = executor.Event{}
	}
	if e.Type == executor.FileFailed {
		p.failures++
	}
	failures := p.failures
	p.mu.Unlock()
	if p.o.Quiet {
		return
	}
	switch {
	case e.Type == executor.FileFailed && failures <= maxFailureLines, p.o.Verbose:
		_, _ = fmt.Fprintln(p.Live, p.eventText(e))
	case e.Type == executor.FileFailed && failures == maxFailureLines+1:
		_, _ = fmt.Fprintln(p.Live, "more files failed; the summary tells them all")
	}
}

// Waiting takes note of a wait that the user was told of elsewhere; one without
// a message ends the last.
func (p *Progress) Waiting(e executor.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = e
	if e.Message == "" {
		p.waiting = executor.Event{}
	}
}

// eventText is an event in a line.
func (p *Progress) eventText(e executor.Event) string {
	if e.Action == nil {
		return p.palette.faint(WaitText(e))
	}
	text := path(e.Action.Path, e.Action.File) + arrow + destination(e.Action)
	kind := string(e.Type)
	switch e.Type {
	case executor.FileFailed:
		return p.palette.bad(kind) + " " + text + ": " + clause(e.Err)
	case executor.FileRetrying:
		return p.palette.wait(kind) + fmt.Sprintf(" %s, attempt %d: %s", text, e.Attempt, clause(e.Err))
	case executor.FileDone:
		return p.palette.add(kind) + " " + text
	case executor.Submitted, executor.Waiting:
	}
	return kind + " " + text
}

// WaitText says what is waited for and how long.
func WaitText(e executor.Event) string {
	text := "waiting " + Safe(e.Message)
	if left := time.Until(e.Until); left > 0 {
		text += " (" + duration(left) + ")"
	}
	return text
}

// line is the progress line as it is now: what matters most comes first, and
// what there is no room for is left out.
func (p *Progress) line(columns int) string {
	now, c := time.Now(), p.o.Tally.Counts()
	p.mu.Lock()
	p.pace.see(now, c)
	left, known := p.pace.left(now, c)
	waiting := p.waiting
	p.mu.Unlock()

	parts := []string{some(c.Failed, "failed")}
	if c.Bytes > 0 {
		parts = append(parts, Size(c.DoneBytes)+" of "+Size(c.Bytes))
	}
	if known {
		parts = append(parts, roughly(left)+" left")
	}
	parts = append(parts, Number(c.Open, "job")+" open", p.budgetText(now))
	if waiting.Type != "" && (waiting.Until.IsZero() || waiting.Until.After(now)) {
		parts = append(parts, WaitText(waiting))
	}
	text := Count(c.Done) + " of " + Number(c.Files, "file")
	for _, part := range parts {
		if longer := list(text, part); columns <= 0 || width(longer) <= columns {
			text = longer
		}
	}
	return text
}

// budgetText says how many requests are left and for how long.
func (p *Progress) budgetText(now time.Time) string {
	if p.o.Budget == nil {
		return ""
	}
	b := p.o.Budget()
	if !b.Known {
		return ""
	}
	text := Number(b.Remaining, "request") + " left"
	if left := b.Reset.Sub(now); left > 0 {
		text += " for " + duration(left)
	}
	return text
}

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
	return sample{now, c.Done + c.Failed, c.DoneBytes + c.FailedBytes}
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
	if c.LeftBytes() > 0 {
		if bytes <= 0 {
			return 0, false
		}
		// Few large files can be left as well as many small ones: the slower
		// of both counts.
		estimate = max(estimate, float64(took)*float64(c.LeftBytes())/float64(bytes))
	}
	if estimate > float64(paceFarthest) {
		return 0, false
	}
	return time.Duration(estimate), true
}
