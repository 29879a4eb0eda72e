package view

import (
	"sbexport/internal/change"
)

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
	for i := range g.kinds {
		for _, a := range g.kinds[i].kept {
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

// note is the remark that an action's row ends with, or nothing.
func note(a *change.Action) string {
	switch {
	case a.Kind == change.Replace && a.CopyOnly:
		return "copies, DELETES the object there"
	case a.Kind == change.Replace:
		return "moves, DELETES the object there"
	case a.Again == change.Replace:
		return "DELETES the object there if it has to be submitted again"
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
func path(path, file string) string {
	if path == "" {
		return Safe(file)
	}
	return Safe(path)
}

// destination is where an action puts its object: the volume and the whole key.
func destination(a *change.Action) string {
	key := a.Key
	if key == "" {
		key = a.Location
	}
	return Safe(a.Volume) + ":" + Safe(key)
}

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
