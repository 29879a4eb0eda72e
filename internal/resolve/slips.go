package resolve

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"sbexport/internal/platform"
)

// pattern is what is known of a pattern without matching it: a file that an
// obvious slip keeps it from matching has the base somewhere in its folder and
// ends in the suffix, but for the case.
type pattern struct {
	rule   int32
	base   string // leading folders without wildcards, in lower case; empty or ends in a slash
	suffix string // what follows the last wildcard, without a leading slash
}

const wildcards = `*?[]{}\`

func newPattern(rule int32, text string) pattern {
	p := pattern{rule: rule, suffix: strings.TrimPrefix(text[strings.LastIndexAny(text, wildcards)+1:], "/")}
	literal := text
	if i := strings.IndexAny(text, wildcards); i >= 0 {
		literal = text[:i]
	}
	p.base = strings.ToLower(literal[:strings.LastIndexByte(literal, '/')+1])
	return p
}

// slipping lists the patterns of the wanted rules among some.
func slipping(b *book, rules []int32) []pattern {
	var ps []pattern
	for _, r := range rules {
		if !b.wanted[r] {
			continue
		}
		for _, text := range b.rules[r].Match {
			ps = append(ps, newPattern(r, text))
		}
	}
	return ps
}

// under reports whether a folder can hold such a file. The folder is given in
// lower case, between slashes.
func (p pattern) under(folder string) bool {
	return p.base == "" || strings.Contains(folder, "/"+p.base)
}

func (p pattern) ends(path string) bool {
	n := len(path) - len(p.suffix)
	return n >= 0 && strings.EqualFold(path[n:], p.suffix)
}

// slips are the better patterns that were found, by rule.
type slips map[int32]string

// check tries whether a slip keeps a rule from matching a path. Of several
// better patterns the one that sorts first stays, whatever the files' order.
func (s slips) check(b *book, r int32, path string) {
	if _, better, ok := b.rules[r].Near(path); ok {
		s.add(r, better)
	}
}

func (s slips) add(r int32, better string) {
	if old, ok := s[r]; !ok || better < old {
		s[r] = better
	}
}

func (s slips) absorb(other slips) {
	for r, better := range other {
		s.add(r, better)
	}
}

// A rule that matches nothing at all may have its files in folders that none of
// its patterns reaches, where the walk never looks: "*.bam" is looked for at the
// top only. A few of those folders are worth a request each, in this case only,
// to be able to say what is wrong.
const (
	probedFolders = 8
	probedItems   = 500
)

// shortlist holds the folders that are the first to be probed.
type shortlist struct{ folders []folder }

func (s *shortlist) add(f folder) {
	s.folders = append(s.folders, f)
	if len(s.folders) >= 16*probedFolders {
		s.cut()
	}
}

// cut leaves the first few: those that differ from a pattern only in case, then
// those nearest to the top.
func (s *shortlist) cut() {
	slices.SortFunc(s.folders, func(a, b folder) int {
		if a.likely != b.likely {
			if a.likely {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.depth, b.depth), strings.Compare(a.path, b.path),
			strings.Compare(a.project.key, b.project.key), strings.Compare(a.id, b.id))
	})
	s.folders = slices.CompactFunc(s.folders, func(a, b folder) bool { return a.id == b.id })
	if n := 2 * probedFolders; len(s.folders) > n {
		clear(s.folders[n:])
		s.folders = s.folders[:n]
	}
}

// suspects are the rules of a project that match nothing, nobody knows why.
func (r *run) suspects(p *project) []int32 {
	var rules []int32
	for _, rule := range p.patterns {
		if _, known := r.slips[rule]; r.book.wanted[rule] && r.counts[rule].matched == 0 && !known {
			rules = append(rules, rule)
		}
	}
	return rules
}

// errEnough ends a listing early.
var errEnough = errors.New("enough was seen")

// probe looks into a few folders that no rule reaches for what the rules that
// match nothing may mean. It is for a hint only: what cannot be read is left.
func (r *run) probe(ctx context.Context) error {
	suspects := map[*project][]int32{}
	for _, p := range r.projects.order {
		if rules := r.suspects(p); len(rules) > 0 {
			suspects[p] = rules
		}
	}
	if len(suspects) == 0 {
		return nil
	}
	r.unread.cut()
	queue := slices.DeleteFunc(r.unread.folders, func(f folder) bool { return suspects[f.project] == nil })
	items := 0
	for probed := 0; probed < len(queue) && probed < probedFolders && items < probedItems; probed++ {
		f := queue[probed]
		rules := r.suspects(f.project)
		if len(rules) == 0 {
			continue
		}
		err := r.src.Folder(ctx, f.project.id, f.id, func(page []platform.File) error {
			for i := range page {
				queue = r.try(queue, f, rules, &page[i])
			}
			if items += len(page); items >= probedItems {
				return errEnough
			}
			return nil
		})
		if err != nil && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// try looks at one file or folder that was probed.
func (r *run) try(queue []folder, f folder, rules []int32, item *platform.File) []folder {
	path := join(f.path, item.Name)
	if item.Folder {
		if len(queue) < 2*probedFolders {
			queue = append(queue, folder{project: f.project, id: item.ID, path: path})
		}
		return queue
	}
	for _, rule := range rules {
		r.slips.check(r.book, rule, path)
	}
	return queue
}
