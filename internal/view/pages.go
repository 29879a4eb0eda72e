package view

import (
	"slices"
	"strings"

	"sbexport/internal/change"
)

// ChangesetMarkdown is what an apply would do as a Markdown page of at most
// 65 536 characters: totals first, then what cannot be undone, a row for each
// rule, what is blocked, warnings, and the files of each rule while there is
// room. Options.Full does not apply.
func ChangesetMarkdown(c *change.Changeset, o ChangesetOptions) string {
	m := &markdown{}
	m.add("## sbexport plan" + of(o))
	m.add(entities(identity("", &c.Identity, "")))
	m.add("**" + entities(changesetTotals(c)) + "**")
	for _, s := range consequencesOf(c) {
		text := entities(s.text)
		if s.grave {
			text = "⚠️ **" + text + "**"
		}
		m.add(text)
	}
	groups := groupByRule(c)
	m.rules("rule", "Rules", groups)
	m.rules("project", "Projects", groupByProject(c))
	m.savings(c)
	m.blocked(c.Blocked)
	m.warnings(c.Warnings)
	for _, g := range groups {
		m.actions(g)
	}
	return m.String()
}

// of names the plan and the platform.
func of(o ChangesetOptions) string {
	text := ""
	if o.Plan != "" {
		text += ": " + code(o.Plan)
	}
	if o.Endpoint != "" {
		text += " on " + code(o.Endpoint)
	}
	return text
}

// rules is a table with a row for each rule, or for each project.
func (m *markdown) rules(noun, heading string, groups []*ruleGroup) {
	columns := []string{strings.ToUpper(noun[:1]) + noun[1:], "Move:", "Copy:", "Replace:", "Follow:", "Unchanged:", "Blocked:", "Size:"}
	if slices.ContainsFunc(groups, func(g *ruleGroup) bool { return len(g.settings) > 0 }) {
		columns = append(columns, "Properties")
	}
	m.table(table{
		heading: heading, columns: columns, rows: len(groups), total: len(groups), noun: noun,
		row: func(i int) []string {
			g := groups[i]
			of := func(kind change.Kind) string { return Count(len(g.actions[kind])) }
			return []string{
				code(g.name), of(change.Export), of(change.Copy), of(change.Replace), of(change.Follow),
				Count(g.unchanged), Count(g.blocked), Size(g.bytes), code(settingsText(g.settings)),
			}[:len(columns)]
		},
	})
}

// blocked is a table of the blocked files, sorted by reason.
func (m *markdown) blocked(blocked []change.Blocked) {
	var rows []hindrance
	total := 0
	for _, g := range byReason(blocked) {
		shown := hindrances(g.items)
		total += len(shown)
		rows = append(rows, shown[:min(len(shown), maxTableRows)]...)
	}
	m.table(table{
		heading: "Blocked: " + Number(len(blocked), "file"), columns: []string{"Reason", "File", "To", "What to do"},
		rows: len(rows), total: total, noun: "row",
		row: func(i int) []string {
			b := rows[i]
			reason := code(string(b.Reason))
			if b.Tolerated {
				reason += " (tolerated)"
			}
			return []string{reason, code(b.from()), code(b.to()), prose(b.Message)}
		},
	})
}

func (m *markdown) warnings(warnings []string) {
	m.table(table{
		heading: Number(len(warnings), "warning"), columns: []string{"Warning"},
		rows: len(warnings), total: len(warnings), noun: "warning",
		row: func(i int) []string { return []string{prose(warnings[i])} },
	})
}

// actions is a table of the files of a rule that has work.
func (m *markdown) actions(g *ruleGroup) {
	var rows []*change.Action
	for _, kind := range change.Kinds {
		rows = append(rows, g.actions[kind]...)
	}
	m.table(table{
		heading: htmlCode(g.name) + ": " + Number(g.files, "file") + ", " + Size(g.bytes),
		columns: []string{"Action", "File", "To", "Size:"},
		rows:    min(len(rows), maxTableRows), total: len(rows), noun: "file", fold: true,
		row: func(i int) []string {
			a := rows[i]
			return []string{verb(a), code(path(a.Path, a.File)), code(destination(a)), Size(a.Size)}
		},
	})
}

// verb is an action in a word or two.
func verb(a *change.Action) string {
	switch a.Kind {
	case change.Replace:
		return "**replace**: " + note(a)
	case change.Export:
		return "move"
	case change.Copy, change.Follow, change.Unchanged:
	}
	return prose(string(a.Kind))
}

// ResultMarkdown is how an apply ended as a Markdown page of at most 65 536
// characters: totals first, then what is left to do, failures by cause, what is
// blocked, a row for each rule, and the files that failed while there is room.
// Options.Full does not apply.
func ResultMarkdown(r *Result, o ChangesetOptions) string {
	m := &markdown{}
	m.add("## sbexport apply" + of(o))
	m.add(entities(identity("", &r.Changeset.Identity, "")))
	m.add("**" + entities(r.Done()) + "**")
	if text := r.pendingSentence(); text != "" {
		m.add(text)
	}
	if r.Lockfile != "" {
		m.add("The results are in " + code(r.Lockfile) + ".")
	}
	causes := byCause(r.Failures)
	m.table(table{
		heading: "Failed, by cause", columns: []string{"Cause", "Files:", "What to do"},
		rows: len(causes), total: len(causes), noun: "cause",
		row: func(i int) []string {
			g := causes[i]
			return []string{prose(g.key.String()), Count(len(g.items)), prose(g.key.Advice)}
		},
	})
	m.blocked(r.Changeset.Blocked)
	m.rules("rule", "Rules, as planned", groupByRule(r.Changeset))
	m.projects(r.Projects)
	m.warnings(r.Changeset.Warnings)
	for _, g := range causes {
		m.failures(g)
	}
	return m.String()
}

// projects is a table with a row for each project.
func (m *markdown) projects(all []ProjectCounts) {
	m.table(table{
		heading: "Projects", columns: []string{"Project", "Completed:", "Failed:", "Pending:", "Size:"}, rows: len(all), total: len(all), noun: "project",
		row: func(i int) []string {
			c := &all[i]
			return []string{code(c.Project), Count(c.Done), Count(c.Failed), Count(c.Pending()), Size(c.DoneBytes)}
		},
	})
}

// failures is a table of the files of a cause.
func (m *markdown) failures(g *group[Cause, FailedFile]) {
	m.table(table{
		heading: prose(g.key.String()) + ": " + Number(len(g.items), "file"), columns: []string{"File", "To", "Message"},
		rows: min(len(g.items), maxTableRows), total: len(g.items), noun: "file", fold: true,
		row: func(i int) []string {
			f := g.items[i]
			return []string{code(path(f.Action.Path, f.Action.File)), code(destination(f.Action)), prose(Said(f.Err))}
		},
	})
}
