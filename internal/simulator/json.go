package simulator

import (
	"encoding/json"
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
// _all, or names with ! that are left out (vendor page "API Overview").
func choose[T any](c *call, all []field[T], list bool) ([]field[T], *failure) {
	text, given := c.query["fields"]
	if !given {
		if !list {
			return all, nil
		}
		return slices.DeleteFunc(slices.Clone(all), func(f field[T]) bool { return !f.brief }), nil
	}
	wanted, without := map[string]bool{}, map[string]bool{}
	for name := range strings.SplitSeq(text[0], ",") {
		bare, excluded := strings.CutPrefix(strings.TrimSpace(name), "!")
		known := bare == "_all" && !excluded || slices.ContainsFunc(all, func(f field[T]) bool { return f.name == bare })
		switch {
		case !known:
			return nil, refusef(90000, "Bad request: unknown field %q.", bare)
		case excluded:
			without[bare] = true
		default:
			wanted[bare] = true
		}
	}
	everything := wanted["_all"] || len(wanted) == 0
	return slices.DeleteFunc(slices.Clone(all), func(f field[T]) bool {
		return without[f.name] || !everything && !wanted[f.name]
	}), nil
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

// text makes a field of a string, left out when empty.
func text[T any](name string, value func(T) string) field[T] {
	return field[T]{name: name, value: func(v T, b []byte) []byte {
		if s := value(v); s != "" {
			return appendString(b, s)
		}
		return b
	}}
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
