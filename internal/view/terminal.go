package view

import (
	"io"

	"golang.org/x/term"
)

// defaultWidth is taken for a terminal that does not tell its width.
const defaultWidth = 80

// minWidth is the width below which the layout no longer adapts.
const minWidth = 20

// Stream is an output stream and what is known of it. The zero value of all but
// W is a pipe: nothing is shortened, wrapped, coloured or redrawn.
type Stream struct {
	W     io.Writer
	TTY   bool // a person looks at it: long paths are shortened and long lines wrapped
	Live  bool // a line can be drawn again in its place
	Color bool

	size func() int // the columns of a TTY now, 0 where it does not tell
}

// Terminal is the pair of output streams: Out carries the answer, Err everything
// else.
type Terminal struct {
	Out, Err Stream
}

// TerminalOptions are the settings that streams are looked at under.
type TerminalOptions struct {
	NoColor bool                // the flag
	Getenv  func(string) string // the environment; NO_COLOR and TERM are read
}

// NewTerminal finds out what the streams are. What is not a file that is a
// terminal is a pipe. There are no colours with NoColor, NO_COLOR or TERM=dumb,
// and no live line with NO_COLOR or TERM=dumb.
func NewTerminal(out, err io.Writer, o TerminalOptions) Terminal {
	dumb := o.Getenv("TERM") == "dumb" || o.Getenv("NO_COLOR") != ""
	return Terminal{Out: newStream(out, o.NoColor, dumb), Err: newStream(err, o.NoColor, dumb)}
}

func newStream(w io.Writer, noColor, dumb bool) Stream {
	s := Stream{W: w}
	f, ok := w.(interface{ Fd() uintptr })
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return s
	}
	s.TTY = true
	s.Live = !dumb
	s.Color = !dumb && !noColor
	s.size = func() int {
		width, _, err := term.GetSize(int(f.Fd()))
		if err != nil {
			return 0
		}
		return width
	}
	return s
}

// columns is the width to lay out for now, or 0 when there is no limit. A
// terminal may change its width at any time.
func (s *Stream) columns() int {
	if !s.TTY {
		return 0
	}
	width := s.size()
	if width <= 0 {
		width = defaultWidth
	}
	return max(width, minWidth)
}
