package diff

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/observe"
	"sbexport/internal/platform"
	"sbexport/internal/resolve"
	"sbexport/internal/state"
)

// Options change what the comparison says.
type Options struct {
	RetryFailed bool // want files again that failed permanently before
	// Deployment is empty when it is none of the public ones.
	Deployment platform.Deployment
	// Settle is how long lists and aliases are taken to lag at the least.
	Settle time.Duration
}

// Compute makes the changeset for the files that the rules select.
func Compute(found *resolve.Result, seen *observe.Observed, lock Lockfile, o Options) *change.Changeset {
	c := &comparison{seen: seen, lock: lock, options: o, projects: found.Projects, wanted: found.Wanted, out: &change.Changeset{
		Actions: make([]change.Action, 0, len(found.Wanted)),
	}}
	if len(found.Rivals) > 0 {
		c.wanted = slices.Concat(found.Wanted, found.Rivals)
	}
	c.index(found)
	for i := range found.Wanted {
		c.compare(i)
	}
	c.copiesFirst(found)
	c.hints()
	return c.out
}

// comparison is one run of Compute.
type comparison struct {
	seen     *observe.Observed
	lock     Lockfile
	options  Options
	projects map[string]*platform.Project
	wanted   []resolve.Wanted // and after them the rivals, which nothing is done for
	out      *change.Changeset

	buckets  map[string]string           // the bucket of each volume
	keys     []string                    // the object key of each wanted file, by its index
	first    map[object]int32            // the first file that is wanted at an object, by its index
	other    map[object]int32            // another one that is wanted there
	copies   map[string][]platform.Place // where the plan wants copies of a file
	holders  map[object][]holder         // the files whose exports are known to be at an object
	lastJobs map[object]platform.Export  // the last job that has completed at each object
	recorded map[string]change.Target    // what the lockfile has each job for
	moved    map[string][]state.Entry    // the moves of each file that the lockfile has as completed
	open     map[string][]state.Entry    // those with a job that the lockfile has as open, by file
	unmade   map[string]unmadeCopy       // by file: a copy that is wanted and cannot be made

	lagging, broken, maybePublic, maybeArchived, modeUnknown int
}

// object names a thing in a bucket, so that two volumes on one bucket are not
// taken for two places.
type object struct{ bucket, key string }

// objectAt is what there is or would be at a place.
func objectAt(seen *observe.Observed, at platform.Place) object {
	if v := seen.Volumes[at.Volume]; v.Volume != nil {
		return object{v.Bucket(), v.Key(at.Location)}
	}
	return object{"volume " + at.Volume, at.Location}
}

// index gathers what has to be known of all files before any can be judged.
func (c *comparison) index(found *resolve.Result) {
	c.indexWanted()
	c.open = openOnRecord(c.lock)
	c.recorded = map[string]change.Target{}
	c.moved = map[string][]state.Entry{}
	for e := range c.lock.All() {
		if e.ExportID != "" {
			c.recorded[e.ExportID] = e.Target()
		}
		if e.State == platform.Completed && !e.CopyOnly {
			c.moved[e.File] = append(c.moved[e.File], e)
		}
	}
	c.lastJobs = map[object]platform.Export{}
	for _, file := range slices.Sorted(maps.Keys(c.seen.Jobs.ByFile)) {
		for _, job := range c.seen.Jobs.ByFile[file] {
			at := objectAt(c.seen, platform.Place{Volume: job.Volume, Location: job.Location})
			if job.State == platform.Completed && !job.FinishedOn.Before(c.lastJobs[at].FinishedOn) {
				c.lastJobs[at] = job
			}
		}
	}
	c.indexHolders(found)
}

// indexWanted gathers what is wanted where.
func (c *comparison) indexWanted() {
	c.buckets = make(map[string]string, len(c.seen.Volumes))
	for id := range c.seen.Volumes {
		c.buckets[id] = objectAt(c.seen, platform.Place{Volume: id}).bucket
	}
	c.keys = make([]string, len(c.wanted))
	c.first = make(map[object]int32, len(c.wanted))
	c.other = map[object]int32{}
	c.copies = map[string][]platform.Place{}
	c.unmade = map[string]unmadeCopy{}
	for i := range c.wanted {
		w := &c.wanted[i]
		if w.Location == "" {
			continue
		}
		if w.Rule.CopyOnly {
			c.copies[w.File] = append(c.copies[w.File], w.Place())
		}
		c.keys[i] = objectAt(c.seen, w.Place()).key
		at := c.object(i)
		if before, taken := c.first[at]; !taken {
			c.first[at] = int32(i)
		} else if c.wanted[before].File != w.File {
			c.other[at] = int32(i)
		}
	}
}

