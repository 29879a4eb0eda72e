package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"

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
		var record Record
		err := errors.New("its checksum is wrong")
		if ok {
			record, err = d.record(l.payload)
		}
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

func firstLine(text []byte) []byte {
	line, _, _ := bytes.Cut(text, []byte{'\n'})
	return text[:min(len(line)+1, len(text))]
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
	if l, ok := parseLine(firstLine(data)); ok && json.Unmarshal(l.payload, &h) == nil && h.Version > journalVersion {
		return journalKind.newer(path, 1, h.Version, journalVersion)
	}
	return journalKind.damaged(path, 1, errors.New("it does not begin as a journal"))
}

// Fold brings journal records into a lockfile and returns those intents of
// which nothing more is known: whether these exports were started only the
// platform can tell. Folding the same records again changes nothing. An entry
// that says COMPLETED stays COMPLETED, unless the journal's run knew of it and made
// the export anew: that an export was once done stays on record. What another
// machine has recorded since stays as well.
func Fold(records []Record, l *Lockfile) (unknown []Record) {
	all := make(map[change.Target]*course)
	for i := range records {
		r := &records[i]
		c := all[r.Entry.Target()]
		if c == nil {
			c = &course{}
			all[r.Entry.Target()] = c
		}
		c.add(r)
	}
	for t, c := range all {
		if c.told == nil {
			continue
		}
		if old := l.find(t); old == nil || !c.outlived(old) {
			l.Record(c.told.Entry)
		}
	}
	for i := range records {
		if r := &records[i]; all[r.Entry.Target()].open == r {
			unknown = append(unknown, *r)
		}
	}
	return unknown
}

// course is what a journal says of one target.
type course struct {
	intents []*Record
	open    *Record // the intent that is the last word, if it is one
	told    *Record // what the outcomes come to, if there are any
	jobs    []string
}

func (c *course) add(r *Record) {
	c.open = nil
	switch r.Type {
	case Intent:
		c.open = r
		c.intents = append(c.intents, r)
	case Outcome:
		c.jobs = append(c.jobs, r.Entry.ExportID)
		if c.told == nil || c.told.Entry.State != platform.Completed || r.Entry.State == platform.Completed {
			c.told = r
		}
	case Withdrawal:
	}
}

// outlived reports whether a lockfile's entry stays, whatever the journal says.
func (c *course) outlived(old *Entry) bool {
	told := &c.told.Entry
	if slices.ContainsFunc(c.intents, func(r *Record) bool { return r.Knew(old) }) {
		return false
	}
	if done := compareBool(old.State == platform.Completed, told.State == platform.Completed); done != 0 {
		return done > 0
	}
	since := latest(told)
	ours := slices.Contains(c.jobs, old.ExportID) || slices.ContainsFunc(c.intents, func(r *Record) bool { return r.Earlier == old.ExportID })
	if !ours && latest(old).IsZero() {
		return !old.State.Terminal() // nobody knows which is later, and its job may still be at work
	}
	if !ours && since.IsZero() {
		since = c.told.On
	}
	return !since.IsZero() && latest(old).After(since)
}
