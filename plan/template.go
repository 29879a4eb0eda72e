package plan

import (
	"fmt"
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
	name        string // of the placeholder, "metadata" with a key
	key         string
	fallback    string
	hasFallback bool
	source      string // as written, without braces
}

// placeholders are the names that a placeholder may have, beside metadata.KEY.
var placeholders = []string{
	"name", "stem", "ext", "path", "dir", "id", "project", "rule", "task", "year", "month", "day",
}

const metadataPrefix = "metadata."

// String is the template as it was written.
func (t *Template) String() string { return t.text }

// parseTemplate reads a template. The slips are everything that is wrong
// with it.
func parseTemplate(text string) (*Template, []slip) {
	p := &templateParser{text: text}
	for p.pos < len(text) {
		p.next()
	}
	p.flush()
	p.checkSegments()
	if strings.HasSuffix(text, "/") {
		p.parts = append(p.parts, part{name: "name", source: "name"})
	}
	slices.SortStableFunc(p.slips, func(a, b slip) int { return a.offset - b.offset })
	return &Template{text: text, parts: p.parts}, p.slips
}

// templateParser reads one template from front to back.
type templateParser struct {
	text    string
	pos     int
	literal strings.Builder
	outline strings.Builder // the text with a blank for each byte of a placeholder or escape
	parts   []part
	slips   []slip
}

func (p *templateParser) slip(offset int, hint, format string, args ...any) {
	p.slips = append(p.slips, slip{offset, fmt.Sprintf(format, args...), hint})
}

// next reads one placeholder, or literal text up to the next brace.
func (p *templateParser) next() {
	rest := p.text[p.pos:]
	n := strings.IndexAny(rest, "{}")
	switch {
	case n < 0:
		p.take(rest, rest)
	case n > 0:
		p.take(rest[:n], rest[:n])
	case strings.HasPrefix(rest, "{{"), strings.HasPrefix(rest, "}}"):
		p.take(rest[:1], rest[:2])
	case rest[0] == '}':
		p.slip(p.pos, `for the character itself, write "}}"`, `a "}" without a "{"`)
		p.take("", rest[:1])
	default:
		p.placeholder(rest)
	}
}

// take adds literal text that stands in the template as source.
func (p *templateParser) take(literal, source string) {
	p.literal.WriteString(literal)
	if literal == source {
		p.outline.WriteString(source)
	} else {
		p.blank(len(source))
	}
	p.pos += len(source)
}

// blank stands in the outline for a byte that is not literal text. It is part
// of no UTF-8 text.
const blank = "\xff"

func (p *templateParser) blank(n int) { p.outline.WriteString(strings.Repeat(blank, n)) }

func (p *templateParser) flush() {
	if p.literal.Len() > 0 {
		p.parts = append(p.parts, part{literal: p.literal.String()})
		p.literal.Reset()
	}
}

// placeholder reads a placeholder at the front of rest.
func (p *templateParser) placeholder(rest string) {
	end := strings.IndexAny(rest[1:], "{}") + 1
	if end == 0 || rest[end] == '{' {
		p.slip(p.pos, `close it with "}"; for the character itself, write "{{"`, `a "{" that is not closed`)
		if end == 0 {
			end = len(rest)
		}
		p.blank(end)
		p.pos += end
		return
	}
	inner := rest[1:end]
	made := part{source: inner}
	made.name, made.fallback, made.hasFallback = strings.Cut(inner, "|")
	if key, ok := strings.CutPrefix(made.name, metadataPrefix); ok {
		made.name, made.key = "metadata", key
	}
	if made.name != "metadata" && !slices.Contains(placeholders, made.name) || made.name == "metadata" && made.key == "" {
		p.unknown(made)
	}
	p.flush()
	p.parts = append(p.parts, made)
	p.blank(end + 1)
	p.pos += end + 1
}

// unknown reports an unknown placeholder.
func (p *templateParser) unknown(made part) {
	name := strings.TrimSpace(made.name)
	near := schema.Nearest(name, placeholders)
	switch {
	case made.name == "metadata":
		p.slip(p.pos, "write the key as in {metadata.sample_id}", "the placeholder %s names no metadata key", schema.Quote("{"+made.source+"}"))
	case name == "":
		p.slip(p.pos, "the placeholders are {"+strings.Join(placeholders, "} {")+"} {metadata.KEY}", "a placeholder without a name")
	case near != "":
		p.slip(p.pos, fmt.Sprintf("did you mean {%s}?", near), "unknown placeholder %s", schema.Quote("{"+made.source+"}"))
	default:
		p.slip(p.pos, fmt.Sprintf("for a metadata key, write %s; the others are {%s}", schema.Quote("{"+metadataPrefix+name+"}"), strings.Join(placeholders, "} {")),
			"unknown placeholder %s", schema.Quote("{"+made.source+"}"))
	}
}

// checkSegments reports what is wrong whatever the placeholders stand for. A
// slash in front is left to the schema.
func (p *templateParser) checkSegments() {
	outline, offset := p.outline.String(), 0
	literal := 0
	for i := range p.parts {
		literal += len(p.parts[i].literal)
	}
	if literal > maxLocation {
		p.slip(0, "shorten it", "the location has more than %d bytes", maxLocation)
	}
	for segment := range strings.SplitSeq(outline, "/") {
		last := offset+len(segment) == len(outline)
		switch {
		case segment == "" && offset > 0 && !last:
			p.slip(offset, "write a single slash", `the location has an empty segment ("//")`)
		case segment == "." || segment == "..":
			p.slip(offset, "write the path without it", "the location has the segment %q", segment)
		default:
			for i, r := range segment {
				if unicode.IsControl(r) {
					p.slip(offset+i, "remove it", "the location has a control character in it (%U)", r)
				}
			}
		}
		offset += len(segment) + 1
	}
}
