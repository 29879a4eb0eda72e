package diff

import (
	"iter"
	"maps"
	"slices"

	"sbexport/internal/change"
	"sbexport/internal/observe"
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

// InPlace reports whether the file's storage says that it is where it is wanted,
// as far as that alone can tell.
func InPlace(w *resolve.Wanted, v observe.Volume) bool {
	return w.Storage.Alias() && w.Storage.Volume == w.Rule.Volume && w.Location != "" &&
		v.At(w.Storage.Location, w.Location)
}

// wantedAt is the place at which a file is wanted.
func wantedAt(w *resolve.Wanted) platform.Place {
	return platform.Place{Volume: w.Rule.Volume, Location: w.Location}
}

// target is the target of a wanted file.
func target(w *resolve.Wanted) change.Target {
	return change.Target{File: w.File, Volume: w.Rule.Volume, Location: w.Location}
}

// AskVolumes asks for the volumes that the comparison has to know: those that
// files are wanted on and, where a rule may replace objects, all that other files
// are known to be on, for two volumes may share a bucket.
func AskVolumes(found *resolve.Result, lock Lockfile) observe.Question {
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
	return observe.Question{Volumes: slices.Sorted(maps.Keys(ids))}
}

// Ask asks for what decides about the wanted files, once their volumes were read,
// and for nothing else.
func Ask(found *resolve.Result, lock Lockfile, seen *observe.Observed, checkVolume bool) observe.Question {
	var q observe.Question
	open := openOnRecord(lock)
	for i := range found.Wanted {
		w := &found.Wanted[i]
		n := needs(w, seen.Volumes[w.Rule.Volume], lock, checkVolume)
		if n.openJobs {
			q.OpenJobs = append(q.OpenJobs, w.Rule.Volume)
			// Its jobs to other places matter as much: the file must not be
			// submitted beside them.
			for _, e := range open[w.File] {
				q.Jobs = append(q.Jobs, e.ExportID)
			}
		}
		if n.allJobs {
			q.AllJobs = append(q.AllJobs, w.Rule.Volume)
		}
		if n.object {
			q.Objects = append(q.Objects, wantedAt(w))
		}
		if n.settles != "" {
			q.Objects = append(q.Objects, platform.Place{Volume: w.Rule.Volume, Location: n.settles})
		}
	}
	return q
}

// AskOccupants asks whose the objects are that would be replaced and of which the
// lockfile does not say it: the jobs to their bucket, in every state, may.
func AskOccupants(found *resolve.Result, lock Lockfile, seen *observe.Observed) observe.Question {
	known := map[object]bool{}
	for e := range lock.All() {
		if e.State == platform.Completed {
			known[objectAt(seen, e.Place())] = true
		}
	}
	buckets := map[string]bool{}
	for i := range found.Wanted {
		w := &found.Wanted[i]
		if !w.Rule.Overwrite || !seen.There(wantedAt(w)) || InPlace(w, seen.Volumes[w.Rule.Volume]) {
			continue
		}
		if o := objectAt(seen, wantedAt(w)); !known[o] {
			buckets[o.bucket] = true
		}
	}
	var q observe.Question
	for id, v := range seen.Volumes {
		if v.Volume != nil && buckets[v.Bucket()] {
			q.AllJobs = append(q.AllJobs, id)
		}
	}
	return q
}

// need is what has to be looked at to decide about a wanted file.
type need struct {
	openJobs bool // this user's open jobs on the volume
	allJobs  bool // and those that have ended
	object   bool // whether there is an object at the location
	// settles is another location of which that would be good to know: the one
	// that an alias also can be read as.
	settles string
}

func needs(w *resolve.Wanted, v observe.Volume, lock Lockfile, checkVolume bool) need {
	var n need
	if w.Blocked != "" {
		return n
	}
	entry, known := lock.Get(target(w))
	done := known && entry.State == platform.Completed && entry.CopyOnly == w.Rule.CopyOnly
	n.object = checkVolume && (v.Volume == nil || !v.Inactive)
	switch {
	case InPlace(w, v) && !w.Rule.CopyOnly:
		// The job that brought it here is worth knowing only for a new record.
		n.allJobs = !done
		if told := w.Storage.Location; !done && told != w.Location && v.Volume != nil && !v.Inactive {
			n.settles = told
		}
		return n
	case w.Rule.CopyOnly && done:
		n.openJobs = n.object // it is copied again if the object is gone
		return n
	case w.Storage.Alias():
		// Only a finished copy job can still show that a copy was made.
		n.allJobs = w.Rule.CopyOnly
		return n
	case w.Public || w.Storage.Archived():
		n.object = false
		return n
	}
	n.openJobs = true
	n.allJobs = w.Rule.CopyOnly
	n.object = n.object || w.Rule.Overwrite
	if v.Volume != nil && (v.Inactive || v.ReadOnly()) {
		n.object = false // blocked for that, and the look may be refused for it
	}
	return n
}

// openOnRecord are the entries with a job that the lockfile has as open, by the
// file that it carries, wherever it takes it.
func openOnRecord(lock Lockfile) map[string][]state.Entry {
	open := map[string][]state.Entry{}
	for e := range lock.All() {
		if !e.State.Terminal() && e.ExportID != "" {
			open[e.File] = append(open[e.File], e)
		}
	}
	return open
}
