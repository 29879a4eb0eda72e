package view

import (
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
	m.add("**" + entities(Totals(c)) + "**")
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
				to = code(b.Volume + ":" + b.Location)
			}
			return []string{reason, code(orID(b.Path, b.File)), to, prose(b.Message)}
		},
		left:  func(shown int) string { return leftOut(len(blocked)-shown, "file") },
		share: sectionShare,
	})
}

// orID is a file's path, or its ID where there is none.
func orID(path, file string) string {
	if path == "" {
		return file
	}
	return path
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
		for i := range g.kinds {
			rows = append(rows, g.kinds[i].kept...)
		}
		m.table(table{
			heading: htmlCode(g.name) + ": " + Number(n, "file") + ", " + Size(bytes),
			columns: []string{"Action", "File", "To", "Size:"},
			rows:    min(len(rows), maxTableRows),
			row: func(i int) []string {
				a := rows[i]
				key := a.Key
				if key == "" {
					key = a.Location
				}
				return []string{verb(a), code(orID(a.Path, a.File)), code(a.Volume + ":" + key), Size(a.Size)}
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
		return "**replace** (copy)"
	case a.Kind == change.Replace:
		return "**replace** (move)"
	case a.Kind == change.Export:
		return "move"
	}
	return prose(string(a.Kind))
}
