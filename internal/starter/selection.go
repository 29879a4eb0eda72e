package starter

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// selection looks for what selects files that a template explains, and no others.
type selection struct {
	*patterns
	files     []File
	open      []int   // files that nothing selects yet
	explained []bool  // by file: whether it may be selected
	good      []int   // by pattern: how many files that may be selected it matches
	fresh     []int   // by pattern: how many open files it matches
	ids       []int32 // the patterns that match open files and are of use
}

func (p *patterns) selection(files []File, open, explained []int) *selection {
	s := &selection{p, files, open, make([]bool, len(files)), make([]int, len(p.texts)), make([]int, len(p.texts)), nil}
	for _, f := range explained {
		s.explained[f] = true
		for _, id := range p.of[f] {
			s.good[id]++
		}
	}
	for _, f := range open {
		for _, id := range p.of[f] {
			if s.fresh[id] == 0 {
				s.ids = append(s.ids, id)
			}
			s.fresh[id]++
		}
	}
	return s
}

const (
	minPattern = 2  // how many files a pattern takes, for one file does not show what is meant
	gain       = 10 // how many files are worth an exclude
	maxExclude = 10
)

// byPatterns selects with patterns and excludes alone.
func (s *selection) byPatterns() (match, exclude []string) {
	worth := func(id int32) int { return s.fresh[id] - gain*(s.matched[id]-s.good[id]) }
	for least := max(minPattern, len(s.open)/100); ; {
		best := int32(-1)
		for _, id := range s.ids {
			if s.fresh[id] >= least && worth(id) > 0 && (best < 0 || cmp.Or(worth(best)-worth(id), s.before(id, best)) < 0) {
				best = id
			}
		}
		if best < 0 {
			break
		}
		if without, ok := s.excludes(s.strangers(best)); ok {
			match, exclude = append(match, s.texts[best]), append(exclude, without...)
			s.take(best)
		} else {
			s.ids = slices.DeleteFunc(s.ids, func(id int32) bool { return id == best })
		}
	}
	slices.Sort(match)
	slices.Sort(exclude)
	return match, slices.Compact(exclude)
}

// within cuts files down to those that a pattern matches.
func (s *selection) within(id int32, files []int) []int {
	return slices.DeleteFunc(slices.Clone(files), func(f int) bool { return !slices.Contains(s.of[f], id) })
}

// strangers are the files that a pattern must not select, and matches.
func (s *selection) strangers(id int32) (files []int) {
	for f := range s.of {
		if !s.explained[f] && s.matched[id] > s.good[id] && slices.Contains(s.of[f], id) {
			files = append(files, f)
		}
	}
	return files
}

// take notes that the open files that a pattern matches are selected.
func (s *selection) take(id int32) {
	s.open = slices.DeleteFunc(slices.Clone(s.open), func(f int) bool {
		taken := slices.Contains(s.of[f], id)
		if taken {
			for _, other := range s.of[f] {
				s.fresh[other]--
			}
		}
		return taken
	})
}

// excludes leave out a few files by their paths. A file that may be selected can
// have the same path in another form of Unicode.
func (s *selection) excludes(strangers []int) (exclude []string, ok bool) {
	if len(strangers) > maxExclude {
		return nil, false
	}
	for _, f := range strangers {
		at := s.seenAt[f]
		for g, may := range s.explained {
			if may && s.seenAt[g] == at || strings.ContainsRune(at, utf8.RuneError) {
				return nil, false
			}
		}
		exclude = append(exclude, literal(at))
	}
	return exclude, true
}

// byCondition selects with one pattern and one condition.
func (s *selection) byCondition() (match string, where Condition, ok bool) {
	const tries = 3
	ids := slices.DeleteFunc(slices.Clone(s.ids), func(id int32) bool {
		return s.fresh[id] <= max(minPattern, len(s.open)/100) || s.matched[id] == s.good[id]
	})
	slices.SortFunc(ids, func(a, b int32) int { return cmp.Or(s.fresh[b]-s.fresh[a], s.before(a, b)) })
	for _, id := range ids[:min(tries, len(ids))] {
		if where, ok = separates(s.files, s.within(id, s.open), s.strangers(id)); ok {
			s.take(id)
			return s.texts[id], where, true
		}
	}
	return "", Condition{}, false
}

// Condition is one of a rule's conditions.
type Condition struct {
	Kind   string // as a plan's "where" calls it; empty for none
	Key    string // of metadata
	Values []string
}

// separates finds a condition that holds for all of some files and for none of
// others, of few values.
func separates(files []File, inside, outside []int) (c Condition, ok bool) {
	try := func(kind, key string, values func(f int) []string) {
		list := few(values, inside, outside)
		if len(list) > 0 && (!ok || len(list) < len(c.Values)) {
			c, ok = Condition{kind, key, list}, true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(files[inside[0]].Metadata)) {
		try("metadata", key, func(f int) []string { return files[f].Metadata[key] })
	}
	try("tags", "", func(f int) []string { return files[f].Tags })
	if ok {
		return c, true
	}
	created := func(f int) time.Time { return files[f].CreatedOn }
	earlier := func(f, g int) int { return created(f).Compare(created(g)) }
	last, first := created(slices.MaxFunc(inside, earlier)), created(slices.MinFunc(outside, earlier))
	known := !created(slices.MinFunc(inside, earlier)).IsZero()
	return Condition{"older_than", "", []string{first.UTC().Format(time.RFC3339Nano)}}, known && last.Before(first)
}

// few are the few values of which every file inside has one, and no file outside.
func few(values func(f int) []string, inside, outside []int) []string {
	const most = 10
	own := map[string]bool{}
	for _, f := range inside {
		for _, v := range values(f) {
			own[v] = v != "*" // which would stand for any
		}
		if len(own) > most {
			return nil
		}
	}
	for _, f := range outside {
		for _, v := range values(f) {
			delete(own, v)
		}
		if len(own) == 0 {
			return nil
		}
	}
	if slices.ContainsFunc(inside, func(f int) bool { return !slices.ContainsFunc(values(f), func(v string) bool { return own[v] }) }) {
		return nil
	}
	maps.DeleteFunc(own, func(_ string, may bool) bool { return !may })
	return slices.Sorted(maps.Keys(own))
}
