package view

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	"sbexport/executor"
	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/plan"
)

// Events writes a run as JSON, one event a line: first Version, then Plan, then
// what happens, and last Summary. Its methods may be called at once from several
// goroutines. The first error of the writer is kept for Err.
type Events struct {
	// Budget tells what is left of the platform's request budget; an event that
	// finds it changed carries it. Nil leaves it out. It is set before the first
	// event.
	Budget func() platform.Budget

	mu   sync.Mutex
	enc  *json.Encoder
	err  error
	told budgetLine // the last that was written
}

// NewEvents writes events to w.
func NewEvents(w io.Writer) *Events { return &Events{enc: newEncoder(w)} }

// Err is the first error of the writer.
func (e *Events) Err() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		return fmt.Errorf("write events: %w", e.err)
	}
	return nil
}

func (e *Events) write(v any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err == nil {
		e.err = e.enc.Encode(v)
	}
}

// Version writes the first event.
func (e *Events) Version(tool string) {
	e.write(struct {
		Type          string `json:"type"`
		ToolVersion   string `json:"tool_version"`
		FormatVersion int    `json:"format_version"`
	}{"version", tool, change.FormatVersion})
}

// Plan writes the summary of what is to be done and what cannot be, and of which
// plan and platform that is.
func (e *Events) Plan(d *change.Document) {
	e.write(struct {
		Type      string        `json:"type"`
		CreatedOn time.Time     `json:"created_on,omitzero"`
		Endpoint  string        `json:"endpoint,omitempty"`
		Plan      change.Digest `json:"plan"`
		change.Summary
		Identity change.Identity  `json:"identity"`
		Hindered []change.Blocked `json:"blocked_files"`
		Warnings []string         `json:"warnings"`
	}{"plan", d.CreatedOn, d.Endpoint, d.Plan, d.Summary, d.Identity, orEmpty(d.Blocked), orEmpty(d.Warnings)})
}

// eventLine is an event of the executor as it is written.
type eventLine struct {
	Type     executor.EventType `json:"type"`
	Time     time.Time          `json:"time,omitzero"`
	Rule     string             `json:"rule,omitempty"`
	File     string             `json:"file,omitempty"`
	Path     string             `json:"path,omitempty"`
	Volume   string             `json:"volume,omitempty"`
	Location string             `json:"location,omitempty"`
	ExportID string             `json:"export_id,omitempty"`
	Size     *int64             `json:"size,omitempty"`
	Error    *errorLine         `json:"error,omitempty"`
	Attempt  int                `json:"attempt,omitempty"`
	Until    time.Time          `json:"until,omitzero"`
	Message  string             `json:"message,omitempty"`
	Budget   *budgetLine        `json:"budget,omitempty"`
}

// budgetLine is what is left of the requests in the platform's current window.
type budgetLine struct {
	Remaining int `json:"remaining"`
	Limit     int `json:"limit"`
}

// budget is what is left of the budget, if it is known and not what was told
// last.
func (e *Events) budget() *budgetLine {
	if e.Budget == nil {
		return nil
	}
	b := e.Budget()
	now := budgetLine{b.Remaining, b.Limit}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !b.Known || now == e.told {
		return nil
	}
	e.told = now
	return &now
}

// errorLine is a refusal by the platform, as it words it and as it is explained.
type errorLine struct {
	Code      int    `json:"code"`
	Message   string `json:"message"`
	Cause     string `json:"cause"`
	Fix       string `json:"fix"`
	Permanent bool   `json:"permanent"`
}

// newErrorLine is the error of an event. A failure has one even when the
// platform did not say why.
func newErrorLine(e executor.Event) *errorLine {
	if e.Err == nil && e.Type != executor.FileFailed {
		return nil
	}
	x := explain(e.Err)
	line := &errorLine{Cause: x.Cause, Fix: x.Fix, Permanent: e.Permanent}
	if e.Err != nil {
		line.Code, line.Message = e.Err.Code, e.Err.Message
	}
	return line
}

// Event writes what happened to a file, or that the run waits; it is an event
// sink for the executor.
func (e *Events) Event(event executor.Event) {
	line := eventLine{
		Type: event.Type, Time: event.Time.UTC(), ExportID: event.ExportID, Error: newErrorLine(event),
		Attempt: event.Attempt, Until: event.Until.UTC(), Message: event.Message,
		Budget: e.budget(),
	}
	if a := event.Action; a != nil {
		line.Rule, line.File, line.Path = a.Rule, a.File, a.Path
		line.Volume, line.Location, line.Size = a.Volume, a.Location, &a.Size
	}
	e.write(line)
}

// Summary writes the last event.
func (e *Events) Summary(r *Result) {
	e.write(struct {
		Type      string  `json:"type"`
		Completed int     `json:"completed"`
		Failed    int     `json:"failed"`
		Blocked   int     `json:"blocked"`
		Unchanged int     `json:"unchanged"`
		Pending   int     `json:"pending"`
		Bytes     int64   `json:"bytes"`
		Requests  int     `json:"requests"`
		Seconds   float64 `json:"seconds"`
		Exit      int     `json:"exit"`
	}{
		"summary", r.Counts.Done, r.Counts.Failed, len(r.Changeset.Blocked), len(r.Changeset.Unchanged),
		r.Counts.Pending(), r.Counts.DoneBytes, r.Requests, math.Round(r.Duration.Seconds()*1000) / 1000, r.Exit,
	})
}

// failureLine is an error, or a problem of a plan, as it is written.
type failureLine struct {
	Type    string `json:"type"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	Exit    int    `json:"exit"`
}

// ErrorJSON writes an error that ends a command as one JSON object on one line.
func ErrorJSON(w io.Writer, f Failure) error {
	return writeFailures(w, []failureLine{{Type: "error", Message: f.Message, Hint: f.Hint, Exit: f.Exit}})
}

// ProblemsJSON writes a plan's problems as JSON, one a line, in the form of
// ErrorJSON with the problem's file, line and column.
func ProblemsJSON(w io.Writer, p *plan.Problems, exit int) error {
	all := make([]failureLine, len(p.List))
	for i, problem := range p.List {
		all[i] = failureLine{
			Type: "error", File: p.Name, Line: problem.Line, Column: problem.Column,
			Message: problem.Message, Hint: problem.Hint, Exit: exit,
		}
	}
	return writeFailures(w, all)
}

func writeFailures(w io.Writer, all []failureLine) error {
	enc := newEncoder(w)
	for i := range all {
		if err := enc.Encode(&all[i]); err != nil {
			return fmt.Errorf("write the error: %w", err)
		}
	}
	return nil
}
