package diff

import (
	"iter"
	"slices"

	"sbexport/internal/change"
	"sbexport/internal/observe"
	"sbexport/internal/platform"
	"sbexport/internal/resolve"
	"sbexport/internal/state"
	"sbexport/plan"
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

// AskFirst asks for what has to be seen before the files are listed: the volumes
// of all rules and of all jobs that are open on record, and the open jobs on them.
// Were the jobs listed after the files, one that ends in between would be seen
// nowhere: its file was still on the platform then, and it is no longer open now.
func AskFirst(rules []*plan.Rule, lock Lockfile) observe.Question {
	var volumes []string
	for _, r := range rules {
		volumes = append(volumes, r.Volume)
	}
	for e := range lock.All() {
		if !e.State.Terminal() {
			volumes = append(volumes, e.Volume)
		}
	}
	return observe.Question{Volumes: volumes, OpenJobs: volumes}
}

// Ask asks for what decides about the wanted files, once their volumes were read,
// and for nothing else.
func Ask(found *resolve.Result, lock Lockfile, seen *observe.Observed, checkVolume bool) observe.Question {
	var q observe.Question
	open := openOnRecord(lock)
	for i := range found.Wanted {
		w := &found.Wanted[i]
		if askFor(&q, w, seen.Volumes[w.Rule.Volume], lock, checkVolume) {
			// The file must not be submitted beside a job of it, wherever that takes it.
			for _, e := range open[w.File] {
				q.Jobs = append(q.Jobs, e.ExportID)
			}
		}
	}
	if !mayReplace(found) {
		return q
	}
	// Two volumes may share a bucket, so all count that other files are known to be on.
	for e := range lock.All() {
		q.Volumes = append(q.Volumes, e.Volume)
	}
	for _, a := range found.Aliases {
		if a.Storage.Volume != "" {
			q.Volumes = append(q.Volumes, a.Storage.Volume)
		}
	}
	return q
}

// mayReplace reports whether objects may be replaced.
func mayReplace(found *resolve.Result) bool {
	return slices.ContainsFunc(found.Wanted, func(w resolve.Wanted) bool { return w.Rule.Overwrite })
}

// askFor asks for what decides about one file, and reports whether the jobs that
// the lockfile has for it as open do.
func askFor(q *observe.Question, w *resolve.Wanted, v observe.Volume, lock Lockfile, checkVolume bool) (jobs bool) {
	entry, known := lock.Get(w.Target())
	done := known && entry.State == platform.Completed && entry.CopyOnly == w.Rule.CopyOnly
	active := v.Volume == nil || !v.Inactive
	object := checkVolume && active // whether to look for an object at the place
	switch {
	case w.Blocked != "":
		return false
	case InPlace(w, v) && !w.Rule.CopyOnly:
		if done {
			break
		}
		// The job that brought it here is worth knowing for the new record, and what
		// is at the other place that the alias also can be read as.
		q.AllJobs = append(q.AllJobs, w.Rule.Volume)
		if told := w.Storage.Location; told != w.Location && v.Volume != nil && active {
			q.Objects = append(q.Objects, platform.Place{Volume: w.Rule.Volume, Location: told})
		}
	case w.Rule.CopyOnly && done:
		jobs = object // it is copied again if the object is gone
	case !w.Storage.Alias() && (w.Public || w.Storage.Archived()):
		return false
	default:
		if w.Rule.CopyOnly { // a job that has ended may show that a copy was made
			q.AllJobs = append(q.AllJobs, w.Rule.Volume)
		}
		if jobs = !w.Storage.Alias(); jobs {
			// A volume that takes nothing blocks the file, and may refuse the look.
			object = (object || w.Rule.Overwrite) && active && !(v.Volume != nil && v.ReadOnly())
		}
	}
	if object {
		q.Objects = append(q.Objects, w.Place())
	}
	return jobs
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
		if !w.Rule.Overwrite || !seen.There(w.Place()) || InPlace(w, seen.Volumes[w.Rule.Volume]) {
			continue
		}
		if o := objectAt(seen, w.Place()); !known[o] {
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
