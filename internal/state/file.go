package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"sbexport/internal/atomicfile"
)

// FileError says why a lockfile or journal cannot be used. The file has been
// left as it was.
type FileError struct {
	Noun   string // what the file is: "lockfile", "journal"
	Path   string
	Line   int    // 1-based; 0 when it is about the whole file
	Detail string // a clause that says what is wrong
	Advice string // what to do about it
}

func (e *FileError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s %q: line %d: %s", e.Noun, e.Path, e.Line, e.Detail)
	}
	return fmt.Sprintf("%s %q: %s", e.Noun, e.Path, e.Detail)
}

// Hint says what to do.
func (e *FileError) Hint() string { return e.Advice }

// kindOfFile is what FileErrors about one kind of file have in common.
type kindOfFile struct {
	noun    string
	open    func(path string, most int64) ([]byte, fs.FileInfo, error)
	restore string // what to do when the file itself is no good
}

var (
	lockfileKind = kindOfFile{
		noun: "lockfile", open: readUnlinked,
		restore: "restore it from version control; if that is not possible, move it away and run \"sbexport adopt\", " +
			"which writes it anew from what is exported",
	}
	journalKind = kindOfFile{
		noun: "journal", open: atomicfile.ReadOwn,
		restore: "move it away and run \"sbexport apply\" again: what the run that wrote it did is then read back " +
			"from the platform, which takes more requests and loses nothing",
	}
)

// readUnlinked reads a file that is not a symbolic link. A lockfile that is one
// may have come with a repository, and would be written where it leads.
func readUnlinked(path string, most int64) ([]byte, fs.FileInfo, error) {
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return nil, nil, &atomicfile.KindError{Name: path, Kind: "a symbolic link, which is not followed", Own: true}
	}
	return atomicfile.Read(path, most)
}

// damaged says that a file is not what it should be.
func (k kindOfFile) damaged(path string, line int, err error) error {
	return &FileError{k.noun, path, line, err.Error(), k.restore}
}

// newer says that a file is of a version above known.
func (k kindOfFile) newer(path string, line int, version int64, known int) error {
	return &FileError{
		k.noun, path, line, fmt.Sprintf("it is of version %d, and this sbexport knows only up to %d", version, known),
		"use the version of sbexport that wrote it, or a later one",
	}
}

// maxFile is the largest lockfile or journal that is read, in bytes. A lockfile
// of a million exports is half of it.
const maxFile = 1 << 30

// read reads a whole file. Where there is none, data and info are nil.
func (k kindOfFile) read(path string) (data []byte, info fs.FileInfo, err error) {
	data, info, err = k.open(path, maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		data, info, err = nil, nil, atomicfile.Check(path)
	}
	bad, irregular := errors.AsType[*atomicfile.KindError](err)
	switch {
	case irregular:
		err = &FileError{k.noun, path, 0, "it is " + bad.Kind, "move away what is there; a lockfile and a journal are files of their own"}
	case errors.Is(err, atomicfile.ErrTooLarge):
		err = &FileError{k.noun, path, 0, fmt.Sprintf("it is larger than %d bytes, which no %s is", maxFile, k.noun), k.restore}
	case err != nil:
		err = fmt.Errorf("read the %s: %w", k.noun, err)
	}
	return data, info, err
}
