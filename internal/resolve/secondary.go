package resolve

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"

	"sbexport/plan"
)

// claim says that a rule takes a file along as a secondary file.
type claim struct {
	rule    int32
	primary *found
	at      place  // the primary's
	name    string // as the primary tells it
	rival   *found // another primary that asks for another folder, if there is one
}

// followSecondary lets the rules claim the secondary files of the files that
// they take, and reads those that the walk did not come across.
func (r *resolver) followSecondary(ctx context.Context) error {
	r.claims, r.followed = map[string][]claim{}, map[int32]bool{}
	r.sortKept()
	for rule, primaries := range r.primaries() {
		if len(primaries) > 0 {
			r.claimFor(int32(rule), primaries)
		}
	}
	var ids []string
	for id, claims := range r.claims {
		if r.byID[id] == nil && slices.ContainsFunc(claims, func(c claim) bool { return r.index.wanted[c.rule] }) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	err := r.readFiles(ctx, ids, func(id string, b *plan.Block) *found {
		c := r.claims[id][0]
		message := fmt.Sprintf("%s names it as a secondary file, but %s", c.primary.path, b.Message)
		return &found{id: id, project: c.primary.project, path: c.name, block: &plan.Block{Reason: b.Reason, Message: message}}
	})
	r.dropOmitted()
	return err
}

const excluded = "that the rule excludes"

// omits tells why a rule must not take a file along. A file that was not
// read, or cannot be, is not omitted: it is blocked if it cannot be
// exported.
func (r *resolver) omits(c *claim, id string) string {
	f, rule := r.byID[id], r.index.rules[c.rule]
	switch {
	case f == nil || f.block != nil:
		return ""
	case f.project != c.primary.project: // exactly: owners that differ in case only are two
		return "in another project than the rule's" // or in one that is not known
	case len(rule.Exclude) == 0:
		return ""
	case f.partial:
		return "whose folder cannot be read, so that nobody knows whether the rule excludes it"
	case rule.Paths().Exclude(plan.PathOf(f.path), nil):
		return excluded
	}
	return ""
}

// dropOmitted takes back the claims to files that the rules must not take
// along, now that all files have been read.
func (r *resolver) dropOmitted() {
	for _, id := range slices.Sorted(maps.Keys(r.claims)) {
		r.claims[id] = slices.DeleteFunc(r.claims[id], func(c claim) bool {
			why := r.omits(&c, id)
			if why == "" {
				return false
			}
			if why == excluded { // which is a use of the exclude
				rule := r.index.rules[c.rule]
				rule.Paths().Exclude(plan.PathOf(r.byID[id].path), r.counts.groups[r.index.groupOf[c.rule]].used)
			}
			r.remark(remark{c.rule, 0, "not taken along: ", "secondary file " + why, "secondary files " + why}, r.byID[id].path+" is a secondary file of "+c.primary.path)
			return true
		})
	}
}

// primary is a file that may take secondary files along, and where it goes.
type primary struct {
	*found
	at place
}

// primaries lists, for each rule that takes secondary files along, the files
// with secondary files that it may come to take, in the order of their paths.
func (r *resolver) primaries() [][]primary {
	lists := make([][]primary, len(r.index.rules))
	for _, f := range r.kept {
		if len(f.links) == 0 {
			continue
		}
		i := 0 // the first places are those of the competing rules
		for rule := range r.index.competing(f.rules) {
			if r.index.rules[rule].SecondaryFiles {
				lists[rule] = append(lists[rule], primary{f, f.places[i]})
			}
			i++
		}
	}
	return lists
}

// claimFor lets one rule claim the secondary files of its files. A secondary
// file's own secondary files are not followed. It must be called in the plan's
// order of rules, because an earlier rule may have claimed a file away.
func (r *resolver) claimFor(rule int32, files []primary) {
	files = slices.DeleteFunc(files, func(f primary) bool { return r.claimedAway(rule, f.id) })
	secondary := map[string]bool{}
	for _, f := range files {
		for _, s := range f.links {
			if r.omits(&claim{rule: rule, primary: f.found}, s.id) == "" {
				secondary[s.id] = true
			}
		}
	}
	leading := map[string]bool{}
	for _, f := range files {
		if !secondary[f.id] {
			leading[f.id] = true
			r.claimLinks(f, leading)
		}
	}
	// What is left are secondary files of secondary files, and files that name
	// each other: of those, the first by path is the primary.
	for _, f := range files {
		if secondary[f.id] && r.claimBy(rule, f.id) == nil {
			leading[f.id] = true
			r.claimLinks(f, leading)
		}
	}
}

// claimedAway reports whether an earlier rule that moves takes the file along.
func (r *resolver) claimedAway(rule int32, id string) bool {
	return !r.index.rules[rule].CopyOnly && slices.ContainsFunc(r.claims[id], func(c claim) bool {
		return !r.index.rules[c.rule].CopyOnly && r.omits(&c, id) == ""
	})
}

// claimBy is the rule's claim to a file, or nil. It works only for the rule
// whose claims are being made.
func (r *resolver) claimBy(rule int32, id string) *claim {
	if cs := r.claims[id]; len(cs) > 0 && cs[len(cs)-1].rule == rule {
		return &cs[len(cs)-1]
	}
	return nil
}

// claimLinks claims the secondary files of one file, except those that are
// primary files of the rule themselves.
func (r *resolver) claimLinks(f primary, leading map[string]bool) {
	for _, s := range f.links {
		if leading[s.id] {
			continue
		}
		c := r.claimBy(f.at.rule, s.id)
		switch {
		case c == nil:
			r.followed[f.at.rule] = true
			r.claims[s.id] = append(r.claims[s.id], claim{rule: f.at.rule, primary: f.found, at: f.at, name: s.name})
		case c.rival == nil && f.at.block == nil && c.at.block == nil && path.Dir(c.at.location) != path.Dir(f.at.location):
			c.rival = f.found
		}
	}
}

// place is where a claimed file goes.
func (c *claim) place(f *found) place {
	p := place{rule: c.rule}
	if c.at.block != nil {
		p.block = &plan.Block{Reason: c.at.block.Reason, Message: fmt.Sprintf("its primary file %s has no place to go: %s", c.primary.path, c.at.block.Message)}
		return p
	}
	name := c.name
	if f.path != "" {
		name = path.Base(f.path)
	}
	p.location, p.block = plan.Beside(c.at.location, name)
	return p
}
