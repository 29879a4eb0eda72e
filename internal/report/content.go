package report

import (
	"cmp"
	"fmt"
	"strconv"

	"sbexport/internal/view"
)

// content is what the template shows: what the page says before any script runs.
type content struct {
	Policy    string
	Title     string
	Plan      string
	Lockfile  string
	Endpoint  string
	Tool      string
	Lead      string
	All       bool // every file is where it is wanted
	Rehearsal bool // nothing of it is real
	States    []stateContent
	Facts     []fact
	Notes     []string
	Failures  problems
	Blocked   problems
	Rules     []shareContent
	Volumes   []shareContent
	More      int // rules that are not shown
	MoreVol   int // volumes that are not shown
	Timeless  string
}

// stateContent is one status and what has it.
type stateContent struct {
	Name  string // as the style and script know it
	Title string
	Count
	From, Width string // of its part of the bar, in percent
}

type fact struct{ Name, Value string }

// problems are the causes or reasons, those that are folded away apart.
type problems struct{ First, Rest []problem }

// problem is one cause of failures, or one reason for which files are blocked.
type problem struct {
	Index   int // as the script knows it
	Title   string
	Code    string
	Said    string
	Fix     string
	Count   Count
	Note    string
	Samples []string
	More    int
}

type shareContent struct {
	Name   string
	Files  int
	Bytes  int64
	States []stateContent
	Width  string // of its bar, in percent of the biggest
}

const (
	// maxShares is how many rules and volumes are listed.
	maxShares = 12
	// maxOpen is how many causes or reasons are not folded away.
	maxOpen = 6
)

// titles are the statuses for people.
var titles = [statuses]string{"Completed", "Running", "Pending", "Planned", "Blocked", "Failed"}

// content works out what the template shows.
func (r *Report) content() *content {
	c := &content{
		Title: r.title(), Plan: r.input.Plan, Endpoint: r.endpoint(), Tool: r.input.ToolVersion,
		Lead: r.lead(), All: r.totals.Completed.Files == r.totals.Files && r.totals.Files > 0,
		States: stateBar(&r.totals), Facts: r.facts(), Notes: r.notes,
		Rules: shareRows(r.byRule, "(no rule)"), Volumes: shareRows(r.byVolume, "(no volume)"),
		More: max(len(r.byRule)-maxShares, 0), MoreVol: max(len(r.byVolume)-maxShares, 0),
		Timeless: r.timeless(),
	}
	if r.input.Lockfile != nil {
		c.Lockfile, c.Rehearsal = r.input.Lockfile.Path(), r.input.Lockfile.Rehearsal()
	}
	for i := range r.causes {
		c.Failures.add(r.failureContent(i))
	}
	for i := range r.reasons {
		c.Blocked.add(r.blockedContent(i))
	}
	return c
}

// lead is the one sentence that people come for.
func (r *Report) lead() string {
	t := &r.totals
	switch {
	case t.Files == 0:
		return "Nothing is on record and nothing is planned."
	case t.Completed.Files == t.Files:
		return fmt.Sprintf("All %s, %s, are on their volumes.", view.Number(t.Files, "file"), view.Size(t.Bytes))
	}
	return fmt.Sprintf("%s of %s are on their volumes: %s of %s.", view.Count(t.Completed.Files),
		view.Number(t.Files, "file"), view.Size(t.Completed.Bytes), view.Size(t.Bytes))
}

func (r *Report) facts() []fact {
	facts := []fact{
		{"Files", view.Count(r.totals.Files)},
		{"Bytes", view.Size(r.totals.Bytes)},
		{"Rules", view.Count(len(r.byRule))},
		{"Volumes", view.Count(len(r.byVolume))},
	}
	if from, until := r.span(); from != 0 {
		facts = append(facts, fact{"First submission", stamp(from)}, fact{"Last change", stamp(until)})
	}
	if e := r.input.Events; e != nil && e.requests() > 0 {
		facts = append(facts, fact{"Requests", view.Count(e.requests())})
	}
	return facts
}

