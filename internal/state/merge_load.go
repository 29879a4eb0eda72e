package state

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
)

// LoadSide is Load for a file that must be there.
func LoadSide(path string) (*Lockfile, error) {
	l, err := Load(path)
	if err == nil && l.info == nil {
		return nil, noLockfile(path)
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
	info, err := os.Stat(path)
	if path == os.DevNull || err == nil && info.Mode().IsRegular() && info.Size() == 0 {
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
	sides, line, err := split(bytes.TrimPrefix(data, []byte("\uFEFF")))
	if err != nil {
		return nil, nil, nil, lockfileKind.damaged(path, line, err)
	}
	if ours, err = parseSide(path, sides[markOurs]); err != nil {
		return nil, nil, nil, fmt.Errorf("our side of the conflict: %w", err)
	}
	if theirs, err = parseSide(path, sides[markTheirs]); err != nil {
		return nil, nil, nil, fmt.Errorf("their side of the conflict: %w", err)
	}
	if base, err = parseSide(path, sides[markBase]); err != nil {
		base = newLockfile(path) // an ancestor that was itself in conflict tells nothing
		base.unknown = ours.unknown
	}
	return base, ours, theirs, nil
}

// A merge by lines knows nothing of the commas between exports.
var (
	betweenExports = regexp.MustCompile(`\}[ \t]*,?\s*\n\s*\{`)
	afterExports   = regexp.MustCompile(`,\s*\n\s*\]`)
)

func parseSide(path string, lines []byte) (*Lockfile, error) {
	text := betweenExports.ReplaceAll(lines, []byte("},\n{"))
	l := newLockfile(path)
	err := l.parse(afterExports.ReplaceAll(text, []byte("\n]")))
	return l, err
}

// The marker that begins each part of a conflict, and the one that ends it.
const (
	markOurs   = '<'
	markBase   = '|'
	markTheirs = '='
	markEnd    = '>'
)

// split takes a text with conflict markers apart into its sides, by their
// markers. After an error it returns the line that it is in.
func split(text []byte) (sides map[byte][]byte, n int, err error) {
	sides = map[byte][]byte{}
	inside := byte(0) // the conflict's part, or 0 outside of any
	for line := range bytes.Lines(text) {
		n++
		mark := marker(bytes.TrimRight(line, "\r\n"))
		switch string([]byte{inside, mark}) {
		case "\x00<", "<|", "<=", "|=":
			inside = mark
		case "=>":
			inside = 0
		case "\x00\x00":
			for _, side := range []byte{markOurs, markBase, markTheirs} {
				sides[side] = append(sides[side], line...)
			}
		default:
			if mark != 0 {
				return nil, n, errors.New("its conflict markers are out of order")
			}
			sides[inside] = append(sides[inside], line...)
		}
	}
	if inside != 0 {
		return nil, n, errors.New("its last conflict has no end")
	}
	return sides, n, nil
}

// marker is the character that a line of conflict markers is made of, or 0.
// Nested conflicts of an ancestor have longer markers and count as text.
func marker(line []byte) byte {
	mark, _, _ := bytes.Cut(line, []byte{' '})
	if len(mark) != 7 || bytes.Count(mark, mark[:1]) != 7 || bytes.IndexByte([]byte{markOurs, markBase, markTheirs, markEnd}, mark[0]) < 0 {
		return 0
	}
	return mark[0]
}