// object is what a wanted file would become in its bucket.
func (c *comparison) object(i int) object {
	return object{c.buckets[c.wanted[i].Rule.Volume], c.keys[i]}
}

// compare puts one wanted file where it belongs.
func (c *comparison) compare(i int) {
	w := &c.wanted[i]
	if w.Blocked != "" {
		c.block(w, w.Blocked, w.Message)
		return
	}
	f := c.factsOf(w)
	switch {
	case c.inPlace(i, f):
		return
	case f.unfinished():
		c.follow(i, f)
		return
	}
	if reason, message := c.obstacle(i, f); reason != "" {
		c.block(w, reason, message)
		return
	}
	c.act(i, c.kind(w), "")
}

// kind is how a file is exported.
func (c *comparison) kind(w *resolve.Wanted) change.Kind {
	switch {
	case w.Rule.Overwrite && c.seen.There(w.Place()):
		return change.Replace
	case w.Rule.CopyOnly:
		return change.Copy
	}
	return change.Export
}

// inPlace deals with a file that is where it is wanted and as it is wanted, or
// that the platform will show there in a moment.
func (c *comparison) inPlace(i int, f *facts) bool {
	w := &c.wanted[i]
	gone := c.seen.Gone(w.Place())
	switch {
	case w.Rule.CopyOnly && f.here && f.recorded(true):
		c.warn("%s at %s is no copy, as the lockfile has it: the file was moved there and is an alias to that object, which must not be deleted",
			w.Path, c.seen.Show(w.Place()))
		moved := c.action(i, change.Unchanged)
		moved.CopyOnly = false
		c.out.Corrected = append(c.out.Corrected, recorded(moved, f))
		return false
	case !w.Rule.CopyOnly && f.here:
		if gone {
			c.broken++
		}
	case w.Rule.CopyOnly && !f.here && f.copied():
		if gone {
			c.warn("%s was copied to %s before, but the object is no longer there; it will be copied again",
				w.Path, c.seen.Show(w.Place()))
			return false
		}
	case !w.Rule.CopyOnly && w.Storage.Type == platform.OnPlatform && c.justMoved(f):
		c.lagging++
	default:
		return false
	}
	a := c.action(i, change.Unchanged)
	if !f.recorded(w.Rule.CopyOnly) && !gone {
		a = recorded(a, f)
	}
	c.out.Unchanged = append(c.out.Unchanged, a)
	return true
}

// recorded is an action that apply is to record, with the job that it came by.
func recorded(a change.Action, f *facts) change.Action {
	a.Record = true
	if f.job.State == platform.Completed && f.mode == modeOf(a.CopyOnly) {
		a.ExportID, a.FinishedOn = f.job.ID, f.job.FinishedOn
	}
	return a
}

// recent reports whether something ended so recently that the platform may not
// show it yet.
func (c *comparison) recent(ended time.Time) bool {
	return !ended.IsZero() && c.seen.Now.Sub(ended).Abs() < platform.AliasLag
}

// justMoved reports whether a move to the wanted place ended just now: one that
// is on record as completed, or one that is on record as open and whose job has
// completed since. A job alone is no proof: it may have made a copy.
func (c *comparison) justMoved(f *facts) bool {
	return f.recorded(false) && c.recent(f.entry.FinishedOn) ||
		f.onRecord() && f.mode == moves && f.job.State == platform.Completed && c.recent(f.job.FinishedOn)
}

// follow follows a job to its end and, where its mode is not known, until the
// file shows it. What is known of the job counts, and not what the rule says by
// now.
func (c *comparison) follow(i int, f *facts) {
	w := &c.wanted[i]
	c.act(i, change.Follow, f.job.ID)
	a := &c.out.Actions[len(c.out.Actions)-1]
	if f.job.State == platform.Completed {
		a.FinishedOn = f.job.FinishedOn
	}
	same := f.onRecord() && f.entry.Overwrite == w.Rule.Overwrite && platform.EqualProperties(f.entry.Properties, w.Rule.Properties)
	switch {
	case f.mode == unknown:
		a.ModeUnknown = true
		c.modeUnknown++
	case f.mode != modeOf(w.Rule.CopyOnly):
		a.CopyOnly, a.Contrary = !a.CopyOnly, true
		words := map[mode]string{copies: "copied", moves: "moved"}
		c.warn("%s is being %s by a job that was submitted before the rule %q was changed", a.Path, words[f.mode], a.Rule)
		return
	case !same:
		return
	}
	if reason, _ := c.obstacle(i, f); reason == "" {
		a.Again = c.kind(w)
	}
	if a.Again == change.Replace && f.job.State != platform.Completed {
		a.Replaces = replaced(c.seen.Objects[w.Place()].Object)
	}
}

