package plan

import (
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// segment is what a pattern says about one folder of a path.
type segment struct {
	text    string
	literal bool
	deep    bool // any number of folders, none included
}

// maxSegments is how many segments reaches can tell apart; what follows counts
// as anything. No path of a project is that deep.
const maxSegments = 60

// split takes a pattern apart at its slashes. Where that cannot be done
// exactly, because something in the pattern can itself stand for a slash, the
// rest of the pattern counts as anything.
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
// folder. It walks the folder's names through the pattern's segments, keeping
// the set of segments that the next name could fall to as bits.
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
