package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// WriteFunc replaces the file at path with what write produces, atomically and
// durably: at any instant, power cuts included, the file is the old one or the
// new one, and when WriteFunc returns nil it is the new one. A file that exists
// keeps its permission bits; a new one gets perm, less the umask. A symbolic link
// to a file is followed; what is not a regular file is a *KindError. After an
// error, which may be write's own, the old file is as it was.
func WriteFunc(path string, perm fs.FileMode, write func(io.Writer) error) error {
	d, err := findDestination(path, perm)
	if err == nil {
		sweep(d.path, orphanAge)
		err = d.replace(write)
	}
	return writing(path, err)
}

// writing says which file an error is about, where it does not say so itself.
func writing(path string, err error) error {
	if _, ok := errors.AsType[*KindError](err); ok || err == nil {
		return err
	}
	return fmt.Errorf("write %q: %w", path, err)
}

// WriteOwn is WriteFunc with data, for a file of the program's own making, which
// is not replaced where it is a symbolic link, see OpenOwn.
func WriteOwn(path string, data []byte, perm fs.FileMode) error {
	f, err := OpenOwn(path, os.O_RDONLY)
	if err == nil {
		err = f.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return writing(path, err)
	}
	return WriteFunc(path, perm, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// Try makes sure that a file can be replaced by one of size bytes, so that this is
// known before it matters: a file that is there is replaced with what it holds
// already, and one that is not is still not there afterwards.
func Try(path string, size int64) error {
	d, err := findDestination(path, 0o600)
	if err == nil {
		var temp string
		temp, err = d.temporary(func(w io.Writer) error {
			// No file system stores these in less room than they take.
			_, err := io.CopyN(w, rand.NewChaCha8([32]byte{}), size)
			return err
		})
		_ = os.Remove(temp)
	}
	if err == nil && d.exact {
		err = d.replace(d.copyTo)
	}
	return writing(path, err)
}

// Sweep removes what a writer of the file that died has left behind. Only where
// no other writer can be at work may it be called.
func Sweep(path string) {
	if d, err := findDestination(path, 0); err == nil {
		sweep(d.path, 0)
	}
}

// destination is the file that a write is to end in.
type destination struct {
	path  string // symbolic links followed, so that it is their target that is replaced
	perm  fs.FileMode
	exact bool // the file exists, and perm holds whatever the umask is
}

func findDestination(path string, perm fs.FileMode) (destination, error) {
	if err := Check(path); err != nil {
		return destination{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return destination{path: path, perm: perm}, nil //nolint:nilerr // there is none
	}
	target, err := filepath.EvalSymlinks(path)
	return destination{path: target, perm: info.Mode().Perm(), exact: true}, err
}

func (d destination) copyTo(w io.Writer) error {
	f, err := Open(d.path)
	if err == nil {
		_, err = io.Copy(w, f)
		err = errors.Join(err, f.Close())
	}
	return err
}

// replace writes a temporary file and renames it over the destination. The file's
// bytes and the directory's entry are on disk when it returns nil.
func (d destination) replace(write func(io.Writer) error) error {
	temp, err := d.temporary(write)
	if err == nil {
		err = System.Rename(temp, d.path)
	}
	if err != nil {
		_ = os.Remove(temp) // the first error is the one that matters; a later sweep gets the file
		return err
	}
	return SyncDir(filepath.Dir(d.path))
}

// temporary writes a file beside the destination and brings it to the disk. After
// an error too there may be such a file.
func (d destination) temporary(write func(io.Writer) error) (name string, err error) {
	// With a random name that is taken already, which happens about never, it fails.
	name = filepath.Join(filepath.Dir(d.path), fmt.Sprintf("%s%016x", tempPrefix(d.path), rand.Uint64()))
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, d.perm)
	if err != nil {
		return "", err
	}
	if d.exact && runtime.GOOS != "windows" { // Windows has no such bits to keep
		err = f.Chmod(d.perm)
	}
	b := bufio.NewWriterSize(f, 1<<16)
	if err == nil {
		err = write(b)
	}
	if err == nil {
		err = b.Flush()
	}
	if err == nil {
		err = Sync(f)
	}
	// Some file systems report a failed write only when the file is closed.
	return name, errors.Join(err, f.Close())
}

// orphanAge is how old a temporary file must be to count as left behind by a
// writer that died, where a living one cannot be ruled out.
const orphanAge = time.Hour

func tempPrefix(target string) string { return "." + filepath.Base(target) + ".tmp-" }

// sweep removes the target's temporary files that are at least as old as age;
// with an age of zero, all of them. It does what it can: they are in nobody's
// way, so that failing to remove them is no reason to fail.
func sweep(target string, age time.Duration) {
	dir, err := os.Open(filepath.Dir(target))
	if err != nil {
		return
	}
	names, _ := dir.Readdirnames(-1)
	_ = dir.Close()
	for _, name := range names {
		if !strings.HasPrefix(name, tempPrefix(target)) {
			continue
		}
		path := filepath.Join(filepath.Dir(target), name)
		info, err := os.Lstat(path)
		if err == nil && info.Mode().IsRegular() && (age == 0 || time.Since(info.ModTime()) >= age) {
			_ = os.Remove(path)
		}
	}
}
