package plan

import (
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/text/unicode/norm"
)

// Path is the path of a file or folder inside its project as patterns see it:
// in Unicode's NFC, whatever form the name was given in.
type Path string

// PathOf is a path as patterns see it.
func PathOf(path string) Path { return Path(norm.NFC.String(path)) }

// Paths are the paths that a rule selects: those that one of its patterns
// matches and none of its excludes. Rules with the same patterns and excludes
// share one. The zero Paths selects nothing.
type Paths struct {
	match, exclude []*pattern
}

// Match reports whether one of the patterns matches the path, whatever the
// excludes say.
func (p *Paths) Match(path Path) bool {
	return slices.ContainsFunc(p.match, func(m *pattern) bool { return m.matches(path) })
}

// Excludes is how many excludes there are.
func (p *Paths) Excludes() int { return len(p.exclude) }

// Exclude reports whether an exclude matches the path, and marks each that does
// in used, which has one entry for each exclude. It may be nil.
func (p *Paths) Exclude(path Path, used []bool) bool {
	return markAny(p.exclude, used, func(e *pattern) bool { return e.matches(path) })
}

// Reaches reports whether a path that one of the patterns matches could lie in
// the folder with this path, or anywhere below it, whatever the excludes say.
// The root's path is empty.
func (p *Paths) Reaches(folder Path) bool {
	return slices.ContainsFunc(p.match, func(m *pattern) bool { return m.reaches(string(folder)) })
}

// ExcludeFolder reports whether an exclude matches everything below a folder,
// and marks each that does as Exclude does.
func (p *Paths) ExcludeFolder(folder Path, used []bool) bool {
	return folder != "" && markAny(p.exclude, used, func(e *pattern) bool { return e.coversBelow(folder) })
}

// markAny reports whether a condition holds for some pattern, and marks those
// for which it does.
func markAny(list []*pattern, used []bool, holds func(*pattern) bool) bool {
	found := false
	for i, e := range list {
		if marked := used == nil || used[i]; found && marked || !holds(e) {
			continue
		}
		found = true
		if used != nil {
			used[i] = true
		}
	}
	return found
}

// Near looks for an obvious slip in patterns that matched nothing. It
// returns a pattern that matches the path, if only a leading "**/" or a
// "/**" at the end was missing, or only the case was another.
func (p *Paths) Near(path Path) (better string, ok bool) {
	for _, m := range p.match {
		if better, ok = m.near(path); ok {
			return better, true
		}
	}
	return "", false
}

// NearExclude is Near for one exclude.
func (p *Paths) NearExclude(i int, path Path) (better string, ok bool) {
	return p.exclude[i].near(path)
}

// ExcludeText is an exclude as it was written.
func (p *Paths) ExcludeText(i int) string { return p.exclude[i].written }

// NearReaches reports whether a pattern reaches a folder if case is ignored.
func (p *Paths) NearReaches(folder Path) bool {
	for _, m := range p.match {
		if lower, problem, _ := newPattern(strings.ToLower(m.text)); problem == "" && lower.reaches(strings.ToLower(string(folder))) {
			return true
		}
	}
	return false
}

const (
	everywhere = "**/" // in front of a pattern: in every folder
	all        = "/**" // behind a pattern: everything in the folder that it names
)

// near is an obvious change of the pattern that makes it match the path.
func (p *pattern) near(path Path) (string, bool) {
	for _, text := range []string{p.text, strings.ToLower(p.text), p.caseOf(string(path))} {
		for _, candidate := range []string{text, everywhere + text, text + all, everywhere + text + all} {
			if doublestar.MatchUnvalidated(candidate, string(path)) {
				return candidate, true
			}
		}
	}
	return "", false
}

// caseOf is the pattern with its literal texts in the path's case.
func (p *pattern) caseOf(path string) string {
	lower, text, end := strings.ToLower(path), p.text, 0
	if len(lower) != len(path) {
		return text
	}
	for _, literal := range p.inner {
		i := strings.Index(lower, strings.ToLower(literal))
		if i < 0 || i+len(literal) > len(path) {
			return text
		}
		at := end + strings.Index(text[end:], literal)
		end = at + len(literal)
		text = text[:at] + path[i:i+len(literal)] + text[end:]
		lower, path = lower[i:], path[i:]
	}
	return text
}
