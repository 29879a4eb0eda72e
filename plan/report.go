package plan

import "gopkg.in/yaml.v3"

// report collects the problems of one plan.
type report struct {
	source source
	list   []Problem
	about  map[*yaml.Node]bool // the nodes that have a problem
}

// full reports whether no more problems are kept.
func (r *report) full() bool { return len(r.list) >= maxKept }

// add reports a problem at a position.
func (r *report) add(line, column int, message, hint string) {
	if r.full() {
		return
	}
	line, column = r.source.clamp(line, column)
	r.list = append(r.list, Problem{Line: line, Column: column, Message: message, Hint: hint})
}

// at reports a problem with a node.
func (r *report) at(n *yaml.Node, message, hint string) {
	r.about[n] = true
	r.add(n.Line, n.Column, message, hint)
}

// maxSearched is how much of a line, in bytes, is looked through to say more
// exactly what is wrong where.
const maxSearched = 10_000

// inside reports a problem at a byte offset of a text, as near to it as can be
// told: at the very character where the plan's line shows the text unchanged.
func (r *report) inside(n *yaml.Node, offset int, message, hint string) {
	line := r.source.line(n.Line)
	if r.full() || len(line) > maxSearched {
		r.at(n, message, hint)
		return
	}
	r.about[n] = true
	column := n.Column
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		column++
	}
	if start := byteOffset(line, column); start >= 0 && offset <= len(n.Value) &&
		len(line)-start >= len(n.Value) && line[start:start+len(n.Value)] == n.Value {
		r.add(n.Line, column+runes(n.Value[:offset]), message, hint)
		return
	}
	r.add(n.Line, n.Column, message, hint)
}
