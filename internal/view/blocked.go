package view

import (
	"fmt"
	"slices"

	"sbexport/internal/change"
)

// blockedFiles shows blocked files by reason, each with what to do about it.
func (p *printer) blockedFiles(blocked []change.Blocked) {
	if len(blocked) == 0 {
		return
	}
	p.line(p.strong("Blocked"), ": ", Number(len(blocked), "file"))
	for _, g := range groupByReason(blocked, p.keep()) {
		p.reason(g)
	}
	p.line()
}

func (p *printer) reason(g *reasonGroup) {
	heading := Safe(string(g.reason)) + reasonCount(g)
	if t := ReasonTitle(g.reason); t != "" {
		heading += ": " + t
	}
	p.prose(2, nil, heading)
	p.rows(rows{
		count: g.count, kept: len(g.kept), rest: fullShowsAll,
		show: func(i int) { p.blocked(g.kept[i], g.tolerated < g.count) },
		said: func(i int) string { return Safe(g.kept[i].Message) },
	})
}

// reasonCount is the number of a reason's files and of the tolerated ones.
func reasonCount(g *reasonGroup) string {
	switch g.tolerated {
	case 0:
		return fmt.Sprintf(" (%s)", Count(g.count))
	case g.count:
		return fmt.Sprintf(" (%s, tolerated)", Count(g.count))
	}
	return fmt.Sprintf(" (%s, %s tolerated)", Count(g.count), Count(g.tolerated))
}

// blocked shows one blocked file: what it is and where it was to go. One that is
// tolerated may be marked.
func (p *printer) blocked(b *change.Blocked, marked bool) {
	sign, remark, to := p.bad("x"), "", ""
	if b.Tolerated {
		sign = p.faint("x")
	}
	if b.Tolerated && marked {
		remark = "tolerated"
	}
	if b.Location != "" {
		to = Safe(place(b.Volume, "", b.Location))
	}
	p.pair(sign, path(b.Path, b.File), to, remark)
}

// reasonGroup is the blocked files of one reason. Only the first are kept.
type reasonGroup struct {
	reason    change.Reason
	count     int
	tolerated int
	kept      []*change.Blocked
}

// groupByReason sorts the blocked files by reason, in the order reasons are
// shown in, and keeps the first of each.
func groupByReason(blocked []change.Blocked, keep int) []*reasonGroup {
	byReason := make(map[change.Reason]*reasonGroup)
	var groups []*reasonGroup
	for i := range blocked {
		b := &blocked[i]
		g := byReason[b.Reason]
		if g == nil {
			g = &reasonGroup{reason: b.Reason}
			byReason[b.Reason] = g
			groups = append(groups, g)
		}
		g.count++
		if b.Tolerated {
			g.tolerated++
		}
		if len(g.kept) < keep {
			g.kept = append(g.kept, b)
		}
	}
	slices.SortStableFunc(groups, func(a, b *reasonGroup) int { return a.rank() - b.rank() })
	return groups
}

// rank is the group's place among the others; a reason that nobody knows comes last.
func (g *reasonGroup) rank() int {
	if i := slices.Index(change.Reasons, g.reason); i >= 0 {
		return i
	}
	return len(change.Reasons)
}

// reasonTitles say in a clause what a reason means for the files that have it.
var reasonTitles = map[change.Reason]string{
	change.Elsewhere:      "on a volume already, but not where the plan wants it",
	change.Public:         "a public file of the platform",
	change.Archived:       "archived, to be restored first",
	change.Folder:         "a folder, not a file",
	change.NotFound:       "not found on the platform",
	change.Forbidden:      "not yours to read or to export",
	change.Collision:      "comes out at the same place as another file",
	change.Claimed:        "to be copied, but moved to a volume already",
	change.Exists:         "an object is in its place, and the rule does not overwrite",
	change.Taken:          "the object in its place is another file's export",
	change.MissingValue:   "a placeholder of the location has no value",
	change.BadLocation:    "the location cannot be used",
	change.VolumeNotFound: "the volume was not found",
	change.VolumeReadOnly: "the volume is read-only",
	change.VolumeInactive: "the volume is not active",
	change.Unsupported:    "this platform cannot export to that volume",
	change.Refused:        "failed permanently before",
}

// ReasonTitle says in a clause what a reason means; it is empty for a reason that
// nobody knows.
func ReasonTitle(r change.Reason) string { return reasonTitles[r] }
