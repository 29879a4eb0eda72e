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
	if err := k.check(plan, span{}); err != nil {
		return nil, err
	}
	return sortViolations(k.found), nil
}

// checker collects violations.
type checker struct {
	*compiled
	found []Violation
}

// validate runs the library over a plan whose lists are short.
func (k *checker) validate(doc any, at span) error {
	err := k.schema.Validate(doc)
	if err == nil {
		return nil
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return fmt.Errorf("checking against the schema: %w", err)
	}
	k.collect(invalid, doc, at)
	return nil
}

// collect turns the leaves of a tree of errors into violations. A part of the
// schema that has a sentence of its own speaks for everything below it.
func (k *checker) collect(e *jsonschema.ValidationError, doc any, at span) {
	pointer := splitPointer(e.AbsoluteKeywordLocation)
	keyword := ""
	if len(pointer) > 0 {
		keyword, pointer = pointer[len(pointer)-1], pointer[:len(pointer)-1]
	}
	node := k.node(pointer)
	own, _ := node["errorMessage"].(string)
	if len(e.Causes) > 0 && own == "" {
		for _, cause := range e.Causes {
			k.collect(cause, doc, at)
		}
		return
	}
	path := splitPointer(e.InstanceLocation)
	if !at.covers(path) {
		return
	}
	f := failure{keyword: keyword, node: node, value: find(doc, path), path: at.original(path)}
	k.found = append(k.found, f.violations(k.compiled)...)
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
