package view

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
				return []string{code(orID(a.Path, a.File)), code(a.Volume + ":" + a.Location), prose(said(f))}
			},
			left: func(shown int) string { return leftOut(g.count-shown, "file") },
			fold: true,
		})
	}
}