func (c *comparison) action(i int, kind change.Kind) change.Action {
	w := &c.wanted[i]
	a := change.Action{
		Kind: kind, Rule: w.Rule.Name, File: w.File, Project: w.Project, Path: w.Path, Size: w.Size,
		Volume: w.Rule.Volume, Location: w.Location, Key: c.keys[i],
		CopyOnly: w.Rule.CopyOnly, Overwrite: kind == change.Replace, Properties: w.Rule.Properties,
		ModifiedOn: w.Modified,
	}
	if v := c.seen.Volumes[a.Volume]; v.Volume != nil {
		a.Prefix = v.Service.Prefix
	}
	if kind == change.Replace {
		a.Replaces = replaced(c.seen.Objects[w.Place()].Object)
	}
	return a
}

// replaced is what a changeset says of an object that would be replaced.
func replaced(o *platform.Object) *change.Object {
	r := &change.Object{ETag: o.ETag, MD5: o.MD5, Generation: o.Generation, ModifiedOn: o.ModifiedOn}
	if o.Size >= 0 {
		r.Size = &o.Size
	}
	return r
}

func (c *comparison) act(i int, kind change.Kind, job string) {
	a := c.action(i, kind)
	a.ExportID = job
	if old, known := c.lock.Get(c.wanted[i].Target()); known && old.State.Terminal() && old.ExportID != job {
		a.Earlier = old.ExportID
	}
	c.out.Actions = append(c.out.Actions, a)
	if c.wanted[i].MaybePublic {
		c.maybePublic++
	}
	if c.wanted[i].MaybeArchived {
		c.maybeArchived++
	}
}

func (c *comparison) block(w *resolve.Wanted, reason change.Reason, message string) {
	if w.Rule.CopyOnly {
		c.unmade[w.File] = unmadeCopy{w, reason}
	}
	key := ""
	if w.Location != "" {
		key = c.seen.Key(w.Place())
	}
	c.out.Blocked = append(c.out.Blocked, change.Blocked{
		Reason: reason, Rule: w.Rule.Name, File: w.File, Project: w.Project, Path: w.Path, Size: w.Size,
		Volume: w.Rule.Volume, Location: w.Location, Key: key, Message: message,
		Tolerated: slices.Contains(w.Rule.Tolerate, reason),
	})
}

func (c *comparison) warn(format string, args ...any) {
	c.out.Warnings = append(c.out.Warnings, fmt.Sprintf(format, args...))
}

// hints warns of what may go wrong but is not certain enough to block a file;
// the platform's answer decides.
func (c *comparison) hints() {
	for _, hint := range []struct {
		n      int
		format string
	}{
		{c.maybePublic, "%s may be a copy of a public file, going by the metadata; the platform refuses to export those (error 9006)"},
		{c.maybeArchived, "%s may be archived, having no hosting location; the platform refuses to export archived files (error 9006)"},
		{c.lagging, "%s is still shown on the platform although the export has just ended; it counts as done"},
		{c.modeUnknown, "%s is exported by a job of which no record is left, so that nobody knows whether it moves or copies; the lockfile says it once the file has shown it"},
		{c.broken, "%s is an alias to an object that is no longer on the volume; the platform's own copy is gone"},
	} {
		switch {
		case hint.n == 1:
			c.warn(hint.format, "1 file")
		case hint.n > 1:
			c.warn(hint.format, fmt.Sprintf("each of %d files", hint.n))
		}
	}
	wanted := map[string]bool{}
	for i := range c.wanted {
		wanted[c.wanted[i].Rule.Volume] = true
	}
	for _, id := range slices.Sorted(maps.Keys(wanted)) {
		if v := c.seen.Volumes[id]; v.Volume != nil && v.ExportRefused {
			c.warn("volume %s says that export is not enabled on it; the platform may refuse", id)
		}
	}
}
