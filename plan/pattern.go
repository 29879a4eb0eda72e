package plan

import (
	"slices"
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
	inner          []string // literal texts that every matching path has in this order
	// folders are what the pattern says about the first folders of a path, each by
	// itself. If deep is set, any number of others may follow.
	folders []string
	deep    bool
}

// maxAlternatives bounds a pattern: each alternative is tried on every path.
const maxAlternatives = 256

// special are the characters that begin something other than literal text.
const special = `*?[{\`

// newPattern compiles a pattern. If it could never match a file's path, the
// problem is a clause that follows the pattern in a sentence.
func newPattern(written string) (p *pattern, problem, hint string) {
	text := norm.NFC.String(written)
	if problem, hint = checkPattern(text); problem != "" {
		return nil, problem, hint
	}
	p = &pattern{written: written, text: text}
	if strings.ContainsRune(text, utf8.RuneError) {
		p.deep = true // it also stands for any byte that is not text
		return p, "", ""
	}
	p.split()
	p.literal = !strings.ContainsAny(text, special)
	p.prefix, p.suffix = text, text
	if i := strings.IndexAny(text, special); i >= 0 {
		p.prefix = strings.TrimSuffix(text[:i], "/")
		p.suffix = strings.TrimPrefix(text[strings.LastIndexAny(text, "*?]}")+1:], "/")
	}
	if strings.Contains(text, `\`) {
		p.suffix = ""
	}
	// Literal texts end at slashes, because "a/**/b" also stands for "a/b".
	p.inner = strings.FieldsFunc(outside(text), func(c rune) bool { return strings.ContainsRune("*?/", c) })
	return p, "", ""
}

// outside is a pattern with a wildcard for each {a,b} and [ab] in it, up to the
// first escape.
func outside(text string) string {
	var b strings.Builder
	depth := 0
	for i := 0; i < len(text) && text[i] != '\\'; i++ {
		c := text[i]
		switch c {
		case '[':
			i += len(class(text[i:])) - 1
			c = '*'
		case '{':
			depth++
			c = '*'
		case '}':
			depth--
			continue
		}
		if depth == 0 || c == '*' {
			b.WriteByte(c)
		}
	}
	return b.String()
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

// split finds folders and deep. From where a pattern cannot be cut at its slashes,
// because something in it can itself stand for a slash, it counts as "**".
func (p *pattern) split() {
	p.folders = strings.Split(p.text, "/")
	if n := slices.IndexFunc(p.folders, crosses); n >= 0 {
		p.folders, p.deep = p.folders[:n], true
	} else {
		p.folders = p.folders[:len(p.folders)-1] // the last is the file's name
	}
}

// crosses reports whether what stands between two slashes of a pattern can match
// more than one name.
func crosses(segment string) bool {
	switch {
	case segment == "**", strings.Contains(segment, `\`), !doublestar.ValidatePattern(segment):
		return true
	case strings.Contains(segment, "{") && strings.Count(segment, "*") > 1:
		return true // alternatives may join two stars into one that crosses folders
	}
	for {
		i := strings.IndexByte(segment, '[')
		if i < 0 {
			return false
		}
		c := class(segment[i:])
		if doublestar.MatchUnvalidated(c, "/") {
			return true
		}
		segment = segment[i+len(c):]
	}
}

// reaches reports whether a path that the pattern matches could lie below the
// folder.
func (p *pattern) reaches(folder string) bool {
	if n := min(len(p.prefix), len(folder)); p.prefix[:n] != folder[:n] {
		return false
	}
	for _, wanted := range p.folders {
		if folder == "" {
			return true
		}
		var name string
		name, folder, _ = strings.Cut(folder, "/")
		// With a slash behind both, for at the very end of a name the library sees
		// fewer matches than in the middle of a path.
		if wanted != name && !doublestar.MatchUnvalidated(wanted+"/", name+"/") {
			return false
		}
	}
	return folder == "" || p.deep
}
