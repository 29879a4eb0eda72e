package diff

import (
	"fmt"
	"slices"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/resolve"
	"sbexport/internal/state"
)

// lag is how long after a job has ended the file may still be shown as it was
// before. The platform says nothing of it; a move submitted again within this
// time would be refused at best.
const lag = 10 * time.Minute

// Options change what the comparison says.
type Options struct {
	RetryFailed bool // want files again that failed permanently before
	CheckVolume bool // the volume was looked at for every file
}

// Compute makes the changeset for the files that the rules select.
func Compute(wanted []resolve.Wanted, seen *Observed, lock Lockfile, o Options) *change.Changeset {
	c := &comparison{seen: seen, lock: lock, options: o, out: &change.Changeset{}}
	c.index(wanted)
	for i := range wanted {
		c.compare(&wanted[i])
	}
	c.hints(wanted)
	return c.out
}

// comparison is one run of Compute.
type comparison struct {
	seen    *Observed
	lock    Lockfile
	options Options
	out     *change.Changeset

	keys     map[string]keyUse  // who is wanted at a physical key
	copies   map[string][]place // where the plan wants copies of a file
	occupied map[place]string   // what the lockfile knows to be taken, by which file
	lagging  int
	broken   int
}

// keyUse is what is known of the files wanted at one physical key.
type keyUse struct {
	file, path string // the first one
	other      string // the path of another one; empty when there is none
}

// index gathers what has to be known of all files before any can be judged.
func (c *comparison) index(wanted []resolve.Wanted) {
	c.keys = make(map[string]keyUse, len(wanted))
	c.copies = map[string][]place{}
	for i := range wanted {
		w := &wanted[i]
		if w.Location == "" {
			continue
		}
		if w.Rule.CopyOnly {
			c.copies[w.File] = append(c.copies[w.File], place{w.Rule.Volume, w.Location})
		}
		key := c.physical(w)
		use, ok := c.keys[key]
		switch {
		case !ok:
			c.keys[key] = keyUse{file: w.File, path: w.Path}
		case use.file != w.File && use.other == "":
			use.other = w.Path
			c.keys[key] = use
		}
	}
	c.occupied = map[place]string{}
	for e := range c.lock.All() {
		if e.State == platform.Completed {
			c.occupied[place{e.Volume, e.Location}] = e.File
		}
	}
}

// physical names the object that a wanted file would become, so that two
// volumes on one bucket are not taken for two places.
func (c *comparison) physical(w *resolve.Wanted) string {
	v := c.seen.Volumes[w.Rule.Volume]
	if v.Volume == nil {
		return "volume " + w.Rule.Volume + "\x00" + w.Location
	}
	return v.Bucket() + "\x00" + v.Key(w.Location)
}

// compare puts one wanted file where it belongs.
func (c *comparison) compare(w *resolve.Wanted) {
	if w.Blocked != "" {
		c.block(w, w.Blocked, w.Message)
		return
	}
	v := c.seen.Volumes[w.Rule.Volume]
	entry, known := c.lock.Get(target(w))
	job, carried := c.seen.Jobs.carrying(target(w), v)
	if c.inPlace(w, v, entry, known, job, carried) {
		return
	}
	if carried && !job.State.Terminal() {
		c.act(w, change.Follow, job.ID)
		return
	}
	if reason, message := c.obstacle(w, v, entry, known); reason != "" {
		c.block(w, reason, message)
		return
	}
	switch {
	case w.Rule.Overwrite && c.seen.Objects.there[place{w.Rule.Volume, w.Location}]:
		c.act(w, change.Replace, "")
	case w.Rule.CopyOnly:
		c.act(w, change.Copy, "")
	default:
		c.act(w, change.Export, "")
	}
}

// inPlace deals with a file that is where it is wanted, or that the platform
// will show there in a moment.
func (c *comparison) inPlace(w *resolve.Wanted, v Volume, entry state.Entry, known bool, job platform.Export, carried bool) bool {
	recorded := known && entry.State == platform.Completed
	carried = carried && job.State == platform.Completed
	switch {
	case InPlace(w, v):
	case w.Rule.CopyOnly && (recorded && entry.CopyOnly || carried):
		if c.gone(w) {
			c.out.Warnings = append(c.out.Warnings, fmt.Sprintf(
				"%s was copied to %s:%s before, but the object is no longer there; it will be copied again",
				w.Path, w.Rule.Volume, w.Location))
			return false
		}
	case !w.Rule.CopyOnly && w.Storage.Type == platform.OnPlatform && c.justMoved(entry, recorded, job, carried):
		c.lagging++
	default:
		return false
	}
	if InPlace(w, v) && c.gone(w) {
		c.broken++
	}
	a := c.action(w, change.Unchanged)
	a.Record = !recorded
	if carried && a.Record {
		a.ExportID, a.FinishedOn = job.ID, job.FinishedOn
	}
	c.out.Unchanged = append(c.out.Unchanged, a)
	return true
}

// gone reports whether the volume was looked at and has no object there.
func (c *comparison) gone(w *resolve.Wanted) bool {
	there, looked := c.seen.Objects.there[place{w.Rule.Volume, w.Location}]
	return looked && !there
}

// justMoved reports whether a move of the file ended so recently that the
// platform may not show the alias yet.
func (c *comparison) justMoved(entry state.Entry, recorded bool, job platform.Export, carried bool) bool {
	recent := func(t time.Time) bool { return !t.IsZero() && c.seen.Now.Sub(t).Abs() < lag }
	if recorded {
		return !entry.CopyOnly && recent(entry.FinishedOn)
	}
	return carried && recent(job.FinishedOn)
}

func (c *comparison) action(w *resolve.Wanted, kind change.Kind) change.Action {
	key := w.Location
	if v := c.seen.Volumes[w.Rule.Volume]; v.Volume != nil {
		key = v.Key(w.Location)
	}
	return change.Action{
		Kind: kind, Rule: w.Rule.Name, File: w.File, Project: w.Project, Path: w.Path, Size: w.Size,
		Volume: w.Rule.Volume, Location: w.Location, Key: key,
		CopyOnly: w.Rule.CopyOnly, Overwrite: w.Rule.Overwrite, Properties: w.Rule.Properties,
		ModifiedOn: w.Modified,
	}
}

func (c *comparison) act(w *resolve.Wanted, kind change.Kind, job string) {
	a := c.action(w, kind)
	a.ExportID = job
	c.out.Actions = append(c.out.Actions, a)
}

func (c *comparison) block(w *resolve.Wanted, reason change.Reason, message string) {
	c.out.Blocked = append(c.out.Blocked, change.Blocked{
		Reason: reason, Rule: w.Rule.Name, File: w.File, Project: w.Project, Path: w.Path, Size: w.Size,
		Volume: w.Rule.Volume, Location: w.Location, Message: message,
		Tolerated: slices.Contains(w.Rule.Tolerate, reason),
	})
}
