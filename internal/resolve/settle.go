package resolve

import (
	"cmp"
	"slices"
	"strings"
)

// settlement is what became of all files, by rule.
type settlement struct {
	selected, shadowed []int
	dropped            []dropped                    // copies that a move makes needless
	torn               map[int32]example            // secondary files that two primaries want in two places
	fallbacks          map[int32]map[string]example // of a rule's placeholders that took theirs
}

// dropped are the copies of one rule that another rule's moves make needless.
type dropped struct {
	copying, moving int32
	example
}

// example counts something and keeps one case of it.
type example struct {
	count  int
	path   string
	detail string
}

func (e *example) add(path, detail string) {
	if e.count == 0 {
		e.path, e.detail = path, detail
	}
	e.count++
}

// settleAll decides where every file goes. The files must be in the answer's
// order.
func (r *run) settleAll() *settlement {
	n := len(r.book.rules)
	s := &settlement{selected: make([]int, n), shadowed: make([]int, n), torn: map[int32]example{}, fallbacks: map[int32]map[string]example{}}
	needless := map[[2]int32]*dropped{}
	for _, f := range r.kept {
		r.settle(f, s)
		for _, d := range unduplicate(r.book, f) {
			if needless[d] == nil {
				needless[d] = &dropped{copying: d[0], moving: d[1]}
			}
			needless[d].add(f.path, "")
		}
		for _, p := range f.places {
			s.selected[p.rule]++
			if p.fallbacks != "" && p.block == nil {
				s.noteFallback(p, f.path)
			}
		}
	}
	for _, d := range needless {
		s.dropped = append(s.dropped, *d)
	}
	slices.SortFunc(s.dropped, func(a, b dropped) int {
		return cmp.Or(cmp.Compare(a.copying, b.copying), cmp.Compare(a.moving, b.moving))
	})
	return s
}

func (s *settlement) noteFallback(p place, path string) {
	if s.fallbacks[p.rule] == nil {
		s.fallbacks[p.rule] = map[string]example{}
	}
	e := s.fallbacks[p.rule][p.fallbacks]
	e.add(path, "")
	s.fallbacks[p.rule][p.fallbacks] = e
}

// settle decides about one file: the first rule that moves it has it, and every
// rule that copies it has a copy. A rule that takes it along as a secondary file
// puts it beside the primary, even if it selects it directly as well.
func (r *run) settle(f *found, s *settlement) {
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

// winner is the rule that moves the file, or -1. It counts the others that
// would have.
func (r *run) winner(f *found, claims []claim, s *settlement) int32 {
	winner := int32(-1)
	contend := func(rule int32) {
		switch {
		case r.book.rules[rule].CopyOnly:
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
func (r *run) claimed(f *found, claims []claim, winner int32, s *settlement) []place {
	var places []place
	for i := range claims {
		c := &claims[i]
		if !r.book.rules[c.rule].CopyOnly && c.rule != winner {
			continue
		}
		places = append(places, c.place(f))
		if c.rival != nil && r.book.wanted[c.rule] {
			e := s.torn[c.rule]
			e.add(f.path, c.primary.path+" and "+c.rival.path)
			s.torn[c.rule] = e
		}
	}
	return places
}

// unclaimed are the places of a file that its claims leave as they are. Rules
// that name the file but look for it in another project keep theirs always.
func (r *run) unclaimed(f *found, claims []claim, winner int32) []place {
	return slices.DeleteFunc(f.places, func(p place) bool {
		if _, selects := slices.BinarySearch(f.rules, p.rule); !selects {
			return false
		}
		_, claimed := slices.BinarySearchFunc(claims, p.rule, func(c claim, rule int32) int { return cmp.Compare(c.rule, rule) })
		return claimed || !r.book.rules[p.rule].CopyOnly && p.rule != winner
	})
}

// destination is a place on a volume.
type destination struct{ volume, location string }

// unduplicate drops copies of a file to a place where another copy of it or the
// file itself goes, and returns for the latter who copies and who moves.
func unduplicate(b *book, f *found) [][2]int32 {
	if len(f.places) < 2 {
		return nil
	}
	taken := make(map[destination]bool, len(f.places))
	to, mover := destination{}, int32(-1)
	for _, p := range f.places {
		if p.location != "" && !b.rules[p.rule].CopyOnly {
			to, mover = destination{b.rules[p.rule].Volume, p.location}, p.rule
		}
	}
	var needless [][2]int32
	f.places = slices.DeleteFunc(f.places, func(p place) bool {
		at := destination{b.rules[p.rule].Volume, p.location}
		if p.location == "" || !b.rules[p.rule].CopyOnly {
			return false
		}
		if mover >= 0 && at == to {
			if b.wanted[p.rule] {
				needless = append(needless, [2]int32{p.rule, mover})
			}
			return true
		}
		drop := taken[at]
		taken[at] = true
		return drop
	})
	return needless
}

// lastSlash is the length of a path's folder, the slash included.
func lastSlash(path string) int { return strings.LastIndexByte(path, '/') + 1 }
