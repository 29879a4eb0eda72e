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
// added is green, what leaves the platform magenta, what waits is yellow, what
// destroys or is wrong is red.
type palette struct {
	add, move, wait, bad, alarm, strong, faint paint
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
		move:   one(color.FgMagenta),
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
	columns int  // 0 means no limit
	full    bool // show every row, and whole
	most    int  // rows that are shown of a list
}

func newPrinter(s Stream, full bool) printer {
	return printer{palette: newPalette(s.Color), w: bufio.NewWriter(s.W), columns: s.columns(), full: full, most: maxRows}
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

// What is shown of a long list unless everything is wanted.
const (
	maxRows   = 20 // of one rule and kind, or of one reason
	maxAlike  = 40 // of all rules and kinds: two screens
	fewRows   = 3  // of each, however many there are
	maxGroups = 50 // rules with their own heading
)

// shown is how many of a list are shown: all of them if everything is wanted.
func (p *printer) shown(count, most int) int {
	if p.full {
		return count
	}
	return min(count, most)
}

// fullShowsAll is where the rows are that are not shown.
const fullShowsAll = "; --full shows all"

// room is how many columns there are for text that is cut where it gets long.
func (p *printer) room() int {
	if p.columns == 0 || p.full {
		return maxCell
	}
	return p.columns
}

// more says that a list goes on.
func (p *printer) more(indent, left int, what string) {
	if left > 0 {
		p.line(strings.Repeat(" ", indent), p.faint(ellipsis, " and ", Count(left), " more", what))
	}
}

// row is a line about a file. All of it is safe text.
type row struct {
	sign  string // in its colour
	from  string // the file
	to    string // its place on a volume; may be empty
	tail  string // its size and what is remarkable; may be empty
	grave bool   // the tail tells of what cannot be undone
	said  string // a sentence about it, or nothing; rows that follow each other share it
}

// arrow stands between a file and the place it goes to.
const arrow = " → "

// maxPad is the widest column that is padded; beyond it the rows of a list are
// so different that padding only spreads them.
const maxPad = 100

// layout is how the rows of a list are shown: on one line each, or with the
// place on a second one.
type layout struct {
	space    string // before each row
	room     int    // columns for a path
	twoLines bool
	from, to int // columns that are padded to
}

// layout finds the layout for rows: on one line each when all fit, else on two,
// so that paths are shortened only when a line of their own cannot hold them. In
// a pipe, and where everything is wanted, rows are whole and not padded.
func (p *printer) layout(indent, count int, at func(i int) row) layout {
	l := layout{space: strings.Repeat(" ", indent), room: p.columns - indent - 2}
	if p.columns == 0 || p.full {
		return l
	}
	tail := 0
	for i := range count {
		r := at(i)
		l.from, l.to, tail = max(l.from, width(r.from)), max(l.to, width(r.to)), max(tail, width(r.tail))
	}
	l.twoLines = l.from+width(arrow)+l.to+2+tail > l.room || max(l.from, l.to) > maxPad
	return l
}

// rows shows the first rows of a list, and counts the others, saying what and
// where they are.
func (p *printer) rows(indent, count int, at func(i int) row, rest string) {
	shown := p.shown(count, p.most)
	l := p.layout(indent, shown, at)
	for i := range shown {
		r := at(i)
		p.row(l, &r)
		if r.said != "" && (i+1 == shown || at(i+1).said != r.said) {
			p.prose(indent+2, p.faint, r.said)
		}
	}
	p.more(indent, count-shown, rest)
}

func (p *printer) row(l layout, r *row) {
	color, tail, start := p.faint, "", l.space+r.sign+" "
	if r.grave {
		color = p.alarm
	}
	if r.tail != "" {
		tail = "  " + color(r.tail)
	}
	switch {
	case l.twoLines:
		p.twoLines(l, r, start, tail, color)
	case r.to == "":
		p.line(start, r.from, tail)
	case tail == "":
		p.line(start, pad(r.from, l.from), arrow, r.to)
	default:
		p.line(start, pad(r.from, l.from), arrow, pad(r.to, l.to), tail)
	}
}

// twoLines shows a row with its place on a second line. A long tail follows on
// the next.
func (p *printer) twoLines(l layout, r *row, start, tail string, color paint) {
	long := width(r.tail) > l.room/3
	if long {
		tail = ""
	}
	room := l.room
	if tail != "" {
		room -= 2 + width(r.tail)
	}
	p.line(start, middle(r.from, room), tail)
	if r.to != "" {
		p.line(l.space, " ", arrow, middle(r.to, l.room-2))
	}
	if long {
		p.prose(len(l.space)+4, color, r.tail)
	}
}

// section shows a list under a heading, if there is anything in it.
func (p *printer) section(title string, count int, at func(i int) row) {
	if count == 0 {
		return
	}
	p.line(p.strong(title), ": ", Number(count, "file"))
	p.rows(4, count, at, fullShowsAll)
	p.line()
}

// flush ends the work; attempted is what was being shown.
func (p *printer) flush(attempted string) error {
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("show %s: %w", attempted, err)
	}
	return nil
}
