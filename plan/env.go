package plan

import (
	"fmt"
	"regexp"
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
		value, length, wrong := e.dollar(text[pos:])
		if wrong.message != "" {
			wrong.offset = pos
			slips = append(slips, wrong)
		}
		b.WriteString(value)
		referred = referred || length > len("$$")
		pos += length
	}
	return b.String(), referred, slips
}

// dollar is what the dollar that rest begins with stands for, and how many
// bytes of rest that takes.
func (e *environment) dollar(rest string) (value string, length int, wrong slip) {
	switch {
	case strings.HasPrefix(rest, "$$"):
		return "$", len("$$"), slip{}
	case strings.HasPrefix(rest, "${"):
		inner, closed := referenceIn(rest)
		if !closed {
			return "", len(rest), slip{message: `a "${" that is not closed`, hint: `close it with "}"; for a dollar sign, write "$$"`}
		}
		value, wrong = e.reference(inner)
		return value, len("${") + len(inner) + len("}"), wrong
	}
	if name := variable.FindString(rest[1:]); name != "" {
		return "", len("$"), slip{
			message: fmt.Sprintf("a variable without braces: $%s", name),
			hint:    fmt.Sprintf(`for the environment variable, write ${%s}; for a dollar sign, write "$$"`, name),
		}
	}
	return "$", len("$"), slip{}
}

// referenceIn is what stands between the "${" that a text begins with and the
// brace that closes it. Braces inside come in pairs, so that a default may hold
// placeholders and alternatives.
func referenceIn(text string) (inner string, closed bool) {
	depth := 0
	for i := len("$"); i < len(text); i++ {
		switch text[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return text[len("${"):i], true
			}
		}
	}
	return "", false
}

// reference is the value of what stands between "${" and "}".
func (e *environment) reference(inner string) (value string, wrong slip) {
	name := variable.FindString(inner)
	form, word := inner[len(name):], ""
	if strings.HasPrefix(form, ":") {
		form, word = form[:min(2, len(form))], form[min(2, len(form)):]
	}
	if name == "" || form != "" && form != ":-" && form != ":?" {
		return "", slip{
			message: "the reference " + schema.Quote("${"+inner+"}") + " cannot be read",
			hint:    `write ${NAME}, ${NAME:-default} or ${NAME:?message}; for a dollar sign, write "$$"`,
		}
	}
	if strings.Contains(word, "$") {
		return "", slip{
			message: "the reference " + schema.Quote("${"+inner+"}") + " has a dollar sign inside, and references do not nest",
			hint:    fmt.Sprintf("write a plain text there, or give %s its value before sbexport runs", name),
		}
	}
	if secret(name) {
		return "", slip{
			message: fmt.Sprintf("the environment variable %s looks like a secret by its name, which must not become part of a plan", name),
			hint:    "a plan is printed, posted and sent, and credentials are found without it; if it is no secret, use a variable with another name",
		}
	}
	value, defined := e.lookup(name)
	switch {
	case value != "":
	case form == ":-":
		value = word
	default:
		return "", missing(name, defined, word)
	}
	if !utf8.ValidString(value) {
		return "", slip{message: fmt.Sprintf("the environment variable %s is not valid UTF-8 text", name), hint: "set it anew"}
	}
	if e.grown += len(value); e.grown > maxGrown {
		return "", slip{message: "the plan becomes too long with the environment variables put in", hint: "use shorter values"}
	}
	return value, slip{}
}

// secret reports whether a variable's name is that of a secret.
func secret(name string) bool {
	name = strings.ToUpper(name)
	return strings.HasSuffix(name, "KEY") || slices.ContainsFunc([]string{"TOKEN", "SECRET", "PASSWORD", "CREDENTIAL"},
		func(word string) bool { return strings.Contains(name, word) })
}

// missing says that a variable has no value. One that is set and empty
// counts as missing: that is how CI systems pass inputs that nobody has
// given, and a pattern that loses its first folder selects everything.
func missing(name string, defined bool, message string) slip {
	s := slip{message: fmt.Sprintf("the environment variable %s is not set", name)}
	if defined {
		s.message = fmt.Sprintf("the environment variable %s is set but empty", name)
	}
	switch {
	case message != "":
		s.message += ": " + strings.Join(strings.Fields(message), " ")
		s.hint = "set it and run again"
	case slices.Contains(placeholders, name):
		s.hint = fmt.Sprintf("for the placeholder, write {%s} without the dollar sign", name)
	default:
		s.hint = fmt.Sprintf("set it, or give a default: ${%s:-default}", name)
	}
	return s
}

// variable is a variable's name at the front of a text.
var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*`)
