package report

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/view"
)

// maxNamed is how many projects or volumes are named.
const maxNamed = 4

// notKnown is said of what neither the lockfile nor anything beside it tells.
const notKnown = "not on record"

// comparisons are what the input has of comparisons with the platform, the last first.
func (in *Input) comparisons() []change.Document {
	var all []change.Document
	if e := in.Events; e != nil {
		for _, a := range e.applies {
			if a.planned {
				all = append(all, a.of)
			}
		}
	}
	if d := in.Saved; d != nil {
		all = append(all, *d)
	}
	slices.SortStableFunc(all, func(a, b change.Document) int { return b.CreatedOn.Compare(a.CreatedOn) })
	return all
}

// told is the first text that the comparisons have, the last one first.
func (r *Report) told(of func(*change.Document) string) string {
	for i := range r.compared {
		if text := of(&r.compared[i]); text != "" {
			return text
		}
	}
	return ""
}

// destination is what is known of a volume.
func (r *Report) destination(volume string) (found change.Destination) {
	r.told(func(d *change.Document) string {
		for _, found = range d.Identity.Volumes {
			if found.Volume == volume {
				return cmp.Or(found.URL, found.Prefix)
			}
		}
		found = change.Destination{}
		return ""
	})
	return found
}

// rehearsal reports whether nothing of the report is real.
func (r *Report) rehearsal() bool {
	return r.told(endpoint) == change.RehearsalEndpoint || r.input.Lockfile != nil && r.input.Lockfile.Rehearsal()
}

// platform is the platform, by the name that plans use if it has one.
func (r *Report) platform() (name, address string) {
	if r.rehearsal() {
		return "the simulator", ""
	}
	address = cmp.Or(r.told(endpoint), r.input.Endpoint)
	name = string(platform.DeploymentAt(address))
	if name == "" {
		if u, err := url.Parse(address); err == nil {
			name = u.Host
		}
	}
	return view.Safe(cmp.Or(name, address)), view.Safe(address)
}

func endpoint(d *change.Document) string { return d.Endpoint }

// user is whose token was used; empty when nothing tells.
func (r *Report) user() string {
	return r.told(func(d *change.Document) string { return d.Identity.User })
}

// heading names what the report is about: the projects or, where none is known, the
// plan.
func (r *Report) heading() string {
	projects := r.each(func(w *row) string { return w.project })
	if len(projects) == 0 {
		return view.Safe(cmp.Or(r.input.Plan, "sbexport"))
	}
	return named(projects)
}

// names are the platform, the user and the day, as far as they are known.
func (r *Report) names() []string {
	name, _ := r.platform()
	day := ""
	if at := r.asOf(); at != 0 {
		day = time.Unix(at, 0).UTC().Format(time.DateOnly)
	}
	return slices.DeleteFunc([]string{name, view.Safe(r.user()), day}, func(s string) bool { return s == "" })
}

// asOf is the last time that anything tells of, in Unix seconds; 0 when there is
// none.
func (r *Report) asOf() int64 {
	_, at := r.span()
	if e := r.input.Events; e != nil {
		at = max(at, e.last)
	}
	if d := r.input.Saved; d != nil {
		at = max(at, unix(d.CreatedOn))
	}
	return at
}

// about says who acted, where and what on, and what of that is not known.
func (r *Report) about() []fact {
	name, address := r.platform()
	if address != "" && address != name {
		name += ", " + address
	}
	to := r.each(func(w *row) string { return w.volume })
	for i := range to {
		to[i] = r.bucket(to[i])
	}
	facts := []fact{
		{"Plan", view.Safe(r.input.Plan)},
		{"Platform", cmp.Or(name, notKnown)},
		{"User", cmp.Or(view.Safe(r.user()), notKnown)},
		{"From", cmp.Or(named(r.each(func(w *row) string { return w.project })), notKnown)},
		{"To", cmp.Or(named(to), notKnown)},
	}
	if len(r.compared) == 0 {
		return append(facts, fact{"Compared with the platform", notKnown})
	}
	last := r.compared[0]
	if who := last.Identity; who.Listed > 0 {
		facts = append(facts, fact{"Selected", view.Count(who.Selected) + " of " + view.Number(who.Listed, "file") + " listed"})
	}
	return append(facts, fact{"Compared with the platform", stamp(last.CreatedOn.Unix())})
}

// bucket is a volume as places on it begin, and its bucket as far as known.
func (r *Report) bucket(volume string) string {
	to := r.destination(volume)
	switch {
	case to.URL == "" && to.Prefix == "":
		return volume + " (bucket and prefix not on record)"
	case to.Prefix != "":
		volume += ":" + to.Prefix
	}
	return volume + " (" + cmp.Or(to.URL, "bucket not on record") + ")"
}

// each is every text there is of the rows, in order.
func (r *Report) each(of func(*row) string) []string {
	found := map[string]bool{}
	for i := range r.rows {
		if text := of(&r.rows[i]); text != "" {
			found[text] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// named lists names, but not too many of them.
func named(names []string) string {
	shown := names[:min(len(names), maxNamed)]
	text := view.Safe(strings.Join(shown, ", "))
	if more := len(names) - len(shown); more > 0 {
		text += " and " + view.Count(more) + " more"
	}
	return text
}
