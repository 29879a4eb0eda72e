package view

import (
	"fmt"
	"strings"

	"sbexport/plan"
)

// Problems shows everything wrong with a plan, each as
// "FILE:LINE:COLUMN: error: MESSAGE", with a hint where there is one. On a terminal
// the line of the plan stands between, with a caret under the place.
func Problems(s Stream, p *plan.Problems) error {
	v := newPrinter(s, false)
	var source []string
	if s.TTY {
		source = lines(p.Source)
	}
	shown, more := p.Shown()
	for i := range shown {
		problem := &shown[i]
		v.line(v.strong(fmt.Sprintf("%s:%d:%d:", Safe(p.Name), problem.Line, problem.Column)),
			" ", v.bad("error:"), " ", Safe(problem.Message))
		if s.TTY && problem.Line >= 1 && problem.Line <= len(source) {
			v.excerpt(source[problem.Line-1], problem)
		}
		if problem.Hint != "" {
			v.prose(2, v.faint, "hint: "+Safe(problem.Hint))
		}
	}
	if more > 0 {
		v.line(plan.More(more))
	}
	return v.flush("the plan's problems")
}

// lines cuts a document at its line ends (LF, CR LF or CR). A byte order mark is
// not part of the first line.
func lines(source []byte) []string {
	text := strings.TrimPrefix(string(source), "\ufeff")
	return strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
}

// excerpt shows a line of the plan and a caret under the problem's character.
func (p *printer) excerpt(line string, problem *plan.Problem) {
	gutter := fmt.Sprintf("%6d | ", problem.Line)
	room := p.columns - len(gutter) - 1
	text, caret := window(line, problem.Column, room)
	p.line(p.faint(gutter), text)
	p.line(p.faint(strings.Repeat(" ", len(gutter)-2)+"| "), strings.Repeat(" ", caret), p.bad("^"))
}

// window is the part of a line that fits into room columns and has the 1-based
// character in it, and the column of that character in the part.
func window(line string, character, room int) (text string, caret int) {
	characters := []rune(line)
	at := min(character-1, len(characters))
	before, after := show(characters[:at]), show(characters[at:])
	const few = 12 // columns kept after the caret
	if width(before) > room-few {
		before = ellipsis + cells.TruncatePrefix(before, max(room-few-1, 1), "")
	}
	return before + end(after, max(room-width(before), 1)), width(before)
}

// show makes a part of a line safe; a tab is as wide as two spaces, so that the
// caret stands where it should on every terminal.
func show(part []rune) string {
	return Safe(strings.ReplaceAll(string(part), "\t", "  "))
}

// Failure is an error that ends a command, or a problem of the plan.
type Failure struct {
	Message string
	Hint    string // what to do; may be empty
	Exit    int    // the exit code of the command
}

// Error shows an error that ends a command, and its hint. Every line of the
// message is made safe.
func Error(s Stream, f Failure) error {
	p := newPrinter(s, false)
	for i, line := range safeLines(f.Message) {
		if i == 0 {
			p.line(p.bad("error:"), " ", line)
			continue
		}
		p.line("  ", line)
	}
	if f.Hint != "" {
		p.prose(0, p.faint, "hint: "+strings.Join(safeLines(f.Hint), " "))
	}
	return p.flush("the error")
}
