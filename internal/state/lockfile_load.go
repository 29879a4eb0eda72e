package state

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"sbexport/internal/strictjson"
)

const (
	adviceConflict = "\"sbexport lockfile merge --markers\" merges it; or by hand, as it is one export a line: " +
		"keep the lines of both sides and delete the marker lines; " +
		"every line but the last export's ends in a comma; " +
		"where both sides have a line for one file and place, keep the one that says COMPLETED"
	adviceTwins = "delete one of the two lines; where only one says COMPLETED, keep that one"
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
	if !utf8.Valid(text) {
		return l.damaged(text, strictjson.ErrorAt(invalidUTF8(text), "it is not UTF-8 text"))
	}
	if !json.Valid(text) {
		return l.notJSON(text)
	}
	exports, err := l.document(text)
	if err != nil {
		return err
	}
	var at []int // where the entries are, for the message about twins
	d := newDecoder(text)
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
func (l *Lockfile) document(text []byte) (exports strictjson.Span, err error) {
	top := strictjson.Span{From: strictjson.SkipSpace(text, 0), To: len(text)}
	if text[top.From] != '{' {
		return exports, l.damaged(text, strictjson.ErrorAt(top.From, "it is not a JSON object"))
	}
	version, list := strictjson.Span{}, strictjson.Span{}
	var unknown []string
	err = strictjson.EachMember(text, top, map[string]bool{}, func(name string, key, value strictjson.Span) error {
		switch name {
		case "lockfile_version":
			version = value
		case "exports":
			list = value
		default:
			unknown = append(unknown, member(text[key.From:key.To], text[value.From:value.To]))
		}
		return nil
	})
	if err == nil {
		err = l.checkVersion(text, version)
	}
	if err == nil && (list.To == 0 || text[list.From] != '[') {
		err = strictjson.ErrorAt(list.From, "it has no list of \"exports\"")
	}
	l.unknown = strings.Join(unknown, ",\n")
	if _, ok := errors.AsType[*FileError](err); err != nil && !ok {
		err = l.damaged(text, err)
	}
	return list, err
}

func (l *Lockfile) checkVersion(text []byte, v strictjson.Span) error {
	if v.To == 0 {
		return errors.New("it has no \"lockfile_version\"")
	}
	raw := text[v.From:v.To]
	version, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || version < 1 {
		return strictjson.ErrorAt(v.From, "\"lockfile_version\" %w", wrongType(raw, "a version number"))
	}
	if version > lockfileVersion {
		return lockfileKind.newer(l.path, strictjson.LineAt(text, v.From), version, lockfileVersion)
	}
	return nil
}

func (l *Lockfile) damaged(text []byte, err error) error {
	return lockfileKind.damaged(l.path, strictjson.LineAt(text, strictjson.Offset(err)), err)
}

// notJSON explains a text that is not JSON.
func (l *Lockfile) notJSON(text []byte) error {
	if line := markerLine(text); line > 0 {
		return &FileError{
			Noun: lockfileKind.noun, Path: l.path, Line: line, Kind: ErrConflict,
			Detail: "it has merge conflict markers", Advice: adviceConflict,
		}
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return l.damaged(text, errors.New("it is empty"))
	}
	var v json.RawMessage
	err := json.Unmarshal(text, &v)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return l.damaged(text, strictjson.ErrorAt(int(max(syntax.Offset-1, 0)), "it is not JSON: %w", err))
	}
	return l.damaged(text, fmt.Errorf("it is not JSON: %w", err))
}

// markerLine is the 1-based line of the first conflict marker, or 0. No line of
// a JSON text begins like one.
func markerLine(text []byte) int {
	n := 0
	for line := range bytes.Lines(text) {
		n++
		if marker(bytes.TrimRight(line, "\r\n")) != 0 {
			return n
		}
	}
	return 0
}

func (l *Lockfile) twins(text []byte, e Entry, first, second int) error {
	return &FileError{
		Noun: lockfileKind.noun, Path: l.path, Line: strictjson.LineAt(text, second), Kind: ErrDuplicate,
		Detail: fmt.Sprintf("file %q to %q on %q is there already, in line %d", e.File, e.Location, e.Volume, strictjson.LineAt(text, first)),
		Advice: adviceTwins,
	}
}

func invalidUTF8(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(text)
}
