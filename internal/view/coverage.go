package view

import (
	"fmt"
	"io"
	"strings"

	"sbexport/internal/change"
	"sbexport/internal/coverage"
)

// CoverageOptions are what Coverage and CoverageMarkdown need beside the coverage.
type CoverageOptions struct {
	Plan     string // the plan's file
	Endpoint string // what to call the platform
	Requests int    // API requests that it took
	Full     bool   // show every project and folder

	Unread   []change.Blocked // projects of which nothing is known
	Warnings []string
}

// classNames are the classes as they are shown.
var classNames = map[coverage.Class]string{
	coverage.Exported: "exported", coverage.Open: "open", coverage.Todo: "to do", coverage.Blocked: "blocked",
	coverage.Failed: "failed", coverage.Unselected: "selected by no rule",
}

// CoverageJSON writes the coverage as one JSON document.
func CoverageJSON(w io.Writer, projects []coverage.Project) error {
	return writeDocument(w, struct {
		FormatVersion int                `json:"format_version"`
		Projects      []coverage.Project `json:"projects"`
	}{change.FormatVersion, orEmpty(projects)})
}

// Coverage shows what a plan makes of the files of each project, where those are
// that no rule selects, and the totals in the last line. Projects that are exported
// whole are only counted, where there are others.
func Coverage(s Stream, projects []coverage.Project, o CoverageOptions) error {
	p := newPrinter(s, o.Full)
	p.line(p.strong(Safe(o.Plan)), " on ", Safe(o.Endpoint))
	p.line()
	var whole, rest []coverage.Project
	for _, project := range projects {
		if project.Files() == project.Classes[coverage.Exported] && len(projects) > 1 && !o.Full {
			whole = append(whole, project)
		} else {
			rest = append(rest, project)
		}
	}
	p.most = max(fewRows, min(maxRows, maxAlike/max(len(rest), 1)))
	shown := p.shown(len(rest), maxGroups)
	for i := range rest[:shown] {
		p.covered(&rest[i])
	}
	if left := coverage.Sum(rest[shown:]); shown < len(rest) {
		p.more(0, len(rest)-shown, " projects with "+share(left.Files())+", of which no rule selects "+share(left.Classes[coverage.Unselected])+fullShowsAll)
		p.line()
	}
	if len(whole) > 0 {
		sum := coverage.Sum(whole)
		p.prose(0, nil, fmt.Sprintf("%s exported whole: %s.", Number(len(whole), "more project"), share(sum.Files())))
		p.line()
	}
	if n := len(o.Unread); n > 0 {
		p.line(p.strong("Not read"), ": ", Number(n, "project"))
		p.rows(2, n, func(i int) row {
			return row{sign: p.bad("x"), from: Safe(o.Unread[i].Project), said: Safe(o.Unread[i].Message)}
		}, fullShowsAll)
		p.line()
	}
	p.warnings(o.Warnings)
	sum := coverage.Sum(projects)
	if text := stakes(&sum); text != "" {
		p.prose(0, p.alarm, text)
		p.line()
	}
	p.prose(0, p.strong, coverageTotals(&sum, o.Requests))
	return p.flush("the coverage")
}

// share is a number of files and their size.
func share(s coverage.Share) string { return Number(s.Files, "file") + " (" + Size(s.Bytes) + ")" }

// covered shows a project: its classes, and where the files are that no rule selects.
func (p *printer) covered(project *coverage.Project) {
	all := project.Files()
	p.prose(0, p.strong, Safe(project.ID)+": "+Number(all.Files, "file")+", "+Size(all.Bytes))
	counts := map[coverage.Class]string{}
	names, numbers := 0, 0
	for class, s := range project.Classes {
		if s.Files > 0 {
			counts[class] = Count(s.Files)
			names, numbers = max(names, width(classNames[class])), max(numbers, width(counts[class]))
		}
	}
	for _, class := range coverage.Classes {
		if text := counts[class]; text != "" {
			p.line("  ", pad(classNames[class], names), "  ", pad("", numbers-width(text)), text, "  ", p.faint(Size(project.Classes[class].Bytes)))
		}
	}
	for _, part := range partsOf(project) {
		p.prose(4, nil, part)
	}
	p.rows(4, len(project.Rest), func(i int) row {
		r := &project.Rest[i]
		return row{sign: p.wait("-"), from: Safe(restName(r)), tail: Number(r.Files, "file") + ", " + Size(r.Bytes)}
	}, " folders"+fullShowsAll)
	p.line()
}

