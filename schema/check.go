package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// maxViolations bounds the work and memory spent on a document that is wrong
// everywhere. The check stops soon after this many.
const maxViolations = 10_000

// check checks a value as encoding/json decodes it: nil, bool, string,
// json.Number, float64, int64, []any and map[string]any. It returns every
// violation, in an order that is always the same, up to about ten thousand. The
// error is for a value that is no such thing.
func check(get func() (*compiled, error), value any) ([]Violation, error) {
	c, err := get()
	if err != nil {
		return nil, err
	}
	if path, bad := unusable(value); bad {
		slices.Reverse(path)
		return []Violation{{Path: path, Message: label(path, c.noun()) + " is no usable number"}}, nil
	}
	k := &checker{compiled: c}
	if err := k.check(value, span{}); err != nil {
		return nil, err
	}
	return sortViolations(k.found), nil
}

// unusable finds a number that the library would choke on: not a number at
// all, not finite, or with an exponent that takes gigabytes to write out. The
// path to it comes back reversed.
func unusable(value any) (path []string, bad bool) {
	switch v := value.(type) {
	case json.Number:
		return nil, !reasonable(string(v))
	case float64:
		return nil, math.IsNaN(v) || math.IsInf(v, 0)
	case []any:
		for i, e := range v {
			if path, bad := unusable(e); bad {
				return append(path, strconv.Itoa(i)), true
			}
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if path, bad := unusable(v[k]); bad {
				return append(path, k), true
			}
		}
	}
	return nil, false
}

// reasonable reports whether a number's text is JSON and of a sane size.
func reasonable(text string) bool {
	const maxDigits, maxExponent = 400, 400
	if len(text) > maxDigits || !json.Valid([]byte(text)) || strings.Trim(text, "+-.0123456789eE") != "" {
		return false
	}
	i := strings.IndexAny(text, "eE")
	if i < 0 {
		return true
	}
	exponent, err := strconv.Atoi(strings.TrimPrefix(text[i+1:], "+"))
	return err == nil && -maxExponent <= exponent && exponent <= maxExponent
}

// checker collects violations.
type checker struct {
	*compiled
	found []Violation
}

// validate runs the library over a document whose lists are short.
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
	f := failure{keyword: keyword, node: node, value: find(doc, path), path: at.original(path), noun: k.noun()}
	k.found = append(k.found, f.violations(k.compiled)...)
}

// node is the part of the schema at a path of keys.
func (c *compiled) node(path []string) map[string]any {
	m, _ := find(c.doc, path).(map[string]any)
	return m
}

// noun is what the whole document is called in sentences.
func (c *compiled) noun() string {
	title, _ := c.doc["title"].(string)
	return title
}
