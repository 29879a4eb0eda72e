package view

import (
	"slices"
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

// ruleGroup is what a changeset holds of one rule, or of one project.
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
	return groupChanges(c, c.Rules, func(a *change.Action) string { return a.Rule }, func(b *change.Blocked) string { return b.Rule })
}

// groupByProject parts a changeset by project, in the order of their IDs; there are
// no groups if it is about one project only.
func groupByProject(c *change.Changeset) []*ruleGroup {
	groups := groupChanges(c, nil, func(a *change.Action) string { return a.Project }, func(b *change.Blocked) string { return b.Project })
	groups = slices.DeleteFunc(groups, func(g *ruleGroup) bool { return g.name == "" }) // files that nobody knows
	if len(groups) < 2 {
		return nil
	}
	slices.SortFunc(groups, func(a, b *ruleGroup) int { return strings.Compare(a.name, b.name) })
	return groups
}

// groupChanges parts a changeset by what its actions and blocked files have in
// common, rules or projects.
func groupChanges(c *change.Changeset, rules []change.RuleCount, ofAction func(*change.Action) string, ofBlocked func(*change.Blocked) string) []*ruleGroup {
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
	for _, r := range rules {
		g := group(r.Rule)
		g.shadowed, g.tasks = g.shadowed+r.Shadowed, r.Tasks
	}
	for i := range c.Actions {
		a := &c.Actions[i]
		g := group(ofAction(a))
		if a.Kind != change.Follow && g.settings == nil {
			g.settings = settingsOf(a)
		}
		g.files++
		g.bytes += a.Size
		g.actions[a.Kind] = append(g.actions[a.Kind], a)
	}
	for i := range c.Unchanged {
		group(ofAction(&c.Unchanged[i])).unchanged++
	}
	for i := range c.Blocked {
		group(ofBlocked(&c.Blocked[i])).blocked++
	}
	return groups
}
