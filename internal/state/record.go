package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// RecordType is what a journal record says.
type RecordType string

// The types of a journal record.
const (
	// Intent says that an export is about to be submitted: from here on it may
	// have happened. Its entry has no state.
	Intent RecordType = "intent"
	// Outcome says what is known of an export since, final or not.
	Outcome RecordType = "outcome"
)

// Record is one line of the journal.
type Record struct {
	Type  RecordType
	On    time.Time // when it was written; kept in UTC, to the second
	Entry Entry     // all of it, so that a record can be understood alone
}

// recordText is a Record as it is written.
type recordText struct {
	Type  RecordType      `json:"type"`
	On    time.Time       `json:"on,omitzero"`
	Entry json.RawMessage `json:"entry"`
}

// payload is a record's text; it is not shared with anything.
func (l *lineEncoder) payload(r Record) ([]byte, error) {
	state := r.Entry.State
	r.Entry = r.Entry.normal()
	switch {
	case r.Type == Intent && state == "":
		r.Entry.State = ""
	case r.Type == Intent:
		return nil, fmt.Errorf("an intent has no state, and this one has %q", state)
	case r.Type != Outcome:
		return nil, fmt.Errorf("no type of record is called %q", r.Type)
	}
	entry, err := l.entry(r.Entry)
	if err != nil {
		return nil, err
	}
	text, err := l.value(recordText{r.Type, whole(r.On), bytes.Clone(entry)})
	return bytes.Clone(text), err
}

// record reads a payload. Its checksum was right, so that an error means that
// something else than a journal of this version wrote it.
func (d *decoder) record(payload []byte) (Record, error) {
	var text recordText
	if err := json.Unmarshal(payload, &text); err != nil {
		return Record{}, fmt.Errorf("read a record: %w", err)
	}
	if text.Type != Intent && text.Type != Outcome || len(text.Entry) == 0 {
		return Record{}, errors.New("read a record: it is of no known type")
	}
	d.text, d.intent = text.Entry, text.Type == Intent
	entry, err := d.entry(span{0, len(text.Entry)})
	if err != nil {
		return Record{}, fmt.Errorf("read a record: %w", err)
	}
	return Record{text.Type, text.On.UTC(), entry}, nil
}
