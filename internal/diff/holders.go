package diff

import (
	"fmt"
	"maps"
	"slices"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/resolve"
)

// holder is a file whose export is known to be at an object.
type holder struct {
	file, path string
	how        string // a clause: what shows it
}

// name names the file for a person.
func (h holder) name() string {
	if h.path == "" {
		return "file " + h.file
	}
	return h.path + " (file " + h.file + ")"
}

// indexHolders gathers whose exports are where. What is not in the lockfile
// matters only to those who would replace something.
func (c *comparison) indexHolders(found *resolve.Result) {
	c.holders = map[object][]holder{}
	replaces := mayReplace(found)
	for e := range c.lock.All() {
		switch {
		case e.State == platform.Completed:
			c.hold(objectAt(c.seen, e.Place()), holder{e.File, e.Path, "going by the lockfile"})
		case replaces && !e.State.Terminal():
			c.hold(objectAt(c.seen, e.Place()), holder{e.File, e.Path, "by a job that the lockfile has as open"})
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
	// Of the jobs that have completed only the last one counts: what it brought may
	// have replaced what the others did.
	for _, file := range slices.Sorted(maps.Keys(c.seen.Jobs.ByFile)) {
		for _, job := range c.seen.Jobs.ByFile[file] {
			at := objectAt(c.seen, platform.Place{Volume: job.Volume, Location: job.Location})
			switch {
			case !job.State.Terminal():
				c.hold(at, holder{file, "", "by export job " + job.ID + ", which is open"})
			case c.lastJobs[at].ID == job.ID:
				c.hold(at, holder{file, "", "by export job " + job.ID})
			}
		}
	}
}

// holdAlias is hold for an alias, in each way in which it can be read.
func (c *comparison) holdAlias(s platform.Storage, h holder) {
	c.hold(objectAt(c.seen, platform.Place{Volume: s.Volume, Location: s.Location}), h)
	if v := c.seen.Volumes[s.Volume]; v.Volume != nil && v.Service.Prefix != "" {
		c.hold(object{v.Bucket(), s.Location}, h)
	}
}

// hold keeps what stands in somebody's way: nearly all exports are only where their
// own file is wanted.
func (c *comparison) hold(at object, h holder) {
	first, wanted := c.first[at]
	if _, contested := c.other[at]; wanted && (contested || c.wanted[first].File != h.file) {
		c.holders[at] = append(c.holders[at], h)
	}
}

// unmadeCopy is a copy that is wanted and will not be made.
type unmadeCopy struct {
	wanted *resolve.Wanted
	reason change.Reason
}

// copiesFirst takes back the moves of files of which a copy is wanted that will
// not be made: after the move there would be nothing left to copy from. That the
// plan tolerates the copy's obstacle changes nothing about that.
func (c *comparison) copiesFirst(found *resolve.Result) {
	for i := range found.Rivals {
		w := &found.Rivals[i]
		entry, known := c.lock.Get(w.Target())
		made := known && entry.State == platform.Completed && entry.CopyOnly
		if _, blocked := c.unmade[w.File]; w.Rule.CopyOnly && !made && !blocked {
			c.unmade[w.File] = unmadeCopy{w, change.Claimed}
		}
	}
	if len(c.unmade) == 0 {
		return
	}
	moves := map[change.Target]*resolve.Wanted{}
	for i := range found.Wanted {
		if w := &found.Wanted[i]; !w.Rule.CopyOnly && c.unmade[w.File].wanted != nil {
			moves[w.Target()] = w
		}
	}
	c.out.Actions = slices.DeleteFunc(c.out.Actions, func(a change.Action) bool {
		w := moves[a.Target()]
		if w == nil || a.Kind == change.Follow {
			return false
		}
		unmade := c.unmade[a.File]
		c.block(w, unmade.reason, unmade.message())
		return true
	})
	for i := range c.out.Actions { // those that are left follow jobs
		if a := &c.out.Actions[i]; moves[a.Target()] != nil {
			a.Again = ""
		}
	}
}

func (u unmadeCopy) message() string {
	to := u.wanted.Rule.Volume
	if u.reason == change.Claimed {
		return fmt.Sprintf("rule %q is to copy it to %s before it is moved, and that rule is left out; apply that rule first", u.wanted.Rule.Name, to)
	}
	return fmt.Sprintf("rule %q is to copy it to %s before it is moved, and cannot (%s); settle that first, or take the file out of that rule",
		u.wanted.Rule.Name, to, u.reason)
}
