package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	span      [2]int64 // the first and the last time told; 0 when none was
	torn      bool     // the last line was cut off
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

// applied is how one apply of the events ended.
type applied struct {
	at       int64 // Unix seconds of the last event before its end; 0 when none had a time
	requests int
	seconds  float64
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
	return "give a file that holds the standard output of: sbexport apply --json"
}

// The most bytes of the first event, by which a file is known to be one of
// events, and of any other. The event of the plan names every blocked file.
const (
	maxFirst = 1 << 16
	maxEvent = 1 << 30
)

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
	Seconds       float64   `json:"seconds"`
	Budget        *struct {
		Remaining int `json:"remaining"`
		Limit     int `json:"limit"`
	} `json:"budget"`
}

// ReadEvents reads what "apply --json" has written. Types of event that it does
// not know are passed over, and a last line that was cut off, as by a crash, is
// noted. The error is an *EventsError, or wraps that of r.
func ReadEvents(r io.Reader) (*Events, error) {
	e := &Events{submitted: map[change.Target]int64{}, ended: map[change.Target]int64{}}
	lines := bufio.NewReaderSize(r, 1<<16)
	most := maxFirst
	for number := 1; ; number++ {
		line, whole, err := readLine(lines, most)
		most = maxEvent
		if errors.Is(err, io.EOF) {
			if number == 1 {
				return nil, &EventsError{Why: "it is empty"}
			}
			return e, nil
		}
		if errors.Is(err, errLongLine) {
			return nil, &EventsError{Line: number, Why: err.Error()}
		}
		if err != nil {
			return nil, fmt.Errorf("read the events: %w", err)
		}
		if err := e.line(number, line, whole); err != nil {
			return nil, err
		}
	}
}

var errLongLine = errors.New("it is longer than any event")

// readLine reads a line without its end, and reports whether it had one.
func readLine(r *bufio.Reader, most int) (line []byte, whole bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return bytes.TrimRight(line, "\r\n"), true, nil
		case len(line) > most:
			return nil, false, errLongLine
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(line) > 0:
			return line, false, nil
		default:
			return nil, false, err
		}
	}
}

// line takes in one line.
func (e *Events) line(number int, text []byte, whole bool) error {
	if number > 1 && len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	var v event
	if err := json.Unmarshal(text, &v); err != nil || v.Type == "" {
		if !whole && number > 1 {
			e.torn = true
			return nil
		}
		return &EventsError{Line: number, Why: "it is not an event"}
	}
	if number == 1 && v.Type != "version" {
		return &EventsError{Line: number, Why: `it is not the event "version", which comes first`}
	}
	if v.Type == "version" && v.FormatVersion > change.FormatVersion {
		return &EventsError{Line: number, Why: fmt.Sprintf(
			"its format version is %d, and this program reads only up to %d", v.FormatVersion, change.FormatVersion)}
	}
	e.take(&v)
	return nil
}

// take takes in one event.
func (e *Events) take(v *event) {
	at := unix(v.Time)
	target := change.Target{File: v.File, Volume: v.Volume, Location: v.Location}
	switch v.Type {
	case "summary":
		e.applies = append(e.applies, applied{at: e.span[1], requests: max(v.Requests, 0), seconds: max(v.Seconds, 0)})
		return
	case "submitted":
		e.submitted[target] = at
	case "completed", "failed":
		e.ended[target] = at
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
	if e.span[0] == 0 {
		e.span[0] = at
	}
	e.span[0], e.span[1] = min(e.span[0], at), max(e.span[1], at)
	if v.Budget != nil && v.Budget.Limit > 0 && v.Budget.Remaining >= 0 {
		e.budget = append(e.budget, budget{at, v.Budget.Remaining, v.Budget.Limit})
	}
}

// notes say what a reader of the report should know about the events.
func (e *Events) notes() []string {
	var notes []string
	if e.torn {
		notes = append(notes, "The events end in the middle of a line: their apply did not end by itself, or goes on.")
	}
	if n := len(e.retries); n > 0 {
		notes = append(notes, "By the events, files were tried again "+view.Number(n, "time")+".")
	}
	return notes
}

// requests are all that the applies of the events have sent; 0 when none of them
// has told.
func (e *Events) requests() int {
	n := 0
	for _, a := range e.applies {
		n += a.requests
	}
	return n
}
