package view

import (
	"fmt"
	"strings"
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

	began    time.Time
	mu       sync.Mutex
	failures int
	waiting  executor.Event // the executor's last Waiting; zero when it is over
	held     executor.Event // the client's, which other events do not end
	pace     pace
}

// NewProgress begins to show progress. Stop must be called.
func NewProgress(s Stream, o ProgressOptions) *Progress {
	p := &Progress{o: o, palette: newPalette(s.Color), began: time.Now()}
	p.pace.see(p.began, o.Tally.Counts())
	p.Live = newLive(s, o.Quiet, false, p.line)
	return p
}

// Event takes note of what happened; failures are printed at once, the first of
// them at least.
func (p *Progress) Event(e executor.Event) {
	p.mu.Lock()
	p.pace.see(time.Now(), p.o.Tally.Counts())
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
	p.held = e
	if e.Message == "" {
		p.held = executor.Event{}
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
	waiting, held := p.waiting, p.held
	p.mu.Unlock()
	if !held.Until.IsZero() && !held.Until.After(now) {
		held = executor.Event{}
	}

	var parts []string
	if held.Type != "" {
		parts = append(parts, WaitText(held))
	}
	count := Count(c.Done) + " of " + Number(c.Files, "file")
	if took := now.Sub(p.began); took >= time.Second {
		count += " in " + clock(took)
	}
	parts = append(parts, count, some(c.Failed, "failed"))
	if known {
		parts = append(parts, roughly(left)+" left")
	}
	parts = append(parts, waitingText(c, waiting, now)...)
	if c.Bytes > 0 {
		parts = append(parts, Size(c.DoneBytes)+" of "+Size(c.Bytes))
	}
	text := bar(c.share(), columns)
	for i, part := range append(parts, p.budgetText(now)) {
		between := ", "
		if i == 0 {
			between = " "
		}
		switch longer := text + between + part; {
		case part == "":
		case columns <= 0 || width(longer) <= columns:
			text = longer
		case i == 0: // it is worth more than the bar
			text = percent(c.share()) + between + part
		}
	}
	return text
}

// waitingText says what is under way on the platform, and what is waited for.
func waitingText(c Counts, waiting executor.Event, now time.Time) []string {
	parts := []string{Number(c.Open, "job") + " open"}
	switch left := waiting.Until.Sub(now); {
	case waiting.Type == "":
	case !strings.HasSuffix(waiting.Message, " open jobs"):
		parts = append([]string{WaitText(waiting)}, parts...)
	case left > 0:
		parts = append(parts, "next look in "+duration(left))
	}
	return parts
}

// clock is a length of time as a clock shows it: "1:05" or "2:01:05".
func clock(d time.Duration) string {
	minutes, seconds := int(d.Minutes()), int(d.Seconds())%60
	if minutes < 60 {
		return fmt.Sprintf("%d:%02d", minutes, seconds)
	}
	return fmt.Sprintf("%d:%02d:%02d", minutes/60, minutes%60, seconds)
}

// wideLine is from how many columns on there is room for a longer bar.
const wideLine = 100

// bar draws a share, and tells it; without a terminal it only tells it.
func bar(share float64, columns int) string {
	cells := 8
	switch {
	case columns <= 0:
		return percent(share)
	case columns >= wideLine:
		cells = 20
	}
	full := int(share * float64(cells))
	return "[" + strings.Repeat("#", full) + strings.Repeat("-", cells-full) + "] " + percent(share)
}

// percent is a share in words; only the whole is 100%.
func percent(share float64) string { return fmt.Sprintf("%d%%", int(share*100)) }

// budgetText says how many requests are left and for how long.
func (p *Progress) budgetText(now time.Time) string {
	if p.o.Budget == nil {
		return ""
	}
	b := p.o.Budget()
	if !b.Known {
		return ""
	}
	text := Number(b.Remaining, "API request") + " left"
	if left := b.Reset.Sub(now); left > 0 {
		text += ", resets in " + duration(left)
	}
	return text
}
