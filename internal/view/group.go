package view

import (
	"strings"

	"sbexport/internal/change"
)

// kindOrder is the order of kinds inside a rule: what destroys most comes first.
var kindOrder = [...]change.Kind{change.Replace, change.Export, change.Copy, change.Follow}

// ruleGroup is what a changeset holds of one rule.
type ruleGroup struct {
	name      string
	kinds     [len(kindOrder)]kindGroup
	unchanged int
	blocked   int
	shadowed  int
	settings  []setting // of what it submits
}

// settingsText lists storage properties.
func settingsText(settings []setting) string {
	parts := make([]string, len(settings))
	for i, s := range settings {
		parts[i] = s.String()
	}
	return strings.Join(parts, ", ")
}

// kindGroup is the actions of one rule and kind. Only the first are kept.
type kindGroup struct {
	count int
	bytes int64
	kept  []*change.Action
}

// left is the number and bytes of the actions that are not kept.
func (k *kindGroup) left() (int, int64) {
	bytes := k.bytes
	for _, a := range k.kept {
		bytes -= a.Size
	}
	return k.count - len(k.kept), bytes
}

// actions is the number and bytes of the rule's actions.
func (g *ruleGroup) actions() (int, int64) {
	n, bytes := 0, int64(0)
	for i := range g.kinds {
		n += g.kinds[i].count
		bytes += g.kinds[i].bytes
	}
	return n, bytes
}

// of is the number of the rule's actions of a kind.
func (g *ruleGroup) of(kind change.Kind) int {
	for i, k := range kindOrder {
		if k == kind {
			return g.kinds[i].count
		}
	}
	return 0
}

// groupByRule sorts a changeset by rule, in the plan's order, and keeps the
// first actions of each rule and kind, or all when keep is negative.
func groupByRule(c *change.Changeset, keep int) []*ruleGroup {
	groups := make([]*ruleGroup, 0, len(c.Rules))
	byName := make(map[string]*ruleGroup, len(c.Rules))
	group := func(rule string) *ruleGroup {
		g := byName[rule]
		if g == nil {
			g = &ruleGroup{name: rule}
			byName[rule] = g
			groups = append(groups, g)
		}
		return g
	}
	for i := range c.Rules {
		group(c.Rules[i].Rule).shadowed += c.Rules[i].Shadowed
	}
	for i := range c.Actions {
		a := &c.Actions[i]
		group(a.Rule).add(a, keep)
	}
	for i := range c.Unchanged {
		group(c.Unchanged[i].Rule).unchanged++
	}
	for i := range c.Blocked {
		group(c.Blocked[i].Rule).blocked++
	}
	return groups
}

func (g *ruleGroup) add(a *change.Action, keep int) {
	for i, kind := range kindOrder {
		if kind != a.Kind {
			continue
		}
		if a.Kind != change.Follow && g.settings == nil {
			g.settings = settingsOf(a)
		}
		k := &g.kinds[i]
		k.count++
		k.bytes += a.Size
		if keep < 0 || len(k.kept) < keep {
			k.kept = append(k.kept, a)
		}
	}
}

// reasonGroup is the blocked files of one reason. Only the first are kept.
type reasonGroup struct {
	reason    change.Reason
	count     int
	tolerated int
	kept      []*change.Blocked
}

// groupByReason sorts the blocked files by reason, in the order reasons are
// shown in, and keeps the first of each, or all when keep is negative.
func groupByReason(blocked []change.Blocked, keep int) []*reasonGroup {
	byReason := make(map[change.Reason]*reasonGroup)
	order := append([]change.Reason(nil), change.Reasons...)
	for i := range change.Reasons {
		byReason[change.Reasons[i]] = &reasonGroup{reason: change.Reasons[i]}
	}
	for i := range blocked {
		b := &blocked[i]
		g := byReason[b.Reason]
		if g == nil {
			g = &reasonGroup{reason: b.Reason}
			byReason[b.Reason] = g
			order = append(order, b.Reason)
		}
		g.count++
		if b.Tolerated {
			g.tolerated++
		}
		if keep < 0 || len(g.kept) < keep {
			g.kept = append(g.kept, b)
		}
	}
	groups := make([]*reasonGroup, 0, len(order))
	for _, r := range order {
		if byReason[r].count > 0 {
			groups = append(groups, byReason[r])
		}
	}
	return groups
}

// ReasonTitle says in a clause what a reason means for the files that have it;
// it is empty for a reason that nobody knows.
func ReasonTitle(r change.Reason) string { return title(r) }

// title says in a clause what a reason means for the files that have it.
func title(r change.Reason) string {
	switch r {
	case change.Elsewhere:
		return "on a volume already, but not where the plan wants it"
	case change.Public:
		return "a public file of the platform"
	case change.Archived:
		return "archived, to be restored first"
	case change.Folder:
		return "a folder, not a file"
	case change.NotFound:
		return "not found on the platform"
	case change.Forbidden:
		return "not yours to read or to export"
	case change.Collision:
		return "comes out at the same place as another file"
	case change.Claimed:
		return "to be copied, but moved to a volume already"
	case change.Exists:
		return "an object is in its place, and the rule does not overwrite"
	case change.Taken:
		return "the object in its place is another file's export"
	case change.MissingValue:
		return "a placeholder of the location has no value"
	case change.BadLocation:
		return "the location cannot be used"
	case change.VolumeNotFound:
		return "the volume was not found"
	case change.VolumeReadOnly:
		return "the volume is read-only"
	case change.VolumeInactive:
		return "the volume is not active"
	case change.Unsupported:
		return "this platform cannot export to that volume"
	case change.Refused:
		return "failed permanently before"
	}
	return ""
}
