package state

import (
	"bytes"
	"encoding/json"
	"errors"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

// maxBatch is about how many bytes one commit writes, and so about how much of
// a journal's end a power cut can spoil.
const maxBatch = 1 << 20

// replayed is what a journal says.
type replayed struct {
	records []Record
	end     int    // where the sound part of the text ends
	batch   uint64 // of the last sound line
}

// ReadJournal reads the journal at path without changing it. A journal that does
// not exist has no records; an end that was cut off is left out; any other
// damage is a *FileError.
func ReadJournal(path string) ([]Record, error) {
	data, _, err := journalKind.read(path)
	if err != nil {
		return nil, err
	}
	r, err := replay(path, data)
	return r.records, err
}

func replay(path string, data []byte) (replayed, error) {
	head := header()
	if bytes.HasPrefix(head, data) && len(data) < len(head) || len(data) <= len(head) && blank(data) {
		return replayed{}, nil // the run died as it made the journal
	}
	if !bytes.HasPrefix(data, head) {
		return replayed{}, foreign(path, data)
	}
	r := replayed{end: len(head)}
	d := &decoder{}
	ended := true // the last line was the last one of its batch
	for n := 2; r.end < len(data); n++ {
		text := firstLine(data[r.end:])
		l, ok := parseLine(text)
		if !ok && torn(data[r.end:], r.next(ended)) {
			break
		}
		record, err := d.check(l, ok)
		if err == nil && l.batch != r.next(ended) && l.batch != r.batch+1 {
			err = errors.New("lines before it are missing")
		}
		if err != nil {
			return replayed{}, journalKind.damaged(path, n, err)
		}
		r.records = append(r.records, record)
		r.end, r.batch, ended = r.end+len(text), l.batch, l.last
	}
	return r, nil
}

// next is the batch that the line after the last sound one belongs to, unless a
// torn end was cut off there: then it is the one after the last.
func (r *replayed) next(ended bool) uint64 {
	if ended {
		return r.batch + 1
	}
	return r.batch
}

func (d *decoder) check(l line, ok bool) (Record, error) {
	if !ok {
		return Record{}, errors.New("its checksum is wrong")
	}
	return d.record(l.payload)
}

func firstLine(text []byte) []byte {
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		return text[:i+1]
	}
	return text
}

// torn reports whether a tail that begins with a damaged line can be what a
// crash left of the last commit. A crash may leave any part of what was being
// written and was not yet on disk, so sound lines may follow, if they are of
// that same commit.
func torn(tail []byte, batch uint64) bool {
	rest := tail[len(firstLine(tail)):]
	if len(rest) == 0 {
		return true
	}
	if len(tail) > 2*maxBatch {
		return false
	}
	for text := range bytes.Lines(rest) {
		if l, ok := parseLine(text); ok && l.batch != batch {
			return false
		}
	}
	return true
}

func blank(data []byte) bool { return len(bytes.Trim(data, "\x00")) == 0 }

// foreign explains a text that does not begin as a journal of this version.
func foreign(path string, data []byte) error {
	var h struct {
		Version int64 `json:"journal_version"`
	}
	if l, ok := parseLine(firstLine(data)); ok && bytes.HasPrefix(l.payload, []byte(headerPrefix)) &&
		json.Unmarshal(l.payload, &h) == nil && h.Version > journalVersion {
		return journalKind.newer(path, 1, h.Version, journalVersion)
	}
	return journalKind.damaged(path, 1, errors.New("it does not begin as a journal"))
}

// Fold brings journal records into a lockfile and returns those intents of
// which nothing more is known: whether these exports were started only the
// platform can tell. Folding the same records again changes nothing. An entry
// that says COMPLETED stays COMPLETED: that an export was once done stays on
// record. An entry that knows of a later time stays as well: another machine has
// exported the file since.
func Fold(records []Record, l *Lockfile) (unknown []Record) {
	open := make(map[change.Target]int)   // targets whose last word is an intent; where it is
	told := make(map[change.Target]Entry) // what the outcomes come to
	for i, r := range records {
		if r.Type == Intent {
			open[r.Entry.Target()] = i
			continue
		}
		delete(open, r.Entry.Target())
		if r.Type != Outcome {
			continue
		}
		if old := told[r.Entry.Target()]; old.State != platform.Completed || r.Entry.State == platform.Completed {
			told[r.Entry.Target()] = r.Entry
		}
	}
	for t, e := range told {
		if old, ok := l.Get(t); !ok || !outlasts(&old, &e) {
			l.Put(e)
		}
	}
	for i, r := range records {
		if at, ok := open[r.Entry.Target()]; ok && at == i {
			unknown = append(unknown, r)
		}
	}
	return unknown
}

// outlasts reports whether a lockfile's entry stays, whatever a journal says.
func outlasts(old, told *Entry) bool {
	if done := compareBool(old.State == platform.Completed, told.State == platform.Completed); done != 0 {
		return done > 0
	}
	return !latest(told).IsZero() && latest(old).After(latest(told))
}
