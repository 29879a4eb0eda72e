package view

import (
	"bufio"
	"fmt"
	"math"
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
	columns int  // 0 means no limit
	full    bool // show every row, and whole
}

func newPrinter(s Stream, full bool) printer {
	return printer{palette: newPalette(s.Color), w: bufio.NewWriter(s.W), columns: s.columns(), full: full}
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
	maxGroups = 50 // rules with their own heading
)

// keep is how many rows of a list are shown.
func (p *printer) keep() int {
	if p.full {
		return math.MaxInt
	}
	return maxRows
}

// rows is a list of files of which the first are shown.
type rows struct {
	count int // of all
	kept  int // of those shown
	show  func(i int)
	// said is a safe sentence about a row, or nothing. Rows that follow each
	// other share it. It may be nil.
	said func(i int) string
	rest string // says where the others are
}

// rows shows a list.
func (p *printer) rows(r rows) {
	for i := range r.kept {
		r.show(i)
		if r.said == nil {
			continue
		}
		if s := r.said(i); s != "" && (i+1 == r.kept || r.said(i+1) != s) {
			p.prose(6, p.faint, s)
		}
	}
	if left := r.count - r.kept; left > 0 {
		p.line("    ", p.faint(ellipsis, " and ", Count(left), " more; ", r.rest))
	}
}

// fullShowsAll is where the rows are that are not shown.
const fullShowsAll = "--full shows all"

// section shows a list under a heading, if there is anything in it. The
// arguments are those of rows.
func (p *printer) section(title string, count int, show func(i int), said func(i int) string) {
	if count == 0 {
		return
	}
	p.line(p.strong(title), ": ", Number(count, "file"))
	p.list(count, show, said)
	p.line()
}

// list shows the first rows of a list, and counts the others.
func (p *printer) list(count int, show func(i int), said func(i int) string) {
	p.rows(rows{count, min(count, p.keep()), show, said, fullShowsAll})
}

// pair shows a file and where it goes, on one line if there is room for both.
// The place and the remark may be empty.
func (p *printer) pair(sign, from, to, remark string) {
	room := p.columns - len("    x ")
	if remark != "" {
		room -= 2 + width(remark)
		remark = "  " + p.faint(remark)
	}
	switch {
	case to == "" && p.columns == 0:
		p.line("    ", sign, " ", from, remark)
	case to == "":
		p.line("    ", sign, " ", middle(from, room), remark)
	case p.columns == 0, p.full, width(from)+width(arrow)+width(to) <= room:
		p.line("    ", sign, " ", from, arrow, to, remark)
	default:
		p.line("    ", sign, " ", middle(from, room), remark)
		p.line("     ", arrow, middle(to, p.columns-len("      > ")))
	}
}

// flush ends the work; attempted is what was being shown.
func (p *printer) flush(attempted string) error {
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("show %s: %w", attempted, err)
	}
	return nil
}
