package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"sbexport/internal/view"
)

// The page's template, its style and its script. The script is a bundle of the
// modules in the folder script, which "make script" makes anew.
var (
	//go:embed assets/page.html
	markup string
	//go:embed assets/style.css
	style string
	//go:embed assets/script.js
	script string
)

// page is what the template shows: what the page says before any script runs,
// and the data that its script works on.
type page struct {
	Policy    string
	Style     template.CSS
	Script    template.JS
	Data      *data
	Title     string
	Heading   string
	Who       string // where, by whom and when
	Lockfile  string
	Tool      string
	Lead      string
	Totals    *Totals
	Rehearsal bool // nothing of it is real
	Facts     []fact
	About     []fact
	Notes     []string
	Problems  []problemList
	Rules     shareList
	Volumes   shareList
	Timeless  string
}

type fact struct{ Name, Value string }

// problemList is the problems of one state, those that are folded away apart.
type problemList struct {
	State       status
	Title       string
	First, Rest []*problem
}

// shareList is the shares that are listed, and what is said of the others.
type shareList struct {
	Listed []share
	More   string
}

const (
	// maxShares is how many rules and volumes are listed.
	maxShares = 12
	// maxOpen is how many causes or reasons are not folded away.
	maxOpen = 6
)

// Write writes the page. The same report gives the same bytes.
func (r *Report) Write(w io.Writer) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"size": view.Size, "count": view.Count, "number": view.Number, "safe": view.Safe,
	}).Parse(markup)
	out := bufio.NewWriter(w)
	if err == nil {
		err = t.Execute(out, r.page())
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// page works out what the template shows.
func (r *Report) page() *page {
	rules, volumes := r.shares(func(w *row) string { return w.rule }), r.shares(func(w *row) string { return w.volume })
	heading, names := r.heading(), r.names()
	p := &page{
		Policy: policy(), Style: template.CSS(style), Script: template.JS(script), Data: r.data(), //nolint:gosec // our own
		Title:   strings.Join(append([]string{"Export report: " + heading}, names...), " · "),
		Heading: heading, Who: strings.Join(names, " · "), Tool: r.input.ToolVersion, Rehearsal: r.rehearsal(),
		Lead: r.lead(), Totals: &r.totals, Facts: r.facts(len(rules), len(volumes)), About: r.about(), Notes: r.notes(),
		Problems: []problemList{r.listed(failed, "Failed, by cause"), r.listed(blocked, "Blocked, by reason")},
		Rules:    listed(rules, "more rule"), Volumes: listed(volumes, "more volume"), Timeless: r.timeless(),
	}
	if r.input.Lockfile != nil {
		p.Lockfile = r.input.Lockfile.Path()
	}
	return p
}

// policy allows the page its own style and script and nothing else: it can
// neither load nor send, whatever is in the data.
func policy() string {
	return fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; img-src data:; base-uri 'none'; form-action 'none'",
		source(style), source(script))
}

func source(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// lead is the one sentence that people come for.
func (r *Report) lead() string {
	t := &r.totals
	switch {
	case t.Files == 0:
		return "Nothing is on record and nothing is planned."
	case t.Done():
		return fmt.Sprintf("All %s, %s, are on their volumes.", view.Number(t.Files, "file"), view.Size(t.Bytes))
	}
	return fmt.Sprintf("%s of %s are on their volumes: %s of %s.", view.Count(t.Completed.Files),
		view.Number(t.Files, "file"), view.Size(t.Completed.Bytes), view.Size(t.Bytes))
}

// Done reports whether every file is where it is wanted.
func (t *Totals) Done() bool { return t.Files > 0 && t.Completed.Files == t.Files }

func (r *Report) facts(rules, volumes int) []fact {
	facts := []fact{
		{"Files", view.Count(r.totals.Files)},
		{"Bytes", view.Size(r.totals.Bytes)},
	}
	for m, name := range [...]string{moved: "Moved", copied: "Copied", unknown: "Moved or copied, not known which"} {
		if c := r.modes[m]; c.Files > 0 {
			facts = append(facts, fact{name, view.Number(c.Files, "file") + ", " + view.Size(c.Bytes)})
		}
	}
	facts = append(facts, fact{"Rules", view.Count(rules)}, fact{"Volumes", view.Count(volumes)})
	if from, until := r.span(); from != 0 {
		facts = append(facts, fact{"First submission", stamp(from)}, fact{"Last change", stamp(until)})
	}
	if e := r.input.Events; e != nil && e.requests() > 0 {
		facts = append(facts, fact{"Requests", view.Count(e.requests())})
	}
	return facts
}

// stamp is a time for a person, to the minute.
func stamp(seconds int64) string { return time.Unix(seconds, 0).UTC().Format("2006-01-02 15:04 MST") }

// listed are the problems of one state.
func (r *Report) listed(s status, title string) problemList {
	l := problemList{State: s, Title: title}
	for _, p := range r.problems {
		switch {
		case p.State != s:
		case len(l.First) < maxOpen:
			l.First = append(l.First, p)
		default:
			l.Rest = append(l.Rest, p)
		}
	}
	return l
}

func listed(all []share, noun string) shareList {
	if len(all) <= maxShares {
		return shareList{Listed: all}
	}
	return shareList{all[:maxShares], view.Number(len(all)-maxShares, noun)}
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
