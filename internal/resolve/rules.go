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
	wanted     []bool              // its files are returned
	named      map[string][]naming // by the ID of the file or folder
	groups     []*group
	groupOf    []int32  // by rule; -1 for one by IDs
	scopes     []*scope // by rule; rules with the same projects have the same
	overwrites bool     // a rule may replace objects
}

func newRuleIndex(rules, wanted []*plan.Rule) *ruleIndex {
	x := &ruleIndex{
		rules: rules, wanted: make([]bool, len(rules)),
		named: map[string][]naming{}, scopes: scopesOf(rules), groupOf: make([]int32, len(rules)),
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
			x.name(id, naming{rule: r})
		}
	}
	x.group()
	return x
}

// naming is a rule that wants a file whatever its path is.
type naming struct {
	rule   int32
	output *plan.Output // where a rule with tasks has it from; nil if the rule names the file
}

// name has a rule want a file, or what is in a folder, unless it does already. It
// must be called for one rule after the other.
func (x *ruleIndex) name(id string, n naming) {
	if names := x.named[id]; len(names) == 0 || names[len(names)-1].rule != n.rule {
		x.named[id] = append(names, n)
	}
}

// outputs are those of the namings by which what is in a folder is wanted too.
func outputs(names []naming) (list []naming) {
	for _, n := range names {
		if n.output != nil {
			list = append(list, n)
		}
	}
	return list
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
	rules      []int32  // in the plan's order
	unresolved []int32  // rules that name the file and cannot have it, see unresolvedBlock
	outputs    []naming // of the rules with tasks among rules
}

// output is where a rule has the file from, if it is one with tasks.
func (c *choice) output(rule int32) *plan.Output {
	if i := slices.IndexFunc(c.outputs, func(n naming) bool { return n.rule == rule }); i >= 0 {
		return c.outputs[i].output
	}
	return nil
}

// choose finds the rules that select a file: those that name it, or a folder that
// it is in, and those of the given groups. What the groups match is counted only if
// counted is set. If partial is set, the path lacks folders at its front.
func (c *collector) choose(f *platform.File, path string, partial bool, above []naming, groups []int32, counted bool) {
	into, at := &c.choice, plan.PathOf(path)
	into.rules, into.unresolved, into.outputs = into.rules[:0], into.unresolved[:0], into.outputs[:0]
	for _, n := range c.index.named[f.ID] {
		c.chooseNamed(n, f, at, partial)
	}
	for _, n := range above {
		c.chooseNamed(n, f, at, partial)
	}
	if !f.Folder {
		c.chooseMatching(f, at, groups, counted)
	}
	slices.Sort(into.rules)
	into.rules = slices.Compact(into.rules)
}

// chooseNamed adds a rule that names a file, or a folder that it is in.
func (c *collector) chooseNamed(n naming, f *platform.File, at plan.Path, partial bool) {
	into, rule := &c.choice, c.index.rules[n.rule]
	switch {
	case slices.Contains(into.rules, n.rule), slices.Contains(into.unresolved, n.rule):
	case c.index.elsewhere(n.rule, f), n.output != nil && partial && len(rule.Exclude) > 0:
		into.unresolved = append(into.unresolved, n.rule)
	case n.output == nil:
		into.rules = append(into.rules, n.rule)
	case f.Folder: // what is in it is wanted
	case c.index.passesExcludes(c.index.groupOf[n.rule], at, c.counts) && rule.Accepts(f, c.now):
		c.counts.accepted[n.rule] = true
		into.rules = append(into.rules, n.rule)
		into.outputs = append(into.outputs, n)
	}
}

// chooseMatching adds the rules of groups whose patterns, excludes and conditions
// select a file.
func (c *collector) chooseMatching(f *platform.File, at plan.Path, groups []int32, counted bool) {
	count := c.counts
	if !counted {
		count = nil
	}
	list, matches := -1, false
	for _, g := range groups {
		if group := c.index.groups[g]; group.list != list {
			list, matches = group.list, group.paths.Match(at)
		}
		if matches && c.index.passesExcludes(g, at, count) {
			c.index.addAccepting(&c.choice, g, f, c.now, count)
		}
	}
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

// group is the rules of the same projects with the same patterns and excludes, which
// are tried once for all of them. Plans with a rule for each of a thousand
// samples are real. A rule with tasks is a group of its own.
type group struct {
	paths     *plan.Paths
	list      int     // which list of patterns it has; some groups differ only in their excludes; -1 for a rule with tasks
	rules     []int32 // in the plan's order
	secondary bool    // some rule takes secondary files along
}

// group makes the groups.
func (x *ruleIndex) group() {
	type mark struct {
		scope *scope
		paths *plan.Paths
	}
	made, lists := map[mark]int32{}, map[string]int{}
	for i, rule := range x.rules {
		switch {
		case rule.Tasks != nil: // for its excludes
			x.groupOf[i] = int32(len(x.groups))
			x.groups = append(x.groups, &group{paths: rule.Paths(), list: -1, rules: []int32{int32(i)}})
			continue
		case len(rule.Match) == 0:
			x.groupOf[i] = -1
			continue
		}
		m := mark{x.scopes[i], rule.Paths()}
		at, known := made[m]
		if !known {
			at = int32(len(x.groups))
			made[m] = at
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
}

// groupsIn are the groups with patterns that are about a project, those with the
// same patterns side by side.
func (x *ruleIndex) groupsIn(key string) (groups []int32) {
	for g, group := range x.groups {
		if group.list >= 0 && x.scopes[group.rules[0]].has(key) {
			groups = append(groups, int32(g))
		}
	}
	slices.SortStableFunc(groups, func(a, b int32) int { return x.groups[a].list - x.groups[b].list })
	return groups
}
