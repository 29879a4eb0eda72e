package resolve

import (
	"fmt"
	"maps"
	"slices"
)

// warnings says, in the plan's order, what the rules may not have been meant to
// do.
func (r *run) warnings(s *settlement) []string {
	var list []string
	for _, rule := range r.unreadable {
		list = append(list, fmt.Sprintf("project %s of rule %q, which is left out, cannot be read: files of it that go to the same places are not seen",
			rule.Project, rule.Name))
	}
	takes := r.takers()
	needless := s.dropped
	better := r.excludeHints()
	for i, rule := range r.book.rules {
		index := int32(i)
		if !r.book.wanted[i] {
			continue
		}
		if r.book.groupOf[i] >= 0 {
			list = append(list, r.idle(index)...)
			list = append(list, r.needless(index, better)...)
		}
		if rule.SecondaryFiles && s.selected[i] > 0 && !takes[index] && r.left[index] == nil {
			list = append(list, fmt.Sprintf("rule %q: secondary_files is set, and the platform names no secondary file of what the rule selects; "+
				"select index files by a pattern of their own if they should come along", rule.Name))
		}
		for _, why := range bars {
			if e, ok := r.left[index][why]; ok {
				list = append(list, fmt.Sprintf("rule %q: not taken along: %s %s (%s is a secondary file of %s)",
					rule.Name, files(e.count, "secondary file", "secondary files"), why, e.path, e.detail))
			}
		}
		if e, ok := s.torn[index]; ok {
			list = append(list, fmt.Sprintf("rule %q: %s asked for in different folders by different primary files; "+
				"the first primary by path decides (%s is a secondary file of %s)",
				rule.Name, files(e.count, "secondary file is", "secondary files are"), e.path, e.detail))
		}
		for _, placeholders := range slices.Sorted(maps.Keys(s.fallbacks[index])) {
			e := s.fallbacks[index][placeholders]
			list = append(list, fmt.Sprintf("rule %q: the fallback of %s is taken for %s (%s)", rule.Name, placeholders, files(e.count, "file", "files"), e.path))
		}
		for ; len(needless) > 0 && needless[0].copying == index; needless = needless[1:] {
			d := needless[0]
			list = append(list, fmt.Sprintf("rule %q: %s not copied, because rule %q moves the same file to the same place (%s)",
				rule.Name, files(d.count, "file is", "files are"), r.book.rules[d.moving].Name, d.path))
		}
	}
	return list
}

// takers are the rules that take at least one secondary file along.
func (r *run) takers() map[int32]bool {
	takes := map[int32]bool{}
	for _, claims := range r.claims {
		for i := range claims {
			takes[claims[i].rule] = true
		}
	}
	return takes
}

// idle warns of a rule whose patterns, excludes or conditions leave it nothing.
func (r *run) idle(rule int32) []string {
	name, g := r.book.rules[rule].Name, r.book.groupOf[rule]
	switch t := r.counts.groups[g]; {
	case t.matched == 0 && slices.Contains(t.used, true):
		return []string{fmt.Sprintf("rule %q matches no file of project %s beside what it excludes", name, r.book.rules[rule].Project)}
	case t.matched == 0:
		return []string{fmt.Sprintf("rule %q matches no file of project %s%s", name, r.book.rules[rule].Project, meant(r.hints[g]))}
	case t.left == 0:
		return []string{fmt.Sprintf("rule %q: its patterns match %s, and its excludes leave out all of them", name, files(t.matched, "file", "files"))}
	case !r.counts.accepted[rule]:
		return []string{fmt.Sprintf("rule %q: its patterns match %s, but \"where\" accepts none of them", name, files(t.left, "file", "files"))}
	}
	return nil
}

// needless warns of the excludes of a rule that leave out nothing.
func (r *run) needless(rule int32, better map[unused]string) []string {
	var list []string
	g := r.book.groupOf[rule]
	t := r.counts.groups[g]
	for i, used := range t.used {
		if !used && t.matched > 0 {
			list = append(list, fmt.Sprintf("rule %q: exclude %q leaves out no file%s",
				r.book.rules[rule].Name, r.book.groups[g].paths.ExcludeText(i), meant(better[unused{g, i}])))
		}
	}
	return list
}

// meant asks for a better pattern, if there is one.
func meant(better string) string {
	if better == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", better)
}

func files(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
