package resolve

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sbexport/internal/platform"
	"sbexport/plan"
)

// ruleIndex finds the rules that may select a file. A rule is identified by its
// position in the plan, a group by its position in groups.
type ruleIndex struct {
	rules      []*plan.Rule
	wanted     []bool             // its files are returned
	named      map[string][]int32 // file ID → the rules that name it, in the plan's order
	groups     []*group
	groupOf    []int32            // by rule; -1 for one by IDs
	of         map[string][]int32 // project key → its groups, those with the same patterns side by side
	overwrites bool               // a rule may replace objects
}

func newRuleIndex(rules, wanted []*plan.Rule) *ruleIndex {
	x := &ruleIndex{
		rules: rules, wanted: make([]bool, len(rules)),
		named: map[string][]int32{}, of: map[string][]int32{}, groupOf: make([]int32, len(rules)),
	}
	chosen := make(map[*plan.Rule]bool, len(wanted))
	for _, rule := range wanted {
		chosen[rule] = true
	}
	for i, rule := range rules {
		r := int32(i)
		x.overwrites = x.overwrites || rule.Overwrite
		x.wanted[i] = wanted == nil || chosen[rule]
		for _, id := range rule.Files {
			if rs := x.named[id]; len(rs) == 0 || rs[len(rs)-1] != r {
				x.named[id] = append(rs, r)
			}
		}
	}
	x.group()
	return x
}

// projectKey is what project IDs are compared by: short names are lower
// case, and no two owners differ in case only.
func projectKey(id string) string { return strings.ToLower(id) }

// reaching cuts a list of groups down to those that can select something in a
// folder or below it. Excludes that keep a group out are counted as used.
func (x *ruleIndex) reaching(groups []int32, folder plan.Path, count *counts) []int32 {
	var reaching []int32
	for _, g := range groups {
		paths := x.groups[g].paths
		if paths.Reaches(folder) && !paths.ExcludeFolder(folder, count.groups[g].used) {
			reaching = append(reaching, g)
		}
	}
	if len(reaching) == len(groups) {
		return groups // which is shared
	}
	return reaching
}

// choice is which rules select one file directly, not as a secondary file.
type choice struct {
	rules      []int32 // in the plan's order
	unresolved []int32 // rules that name the file but look for it in another project
}

// choose finds the rules that select a file: those that name it, and those of
// the given groups. The matches are added to count, unless it is nil. The
// memory of into is used again.
func (x *ruleIndex) choose(into *choice, f *platform.File, path string, groups []int32, now time.Time, count *counts) {
	into.rules, into.unresolved = into.rules[:0], into.unresolved[:0]
	for _, r := range x.named[f.ID] {
		if p := x.rules[r].Project; p != "" && f.Project != "" && !strings.EqualFold(p, f.Project) {
			into.unresolved = append(into.unresolved, r)
			continue
		}
		into.rules = append(into.rules, r)
	}
	if f.Folder || len(groups) == 0 {
		return
	}
	at := plan.PathOf(path)
	list, matches := -1, false
	for _, g := range groups {
		if group := x.groups[g]; group.list != list {
			list, matches = group.list, group.paths.Match(at)
		}
		if matches && x.passesExcludes(g, at, count) {
			x.addAccepting(into, g, f, now, count)
		}
	}
	slices.Sort(into.rules)
	into.rules = slices.Compact(into.rules)
}

// passesExcludes reports whether the excludes of a group leave a path that
// its patterns match, and counts it.
func (x *ruleIndex) passesExcludes(g int32, path plan.Path, count *counts) bool {
	paths := x.groups[g].paths
	if count == nil {
		return !paths.Exclude(path, nil)
	}
	t := &count.groups[g]
	t.matched++
	if paths.Exclude(path, t.used) {
		return false
	}
	t.left++
	return true
}

// addAccepting adds the rules of a group whose conditions hold for a file.
func (x *ruleIndex) addAccepting(into *choice, g int32, f *platform.File, now time.Time, count *counts) {
	for _, r := range x.groups[g].rules {
		if x.rules[r].Accepts(f, now) {
			into.rules = append(into.rules, r)
			if count != nil {
				count.accepted[r] = true
			}
		}
	}
}

// competing cuts the rules that select a file down to those that may come to
// take it: the first one that moves, and every one that copies.
func (x *ruleIndex) competing(rules []int32) func(yield func(int32) bool) {
	return func(yield func(int32) bool) {
		moved := false
		for _, r := range rules {
			if !x.rules[r].CopyOnly {
				if moved {
					continue
				}
				moved = true
			}
			if !yield(r) {
				return
			}
		}
	}
}

// group is the rules of one project with the same patterns and excludes, which
// are tried once for all of them. Plans with a rule for each of a thousand
// samples are real.
type group struct {
	paths     *plan.Paths
	list      int     // which list of patterns it has; some groups differ only in their excludes
	rules     []int32 // in the plan's order
	secondary bool    // some rule takes secondary files along
}

// group makes the groups.
func (x *ruleIndex) group() {
	type mark struct {
		project string
		paths   *plan.Paths
	}
	made, lists := map[mark]int32{}, map[string]int{}
	for i, rule := range x.rules {
		if len(rule.Match) == 0 {
			x.groupOf[i] = -1
			continue
		}
		m := mark{projectKey(rule.Project), rule.Paths()}
		at, known := made[m]
		if !known {
			at = int32(len(x.groups))
			made[m] = at
			x.of[m.project] = append(x.of[m.project], at)
			list := fmt.Sprintf("%q", rule.Match)
			if _, known := lists[list]; !known {
				lists[list] = len(lists)
			}
			x.groups = append(x.groups, &group{paths: m.paths, list: lists[list]})
		}
		g := x.groups[at]
		g.rules = append(g.rules, int32(i))
		g.secondary = g.secondary || rule.SecondaryFiles
		x.groupOf[i] = at
	}
	for _, groups := range x.of {
		slices.SortStableFunc(groups, func(a, b int32) int { return x.groups[a].list - x.groups[b].list })
	}
}
