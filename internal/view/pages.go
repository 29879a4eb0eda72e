package view

import (
	"cmp"
	"slices"

	"sbexport/internal/change"
)

// maxTableRows is how many rows of one rule are on a page.
const maxTableRows = 100

// ChangesetMarkdown is what an apply would do as a Markdown page of at most
// 65 536 characters: totals first, then what cannot be undone, a row for each
// rule, what is blocked, warnings, and the files of each rule while there is
// room. Options.Full does not apply.
func ChangesetMarkdown(c *change.Changeset, o ChangesetOptions) string {
	m := &markdown{}
	m.add("## sbexport plan" + of(o))
	m.add("**" + entities(changesetTotals(c)) + "**")
	m.consequences(c)
	m.rules("Rules", groupByRule(c, 0))
	m.blocked(c.Blocked)
	m.warnings(c.Warnings)
	m.files(c)
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

func (m *markdown) consequences(c *change.Changeset) {
	q := consequencesOf(c)
	for _, s := range q.sentences() {
		text := entities(s.text)
		if s.grave {
			text = "⚠️ **" + text + "**"
		}
		m.add(text)
	}
}

// rules is a table with a row for each rule.
func (m *markdown) rules(heading string, groups []*ruleGroup) {
	if len(groups) == 0 {
		return
	}
	columns := []string{"Rule", "Move:", "Copy:", "Replace:", "Follow:", "Unchanged:", "Blocked:", "Size:"}
	if slices.ContainsFunc(groups, func(g *ruleGroup) bool { return len(g.settings) > 0 }) {
		columns = append(columns, "Properties")
	}
	m.table(table{
		heading: heading,
		columns: columns,
		rows:    len(groups),
		row: func(i int) []string {
			g := groups[i]
			_, bytes := g.actions()
			return []string{
				code(g.name), Count(g.of(change.Export)), Count(g.of(change.Copy)), Count(g.of(change.Replace)),
				Count(g.of(change.Follow)), Count(g.unchanged), Count(g.blocked), Size(bytes),
				code(settingsText(g.settings)),
			}[:len(columns)]
		},
		left:  func(shown int) string { return leftOut(len(groups)-shown, "rule") },
		share: sectionShare,
	})
}

// blocked is a table of the blocked files, sorted by reason.
func (m *markdown) blocked(blocked []change.Blocked) {
	if len(blocked) == 0 {
		return
	}
	var rows []*change.Blocked
	for _, g := range groupByReason(blocked, maxTableRows) {
		rows = append(rows, g.kept...)
	}
	m.table(table{
		heading: "Blocked: " + Number(len(blocked), "file"),
		columns: []string{"Reason", "File", "To", "What to do"},
		rows:    len(rows),
		row: func(i int) []string {
			b := rows[i]
			reason, to := code(string(b.Reason)), ""
			if b.Tolerated {
				reason += " (tolerated)"
			}
			if b.Location != "" {
				to = code(place(b.Volume, "", b.Location))
			}
			return []string{reason, code(cmp.Or(b.Path, b.File)), to, prose(b.Message)}
		},
		left:  func(shown int) string { return leftOut(len(blocked)-shown, "file") },
		share: sectionShare,
	})
}

func (m *markdown) warnings(warnings []string) {
	if len(warnings) == 0 {
		return
	}
	m.table(table{
		heading: Number(len(warnings), "warning"),
		columns: []string{"Warning"},
		rows:    len(warnings),
		row:     func(i int) []string { return []string{prose(warnings[i])} },
		left:    func(shown int) string { return leftOut(len(warnings)-shown, "warning") },
		share:   sectionShare,
	})
}

// files is a table of the files of each rule that has work.
func (m *markdown) files(c *change.Changeset) {
	for _, g := range groupByRule(c, maxTableRows) {
		n, bytes := g.actions()
		if n == 0 {
			continue
		}
		if m.skipped > 0 {
			m.skipped++
			continue
		}
		var rows []*change.Action
		for _, kind := range change.Kinds {
			rows = append(rows, g.kinds[kind].kept...)
		}
		m.table(table{
			heading: htmlCode(g.name) + ": " + Number(n, "file") + ", " + Size(bytes),
			columns: []string{"Action", "File", "To", "Size:"},
			rows:    min(len(rows), maxTableRows),
			row: func(i int) []string {
				a := rows[i]
				return []string{verb(a), code(cmp.Or(a.Path, a.File)), code(place(a.Volume, a.Key, a.Location)), Size(a.Size)}
			},
			left: func(shown int) string { return leftOut(n-shown, "file") },
			fold: true,
		})
	}
}

// verb is an action in a word or two.
func verb(a *change.Action) string {
	switch {
	case a.Kind == change.Replace && a.CopyOnly:
		return "**replace** (copy), DELETES the object there" + replacedSize(a)
	case a.Kind == change.Replace:
		return "**replace** (move), DELETES the object there" + replacedSize(a)
	case a.Kind == change.Export:
		return "move"
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
	m.add("**" + entities(r.Done()) + "**")
	if text := r.pendingSentence(); text != "" {
		m.add(text)
	}
	if r.Lockfile != "" {
		m.add("The results are in " + code(r.Lockfile) + ".")
	}
	groups := groupByCause(r.Failures, maxTableRows)
	m.causes(groups)
	m.blocked(r.Changeset.Blocked)
	m.rules("Rules, as planned", groupByRule(r.Changeset, 0))
	m.warnings(r.Changeset.Warnings)
	m.failures(groups)
	return m.String()
}

// causes is a table with a row for each cause of failures.
func (m *markdown) causes(groups []*causeGroup) {
	if len(groups) == 0 {
		return
	}
	m.table(table{
		heading: "Failed, by cause",
		columns: []string{"Cause", "Files:", "What to do"},
		rows:    len(groups),
		row: func(i int) []string {
			g := groups[i]
			return []string{prose(g.name()), Count(g.count), prose(g.advice())}
		},
		left:  func(shown int) string { return leftOut(len(groups)-shown, "cause") },
		share: sectionShare,
	})
}

// failures is a table of the files of each cause.
func (m *markdown) failures(groups []*causeGroup) {
	for _, g := range groups {
		if m.skipped > 0 {
			m.skipped++
			continue
		}
		m.table(table{
			heading: prose(g.name()) + ": " + Number(g.count, "file"),
			columns: []string{"File", "To", "Message"},
			rows:    len(g.kept),
			row: func(i int) []string {
				f := g.kept[i]
				a := f.Action
				return []string{code(cmp.Or(a.Path, a.File)), code(place(a.Volume, "", a.Location)), prose(said(f))}
			},
			left: func(shown int) string { return leftOut(g.count-shown, "file") },
			fold: true,
		})
	}
}
