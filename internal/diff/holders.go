package diff

import (
	"maps"
	"slices"

	"sbexport/internal/platform"
	"sbexport/internal/resolve"
)

// holder is a file whose export is known to be at an object.
type holder struct {
	file, path string
	how        string // a clause: what shows it
}

// indexHolders gathers whose exports are where. What is not in the lockfile
// matters only to those who would replace something.
func (c *comparison) indexHolders(found *resolve.Result) {
	c.holders = map[object][]holder{}
	replaces := slices.ContainsFunc(found.Wanted, func(w resolve.Wanted) bool { return w.Rule.Overwrite })
	for e := range c.lock.All() {
		switch {
		case e.State == platform.Completed:
			c.hold(e.Place(), holder{e.File, e.Path, "going by the lockfile"})
		case replaces && !e.State.Terminal():
			c.hold(e.Place(), holder{e.File, e.Path, "by a job that the lockfile has as open"})
		}
	}
	if !replaces {
		return
	}
	for _, a := range found.Aliases {
		c.holdAlias(a.Storage, holder{a.File, a.Name, "which is an alias to it"})
	}
	for i := range c.wanted {
		if w := &c.wanted[i]; w.Storage.Alias() {
			c.holdAlias(w.Storage, holder{w.File, w.Path, "which is an alias to it"})
		}
	}
	c.holdJobs()
}

// holdJobs takes in the jobs that go to a place, and the last one that has
// completed there: what it brought may have replaced what the others did.
func (c *comparison) holdJobs() {
	last := map[platform.Place]platform.Export{}
	for _, file := range slices.Sorted(maps.Keys(c.seen.Jobs.ByFile())) {
		for _, job := range c.seen.Jobs.ByFile()[file] {
			at := platform.Place{Volume: job.Volume, Location: job.Location}
			switch {
			case !job.State.Terminal():
				c.hold(at, holder{file, "", "by export job " + job.ID + ", which is open"})
			case job.State == platform.Completed && !job.FinishedOn.Before(last[at].FinishedOn):
				last[at] = job
			}
		}
	}
	for _, at := range slices.SortedFunc(maps.Keys(last), platform.Place.Compare) {
		c.hold(at, holder{last[at].File, "", "by export job " + last[at].ID})
	}
}

// holdAlias is hold for an alias, in each way in which it can be read.
func (c *comparison) holdAlias(s platform.Storage, h holder) {
	c.hold(platform.Place{Volume: s.Volume, Location: s.Location}, h)
	if v := c.seen.Volumes[s.Volume]; v.Volume != nil && v.Service.Prefix != "" {
		c.holdObject(object{c.buckets[s.Volume], s.Location}, h)
	}
}

func (c *comparison) hold(at platform.Place, h holder) { c.holdObject(objectAt(c.seen, at), h) }

// holdObject keeps what stands in somebody's way: nearly all exports are only
// where their own file is wanted.
func (c *comparison) holdObject(at object, h holder) {
	first, wanted := c.first[at]
	if _, contested := c.other[at]; wanted && (contested || c.wanted[first].File != h.file) {
		c.holders[at] = append(c.holders[at], h)
	}
}

// holder is another file whose export is known to be where this one is wanted.
func (c *comparison) holder(i int) (holder, bool) {
	for _, h := range c.holders[c.object(i)] {
		if h.file != c.wanted[i].File {
			return h, true
		}
	}
	return holder{}, false
}

// name names the file for a person.
func (h holder) name() string {
	if h.path == "" {
		return "file " + h.file
	}
	return h.path + " (file " + h.file + ")"
}
