package plan

import (
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"sbexport/schema"
)

// Limits on the shape of a plan, far beyond any that means something.
const (
	maxDepth = 20
	maxKeys  = 1000 // of one mapping
)

// The tags that are left once a plan's YAML is cleaned.
const (
	textTag    = "!!str"
	integerTag = "!!int"
	truthTag   = "!!bool"
	nullTag    = "!!null"
)

// cleaner takes out of a plan's YAML what a plan may not have, puts the
// environment in, and leaves of each scalar one of four tags. It reports what
// YAML allows and a plan does not.
type cleaner struct {
	*report
	env  environment
	path []string // of keys; "0" for the entries of a list
}

// clean cleans a node and everything below it.
func (c *cleaner) clean(n *yaml.Node) {
	const remedy = "write the value out; text that begins with %s must be in quotes"
	if n.Anchor != "" {
		c.at(n, fmt.Sprintf("the anchor %s is not allowed: a plan says everything where it counts", schema.Quote("&"+n.Anchor)), fmt.Sprintf(remedy, "&"))
	}
	switch {
	case n.Style&yaml.TaggedStyle != 0 && n.ShortTag() != textTag:
		c.empty(n, fmt.Sprintf("the YAML tag %s is not allowed", schema.Quote(n.ShortTag())), "remove it; text that begins with ! must be in quotes")
	case n.Kind == yaml.AliasNode:
		c.empty(n, fmt.Sprintf("the alias %s is not allowed: a plan says everything where it counts", schema.Quote("*"+n.Value)), fmt.Sprintf(remedy, "*"))
	case n.Kind == yaml.ScalarNode:
		c.scalar(n)
	case len(c.path) >= maxDepth:
		c.empty(n, "the plan is nested too deeply", "a plan needs no more than five levels")
	case n.Kind == yaml.MappingNode && len(n.Content)/2 > maxKeys:
		c.empty(n, fmt.Sprintf("a mapping of %d keys is too large", len(n.Content)/2), fmt.Sprintf("the most is %d", maxKeys))
	case n.Kind == yaml.MappingNode:
		c.mapping(n)
	default:
		for _, entry := range n.Content {
			c.below("0", entry)
		}
	}
}

// empty reports a node that is of no use, and makes it one without a value.
func (c *cleaner) empty(n *yaml.Node, message, hint string) {
	c.at(n, message, hint)
	*n = yaml.Node{Kind: yaml.ScalarNode, Tag: nullTag, Line: n.Line, Column: n.Column}
}

// below cleans what stands under a key or in a list.
func (c *cleaner) below(step string, n *yaml.Node) {
	c.path = append(c.path, step)
	c.clean(n)
	c.path = c.path[:len(c.path)-1]
}

func (c *cleaner) mapping(n *yaml.Node) {
	kept := n.Content[:0]
	lines := map[string]int{}
	for key, value := range entries(n) {
		message, hint := badKey(key)
		switch line, twice := lines[key.Value]; {
		case message != "":
			c.wrong[n] = true // what seems to be missing may be behind that key
			c.add(key.Line, key.Column, message, hint)
		case twice:
			c.add(key.Line, key.Column, fmt.Sprintf("duplicate key %s, which line %d has already", schema.Quote(key.Value), line), "keep one of the two")
		default:
			lines[key.Value] = key.Line
			c.below(key.Value, value)
			kept = append(kept, key, value)
		}
	}
	n.Content = kept
}

// badKey says why something cannot be a key, or returns nothing.
func badKey(key *yaml.Node) (message, hint string) {
	switch {
	case key.Kind != yaml.ScalarNode:
		return "a key must be text", "text that begins with { or [ or * must be in quotes"
	case key.ShortTag() == "!!merge":
		return `the merge key "<<" is not allowed: a plan says everything where it counts`, "write the keys out"
	case key.Anchor != "":
		return fmt.Sprintf("the anchor %s is not allowed", schema.Quote("&"+key.Anchor)), "remove it"
	case key.Style&yaml.TaggedStyle != 0:
		return fmt.Sprintf("the YAML tag %s is not allowed", schema.Quote(key.ShortTag())), "remove it"
	case strings.Contains(key.Value, "${"):
		return "a key is not replaced from the environment", "write the key out"
	}
	return "", ""
}

