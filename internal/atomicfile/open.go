package atomicfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrTooLarge is the error of a file that is larger than any of its kind.
var ErrTooLarge = errors.New("the file is too large")

// KindError says that a name is not that of a regular file.
type KindError struct {
	Name string
	Kind string // what it is instead, such as "a directory"
	Own  bool   // the name is that of a file of the program's own making
}

func (e *KindError) Error() string { return fmt.Sprintf("%q is %s", e.Name, e.Kind) }

// Hint says what to do.
func (e *KindError) Hint() string {
	if e.Own {
		return "move it away: sbexport makes its own there"
	}
	return "name a regular file; a pipe or a device cannot stand for one"
}

// kind names what is not a regular file.
func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe, not a regular file"
	case mode&fs.ModeSocket != 0:
		return "a socket, not a regular file"
	case mode&fs.ModeDevice != 0:
		return "a device, not a regular file"
	}
	return "not a regular file"
}

// Check makes sure that nothing but a regular file, or none, has the name.
func Check(name string) error {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(name); err == nil {
			return &KindError{Name: name, Kind: "a symbolic link that leads nowhere"}
		}
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &KindError{Name: name, Kind: kind(info.Mode())}
	}
	return nil
}

// Open opens a regular file to read. What is not one is a *KindError, and is not
// waited for.
func Open(name string) (*os.File, error) { return open(name, os.O_RDONLY, 0) }

// Append opens a regular file to add to, and makes it if there is none.
func Append(name string, perm fs.FileMode) (*os.File, error) {
	return open(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, perm)
}

// open looks at what was opened, and not at what the name stood for before.
func open(name string, flag int, perm fs.FileMode) (*os.File, error) {
	f, err := os.OpenFile(name, flag|nonBlocking, perm)
	if err != nil {
		// A pipe that nobody reads, and a socket, cannot be opened at all.
		if bad, ok := errors.AsType[*KindError](Check(name)); ok {
			return nil, bad
		}
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &KindError{Name: name, Kind: kind(info.Mode())}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// OpenOwn opens a file of the program's own making. Neither it nor the directory
// that it is in may be a symbolic link: either may have come with a repository
// and lead anywhere. With os.O_CREATE in flag it makes a file that is not there,
// with the mode that the umask leaves.
func OpenOwn(name string, flag int) (*os.File, error) {
	dir := filepath.Dir(name)
	if info, err := os.Lstat(dir); err == nil && !info.IsDir() {
		return nil, &KindError{Name: dir, Kind: "not a directory", Own: true}
	}
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && flag&os.O_CREATE != 0:
		flag |= os.O_EXCL // which follows no link
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, &KindError{Name: name, Kind: kind(info.Mode()), Own: true}
	default:
		flag &^= os.O_CREATE
	}
	return open(name, flag|noFollow, 0o666)
}

// Read reads a regular file of at most most bytes. Its description is from
// before the reading, so that a change during it is noticed later. A larger one
// is ErrTooLarge.
func Read(name string, most int64) ([]byte, fs.FileInfo, error) {
	f, err := Open(name)
	return readAll(f, err, most)
}

// ReadOwn is Read for a file of the program's own making, see OpenOwn.
func ReadOwn(name string, most int64) ([]byte, fs.FileInfo, error) {
	f, err := OpenOwn(name, os.O_RDONLY)
	return readAll(f, err, most)
}

func readAll(f *os.File, err error, most int64) ([]byte, fs.FileInfo, error) {
	if err != nil {
		return nil, nil, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	// What has no end is not read to it, and what is too large not begun.
	b := bytes.NewBuffer(make([]byte, 0, min(info.Size(), most)+bytes.MinRead))
	if info.Size() <= most {
		_, err = b.ReadFrom(io.LimitReader(f, most+1))
	}
	if err == nil && max(info.Size(), int64(b.Len())) > most {
		err = fmt.Errorf("%w: %q has more than %d bytes", ErrTooLarge, f.Name(), most)
	}
	return b.Bytes(), info, err
}
