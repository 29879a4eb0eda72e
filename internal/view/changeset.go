package view

import (
	"cmp"
	"fmt"
	"strings"
	"time"

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
	p := newPrinter(s, o.Full)
	if who := identity(o.Plan, &c.Identity, o.Endpoint); who != "" {
		p.prose(0, p.strong, who)
		p.line()
	}
	p.rules(c)
	p.projects(groupByProject(c))
	if o.Full {
		p.section("Unchanged", len(c.Unchanged), func(i int) row { return p.action(&c.Unchanged[i]) })
	}
	p.blockedFiles(c.Blocked)
	p.warnings(c.Warnings)
	p.consequences(c)
	p.savings(c)
	p.prose(0, p.strong, changesetTotals(c))
	return p.flush("the changeset")
}

// rules shows the rules, with their own headings as far as there are few.
func (p *printer) rules(c *change.Changeset) {
	groups := groupByRule(c)
	lists := 0
	for _, g := range groups {
		lists += len(g.actions)
	}
	p.most = max(fewRows, min(maxRows, maxAlike/max(lists, 1)))
	defer func() { p.most = maxRows }()
	shown := p.shown(len(groups), maxGroups)
	for _, g := range groups[:shown] {
		p.rule(g)
	}
	if shown == len(groups) {
		return
	}
	files, replaced, bytes := 0, 0, int64(0)
	for _, g := range groups[shown:] {
		files += g.files
		bytes += g.bytes
		replaced += len(g.actions[change.Replace])
	}
	what := list(Size(bytes), some(replaced, "to replace"))
	p.more(0, len(groups)-shown, " rules with "+Number(files, "file")+" ("+what+")"+fullShowsAll)
	p.line()
}

// projects shows what comes to each project.
func (p *printer) projects(groups []*ruleGroup) {
	if len(groups) == 0 {
		return
	}
	p.line(p.strong("By project:"))
	shown := p.shown(len(groups), maxRows)
	for _, g := range groups[:shown] {
		p.prose(2, nil, Safe(g.name)+": "+g.counts())
	}
	p.more(2, len(groups)-shown, " projects"+fullShowsAll)
	p.line()
}

// counts says what the group comes to.
func (g *ruleGroup) counts() string {
	var parts []string
	for _, kind := range change.Kinds {
		parts = append(parts, some(len(g.actions[kind]), toDo(kind)))
	}
	counts := list(append(parts, some(g.unchanged, "unchanged"), some(g.blocked, "blocked"))...)
	switch {
	case counts == "":
		counts = "nothing"
	case g.files > 0:
		counts += "; " + Size(g.bytes)
	}
	return counts
}

// rule shows one rule: its counts, then its actions.
func (p *printer) rule(g *ruleGroup) {
	p.prose(0, p.strong, Safe(g.name)+": "+g.counts())
	if g.tasks != nil && g.tasks.Matched > 0 {
		p.prose(2, p.faint, taskText(g.tasks))
	}
	if g.shadowed > 0 {
		verb := " match"
		if g.shadowed == 1 {
			verb = " matches"
		}
		p.prose(2, p.faint, Number(g.shadowed, "more file")+verb+", but earlier rules take precedence")
	}
	if len(g.settings) > 0 {
		p.prose(2, p.faint, "with "+settingsText(g.settings))
	}
	for _, kind := range change.Kinds {
		actions := g.actions[kind]
		if p.shown(len(actions), p.most) < len(actions) {
			p.folders(actions)
		}
		p.rows(2, len(actions), func(i int) row { return p.action(actions[i]) }, " "+toDo(kind)+fullShowsAll)
	}
	p.line()
}

// maxFolders is how many folders sum a long list up.
const maxFolders = 8

