package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"sbexport/schema"
)

// node is a value of the plan and where it stands in the text. What has a
// problem that makes it useless has no data.
type node struct {
	position
	data     any        // as the schema takes it: nil, bool, int64, string, []any or map[string]any
	text     string     // of a scalar: as written, with the environment put in
	style    yaml.Style // of a scalar; 0 without quotes
	children []*node    // the entries of a list, or the values of a mapping in the order of the text
	key      string     // in a mapping
	keyAt    position   // in a mapping
	wrong    bool       // a problem with it has been reported
}

// position is a place in the plan's text.
type position struct {
	line, column int // 1-based, in characters
}

// Limits on the shape of a plan, far beyond any that means something.
const (
	maxDepth = 20
	maxKeys  = 1000 // of one mapping
)

// converter makes nodes of YAML, with the environment put in. It reports what
// YAML allows and a plan does not.
type converter struct {
	*report
	env  environment
	path []string // of keys; "0" for the entries of a list
}

// node makes a node of a YAML node.
func (c *converter) node(y *yaml.Node) *node {
	n := &node{position: position{y.Line, y.Column}}
	if y.Anchor != "" {
		c.at(n, fmt.Sprintf("the anchor %s is not allowed: a plan says everything where it counts", schema.Quote("&"+y.Anchor)),
			"write the value out; text that begins with & must be in quotes")
	}
	if y.Style&yaml.TaggedStyle != 0 && y.ShortTag() != "!!str" {
		c.at(n, fmt.Sprintf("the YAML tag %s is not allowed", schema.Quote(y.ShortTag())), "remove it; text that begins with ! must be in quotes")
		return n
	}
	switch y.Kind {
	case yaml.AliasNode:
		c.at(n, fmt.Sprintf("the alias %s is not allowed: a plan says everything where it counts", schema.Quote("*"+y.Value)),
			"write the value out; text that begins with * must be in quotes")
	case yaml.SequenceNode, yaml.MappingNode:
		switch {
		case len(c.path) >= maxDepth:
			c.at(n, "the plan is nested too deeply", "a plan needs no more than five levels")
		case y.Kind == yaml.SequenceNode:
			c.list(n, y.Content)
		default:
			c.mapping(n, y.Content)
		}
		y.Content = nil // its memory can be used again
	case yaml.ScalarNode, yaml.DocumentNode: // no document is inside another
		c.scalar(n, y)
	}
	return n
}

// below makes the node of what stands under a key or in a list.
func (c *converter) below(step string, y *yaml.Node) *node {
	c.path = append(c.path, step)
	n := c.node(y)
	c.path = c.path[:len(c.path)-1]
	return n
}

func (c *converter) list(n *node, entries []*yaml.Node) {
	data := make([]any, len(entries))
	n.children = make([]*node, len(entries))
	for i, y := range entries {
		n.children[i] = c.below("0", y)
		data[i] = n.children[i].data
	}
	n.data = data
}

func (c *converter) mapping(n *node, content []*yaml.Node) {
	if len(content)/2 > maxKeys {
		c.at(n, fmt.Sprintf("a mapping of %d keys is too large", len(content)/2), fmt.Sprintf("the most is %d", maxKeys))
		return
	}
	data := make(map[string]any, len(content)/2)
	for i := 0; i+1 < len(content); i += 2 {
		key := content[i]
		at := position{key.Line, key.Column}
		if message, hint := badKey(key); message != "" {
			n.wrong = true // what seems to be missing may be behind that key
			c.add(at, message, hint)
			continue
		}
		if _, ok := data[key.Value]; ok {
			line := n.child(key.Value).keyAt.line
			c.add(at, fmt.Sprintf("duplicate key %s, which line %d has already", schema.Quote(key.Value), line), "keep one of the two")
			continue
		}
		value := c.below(key.Value, content[i+1])
		value.key, value.keyAt = key.Value, at
		n.children = append(n.children, value)
		data[key.Value] = value.data
	}
	n.data = data
}

// badKey says why something cannot be a key, or returns nothing.
func badKey(y *yaml.Node) (message, hint string) {
	switch {
	case y.Kind != yaml.ScalarNode:
		return "a key must be text", "text that begins with { or [ or * must be in quotes"
	case y.ShortTag() == "!!merge":
		return `the merge key "<<" is not allowed: a plan says everything where it counts`, "write the keys out"
	case y.Anchor != "":
		return fmt.Sprintf("the anchor %s is not allowed", schema.Quote("&"+y.Anchor)), "remove it"
	case y.Style&yaml.TaggedStyle != 0:
		return fmt.Sprintf("the YAML tag %s is not allowed", schema.Quote(y.ShortTag())), "remove it"
	case strings.Contains(y.Value, "${"):
		return "a key is not replaced from the environment", "write the key out"
	}
	return "", ""
}

