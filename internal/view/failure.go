package view

import (
	"strings"
)

// Failure is an error that ends a command, or a problem of the plan.
type Failure struct {
	Message string
	Hint    string // what to do; may be empty
	Exit    int    // the exit code of the command
}

// Error shows an error that ends a command, and its hint. Every line of the
// message is made safe.
func Error(s Stream, f Failure) error {
	p := newPrinter(s)
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
