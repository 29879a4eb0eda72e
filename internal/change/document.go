package change

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// FormatVersion is the version of the document that Document describes.
const FormatVersion = 1

// Document is a changeset as "plan --json" prints it and "plan --out" saves it.
type Document struct {
	FormatVersion int       `json:"format_version"`
	ToolVersion   string    `json:"tool_version"`
	CreatedOn     time.Time `json:"created_on"` // also the "now" that relative times of the plan were taken from
	Endpoint      string    `json:"endpoint"`
	Plan          Digest    `json:"plan"`
	Lockfile      Digest    `json:"lockfile"`
	Summary       Summary   `json:"summary"`
	Actions       []Action  `json:"actions"`
	Blocked       []Blocked `json:"blocked"`
	Unchanged     []Action  `json:"unchanged,omitempty"` // only with --full
	Warnings      []string  `json:"warnings"`
	Options       Options   `json:"options,omitzero"`
}

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
	RetryFailed bool     `json:"retry_failed,omitempty"`
	CheckVolume bool     `json:"check_volume,omitempty"`
}

// NewDocument is the changeset as a document. The unchanged files are counted,
// and listed only with full. What the document says of its origin (tool,
// endpoint, digests, options) is the caller's to fill in. The lists are shared
// with the changeset.
func NewDocument(c *Changeset, full bool) *Document {
	d := &Document{
		FormatVersion: FormatVersion,
		Summary:       c.Summary(),
		Actions:       c.Actions,
		Blocked:       c.Blocked,
		Warnings:      c.Warnings,
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
		Requests:  d.Summary.Requests,
	}
}

// Write writes the document as JSON: the fields in the order of the struct, one
// action a line, empty lists as [], nothing escaped for HTML. It holds one
// action at a time, not the text of all. The error is that of w, or says that a
// time in the document cannot be written.
func (d *Document) Write(w io.Writer) error {
	e := newDocumentWriter(w)
	e.value("{", "format_version", d.FormatVersion)
	e.value(",", "tool_version", d.ToolVersion)
	e.value(",", "created_on", d.CreatedOn)
	e.value(",", "endpoint", d.Endpoint)
	e.value(",\n", "plan", d.Plan)
	e.value(",", "lockfile", d.Lockfile)
	e.value(",\n", "summary", d.Summary)
	writeList(e, "actions", d.Actions)
	writeList(e, "blocked", d.Blocked)
	if len(d.Unchanged) > 0 {
		writeList(e, "unchanged", d.Unchanged)
	}
	writeList(e, "warnings", d.Warnings)
	if !d.Options.isZero() {
		e.value(",\n", "options", d.Options)
	}
	e.text("}\n")
	if e.err == nil {
		e.err = e.w.Flush()
	}
	if e.err != nil {
		return fmt.Errorf("write the changeset: %w", e.err)
	}
	return nil
}

// isZero reports whether no option is set, as omitzero sees it.
func (o *Options) isZero() bool {
	return o.Only == nil && o.Skip == nil && !o.RetryFailed && !o.CheckVolume
}

// documentWriter writes the parts of a document and keeps the first error.
type documentWriter struct {
	w   *bufio.Writer
	buf bytes.Buffer  // one value at a time
	enc *json.Encoder // to buf
	err error
}

func newDocumentWriter(w io.Writer) *documentWriter {
	e := &documentWriter{w: bufio.NewWriterSize(w, 1<<16)}
	e.enc = json.NewEncoder(&e.buf)
	e.enc.SetEscapeHTML(false)
	return e
}

func (e *documentWriter) text(s string) {
	if e.err == nil {
		_, e.err = e.w.WriteString(s)
	}
}

// json writes one value without the newline that an Encoder ends it with.
func (e *documentWriter) json(v any) {
	if e.err != nil {
		return
	}
	e.buf.Reset()
	if e.err = e.enc.Encode(v); e.err == nil {
		_, e.err = e.w.Write(bytes.TrimSuffix(e.buf.Bytes(), []byte("\n")))
	}
}

func (e *documentWriter) value(before, key string, v any) {
	e.text(before + `"` + key + `":`)
	e.json(v)
}

// writeList writes a list with one element a line.
func writeList[T any](e *documentWriter, key string, list []T) {
	e.text(",\n\"" + key + `":[`)
	for i := range list {
		if i > 0 {
			e.text(",")
		}
		e.text("\n")
		e.json(&list[i])
	}
	if len(list) > 0 {
		e.text("\n")
	}
	e.text("]")
}
