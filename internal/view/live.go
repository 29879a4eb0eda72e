package view

import (
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	redrawEvery = 100 * time.Millisecond // of a live line
	repeatEvery = 30 * time.Second       // of a plain line
)

// Live tells how something goes on while it does: as one line that is drawn
// again in its place where the stream can do that, and as a plain line now and
// then elsewhere. It is an io.Writer for everything else that is to be printed
// to the stream meanwhile: whole lines, which come out above the live line. Its
// methods may be called at once from several goroutines.
type Live struct {
	s    Stream
	text func(columns int) string // nil for a quiet one
	// late has a plain stream told only if it takes long.
	late bool

	mu      sync.Mutex
	shown   string // the line on the screen, or the last plain line
	columns int    // of the screen when the line was drawn

	stop       sync.Once
	quit, done chan struct{}
}

var _ io.Writer = (*Live)(nil)

// NewStatus begins to show text for work that is mostly short, such as a
// listing: a plain stream hears of it only when it takes long. Text is made
// safe. With quiet nothing is shown, and only Write is of use. Stop must be
// called.
func NewStatus(s Stream, quiet bool, text func() string) *Live {
	return newLive(s, quiet, true, func(int) string { return Safe(text()) })
}

// newLive begins to show text, which must be one line of safe text; it is asked
// for whenever it is to be shown, from one goroutine at a time, and is told how
// many columns there are, 0 for no limit.
func newLive(s Stream, quiet, late bool, text func(columns int) string) *Live {
	l := &Live{s: s, late: late, text: text, quit: make(chan struct{}), done: make(chan struct{})}
	if quiet {
		l.text = nil
		close(l.done)
		return l
	}
	every := redrawEvery
	if !s.Live {
		every = repeatEvery
		if !late {
			l.tick()
		}
	}
	go l.run(every)
	return l
}

func (l *Live) run(every time.Duration) {
	defer close(l.done)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-l.quit:
			return
		case <-ticker.C:
			l.tick()
		}
	}
}

// tick shows the text as it is now.
func (l *Live) tick() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.s.Live {
		l.tell()
		return
	}
	// The last column stays free, or some terminals begin a new line.
	limit := l.s.columns() - 1
	if now := end(l.text(limit), limit); now != l.shown || limit < l.columns {
		_, _ = io.WriteString(l.s.W, l.back(limit+1)+now+eraseRight)
		l.shown = now
	}
	l.columns = limit
}

// back goes to where the line on the screen begins. A terminal that was made
// narrower has wrapped it meanwhile.
func (l *Live) back(columns int) string {
	if rows := (width(l.shown) - 1) / columns; rows > 0 {
		return fmt.Sprintf("\r\x1b[%dA\x1b[J", rows)
	}
	return "\r"
}

// eraseRight clears the line from the cursor on.
const eraseRight = "\x1b[K"

// Write prints whole lines where the live line is, and the live line after them,
// in one piece so that nothing flickers.
func (l *Live) Write(lines []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.s.Live || l.shown == "" {
		return l.s.W.Write(lines)
	}
	_, err := io.WriteString(l.s.W, l.back(l.s.columns())+eraseRight+string(lines)+l.shown)
	return len(lines), err
}

// Stop ends it: the live line disappears, and the last plain line is brought up
// to date. Afterwards Write still prints. It may be called more than once.
func (l *Live) Stop() {
	l.stop.Do(func() {
		close(l.quit)
		<-l.done
		l.mu.Lock()
		defer l.mu.Unlock()
		switch {
		case l.text == nil:
		case l.s.Live && l.shown != "":
			_, _ = io.WriteString(l.s.W, l.back(l.s.columns())+eraseRight)
			l.shown = ""
		case !l.s.Live && (l.shown != "" || !l.late):
			l.tell()
		}
	})
}

// tell writes the plain line, unless it is the last one again. What cannot be
// written is lost: the stream is for progress, and there is nowhere to complain.
func (l *Live) tell() {
	if now := l.text(0); now != l.shown {
		_, _ = io.WriteString(l.s.W, now+"\n")
		l.shown = now
	}
}
