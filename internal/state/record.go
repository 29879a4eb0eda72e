package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
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
	// Again tells of an intent that the lockfile had the target as COMPLETED, by
	// the job Earlier: what becomes of the intent replaces that.
	Again bool
}

// Knew reports whether an intent is to make anew what a lockfile's entry has as
// COMPLETED.
func (r *Record) Knew(e *Entry) bool { return r.Again && r.Earlier == e.ExportID }

// recordText is a Record as it is written.
type recordText struct {
	Type    RecordType      `json:"type"`
	On      time.Time       `json:"on,omitzero"`
	Earlier string          `json:"earlier,omitempty"`
	Again   bool            `json:"again,omitempty"`
	Entry   json.RawMessage `json:"entry"`
}

// payload is a record's text.
func (r Record) payload() ([]byte, error) {
	if !r.Type.known() || (r.Entry.State == "") != r.Type.stateless() {
		return nil, fmt.Errorf("a record of type %q cannot have the state %q", r.Type, r.Entry.State)
	}
	if r.Entry = r.Entry.normal(); r.Type.stateless() {
		r.Entry.State = ""
	}
	text, err := strictjson.AppendLine(nil, recordText{Type: r.Type, On: whole(r.On), Earlier: validText(r.Earlier), Again: r.Again})
	if err != nil {
		return nil, err
	}
	// The entry takes the place of null: as a member of the frame it would be
	// read and written once more.
	text, err = r.Entry.appendLine(bytes.TrimSuffix(text, []byte("null}")))
	return append(text, '}'), err
}

// record reads a payload. Its checksum was right, so that an error means that
// something else than a journal of this version wrote it.
func (d *decoder) record(payload []byte) (Record, error) {
	var text recordText
	err := strictjson.Unmarshal(payload, &text)
	if err == nil && !text.Type.known() {
		err = errors.New("it is of no known type")
	}
	var entry Entry
	if err == nil {
		d.Text, d.stateless = text.Entry, text.Type.stateless()
		entry, err = d.entry(d.Whole())
	}
	if err != nil {
		return Record{}, fmt.Errorf("read a record: %w", err)
	}
	return Record{text.Type, text.On.UTC(), entry, text.Earlier, text.Again}, nil
}

// A line of the journal is
//
//	CHECKSUM BATCH END PAYLOAD newline
//
// CHECKSUM is the CRC-32C of all that follows the blank behind it, in eight
// hexadecimal digits; BATCH counts the commits, and lines of one commit have
// the same; END is "." on the last line of a commit and "," on those before;
// PAYLOAD is a record as JSON. A commit is on disk before the next one begins.
// So damage can be told apart: what a power cut leaves of the commit it came
// into is harmless, for nothing had been done on the strength of it; anything
// else is not.
type line struct {
	batch   uint64
	last    bool // of its batch
	payload []byte
}

// journalVersion is the version of the journal's format. The header's own form
// is the same in all versions.
const journalVersion = 1

func header() []byte {
	payload := fmt.Appendf(nil, `{"journal_version":%d}`, journalVersion)
	return appendLine(nil, line{last: true, payload: payload})
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const sumLength = 8 // hexadecimal digits

func appendLine(to []byte, l line) []byte {
	end := ", "
	if l.last {
		end = ". "
	}
	body := append(strconv.AppendUint(nil, l.batch, 10), end...)
	sum := crc32.Update(crc32.Checksum(body, castagnoli), castagnoli, l.payload)
	to = fmt.Appendf(to, "%0*x ", sumLength, sum)
	to = append(append(to, body...), l.payload...)
	return append(to, '\n')
}

// parseLine reads a line, newline included. It reports false for a line that is
// damaged or cut off.
func parseLine(text []byte) (line, bool) {
	body, whole := bytes.CutSuffix(text, []byte{'\n'})
	if !whole || len(body) <= sumLength || body[sumLength] != ' ' {
		return line{}, false
	}
	sum := body[:sumLength]
	body = body[sumLength+1:]
	if string(sum) != fmt.Sprintf("%0*x", sumLength, crc32.Checksum(body, castagnoli)) {
		return line{}, false
	}
	number, payload, ok := bytes.Cut(body, []byte{' '})
	if !ok || len(number) == 0 {
		return line{}, false
	}
	end := number[len(number)-1]
	batch, err := strconv.ParseUint(string(number[:len(number)-1]), 10, 64)
	return line{batch, end == '.', payload}, err == nil && (end == '.' || end == ',')
}
