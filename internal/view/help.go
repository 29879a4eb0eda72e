package view

import (
	"strings"

	"sbexport/internal/help"
)

// What a page is laid out for: long lines are hard to read, and a pipe has no
// width.
const (
	widestPage  = 100
	pipePage    = 80
	widestTerms = 26 // of a list's terms beside what they mean
)

// HelpTopics lists the topics.
func HelpTopics(s Stream, topics []help.Topic) error {
	p := newPrinter(s, false)
	rows := [][]string{{"topic", "about"}}
	for _, t := range topics {
		rows = append(rows, []string{t.Name, t.Title})
	}
	p.table(rows)
	p.line()
	p.hanging("", "", "sbexport help TOPIC shows one; sbexport COMMAND --help, how a command is used.")
	return p.flush("the topics")
}

// HelpTopic shows a page of the reference.
func HelpTopic(s Stream, t help.Topic) error {
	p := newPrinter(s, false)
	blocks := help.Parse(t.Markdown)
	for i, b := range blocks {
		if i > 0 && (b.Kind != help.Item || blocks[i-1].Kind != help.Item) {
			p.line()
		}
		switch b.Kind {
		case help.Heading:
			p.line(p.strong(help.Term(b.Text)))
		case help.Paragraph:
			p.hanging("", "", help.Plain(b.Text))
		case help.Item:
			p.hanging(b.Mark+" ", strings.Repeat(" ", len(b.Mark)+1), help.Plain(b.Text))
		case help.Code:
			for line := range strings.Lines(b.Text) {
				p.line("    ", strings.TrimSuffix(line, "\n"))
			}
		case help.Table:
			p.table(b.Rows)
		}
	}
	return p.flush("the topic")
}

// page is the width that pages are laid out for.
func (p *printer) page() int {
	if p.columns == 0 {
		return pipePage
	}
	return min(p.columns, widestPage)
}

// hanging writes text after what begins its first line; the others are indented.
func (p *printer) hanging(first, indent, text string) {
	for _, l := range wrap(text, max(p.page()-width(indent), minWidth)) {
		p.line(first, l)
		first = indent
	}
}

// table shows rows, the first of which is the head. A list of two columns is
// terms and what they mean; one of more is side by side where there is room, else
// one row under the other.
func (p *printer) table(rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], width(help.Term(cell)))
		}
	}
	last := len(widths) - 1
	if last == 1 {
		widths[0] = min(widths[0], widestTerms, p.page()/3)
		rows = rows[1:]
	}
	room := p.page()
	for _, w := range widths[:last] {
		room -= w + 2
	}
	side := last == 1 || room >= min(widths[last], p.page()*2/5)
	for i, row := range rows {
		switch {
		case side:
			p.sideBySide(row, widths, i == 0 && last > 1)
		case i > 0:
			p.record(rows[0], row)
		}
	}
}

// sideBySide shows a row on one line, and on more if its last column is long. A
// term that is wider than its column has a line of its own.
func (p *printer) sideBySide(row []string, widths []int, head bool) {
	first, indent := "", ""
	last := len(row) - 1
	for i, cell := range row[:last] {
		text := pad(help.Term(cell), widths[i])
		if i == 0 && !head {
			text = p.strong(text)
		}
		first += text + "  "
		indent += strings.Repeat(" ", widths[i]+2)
	}
	if width(help.Term(row[0])) > widths[0] {
		p.line(p.strong(help.Term(row[0])))
		first = indent
	}
	if text := help.Plain(row[last]); head {
		p.line(p.faint(first, text))
	} else {
		p.hanging(first, indent, text)
	}
}

// record shows a row as its term and what the other columns say of it.
func (p *printer) record(head, row []string) {
	const indent = "    "
	p.line(p.strong(help.Term(row[0])))
	for i, cell := range row[1:] {
		p.hanging(indent, indent, head[i+1]+": "+help.Plain(cell))
	}
}