// plainInteger is the one way to write a whole number that means the same to
// everybody; YAML knows others (010 is 8, and 1_0 is 10), which count as text.
var plainInteger = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,17})$`)

func (c *cleaner) scalar(n *yaml.Node) {
	tag := n.ShortTag()
	if tag == textTag {
		value, referred, slips := c.env.expand(n.Value)
		for _, s := range slips {
			c.inside(n, s)
		}
		if len(slips) == 0 {
			n.Value = value
		}
		if referred && n.Style == 0 {
			tag = c.expandedTag(n.Value)
		}
	}
	if tag != nullTag && tag != truthTag && (tag != integerTag || !plainInteger.MatchString(n.Value)) {
		tag = textTag
	}
	n.Tag = tag
}

// expandedTag is the tag of an unquoted text that came out of the environment:
// it is a truth value or a whole number only where the schema wants one.
func (c *cleaner) expandedTag(text string) string {
	types := schema.PlanTypes(c.path)
	switch {
	case slices.Contains(types, "string"):
	case (text == "true" || text == "false") && slices.Contains(types, "boolean"):
		return truthTag
	case slices.Contains(types, "integer"):
		return integerTag
	}
	return textTag
}

// entries are the keys and values of a mapping. Anything else has none.
func entries(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}

// value is what a clean node says, as the schema takes it: nil, bool, int64,
// string, []any or map[string]any.
func value(n *yaml.Node) any {
	switch {
	case n.Kind == yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, entry := range n.Content {
			list[i] = value(entry)
		}
		return list
	case n.Kind == yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for key, v := range entries(n) {
			m[key.Value] = value(v)
		}
		return m
	case n.Tag == nullTag:
		return nil
	case n.Tag == truthTag:
		return strings.EqualFold(n.Value, "true")
	case n.Tag == integerTag:
		i, _ := strconv.ParseInt(n.Value, 10, 64)
		return i
	}
	return n.Value
}

// locate finds the node that a violation is about, and its key where the key
// itself is wrong or has no value to point at.
func (r *report) locate(root *yaml.Node, v schema.Violation) (found, key *yaml.Node) {
	found = root
	for _, step := range v.Path {
		at, next := entry(found, step)
		if i, err := strconv.Atoi(step); err == nil && found.Kind == yaml.SequenceNode && i >= 0 && i < len(found.Content) {
			next = found.Content[i]
		}
		if next == nil {
			return found, nil
		}
		found, key = next, at
	}
	if empty := found.Kind == yaml.ScalarNode && found.Value == "" && found.Style == 0 && !r.wrong[found]; !v.Key && !empty {
		key = nil
	}
	return found, key
}

// entry is a key of a mapping and its value, or nil.
func entry(n *yaml.Node, key string) (at, value *yaml.Node) {
	for k, v := range entries(n) {
		if k.Value == key {
			return k, v
		}
	}
	return nil, nil
}

// The rest reads values that have been checked already: what is of another type
// than it should be counts as missing.

// child is the value under a key, or nil.
func child(n *yaml.Node, key string) *yaml.Node {
	_, v := entry(n, key)
	return v
}

// isScalar reports whether a node is text, a truth value or a number.
func isScalar(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag != nullTag }

func isText(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == textTag }

// textAt is the text under a key, or nil.
func textAt(n *yaml.Node, key string) *yaml.Node {
	if c := child(n, key); c != nil && isText(c) {
		return c
	}
	return nil
}

// valueAt is the value of a type under a key, or what it is otherwise.
func valueAt[T any](n *yaml.Node, key string, otherwise T) T {
	if c := child(n, key); c != nil {
		if v, ok := value(c).(T); ok {
			return v
		}
	}
	return otherwise
}

// countAt is the whole number under a key, or nil.
func countAt(n *yaml.Node, key string) *int64 {
	if count := valueAt(n, key, int64(-1)); count >= 0 {
		return &count
	}
	return nil
}

// textsAt are the texts under a key that is a text or a list of them.
func textsAt(n *yaml.Node, key string) []*yaml.Node { return those(child(n, key), isText) }

// those are the node itself, or the entries of a list, that satisfy a
// condition.
func those(n *yaml.Node, ok func(*yaml.Node) bool) (list []*yaml.Node) {
	switch {
	case n == nil:
	case n.Kind == yaml.SequenceNode:
		for _, entry := range n.Content {
			if ok(entry) {
				list = append(list, entry)
			}
		}
	case ok(n):
		return []*yaml.Node{n}
	}
	return list
}

// texts are the texts of nodes.
func texts(nodes []*yaml.Node) (list []string) {
	for _, n := range nodes {
		list = append(list, n.Value)
	}
	return list
}
