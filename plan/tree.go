package plan

import (
	"strconv"

	"gopkg.in/yaml.v3"

	"sbexport/schema"
)

// tree finds nodes by key and by path.
type tree struct {
	root  *yaml.Node
	index map[*yaml.Node]map[string]int // of wide mappings, by key
}

// wide is the number of keys from which looking through them all is too slow.
const wide = 32

// child is the key and the value under a key of a mapping, or nil.
func (t *tree) child(n *yaml.Node, key string) (k, v *yaml.Node) {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil, nil
	}
	if len(n.Content) > 2*wide {
		i, ok := t.indexOf(n)[key]
		if !ok {
			return nil, nil
		}
		return n.Content[i], n.Content[i+1]
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Kind == yaml.ScalarNode && n.Content[i].Value == key {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

// indexOf is where the keys of a wide mapping are. The first of equal keys
// counts, as everywhere.
func (t *tree) indexOf(n *yaml.Node) map[string]int {
	if made, ok := t.index[n]; ok {
		return made
	}
	made := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if _, seen := made[key.Value]; !seen && key.Kind == yaml.ScalarNode {
			made[key.Value] = i
		}
	}
	if t.index == nil {
		t.index = map[*yaml.Node]map[string]int{}
	}
	t.index[n] = made
	return made
}

// value is the value under a key of a mapping, or nil.
func (t *tree) value(n *yaml.Node, key string) *yaml.Node {
	_, v := t.child(n, key)
	return v
}

// locate is the node that a violation is about: the key where the key itself
// is wrong or has no value to point at.
func (t *tree) locate(v schema.Violation) *yaml.Node {
	n := t.root
	for i, step := range v.Path {
		last := i == len(v.Path)-1
		switch n.Kind {
		case yaml.MappingNode:
			key, value := t.child(n, step)
			if value == nil {
				return n
			}
			if last && (v.Key || value.Kind == yaml.ScalarNode && value.Value == "" && value.Style == 0) {
				return key
			}
			n = value
		case yaml.SequenceNode:
			at, err := strconv.Atoi(step)
			if err != nil || at < 0 || at >= len(n.Content) {
				return n
			}
			n = n.Content[at]
		case yaml.ScalarNode, yaml.AliasNode, yaml.DocumentNode:
			return n
		}
	}
	return n
}

// Accessors for values that have been checked already: what is of another type
// than it should be counts as missing.

func isText(n *yaml.Node) bool {
	return n != nil && n.Kind == yaml.ScalarNode && n.Tag == "!!str"
}

// text is the text under a key and its node, or nothing.
func (t *tree) text(n *yaml.Node, key string) (string, *yaml.Node) {
	if v := t.value(n, key); isText(v) {
		return v.Value, v
	}
	return "", nil
}

// flag is the truth value under a key, or what it is otherwise.
func (t *tree) flag(n *yaml.Node, key string, otherwise bool) bool {
	if v := t.value(n, key); v != nil && v.Kind == yaml.ScalarNode && v.Tag == "!!bool" {
		return v.Value[0] == 't' || v.Value[0] == 'T'
	}
	return otherwise
}

// texts are the nodes under a key that is a text or a list of them.
func (t *tree) texts(n *yaml.Node, key string) []*yaml.Node {
	return scalars(t.value(n, key), isText)
}

// scalars are a node, or the entries of a list, that satisfy a condition.
func scalars(n *yaml.Node, ok func(*yaml.Node) bool) []*yaml.Node {
	switch {
	case n == nil:
		return nil
	case n.Kind == yaml.ScalarNode && ok(n):
		return []*yaml.Node{n}
	case n.Kind != yaml.SequenceNode:
		return nil
	}
	list := make([]*yaml.Node, 0, len(n.Content))
	for _, entry := range n.Content {
		if entry.Kind == yaml.ScalarNode && ok(entry) {
			list = append(list, entry)
		}
	}
	return list
}

// values are the texts of nodes.
func values(nodes []*yaml.Node) []string {
	if len(nodes) == 0 {
		return nil
	}
	list := make([]string, len(nodes))
	for i, n := range nodes {
		list[i] = n.Value
	}
	return list
}
