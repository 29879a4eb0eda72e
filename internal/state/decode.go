package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sbexport/internal/platform"
	"sbexport/internal/strictjson"
)

// decoder reads entries out of one text. What many entries share (project,
// volume, rule, properties) it keeps only once.
type decoder struct {
	text       []byte // valid JSON
	stateless  bool   // entries have no state, see RecordType
	names      map[string]string
	properties map[string]platform.Properties
	seen       map[string]bool // keys of the entry being read
}

func newDecoder(text []byte) *decoder {
	return &decoder{
		text:       text,
		names:      make(map[string]string),
		properties: make(map[string]platform.Properties),
		seen:       make(map[string]bool),
	}
}

// required lists the members without which an entry does not say what it is
// about and what became of it.
var required = [...]string{"file", "volume", "location", "state"}

// readers has a function for every member of an entry that this version knows.
var readers = map[string]func(*decoder, *Entry, []byte) error{
	"file":         func(_ *decoder, e *Entry, v []byte) error { return readString(v, &e.File) },
	"project":      func(d *decoder, e *Entry, v []byte) error { return d.readShared(v, &e.Project) },
	"path":         func(_ *decoder, e *Entry, v []byte) error { return readString(v, &e.Path) },
	"size":         func(_ *decoder, e *Entry, v []byte) error { return readSize(v, &e.Size) },
	"volume":       func(d *decoder, e *Entry, v []byte) error { return d.readShared(v, &e.Volume) },
	"location":     func(_ *decoder, e *Entry, v []byte) error { return readString(v, &e.Location) },
	"copy_only":    func(_ *decoder, e *Entry, v []byte) error { return readBool(v, &e.CopyOnly) },
	"mode_unknown": func(_ *decoder, e *Entry, v []byte) error { return readBool(v, &e.ModeUnknown) },
	"overwrite":    func(_ *decoder, e *Entry, v []byte) error { return readBool(v, &e.Overwrite) },
	"properties":   func(d *decoder, e *Entry, v []byte) error { return d.readProperties(v, &e.Properties) },
	"state":        func(d *decoder, e *Entry, v []byte) error { return d.readState(v, &e.State) },
	"export_id":    func(_ *decoder, e *Entry, v []byte) error { return readString(v, &e.ExportID) },
	"rule":         func(d *decoder, e *Entry, v []byte) error { return d.readShared(v, &e.Rule) },
	"started_on":   func(_ *decoder, e *Entry, v []byte) error { return readTime(v, &e.StartedOn) },
	"finished_on":  func(_ *decoder, e *Entry, v []byte) error { return readTime(v, &e.FinishedOn) },
	"error":        func(_ *decoder, e *Entry, v []byte) error { return readFailure(v, &e.Error) },
}

// entry reads the object at v. Its errors say where.
func (d *decoder) entry(v strictjson.Span) (Entry, error) {
	if d.text[v.From] != '{' {
		return Entry{}, strictjson.ErrorAt(v.From, "an export must be an object")
	}
	var e Entry
	var unknown, nulls []string
	err := strictjson.EachMember(d.text, v, d.seen, func(name string, key, value strictjson.Span) error {
		raw := d.text[value.From:value.To]
		read := readers[name]
		if read == nil {
			if err := strictjson.Miscased(name, readers); err != nil {
				return strictjson.ErrorAt(key.From, "%w", err)
			}
			unknown = append(unknown, member(d.text[key.From:key.To], raw))
			return nil
		}
		if string(raw) == "null" { // the same as leaving it out
			nulls = append(nulls, name)
			return nil
		}
		if err := read(d, &e, raw); err != nil {
			return strictjson.ErrorAt(value.From, "%q %w", name, err)
		}
		return nil
	})
	if err != nil {
		return Entry{}, err
	}
	for _, name := range required {
		if !d.seen[name] || slices.Contains(nulls, name) {
			return Entry{}, strictjson.ErrorAt(v.From, "an export has no %q", name)
		}
	}
	e.unknown = strings.Join(unknown, ",")
	e = e.normal()
	if d.stateless {
		e.State = ""
	}
	return e, nil
}

// member is one key and value as text on one line.
func member(key, value []byte) string {
	var b bytes.Buffer
	b.Write(key)
	b.WriteByte(':')
	_ = json.Compact(&b, value) // fails only on what is not JSON
	return b.String()
}

// shared reads a string that other entries have as well.
func (d *decoder) shared(quoted []byte) (string, error) {
	if s, ok := d.names[string(quoted)]; ok {
		return s, nil
	}
	s, err := strictjson.Unquote(quoted)
	if err == nil {
		d.names[string(quoted)] = s
	}
	return s, err
}

func (d *decoder) readShared(v []byte, to *string) (err error) {
	if v[0] != '"' {
		return wrongType(v, "a string")
	}
	*to, err = d.shared(v)
	return err
}

func readString(v []byte, to *string) (err error) {
	if v[0] != '"' {
		return wrongType(v, "a string")
	}
	*to, err = strictjson.Unquote(v)
	return err
}

func readBool(v []byte, to *bool) error {
	if v[0] != 't' && v[0] != 'f' {
		return wrongType(v, "true or false")
	}
	*to = v[0] == 't'
	return nil
}

func readSize(v []byte, to *int64) error {
	n, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil || n < 0 {
		return wrongType(v, "a number of bytes")
	}
	*to = n
	return nil
}

func readTime(v []byte, to *time.Time) error {
	var s string
	if err := readString(v, &s); err != nil {
		return err
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return wrongType(v, "a time such as 2006-01-02T15:04:05Z")
	}
	*to = t
	return nil
}

func (d *decoder) readState(v []byte, to *platform.State) error {
	var s string
	if err := d.readShared(v, &s); err != nil {
		return err
	}
	state := platform.State(s)
	if d.stateless && s == "" {
		return nil
	}
	if d.stateless || recordable(state) != state {
		return wrongType(v, "PENDING, RUNNING, COMPLETED or FAILED")
	}
	*to = state
	return nil
}

func (d *decoder) readProperties(v []byte, to *platform.Properties) error {
	if p, ok := d.properties[string(v)]; ok {
		*to = p
		return nil
	}
	var p platform.Properties
	if err := strictjson.Unmarshal(v, &p); err != nil {
		return wrongType(v, "an object of strings and nulls, each there once")
	}
	d.properties[string(v)] = p
	*to = p
	return nil
}

func readFailure(v []byte, to **Failure) error {
	var f Failure
	if err := strictjson.UnmarshalKnown(v, &f); err != nil {
		return wrongType(v, "an object with code, message and permanent, each there once")
	}
	*to = &f
	return nil
}

// wrongType says what a value should have been, without quoting a whole screen
// of what it is.
func wrongType(v []byte, want string) error {
	const most = 40
	if len(v) > most {
		return errors.New("must be " + want)
	}
	return fmt.Errorf("must be %s, not %s", want, v)
}
