package schema

import (
	"bytes"
	_ "embed" // the schemas below
	"encoding/json"
	"fmt"
	"slices"
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

// CheckPlan checks a plan: see check for what it takes and returns.
func CheckPlan(value any) ([]Violation, error) { return check(planSchema, value) }

// CheckLockfile checks a lockfile: see CheckPlan.
func CheckLockfile(value any) ([]Violation, error) { return check(lockfileSchema, value) }

// CheckSavedPlan checks a saved plan: see CheckPlan.
func CheckSavedPlan(value any) ([]Violation, error) { return check(savedPlanSchema, value) }

// PlanTypes returns the JSON types ("string", "integer" and so on) that the
// plan's schema allows at a path of keys and list indexes, or nil where it knows
// no such place.
func PlanTypes(path []string) []string {
	c, err := planSchema()
	if err != nil {
		return nil
	}
	node := c.doc
	for _, step := range path {
		if node = c.child(node, step); node == nil {
			return nil
		}
	}
	if _, ok := node["const"].(json.Number); ok {
		return []string{"integer"}
	}
	return typesOf(node)
}

// compiled is a schema in the two forms that are needed of it: to validate
// with, and to read its annotations from.
type compiled struct {
	schema *jsonschema.Schema
	doc    map[string]any
}

// The schemas are compiled when first used, since most commands need one of
// them and some need none.
var (
	planSchema      = sync.OnceValues(func() (*compiled, error) { return compile(planJSON) })
	lockfileSchema  = sync.OnceValues(func() (*compiled, error) { return compile(lockfileJSON) })
	savedPlanSchema = sync.OnceValues(func() (*compiled, error) { return compile(savedPlanJSON) })
)

func compile(text []byte) (*compiled, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var doc map[string]any
	if err := decoder.Decode(&doc); err != nil {
		return nil, fmt.Errorf("reading a built-in schema: %w", err)
	}
	id, _ := doc["$id"].(string)
	s, err := jsonschema.CompileString(id, string(text))
	if err != nil {
		return nil, fmt.Errorf("compiling the schema %s: %w", id, err)
	}
	return &compiled{schema: s, doc: doc}, nil
}

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
	target := c.at(ref)
	merged := make(map[string]any, len(target)+len(node))
	for k, v := range target {
		merged[k] = v
	}
	for k, v := range node {
		merged[k] = v
	}
	return merged
}

// at is the node that a JSON pointer in fragment form ("#/a/b") points to.
func (c *compiled) at(pointer string) map[string]any {
	var node any = c.doc
	for _, step := range splitPointer(pointer) {
		switch n := node.(type) {
		case map[string]any:
			node = n[step]
		case []any:
			node = element(n, step)
		default:
			return nil
		}
	}
	m, _ := node.(map[string]any)
	return m
}
