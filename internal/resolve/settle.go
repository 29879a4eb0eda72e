package resolve

import (
	"cmp"
	"fmt"
	"slices"

	"sbexport/internal/platform"
)

// settlement is how many files each rule selects, and how many that it would also
// have moved go where an earlier rule says.
type settlement struct{ selected, shadowed []int }

// settleAll decides where every file goes. The files must be in the answer's
// order.
func (r *resolver) settleAll() *settlement {
	n := len(r.index.rules)
	s := &settlement{selected: make([]int, n), shadowed: make([]int, n)}
	for _, f := range r.kept {
		r.settle(f, s)
		r.dropDuplicates(f)
		for _, p := range f.places {
			s.selected[p.rule]++
			if p.fallbacks != "" && p.block == nil {
				r.remark(remark{p.rule, 2, "the fallback of " + p.fallbacks + " is taken for ", "file", "files"}, f.path)
			}
		}
	}
	return s
}

// settle decides about one file: the first rule that moves it gets it, and
// every rule that copies it gets a copy. A rule that takes it along as a
// secondary file puts it beside the primary, even if it selects the file
// directly as well.
func (r *resolver) settle(f *found, s *settlement) {
	claims, rules := r.claims[f.id], f.rules
	if len(claims) > 0 {
		rules = slices.Clone(rules)
		for i := range claims {
			rules = append(rules, claims[i].rule)
		}
		slices.Sort(rules)
		rules = slices.Compact(rules)
	}
	mover := int32(-1)
	for _, rule := range rules {
		switch {
		case r.index.rules[rule].CopyOnly:
		case mover < 0:
			mover = rule
		default:
			s.shadowed[rule]++
		}
	}
	if len(claims) > 0 {
		r.applyClaims(f, claims, mover)
	}
	for i := range f.places {
		if p := &f.places[i]; f.block != nil && p.block == nil {
			p.location, p.block = "", f.block
		}
	}
	slices.SortStableFunc(f.places, func(a, b place) int { return cmp.Compare(a.rule, b.rule) })
}

// applyClaims gives a file the places of the claims to it, instead of those of
// these rules and of a rule that does not come to move it. Rules that name the
// file but look for it in another project always keep theirs.
func (r *resolver) applyClaims(f *found, claims []claim, mover int32) {
	f.places = slices.DeleteFunc(f.places, func(p place) bool {
		if _, selects := slices.BinarySearch(f.rules, p.rule); !selects {
			return false
		}
		_, claimed := slices.BinarySearchFunc(claims, p.rule, func(c claim, rule int32) int { return cmp.Compare(c.rule, rule) })
		return claimed || !r.index.rules[p.rule].CopyOnly && p.rule != mover
	})
	for i := range claims {
		c := &claims[i]
		if !r.index.rules[c.rule].CopyOnly && c.rule != mover {
			continue
		}
		f.places = append(f.places, c.place(f))
		if c.rival != nil {
			const asked = "asked for in different folders by different primary files; the first primary by path decides"
			r.remark(remark{c.rule, 1, "", "secondary file is " + asked, "secondary files are " + asked}, f.path+" is a secondary file of "+c.primary.path+" and "+c.rival.path)
		}
	}
}

// dropDuplicates drops copies of a file to a place where another copy of it or
// the file itself goes. Those of the second kind are remarked on.
func (r *resolver) dropDuplicates(f *found) {
	if len(f.places) < 2 {
		return
	}
	taken := make(map[platform.Place]int32, len(f.places)) // by the rule
	at := func(p place) platform.Place {
		return platform.Place{Volume: r.index.rules[p.rule].Volume, Location: p.location}
	}
	for _, p := range f.places {
		if p.location != "" && !r.index.rules[p.rule].CopyOnly {
			taken[at(p)] = p.rule
		}
	}
	f.places = slices.DeleteFunc(f.places, func(p place) bool {
		if p.location == "" || !r.index.rules[p.rule].CopyOnly {
			return false
		}
		by, drop := taken[at(p)]
		switch {
		case !drop:
			taken[at(p)] = p.rule
		case !r.index.rules[by].CopyOnly:
			why := fmt.Sprintf(" not copied, because rule %q moves the same file to the same place", r.index.rules[by].Name)
			r.remark(remark{p.rule, 3, "", "file is" + why, "files are" + why}, f.path)
		}
		return drop
	})
}
