package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sbexport/internal/atomicfile"
)

// dirName is the directory beside the plan for what is never committed.
const dirName = ".sbexport"

// LockfileName is the path of a plan's lockfile: beside the plan, with the
// plan's ending replaced.
func LockfileName(plan string) string {
	return filepath.Join(filepath.Dir(plan), base(plan)+".lock.json")
}

// Dir is the path of the directory that holds a plan's journal, run lock and
// simulator state. EnsureDir makes it.
func Dir(plan string) string { return filepath.Join(filepath.Dir(plan), dirName) }

// JournalName is the path of a plan's journal.
func JournalName(plan string) string { return filepath.Join(Dir(plan), base(plan)+".journal") }

// RunLockName is the path of a plan's run lock.
func RunLockName(plan string) string { return filepath.Join(Dir(plan), base(plan)+".lock") }

// base is the plan's file name without directory and ending. A name that is
// nothing but an ending (".plan") counts as a name.
func base(plan string) string {
	name := filepath.Base(plan)
	if stem := name[:len(name)-len(filepath.Ext(name))]; stem != "" {
		return stem
	}
	return name
}

// EnsureDir makes the directory dir with a .gitignore that keeps all of it out
// of version control. The directory above it must exist. A .gitignore that is
// there is left alone.
func EnsureDir(dir string) error {
	// The umask decides who else may use it, as with any directory a user makes.
	err := os.Mkdir(dir, 0o777)
	if errors.Is(err, fs.ErrExist) {
		var info fs.FileInfo
		// A link may have come with a repository, and lead anywhere.
		if info, err = os.Lstat(dir); err == nil && !info.IsDir() {
			err = &atomicfile.KindError{Name: dir, Kind: "in the way and not a directory", Own: true}
		}
	}
	if err != nil {
		return fmt.Errorf("make the directory for journal and run lock: %w", err)
	}
	ignore := filepath.Join(dir, ".gitignore")
	if _, err := os.Lstat(ignore); err != nil {
		if err := atomicfile.WriteOwn(ignore, []byte("*\n"), 0o666); err != nil {
			return err
		}
	}
	return atomicfile.SyncDir(filepath.Dir(dir)) // a journal is worth nothing in a directory that a power cut takes back
}
