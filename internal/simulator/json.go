package simulator

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Answers are put together by hand, field by field: a listing of a million
// files must cost little more than its bytes.

// field is one property of a resource.
type field[T any] struct {
	name  string
	brief bool // belongs to the items of a list when the request names no fields
	// value appends the property's JSON; appending nothing leaves it out.
	value func(v T, b []byte) []byte
}

// choose selects the fields that a request asks for: names separated by commas,
// _all, or names with ! that are left out (vendor page "API Overview"). A name
// with a dot, as in metadata.sample_id, is a member of a field.
func choose[T any](c *call, all []field[T], list bool) []field[T] {
	text := c.param("fields")
	if text == "" {
		return slices.DeleteFunc(slices.Clone(all), func(f field[T]) bool { return list && !f.brief })
	}
	whole, members := map[string]bool{}, map[string]map[string]bool{} // true for wanted, false for left out
	everything := true
	for name := range strings.SplitSeq(text, ",") {
		name, without := strings.CutPrefix(strings.TrimSpace(name), "!")
		head, member, dotted := strings.Cut(name, ".")
		everything = everything && without
		if head != "_all" && !slices.ContainsFunc(all, func(f field[T]) bool { return f.name == head }) {
			c.noteUnusual("the unknown field %q", name)
		}
		if !dotted {
			whole[name] = !without
			continue
		}
		if members[head] == nil {
			members[head] = map[string]bool{}
		}
		members[head][member] = !without
	}
	everything = everything || whole["_all"]
	var chosen []field[T]
	for _, f := range all {
		wanted, named := whole[f.name]
		switch {
		case named && !wanted:
		case !named && !everything && !anyTrue(members[f.name]):
		case members[f.name] == nil:
			chosen = append(chosen, f)
		default:
			chosen = append(chosen, withMembers(f, members[f.name], wanted || everything))
		}
	}
	return chosen
}

func anyTrue(m map[string]bool) bool {
	for _, v := range m {
		if v {
			return true
		}
	}
	return false
}

// withMembers makes a field show some members of its object only: those wanted,
// or all but those left out.
func withMembers[T any](f field[T], members map[string]bool, others bool) field[T] {
	value := f.value
	f.value = func(v T, b []byte) []byte {
		object, ok := decoded(value(v, nil)).(map[string]any)
		if !ok {
			return value(v, b)
		}
		maps.DeleteFunc(object, func(key string, _ any) bool {
			wanted, named := members[key]
			return named && !wanted || !named && !others
		})
		return appendPlain(b, object)
	}
	return f
}

// appendObject appends a resource with the fields.
func appendObject[T any](b []byte, fields []field[T], v T) []byte {
	b = append(b, '{')
	for _, f := range fields {
		start := len(b)
		if b[start-1] != '{' {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, f.name...)
		b = append(b, '"', ':')
		empty := len(b)
		if b = f.value(v, b); len(b) == empty {
			b = b[:start]
		}
	}
	return append(b, '}')
}

// appendString appends a JSON string.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			quoted, err := json.Marshal(s)
			if err != nil {
				quoted = []byte(`""`)
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// appendStrings appends a JSON list of strings.
func appendStrings(b []byte, all []string) []byte {
	b = append(b, '[')
	for i, s := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}

// appendTime appends a time as the platform writes it, in whole seconds.
func appendTime(b []byte, t time.Time) []byte {
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, "2006-01-02T15:04:05Z")
	return append(b, '"')
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, "true"...)
	}
	return append(b, "false"...)
}

// pick are the fields with the names.
func pick[T any](all []field[T], names ...string) []field[T] {
	return slices.DeleteFunc(slices.Clone(all), func(f field[T]) bool { return !slices.Contains(names, f.name) })
}

// text makes a field of a string, left out when empty.
func text[T any](name string, value func(T) string) field[T] {
	return field[T]{name: name, value: func(v T, b []byte) []byte {
		if s := value(v); s != "" {
			return appendString(b, s)
		}
		return b
	}}
}

// constant makes a field that is always the same JSON.
func constant[T any](name, json string) field[T] {
	return field[T]{name: name, value: func(_ T, b []byte) []byte { return append(b, json...) }}
}

// inBrief marks a field as belonging to the items of a list.
func inBrief[T any](f field[T]) field[T] {
	f.brief = true
	return f
}

// appendQuery appends a URL with a query, as a JSON string.
func appendQuery(b []byte, url string, query url.Values) []byte {
	if len(query) > 0 {
		url += "?" + query.Encode()
	}
	return appendString(b, url)
}
