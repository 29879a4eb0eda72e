package schema

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// failure is one keyword of the schema that a value does not satisfy.
type failure struct {
	keyword string
	node    map[string]any // the part of the schema that holds the keyword
	value   any
	path    []string
}

// violations says what is wrong. It is worked out from the schema and the value
// rather than taken from the library, whose messages are for programmers.
func (f failure) violations(c *compiled) []Violation {
	if own, ok := f.node["errorMessage"].(string); ok {
		return []Violation{f.own(own)}
	}
	switch f.keyword {
	case "required":
		return f.missing(c)
	case "additionalProperties":
		return f.unknown()
	}
	message, hint := f.sentence()
	return []Violation{{Path: f.path, Message: message, Hint: hint}}
}

// own is a violation with the schema's own sentence: a clause that follows the
// name of the thing, or "must be …" about a value.
func (f failure) own(clause string) Violation {
	forbidden, never := f.node["not"].(map[string]any)
	never = never && len(forbidden) == 0 // "not" anything: the key must not be there
	v := Violation{Path: f.path, Key: never, Message: f.label() + " " + clause}
	if text, ok := f.value.(string); ok && strings.HasPrefix(clause, "must ") {
		v.Message = fmt.Sprintf("%s is %s, but %s", f.label(), Quote(text), clause)
		v.Hint = didYouMean(text, texts(f.node["enum"]))
	}
	return v
}

// missing has one violation for each key that is required and not there.
func (f failure) missing(c *compiled) []Violation {
	m, _ := f.value.(map[string]any)
	described := c.describing(f.path)
	var list []Violation
	for _, key := range texts(f.node["required"]) {
		if _, ok := m[key]; ok {
			continue
		}
		v := Violation{Path: f.path, Message: fmt.Sprintf("%s has no %q", f.label(), key)}
		if sub := c.child(described, key); sub != nil {
			v.Hint = hintFor(key, sub)
		}
		list = append(list, v)
	}
	return list
}

// hintFor explains a missing key: by its only value, or by its description.
func hintFor(key string, node map[string]any) string {
	if only, ok := node["const"]; ok {
		return fmt.Sprintf("add the line %s: %v", key, only)
	}
	description, _ := node["description"].(string)
	first, _, _ := strings.Cut(description, ". ")
	first = strings.TrimSuffix(first, ".")
	if first == "" {
		return ""
	}
	return fmt.Sprintf("add %q: %s", key, strings.ToLower(first[:1])+first[1:])
}

// unknown has one violation for each key that the schema does not know.
func (f failure) unknown() []Violation {
	m, _ := f.value.(map[string]any)
	known, _ := f.node["properties"].(map[string]any)
	names := slices.Sorted(maps.Keys(known))
	var list []Violation
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if _, ok := known[key]; ok {
			continue
		}
		v := Violation{Path: append(slices.Clone(f.path), key), Key: true, Message: "unknown key " + Quote(key)}
		if v.Hint = didYouMean(key, names); v.Hint == "" {
			v.Hint = fmt.Sprintf("%s may have the keys %s", f.label(), strings.Join(names, ", "))
		}
		list = append(list, v)
	}
	return list
}

// sentence says what is wrong with a value.
func (f failure) sentence() (message, hint string) {
	switch f.keyword {
	case "type":
		return f.wrongType()
	case "const":
		return fmt.Sprintf("%s must be %v, not %s", f.label(), f.node["const"], describe(f.value)), ""
	case "enum":
		options := texts(f.node["enum"])
		text, _ := f.value.(string)
		return fmt.Sprintf("%s is %s, but must be one of %s", f.label(), describe(f.value), strings.Join(options, ", ")),
			didYouMean(text, options)
	case "pattern":
		return f.wrongForm()
	case "minLength", "minItems", "minProperties":
		return f.label() + " is empty", "give it a value, or remove the line"
	case "maxLength":
		return fmt.Sprintf("%s is longer than %v characters", f.label(), f.node["maxLength"]), ""
	case "minimum":
		return fmt.Sprintf("%s must be at least %v, not %s", f.label(), f.node["minimum"], describe(f.value)), ""
	}
	return fmt.Sprintf("%s cannot be %s here", f.label(), describe(f.value)), ""
}

// wrongForm is about a text that its pattern does not match.
func (f failure) wrongForm() (message, hint string) {
	if f.value == "" {
		return f.label() + " is empty", "give it a value, or remove the line"
	}
	clause, ok := f.node["patternErrorMessage"].(string)
	if !ok {
		clause = "is not written the way it has to be"
	}
	if examples := texts(f.node["examples"]); len(examples) > 0 {
		hint = "write it as in " + orList(examples)
	}
	return fmt.Sprintf("%s is %s, but %s", f.label(), describe(f.value), clause), hint
}

// wrongType compares what is wanted with what is there, and knows the slips
// that YAML invites.
func (f failure) wrongType() (message, hint string) {
	types := typesOf(f.node)
	wanted := make([]string, 0, len(types))
	for _, t := range types {
		if t != "null" {
			wanted = append(wanted, typeWords[t])
		}
	}
	if i := slices.Index(wanted, typeWords["boolean"]); i >= 0 && len(wanted) > 1 {
		wanted[i] = "true/false" // another "or" would confuse
	}
	want := orList(wanted)
	if f.value == nil {
		return fmt.Sprintf("%s is empty, but must be %s", f.label(), want), "give it a value, or remove the line"
	}
	return fmt.Sprintf("%s must be %s, not %s", f.label(), want, describe(f.value)), typeHint(types, f.value)
}

// typeHint recognises a value that was meant well and written wrongly.
func typeHint(types []string, value any) string {
	if _, isList := value.([]any); !isList && slices.Equal(types, []string{"array"}) {
		return `begin each entry with "- "`
	}
	switch v := value.(type) {
	case string:
		if slices.Contains(types, "boolean") {
			switch strings.ToLower(v) {
			case "true", "false":
				return "write it without quotes"
			case "yes", "y", "on":
				return "write true"
			case "no", "n", "off":
				return "write false"
			}
		}
		if _, err := strconv.ParseInt(v, 10, 64); err == nil && slices.Contains(types, "integer") {
			return "write it without quotes"
		}
	case map[string]any:
		if slices.Contains(types, "string") && len(v) == 1 {
			for key, sub := range v {
				if sub == nil {
					return "text that begins with { must be in quotes: " + Quote("{"+key+"}")
				}
				return `text with a colon and a space in it must be in quotes`
			}
		}
	case bool, int64:
		if slices.Contains(types, "string") {
			return fmt.Sprintf(`write it in quotes: "%v"`, v)
		}
	}
	return ""
}

// label names what the failure is about.
func (f failure) label() string {
	if len(f.path) == 0 {
		return "the plan"
	}
	last := f.path[len(f.path)-1]
	switch {
	case !isIndex(last), len(f.path) == 1:
		return Quote(last)
	case len(f.path) == 2 && f.path[0] == "exports":
		return "this rule"
	}
	return fmt.Sprintf("this entry of %s", Quote(f.path[len(f.path)-2]))
}
