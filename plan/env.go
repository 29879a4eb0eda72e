package plan

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"sbexport/schema"
)

// environment replaces references in the plan's texts.
type environment struct {
	lookup func(string) (string, bool)
	grown  int // bytes that came in, over all texts
}

// secret is the environment variable that the platform's clients read the token
// from.
const secret = "SB_AUTH_TOKEN" //nolint:gosec // the variable's name, not a token

// maxGrown bounds what references may add to a plan: a short plan can refer to
// a long value very often.
const maxGrown = 16 << 20

// expand replaces ${NAME}, ${NAME:-default}, ${NAME:?message} and $$ in a text.
// referred tells whether there was a reference at all.
func (e *environment) expand(text string) (out string, referred bool, slips []slip) {
	if !strings.Contains(text, "$") {
		return text, false, nil
	}
	var b strings.Builder
	for pos := 0; pos < len(text); {
		i := strings.IndexByte(text[pos:], '$')
		if i < 0 {
			b.WriteString(text[pos:])
			break
		}
		b.WriteString(text[pos : pos+i])
		pos += i
		switch rest := text[pos:]; {
		case strings.HasPrefix(rest, "$$"):
			b.WriteByte('$')
			pos += 2
		case !strings.HasPrefix(rest, "${"):
			b.WriteByte('$')
			pos++
		case !strings.Contains(rest, "}"):
			return text, referred, append(slips, slip{pos, `a "${" that is not closed`, `close it with "}"; for a dollar sign, write "$$"`})
		default:
			end := strings.IndexByte(rest, '}')
			value, wrong := e.reference(rest[2:end])
			if wrong.message != "" {
				wrong.offset = pos
				slips = append(slips, wrong)
			}
			b.WriteString(value)
			referred = true
			pos += end + 1
		}
	}
	return b.String(), referred, slips
}

// reference is the value of what stands between "${" and "}".
func (e *environment) reference(inner string) (value string, wrong slip) {
	name, form, word := inner, "", ""
	if i := strings.IndexByte(inner, ':'); i >= 0 {
		name, form, word = inner[:i], inner[i:min(i+2, len(inner))], inner[min(i+2, len(inner)):]
	}
	if !variableName(name) || form != "" && form != ":-" && form != ":?" {
		return "", slip{
			message: "the reference " + schema.Quote("${"+inner+"}") + " cannot be read",
			hint:    `write ${NAME}, ${NAME:-default} or ${NAME:?message}; for a dollar sign, write "$$"`,
		}
	}
	if name == secret {
		return "", slip{
			message: fmt.Sprintf("the environment variable %s holds the token, which must not become part of a plan", name),
			hint:    "a plan is printed, saved and committed; credentials are found without it",
		}
	}
	value, defined := e.lookup(name)
	switch {
	case form == ":-" && value == "":
		value = word
	case form == ":?" && value == "" && word != "":
		return "", slip{message: fmt.Sprintf("the environment variable %s is not set: %s", name, strings.Join(strings.Fields(word), " ")), hint: "set it and run again"}
	case form == ":?" && value == "", !defined:
		return "", undefined(name)
	}
	if !utf8.ValidString(value) {
		return "", slip{message: fmt.Sprintf("the environment variable %s is not valid UTF-8 text", name), hint: "set it anew"}
	}
	if e.grown += len(value); e.grown > maxGrown {
		return "", slip{message: "the plan becomes too long with the environment variables put in", hint: "use shorter values"}
	}
	return value, slip{}
}

func undefined(name string) slip {
	hint := fmt.Sprintf("set it, or give a default: ${%s:-default}", name)
	if slices.Contains(placeholders, name) {
		hint = fmt.Sprintf("for the placeholder, write {%s} without the dollar sign", name)
	}
	return slip{message: fmt.Sprintf("the environment variable %s is not set", name), hint: hint}
}

func variableName(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := c == '_' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}
