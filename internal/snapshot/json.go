package snapshot

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// object is a JSON object under construction, which is a flow mapping of YAML.
type object struct{ b strings.Builder }

func (o *object) empty() bool { return o.b.Len() == 0 }

// raw adds a member whose value is JSON already.
func (o *object) raw(key, value string) {
	if !o.empty() {
		o.b.WriteString(", ")
	}
	o.b.WriteString(quote(key))
	o.b.WriteString(": ")
	o.b.WriteString(value)
}

// text adds a text, unless it is empty.
func (o *object) text(key, value string) {
	if value != "" {
		o.raw(key, quote(value))
	}
}

// texts adds a list of texts, unless it is empty.
func (o *object) texts(key string, values []string) {
	if len(values) == 0 {
		return
	}
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quote(v))
	}
	o.raw(key, "["+b.String()+"]")
}

func (o *object) end() string { return "{" + o.b.String() + "}" }

// quote is a text in double quotes that JSON and YAML read alike: what either
// takes for a line end or refuses to see as it is comes as an escape. Bytes that
// are not UTF-8 become the replacement character.
func quote(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 2)
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"', r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ', r >= 0x7f && r < 0xa0, r == '\u2028', r == '\u2029', r == '\ufeff', r >= 0xfffe && r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		case r == utf8.RuneError:
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
