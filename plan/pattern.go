package plan

import (
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/text/unicode/norm"

	"sbexport/schema"
)

// pattern is one pattern for whole paths, with what is needed to say no
// without running it: each is asked about every file.
type pattern struct {
	written string
	text    string // in NFC, as the paths are that it is held against
	literal bool   // no special characters: equal or nothing
	// prefix and suffix are literal text that every matching path begins and
	// ends with. They have no slash at their inner end, since "a/**" matches "a".
	prefix, suffix string
	// inner are the literal texts between special characters and slashes, which
	// every matching path has in this order.
	inner    []string
	segments []segment
}

// Limits on patterns. An alternative costs a run of its own for every path.
const maxAlternatives = 256

// newPattern compiles a pattern. The problem is a clause that follows the
// pattern, with a hint, when it is not one that could match a file's path.
func newPattern(written string) (p *pattern, problem, hint string) {
	text := norm.NFC.String(written)
	if problem, hint = checkPattern(text); problem != "" {
		return nil, problem, hint
	}
	p = &pattern{written: written, text: text, literal: !strings.ContainsAny(text, special), segments: split(text)}
	if strings.ContainsRune(text, utf8.RuneError) {
		p.literal = false // it also stands for any byte that is not text
		return p, "", ""
	}
	if i := strings.IndexAny(text, special); i >= 0 {
		p.prefix = strings.TrimSuffix(text[:i], "/")
	} else {
		p.prefix = text
	}
	if !strings.Contains(text, `\`) {
		p.suffix = strings.TrimPrefix(text[strings.LastIndexAny(text, "*?]}")+1:], "/")
	}
	p.inner = literals(text)
	return p, "", ""
}

// special are the characters that begin something other than literal text.
const special = `*?[{\`

// literals are the pieces of literal text of a pattern, outside of alternatives,
// cut at slashes: "a/**/b" also stands for "a/b".
func literals(text string) []string {
	var list []string
	depth, begin := 0, 0
	cut := func(end, next int) {
		if depth == 0 && end > begin {
			list = append(list, text[begin:end])
		}
		begin = next
	}
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '*', '?', '/':
			cut(i, i+1)
		case '\\':
			cut(i, i+2)
			i++
		case '[':
			n := len(class(text[i:]))
			cut(i, i+n)
			i += n - 1
		case '{':
			cut(i, i+1)
			depth++
		case '}':
			cut(i, i+1)
			depth--
		}
	}
	cut(len(text), 0)
	return list
}

// checkPattern says what is wrong with a pattern.
func checkPattern(text string) (problem, hint string) {
	switch {
	case !doublestar.ValidatePattern(text):
		return "is not a complete pattern", `close every [ and {, and write \[ or \{ for the character itself`
	case alternatives(text) > maxAlternatives:
		return "stands for too many alternatives", "write fewer {a,b}, or several patterns"
	case strings.HasSuffix(text, "/"):
		return "ends in a slash, so it matches no file", "for everything in a folder, write " + schema.Quote(text+"**")
	case strings.Contains(text, "//"):
		return `has an empty folder name ("//"), so it matches no file`, "write a single slash"
	}
	for step := range strings.SplitSeq(text, "/") {
		if step == "." || step == ".." {
			return `has the folder name "` + step + `", so it matches no file`, "write the path as it is inside the project"
		}
	}
	return "", ""
}

// matches reports whether the pattern matches the path.
func (p *pattern) matches(whole Path) bool {
	path := string(whole)
	if !strings.HasPrefix(path, p.prefix) || !strings.HasSuffix(path, p.suffix) {
		return false
	}
	if p.literal {
		return path == p.text
	}
	rest := path
	for _, text := range p.inner {
		i := strings.Index(rest, text)
		if i < 0 {
			return false
		}
		rest = rest[i+len(text):]
	}
	return doublestar.MatchUnvalidated(p.text, path)
}

// coversBelow reports whether the pattern matches everything below the folder.
func (p *pattern) coversBelow(folder Path) bool {
	return (p.text == "**" || strings.HasSuffix(p.text, "/**")) && p.matches(folder)
}

// alternatives counts the patterns that one with {a,b} in it stands for,
// stopping soon after maxAlternatives.
func alternatives(text string) int {
	type group struct{ sum, product int }
	groups := []group{{product: 1}}
	for i := 0; i < len(text); i++ {
		top := &groups[len(groups)-1]
		switch text[i] {
		case '\\':
			i++
		case '[':
			i += len(class(text[i:])) - 1
		case '{':
			groups = append(groups, group{product: 1})
		case ',':
			top.sum, top.product = top.sum+top.product, 1
		case '}':
			if len(groups) > 1 {
				groups = groups[:len(groups)-1]
				below := &groups[len(groups)-1]
				below.product = min(below.product*(top.sum+top.product), maxAlternatives+1)
			}
		}
	}
	return groups[0].product
}

// class is the character class that a text begins with, brackets included.
func class(text string) string {
	i := 1
	if i < len(text) && (text[i] == '^' || text[i] == '!') {
		i++
	}
	for ; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case ']':
			return text[:i+1]
		}
	}
	return text
}
