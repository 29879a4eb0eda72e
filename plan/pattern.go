package plan

import (
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/text/unicode/norm"

	"sbexport/schema"
)

// pattern is one pattern for whole paths, with literal texts by which most
// paths are ruled out quickly: every file is held against every pattern.
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

// maxAlternatives bounds a pattern: each alternative is tried on every path.
const maxAlternatives = 256

// newPattern compiles a pattern. If it could never match a file's path, the
// problem is a clause that follows the pattern in a sentence.
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

// literals are the pieces of literal text of a pattern, outside of
// alternatives, cut at slashes: "a/**/b" also stands for "a/b".
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

// segment is what a pattern says about one folder of a path.
type segment struct {
	text    string
	literal bool
	deep    bool // any number of folders, none included
}

// maxSegments is how many segments reaches can tell apart; what follows counts
// as anything. No path of a project is that deep.
const maxSegments = 60

// split cuts a pattern at its slashes. From where something can itself stand
// for a slash, so that no exact cut is possible, the pattern counts as "**".
func split(text string) []segment {
	var segments []segment
	for len(segments) < maxSegments {
		s, rest, more, exact := cutSegment(text)
		if !exact {
			break
		}
		segments = append(segments, s)
		if !more {
			return segments
		}
		text = rest
	}
	return append(segments, segment{deep: true})
}

// cutSegment takes the first segment off a pattern. It is not exact when the
// segment can match more than one folder's name.
func cutSegment(text string) (s segment, rest string, more, exact bool) {
	end, depth, stars, braces := len(text), 0, 0, false
scan:
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
			if i < len(text) && text[i] == '/' {
				return s, "", false, false
			}
		case '[':
			c := class(text[i:])
			if doublestar.MatchUnvalidated(c, "/") {
				return s, "", false, false
			}
			i += len(c) - 1
		case '{':
			depth, braces = depth+1, true
		case '}':
			depth--
		case '*':
			stars++
		case '/':
			if depth > 0 {
				return s, "", false, false
			}
			end = i
			break scan
		}
	}
	if braces && stars > 1 {
		return s, "", false, false // alternatives may join two stars into one that crosses folders
	}
	s = segment{text: text[:end], literal: !strings.ContainsAny(text[:end], `*?[{\`), deep: text[:end] == "**"}
	if end == len(text) {
		return s, "", false, true
	}
	return s, text[end+1:], true, true
}

// matches reports whether the segment matches a folder's name. Both are held
// against each other with the slash that follows in a path: at the very end of
// a name the library sees fewer matches than in the middle of a path.
func (s *segment) matches(name string) bool {
	if s.literal {
		return s.text == name
	}
	return doublestar.MatchUnvalidated(s.text+"/", name+"/")
}

// reaches reports whether a path that the pattern matches could lie below the
// folder. It steps through the folder's names, and keeps as bits the set of
// segments that may match the next name.
func (p *pattern) reaches(folder string) bool {
	if n := min(len(p.prefix), len(folder)); p.prefix[:n] != folder[:n] {
		return false
	}
	if p.segments[0].deep {
		return true
	}
	states := p.skipDeep(1)
	for folder != "" && states != 0 {
		var name string
		name, folder, _ = strings.Cut(folder, "/")
		var next uint64
		for i := range p.segments {
			if states&(1<<i) == 0 {
				continue
			}
			if p.segments[i].deep {
				next |= 1 << i
			} else if i+1 < len(p.segments) && p.segments[i].matches(name) {
				next |= 1 << (i + 1)
			}
		}
		states = p.skipDeep(next)
	}
	return states != 0
}

// skipDeep adds the segments behind those that may stand for no folder at all.
func (p *pattern) skipDeep(states uint64) uint64 {
	for i := range p.segments {
		if states&(1<<i) != 0 && p.segments[i].deep && i+1 < len(p.segments) {
			states |= 1 << (i + 1)
		}
	}
	return states
}
