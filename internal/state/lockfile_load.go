package state

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"

	"sbexport/internal/strictjson"
)

const (
	adviceConflict = "set git up to merge lockfiles (see sbexport lockfile merge --help) and have it merge this one anew: " +
		"git checkout --merge %s; or by hand, as it is one export a line: " +
		"keep the lines of both sides and delete the marker lines; " +
		"every line but the last export's ends in a comma; " +
		"where both sides have a line for one file and place, keep the one that says COMPLETED"
	adviceTwins = "delete one of the two lines; where only one says COMPLETED, keep that one; every line but the last export's ends in a comma"
)

// Load reads the lockfile at path. A file that does not exist is an empty
// lockfile. A file that cannot be read as one is an error, a *FileError where
// the file itself is at fault, and never an empty lockfile: taking what was
// exported for not exported would be worse than not to run.
func Load(path string) (*Lockfile, error) {
	l := newLockfile(path)
	data, info, err := lockfileKind.read(path)
	if err == nil && info != nil {
		l.info, l.digest = info, digest(data)
		err = l.parse(bytes.TrimPrefix(data, []byte("\uFEFF"))) // some editors put a byte order mark
	}
	if err != nil {
		return nil, err
	}
	return l, nil
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// parse fills an empty lockfile from the text of one.
func (l *Lockfile) parse(text []byte) error {
	if err := strictjson.Check(text); err != nil {
		return l.notJSON(text, err)
	}
	d := &decoder{Reader: strictjson.Reader{Text: text}}
	exports, err := l.document(d)
	if err != nil {
		return err
	}
	var at []int // where the entries are, for the message about twins
	err = strictjson.EachElement(text, exports, func(v strictjson.Span) error {
		e, err := d.entry(v)
		if err != nil {
			return l.damaged(text, err)
		}
		if first, twice := l.index[e.Target()]; twice {
			return l.twins(text, e, at[first], v.From)
		}
		at = append(at, v.From)
		l.put(e)
		return nil
	})
	l.sorted, l.dirty = false, false
	return err
}

// document checks everything around the entries and returns where they are.
func (l *Lockfile) document(d *decoder) (exports strictjson.Span, err error) {
	var doc struct {
		Version strictjson.Span `json:"lockfile_version" strict:"required"`
		Exports strictjson.Span `json:"exports" strict:"required"`
	}
	var unknown members
	if err := d.Known(d.Whole(), &doc, unknown.keep(d.Text)); err != nil {
		return exports, l.damaged(d.Text, err)
	}
	l.unknown = unknown.join(",\n")
	version, err := strconv.ParseInt(string(d.Text[doc.Version.From:doc.Version.To]), 10, 64)
	switch {
	case err != nil || version < 1:
		err = strictjson.ErrorAt(doc.Version.From, "\"lockfile_version\": it must be a version number")
	case version > lockfileVersion:
		return exports, lockfileKind.newer(l.path, strictjson.LineAt(d.Text, doc.Version.From), version, lockfileVersion)
	case d.Text[doc.Exports.From] != '[':
		err = strictjson.ErrorAt(doc.Exports.From, "\"exports\": it must be a list")
	}
	if err != nil {
		return exports, l.damaged(d.Text, err)
	}
	return doc.Exports, nil
}

func (l *Lockfile) damaged(text []byte, err error) error {
	return lockfileKind.damaged(l.path, strictjson.LineAt(text, strictjson.Offset(err)), err)
}

// notJSON explains a text that is not JSON.
func (l *Lockfile) notJSON(text []byte, err error) error {
	if at := marker.FindIndex(text); at != nil {
		return &FileError{lockfileKind.noun, l.path, strictjson.LineAt(text, at[0]), "it has merge conflict markers", fmt.Sprintf(adviceConflict, l.path)}
	}
	if len(bytes.TrimSpace(text)) == 0 {
		err = errors.New("it is empty")
	}
	return l.damaged(text, err)
}

// marker is a line of conflict markers. No line of a JSON text begins like one.
var marker = regexp.MustCompile(`(?m)^(<{7}|\|{7}|={7}|>{7})( |\r?$)`)

func (l *Lockfile) twins(text []byte, e Entry, first, second int) error {
	detail := fmt.Sprintf("file %q to %q on %q is there already, in line %d", e.File, e.Location, e.Volume, strictjson.LineAt(text, first))
	return &FileError{lockfileKind.noun, l.path, strictjson.LineAt(text, second), detail, adviceTwins}
}

// LoadSide is Load for a file that must be there.
func LoadSide(path string) (*Lockfile, error) {
	l, err := Load(path)
	if err == nil && l.info == nil {
		return nil, fmt.Errorf("read the lockfile %q: %w", path, os.ErrNotExist)
	}
	return l, err
}

// LoadBase is LoadSide for the common ancestor of a merge. An empty file, which
// is what git hands out when there is no ancestor, and the null device are an
// empty lockfile.
func LoadBase(path string) (*Lockfile, error) {
	info, err := os.Stat(path)
	if path == os.DevNull || err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		return newLockfile(path), nil
	}
	return LoadSide(path)
}
