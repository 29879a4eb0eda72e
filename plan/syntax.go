package plan

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// parse reads the plan's YAML. It returns nil when there is nothing to go on
// with.
func (r *report) parse() *yaml.Node {
	decoder := yaml.NewDecoder(strings.NewReader(r.source.text))
	var first, second yaml.Node
	err := decoder.Decode(&first)
	if errors.Is(err, io.EOF) || err == nil && emptyDocument(&first) {
		r.add(1, 1, "the plan is empty", `begin with "version: 1"; "sbexport init" writes a plan to start from`)
		return nil
	}
	if err == nil {
		if err = decoder.Decode(&second); err == nil {
			line := second.Line
			for line > 1 && !strings.HasPrefix(r.source.line(line), "---") {
				line--
			}
			r.add(line, 1, "a second YAML document begins here, and a plan is one", `remove the "---", or put the rest into a file of its own`)
		} else if errors.Is(err, io.EOF) {
			err = nil
		}
	}
	if err != nil {
		r.syntax(err)
		return nil
	}
	return first.Content[0]
}

// emptyDocument reports whether a document holds nothing at all.
func emptyDocument(n *yaml.Node) bool {
	return len(n.Content) == 0 || n.Content[0].Kind == yaml.ScalarNode && n.Content[0].Tag == "!!null"
}

// syntax reports the one syntax error that the YAML library stopped at. It
// tells no column and often the wrong line, so the line is found anew.
func (r *report) syntax(err error) {
	reason := err.Error()
	line := r.culprit(lineIn(reason))
	text := r.source.line(line)
	message, hint, offset := explainSyntax(reason, text)
	r.add(line, runes(text[:offset])+1, message, hint)
}

// lineIn is the line that an error of the YAML library names, or 1.
func lineIn(reason string) int {
	_, rest, _ := strings.Cut(reason, "line ")
	number, _, _ := strings.Cut(rest, ":")
	line, err := strconv.Atoi(number)
	if err != nil {
		return 1
	}
	return line
}

// The work that finding a line may take, in bytes parsed: for looking upwards
// line by line, and for halving.
const (
	nearBudget = 24 << 20 // or three times the plan
	farBudget  = 16 << 20
)

// culprit is the line of a syntax error: the one behind the longest run of
// lines that is YAML by itself. The parser's own progress bounds it from above;
// from there it is looked for upwards, and then by halving, which finds where a
// bracket or quote was left open far above. In a plan so large that this would
// take long it is the line that the library named.
func (r *report) culprit(named int) int {
	upper := r.progress()
	budget := max(nearBudget, 3*len(r.source.text))
	lines := upper
	for ; lines >= 0; lines-- {
		if budget -= r.sizeOf(lines); budget < 0 {
			break
		}
		if r.parsableUpTo(lines) {
			return min(lines+1, len(r.source.starts))
		}
	}
	budget = farBudget
	low, high := 0, lines+1 // low lines are YAML, high are not
	for high-low > 1 {
		middle := (low + high) / 2
		if budget -= r.sizeOf(middle); budget < 0 {
			return named
		}
		if r.parsableUpTo(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return low + 1
}

// sizeOf is the length of the first lines.
func (r *report) sizeOf(lines int) int {
	if lines < len(r.source.starts) {
		return r.source.starts[lines] + 1
	}
	return len(r.source.text) + 1
}

func (r *report) parsableUpTo(lines int) bool {
	return parsable(strings.NewReader(r.source.text[:min(r.sizeOf(lines)-1, len(r.source.text))]))
}

// progress is how many lines the parser reads before it gives up. Lines are
// handed to it one by one, and it asks for no more than it needs.
func (r *report) progress() int {
	reader := &lineReader{rest: r.source.text}
	parsable(reader)
	return min(reader.lines, len(r.source.starts))
}

// parsable reports whether the text is YAML, every document of it.
func parsable(text io.Reader) bool {
	decoder := yaml.NewDecoder(text)
	for {
		var n yaml.Node
		if err := decoder.Decode(&n); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}

// lineReader hands out at most a line at a time, and counts the lines begun.
type lineReader struct {
	rest   string
	within bool // in the middle of a line
	lines  int
}

// Read implements io.Reader.
func (l *lineReader) Read(p []byte) (int, error) {
	if l.rest == "" {
		return 0, io.EOF
	}
	if !l.within {
		l.lines++
	}
	line := l.rest
	if i := strings.IndexByte(line, '\n'); i >= 0 {
		line = line[:i+1]
	}
	n := copy(p, line)
	l.within = n > 0 && line[n-1] != '\n'
	l.rest = l.rest[n:]
	return n, nil
}
