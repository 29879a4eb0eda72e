package change

import (
	"bufio"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"

	"sbexport/internal/strictjson"
)

// FormatVersion is the version of the document that Document describes.
const FormatVersion = 1

// Document is a changeset as "plan --json" prints it and "plan --out" saves it.
type Document struct {
	FormatVersion int       `json:"format_version"`
	ToolVersion   string    `json:"tool_version"`
	CreatedOn     time.Time `json:"created_on"` // also the "now" that relative times of the plan were taken from
	Endpoint      string    `json:"endpoint"`
	Identity      Identity  `json:"identity,omitzero"` // older documents have none
	Plan          Digest    `json:"plan"`
	Lockfile      Digest    `json:"lockfile"`
	Summary       Summary   `json:"summary"`
	Actions       []Action  `json:"actions"`
	Blocked       []Blocked `json:"blocked"`
	Unchanged     []Action  `json:"unchanged,omitempty"` // only with --full
	Warnings      []string  `json:"warnings"`
	Savings       []Saving  `json:"savings,omitempty"` // only with --savings
	Billed        []Billed  `json:"billed,omitempty"`  // only with --savings, and where it may be read
	Options       Options   `json:"options,omitzero"`
}

// RehearsalEndpoint is the endpoint of a simulator that a command runs itself.
const RehearsalEndpoint = "http://127.0.0.1/v2"

// Rehearsal reports whether the document is of a rehearsal on the simulator.
func (d *Document) Rehearsal() bool { return d.Endpoint == RehearsalEndpoint }

// Digest names a file and what was in it.
type Digest struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"` // hexadecimal; empty when there was no such file
}

// Options are the flags a changeset was made under that change what is in it; a
// saved plan is compared again under the same ones.
type Options struct {
	Only        []string `json:"only,omitempty"`
	Skip        []string `json:"skip,omitempty"`
	OnlyProject []string `json:"only_project,omitempty"`
	RetryFailed bool     `json:"retry_failed,omitempty"`
	CheckVolume bool     `json:"check_volume,omitempty"`
}

// NewDocument is the changeset as a document. The unchanged files are counted,
// and listed only with full. What the document says of its origin (tool,
// endpoint, digests, options) is the caller's to fill in. Its
// actions and blocked files are shared with the changeset.
func NewDocument(c *Changeset, full bool) *Document {
	d := &Document{
		FormatVersion: FormatVersion,
		Identity:      c.Identity,
		Summary:       c.Summary(),
		Actions:       c.Actions,
		Blocked:       c.Blocked,
		Warnings:      slices.Concat(c.Refusals, c.Warnings),
		Savings:       c.Savings,
		Billed:        c.Billed,
	}
	if full {
		d.Unchanged = c.Unchanged
	}
	return d
}

// Changeset is the document as a changeset. It has no Rules, since a document
// does not keep them, and no Unchanged unless the document lists them. The lists
// are shared with the document.
func (d *Document) Changeset() *Changeset {
	return &Changeset{
		Actions:   d.Actions,
		Unchanged: d.Unchanged,
		Blocked:   d.Blocked,
		Warnings:  d.Warnings,
		Savings:   d.Savings,
		Billed:    d.Billed,
		Identity:  d.Identity,
		Requests:  d.Summary.Requests,
	}
}

// Write writes the document as JSON: a line for each member of the struct and for
// each action, nothing escaped for HTML. It holds one action at a time, not the
// text of all. The error is that of w, or says that a time in the document
// cannot be written.
func (d *Document) Write(w io.Writer) error {
	b := bufio.NewWriterSize(w, 1<<16) // it keeps its first error, which Flush returns
	before := "{"
	for field, value := range reflect.ValueOf(d).Elem().Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		list := value.Kind() == reflect.Slice
		if options != "" && (value.IsZero() || list && value.Len() == 0) {
			continue
		}
		_, _ = b.WriteString(before + `"` + name + `":`)
		before = ",\n"
		write := writeValue
		if list {
			write = writeList
		}
		if err := write(b, value); err != nil {
			return fmt.Errorf("write the changeset: %w", err)
		}
	}
	_, _ = b.WriteString("}\n")
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write the changeset: %w", err)
	}
	return nil
}

func writeValue(b *bufio.Writer, v reflect.Value) error {
	line, err := strictjson.AppendLine(b.AvailableBuffer(), v.Addr().Interface())
	_, _ = b.Write(line)
	return err
}

func writeList(b *bufio.Writer, list reflect.Value) error {
	before, after := "[", "]"
	for _, element := range list.Seq2() {
		_, _ = b.WriteString(before + "\n")
		if err := writeValue(b, element); err != nil {
			return err
		}
		before, after = ",", "\n]"
	}
	if list.Len() == 0 {
		after = "[]"
	}
	_, _ = b.WriteString(after)
	return nil
}
