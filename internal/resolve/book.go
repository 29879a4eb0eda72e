package resolve

import (
	"slices"
	"strings"
	"time"

	"sbexport/internal/platform"
	"sbexport/plan"
)

// book is the rules of the plan, arranged by the questions a run asks. A rule is
// spoken of by its position in the plan, a group by its position in groups.
type book struct {
	rules      []*plan.Rule
	wanted     []bool             // its files are returned
	read       []bool             // what it can select is read: always, unless its project cannot be and it is not wanted
	named      map[string][]int32 // file ID → the rules that name it, in the plan's order
	groups     []*group
	groupOf    []int32            // by rule; -1 for one by IDs
	lists      int                // different lists of patterns
	of         map[string][]int32 // project key → its groups
	single     []int32            // 0, 1, 2, …: one-rule sets are cut out of it
	overwrites bool               // a rule may replace objects
}

func newBook(rules, wanted []*plan.Rule) *book {
	b := &book{
		rules: rules, wanted: make([]bool, len(rules)), read: make([]bool, len(rules)),
		named: map[string][]int32{}, of: map[string][]int32{}, single: make([]int32, len(rules)), groupOf: make([]int32, len(rules)),
	}
	chosen := make(map[*plan.Rule]bool, len(wanted))
	for _, rule := range wanted {
		chosen[rule] = true
	}
	for i, rule := range rules {
		r := int32(i)
		b.single[i] = r
		b.overwrites = b.overwrites || rule.Overwrite
		b.wanted[i] = wanted == nil || chosen[rule]
		b.read[i] = wanted == nil || len(wanted) > 0
		for _, id := range rule.Files {
			if rs := b.named[id]; len(rs) == 0 || rs[len(rs)-1] != r {
				b.named[id] = append(rs, r)
			}
		}
	}
	b.group()
	return b
}

// projectKey is what projects are compared by: their short names are lower
// case, and no two owners differ in case only.
func projectKey(id string) string { return strings.ToLower(id) }

// reaching cuts a list of groups down to those that can select something in a
// folder or below it. The excludes that keep a group out are counted.
func (b *book) reaching(groups []int32, folder plan.Path, count *counts) []int32 {
	n := 0
	for _, g := range groups {
		if b.reaches(g, folder, count) {
			n++
		}
	}
	if n == 0 || n == len(groups) {
		return groups[:n] // which is shared
	}
	reaching := make([]int32, 0, n)
	for _, g := range groups {
		if b.reaches(g, folder, count) {
			reaching = append(reaching, g)
		}
	}
	return reaching
}

func (b *book) reaches(g int32, folder plan.Path, count *counts) bool {
	paths := b.groups[g].paths
	return paths.Reaches(folder) && !paths.ExcludeFolder(folder, count.groups[g].used)
}

// choice is which rules select one file directly, not as a secondary file.
type choice struct {
	rules  []int32 // in the plan's order
	strays []int32 // rules that name the file but look for it in another project

	verdicts []verdict // by list of patterns
}

// verdict is what a list of patterns says of a path.
type verdict byte

const (
	unasked verdict = iota
	yes
	no
)

// forget begins with a new path.
func (c *choice) forget(lists int) {
	if c.verdicts == nil {
		c.verdicts = make([]verdict, lists)
	}
	clear(c.verdicts)
}

// matches reports whether the patterns of a group match the path. Each list of
// patterns is asked once about a path.
func (c *choice) matches(g *group, path plan.Path) bool {
	v := &c.verdicts[g.list]
	if *v == unasked {
		*v = no
		if g.paths.Match(path) {
			*v = yes
		}
	}
	return *v == yes
}

// choose finds the rules that select a file: those that name it, and those of
// the given groups. Count takes the matches in; it may be nil. The lists in into
// are used again.
func (b *book) choose(into *choice, f *platform.File, path string, groups []int32, now time.Time, count *counts) {
	into.rules, into.strays = into.rules[:0], into.strays[:0]
	for _, r := range b.named[f.ID] {
		if p := b.rules[r].Project; p != "" && f.Project != "" && !strings.EqualFold(p, f.Project) {
			into.strays = append(into.strays, r)
			continue
		}
		into.rules = append(into.rules, r)
	}
	if f.Folder || len(groups) == 0 {
		return
	}
	at := plan.PathOf(path)
	into.forget(b.lists)
	for _, g := range groups {
		if into.matches(b.groups[g], at) && b.leaves(g, at, count) {
			b.accepting(into, b.groups[g], f, now, count)
		}
	}
	slices.Sort(into.rules)
	into.rules = slices.Compact(into.rules)
}

// leaves reports whether the excludes of a group leave a path that its patterns
// match, and counts it.
func (b *book) leaves(g int32, path plan.Path, count *counts) bool {
	paths := b.groups[g].paths
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

// accepting adds the rules of a group whose conditions hold for a file.
func (b *book) accepting(into *choice, g *group, f *platform.File, now time.Time, count *counts) {
	g.candidates(f, func(r int32) {
		if !b.rules[r].Accepts(f, now) {
			return
		}
		into.rules = append(into.rules, r)
		if count != nil {
			count.accepted[r] = true
		}
	})
}

// competing cuts the rules that select a file down to those that may come to
// take it: the first one that moves, and every one that copies.
func (b *book) competing(rules []int32) func(yield func(int32) bool) {
	return func(yield func(int32) bool) {
		moved := false
		for _, r := range rules {
			if !b.rules[r].CopyOnly {
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
