package change

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"

	"sbexport/internal/strictjson"
)

// DocumentError says why a file cannot be used as a saved plan.
type DocumentError struct {
	Why    string // a clause, such as "it is damaged: it ends too early"
	Advice string // what to do
	Err    error  // the cause, where there is one beyond Why; may be nil
}

func (e *DocumentError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("read the saved plan: %s: %v", e.Why, e.Err)
	}
	return "read the saved plan: " + e.Why
}

// Hint says what to do.
func (e *DocumentError) Hint() string { return e.Advice }

// Unwrap is the cause.
func (e *DocumentError) Unwrap() error { return e.Err }

const (
	hintMakeAgain = `make it again with "sbexport plan --out FILE"; a saved plan is not for editing`
	hintUpgrade   = "use the version of sbexport that saved it, or a newer one"
	hintNotSaved  = `give a file that "sbexport plan --out FILE" wrote`
)

func damaged(err error, format string, args ...any) *DocumentError {
	return &DocumentError{Why: "it is damaged: " + fmt.Sprintf(format, args...), Advice: hintMakeAgain, Err: err}
}

// ReadDocument reads a saved plan and takes nothing on trust: a key that is
// unknown, missing, there twice or in another case, an action that contradicts
// itself, two actions with one target, a summary that does not add up, and
// anything after the end are errors, wherever in it they are. It holds one
// action's text at a time. The error is a *DocumentError, or wraps that of r.
func ReadDocument(r io.Reader) (*Document, error) {
	source := &errorKeeper{r: r}
	d, err := readDocument(source)
	if source.err != nil {
		return nil, fmt.Errorf("read the saved plan: %w", source.err)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// errorKeeper remembers a reader's own error, so that a disk that fails is not
// taken for a damaged file.
type errorKeeper struct {
	r   io.Reader
	err error
}

func (k *errorKeeper) Read(b []byte) (int, error) {
	n, err := k.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		k.err = err
	}
	return n, err
}

// documentReader walks the keys of a document.
type documentReader struct {
	dec     *json.Decoder
	doc     Document
	seen    map[string]bool
	unknown string          // the first key that is not known
	raw     json.RawMessage // the value being read
	shared  sharer
}

func readDocument(r io.Reader) (*Document, error) {
	d := &documentReader{
		dec:    json.NewDecoder(bufio.NewReaderSize(r, 1<<16)),
		seen:   make(map[string]bool),
		shared: sharer{strings: make(map[string]string)},
	}
	if t, err := d.dec.Token(); err != nil || t != json.Delim('{') {
		return nil, &DocumentError{Why: "it is not a saved plan: it is not a JSON object", Advice: hintNotSaved}
	}
	for d.dec.More() {
		if err := d.entry(); err != nil {
			return nil, err
		}
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	if err := d.complete(); err != nil {
		return nil, err
	}
	if err := check(&d.doc); err != nil {
		return nil, err
	}
	return &d.doc, nil
}

// entry reads one key of the document and its value.
func (d *documentReader) entry() error {
	t, err := d.dec.Token()
	if err != nil {
		return d.fault(err, "its keys")
	}
	key, ok := t.(string)
	if !ok {
		return damaged(nil, "a key is not a string")
	}
	if d.seen[key] {
		return damaged(nil, "the key %q comes twice", key)
	}
	d.seen[key] = true
	if err := d.value(key); err != nil {
		return err
	}
	// A newer format may differ anywhere, so that its version is the first thing
	// to say about it.
	if key == "format_version" && d.doc.FormatVersion > FormatVersion {
		return &DocumentError{
			Why: fmt.Sprintf("its format version is %d, and this program reads only up to %d",
				d.doc.FormatVersion, FormatVersion),
			Advice: hintUpgrade,
		}
	}
	return nil
}

func (d *documentReader) value(key string) error {
	where := fmt.Sprintf("%q", key)
	switch key {
	case "format_version":
		return d.strict(where, &d.doc.FormatVersion)
	case "tool_version":
		return d.strict(where, &d.doc.ToolVersion)
	case "created_on":
		return d.strict(where, &d.doc.CreatedOn)
	case "endpoint":
		return d.strict(where, &d.doc.Endpoint)
	case "plan":
		return d.strict(where, &d.doc.Plan)
	case "lockfile":
		return d.strict(where, &d.doc.Lockfile)
	case "summary":
		return d.strict(where, &d.doc.Summary)
	case "options":
		return d.strict(where, &d.doc.Options)
	case "actions":
		return readList(d, where, &d.doc.Actions, d.shared.action)
	case "unchanged":
		return readList(d, where, &d.doc.Unchanged, d.shared.action)
	case "blocked":
		return readList(d, where, &d.doc.Blocked, d.shared.blocked)
	case "warnings":
		return readList(d, where, &d.doc.Warnings, func(*string) {})
	}
	// What is not known is complained of only at the end, when it is sure that the
	// document is of no newer version.
	if d.unknown == "" {
		d.unknown = key
	}
	return d.next(where)
}

// strict reads one value.
func (d *documentReader) strict(where string, into any) error {
	if err := d.next(where); err != nil {
		return err
	}
	if err := strictjson.Unmarshal(d.raw, into); err != nil {
		return d.fault(err, where)
	}
	return nil
}

// next reads the text of one value.
func (d *documentReader) next(where string) error {
	if err := d.dec.Decode(&d.raw); err != nil {
		return d.fault(err, where)
	}
	return nil
}

// fault words an error of the decoder.
func (d *documentReader) fault(err error, where string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged(nil, "it ends too early, in %s", where)
	}
	return damaged(err, "%s cannot be read", where)
}

// end makes sure that the document is closed and that nothing follows it.
func (d *documentReader) end() error {
	if _, err := d.dec.Token(); err != nil {
		return d.fault(err, "its keys")
	}
	if _, err := d.dec.Token(); !errors.Is(err, io.EOF) {
		return damaged(nil, "something follows its end")
	}
	return nil
}

// complete makes sure that every key is there and none that is not known.
func (d *documentReader) complete() error {
	if !d.seen["format_version"] || !d.seen["actions"] {
		return &DocumentError{
			Why:    `it is not a saved plan: it has no "format_version" or no "actions"`,
			Advice: hintNotSaved,
		}
	}
	if d.doc.FormatVersion < 1 {
		return damaged(nil, "there is no format version %d", d.doc.FormatVersion)
	}
	if d.unknown != "" {
		return damaged(nil, "its key %q is not known", d.unknown)
	}
	for _, key := range []string{
		"tool_version", "created_on", "endpoint", "plan", "lockfile", "summary", "blocked", "warnings",
	} {
		if !d.seen[key] {
			return damaged(nil, "its key %q is missing", key)
		}
	}
	return nil
}

// readList reads a list element by element.
func readList[T any](d *documentReader, where string, list *[]T, share func(*T)) error {
	t, err := d.dec.Token()
	if err != nil {
		return d.fault(err, where)
	}
	if t != json.Delim('[') {
		return damaged(nil, "%s is not a list", where)
	}
	for d.dec.More() {
		var element T
		if err := d.strict(fmt.Sprintf("%s, element %d", where, len(*list)+1), &element); err != nil {
			return err
		}
		share(&element)
		*list = append(*list, element)
	}
	if _, err := d.dec.Token(); err != nil {
		return d.fault(err, where)
	}
	return nil
}

// sharer lets the actions of a document share what most of them have in common;
// a million of them would otherwise hold a million copies of it.
type sharer struct {
	strings    map[string]string
	properties map[string]*string // the last ones
}

func (s *sharer) one(text *string) {
	if had, ok := s.strings[*text]; ok {
		*text = had
		return
	}
	s.strings[*text] = *text
}

func (s *sharer) action(a *Action) {
	s.one(&a.Rule)
	s.one(&a.Project)
	s.one(&a.Volume)
	same := maps.EqualFunc(s.properties, a.Properties, func(x, y *string) bool {
		return x == y || x != nil && y != nil && *x == *y
	})
	if same && (s.properties == nil) == (a.Properties == nil) {
		a.Properties = s.properties
	}
	s.properties = a.Properties
}

func (s *sharer) blocked(b *Blocked) {
	s.one(&b.Rule)
	s.one(&b.Project)
	s.one(&b.Volume)
}
