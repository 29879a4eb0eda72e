package diff

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/resolve"
	"sbexport/internal/state"
)

// Lockfile is what the comparison needs of the lockfile.
type Lockfile interface {
	// Get is the entry for a target.
	Get(change.Target) (state.Entry, bool)
	// All yields every entry once.
	All() iter.Seq[state.Entry]
}

// Observed is what was seen of the platform beside the files themselves.
type Observed struct {
	Now        time.Time           // on the platform's clock
	Deployment platform.Deployment // empty when it is none of the public ones
	Projects   map[string]*platform.Project
	Volumes    map[string]Volume
	Jobs       Jobs
	Objects    Objects
}

// Volume is one look at a volume: one of Volume and Err is set, or both.
type Volume struct {
	*platform.Volume
	Err *platform.Error // why it may not be read or, where there is a Volume, its jobs may not be listed
}

// Jobs are this user's export jobs, as far as they were looked at.
type Jobs struct {
	byFile map[string][]platform.Export
	// gone are jobs that the lockfile names and that could not be read, with
	// the platform's answer.
	gone map[string]*platform.Error
}

// Add takes a job in; a job that was seen before is replaced, unless it had
// ended by then.
func (j *Jobs) Add(job platform.Export) {
	if j.byFile == nil {
		j.byFile = map[string][]platform.Export{}
	}
	for i, old := range j.byFile[job.File] {
		if old.ID == job.ID {
			if !old.State.Terminal() {
				j.byFile[job.File][i] = job
			}
			return
		}
	}
	j.byFile[job.File] = append(j.byFile[job.File], job)
}

// AddGone records that a job could not be read.
func (j *Jobs) AddGone(id string, why *platform.Error) {
	if j.gone == nil {
		j.gone = map[string]*platform.Error{}
	}
	j.gone[id] = why
}

// Seen reports whether a job with this ID for this file was taken in.
func (j *Jobs) Seen(file, id string) bool {
	for _, job := range j.byFile[file] {
		if job.ID == id {
			return true
		}
	}
	return false
}

// place names a location on a volume.
type place struct{ volume, location string }

func (p place) compare(q place) int {
	return cmp.Or(strings.Compare(p.volume, q.volume), strings.Compare(p.location, q.location))
}

// Objects is what is known of objects on volumes.
type Objects struct {
	at map[place]*platform.Object // where it was looked; nil where there is none
}

// Set records what is at a location of a volume: an object, or nil.
func (o *Objects) Set(volume, location string, object *platform.Object) {
	if o.at == nil {
		o.at = map[place]*platform.Object{}
	}
	o.at[place{volume, location}] = object
}

// there reports whether it was seen that there is an object.
func (o *Objects) there(volume, location string) bool { return o.at[place{volume, location}] != nil }

// InPlace reports whether the file's storage says that it is where it is wanted,
// as far as that alone can tell.
func InPlace(w *resolve.Wanted, v Volume) bool {
	return w.Storage.Alias() && w.Storage.Volume == w.Rule.Volume && w.Location != "" &&
		v.At(w.Storage.Location, w.Location)
}

// target is the target of a wanted file.
func target(w *resolve.Wanted) change.Target {
	return change.Target{File: w.File, Volume: w.Rule.Volume, Location: w.Location}
}

// Volumes are the volumes that the comparison has to know: those that files are
// wanted on and, where a rule may replace objects, all that other files are
// known to be on, for two volumes may share a bucket.
func Volumes(found *resolve.Result, lock Lockfile) []string {
	ids := map[string]bool{}
	replaces := false
	for _, list := range [][]resolve.Wanted{found.Wanted, found.Rivals} {
		for i := range list {
			ids[list[i].Rule.Volume] = true
			replaces = replaces || list[i].Rule.Overwrite
		}
	}
	if replaces {
		for e := range lock.All() {
			ids[e.Volume] = true
		}
		for i := range found.Aliases {
			ids[found.Aliases[i].Storage.Volume] = true
		}
		delete(ids, "") // an alias need not say where it is
	}
	return slices.Sorted(maps.Keys(ids))
}

// Need is what has to be looked at to decide about a wanted file.
type Need struct {
	OpenJobs bool // this user's open jobs on the volume
	AllJobs  bool // and those that have ended
	Object   bool // whether there is an object at the location
	// Settles is another location of which that would be good to know: the one
	// that an alias also can be read as.
	Settles string
}

// Needs says what has to be looked at to decide about a wanted file, so that
// nothing else is asked for.
func Needs(w *resolve.Wanted, v Volume, lock Lockfile, checkVolume bool) Need {
	var n Need
	if w.Blocked != "" {
		return n
	}
	entry, known := lock.Get(target(w))
	done := known && entry.State == platform.Completed && entry.CopyOnly == w.Rule.CopyOnly
	n.Object = checkVolume && (v.Volume == nil || !v.Inactive)
	switch {
	case InPlace(w, v) && !w.Rule.CopyOnly:
		// The job that brought it here is worth knowing only for a new record.
		n.AllJobs = !done
		if told := w.Storage.Location; !done && told != w.Location && v.Volume != nil && !v.Inactive {
			n.Settles = told
		}
		return n
	case w.Rule.CopyOnly && done:
		return n
	case w.Storage.Alias():
		// Only a finished copy job can still show that a copy was made.
		n.AllJobs = w.Rule.CopyOnly
		return n
	case w.Public || w.Storage.Archived():
		n.Object = false
		return n
	}
	n.OpenJobs = true
	n.AllJobs = w.Rule.CopyOnly
	n.Object = n.Object || w.Rule.Overwrite
	if v.Volume != nil && (v.Inactive || v.ReadOnly()) {
		n.Object = false // blocked for that, and the look may be refused for it
	}
	return n
}

// OpenOnRecord are the jobs that the lockfile has as open, by the file that they
// carry, wherever they take it.
func OpenOnRecord(lock Lockfile) map[string][]string {
	open := map[string][]string{}
	for e := range lock.All() {
		if !e.State.Terminal() && e.ExportID != "" {
			open[e.File] = append(open[e.File], e.ExportID)
		}
	}
	return open
}
