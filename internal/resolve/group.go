package resolve

import (
	"cmp"
	"fmt"
	"slices"

	"sbexport/internal/platform"
	"sbexport/plan"
)

// group is the rules of one project with the same patterns and excludes, which
// are tried once for all of them. Plans with a rule for each of a thousand
// samples are real: the rules differ in their patterns, of which most are told
// from a path at a glance, or in what they ask of the metadata, by which the
// rules of a group are found.
type group struct {
	paths     *plan.Paths
	list      int                   // which of the lists of patterns it has; some differ only in their excludes
	rules     []int32               // in the plan's order
	needing   map[plan.Need][]int32 // the rules that ask for it
	traits    []string              // of these needs
	rest      []int32               // the rules that ask for nothing of the kind
	secondary bool                  // some rule takes secondary files along
}

// group makes the groups.
func (b *book) group() {
	type mark struct {
		project string
		paths   *plan.Paths
	}
	made, lists := map[mark]int32{}, map[string]int{}
	for i, rule := range b.rules {
		if len(rule.Match) == 0 {
			b.groupOf[i] = -1
			continue
		}
		m := mark{projectKey(rule.Project), rule.Paths()}
		at, known := made[m]
		if !known {
			at = int32(len(b.groups))
			made[m] = at
			b.of[m.project] = append(b.of[m.project], at)
			list := fmt.Sprintf("%q", rule.Match)
			if _, known := lists[list]; !known {
				lists[list] = len(lists)
			}
			b.groups = append(b.groups, &group{paths: m.paths, list: lists[list]})
		}
		g := b.groups[at]
		g.rules = append(g.rules, int32(i))
		g.secondary = g.secondary || rule.SecondaryFiles
		b.groupOf[i] = at
	}
	for _, g := range b.groups {
		g.index(b)
	}
	b.lists = len(lists)
}

// index files each rule under the needs of one of its conditions: the one that
// the fewest rules share.
func (g *group) index(b *book) {
	shared := map[plan.Need]int{}
	for _, r := range g.rules {
		for _, needs := range b.rules[r].Where.Needs() {
			for _, n := range needs {
				shared[n]++
			}
		}
	}
	cost := func(needs []plan.Need) int {
		sum := 0
		for _, n := range needs {
			sum += shared[n]
		}
		return sum
	}
	g.needing = map[plan.Need][]int32{}
	for _, r := range g.rules {
		conditions := b.rules[r].Where.Needs()
		if len(conditions) == 0 {
			g.rest = append(g.rest, r)
			continue
		}
		for _, n := range slices.MinFunc(conditions, func(x, y []plan.Need) int { return cmp.Compare(cost(x), cost(y)) }) {
			g.needing[n] = append(g.needing[n], r)
			if !slices.Contains(g.traits, n.Trait) {
				g.traits = append(g.traits, n.Trait)
			}
		}
	}
}

// candidates are the rules of a group whose conditions may hold for a file. One
// that needs either of two values may come twice.
func (g *group) candidates(f *platform.File, yield func(int32)) {
	for _, r := range g.rest {
		yield(r)
	}
	for _, trait := range g.traits {
		for _, value := range plan.Traits(f, trait) {
			for _, r := range g.needing[plan.Need{Trait: trait, Value: value}] {
				yield(r)
			}
		}
	}
}

// counts are what came of the groups and rules.
type counts struct {
	groups   []tally
	accepted []bool // by rule: its conditions held for some file that its patterns match
}

// tally is how many files a group's patterns match, how many of them its
// excludes leave, and which of the excludes have left out something.
type tally struct {
	matched, left int
	used          []bool
}

func (b *book) counts() *counts {
	c := &counts{groups: make([]tally, len(b.groups)), accepted: make([]bool, len(b.rules))}
	for g := range c.groups {
		c.groups[g].used = make([]bool, b.groups[g].paths.Excludes())
	}
	return c
}

// absorb adds other counts.
func (c *counts) absorb(other *counts) {
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
