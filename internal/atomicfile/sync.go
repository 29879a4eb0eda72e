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

// System has the system calls that durability depends on. It is a variable so
// that tests can record them: nothing short of a power cut would show whether
// they are made, and in which order.
var System = struct {
	Sync   func(Syncer) error
	Rename func(from, to string) error
	Remove func(name string) error
}{Syncer.Sync, os.Rename, os.Remove}

// Sync brings a file's bytes to the disk. A file system that cannot do that at
// all is no reason to refuse to work on it.
func Sync(f Syncer) error {
	err := System.Sync(f)
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		return nil
	}
	return err
}

// SyncDir brings a directory's entries to the disk: without it a power cut can
// undo a creation, a rename or a removal. Windows has no such call.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err == nil {
		err = errors.Join(Sync(d), d.Close())
	}
	if err != nil {
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
