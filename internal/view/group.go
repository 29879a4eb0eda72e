package view

import (
	"strings"

	"sbexport/internal/change"
)

// ruleGroup is what a changeset holds of one rule.
type ruleGroup struct {
	name      string
	kinds     map[change.Kind]*kindGroup
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
	for _, k := range g.kinds {
		n += k.count
		bytes += k.bytes
	}
	return n, bytes
}

// of is the number of the rule's actions of a kind.
func (g *ruleGroup) of(kind change.Kind) int { return g.kinds[kind].count }

// groupByRule sorts a changeset by rule, in the plan's order, and keeps the
// first actions of each rule and kind.
func groupByRule(c *change.Changeset, keep int) []*ruleGroup {
	groups := make([]*ruleGroup, 0, len(c.Rules))
	byName := make(map[string]*ruleGroup, len(c.Rules))
	group := func(rule string) *ruleGroup {
		g := byName[rule]
		if g == nil {
			g = &ruleGroup{name: rule, kinds: map[change.Kind]*kindGroup{}}
			for _, kind := range change.Kinds {
				g.kinds[kind] = &kindGroup{}
			}
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
	k := g.kinds[a.Kind]
	if k == nil {
		return
	}
	if a.Kind != change.Follow && g.settings == nil {
		g.settings = settingsOf(a)
	}
	k.count++
	k.bytes += a.Size
	if len(k.kept) < keep {
		k.kept = append(k.kept, a)
	}
}
