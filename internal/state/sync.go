package state

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
)

// syncFile has a file's bytes on disk. A file system that cannot do so at all
// is no reason to refuse to work on it.
func syncFile(f interface{ Sync() error }) error {
	err := f.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		return nil
	}
	return err
}

// syncDir has a directory's entries on disk: without it a power cut can undo a
// creation, a rename or a removal. Windows has no such call.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync the directory: %w", err)
	}
	if err := errors.Join(syncFile(d), d.Close()); err != nil {
		return fmt.Errorf("sync the directory: %w", err)
	}
	return nil
}
