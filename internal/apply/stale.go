package apply

import (
	"fmt"
	"slices"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/state"
)

// stale says how the world has moved on since a plan was saved, in a sentence for
// each difference. Work of the saved plan itself that is done by now, under way or
// refused for good makes none: an apply that was cut off can be run again.
func (c *Comparison) stale(saved *change.Document, now *change.Changeset) []string {
	if saved.Plan.SHA256 != c.Plan.SHA256 {
		return []string{fmt.Sprintf("%s has been edited", c.Plan.Name)}
	}
	if saved.Endpoint != c.Endpoint {
		return []string{fmt.Sprintf("it was made for %s, and this is %s", saved.Endpoint, c.Endpoint)}
	}
	current := current{actions: byTarget(now.Actions), done: byTarget(now.Unchanged), blocked: map[change.Target]*change.Blocked{}}
	for i := range now.Blocked {
		b := &now.Blocked[i]
		current.blocked[change.Target{File: b.File, Volume: b.Volume, Location: b.Location}] = b
	}
	if c.Lockfile.SHA256() != saved.Lockfile.SHA256 {
		current.since = c.Lockfile
	}
	if moved := elsewhere(saved.Identity.Volumes, now.Identity.Volumes); len(moved) > 0 {
		return moved
	}
	var moved []string
	for i := range saved.Actions {
		a := &saved.Actions[i]
		if why := current.compare(a); why != "" {
			moved = append(moved, fmt.Sprintf("%s: %s", a.Path, why))
		}
	}
	known := byTarget(saved.Actions)
	for i := range now.Actions {
		if a := &now.Actions[i]; known[a.Target()] == nil {
			moved = append(moved, fmt.Sprintf("%s: is wanted at %s now, and was not then", a.Path, a.Place()))
		}
	}
	return moved
}

// elsewhere says which volumes are known to stand for another bucket or prefix than
// they did, or are none of the plan's.
func elsewhere(then, now []change.Destination) (moved []string) {
	for _, t := range then {
		if !slices.ContainsFunc(now, func(n change.Destination) bool { return n.Volume == t.Volume }) {
			moved = append(moved, fmt.Sprintf("volume %s: nothing goes to it now", t.Volume))
		}
		for _, n := range now {
			if n.Volume == t.Volume && n.URL != t.URL && n.URL != "" && t.URL != "" {
				moved = append(moved, fmt.Sprintf("volume %s: is %s now, and was %s", n.Volume, n.URL, t.URL))
			}
		}
	}
	return moved
}

// current is a changeset by target.
type current struct {
	actions, done map[change.Target]*change.Action
	blocked       map[change.Target]*change.Blocked
	since         *state.Lockfile // nil when nothing was recorded since the plan was saved
}

func byTarget(actions []change.Action) map[change.Target]*change.Action {
	all := make(map[change.Target]*change.Action, len(actions))
	for i := range actions {
		all[actions[i].Target()] = &actions[i]
	}
	return all
}

// compare says what has changed about a saved action, or nothing.
func (c current) compare(saved *change.Action) string {
	t := saved.Target()
	if c.done[t] != nil {
		return ""
	}
	if b := c.blocked[t]; b != nil {
		if b.Reason == change.Refused {
			return ""
		}
		return fmt.Sprintf("is blocked by now (%s): %s", b.Reason, b.Message)
	}
	a := c.actions[t]
	if a == nil {
		return fmt.Sprintf("is no longer wanted at %s", saved.Place())
	}
	now := *a
	switch {
	case now.Kind == change.Follow && (saved.Kind != change.Follow || c.submitted(&now)):
		now.Kind, now.ExportID, now.Overwrite = saved.Kind, saved.ExportID, saved.Overwrite
		now.ModeUnknown, now.Again, now.Replaces = saved.ModeUnknown, saved.Again, saved.Replaces
		now.Size, now.ModifiedOn = saved.Size, saved.ModifiedOn // which a job may change
	case saved.Kind == change.Replace && (now.Kind == change.Export || now.Kind == change.Copy):
		// The object is gone, so that there is less to replace than was shown.
		now.Kind, now.Overwrite, now.Replaces = saved.Kind, saved.Overwrite, saved.Replaces
	}
	return difference(saved, &now)
}

// submitted reports whether a job was submitted by a run of this plan since it was
// saved.
func (c current) submitted(follow *change.Action) bool {
	if c.since == nil {
		return false
	}
	e, known := c.since.Get(follow.Target())
	return known && e.ExportID == follow.ExportID
}

// difference says in what two actions for one target differ, or nothing.
func difference(saved, now *change.Action) string {
	switch {
	case saved.Kind != now.Kind:
		return fmt.Sprintf("was to be %q and would be %q now", saved.Kind, now.Kind)
	case saved.Rule != now.Rule:
		return fmt.Sprintf("is selected by the rule %q now", now.Rule)
	case saved.Project != now.Project:
		return fmt.Sprintf("is in the project %s now", now.Project)
	case saved.Size != now.Size:
		return fmt.Sprintf("had %d bytes and has %d now", saved.Size, now.Size)
	case !saved.ModifiedOn.Equal(now.ModifiedOn):
		return fmt.Sprintf("was modified on %s", now.ModifiedOn.Format("2006-01-02 15:04:05"))
	case saved.Path != now.Path:
		return fmt.Sprintf("is called %s now", now.Path)
	case saved.Key != now.Key:
		return fmt.Sprintf("would get the key %s now, because the volume's prefix has changed", now.Key)
	case saved.Replaces.Differs(now.Replaces):
		return fmt.Sprintf("would replace another object at %s than it would have then", now.Place())
	case saved.ExportID != now.ExportID:
		return "is carried by another job now"
	case saved.ModeUnknown != now.ModeUnknown, saved.Again != now.Again:
		return "is carried by a job of which something else is known now"
	case saved.CopyOnly != now.CopyOnly, saved.Overwrite != now.Overwrite,
		!platform.EqualProperties(saved.Properties, now.Properties):
		return "would be exported with other settings now"
	}
	return ""
}

// withinSaved has nothing submitted in place of followed jobs that the saved plan
// does not show: nobody has agreed to more.
func withinSaved(saved *change.Document, now *change.Changeset) {
	shown := byTarget(saved.Actions)
	for i := range now.Actions {
		if a := &now.Actions[i]; a.Again != "" && !allows(shown[a.Target()], a) {
			a.Again = ""
		}
	}
}

// allows reports whether a saved action is at least what a follow would submit.
func allows(saved, follow *change.Action) bool {
	if saved == nil {
		return false
	}
	kind := saved.Kind
	if kind == change.Follow {
		kind = saved.Again
	}
	if follow.Again == change.Replace {
		return kind == change.Replace && !saved.Replaces.Differs(follow.Replaces)
	}
	return kind == follow.Again || kind == change.Replace
}
