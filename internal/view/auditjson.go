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
		Summary  map[string]int  `json:"summary"`
		Findings []audit.Verdict `json:"findings"`
	}{h, summary, orEmpty(a.Verdicts)})
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

// StandingJSON writes a standing as one JSON document.
func StandingJSON(w io.Writer, h Header, a *audit.Standing, requests int) error {
	open := make([]openLine, len(a.Open))
	for i := range a.Open {
		open[i] = openLine{a.Open[i].Entry, a.Open[i].State, jobSentence(&a.Open[i])}
	}
	failed := make([]failedLine, len(a.Failed))
	permanent := int64(0)
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
	summary := map[string]int64{
		"done": int64(a.Done), "done_bytes": a.DoneBytes, "open": int64(len(a.Open)), "unsettled": int64(len(a.Unsettled)),
		"failed": int64(len(a.Failed)), "failed_permanently": permanent, "drifted": int64(len(a.Drifted)),
		"unreadable": int64(len(a.Unreadable)), "no_longer_planned": int64(len(a.Unplanned)), "not_on_record": int64(a.Unrecorded),
		"not_exported": int64(a.Todo), "not_exported_bytes": a.TodoBytes, "settling": int64(a.Settling), "requests": int64(requests),
	}
	return writeDocument(w, struct {
		Header
		Summary    map[string]int64 `json:"summary"`
		Open       []openLine       `json:"open"`
		Unsettled  []state.Entry    `json:"unsettled"`
		Failed     []failedLine     `json:"failed"`
		Drifted    []audit.Verdict  `json:"drifted"`
		Unreadable []audit.Verdict  `json:"unreadable"`
		Unplanned  []state.Entry    `json:"no_longer_planned"`
	}{h, summary, open, unsettled, failed, orEmpty(a.Drifted), orEmpty(a.Unreadable), orEmpty(a.Unplanned)})
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
