package plan

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

const (
	maxShown = 100    // problems that are printed
	maxKept  = 10_000 // problems that are kept at all
)

// Problem is one thing wrong with a plan.
type Problem struct {
	Line    int // 1-based
	Column  int // 1-based, in characters
	Message string
	Hint    string // what to do; may be empty
}

// Problems are everything wrong with one plan, sorted by position. It is an
// error when it is not empty.
type Problems struct {
	Name   string
	Source []byte
	List   []Problem
}

// Error writes one line for each problem, up to a hundred.
func (p *Problems) Error() string {
	shown, more := p.Shown()
	var b strings.Builder
	for i, one := range shown {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s:%d:%d: error: %s", p.Name, one.Line, one.Column, one.Message)
	}
	if more > 0 {
		fmt.Fprintf(&b, "\n%s: error: %s", p.Name, More(more))
	}
	return b.String()
}

// Shown are the problems to print, and how many more there are.
func (p *Problems) Shown() (list []Problem, more int) {
	if n := len(p.List); n > maxShown {
		return p.List[:maxShown], n - maxShown
	}
	return p.List, 0
}

// More is the sentence for problems that are not printed.
func More(n int) string {
	switch {
	case n == 1:
		return "and 1 more problem"
	case n >= maxKept-maxShown:
		return fmt.Sprintf("and at least %d more problems", n)
	}
	return fmt.Sprintf("and %d more problems", n)
}

// SourceLine is a line of the plan without its end, counted from 1, or empty
// when there is no such line.
func (p *Problems) SourceLine(line int) string {
	for text := range bytes.SplitSeq(p.Source, []byte("\n")) {
		if line--; line == 0 {
			return string(text)
		}
	}
	return ""
}

// slip is something wrong in a text, at a byte offset.
type slip struct {
	offset        int
	message, hint string
}

// report collects the problems of one plan.
type report struct {
	source source
	list   []Problem
	wrong  map[*yaml.Node]bool // a problem with it has been reported
}

// full reports whether no more problems are kept.
func (r *report) full() bool { return len(r.list) >= maxKept }

// add reports a problem at a position, counted from 1, in characters.
func (r *report) add(line, column int, message, hint string) {
	if r.full() {
		return
	}
	line, column = r.source.clamp(line, column)
	r.list = append(r.list, Problem{Line: line, Column: column, Message: message, Hint: hint})
}

// at reports a problem with a node.
func (r *report) at(n *yaml.Node, message, hint string) {
	r.wrong[n] = true
	r.add(n.Line, n.Column, message, hint)
}

// maxSearched is how much of a line, in bytes, is looked through to say more
// exactly what is wrong where.
const maxSearched = 10_000

// inside reports a problem inside a text: at the very character where the
// plan's line shows the text unchanged, otherwise where the text begins.
func (r *report) inside(n *yaml.Node, s slip) {
	r.wrong[n] = true
	column := n.Column
	if line := r.source.line(n.Line); !r.full() && len(line) <= maxSearched {
		begin := column
		if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			begin++
		}
		start := byteOffset(line, begin)
		if start >= 0 && s.offset <= len(n.Value) && strings.HasPrefix(line[start:], n.Value) {
			column = begin + runes(n.Value[:s.offset])
		}
	}
	r.add(n.Line, column, s.message, s.hint)
}

// sort puts the problems in order of position and drops repetitions.
func (p *Problems) sort() {
	slices.SortStableFunc(p.List, func(a, b Problem) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column, strings.Compare(a.Message, b.Message))
	})
	p.List = slices.Compact(p.List)
}
