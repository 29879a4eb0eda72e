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
	shown := []hindrance{}
	for _, b := range files {
		shown = append(shown, hindrance{b, 1})
	}
	if !p.full {
		shown = hindrances(files)
	}
	p.rows(4, len(shown), func(i int) row {
		h := shown[i]
		r := row{sign: p.bad("x"), from: h.from(), to: h.to(), said: Safe(h.Message)}
		if h.Tolerated {
			r.sign = p.faint("x")
		}
		if h.Tolerated && tolerated < len(files) {
			r.tail = "tolerated"
		}
		return r
	}, fullShowsAll)
}

// hindrance is a blocked file, or several that one fault of a volume blocks alike.
type hindrance struct {
	*change.Blocked // the first of them
	files           int
}

// ofVolumes are the reasons that lie with a volume, or may.
var ofVolumes = map[change.Reason]bool{
	change.Forbidden: true, change.VolumeNotFound: true, change.VolumeReadOnly: true, change.VolumeInactive: true, change.Unsupported: true,
}

// hindrances are blocked files, with what lies with a volume told once.
func hindrances(files []*change.Blocked) []hindrance {
	type cause struct {
		reason          change.Reason
		volume, message string
		tolerated       bool
		file            int // for what lies with the file
	}
	var list []hindrance
	at := map[cause]int{}
	for i, b := range files {
		c := cause{b.Reason, b.Volume, b.Message, b.Tolerated, -1}
		if !ofVolumes[b.Reason] {
			c.file = i
		}
		if n, known := at[c]; known {
			list[n].files++
			continue
		}
		at[c] = len(list)
		list = append(list, hindrance{b, 1})
	}
	return list
}

// from is what is blocked. It is safe.
func (h hindrance) from() string {
	if h.files > 1 {
		return Number(h.files, "file")
	}
	return blockedName(h.Blocked)
}

// blockedName is what a blocked file is shown as, or a whole project that cannot be
// read. It is safe.
func blockedName(b *change.Blocked) string { return Safe(cmp.Or(b.Path, b.File, b.Project)) }

// to is where that is wanted. It is safe.
func (h hindrance) to() string {
	if h.files > 1 {
		return Safe(h.Volume)
	}
	return Safe(h.Place())
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
