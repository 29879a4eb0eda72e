package plan

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

const (
	maxShown = 100    // problems that are printed
	maxKept  = 10_000 // problems that are kept at all
)

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
	rest := p.Source
	for ; line > 1; line-- {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			return ""
		}
		rest = rest[i+1:]
	}
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	return string(rest)
}

// sort puts the problems in order of position and drops repetitions.
func (p *Problems) sort() {
	slices.SortStableFunc(p.List, func(a, b Problem) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column, strings.Compare(a.Message, b.Message))
	})
	p.List = slices.Compact(p.List)
}
