package view

import (
	"fmt"
	"io"

	"sbexport/internal/doctor"
)

// Doctor shows what was found: what is in order and what is not, and, with full,
// how the platform behaves where its pages leave it open. Otherwise only those
// facts are shown that exports do not work with.
func Doctor(s Stream, r *doctor.Report, full bool) error {
	p := newPrinter(s, full)
	for _, l := range r.Health {
		p.health(l)
	}
	p.line()
	told := 0
	for _, f := range r.Facts {
		if f.Told {
			told++
		}
		if full || !f.Copes {
			p.fact(f)
		}
	}
	counts := map[doctor.Status]int{}
	for _, l := range r.Health {
		counts[l.Status]++
	}
	text, paint := "All is in order", p.strong
	switch {
	case counts[doctor.Failure] > 0:
		text, paint = "Not ready: "+list(some(counts[doctor.Failure], "failed"), some(counts[doctor.Warning], "in doubt")), p.alarm
	case counts[doctor.Warning] > 0:
		text, paint = "Ready, "+Number(counts[doctor.Warning], "warning"), p.wait
	}
	text += "; " + Number(r.Requests, "request")
	if told > 0 && !full {
		text += fmt.Sprintf("; %s about this platform, shown by --full", Number(told, "fact"))
	}
	p.prose(0, paint, text)
	return p.flush("what was examined")
}

// health shows one line, and what to do about it.
func (p *printer) health(l doctor.Line) {
	sign := p.add("ok     ")
	switch l.Status {
	case doctor.Warning:
		sign = p.wait("warning")
	case doctor.Failure:
		sign = p.alarm("FAILED ")
	case doctor.OK:
	}
	what := l.Name
	if !l.Of.Empty() {
		what += " " + l.Of.String()
	}
	p.prose(0, nil, sign+"  "+Safe(what)+": "+Safe(l.Detail.String()))
	if !l.Remedy.Empty() {
		p.prose(9, p.faint, Safe(l.Remedy.String()))
	}
}

func (p *printer) fact(f doctor.Fact) {
	p.prose(0, p.strong, f.ID+"  "+f.Question)
	p.prose(4, nil, "the pages: "+f.Documented)
	p.prose(4, nil, "here: "+Safe(f.Found.String()))
	if !f.Copes {
		p.prose(4, p.alarm, "sbexport does not work with this")
	}
	p.line()
}

// DoctorJSON writes what was found as one JSON document without any name of the
// user's, fit to be sent with a bug report.
func DoctorJSON(w io.Writer, r *doctor.Report) error {
	type line struct {
		Name   string        `json:"name"`
		Status doctor.Status `json:"status"`
		Detail string        `json:"detail"`
		Remedy string        `json:"remedy,omitempty"`
	}
	type fact struct {
		ID         string  `json:"id"`
		Question   string  `json:"question"`
		Documented string  `json:"documented"`
		Found      string  `json:"found"`
		Quirk      *string `json:"quirk"`
		Copes      bool    `json:"copes"`
	}
	out := struct {
		FormatVersion int    `json:"format_version"`
		Health        []line `json:"health"`
		Facts         []fact `json:"facts"`
		Requests      int    `json:"requests"`
	}{FormatVersion: 1, Health: []line{}, Facts: []fact{}, Requests: r.Requests}
	for _, l := range r.Health {
		out.Health = append(out.Health, line{l.Name, l.Status, l.Detail.Anonymous(), l.Remedy.Anonymous()})
	}
	for _, f := range r.Facts {
		shown := fact{f.ID, f.Question, f.Documented, f.Found.Anonymous(), nil, f.Copes}
		if f.Quirk != "" {
			shown.Quirk = &f.Quirk
		}
		out.Facts = append(out.Facts, shown)
	}
	encoder := newEncoder(w)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(out); err != nil {
		return fmt.Errorf("writing what was examined: %w", err)
	}
	return nil
}
