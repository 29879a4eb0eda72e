package view

import (
	"fmt"

	"sbexport/internal/change"
)

// blockedFiles shows blocked files by reason, each with what to do about it.
func (v *changesetView) blockedFiles(blocked []change.Blocked) {
	if len(blocked) == 0 {
		return
	}
	v.line(v.strong("Blocked"), ": ", Number(len(blocked), "file"))
	for _, g := range groupByReason(blocked, v.keep) {
		v.reason(g)
	}
	v.line()
}

func (v *changesetView) reason(g *reasonGroup) {
	heading := Safe(string(g.reason)) + reasonCount(g)
	if t := title(g.reason); t != "" {
		heading += ": " + t
	}
	v.prose(2, nil, heading)
	for i, b := range g.kept {
		v.blocked(b, b.Tolerated && g.tolerated < g.count)
		// Files that are blocked for one cause share its sentence.
		if i+1 == len(g.kept) || g.kept[i+1].Message != b.Message {
			v.prose(6, v.faint, Safe(b.Message))
		}
	}
	if left := g.count - len(g.kept); left > 0 {
		v.line("    ", v.faint(ellipsis, " and ", Count(left), " more; --full shows all"))
	}
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

// blocked shows one blocked file: what it is and where it was to go.
func (v *changesetView) blocked(b *change.Blocked, marked bool) {
	sign, mark := v.bad("x"), ""
	if b.Tolerated {
		sign = v.faint("x")
	}
	if marked {
		mark = "  " + v.faint("tolerated")
	}
	from, to := path(b.Path, b.File), ""
	if b.Location != "" {
		to = Safe(b.Volume) + ":" + Safe(b.Location)
	}
	if v.columns == 0 || v.full {
		if to != "" {
			to = arrow + to
		}
		v.line("    ", sign, " ", from, to, mark)
		return
	}
	room := v.columns - len("    x ")
	if marked {
		room -= len("  tolerated")
	}
	if to != "" && width(from)+width(arrow)+width(to) <= room {
		v.line("    ", sign, " ", from, arrow, to, mark)
		return
	}
	v.line("    ", sign, " ", middle(from, room), mark)
	if to != "" {
		v.line("     ", arrow, middle(to, v.columns-len("      > ")))
	}
}
