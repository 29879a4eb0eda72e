package view

import (
	"fmt"
	"strings"
)

// Bounds of a Markdown page.
const (
	// maxMarkdown is the size of a page. The pages it is for count characters;
	// bytes are counted here, of which there are never fewer.
	maxMarkdown = 65536
	// tailRoom is kept for the last line of a page.
	tailRoom = 200
	// maxCell is the longest text of a cell, in columns, before it is escaped.
	maxCell = 160
	// maxTableRows is how many rows of one rule, cause or reason are on a page.
	maxTableRows = 100
	// sectionShare is the most that a table that is not folded away may take, so
	// that there is room for the others.
	sectionShare = 14000
)

// markdown builds a page that never gets longer than maxMarkdown.
type markdown struct {
	b       strings.Builder
	skipped int // tables for which there was no room
}

func (m *markdown) room() int { return maxMarkdown - tailRoom - m.b.Len() }

// add puts a block and an empty line on the page if there is room.
func (m *markdown) add(block string) bool {
	if len(block)+2 > m.room() {
		return false
	}
	m.b.WriteString(block + "\n\n")
	return true
}

// table is a table with a heading before it.
type table struct {
	heading string
	columns []string             // "Size:" is aligned to the right
	rows    int                  // how many there are to show
	row     func(i int) []string // escaped cells
	total   int                  // how many rows there would be without any bound
	noun    string               // what a row is
	fold    bool                 // folded away until it is opened, and as long as there is room
}

// table puts as many rows as there is room for on the page, and says how many
// are left out. Without room for one row it is left out as a whole, and so are the
// folded ones after it.
func (m *markdown) table(t table) {
	const noteRoom = 200
	room := m.room() - noteRoom
	if !t.fold {
		room = min(room, sectionShare)
	}
	open, closing := t.frame()
	room -= len(open) + len(closing)
	var rows strings.Builder
	shown := 0
	for ; shown < t.rows && (m.skipped == 0 || !t.fold); shown++ {
		row := "| " + strings.Join(t.row(shown), " | ") + " |\n"
		if rows.Len()+len(row) > room {
			break
		}
		rows.WriteString(row)
	}
	switch {
	case t.rows == 0:
		return
	case shown == 0:
		m.skipped++
		return
	}
	m.b.WriteString(open + rows.String())
	if shown < t.total {
		m.b.WriteString("\n" + ellipsis + " and " + Number(t.total-shown, "more "+t.noun) + ", left out here\n")
	}
	m.b.WriteString(closing + "\n")
}

// frame is what stands before and after the rows.
func (t *table) frame() (open, closing string) {
	open = "### " + t.heading + "\n\n"
	if t.fold {
		open = "<details><summary>" + t.heading + "</summary>\n\n"
		closing = "\n</details>\n"
	}
	names, rule := "", ""
	for _, c := range t.columns {
		name, right := strings.CutSuffix(c, ":")
		names += "| " + name + " "
		rule += "|---"
		if right {
			rule += ":"
		}
	}
	return open + names + "|\n" + rule + "|\n", closing
}

// String is the page.
func (m *markdown) String() string {
	if m.skipped > 0 {
		fmt.Fprintf(&m.b, "%s left out: the page is full.\n", Number(m.skipped, "more table"))
	}
	return m.b.String()
}

// special are the characters that mean something in Markdown or HTML.
const special = "&<>|`*_~[]\\#@!$"

// prose makes text from outside safe for Markdown: on one line, and with
// nothing in it that Markdown or HTML would take for markup.
func prose(s string) string { return entities(middle(Safe(s), 2*maxCell)) }

// code makes text from outside safe for Markdown as code: as a code span where
// that holds every character, else as HTML.
func code(s string) string {
	s = middle(Safe(s), maxCell)
	if s == "" {
		return ""
	}
	if strings.ContainsAny(s, "`|\\") || s[0] == ' ' || s[len(s)-1] == ' ' {
		return "<code>" + entities(s) + "</code>"
	}
	return "`" + s + "`"
}

// entities writes special characters as numeric entities, which no parser takes
// for markup.
func entities(s string) string {
	if !strings.ContainsAny(s, special) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(special, r) {
			fmt.Fprintf(&b, "&#%d;", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// htmlCode is code inside HTML, such as a summary, where Markdown is not read.
func htmlCode(s string) string {
	return "<code>" + entities(middle(Safe(s), maxCell)) + "</code>"
}
