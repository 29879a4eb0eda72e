package state

import (
	"bytes"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/strictjson"
)

// Entry is one line of the lockfile: what became of one file at one place.
type Entry struct {
	File     string `json:"file" strict:"required"` // the file's ID
	Project  string `json:"project"`                // of the file
	Path     string `json:"path"`                   // inside the project
	Size     int64  `json:"size"`                   // bytes; not negative
	Volume   string `json:"volume" strict:"required"`
	Location string `json:"location" strict:"required"` // relative to the volume's prefix
	CopyOnly bool   `json:"copy_only"`
	// ModeUnknown tells that nobody knows whether the job moves or copies the
	// file, so that CopyOnly says nothing.
	ModeUnknown bool                `json:"mode_unknown,omitempty"`
	Overwrite   bool                `json:"overwrite,omitempty"`
	Properties  platform.Properties `json:"properties,omitempty"`    // shared between entries; not to be changed
	State       platform.State      `json:"state" strict:"required"` // Pending, Running, Completed or Failed
	ExportID    string              `json:"export_id,omitempty"`     // empty when it never became a job, or that is not known
	Rule        string              `json:"rule"`                    // the rule that wanted it
	StartedOn   time.Time           `json:"started_on,omitzero"`     // kept in UTC, to the second
	FinishedOn  time.Time           `json:"finished_on,omitzero"`    // kept in UTC, to the second
	Error       *Failure            `json:"error,omitempty"`         // why it failed; not to be changed

	// unknown is the members that a newer version wrote and this one does not
	// know, as JSON text without the braces. They are written back as they are.
	unknown string
}

// Failure is why an export failed.
type Failure struct {
	Code      int    `json:"code"`             // the platform's own code; 0 when not told
	Status    int    `json:"status,omitempty"` // HTTP status; 0 when not told
	Message   string `json:"message"`
	Permanent bool   `json:"permanent"` // trying again would fail again
}

// Refusal is the failure as the platform's error, nil without a failure.
func (f *Failure) Refusal() *platform.Error {
	if f == nil {
		return nil
	}
	return &platform.Error{Status: f.Status, Code: f.Code, Message: f.Message}
}

// Place is where the file was to go.
func (e Entry) Place() platform.Place { return platform.Place{Volume: e.Volume, Location: e.Location} }

// Target is what the entry is about. A lockfile has at most one entry for it.
func (e Entry) Target() change.Target {
	return change.Target{File: e.File, Volume: e.Volume, Location: e.Location}
}

// copied reports whether a copy was made.
func (e *Entry) copied() bool { return e.State == platform.Completed && e.CopyOnly }

// refusedMove reports whether a move has failed that never became a job.
func (e *Entry) refusedMove() bool {
	return e.State == platform.Failed && e.ExportID == "" && !e.CopyOnly && !e.ModeUnknown
}

// Equal reports whether two entries of lockfiles say the same in everything that
// this version knows.
func (e Entry) Equal(o Entry) bool {
	e.unknown, o.unknown = "", ""
	return reflect.DeepEqual(e, o)
}

// normal is the entry as it will be read back after it was written, so that
// what is in memory and what is on disk never differ.
func (e Entry) normal() Entry {
	for _, s := range []*string{&e.File, &e.Project, &e.Path, &e.Volume, &e.Location, &e.ExportID, &e.Rule} {
		*s = validText(*s)
	}
	e.Size = max(e.Size, 0)
	e.State = recordable(e.State)
	e.StartedOn, e.FinishedOn = whole(e.StartedOn), whole(e.FinishedOn)
	if len(e.Properties) == 0 {
		e.Properties = nil
	}
	if e.Error != nil && !utf8.ValidString(e.Error.Message) {
		failure := *e.Error
		failure.Message = validText(failure.Message)
		e.Error = &failure
	}
	return e
}

// recordable is the one of the four states a lockfile knows that says the same
// as s. A state nobody has heard of counts as open.
func recordable(s platform.State) platform.State {
	switch {
	case s == platform.Pending, s == platform.Completed:
		return s
	case s.Terminal():
		return platform.Failed
	}
	return platform.Running
}

// whole is t in UTC without fractions of a second, or zero where RFC 3339 has
// no way to write it.
func whole(t time.Time) time.Time {
	t = t.UTC().Truncate(time.Second)
	if t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

func validText(s string) string { return strings.ToValidUTF8(s, string(utf8.RuneError)) }

// appendLine appends the entry's text.
func (e *Entry) appendLine(to []byte) ([]byte, error) {
	line, err := strictjson.AppendLine(to, e)
	if err != nil || e.unknown == "" {
		return line, err
	}
	line = append(bytes.TrimSuffix(line, []byte{'}'}), ',')
	line = append(line, e.unknown...)
	return append(line, '}'), nil
}
