package view

import (
	"sbexport/internal/change"
)

// What is shown of a long changeset without ChangesetOptions.Full.
const (
	maxRows   = 20 // of one rule and kind, or of one reason
	maxGroups = 50 // rules with their own heading
)

// ChangesetOptions are what Changeset and ChangesetMarkdown need beside the
// changeset.
type ChangesetOptions struct {
	Plan     string // the plan's file, as the user named it
	Endpoint string // the platform's base URL
	Full     bool   // show every file, and unchanged ones too
}

// Changeset shows what an apply would do, for a person to review: the actions
// grouped by rule, what is blocked and what to do about it, warnings, what
// cannot be undone, and the totals in the last line.
func Changeset(s Stream, c *change.Changeset, o ChangesetOptions) error {
	v := changesetView{printer: newPrinter(s), c: c, full: o.Full, keep: maxRows}
	if o.Full {
		v.keep = -1
	}
	v.heading(o)
	v.rules()
	if o.Full {
		v.unchanged()
	}
	v.blockedFiles(c.Blocked)
	v.warnings()
	v.consequences()
	v.prose(0, v.strong, Totals(c))
	return v.flush("the changeset")
}

// changesetView shows one changeset.
type changesetView struct {
	printer

	c    *change.Changeset
	full bool
	keep int // rows of a group; negative for all
}

func (v *changesetView) heading(o ChangesetOptions) {
	switch {
	case o.Plan == "":
		return
	case o.Endpoint == "":
		v.line(v.strong(Safe(o.Plan)))
	default:
		v.line(v.strong(Safe(o.Plan)), " on ", Safe(o.Endpoint))
	}
	v.line()
}

func (v *changesetView) rules() {
	groups := groupByRule(v.c, v.keep)
	shown, hidden := 0, hiddenRules{}
	for _, g := range groups {
		if shown >= maxGroups && !v.full {
			hidden.add(g)
			continue
		}
		shown++
		v.rule(g)
	}
	if hidden.rules > 0 {
		v.line(v.faint(ellipsis, " and ", hidden.String()))
		v.line()
	}
}

// hiddenRules counts the rules beyond those with their own heading.
type hiddenRules struct {
	rules, files, replaced int
	bytes                  int64
}

func (h *hiddenRules) add(g *ruleGroup) {
	n, bytes := g.actions()
	h.rules++
	h.files += n
	h.bytes += bytes
	h.replaced += g.of(change.Replace)
}

func (h *hiddenRules) String() string {
	text := Number(h.rules, "more rule") + " with " + Number(h.files, "file") + " (" + Size(h.bytes)
	if h.replaced > 0 {
		text += ", " + Count(h.replaced) + " to replace"
	}
	return text + "); --full shows all"
}

// rule shows one rule: its counts, then its actions.
func (v *changesetView) rule(g *ruleGroup) {
	n, bytes := g.actions()
	counts := list(some(g.of(change.Replace), "to replace"), some(g.of(change.Export), "to move"),
		some(g.of(change.Copy), "to copy"), some(g.of(change.Follow), "to follow"),
		some(g.unchanged, "unchanged"), some(g.blocked, "blocked"))
	switch {
	case counts == "":
		counts = "nothing"
	case n > 0:
		counts += "; " + Size(bytes)
	}
	v.prose(0, v.strong, Safe(g.name)+": "+counts)
	if g.shadowed > 0 {
		verb := "match"
		if g.shadowed == 1 {
			verb = "matches"
		}
		v.prose(2, v.faint, Number(g.shadowed, "more file")+" "+verb+", but earlier rules take precedence")
	}
	if len(g.settings) > 0 {
		v.prose(2, v.faint, "with "+settingsText(g.settings))
	}
	rows := v.rowLayout(g)
	for i, kind := range kindOrder {
		v.actions(rows, kind, &g.kinds[i])
	}
	v.line()
}

// actions shows the kept actions of one rule and kind and counts the others.
func (v *changesetView) actions(rows rowLayout, kind change.Kind, k *kindGroup) {
	for _, a := range k.kept {
		v.action(rows, a)
	}
	left, bytes := k.left()
	if left == 0 {
		return
	}
	v.line("  ", v.faint(ellipsis, " and ", Count(left), " more ", toDo(kind), " (", Size(bytes), "); --full shows all"))
}

func toDo(kind change.Kind) string {
	switch kind {
	case change.Replace:
		return "to replace"
	case change.Export:
		return "to move"
	case change.Copy:
		return "to copy"
	case change.Follow:
		return "to follow"
	case change.Unchanged:
	}
	return "unchanged"
}

func (v *changesetView) warnings() {
	for i, w := range v.c.Warnings {
		if i == maxRows && !v.full {
			v.line(v.faint(ellipsis, " and ", Number(len(v.c.Warnings)-i, "more warning"), "; --full shows all"))
			break
		}
		v.prose(0, v.wait, "warning: "+Safe(w))
	}
	if len(v.c.Warnings) > 0 {
		v.line()
	}
}

func (v *changesetView) consequences() {
	q := consequencesOf(v.c)
	sentences := q.sentences()
	for _, s := range sentences {
		color := paint(nil)
		if s.grave {
			color = v.alarm
		}
		v.prose(0, color, s.text)
	}
	if len(sentences) > 0 {
		v.line()
	}
}
