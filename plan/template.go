package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"sbexport/schema"
)

// Template is a rule's "to": text with placeholders, which gives each file its
// location.
type Template struct {
	text  string
	parts []part
}

// part is literal text, or a placeholder when it has a name.
type part struct {
	literal     string
	name        string // of the placeholder, "metadata" or "task.batch" with a key
	key         string
	fallback    string
	hasFallback bool
	source      string // as written, with its braces
}

// placeholders are the names that a placeholder may have, beside those with a key.
var placeholders = []string{
	"name", "stem", "ext", "path", "dir", "id", "project", "project.name", "rule", "task", "year", "month", "day",
}

// taskPlaceholders are those that only a rule with tasks may have.
var taskPlaceholders = []string{"task.name", "task.app", "output"}

// keyed are the names that a key follows, after a dot.
var keyed = []string{"metadata", "task.batch"}

const metadataPrefix = "metadata."

// String is the template as it was written.
func (t *Template) String() string { return t.text }

// tokens are the pieces of a template: escaped braces, placeholders, lone braces,
// and the literal text between them.
var tokens = regexp.MustCompile(`\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+`)

// blank stands for each byte of a placeholder or escape where only the literal
// text counts. It is part of no UTF-8 text.
const blank = "\xff"

// NewTemplate reads a template that stands in no plan; it is nil if something is
// wrong with it.
func NewTemplate(text string) *Template {
	if t, slips := parseTemplate(text, false); len(slips) == 0 {
		return t
	}
	return nil
}

// parseTemplate reads the template of a rule, with tasks or without. The slips
// are everything that is wrong with it.
func parseTemplate(text string, tasks bool) (*Template, []slip) {
	t := &Template{text: text}
	var slips []slip
	var outline strings.Builder
	literal := func(text string) { t.parts = append(t.parts, part{literal: text}) }
	for _, at := range tokens.FindAllStringIndex(text, -1) {
		token := text[at[0]:at[1]]
		switch {
		case token == "{{", token == "}}":
			literal(token[:1])
		case token == "{":
			slips = append(slips, slip{at[0], `a "{" that is not closed`, `close it with "}"; for the character itself, write "{{"`})
		case token == "}":
			slips = append(slips, slip{at[0], `a "}" without a "{"`, `for the character itself, write "}}"`})
		case token[0] == '{':
			p, message, hint := placeholder(token, tasks)
			if message != "" {
				slips = append(slips, slip{at[0], message, hint})
			}
			t.parts = append(t.parts, p)
		default:
			literal(token)
			outline.WriteString(token)
			continue
		}
		outline.WriteString(strings.Repeat(blank, len(token)))
	}
	if strings.HasSuffix(text, "/") {
		t.parts = append(t.parts, part{name: "name", source: "{name}"})
	}
	slips = append(slips, checkOutline(outline.String())...)
	slices.SortStableFunc(slips, func(a, b slip) int { return a.offset - b.offset })
	return t, slips
}

// placeholder reads a placeholder in its braces. If there is none of its name in
// such a rule, it says so.
func placeholder(token string, tasks bool) (p part, message, hint string) {
	p.source = token
	p.name, p.fallback, p.hasFallback = strings.Cut(token[1:len(token)-1], "|")
	for _, name := range keyed {
		if key, ok := strings.CutPrefix(p.name, name+"."); ok && key != "" {
			p.name, p.key = name, key
		}
	}
	names := placeholders
	if tasks {
		names = slices.Concat(placeholders, taskPlaceholders)
	}
	name := strings.TrimSpace(p.name)
	switch near := schema.Nearest(name, names); {
	case !tasks && (p.name == "task.batch" || slices.Contains(taskPlaceholders, p.name)):
		return p, fmt.Sprintf("%s works only in a rule with \"tasks\"", schema.Quote(token)), "for the ID of the task that made a file, write {task}"
	case p.key != "", slices.Contains(names, p.name):
	case p.name == "metadata", p.name == metadataPrefix:
		return p, fmt.Sprintf("the placeholder %s names no metadata key", schema.Quote(token)), "write the key as in {metadata.sample_id}"
	case tasks && strings.HasPrefix(p.name, "task.batch"):
		return p, fmt.Sprintf("the placeholder %s names no key", schema.Quote(token)), "write what the batch is split by, as in {task.batch.sample_id}"
	case name == "":
		return p, "a placeholder without a name", "the placeholders are {" + strings.Join(names, "} {") + "} {metadata.KEY}"
	case near != "":
		return p, "unknown placeholder " + schema.Quote(token), fmt.Sprintf("did you mean {%s}?", near)
	default:
		return p, "unknown placeholder " + schema.Quote(token), fmt.Sprintf("for a metadata key, write %s; the others are {%s}",
			schema.Quote("{"+metadataPrefix+name+"}"), strings.Join(names, "} {"))
	}
	return p, "", ""
}

// checkOutline says what is wrong with a template whatever its placeholders stand
// for. A slash in front is left to the schema.
func checkOutline(outline string) (slips []slip) {
	if len(strings.ReplaceAll(outline, blank, "")) > maxLocation {
		slips = append(slips, slip{0, fmt.Sprintf("the location has more than %d bytes", maxLocation), "shorten it"})
	}
	offset := 0
	for segment := range strings.SplitSeq(outline, "/") {
		last := offset+len(segment) == len(outline)
		switch {
		case segment == "" && offset > 0 && !last:
			slips = append(slips, slip{offset, `the location has an empty segment ("//")`, "write a single slash"})
		case segment == "." || segment == "..":
			slips = append(slips, slip{offset, fmt.Sprintf("the location has the segment %q", segment), "write the path without it"})
		}
		offset += len(segment) + 1
	}
	for i, r := range outline {
		if unicode.IsControl(r) {
			slips = append(slips, slip{i, fmt.Sprintf("the location has a control character in it (%U)", r), "remove it"})
		}
	}
	return slips
}
