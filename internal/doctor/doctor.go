// Package doctor looks whether everything is in order before anything is moved,
// and finds out how this platform behaves where the vendor's pages leave it open
// or contradict each other. It only reads: it sends GETs, and the two POSTs that
// get files and tasks in bulk.
//
// It takes answers as they come, without what the client otherwise forgives:
// how an answer looks is what it is here to see. What it reports can be shown
// with all names, or without any, to be sent with a bug report.
package doctor

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"

	"sbexport/internal/platform"
)

// MaxRequests is how many requests an examination sends at most.
const MaxRequests = 30

// Asker sends one request and returns whatever comes back; err is set only when
// nothing did. A body makes it a POST.
type Asker interface {
	Ask(ctx context.Context, path string, query url.Values, body any) (status int, header http.Header, raw []byte, err error)
}

// Patient is what is to be examined.
type Patient struct {
	Endpoint   string
	Deployment platform.Deployment
	Projects   []string // those of the plan or the command line
	Volumes    []string // the same; the first one visible if there are none
	// Wanted reports whether a project is one to look at where none is named; nil
	// for any.
	Wanted    func(*platform.Project) bool
	Anonymous bool // there is no token, so that only the host can be looked at
}

// Report is what was found.
type Report struct {
	Health   []Line
	Facts    []Fact
	Requests int
}

// Failed reports whether anything stands in the way of exports.
func (r *Report) Failed() bool {
	for _, l := range r.Health {
		if l.Status == Failure {
			return true
		}
	}
	return false
}

// Quirks are the simulator's quirks that make it behave as this platform does.
func (r *Report) Quirks() []string {
	var names []string
	seen := map[string]bool{}
	for _, f := range r.Facts {
		if f.Quirk != "" && !seen[f.Quirk] {
			seen[f.Quirk] = true
			names = append(names, f.Quirk)
		}
	}
	return names
}

// Status is how a thing is.
type Status string

// The states of health.
const (
	OK      Status = "ok"
	Warning Status = "warning" // exports may go wrong
	Failure Status = "failure" // exports will go wrong
)

// Line is one thing that has to be in order.
type Line struct {
	Name   string // what was looked at: "token"
	Of     Text   // which one, where there are several: a project's or a volume's ID
	Status Status
	Detail Text
	Remedy Text // what to do; empty if nothing is to be done
}

// Fact is something that the vendor's pages leave open.
type Fact struct {
	ID         string // of the section or the disagreement in the notes on the API
	Question   string
	Documented string // what the pages say
	Found      Text   // what this platform did, or why that cannot be told
	Told       bool   // this platform showed it
	Quirk      string // the simulator's name for it; empty where it does the same unasked
	Copes      bool   // whether exports work with it
}

// Text is a sentence in which names can be left out.
type Text struct {
	format string
	args   []any
}

// Say makes a text, as fmt.Sprintf does. Names are to be given by Name.
func Say(format string, args ...any) Text { return Text{format, args} }

// Empty reports whether there is nothing to say.
func (t Text) Empty() bool { return t.format == "" }

func (t Text) String() string { return fmt.Sprintf(t.format, t.args...) }

// Anonymous is the text with a kind in brackets for each name.
func (t Text) Anonymous() string {
	args := make([]any, len(t.args))
	for i, arg := range t.args {
		switch arg := arg.(type) {
		case name:
			args[i] = "[" + arg.kind + "]"
		case Text:
			args[i] = arg.Anonymous()
		default:
			args[i] = arg
		}
	}
	return fmt.Sprintf(t.format, args...)
}

// name is what a bug report must not tell.
type name struct{ kind, value string }

func (n name) String() string { return n.value }

// Name makes an argument of Say of something that is the user's own.
func Name(kind, value string) any { return name{kind, value} }

// Examine examines a platform: first its health, then the facts.
func Examine(ctx context.Context, a Asker, p Patient) *Report {
	v := &visit{ctx: ctx, asker: a, patient: p}
	e := v.look()
	report := &Report{Health: v.health(e)}
	if !p.Anonymous {
		report.Facts = findings(e)
	}
	report.Requests = v.sent
	return report
}

// findings answer every question.
func findings(e *evidence) []Fact {
	out := make([]Fact, 0, len(questions))
	for _, q := range questions {
		f := q.ask(e)
		told := !f.found.Empty()
		if !told {
			f.found = Say("cannot be told: %s", cmp.Or(q.needs, "it takes an answer that did not come"))
		}
		out = append(out, Fact{
			ID: q.id, Question: q.question, Documented: q.documented,
			Found: f.found, Told: told, Quirk: f.quirk, Copes: !f.fatal,
		})
	}
	return out
}
