package resolve

import (
	"strings"
	"time"

	"sbexport/internal/platform"
	"sbexport/plan"
)

// book is the rules of the plan, arranged by the questions a run asks. A rule is
// spoken of by its position in the plan.
type book struct {
	rules    []*plan.Rule
	wanted   []bool             // its files are returned
	read     []bool             // what it can select is read: always, unless its project cannot be and it is not wanted
	named    map[string][]int32 // file ID → the rules that name it, in the plan's order
	patterns map[string][]int32 // project key → its rules with patterns, in the plan's order
	single   []int32            // 0, 1, 2, …: one-rule sets are cut out of it
}

func newBook(rules, wanted []*plan.Rule) *book {
	b := &book{
		rules: rules, wanted: make([]bool, len(rules)), read: make([]bool, len(rules)),
		named: map[string][]int32{}, patterns: map[string][]int32{}, single: make([]int32, len(rules)),
	}
	chosen := make(map[*plan.Rule]bool, len(wanted))
	for _, rule := range wanted {
		chosen[rule] = true
	}
	for i, rule := range rules {
		r := int32(i)
		b.single[i] = r
		b.wanted[i] = wanted == nil || chosen[rule]
		b.read[i] = wanted == nil || len(wanted) > 0
		for _, id := range rule.Files {
			if rs := b.named[id]; len(rs) == 0 || rs[len(rs)-1] != r {
				b.named[id] = append(rs, r)
			}
		}
		if len(rule.Match) > 0 {
			key := projectKey(rule.Project)
			b.patterns[key] = append(b.patterns[key], r)
		}
	}
	return b
}

// projectKey is what projects are compared by: their short names are lower
// case, and no two owners differ in case only.
func projectKey(id string) string { return strings.ToLower(id) }

// reaching cuts a list of rules down to those that can select something in a
// folder or below it, and tells whether one of them needs the folder read.
func (b *book) reaching(rules []int32, folder string) (reaching []int32, read bool) {
	for i, r := range rules {
		if !b.rules[r].Reaches(folder) {
			if reaching == nil {
				reaching = append(make([]int32, 0, len(rules)-1), rules[:i]...)
			}
			continue
		}
		read = read || b.read[r]
		if reaching != nil {
			reaching = append(reaching, r)
		}
	}
	if reaching == nil {
		return rules, read // all of them: the list is shared
	}
	return reaching, read
}

// tally counts, for one rule, the files its patterns match and the ones of them
// that its "where" accepts too.
type tally struct{ matched, accepted int }

// choice is which rules select one file directly, not as a secondary file.
type choice struct {
	rules  []int32 // in the plan's order
	strays []int32 // rules that name the file but look for it in another project
}

// choose finds the rules that select a file: those that name it, and of the
// given rules with patterns those that match. Count takes the matches in; it
// may be nil. The lists in into are used again.
func (b *book) choose(into *choice, f *platform.File, path string, patterns []int32, now time.Time, count []tally) {
	into.rules, into.strays = into.rules[:0], into.strays[:0]
	named := b.named[f.ID]
	if f.Folder {
		patterns = nil
	}
	for len(named)+len(patterns) > 0 {
		if len(patterns) == 0 || len(named) > 0 && named[0] < patterns[0] {
			b.chooseNamed(into, named[0], f)
			named = named[1:]
			continue
		}
		r := patterns[0]
		patterns = patterns[1:]
		if b.matches(r, f, path, now, count) {
			into.rules = append(into.rules, r)
		}
	}
}

func (b *book) chooseNamed(into *choice, r int32, f *platform.File) {
	if p := b.rules[r].Project; p != "" && f.Project != "" && !strings.EqualFold(p, f.Project) {
		into.strays = append(into.strays, r)
		return
	}
	into.rules = append(into.rules, r)
}

func (b *book) matches(r int32, f *platform.File, path string, now time.Time, count []tally) bool {
	rule := b.rules[r]
	if !rule.MatchesPath(path) {
		return false
	}
	accepted := rule.Accepts(f, now)
	if count != nil {
		count[r].matched++
		if accepted {
			count[r].accepted++
		}
	}
	return accepted
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