// span is when the first file was submitted and the last thing happened, 0 when
// that is not known.
func (r *Report) span() (from, until int64) {
	for i := range r.rows {
		a, b := r.times(&r.rows[i])
		if a == 0 {
			continue
		}
		if from == 0 || a < from {
			from = a
		}
		until = max(until, a, b)
	}
	return from, until
}

// timeless says what the timeline leaves out.
func (r *Report) timeless() string {
	text := ""
	if r.earlier > 0 {
		text = view.Number(r.earlier, "earlier run") + " not shown. "
	}
	if r.untimed > 0 {
		text += view.Number(r.untimed, "file") + " without a time on record: not submitted yet, blocked, or found in place."
	}
	return text
}

// stateBar is the parts of a bar by files.
func stateBar(t *Totals) []stateContent {
	var parts []stateContent
	before := 0
	for s := range statuses {
		c := t.of(s)
		if c.Files == 0 {
			continue
		}
		parts = append(parts, stateContent{
			Name: s.String(), Title: titles[s], Count: *c,
			From: percent(int64(before), int64(t.Files)), Width: percent(int64(c.Files), int64(t.Files)),
		})
		before += c.Files
	}
	return parts
}

func shareRows(all []share, unnamed string) []shareContent {
	biggest := int64(0)
	for i := range all {
		biggest = max(biggest, all[i].Bytes)
	}
	rows := make([]shareContent, min(len(all), maxShares))
	for i := range rows {
		s := &all[i]
		name := view.Safe(s.name)
		if name == "" {
			name = unnamed
		}
		rows[i] = shareContent{
			Name: name, Files: s.Files, Bytes: s.Bytes, States: stateBar(&s.Totals),
			Width: percent(max(s.Bytes, biggest/200), biggest),
		}
	}
	return rows
}

func (p *problems) add(x problem) {
	if len(p.First) < maxOpen {
		p.First = append(p.First, x)
		return
	}
	p.Rest = append(p.Rest, x)
}

// percent is a share of a hundred, as a number for markup.
func percent(part, whole int64) string {
	if whole == 0 {
		return "0"
	}
	return strconv.FormatFloat(100*float64(part)/float64(whole), 'f', 3, 64)
}

func (r *Report) failureContent(i int) problem {
	c := &r.causes[i]
	p := problem{
		Index: i, Title: view.Safe(c.text), Fix: c.fix, Count: Count{c.files, c.bytes},
		Samples: r.samples(c.samples), More: c.files - len(c.samples),
	}
	if c.code != 0 {
		p.Code = strconv.Itoa(c.code)
	}
	if c.said >= 0 {
		p.Said = view.Safe(r.messages[c.said])
	}
	if !c.permanent {
		p.Note = "worth trying again"
	}
	return p
}

func (r *Report) blockedContent(i int) problem {
	x := &r.reasons[i]
	p := problem{
		Index: i, Title: x.title, Code: string(x.word), Count: Count{x.files, x.bytes},
		Samples: r.samples(x.samples), More: x.files - len(x.samples),
	}
	switch x.tolerated {
	case 0:
	case x.files:
		p.Note = "tolerated by the plan"
	default:
		p.Note = view.Count(x.tolerated) + " of them tolerated by the plan"
	}
	// Every blocked file carries its own sentence; the first one serves for all
	// in a summary.
	if len(x.samples) > 0 {
		if m := r.rows[x.samples[0]].message; m >= 0 {
			p.Fix = view.Safe(r.messages[m])
		}
	}
	return p
}

// samples are names of rows.
func (r *Report) samples(rows []int) []string {
	names := make([]string, len(rows))
	for i, at := range rows {
		w := &r.rows[at]
		names[i] = view.Safe(cmp.Or(w.path, w.file))
	}
	return names
}
