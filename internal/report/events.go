package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/view"
)

// Events are what applies have told as JSON, one event a line. More than one
// apply may follow each other in a file.
type Events struct {
	submitted map[change.Target]int64 // when a file was last submitted, Unix seconds
	ended     map[change.Target]int64 // when it was last seen completed or failed
	retries   []int64
	waits     []wait
	budget    []budget
	applies   []applied
	last      int64 // the latest time told; 0 when none was
	torn      bool  // the last line was cut off
}

// wait is a time in which a run had nothing to do.
type wait struct {
	From  int64  `json:"from"` // Unix seconds
	Until int64  `json:"until"`
	Why   string `json:"why"`
}

// budget is what was left of the request budget at one time.
type budget struct {
	At        int64 `json:"at"` // Unix seconds
	Remaining int   `json:"remaining"`
	Limit     int   `json:"limit"`
}

// applied is one apply of the events.
type applied struct {
	line     int             // of its first event
	of       change.Document // its origin, and what was blocked; empty when not told
	told     []change.Target // that completed or failed
	planned  bool            // its plan was told
	ended    bool            // it has a summary
	at       int64           // Unix seconds of the last event before its end; 0 when none had a time
	requests int
}

// EventsError says why a file cannot be used as the events of an apply.
type EventsError struct {
	Line int // 1-based; 0 when it is the file as a whole
	Why  string
}

func (e *EventsError) Error() string {
	if e.Line == 0 {
		return "read the events: " + e.Why
	}
	return fmt.Sprintf("read the events: line %d: %s", e.Line, e.Why)
}

// Hint says what to do about the error.
func (e *EventsError) Hint() string {
	return "give what this plan's sbexport apply --json has written to standard output, or leave --events out"
}

// maxEvent is the most bytes of an event, maxPlan of that of the plan, which names
// every blocked file.
const (
	maxEvent = 1 << 20
	maxPlan  = 1 << 28
)

// planEvent is how the event of the plan begins.
const planEvent = `{"type":"plan"`

// splitEvents splits lines. One that is longer than any event of its type is
// noticed as soon as that many bytes were read of it.
func splitEvents(text []byte, atEOF bool) (advance int, line []byte, err error) {
	advance, line, err = bufio.ScanLines(text, atEOF)
	if advance == 0 && len(text) >= maxEvent && !bytes.HasPrefix(text, []byte(planEvent)) {
		return 0, nil, bufio.ErrTooLong
	}
	return advance, line, err
}

// event is what is read of an event; what else there is in it is passed over.
type event struct {
	Type          string    `json:"type"`
	FormatVersion int       `json:"format_version"`
	Time          time.Time `json:"time"`
	Until         time.Time `json:"until"`
	Message       string    `json:"message"`
	File          string    `json:"file"`
	Volume        string    `json:"volume"`
	Location      string    `json:"location"`
	Requests      int       `json:"requests"`

	CreatedOn time.Time        `json:"created_on"`
	Endpoint  string           `json:"endpoint"`
	Plan      change.Digest    `json:"plan"`
	Identity  change.Identity  `json:"identity"`
	Blocked   []change.Blocked `json:"blocked_files"`

	Budget *struct {
		Remaining int `json:"remaining"`
		Limit     int `json:"limit"`
	} `json:"budget"`
}

