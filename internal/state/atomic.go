package state

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// WriteFile replaces the file at path with data, atomically and durably: at any
// instant, power cuts included, the file is the old one or the new one, and when
// WriteFile returns nil it is the new one. A file that exists keeps its
// permission bits; a new one gets perm, less the umask. A symbolic link is
// followed. A device or pipe is simply written to. After an error the old file
// is as it was.
func WriteFile(path string, data []byte, perm fs.FileMode) error {
	return WriteFunc(path, perm, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// WriteFunc is WriteFile for content that write produces piece by piece. When
// write returns an error the old file stays, and the error is wrapped.
func WriteFunc(path string, perm fs.FileMode, write func(io.Writer) error) error {
	d, err := findDestination(path, perm)
	switch {
	case err != nil:
	case d.special:
		err = d.writeThrough(write)
	default:
		sweep(d.path, orphanAge)
		err = d.replace(write)
	}
	if err != nil {
		return fmt.Errorf("write %q: %w", path, err)
	}
	return nil
}

// destination is the file that a write is to end in.
type destination struct {
	path    string // symbolic links followed, so that it is their target that is replaced
	perm    fs.FileMode
	exact   bool // perm is that of an existing file and holds whatever the umask is
	special bool // a device or pipe: renaming a file over it would destroy it
}

func findDestination(path string, perm fs.FileMode) (destination, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, lerr := os.Lstat(path); lerr == nil {
			return destination{}, errors.New("it is a symbolic link that leads nowhere")
		}
		return destination{path: path, perm: perm}, nil
	case err != nil:
		return destination{}, err
	case info.IsDir():
		return destination{}, errors.New("it is a directory")
	case !info.Mode().IsRegular():
		return destination{path: path, special: true}, nil
	}
	target, err := filepath.EvalSymlinks(path)
	return destination{path: target, perm: info.Mode().Perm(), exact: true}, err
}

func (d destination) writeThrough(write func(io.Writer) error) error {
	f, err := os.OpenFile(d.path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(buffered(f, write), f.Close())
}

// replace writes a temporary file in the same directory and renames it over the
// destination. The file's bytes and the directory's entry are on disk when it
// returns nil.
func (d destination) replace(write func(io.Writer) error) error {
	f, err := createTemp(d.path, d.perm)
	if err != nil {
		return err
	}
	err = d.fill(f, write)
	if err == nil {
		err = os.Rename(f.Name(), d.path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error is the one that matters; a later sweep gets the file
		return err
	}
	return syncDir(filepath.Dir(d.path))
}

func (d destination) fill(f *os.File, write func(io.Writer) error) error {
	var err error
	if d.exact && runtime.GOOS != "windows" { // Windows has no such bits to keep
		err = f.Chmod(d.perm)
	}
	if err == nil {
		err = buffered(f, write)
	}
	if err == nil {
		err = syncFile(f)
	}
	// Some file systems report a failed write only when the file is closed.
	return errors.Join(err, f.Close())
}

func buffered(w io.Writer, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(w, 1<<16)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}