// folders sums a long list up by the folders that the files are in, as deep as few
// enough tell them apart.
func (p *printer) folders(actions []*change.Action) {
	groups := groupBy(actions, folderAt(1))
	for depth := 2; depth <= maxDepth; depth++ {
		deeper := groupBy(actions, folderAt(depth))
		if len(deeper) > maxFolders && len(groups) == 1 {
			p.line("  in ", Number(len(deeper), "folder"), " of ", middle(Safe(groups[0].key), max(p.room(), minWidth)/2))
		}
		if len(deeper) > maxFolders {
			break
		}
		groups = deeper
	}
	if len(groups) < 2 {
		return
	}
	shown, long := min(len(groups), maxFolders), 0
	names := make([]string, shown)
	for i, g := range groups[:shown] {
		names[i] = middle(Safe(g.key), max(p.room(), minWidth)/2)
		long = max(long, width(names[i]))
	}
	for i, g := range groups[:shown] {
		var bytes int64
		for _, a := range g.items {
			bytes += (*a).Size
		}
		p.line("  in ", pad(names[i], long), "  ", Number(len(g.items), "file"), ", ", Size(bytes))
	}
	p.more(2, len(groups)-shown, " folders")
}

// maxDepth bounds how deep folders are told apart.
const maxDepth = 12

// folderAt is the folder of a file, cut to so many levels.
func folderAt(depth int) func(**change.Action) string {
	return func(a **change.Action) string {
		path := (*a).Path
		end := 0
		for range depth {
			i := strings.IndexByte(path[end:], '/')
			if i < 0 {
				break
			}
			end += i + 1
		}
		return cmp.Or(path[:end], "./")
	}
}

// taskText says how many tasks a rule has its files from.
func taskText(t *change.TaskCount) string {
	text := "from " + Number(t.WithOutputs, "task")
	if t.WithOutputs < t.Matched {
		text += fmt.Sprintf("; %d of the %s that match put out nothing that the rule takes", t.Matched-t.WithOutputs, Number(t.Matched, "task"))
	}
	return text
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

func (p *printer) warnings(warnings []string) {
	shown := p.shown(len(warnings), maxRows)
	for _, w := range warnings[:shown] {
		p.prose(0, p.wait, "warning: "+Safe(w))
	}
	p.more(0, len(warnings)-shown, " warnings"+fullShowsAll)
	if len(warnings) > 0 {
		p.line()
	}
}

func (p *printer) consequences(c *change.Changeset) {
	sentences := consequencesOf(c)
	for _, s := range sentences {
		color := paint(nil)
		if s.grave {
			color = p.alarm
		}
		p.prose(0, color, s.text)
	}
	if len(sentences) > 0 {
		p.line()
	}
}

// action is the row of an action.
func (p *printer) action(a *change.Action) row {
	sign := a.Kind.Symbol()
	switch a.Kind {
	case change.Export:
		sign = p.move(sign)
	case change.Copy:
		sign = p.add(sign)
	case change.Replace:
		sign = p.alarm(sign)
	case change.Follow:
		sign = p.wait(sign)
	case change.Unchanged:
	}
	r := row{sign: sign, from: path(a.Path, a.File), to: destination(a), tail: Size(a.Size)}
	r.grave = a.Kind == change.Replace || a.Again == change.Replace
	if n := note(a); n != "" {
		r.tail += "  " + n
	}
	return r
}

// note is what is remarkable about an action, or nothing.
func note(a *change.Action) string {
	moves := "moves"
	if a.CopyOnly || a.Again == change.Copy {
		moves = "copies"
	}
	deletes := moves + ", DELETES the object there" + described(a.Replaces)
	switch {
	case a.Kind == change.Replace:
		return deletes
	case a.Again == change.Replace:
		return "if its job fails: " + deletes
	case a.ModeUnknown && a.Again != "":
		return "not known whether it moves or copies; if its job fails: " + moves
	case a.ModeUnknown:
		return "not known whether it moves or copies"
	case a.Kind == change.Unchanged && a.Record:
		return "not in the lockfile yet"
	}
	return ""
}

// described is what is known of an object, in brackets.
func described(o *change.Object) string {
	if o == nil {
		return ""
	}
	size, date := "", ""
	if o.Size != nil {
		size = Size(*o.Size)
	}
	if !o.ModifiedOn.IsZero() {
		date = "of " + o.ModifiedOn.Format(time.DateOnly)
	}
	if text := strings.TrimSpace(size + " " + date); text != "" {
		return " (" + text + ")"
	}
	return ""
}

// path is what a file is shown as: its path, or its ID where there is none.
func path(path, file string) string { return Safe(cmp.Or(path, file)) }

// destination is where an action puts its object.
func destination(a *change.Action) string { return Safe(a.Place()) }
