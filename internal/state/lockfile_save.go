package state

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"sbexport/internal/atomicfile"
)

// errSame ends a write that turns out to change nothing.
var errSame = errors.New("the bytes are the same")

// Save writes the lockfile if that changes its bytes, and reports whether it did.
// It is atomic, see atomicfile.WriteFunc; a new file gets the mode 0644. A file
// that somebody else changed since it was last read or written is left alone: the
// error is a *FileError.
//
// Only the holder of the run lock may save: temporary files of other writers are
// taken for left behind, and removed.
func (l *Lockfile) Save() (changed bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	atomicfile.Sweep(l.path)
	if !l.dirty || l.digest == "" && len(l.entries) == 0 {
		return false, nil
	}
	if err := l.checkUnchanged(); err != nil {
		return false, err
	}
	l.sort()
	sum := ""
	err = atomicfile.WriteFunc(l.path, 0o644, func(w io.Writer) error {
		h := sha256.New()
		if err := l.encode(io.MultiWriter(w, h)); err != nil {
			return err
		}
		sum = hex.EncodeToString(h.Sum(nil))
		if sum == l.digest {
			return errSame
		}
		l.tried = sum
		return nil
	})
	if err != nil && !errors.Is(err, errSame) {
		return false, fmt.Errorf("save the lockfile: %w", err)
	}
	changed = err == nil
	info, err := os.Stat(l.path)
	if err != nil {
		return changed, fmt.Errorf("look at the saved lockfile: %w", err)
	}
	l.digest, l.info, l.dirty = sum, info, false
	return changed, nil
}

// Try makes sure that the file can be replaced and that there is room for more
// bytes than it has, see atomicfile.Try.
func (l *Lockfile) Try(more int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.info != nil {
		more += l.info.Size()
	}
	return atomicfile.Try(l.path, more)
}

// Keep writes a copy of the file, as it is, to one of the program's own.
func (l *Lockfile) Keep(name string) error {
	text, _, err := lockfileKind.read(l.path)
	if err != nil {
		return err
	}
	return atomicfile.WriteOwn(name, text, 0o644)
}

// checkUnchanged refuses to write over changes that somebody else made, a pull
// from version control for one. Reading the file again is saved where its size,
// time and identity are what they were.
func (l *Lockfile) checkUnchanged() error {
	info, err := os.Stat(l.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && l.info == nil:
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("look at the lockfile: %w", err)
	case err == nil && l.info != nil && os.SameFile(info, l.info) &&
		info.Size() == l.info.Size() && info.ModTime().Equal(l.info.ModTime()):
		return nil
	}
	data, info, err := lockfileKind.read(l.path)
	if err != nil {
		return err
	}
	if found := digest(data); info == nil || found != l.digest && found != l.tried {
		return &FileError{
			lockfileKind.noun, l.path, 0, "somebody else changed it in the meantime",
			"run the command again: it starts from the file as it is now, and what this run did is not lost",
		}
	}
	return nil
}

// encode writes the entries, which are sorted, in the one form they have: a
// line for each, so that a diff shows the exports that changed and no others.
func (l *Lockfile) encode(w io.Writer) error {
	b := bufio.NewWriter(w) // its errors stay; Flush returns the first
	fmt.Fprintf(b, "{\"lockfile_version\":%d,\n", lockfileVersion)
	if l.unknown != "" {
		b.WriteString(l.unknown + ",\n")
	}
	b.WriteString("\"exports\":[")
	var line []byte
	for i, e := range l.entries {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		var err error
		if line, err = e.appendLine(line[:0]); err != nil {
			return err
		}
		b.Write(line)
	}
	b.WriteString("\n]}\n")
	return b.Flush()
}
