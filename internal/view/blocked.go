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

// ReasonTitle says in a clause what a reason means for the files that have it;
// it is empty for a reason that nobody knows.
func ReasonTitle(r change.Reason) string {
	switch r {
	case change.Elsewhere:
		return "on a volume already, but not where the plan wants it"
	case change.Public:
		return "a public file of the platform"
	case change.Archived:
		return "archived, to be restored first"
	case change.Folder:
		return "a folder, not a file"
	case change.NotFound:
		return "not found on the platform"
	case change.Forbidden:
		return "not yours to read or to export"
	case change.Collision:
		return "comes out at the same place as another file"
	case change.Claimed:
		return "to be copied, but moved to a volume already"
	case change.Exists:
		return "an object is in its place, and the rule does not overwrite"
	case change.Taken:
		return "the object in its place is another file's export"
	case change.MissingValue:
		return "a placeholder of the location has no value"
	case change.BadLocation:
		return "the location cannot be used"
	case change.VolumeNotFound:
		return "the volume was not found"
	case change.VolumeReadOnly:
		return "the volume is read-only"
	case change.VolumeInactive:
		return "the volume is not active"
	case change.Unsupported:
		return "this platform cannot export to that volume"
	case change.Refused:
		return "failed permanently before"
	}
	return ""
}
