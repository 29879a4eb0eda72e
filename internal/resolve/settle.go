package resolve

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"

	"sbexport/internal/platform"
)

// settlement is what became of all files, by rule.
type settlement struct {
	selected, shadowed []int
	needless           examples[int32]  // copies that a move of the rule in the key makes needless
	contested          examples[string] // secondary files that two primaries want in two places; the key says nothing
	fallbacks          examples[string] // by the placeholders that took theirs
}

// examples count something by rule and key, and keep one case of each.
type examples[K cmp.Ordered] map[int32]map[K]*example

type example struct {
	count        int
	path, detail string
}

func (e examples[K]) add(rule int32, key K, path, detail string) {
	if e[rule] == nil {
		e[rule] = map[K]*example{}
	}
	if e[rule][key] == nil {
		e[rule][key] = &example{path: path, detail: detail}
	}
	e[rule][key].count++
}

// of are the examples of one rule, in the order of their keys.
func (e examples[K]) of(rule int32) iter.Seq2[K, *example] {
	return func(yield func(K, *example) bool) {
		for _, key := range slices.Sorted(maps.Keys(e[rule])) {
			if !yield(key, e[rule][key]) {
				return
			}
		}
	}
}

// settleAll decides where every file goes. The files must be in the answer's
// order.
func (r *resolver) settleAll() *settlement {
	n := len(r.index.rules)
	s := &settlement{
		selected: make([]int, n), shadowed: make([]int, n),
		needless: examples[int32]{}, contested: examples[string]{}, fallbacks: examples[string]{},
	}
	for _, f := range r.kept {
		r.settle(f, s)
		r.dropDuplicates(f, s)
		for _, p := range f.places {
			s.selected[p.rule]++
			if p.fallbacks != "" && p.block == nil {
				s.fallbacks.add(p.rule, p.fallbacks, f.path, "")
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
	claims := r.claims[f.id]
	winner := r.winner(f, claims, s)
	if len(claims) > 0 {
		f.places = append(r.claimed(f, claims, winner, s), r.unclaimed(f, claims, winner)...)
	}
	for i := range f.places {
		if p := &f.places[i]; f.block != nil && p.block == nil {
			p.location, p.block = "", f.block
		}
	}
	slices.SortStableFunc(f.places, func(a, b place) int { return cmp.Compare(a.rule, b.rule) })
}

// winner is the rule that moves the file, or -1. The other rules that would
// have moved it are counted.
func (r *resolver) winner(f *found, claims []claim, s *settlement) int32 {
	winner := int32(-1)
	contend := func(rule int32) {
		switch {
		case r.index.rules[rule].CopyOnly:
		case winner < 0:
			winner = rule
		default:
			s.shadowed[rule]++
		}
	}
	// Both lists are in the plan's order: merged, each rule contends once.
	rules := f.rules
	for _, c := range claims {
		for len(rules) > 0 && rules[0] <= c.rule {
			if rules[0] < c.rule {
				contend(rules[0])
			}
			rules = rules[1:]
		}
		contend(c.rule)
	}
	for _, rule := range rules {
		contend(rule)
	}
	return winner
}

// claimed are the places that claims give a file.
func (r *resolver) claimed(f *found, claims []claim, winner int32, s *settlement) []place {
	var places []place
	for i := range claims {
		c := &claims[i]
		if !r.index.rules[c.rule].CopyOnly && c.rule != winner {
			continue
		}
		places = append(places, c.place(f))
		if c.rival != nil && r.index.wanted[c.rule] {
			s.contested.add(c.rule, "", f.path, c.primary.path+" and "+c.rival.path)
		}
	}
	return places
}

// unclaimed are the places of a file that no claim changes. Rules that name the
// file but look for it in another project always keep theirs.
func (r *resolver) unclaimed(f *found, claims []claim, winner int32) []place {
	return slices.DeleteFunc(f.places, func(p place) bool {
		if _, selects := slices.BinarySearch(f.rules, p.rule); !selects {
			return false
		}
		_, claimed := slices.BinarySearchFunc(claims, p.rule, func(c claim, rule int32) int { return cmp.Compare(c.rule, rule) })
		return claimed || !r.index.rules[p.rule].CopyOnly && p.rule != winner
	})
}

// dropDuplicates drops copies of a file to a place where another copy of it or
// the file itself goes. Those of the second kind are counted.
func (r *resolver) dropDuplicates(f *found, s *settlement) {
	if len(f.places) < 2 {
		return
	}
	rules := r.index.rules
	taken := make(map[platform.Place]bool, len(f.places))
	to, mover := platform.Place{}, int32(-1)
	for _, p := range f.places {
		if p.location != "" && !rules[p.rule].CopyOnly {
			to, mover = platform.Place{Volume: rules[p.rule].Volume, Location: p.location}, p.rule
		}
	}
	f.places = slices.DeleteFunc(f.places, func(p place) bool {
		at := platform.Place{Volume: rules[p.rule].Volume, Location: p.location}
		if p.location == "" || !rules[p.rule].CopyOnly {
			return false
		}
		if mover >= 0 && at == to {
			if r.index.wanted[p.rule] {
				s.needless.add(p.rule, mover, f.path, "")
			}
			return true
		}
		drop := taken[at]
		taken[at] = true
		return drop
	})
}

// lastSlash is the length of a path's folder, the slash included.
func lastSlash(path string) int { return strings.LastIndexByte(path, '/') + 1 }
