package view

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"sbexport/internal/audit"
	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/state"
)

// Header is what every document of an audit begins with.
type Header struct {
	FormatVersion int           `json:"format_version"`
	ToolVersion   string        `json:"tool_version"`
	CreatedOn     time.Time     `json:"created_on"`
	Endpoint      string        `json:"endpoint"`
	Plan          change.Digest `json:"plan"`
	Lockfile      change.Digest `json:"lockfile"`
}

// placeLine is a place on a volume as it is written.
type placeLine struct {
	Volume   string `json:"volume"`
	Location string `json:"location"`
}

// verdictLine is a verdict as it is written: the entry's own members, and what
// was found.
type verdictLine struct {
	Finding audit.Finding `json:"finding"`
	state.Entry
	Key       string     `json:"key,omitempty"`
	Found     *placeLine `json:"found,omitempty"`
	FoundSize *int64     `json:"found_size,omitempty"`
	Message   string     `json:"message"`
}

func newVerdictLine(v *audit.Verdict) verdictLine {
	line := verdictLine{Finding: v.Finding, Entry: v.Entry, Key: v.Key, Message: v.Message}
	if v.Found != (platform.Place{}) {
		line.Found = &placeLine{v.Found.Volume, v.Found.Location}
	}
	if v.Finding == audit.Changed {
		line.FoundSize = &v.FoundSize
	}
	return line
}

func verdictLines(all []audit.Verdict) []verdictLine {
	lines := make([]verdictLine, len(all))
	for i := range all {
		lines[i] = newVerdictLine(&all[i])
	}
	return lines
}

// VerificationJSON writes a verification as one JSON document.
func VerificationJSON(w io.Writer, h Header, a *audit.Verification, requests int) error {
	summary := map[string]int{
		"checked": a.Checked, string(audit.InOrder): a.InOrder, "drift": a.Drift(),
		"sizes_compared": a.Sized, "settling": a.Settling, "requests": requests,
	}
	for _, f := range audit.Findings {
		summary[string(f)] = a.Count(f)
	}
	return writeDocument(w, struct {
		Header
		Summary  map[string]int `json:"summary"`
		Findings []verdictLine  `json:"findings"`
	}{h, summary, verdictLines(a.Verdicts)})
}

// openLine is an export on record as open, as it is written.
type openLine struct {
	state.Entry
	JobState platform.State `json:"job_state,omitempty"` // empty when the job could not be read
	Message  string         `json:"message"`
}

// failedLine is a failed export as it is written.
type failedLine struct {
	state.Entry
	Cause string `json:"cause"`
	Fix   string `json:"fix"`
}

// statusSummary counts a standing.
type statusSummary struct {
	Done       int   `json:"done"`
	DoneBytes  int64 `json:"done_bytes"`
	Open       int   `json:"open"`
	Unsettled  int   `json:"unsettled"`
	Failed     int   `json:"failed"`
	Permanent  int   `json:"failed_permanently"`
	Drifted    int   `json:"drifted"`
	Unreadable int   `json:"unreadable"`
	Unplanned  int   `json:"no_longer_planned"`
	Unrecorded int   `json:"not_on_record"`
	Todo       int   `json:"not_exported"`
	TodoBytes  int64 `json:"not_exported_bytes"`
	Settling   int   `json:"settling"`
	Requests   int   `json:"requests"`
}

// StandingJSON writes a standing as one JSON document.
func StandingJSON(w io.Writer, h Header, a *audit.Standing, requests int) error {
	open := make([]openLine, len(a.Open))
	for i := range a.Open {
		open[i] = openLine{a.Open[i].Entry, a.Open[i].State, jobSentence(&a.Open[i])}
	}
	failed := make([]failedLine, len(a.Failed))
	permanent := 0
	for i, e := range a.Failed {
		if e.Error != nil && e.Error.Permanent {
			permanent++
		}
		x := explain(e.Error.Refusal())
		failed[i] = failedLine{e, x.Cause, x.Fix}
	}
	unsettled := make([]state.Entry, len(a.Unsettled))
	for i := range a.Unsettled {
		unsettled[i] = a.Unsettled[i].Entry
	}
	return writeDocument(w, struct {
		Header
		Summary    statusSummary `json:"summary"`
		Open       []openLine    `json:"open"`
		Unsettled  []state.Entry `json:"unsettled"`
		Failed     []failedLine  `json:"failed"`
		Drifted    []verdictLine `json:"drifted"`
		Unreadable []verdictLine `json:"unreadable"`
		Unplanned  []state.Entry `json:"no_longer_planned"`
	}{
		h,
		statusSummary{
			a.Done, a.DoneBytes, len(a.Open), len(a.Unsettled), len(a.Failed), permanent, len(a.Drifted),
			len(a.Unreadable), len(a.Unplanned), a.Unrecorded, a.Todo, a.TodoBytes, a.Settling, requests,
		},
		open, unsettled, failed, verdictLines(a.Drifted), verdictLines(a.Unreadable), orEmpty(a.Unplanned),
	})
}

// orEmpty makes a list that is never null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// newEncoder writes JSON, a value a line, without the escapes that only HTML
// needs.
func newEncoder(w io.Writer) *json.Encoder {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc
}

func writeDocument(w io.Writer, document any) error {
	if err := newEncoder(w).Encode(document); err != nil {
		return fmt.Errorf("write the document: %w", err)
	}
	return nil
}
