package resolve

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"sbexport/internal/platform"
	"sbexport/plan"
)

// A rule that matches nothing at all may have its files where the walk does
// not look: "*.bam" is looked for at the top only. In this case a few folders
// are worth a request each, to be able to say what is wrong.
const (
	probedFolders = 8
	probedItems   = 2000
	probedGroups  = 20
)

// hints are better patterns for groups that match nothing.
type hints map[int32]string

// unmatched are the groups of a project that match nothing and have no hint
// yet.
func (r *resolver) unmatched(p *project) []int32 {
	var groups []int32
	for _, g := range p.groups {
		if r.hints[g] == "" && r.counts.groups[g].matched == 0 && len(groups) < probedGroups &&
			slices.ContainsFunc(r.index.groups[g].rules, func(rule int32) bool { return r.index.wanted[rule] }) {
			groups = append(groups, g)
		}
	}
	return groups
}

// probeFolder is a folder that may be looked into.
type probeFolder struct {
	folder
	rank int // the lowest first: 0 if a pattern names it but for the case, else how deep it lies
}

// errEnough ends a listing early.
var errEnough = errors.New("enough was seen")

// probe looks into a few folders, from the top down, for what the groups
// that match nothing may mean. It is for a hint only: what cannot be read is
// skipped.
func (r *resolver) probe(ctx context.Context) error {
	r.hints = hints{}
	var queue []probeFolder
	for _, p := range r.projects {
		queue = append(queue, probeFolder{folder: folder{project: p}})
	}
	items := 0
	for left := probedFolders; len(queue) > 0 && left > 0 && items < probedItems; {
		f := queue[0]
		queue = queue[1:]
		unmatched := r.unmatched(f.project)
		if len(unmatched) == 0 {
			continue
		}
		left--
		err := r.src.Folder(ctx, f.project.id, f.id, func(page []platform.File) error {
			for i := range page {
				queue = r.probeItem(queue, f, unmatched, &page[i])
			}
			if items += len(page); items >= probedItems {
				return errEnough
			}
			return nil
		})
		if err != nil && ctx.Err() != nil {
			return ctx.Err()
		}
		slices.SortFunc(queue, func(a, b probeFolder) int {
			return cmp.Or(a.rank-b.rank, strings.Compare(a.path, b.path), strings.Compare(a.project.key, b.project.key), strings.Compare(a.id, b.id))
		})
	}
	return nil
}

// probeItem looks at one file or folder. Of several better patterns the one
// that sorts first stays, whatever the files' order.
func (r *resolver) probeItem(queue []probeFolder, f probeFolder, unmatched []int32, item *platform.File) []probeFolder {
	path := join(f.path, item.Name)
	at := plan.PathOf(path)
	if item.Folder {
		below := probeFolder{folder{project: f.project, id: item.ID, path: path}, 1 + strings.Count(path, "/")}
		if slices.ContainsFunc(unmatched, func(g int32) bool { return r.index.groups[g].paths.NearReaches(at) }) {
			below.rank = 0
		}
		return append(queue, below)
	}
	for _, g := range unmatched {
		if better, ok := r.index.groups[g].paths.Near(at); ok && (r.hints[g] == "" || better < r.hints[g]) {
			r.hints[g] = better
		}
	}
	return queue
}

// unused is an exclude that leaves out nothing.
type unused struct {
	group int32
	index int
}

// maxTried bounds the search for what unused excludes may mean.
const maxTried = 100_000

// excludeHints finds better patterns for the excludes that leave out nothing,
// among the files that they should perhaps have left out.
func (r *resolver) excludeHints() map[unused]string {
	better := map[unused]string{}
	tried := 0
	for _, f := range r.kept {
		for _, rule := range f.rules {
			g := r.index.groupOf[rule]
			if g < 0 {
				continue
			}
			for i, used := range r.counts.groups[g].used {
				if at := (unused{g, i}); !used && better[at] == "" && tried < maxTried {
					tried++
					better[at], _ = r.index.groups[g].paths.NearExclude(i, plan.PathOf(f.path))
				}
			}
		}
	}
	return better
}
