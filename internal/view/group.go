package view

import (
	"strings"

	"sbexport/internal/change"
)

// group is what of a list has one thing in common.
type group[K comparable, T any] struct {
	key   K
	items []*T
}

// groupBy parts a list into groups, in the order in which they first come.
func groupBy[K comparable, T any](list []T, key func(*T) K) []*group[K, T] {
	known := map[K]*group[K, T]{}
	var groups []*group[K, T]
	for i := range list {
		k := key(&list[i])
		g := known[k]
		if g == nil {
			g = &group[K, T]{key: k}
			known[k] = g
			groups = append(groups, g)
		}
		g.items = append(g.items, &list[i])
	}
	return groups
}

// ruleGroup is what a changeset holds of one rule.
type ruleGroup struct {
	name      string
	actions   map[change.Kind][]*change.Action
	files     int // of the actions
	bytes     int64
	unchanged int
	blocked   int
	shadowed  int
	tasks     *change.TaskCount
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

// groupByRule parts a changeset by rule, in the plan's order.
func groupByRule(c *change.Changeset) []*ruleGroup {
	var groups []*ruleGroup
	known := map[string]*ruleGroup{}
	group := func(rule string) *ruleGroup {
		g := known[rule]
		if g == nil {
			g = &ruleGroup{name: rule, actions: map[change.Kind][]*change.Action{}}
			known[rule] = g
			groups = append(groups, g)
		}
		return g
	}
	for _, r := range c.Rules {
		g := group(r.Rule)
		g.shadowed, g.tasks = g.shadowed+r.Shadowed, r.Tasks
	}
	for i := range c.Actions {
		a := &c.Actions[i]
		g := group(a.Rule)
		if a.Kind != change.Follow && g.settings == nil {
			g.settings = settingsOf(a)
		}
		g.files++
		g.bytes += a.Size
		g.actions[a.Kind] = append(g.actions[a.Kind], a)
	}
	for i := range c.Unchanged {
		group(c.Unchanged[i].Rule).unchanged++
	}
	for i := range c.Blocked {
		group(c.Blocked[i].Rule).blocked++
	}
	return groups
}
