package resolve

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// counts are how many files the groups and rules have matched.
type counts struct {
	groups   []groupCount
	accepted []bool // by rule: its conditions held for some file that its patterns match
}

// groupCount is how many files a group's patterns match, how many of them its
// excludes leave, and which of the excludes have left out something.
type groupCount struct {
	matched, left int
	used          []bool
}

func (x *ruleIndex) newCounts() *counts {
	c := &counts{groups: make([]groupCount, len(x.groups)), accepted: make([]bool, len(x.rules))}
	for g := range c.groups {
		c.groups[g].used = make([]bool, x.groups[g].paths.Excludes())
	}
	return c
}

// merge adds other counts.
func (c *counts) merge(other *counts) {
	for g := range c.groups {
		t, o := &c.groups[g], &other.groups[g]
		t.matched += o.matched
		t.left += o.left
		for i, used := range o.used {
			t.used[i] = t.used[i] || used
		}
	}
	for r, accepted := range other.accepted {
		c.accepted[r] = c.accepted[r] || accepted
	}
}

// remark is a warning about some of a rule's files, for what happens to them may
// not be meant. Their number stands in its sentence between before and one or many.
// The remarks on a rule come by their order first.
type remark struct {
	rule              int32
	order             int
	before, one, many string
}

// example is how often a remark holds, and for which file first.
type example struct {
	count int
	text  string
}

func (r *resolver) remark(m remark, text string) {
	if r.remarks[m] == nil {
		r.remarks[m] = &example{text: text}
	}
	r.remarks[m].count++
}

// warnings says, in the plan's order, where the rules may do something other
// than what was meant.
func (r *resolver) warnings(s *settlement) []string {
	var list []string
	for _, u := range r.unreadable {
		if _, wanted := r.wantedIn(u.key); !wanted {
			list = append(list, fmt.Sprintf("project %s of rule %q, which is left out, cannot be read: files of it that go to the same places are not seen",
				u.id, r.ruleIn(u.key)))
		}
	}
	list = append(list, r.projectWarnings()...)
	better := r.excludeHints()
	remarks := slices.SortedFunc(maps.Keys(r.remarks), func(a, b remark) int {
		return cmp.Or(cmp.Compare(a.rule, b.rule), a.order-b.order, strings.Compare(a.before+a.one, b.before+b.one))
	})
	for i, rule := range r.index.rules {
		index := int32(i)
		if !r.index.wanted[i] || !r.reads(index) {
			continue
		}
		if rule.Tasks != nil {
			list = append(list, r.taskWarnings(index)...)
		}
		if r.index.groupOf[i] >= 0 {
			list = append(list, r.nothingSelected(index)...)
			list = append(list, r.uselessExcludes(index, better)...)
		}
		if rule.SecondaryFiles && s.selected[i] > 0 && !r.followed[index] {
			list = append(list, fmt.Sprintf("rule %q: secondary_files is set, and the platform names no secondary file of what the rule selects; "+
				"select index files by a pattern of their own if they should come along", rule.Name))
		}
		for _, m := range remarks {
			if m.rule == index {
				e := r.remarks[m]
				list = append(list, fmt.Sprintf("rule %q: %s%s (%s)", rule.Name, m.before, files(e.count, m.one, m.many), e.text))
			}
		}
	}
	return list
}

// ruleIn is the name of the first rule that is about a project.
func (r *resolver) ruleIn(key string) string {
	i := slices.IndexFunc(r.index.scopes, func(s *scope) bool { return s.keys[key] })
	return r.index.rules[i].Name
}

// nothingSelected warns of a rule that selects nothing, and says whether
// that is due to its patterns, excludes or conditions.
func (r *resolver) nothingSelected(rule int32) []string {
	name, g, in := r.index.rules[rule].Name, r.index.groupOf[rule], r.index.scopes[rule].text
	what := "its patterns match "
	if r.index.rules[rule].Tasks != nil {
		what = "its tasks have put out "
	}
	switch t := r.counts.groups[g]; {
	case t.matched == 0 && r.index.rules[rule].Tasks != nil: // see taskWarnings
		return nil
	case t.matched == 0 && slices.Contains(t.used, true):
		return []string{fmt.Sprintf("rule %q matches no file of %s beside what it excludes", name, in)}
	case t.matched == 0:
		return []string{fmt.Sprintf("rule %q matches no file of %s%s", name, in, didYouMean(r.hints[g]))}
	case t.left == 0:
		return []string{fmt.Sprintf("rule %q: %s%s, and its excludes leave out all of them", name, what, files(t.matched, "file", "files"))}
	case !r.counts.accepted[rule]:
		return []string{fmt.Sprintf("rule %q: %s%s, but \"where\" accepts none of them", name, what, files(t.left, "file", "files"))}
	}
	return nil
}

// uselessExcludes warns of the excludes of a rule that leave out nothing.
func (r *resolver) uselessExcludes(rule int32, better map[unused]string) []string {
	var list []string
	g := r.index.groupOf[rule]
	t := r.counts.groups[g]
	for i, used := range t.used {
		if !used && t.matched > 0 {
			list = append(list, fmt.Sprintf("rule %q: exclude %q leaves out no file%s",
				r.index.rules[rule].Name, r.index.groups[g].paths.ExcludeText(i), didYouMean(better[unused{g, i}])))
		}
	}
	return list
}

// didYouMean asks for a better pattern, if there is one.
func didYouMean(better string) string {
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