// plainInteger is the one way to write a whole number that means the same to
// everybody; YAML knows others (010 is 8, and 1_0 is 10), which count as text.
var plainInteger = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,17})$`)

func (c *converter) scalar(n *node, y *yaml.Node) {
	n.text, n.style = y.Value, y.Style
	tag := y.ShortTag()
	if tag == "!!str" {
		value, referred, slips := c.env.expand(n.text)
		for _, s := range slips {
			c.inside(n, s)
		}
		if len(slips) == 0 {
			n.text = value
		}
		if referred && n.style == 0 {
			tag = c.expandedTag(n.text)
		}
	}
	switch {
	case tag == "!!null":
	case tag == "!!bool":
		n.data = strings.EqualFold(n.text, "true")
	case tag == "!!int" && plainInteger.MatchString(n.text):
		n.data, _ = strconv.ParseInt(n.text, 10, 64)
	default:
		n.data = n.text
	}
}

// expandedTag is the tag of an unquoted text that came out of the environment:
// it is a truth value or a whole number only where the schema wants one.
func (c *converter) expandedTag(text string) string {
	types := schema.PlanTypes(c.path)
	switch {
	case slices.Contains(types, "string"):
	case (text == "true" || text == "false") && slices.Contains(types, "boolean"):
		return "!!bool"
	case plainInteger.MatchString(text) && slices.Contains(types, "integer"):
		return "!!int"
	}
	return "!!str"
}

// locate finds the node that a violation is about. The position is that of its
// key where the key itself is wrong or has no value to point at.
func (n *node) locate(v schema.Violation) (found *node, key bool) {
	for _, step := range v.Path {
		next := n.child(step)
		if n.isList() {
			if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.children) {
				next = n.children[i]
			}
		}
		if next == nil {
			return n, false
		}
		n = next
	}
	empty := (n.data == nil || n.data == "") && n.text == "" && n.style == 0 && !n.wrong
	return n, n.keyAt.line > 0 && (v.Key || empty)
}

// child is the value under a key of a mapping, or nil. A nil node has none.
func (n *node) child(key string) *node {
	if n == nil {
		return nil
	}
	for _, c := range n.children {
		if c.key == key && c.keyAt.line > 0 {
			return c
		}
	}
	return nil
}

// The rest reads values that have been checked already: what is of another type
// than it should be counts as missing.

func (n *node) isList() bool {
	_, ok := n.data.([]any)
	return ok
}

func (n *node) isMapping() bool {
	_, ok := n.data.(map[string]any)
	return ok
}

func (n *node) isText() bool {
	_, ok := n.data.(string)
	return ok
}

// isScalar reports whether a node is text, a truth value or a number.
func (n *node) isScalar() bool {
	switch n.data.(type) {
	case string, bool, int64:
		return true
	}
	return false
}

// textAt is the text under a key, or nil.
func (n *node) textAt(key string) *node {
	if c := n.child(key); c != nil && c.isText() {
		return c
	}
	return nil
}

// valueAt is the value of a type under a key, or what it is otherwise.
func valueAt[T any](n *node, key string, otherwise T) T {
	if c := n.child(key); c != nil {
		if value, ok := c.data.(T); ok {
			return value
		}
	}
	return otherwise
}

// countAt is the whole number under a key, or nil.
func (n *node) countAt(key string) *int64 {
	if c := n.child(key); c != nil {
		if count, ok := c.data.(int64); ok {
			return &count
		}
	}
	return nil
}

// textsAt are the texts under a key that is a text or a list of them.
func (n *node) textsAt(key string) []*node { return n.child(key).those((*node).isText) }

// those are the node itself, or the entries of a list, that satisfy a
// condition.
func (n *node) those(ok func(*node) bool) []*node {
	if n == nil {
		return nil
	}
	if !n.isList() {
		if ok(n) {
			return []*node{n}
		}
		return nil
	}
	list := make([]*node, 0, len(n.children))
	for _, c := range n.children {
		if ok(c) {
			list = append(list, c)
		}
	}
	return list
}

// texts are the texts of nodes.
func texts(nodes []*node) []string {
	if len(nodes) == 0 {
		return nil
	}
	list := make([]string, len(nodes))
	for i, n := range nodes {
		list[i] = n.text
	}
	return list
}
