package state

import (
	"bytes"
	"errors"
	"fmt"
	"os"
)

// LoadSide is Load for a file that must be there.
func LoadSide(path string) (*Lockfile, error) {
	l, err := Load(path)
	if err == nil && l.info == nil {
		err = noLockfile(path)
	}
	return l, err
}

func noLockfile(path string) error {
	return fmt.Errorf("read the lockfile %q: %w", path, os.ErrNotExist)
}

// LoadBase is LoadSide for the common ancestor of a merge. An empty file, which
// is what git hands out when there is no ancestor, and the null device are an
// empty lockfile.
func LoadBase(path string) (*Lockfile, error) {
	if path == os.DevNull {
		return newLockfile(path), nil
	}
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		return newLockfile(path), nil
	}
	return LoadSide(path)
}

// LoadMarked reads a lockfile that a merge has left conflict markers in, and
// returns the three sides. Where the markers do not tell the ancestor (git does
// with merge.conflictStyle diff3 or zdiff3), it has none of the lines in
// conflict, so that nothing counts as deleted. A lockfile without markers is all
// three sides.
func LoadMarked(path string) (base, ours, theirs *Lockfile, err error) {
	data, info, err := lockfileKind.read(path)
	if err == nil && info == nil {
		err = noLockfile(path)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	var s marked
	if err := s.split(bytes.TrimPrefix(data, []byte("\uFEFF"))); err != nil {
		return nil, nil, nil, lockfileKind.damaged(path, s.line, err)
	}
	if ours, err = parseSide(path, s.ours.text()); err != nil {
		return nil, nil, nil, fmt.Errorf("our side of the conflict: %w", err)
	}
	if theirs, err = parseSide(path, s.theirs.text()); err != nil {
		return nil, nil, nil, fmt.Errorf("their side of the conflict: %w", err)
	}
	if base, err = parseSide(path, s.base.text()); err != nil {
		base = newLockfile(path) // an ancestor that was itself in conflict tells nothing
		base.unknown = ours.unknown
	}
	return base, ours, theirs, nil
}

func parseSide(path string, text []byte) (*Lockfile, error) {
	l := newLockfile(path)
	err := l.parse(text)
	return l, err
}

// marked takes a text with conflict markers apart.
type marked struct {
	base, ours, theirs side
	line               int // that was read last
	section            byte
}

// The marker that begins each part of a conflict; zero is outside of any.
const (
	markOurs   = '<'
	markBase   = '|'
	markTheirs = '='
	markEnd    = '>'
)

// split fills the sides.
func (s *marked) split(text []byte) error {
	for line := range bytes.Lines(text) {
		s.line++
		line = bytes.TrimRight(line, "\r\n")
		if mark := marker(line); mark != 0 {
			if err := s.enter(mark); err != nil {
				return err
			}
			continue
		}
		switch s.section {
		case markOurs:
			s.ours.add(line)
		case markBase:
			s.base.add(line)
		case markTheirs:
			s.theirs.add(line)
		default:
			s.ours.add(line)
			s.base.add(line)
			s.theirs.add(line)
		}
	}
	if s.section != 0 {
		return errors.New("its last conflict has no end")
	}
	return nil
}

// enter begins a part of a conflict, or ends the conflict.
func (s *marked) enter(mark byte) error {
	before := map[byte]string{
		markOurs: "\x00", markBase: string(byte(markOurs)),
		markTheirs: string([]byte{markOurs, markBase}), markEnd: string(byte(markTheirs)),
	}[mark]
	if bytes.IndexByte([]byte(before), s.section) < 0 {
		return errors.New("its conflict markers are out of order")
	}
	s.section = mark
	if mark == markEnd {
		s.section = 0
	}
	return nil
}

// marker is the character that a line of conflict markers is made of, or 0.
// Nested conflicts of an ancestor have longer markers and count as text.
func marker(line []byte) byte {
	const length = 7
	if len(line) < length || len(line) > length && line[length] != ' ' {
		return 0
	}
	c := line[0]
	if bytes.IndexByte([]byte{markOurs, markBase, markTheirs, markEnd}, c) < 0 ||
		bytes.Count(line[:length], []byte{c}) != length {
		return 0
	}
	return c
}

// side is the text of one side under construction. A merge by lines knows
// nothing of the commas between exports, so they are set anew.
type side struct {
	b    bytes.Buffer
	open bool // the last line is an export, which has no comma yet
}

func (s *side) add(line []byte) {
	body := bytes.TrimSpace(line)
	isExport := bytes.HasPrefix(body, []byte(`{"`)) && !bytes.HasPrefix(body, []byte(`{"lockfile_version"`)) &&
		bytes.HasSuffix(bytes.TrimSuffix(body, []byte{','}), []byte{'}'})
	if s.open && isExport {
		s.b.WriteByte(',')
	}
	if s.b.Len() > 0 {
		s.b.WriteByte('\n')
	}
	if isExport {
		line = bytes.TrimSuffix(body, []byte{','})
	}
	s.open = isExport
	s.b.Write(line)
}

func (s *side) text() []byte { return s.b.Bytes() }
