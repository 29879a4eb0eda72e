package plan

import (
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// matcher is a rule's patterns and excludes. The zero matcher matches nothing.
type matcher struct {
	match, exclude []*pattern
}

// matches reports whether a pattern matches the path and no exclude does.
func (m *matcher) matches(path string) bool {
	return anyMatches(m.match, path) && !anyMatches(m.exclude, path)
}

func anyMatches(list []*pattern, path string) bool {
	for _, p := range list {
		if p.matches(path) {
			return true
		}
	}
	return false
}

// reaches reports whether a path that m matches could lie below the folder.
func (m *matcher) reaches(folder string) bool {
	for _, p := range m.exclude {
		if folder != "" && p.coversBelow(folder) {
			return false
		}
	}
	for _, p := range m.match {
		if p.reaches(folder) {
			return true
		}
	}
	return false
}

// near looks for a pattern that matches the path once a "**/" is put in front
// or the case is ignored.
func (m *matcher) near(path string) (pattern, better string, ok bool) {
	for _, p := range m.match {
		if better, ok := p.near(path); ok {
			return p.text, better, true
		}
	}
	return "", "", false
}

const everywhere = "**/" // in front of a pattern: in every folder

// near is a pattern like p that matches the path, if there is an obvious one.
func (p *pattern) near(path string) (string, bool) {
	deep := everywhere + p.text
	if doublestar.MatchUnvalidated(deep, path) {
		return deep, true
	}
	lowerPattern, lowerPath := strings.ToLower(p.text), strings.ToLower(path)
	if !strings.HasSuffix(lowerPath, strings.ToLower(p.suffix)) {
		return "", false
	}
	for _, front := range []string{"", everywhere} {
		if !doublestar.MatchUnvalidated(front+lowerPattern, lowerPath) {
			continue
		}
		for _, candidate := range []string{lowerPattern, p.caseOf(path)} {
			if doublestar.MatchUnvalidated(front+candidate, path) {
				return front + candidate, true
			}
		}
		return escape(path), true
	}
	return "", false
}

// caseOf takes the literal ends of the pattern in the path's case.
func (p *pattern) caseOf(path string) string {
	text := p.text
	if len(p.prefix) <= len(path) && len(p.prefix) <= len(text) && strings.EqualFold(path[:len(p.prefix)], p.prefix) {
		text = path[:len(p.prefix)] + text[len(p.prefix):]
	}
	from := len(path) - len(p.suffix)
	if from >= 0 && len(p.suffix) <= len(text) && strings.EqualFold(path[from:], p.suffix) {
		text = text[:len(text)-len(p.suffix)] + path[from:]
	}
	return text
}

// escape writes a path as a pattern that matches nothing else.
func escape(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "]", `\]`, "{", `\{`, "}", `\}`).Replace(path)
}