// ReadEvents reads what "apply --json" has written. Types of event that it does
// not know are passed over, and a last line that was cut off, as by a crash, is
// noted. The error is an *EventsError, or wraps that of r.
func ReadEvents(r io.Reader) (*Events, error) {
	e := &Events{submitted: map[change.Target]int64{}, ended: map[change.Target]int64{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxPlan)
	lines.Split(splitEvents)
	number := 0
	for lines.Scan() {
		if number++; len(lines.Bytes()) == 0 {
			continue
		}
		if e.torn {
			return nil, &EventsError{number - 1, "it is not an event"}
		}
		if why := e.line(number, lines.Bytes()); why != "" {
			return nil, &EventsError{number, why}
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, &EventsError{number + 1, "it is longer than any event"}
	case err != nil:
		return nil, fmt.Errorf("read the events: %w", err)
	case len(e.applies) == 0:
		return nil, &EventsError{Why: "it is empty"}
	}
	return e, nil
}

// line takes in one line, and says why it cannot be one of events.
func (e *Events) line(number int, text []byte) string {
	var v event
	err := json.Unmarshal(text, &v)
	e.torn = err != nil || v.Type == ""
	switch {
	case e.torn && len(e.applies) > 0:
		return "" // unless another line follows
	case e.torn:
		return "it is not an event"
	case len(e.applies) == 0 && v.Type != "version":
		return `it is not the event "version", which comes first`
	case v.Type == "version" && v.FormatVersion > change.FormatVersion:
		return fmt.Sprintf("its format version is %d, and this program reads only up to %d", v.FormatVersion, change.FormatVersion)
	}
	if v.Type == "version" {
		e.applies = append(e.applies, applied{line: number})
	}
	e.take(&v, &e.applies[len(e.applies)-1])
	return ""
}

// take takes in one event of an apply.
func (e *Events) take(v *event, a *applied) {
	at := unix(v.Time)
	target := change.Target{File: v.File, Volume: v.Volume, Location: v.Location}
	switch v.Type {
	case "plan":
		a.planned = true
		a.of = change.Document{CreatedOn: v.CreatedOn, Endpoint: v.Endpoint, Plan: v.Plan, Identity: v.Identity, Blocked: v.Blocked}
		e.last = max(e.last, unix(v.CreatedOn))
	case "summary":
		a.ended, a.at, a.requests = true, e.last, max(v.Requests, 0)
	case "submitted":
		e.submitted[target] = at
	case "completed", "failed":
		e.ended[target] = at
		a.told = append(a.told, target)
	case "retrying":
		if at != 0 {
			e.retries = append(e.retries, at)
		}
	case "waiting":
		if until := unix(v.Until); at != 0 && until > at {
			e.waits = append(e.waits, wait{at, until, v.Message})
		}
	}
	if at == 0 {
		return
	}
	e.last = max(e.last, at)
	if v.Budget != nil && v.Budget.Limit > 0 && v.Budget.Remaining >= 0 {
		e.left(budget{at, v.Budget.Remaining, v.Budget.Limit})
	}
}

// left takes in what was left of the budget. Of what was told within a few
// seconds the lowest stays: no picture could show more.
func (e *Events) left(b budget) {
	const few = 5
	n := len(e.budget)
	if n == 0 || b.At >= e.budget[n-1].At+few {
		e.budget = append(e.budget, b)
		return
	}
	e.budget[n-1].Remaining = min(e.budget[n-1].Remaining, b.Remaining)
}

// newest is what the last apply that got that far said of the plan; empty when
// none did.
func (e *Events) newest() change.Document {
	if e == nil {
		return change.Document{}
	}
	for _, a := range slices.Backward(e.applies) {
		if a.planned {
			return a.of
		}
	}
	return change.Document{}
}

// notes say what a reader of the report should know about the events.
func (e *Events) notes(planSHA string) []string {
	var notes []string
	switch {
	case e.torn:
		notes = append(notes, "The events end in the middle of a line: their apply did not end by itself, or goes on.")
	case !e.applies[len(e.applies)-1].ended:
		notes = append(notes, "The events have no summary at their end: their apply did not end by itself, or goes on.")
	}
	if differ(e.newest().Plan.SHA256, planSHA) {
		notes = append(notes, "The plan has been changed since the events were written: what they say is blocked may be so no more.")
	}
	if n := len(e.retries); n > 0 {
		notes = append(notes, "By the events, files were tried again "+view.Number(n, "time")+".")
	}
	return notes
}

// differ reports whether two texts are known and not the same.
func differ(a, b string) bool { return a != "" && b != "" && a != b }

// requests are all that the applies of the events have sent; 0 when none of them
// has told.
func (e *Events) requests() int {
	n := 0
	for _, a := range e.applies {
		n += a.requests
	}
	return n
}
