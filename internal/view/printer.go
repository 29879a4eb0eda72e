package view

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/fatih/color"
)

// paint colours text.
type paint func(...any) string

// palette is the colours of one stream. They mean the same everywhere: what is
// added is green, what waits is yellow, what destroys or is wrong is red.
type palette struct {
	add, wait, bad, alarm, strong, faint paint
}

func newPalette(on bool) palette {
	one := func(attributes ...color.Attribute) paint {
		c := color.New(attributes...)
		// The library would look at the process's own stdout and environment.
		if on {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c.SprintFunc()
	}
	return palette{
		add:    one(color.FgGreen),
		wait:   one(color.FgYellow),
		bad:    one(color.FgRed),
		alarm:  one(color.FgRed, color.Bold),
		strong: one(color.Bold),
		faint:  one(color.Faint),
	}
}

// printer writes lines to a stream and keeps the first error for flush.
type printer struct {
	palette

	w       *bufio.Writer
	columns int // 0 means no limit
}

func newPrinter(s Stream) printer {
	return printer{palette: newPalette(s.Color), w: bufio.NewWriter(s.W), columns: s.columns()}
}

// line writes its parts and ends the line. The writer keeps its first error.
func (p *printer) line(parts ...string) {
	for _, part := range parts {
		_, _ = p.w.WriteString(part)
	}
	_ = p.w.WriteByte('\n')
}

// prose writes safe text, wrapped to the stream's width; every line but the
// first is indented by two more.
func (p *printer) prose(indent int, c paint, text string) {
	limit := 0
	if p.columns > 0 {
		limit = max(p.columns-indent-2, minWidth)
	}
	space := strings.Repeat(" ", indent)
	for i, l := range wrap(text, limit) {
		if i == 1 {
			space += "  "
		}
		if c != nil {
			l = c(l)
		}
		p.line(space, l)
	}
}

// flush ends the work; attempted is what was being shown.
func (p *printer) flush(attempted string) error {
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("show %s: %w", attempted, err)
	}
	return nil
}
