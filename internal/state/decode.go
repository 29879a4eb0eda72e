package state

import (
	"bytes"
	"encoding/json"

	"sbexport/internal/strictjson"
)

// decoder reads entries out of one text, or record by record out of several.
type decoder struct {
	strictjson.Reader
	stateless bool // entries have no state, see RecordType
}

// entry reads the object at v. What it does not know it keeps.
func (d *decoder) entry(v strictjson.Span) (Entry, error) {
	var e Entry
	var unknown members
	if err := d.Known(v, &e, unknown.keep(d.Text)); err != nil {
		return Entry{}, err
	}
	if e.Size < 0 {
		return Entry{}, strictjson.ErrorAt(v.From, "\"size\": it must not be negative")
	}
	state := e.State
	e.unknown = unknown.join(",")
	switch e = e.normal(); {
	case d.stateless && state != "":
		return Entry{}, strictjson.ErrorAt(v.From, "\"state\": it must be empty, not %q", state)
	case d.stateless:
		e.State = ""
	case e.State != state:
		return Entry{}, strictjson.ErrorAt(v.From, "\"state\": it must be PENDING, RUNNING, COMPLETED or FAILED, not %q", state)
	}
	return e, nil
}

// members are members of an object that this version does not know, each as text
// on one line.
type members [][]byte

// keep returns a function that adds a member of text.
func (m *members) keep(text []byte) func(key, value strictjson.Span) {
	return func(key, value strictjson.Span) {
		b := bytes.NewBuffer(nil)
		b.Write(text[key.From:key.To])
		b.WriteByte(':')
		_ = json.Compact(b, text[value.From:value.To]) // fails only on what is not JSON
		*m = append(*m, b.Bytes())
	}
}

func (m members) join(with string) string { return string(bytes.Join(m, []byte(with))) }
