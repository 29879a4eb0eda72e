package simulator

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxProblems is how many mistakes of a seed are told at once.
const maxProblems = 20

// reader turns YAML nodes into the seed's values and collects every mistake
// with the line it stands on, so that all of them can be told at once.
type reader struct {
	name     string
	dir      string // what relative paths in the seed are relative to
	problems []problem
}

// problem is one mistake in a seed.
type problem struct {
	line int
	text string
}

// fail records a mistake at a node.
func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	r.failAt(n.Line, format, args...)
}

func (r *reader) failAt(line int, format string, args ...any) {
	r.problems = append(r.problems, problem{line, fmt.Sprintf(format, args...)})
}

// err is all mistakes found, by line; nil when there are none.
func (r *reader) err() error {
	slices.SortStableFunc(r.problems, func(a, b problem) int { return a.line - b.line })
	var errs []error
	for i, p := range r.problems {
		if i == maxProblems {
			errs = append(errs, fmt.Errorf("%s: %d more mistakes", r.name, len(r.problems)-i))
			break
		}
		errs = append(errs, fmt.Errorf("%s:%d: %s", r.name, p.line, p.text))
	}
	return errors.Join(errs...)
}

// document reads the one YAML document of src.
func (r *reader) document(src []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(src))
	var doc, second yaml.Node
	switch err := decoder.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%s:1: the seed is empty: give it at least a project and a volume", r.name)
	case err != nil:
		return nil, fmt.Errorf("%s: the seed is not valid YAML: %s", r.name, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		line := max(second.Line, 1)
		return nil, fmt.Errorf("%s:%d: a seed is one YAML document: remove the second one", r.name, line)
	}
	if len(doc.Content) != 1 {
		return nil, fmt.Errorf("%s:1: the seed is empty: give it at least a project and a volume", r.name)
	}
	return doc.Content[0], nil
}

// keys says what is to be done with the value of each key of a mapping.
type keys map[string]func(*yaml.Node)

// mapping reads a mapping, whose keys must be among the given.
func (r *reader) mapping(n *yaml.Node, what string, known keys) {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "%s must be a mapping of keys to values", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, ok := known[key.Value]
		switch {
		case !ok:
			r.fail(key, "unknown key %q in %s: use one of %s", key.Value, what, strings.Join(sortedKeys(known), ", "))
		case seen[key.Value]:
			r.fail(key, "the key %q stands twice in %s: remove one", key.Value, what)
		default:
			seen[key.Value] = true
			read(value)
		}
	}
}

// sequence reads a list, item by item.
func (r *reader) sequence(n *yaml.Node, what string, read func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "%s must be a list", what)
		return
	}
	for _, item := range n.Content {
		read(item)
	}
}

// text reads a scalar as the text it is written as.
func (r *reader) text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.fail(n, "%s must be a single value (anchors and aliases are not read: write the value out)", what)
		return ""
	}
	return n.Value
}

// texts reads a list of scalars, or one scalar as a list of one.
func (r *reader) texts(n *yaml.Node, what string) []string {
	if n.Kind == yaml.ScalarNode {
		return []string{r.text(n, what)}
	}
	var all []string
	r.sequence(n, what, func(item *yaml.Node) { all = append(all, r.text(item, what)) })
	return all
}

func (r *reader) boolean(n *yaml.Node, what string) bool {
	switch {
	case n.Kind == yaml.ScalarNode && n.Value == "true":
		return true
	case n.Kind == yaml.ScalarNode && n.Value == "false":
		return false
	}
	r.fail(n, "%s must be true or false", what)
	return false
}

// integer reads a whole number between two bounds.
func (r *reader) integer(n *yaml.Node, what string, bounds [2]int) int {
	value, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || value < bounds[0] || value > bounds[1] {
		r.fail(n, "%s must be a whole number from %d to %d", what, bounds[0], bounds[1])
		return bounds[0]
	}
	return value
}

// fraction reads a number from 0 to 1.
func (r *reader) fraction(n *yaml.Node, what string) float64 {
	value, err := strconv.ParseFloat(n.Value, 64)
	if n.Kind != yaml.ScalarNode || err != nil || !(value >= 0 && value <= 1) {
		r.fail(n, "%s must be a number from 0 to 1", what)
		return 0
	}
	return value
}

// oneOf reads a text that must be among the choices.
func (r *reader) oneOf(n *yaml.Node, what string, choices ...string) string {
	value := r.text(n, what)
	if !slices.Contains(choices, value) {
		r.fail(n, "%s is %q: use one of %s", what, value, strings.Join(choices, ", "))
	}
	return value
}

// parsed reads a text and passes it to a parser, whose error it records.
func parsed[T any](r *reader, n *yaml.Node, what string, parse func(string) (T, error)) T {
	text := r.text(n, what)
	value, err := parse(text)
	if err != nil && n.Kind == yaml.ScalarNode {
		r.fail(n, "%s: %v", what, err)
	}
	return value
}

// sortedKeys are the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string {
	all := make([]string, 0, len(m))
	for key := range m {
		all = append(all, key)
	}
	slices.Sort(all)
	return all
}
