package atomicfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// Syncer is a file that can be brought to the disk.
type Syncer interface{ Sync() error }

// System is the calls to the operating system that durability hangs on. It is a
// variable so that tests can record them: whether they are made, and in which
// order, only a power cut would show.
var System = struct {
	Sync   func(Syncer) error
	Rename func(from, to string) error
	Remove func(name string) error
}{Syncer.Sync, os.Rename, os.Remove}

// Sync has a file's bytes on disk. A file system that cannot do so at all is no
// reason to refuse to work on it.
func Sync(f Syncer) error {
	err := System.Sync(f)
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		return nil
	}
	return err
}

// SyncDir has a directory's entries on disk: without it a power cut can undo a
// creation, a rename or a removal. Windows has no such call.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync the directory: %w", err)
	}
	if err := errors.Join(Sync(d), d.Close()); err != nil {
		return fmt.Errorf("sync the directory: %w", err)
	}
	return nil
}

// Remove removes a file, for good even if the power is cut next. One that is not
// there counts as removed.
func Remove(name string) error {
	if err := System.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return SyncDir(filepath.Dir(name))
}
