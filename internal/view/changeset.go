package view

import (
	"cmp"

	"sbexport/internal/change"
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
	v := changesetView{printer: newPrinter(s, o.Full), c: c}
	v.heading(o)
	v.rules()
	if o.Full {
		v.unchanged()
	}
	v.blockedFiles(c.Blocked)
	v.warnings()
	v.consequences()
	v.prose(0, v.strong, changesetTotals(c))
	return v.flush("the changeset")
}

// changesetView shows one changeset.
type changesetView struct {
	printer

	c *change.Changeset
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
	groups := groupByRule(v.c, v.keep())
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
	var parts []string
	for _, kind := range change.Kinds {
		parts = append(parts, some(g.of(kind), toDo(kind)))
	}
	counts := list(append(parts, some(g.unchanged, "unchanged"), some(g.blocked, "blocked"))...)
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
	layout := v.rowLayout(g)
	for _, kind := range change.Kinds {
		v.actions(layout, kind, g.kinds[kind])
	}
	v.line()
}

// actions shows the kept actions of one rule and kind and counts the others.
func (v *changesetView) actions(l rowLayout, kind change.Kind, k *kindGroup) {
	for _, a := range k.kept {
		v.action(l, a)
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

// arrow stands between a file and the place it goes to.
const arrow = " → "

// rowLayout is how the rows of one rule are laid out. The zero value is for a
// pipe: one line a row, whole, without padding.
type rowLayout struct {
	limit      int  // columns; 0 for no limit
	twoLines   bool // the destination has a line of its own
	path, dest int  // columns of the one-line layout
	size, note int
}

// maxPad is the widest column that is padded; beyond it the rows of a rule are
// so different that padding only spreads them.
const maxPad = 100

// rowLayout finds the layout for the kept rows of a rule: on one line when all
// fit, else on two, so that paths are shortened only when a line of their own
// cannot hold them.
func (v *changesetView) rowLayout(g *ruleGroup) rowLayout {
	if v.columns == 0 || v.full {
		return rowLayout{}
	}
	l := rowLayout{limit: v.columns}
	for _, k := range g.kinds {
		for _, a := range k.kept {
			l.path = max(l.path, width(path(a.Path, a.File)))
			l.dest = max(l.dest, width(destination(a)))
			l.size = max(l.size, width(Size(a.Size)))
			l.note = max(l.note, width(note(a)))
		}
	}
	used := 4 + l.path + len(" > ") + l.dest + 2 + l.size
	if l.note > 0 {
		used += 2 + l.note
	}
	l.twoLines = used > l.limit || l.path > maxPad || l.dest > maxPad
	return l
}

// action shows one action.
func (v *changesetView) action(l rowLayout, a *change.Action) {
	symbol, from, to, size := v.symbol(a.Kind), path(a.Path, a.File), destination(a), Size(a.Size)
	remark := ""
	if n := note(a); n != "" {
		remark = "  " + v.noteColor(a)(n)
	}
	switch {
	case l.limit == 0:
		v.line("  ", symbol, " ", from, arrow, to, "  ", size, remark)
	case l.twoLines:
		room := l.limit - len("  + ") - len("  ") - width(size)
		v.line("  ", symbol, " ", middle(from, room), "  ", v.faint(size))
		v.line("   ", arrow, middle(to, l.limit-len("    > ")))
		if remark != "" {
			v.line("    ", remark)
		}
	default:
		v.line("  ", symbol, " ", pad(from, l.path), arrow, pad(to, l.dest), "  ", padLeft(size, l.size), remark)
	}
}

// symbol is a kind's sign in its colour.
func (v *changesetView) symbol(k change.Kind) string {
	switch k {
	case change.Export, change.Copy:
		return v.add(k.Symbol())
	case change.Replace:
		return v.alarm(k.Symbol())
	case change.Follow:
		return v.wait(k.Symbol())
	case change.Unchanged:
	}
	return k.Symbol()
}

// replacedSize is the size of the object that would be deleted, where it is known.
func replacedSize(a *change.Action) string {
	if a.Replaces == nil || a.Replaces.Size == nil {
		return ""
	}
	return " (" + Size(*a.Replaces.Size) + ")"
}

// note is the remark that an action's row ends with, or nothing.
func note(a *change.Action) string {
	switch {
	case a.Kind == change.Replace && a.CopyOnly:
		return "copies, DELETES the object there" + replacedSize(a)
	case a.Kind == change.Replace:
		return "moves, DELETES the object there" + replacedSize(a)
	case a.Again == change.Replace && a.CopyOnly:
		return "if its job fails: copied, DELETES the object there"
	case a.Again == change.Replace:
		return "if its job fails: moved, DELETES the object there"
	case a.ModeUnknown && a.Again == change.Copy:
		return "not known whether it moves or copies; if its job fails: copied"
	case a.ModeUnknown && a.Again == change.Export:
		return "not known whether it moves or copies; if its job fails: moved"
	case a.ModeUnknown:
		return "not known whether it moves or copies"
	case a.Kind == change.Unchanged && a.Record:
		return "not in the lockfile yet"
	}
	return ""
}

func (v *changesetView) noteColor(a *change.Action) paint {
	if a.Kind == change.Replace || a.Again == change.Replace {
		return v.alarm
	}
	return v.faint
}

// path is what a file is shown as: its path, or its ID where there is none.
func path(path, file string) string { return Safe(cmp.Or(path, file)) }

// place is a place on a volume: the whole key where it is known, else what comes
// after the volume's prefix.
func place(volume, key, location string) string { return volume + ":" + cmp.Or(key, location) }

// destination is where an action puts its object.
func destination(a *change.Action) string { return Safe(place(a.Volume, a.Key, a.Location)) }

// unchanged lists the files that are in place.
func (v *changesetView) unchanged() {
	if len(v.c.Unchanged) == 0 {
		return
	}
	v.line(v.strong("Unchanged"), ": ", Number(len(v.c.Unchanged), "file"))
	for i := range v.c.Unchanged {
		v.action(rowLayout{}, &v.c.Unchanged[i])
	}
	v.line()
}
