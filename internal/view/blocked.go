package view

import (
	"cmp"
	"fmt"
	"slices"

	"sbexport/internal/change"
)

// byReason parts blocked files by reason, in the order reasons are shown in; a
// reason that nobody knows comes last.
func byReason(blocked []change.Blocked) []*group[change.Reason, change.Blocked] {
	groups := groupBy(blocked, func(b *change.Blocked) change.Reason { return b.Reason })
	rank := func(r change.Reason) uint { return uint(slices.Index(change.Reasons, r)) } // -1 becomes the highest
	slices.SortStableFunc(groups, func(a, b *group[change.Reason, change.Blocked]) int { return cmp.Compare(rank(a.key), rank(b.key)) })
	return groups
}

// notTolerated are the blocked files that the plan does not tolerate.
func notTolerated(blocked []change.Blocked) []change.Blocked {
	return slices.DeleteFunc(slices.Clone(blocked), func(b change.Blocked) bool { return b.Tolerated })
}

// blockedFiles shows blocked files by reason, each with what to do about it.
func (p *printer) blockedFiles(blocked []change.Blocked) {
	if len(blocked) == 0 {
		return
	}
	p.line(p.strong("Blocked"), ": ", Number(len(blocked), "file"))
	for _, g := range byReason(blocked) {
		p.reason(g.key, g.items)
	}
	p.line()
}

func (p *printer) reason(reason change.Reason, files []*change.Blocked) {
	tolerated := 0
	for _, b := range files {
		if b.Tolerated {
			tolerated++
		}
	}
	count := Count(len(files))
	switch tolerated {
	case 0:
	case len(files):
		count += ", tolerated"
	default:
		count += ", " + Count(tolerated) + " tolerated"
	}
	heading := fmt.Sprintf("%s (%s)", Safe(string(reason)), count)
	if t := ReasonTitle(reason); t != "" {
		heading += ": " + t
	}
	p.prose(2, nil, heading)
	if !p.full && ofVolumes[reason] {
		p.volumes(files)
		return
	}
	p.rows(4, len(files), func(i int) row {
		b := files[i]
		r := row{sign: p.bad("x"), from: path(b.Path, b.File), to: Safe(b.Place()), said: Safe(b.Message)}
		if b.Tolerated {
			r.sign = p.faint("x")
		}
		if b.Tolerated && tolerated < len(files) {
			r.tail = "tolerated"
		}
		return r
	}, fullShowsAll)
}

// ofVolumes are the reasons that lie with a volume, or may: the same for all files
// that are to go there.
var ofVolumes = map[change.Reason]bool{
	change.Forbidden: true, change.VolumeNotFound: true, change.VolumeReadOnly: true, change.VolumeInactive: true, change.Unsupported: true,
}

// volumes shows blocked files by volume and cause; where a cause has a single
// file, it shows that.
func (p *printer) volumes(files []*change.Blocked) {
	groups := groupBy(files, func(b **change.Blocked) [2]string { return [2]string{(*b).Volume, (*b).Message} })
	p.rows(4, len(groups), func(i int) row {
		first, n := *groups[i].items[0], len(groups[i].items)
		r := row{sign: p.bad("x"), from: path(first.Path, first.File), to: Safe(first.Place()), said: Safe(first.Message)}
		if n > 1 {
			r.from, r.to = Number(n, "file")+" to "+Safe(first.Volume), ""
		}
		return r
	}, " causes"+fullShowsAll)
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
