package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sbexport/internal/strictjson"
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
	// Withdrawal says that an intended export has certainly not happened: as if
	// there had been no intent. Its entry has no state.
	Withdrawal RecordType = "withdrawal"
)

// known reports whether this version knows the type.
func (t RecordType) known() bool { return t == Intent || t == Outcome || t == Withdrawal }

// stateless reports whether records of the type have entries without a state.
func (t RecordType) stateless() bool { return t != Outcome }

// Record is one line of the journal.
type Record struct {
	Type  RecordType
	On    time.Time // when it was written; kept in UTC, to the second
	Entry Entry     // all of it, so that a record can be understood alone
	// Earlier is, of an intent, the job that the lockfile had for the target
	// before; it is not to be taken for the one that is intended. It may be empty.
	Earlier string
}

// recordText is a Record as it is written.
type recordText struct {
	Type    RecordType      `json:"type"`
	On      time.Time       `json:"on,omitzero"`
	Entry   json.RawMessage `json:"entry"`
	Earlier string          `json:"earlier,omitempty"`
}

// payload is a record's text; it is not shared with anything.
func (l *lineEncoder) payload(r Record) ([]byte, error) {
	state := r.Entry.State
	if !r.Type.known() || (state == "") != r.Type.stateless() {
		return nil, fmt.Errorf("a record of type %q cannot have the state %q", r.Type, state)
	}
	if r.Entry = r.Entry.normal(); r.Type.stateless() {
		r.Entry.State = ""
	}
	entry, err := l.entry(r.Entry)
	if err != nil {
		return nil, err
	}
	text, err := l.value(recordText{r.Type, whole(r.On), bytes.Clone(entry), validText(r.Earlier)})
	return bytes.Clone(text), err
}

// record reads a payload. Its checksum was right, so that an error means that
// something else than a journal of this version wrote it.
func (d *decoder) record(payload []byte) (Record, error) {
	var text recordText
	if err := strictjson.Unmarshal(payload, &text); err != nil {
		return Record{}, fmt.Errorf("read a record: %w", err)
	}
	if !text.Type.known() || len(text.Entry) == 0 {
		return Record{}, errors.New("read a record: it is of no known type")
	}
	d.text, d.stateless = text.Entry, text.Type.stateless()
	entry, err := d.entry(strictjson.Span{From: 0, To: len(text.Entry)})
	if err != nil {
		return Record{}, fmt.Errorf("read a record: %w", err)
	}
	return Record{text.Type, text.On.UTC(), entry, text.Earlier}, nil
}
