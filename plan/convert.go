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

// Limits on the shape of a plan, far beyond any that means something.
const (
	maxDepth = 20
	maxKeys  = 1000 // of one mapping
)

// converter turns YAML nodes into the values that the schema is about, and
// reports what YAML allows and a plan does not. It puts the environment in and
// leaves the nodes with the values and tags that count.
type converter struct {
	*report
	env  environment
	path []step
}

// step is a key, or a list index where there is no key.
type step struct {
	key   string
	index int
}

// value is the value of a node.
func (c *converter) value(n *yaml.Node) any {
	if n.Anchor != "" {
		c.at(n, fmt.Sprintf("the anchor %s is not allowed: a plan says everything where it counts", schema.Quote("&"+n.Anchor)),
			"write the value out; text that begins with & must be in quotes")
	}
	if n.Style&yaml.TaggedStyle != 0 && n.ShortTag() != "!!str" {
		c.at(n, fmt.Sprintf("the YAML tag %s is not allowed", schema.Quote(n.ShortTag())), "remove it; text that begins with ! must be in quotes")
		return nil
	}
	switch n.Kind {
	case yaml.AliasNode:
		c.at(n, fmt.Sprintf("the alias %s is not allowed: a plan says everything where it counts", schema.Quote("*"+n.Value)),
			"write the value out; text that begins with * must be in quotes")
		return nil
	case yaml.SequenceNode, yaml.MappingNode:
		if len(c.path) >= maxDepth {
			c.at(n, "the plan is nested too deeply", "a plan needs no more than five levels")
			return nil
		}
		if n.Kind == yaml.SequenceNode {
			return c.list(n)
		}
		return c.mapping(n)
	case yaml.ScalarNode, yaml.DocumentNode: // no document is inside another
	}
	return c.scalar(n)
}

func (c *converter) list(n *yaml.Node) any {
	list := make([]any, len(n.Content))
	c.path = append(c.path, step{})
	for i, entry := range n.Content {
		c.path[len(c.path)-1].index = i
		list[i] = c.value(entry)
	}
	c.path = c.path[:len(c.path)-1]
	return list
}

func (c *converter) mapping(n *yaml.Node) any {
	if len(n.Content)/2 > maxKeys {
		c.at(n, fmt.Sprintf("a mapping of %d keys is too large", len(n.Content)/2), fmt.Sprintf("the most is %d", maxKeys))
		return nil
	}
	m := make(map[string]any, len(n.Content)/2)
	lines := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if !c.key(key) {
			c.about[n] = true // what seems to be missing may be behind that key
			continue
		}
		if line, ok := lines[key.Value]; ok {
			c.at(key, fmt.Sprintf("duplicate key %s, which line %d has already", schema.Quote(key.Value), line), "keep one of the two")
			continue
		}
		lines[key.Value] = key.Line
		c.path = append(c.path, step{key: key.Value})
		m[key.Value] = c.value(value)
		c.path = c.path[:len(c.path)-1]
	}
	return m
}

// key reports whether a node can be a key.
func (c *converter) key(n *yaml.Node) bool {
	switch {
	case n.Kind != yaml.ScalarNode:
		c.at(n, "a key must be text", "text that begins with { or [ or * must be in quotes")
	case n.ShortTag() == "!!merge":
		c.at(n, `the merge key "<<" is not allowed: a plan says everything where it counts`, "write the keys out")
	case n.Anchor != "":
		c.at(n, fmt.Sprintf("the anchor %s is not allowed", schema.Quote("&"+n.Anchor)), "remove it")
	case n.Style&yaml.TaggedStyle != 0:
		c.at(n, fmt.Sprintf("the YAML tag %s is not allowed", schema.Quote(n.ShortTag())), "remove it")
	case strings.Contains(n.Value, "${"):
		c.at(n, "a key is not replaced from the environment", "write the key out")
	default:
		return true
	}
	return false
}

// plainInteger is the one way to write a whole number that means the same to
// everybody; YAML knows others (010 is 8, and 1_0 is 10), which count as text.
var plainInteger = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,17})$`)

func (c *converter) scalar(n *yaml.Node) any {
	tag := n.ShortTag()
	if tag == "!!str" {
		value, referred, slips := c.env.expand(n.Value)
		for _, s := range slips {
			c.inside(n, s.offset, s.message, s.hint)
		}
		if value != n.Value && len(slips) == 0 {
			n.Value = value
		}
		if plain := n.Style == 0; referred && plain {
			tag = c.retag(n.Value)
		}
	}
	switch {
	case tag == "!!null":
		n.Tag = tag
		return nil
	case tag == "!!bool":
		n.Tag = tag
		return strings.EqualFold(n.Value, "true")
	case tag == "!!int" && plainInteger.MatchString(n.Value):
		n.Tag = tag
		i, _ := strconv.ParseInt(n.Value, 10, 64)
		return i
	}
	n.Tag = "!!str"
	return n.Value
}

// retag is the tag of an unquoted text that came out of the environment: it is
// a truth value or a whole number only where the schema wants one.
func (c *converter) retag(value string) string {
	path := make([]string, len(c.path))
	for i, s := range c.path {
		if path[i] = s.key; s.key == "" {
			path[i] = strconv.Itoa(s.index)
		}
	}
	types := schema.PlanTypes(path)
	switch {
	case slices.Contains(types, "string"):
	case (value == "true" || value == "false") && slices.Contains(types, "boolean"):
		return "!!bool"
	case plainInteger.MatchString(value) && slices.Contains(types, "integer"):
		return "!!int"
	}
	return "!!str"
}
