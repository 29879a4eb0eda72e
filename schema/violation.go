package schema

import (
	"slices"
	"strconv"
	"strings"
)

// Violation is one place where a value does not follow its schema.
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

// Where writes the path the way people write it, such as exports[3].to.
func (v Violation) Where() string {
	var b strings.Builder
	for _, step := range v.Path {
		switch {
		case isIndex(step):
			b.WriteString("[" + step + "]")
		case b.Len() > 0:
			b.WriteString("." + step)
		default:
			b.WriteString(step)
		}
	}
	return b.String()
}

// isIndex reports whether a step of a path can be a list index.
func isIndex(step string) bool {
	_, err := strconv.ParseUint(step, 10, 63)
	return err == nil
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
