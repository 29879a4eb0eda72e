package schema

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// maxViolations bounds the work and memory spent on a plan that is wrong
// everywhere. The check stops soon after this many.
const maxViolations = 10_000

// Violation is one place where a plan does not follow the schema.
type Violation struct {
	// Path leads from the root to the value: keys, and list indexes in decimal
	// counted from 0. A missing key is a violation of the mapping it should be in.
	Path []string
	// Key tells that the last key of Path should not be there at all, whatever
	// its value.
	Key     bool
	Message string // a sentence without full stop
	Hint    string // what to do; may be empty
}

// CheckPlan checks a plan: nil, bool, string, int64, []any and
// map[string]any of these. It returns every violation, in an order that is
// always the same, up to about ten thousand. The error is for a value that
// is none of these.
func CheckPlan(plan any) ([]Violation, error) {
	c, err := planSchema()
	if err != nil {
		return nil, err
	}
	k := &checker{compiled: c}
	if err := k.check(plan); err != nil {
		return nil, err
	}
	return sortViolations(k.found), nil
}

// checker collects violations.
type checker struct {
	*compiled
	found []Violation
}

// chunkSize is how many entries of a list are checked at once. The library keeps
// every error until it has ended: a list of a million wrong entries would take
// gigabytes.
const chunkSize = 200

// part is a part of a plan in which no list is long.
type part struct {
	doc          any
	outer, inner int   // where the lists of the plan and those in its rules begin
	rules        []int // the rules that are in the part, counted from outer
}

// check checks a plan in parts: some of the rules at a time, first with the
// beginnings of their lists, then those whose lists go on with what follows.
func (k *checker) check(plan any) error {
	for outer, more := 0, true; more; outer += chunkSize {
		p := part{outer: outer}
		p.doc, more = window(plan, outer)
		root, _ := p.doc.(map[string]any)
		rules, _ := root["exports"].([]any)
		for i := range rules {
			p.rules = append(p.rules, i)
		}
		for longer := true; longer && len(k.found) < maxViolations; p.inner += chunkSize {
			var cut []any
			var next []int
			for _, i := range p.rules {
				short, goesOn := window(rules[i], p.inner)
				if cut = append(cut, short); goesOn {
					next = append(next, i)
				}
			}
			if len(cut) > 0 {
				root["exports"] = cut
			}
			if err := k.validate(p); err != nil {
				return err
			}
			p.rules, longer = next, len(next) > 0
		}
	}
	return nil
}

// window copies a value with its lists cut to one chunk from start on. It tells
// whether one of them goes on behind that.
func window(value any, start int) (part any, goesOn bool) {
	switch v := value.(type) {
	case []any:
		start = min(start, len(v))
		end := min(start+chunkSize, len(v))
		return slices.Clone(v[start:end]), end < len(v)
	case map[string]any:
		m := make(map[string]any, len(v))
		for key, e := range v {
			below, more := window(e, start)
			m[key], goesOn = below, goesOn || more
		}
		return m, goesOn
	}
	return value, false
}

// original is a path of the part in the whole plan. What is wrong outside of the
// lists that the part goes on with has been found before, and does not count.
func (p part) original(path []string) (whole []string, counts bool) {
	whole = slices.Clone(path)
	value, starts := p.doc, []int{p.outer, p.inner}
	for i, step := range path {
		if _, ok := value.([]any); ok && len(starts) > 0 {
			n, _ := strconv.Atoi(step)
			if path[0] == "exports" && i == 1 {
				n = p.rules[n]
			}
			whole[i], starts = strconv.Itoa(n+starts[0]), starts[1:]
		}
		value = find(value, path[i:i+1])
	}
	return whole, !slices.ContainsFunc(starts, func(start int) bool { return start > 0 })
}

// validate runs the library over a part.
func (k *checker) validate(p part) error {
	err := k.schema.Validate(p.doc)
	if err == nil {
		return nil
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return fmt.Errorf("checking against the schema: %w", err)
	}
	k.collect(invalid, p)
	return nil
}

// collect turns the leaves of a tree of errors into violations. A part of the
// schema that has a sentence of its own speaks for everything below it.
func (k *checker) collect(e *jsonschema.ValidationError, p part) {
	pointer := splitPointer(e.AbsoluteKeywordLocation)
	keyword := ""
	if len(pointer) > 0 {
		keyword, pointer = pointer[len(pointer)-1], pointer[:len(pointer)-1]
	}
	node := k.node(pointer)
	own, _ := node["errorMessage"].(string)
	if len(e.Causes) > 0 && own == "" {
		for _, cause := range e.Causes {
			k.collect(cause, p)
		}
		return
	}
	path := splitPointer(e.InstanceLocation)
	if whole, counts := p.original(path); counts {
		f := failure{keyword: keyword, node: node, value: find(p.doc, path), path: whole}
		k.found = append(k.found, f.violations(k.compiled)...)
	}
}

// sortViolations puts violations into an order that depends on nothing but
// what they say: the library reports them in random order.
func sortViolations(list []Violation) []Violation {
	slices.SortFunc(list, func(a, b Violation) int {
		if c := slices.CompareFunc(a.Path, b.Path, compareSteps); c != 0 {
			return c
		}
		return strings.Compare(a.Message, b.Message)
	})
	return slices.CompactFunc(list, func(a, b Violation) bool {
		return a.Message == b.Message && slices.Equal(a.Path, b.Path)
	})
}

// compareSteps orders list indexes by number and anything else as text.
func compareSteps(a, b string) int {
	if isIndex(a) && isIndex(b) && len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// isIndex reports whether a step of a path can be a list index.
func isIndex(step string) bool {
	_, err := strconv.ParseUint(step, 10, 63)
	return err == nil
}
