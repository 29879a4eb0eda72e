package diff

import (
	"fmt"
	"slices"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/resolve"
)

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
		if w := &found.Rivals[i]; w.Rule.CopyOnly && !c.copied(w) {
			if _, known := c.unmade[w.File]; !known {
				c.unmade[w.File] = unmadeCopy{w, change.Claimed}
			}
		}
	}
	if len(c.unmade) == 0 {
		return
	}
	movers := map[change.Target]*resolve.Wanted{}
	for i := range found.Wanted {
		if w := &found.Wanted[i]; !w.Rule.CopyOnly && c.unmade[w.File].wanted != nil {
			movers[target(w)] = w
		}
	}
	for i := range c.out.Actions {
		if a := &c.out.Actions[i]; a.Kind == change.Follow && movers[a.Target()] != nil {
			a.Again = ""
		}
	}
	c.out.Actions = slices.DeleteFunc(c.out.Actions, func(a change.Action) bool {
		w := movers[a.Target()]
		if w == nil || a.Kind == change.Follow {
			return false
		}
		unmade := c.unmade[a.File]
		c.block(w, unmade.reason, unmade.message())
		return true
	})
}

// copied reports whether a copy is on record as made.
func (c *comparison) copied(w *resolve.Wanted) bool {
	entry, known := c.lock.Get(target(w))
	return known && entry.State == platform.Completed && entry.CopyOnly
}

func (u unmadeCopy) message() string {
	to := u.wanted.Rule.Volume
	if u.wanted.Location != "" {
		to += ":" + u.wanted.Location
	}
	if u.reason == change.Claimed {
		return fmt.Sprintf("rule %q is to copy it to %s before it is moved, and that rule is left out; apply that rule first", u.wanted.Rule.Name, to)
	}
	return fmt.Sprintf("rule %q is to copy it to %s before it is moved, and cannot (%s); settle that first, or take the file out of that rule",
		u.wanted.Rule.Name, to, u.reason)
}