// partsOf says what of the files that no rule selects need not be kept, perhaps.
func partsOf(project *coverage.Project) (list []string) {
	if s := project.OfFailed; s.Files > 0 {
		list = append(list, share(s)+" of tasks that failed or were aborted")
	}
	if s := project.Intermediate; s.Files > 0 {
		list = append(list, share(s)+" of completed tasks that are not among their outputs")
	}
	return list
}

// restName is a folder as a pattern, if it is about all that is in it.
func restName(r *coverage.Rest) string {
	switch {
	case r.Whole && r.Path == "":
		return "**"
	case r.Whole:
		return r.Path + "/**"
	case r.Path == "":
		return "./"
	}
	return r.Path + "/"
}

// stakes says what would be lost with the projects, or nothing.
func stakes(sum *coverage.Project) string {
	const said = " neither exported nor on a volume: deleting "
	switch sum.OnPlatform.Files {
	case 0:
		return ""
	case 1:
		return share(sum.OnPlatform) + said + "its project deletes it."
	}
	return share(sum.OnPlatform) + said + "their projects deletes them."
}

// coverageTotals is the one line that sums a coverage up.
func coverageTotals(sum *coverage.Project, requests int) string {
	text := ""
	for _, class := range coverage.Classes {
		s := sum.Classes[class]
		if class == coverage.Exported || class == coverage.Unselected || s.Files > 0 {
			text = list(text, Count(s.Files)+" "+classNames[class])
		}
	}
	all := sum.Files()
	return fmt.Sprintf("Coverage of %s: %s; %s of %s exported; %s", Number(all.Files, "file"), text,
		Size(sum.Classes[coverage.Exported].Bytes), Size(all.Bytes), Number(requests, "request"))
}

// CoverageMarkdown is the coverage as a Markdown page of at most 65 536 characters:
// totals first, then a row for each project, and the folders in which the files are
// that no rule selects. Options.Full does not apply.
func CoverageMarkdown(projects []coverage.Project, o CoverageOptions) string {
	m := &markdown{}
	m.add("## sbexport coverage" + of(ChangesetOptions{Plan: o.Plan, Endpoint: o.Endpoint}))
	sum := coverage.Sum(projects)
	m.add("**" + entities(coverageTotals(&sum, o.Requests)) + "**")
	if text := stakes(&sum); text != "" {
		m.add("⚠️ **" + entities(text) + "**")
	}
	m.table(table{
		heading: "Not read: " + Number(len(o.Unread), "project"), columns: []string{"Project", "What to do"},
		rows: min(len(o.Unread), maxTableRows), total: len(o.Unread), noun: "project",
		row: func(i int) []string { return []string{code(o.Unread[i].Project), prose(o.Unread[i].Message)} },
	})
	m.warnings(o.Warnings)
	columns := []string{"Project"}
	for _, class := range coverage.Classes {
		columns = append(columns, classNames[class]+":")
	}
	m.table(table{
		heading: "Files by project", columns: append(columns, "Size:", "of that exported:"), rows: len(projects), total: len(projects), noun: "project",
		row: func(i int) []string {
			cells := []string{code(projects[i].ID)}
			for _, class := range coverage.Classes {
				cells = append(cells, Count(projects[i].Classes[class].Files))
			}
			return append(cells, Size(projects[i].Files().Bytes), Size(projects[i].Classes[coverage.Exported].Bytes))
		},
	})
	for i := range projects {
		project := &projects[i]
		m.table(table{
			heading: "Selected by no rule in " + code(project.ID) + ": " + share(project.Classes[coverage.Unselected]) +
				strings.Join(append([]string{""}, partsOf(project)...), "; "),
			columns: []string{"Folder", "Files:", "Size:"},
			rows:    min(len(project.Rest), maxTableRows), total: len(project.Rest), noun: "folder",
			row: func(i int) []string {
				r := &project.Rest[i]
				return []string{code(restName(r)), Count(r.Files), Size(r.Bytes)}
			},
		})
	}
	return m.String()
}
