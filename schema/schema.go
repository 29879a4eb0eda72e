package schema

import (
	"bytes"
	_ "embed" // the schemas below
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

//go:embed plan.json
var planJSON []byte

//go:embed lockfile.json
var lockfileJSON []byte

//go:embed saved-plan.json
var savedPlanJSON []byte

// Plan returns the text of the plan's JSON Schema.
func Plan() []byte { return slices.Clone(planJSON) }

// Lockfile returns the text of the lockfile's JSON Schema.
func Lockfile() []byte { return slices.Clone(lockfileJSON) }

// SavedPlan returns the text of the saved plan's JSON Schema.
func SavedPlan() []byte { return slices.Clone(savedPlanJSON) }

// PlanTypes returns the JSON types ("string", "integer" and so on) that the
// plan's schema allows at a path of keys and list indexes, or nil if the schema
// has no such place.
func PlanTypes(path []string) []string {
	c, err := planSchema()
	if err != nil {
		return nil
	}
	node := c.describing(path)
	if _, ok := node["const"].(json.Number); ok {
		return []string{"integer"}
	}
	return typesOf(node)
}

// compiled is the plan's schema in two forms: one to validate with, and one to
// read its annotations from.
type compiled struct {
	schema *jsonschema.Schema
	doc    map[string]any
}

// planSchema is compiled when first used, since some commands need none.
var planSchema = sync.OnceValues(func() (*compiled, error) {
	decoder := json.NewDecoder(bytes.NewReader(planJSON))
	decoder.UseNumber()
	var doc map[string]any
	if err := decoder.Decode(&doc); err != nil {
		return nil, fmt.Errorf("reading the plan's schema: %w", err)
	}
	id, _ := doc["$id"].(string)
	s, err := jsonschema.CompileString(id, string(planJSON))
	if err != nil {
		return nil, fmt.Errorf("compiling the plan's schema: %w", err)
	}
	return &compiled{schema: s, doc: doc}, nil
})

// child is the part of the schema that describes one key or list entry of what
// node describes, or nil. Conditional parts are not looked at: the schemas here
// declare every key outside of them.
func (c *compiled) child(node map[string]any, step string) map[string]any {
	if properties, ok := node["properties"].(map[string]any); ok {
		if sub, ok := properties[step].(map[string]any); ok {
			return c.deref(sub)
		}
	}
	for _, keyword := range []string{"items", "additionalProperties"} {
		if sub, ok := node[keyword].(map[string]any); ok {
			return c.deref(sub)
		}
	}
	return nil
}

// deref is the node that a node with "$ref" refers to, with the keywords beside
// the reference laid over it. The schemas here refer to their own "$defs" only,
// and not in chains.
func (c *compiled) deref(node map[string]any) map[string]any {
	ref, ok := node["$ref"].(string)
	if !ok {
		return node
	}
	target := c.node(splitPointer(ref))
	merged := maps.Clone(target)
	maps.Copy(merged, node)
	return merged
}

// node is the part of the schema at a path of its own keys.
func (c *compiled) node(path []string) map[string]any {
	m, _ := find(c.doc, path).(map[string]any)
	return m
}

// describing is the part of the schema that declares what is at a path of a plan,
// or nil.
func (c *compiled) describing(path []string) map[string]any {
	node := c.doc
	for _, step := range path {
		node = c.child(node, step)
	}
	return node
}

// splitPointer takes a JSON pointer apart. The library writes pointers
// percent-encoded, and those into the schema behind its identifier and a "#".
func splitPointer(pointer string) []string {
	if i := strings.IndexByte(pointer, '#'); i >= 0 && !strings.HasPrefix(pointer, "/") {
		pointer = pointer[i+1:]
	}
	if pointer == "" {
		return nil
	}
	steps := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, step := range steps {
		if plain, err := url.PathUnescape(step); err == nil {
			step = plain
		}
		steps[i] = strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
	}
	return steps
}

// find is the value at a path, or nil.
func find(value any, path []string) any {
	for _, step := range path {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}
