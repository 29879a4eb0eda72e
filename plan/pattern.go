package plan

import (
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"

	"sbexport/schema"
)

// pattern is one pattern for whole paths, with what is needed to say no
// without running it: it is asked about every file.
type pattern struct {
	text    string
	literal bool // no special characters: equal or nothing
	// prefix and suffix are literal text that every matching path begins and
	// ends with. They have no slash at their inner end, since "a/**" matches "a".
	prefix, suffix string
	segments       []segment
}

// Limits on patterns. An alternative costs a run of its own for every path.
const maxAlternatives = 256

// newPattern compiles a pattern. The problem is a clause that follows the
// pattern, with a hint, when it is not one that could match a file's path.
func newPattern(text string) (p *pattern, problem, hint string) {
	if problem, hint = checkPattern(text); problem != "" {
		return nil, problem, hint
	}
	p = &pattern{text: text, literal: !strings.ContainsAny(text, `*?[{\`), segments: split(text)}
	if strings.ContainsRune(text, utf8.RuneError) {
		p.literal = false // it also stands for any byte that is not text
		return p, "", ""
	}
	if i := strings.IndexAny(text, `*?[{\`); i >= 0 {
		p.prefix = strings.TrimSuffix(text[:i], "/")
	} else {
		p.prefix = text
	}
	if !strings.Contains(text, `\`) {
		p.suffix = strings.TrimPrefix(text[strings.LastIndexAny(text, "*?]}")+1:], "/")
	}
	return p, "", ""
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
func (p *pattern) matches(path string) bool {
	if !strings.HasPrefix(path, p.prefix) || !strings.HasSuffix(path, p.suffix) {
		return false
	}
	if p.literal {
		return path == p.text
	}
	return doublestar.MatchUnvalidated(p.text, path)
}

// coversBelow reports whether the pattern matches everything below the folder.
func (p *pattern) coversBelow(folder string) bool {
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
