//go:build unix

package state

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sbexport/internal/atomicfile"
)

func TestLoadRefusesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(dir, "large")
	if err := errors.Join(os.WriteFile(large, nil, 0o600), os.Truncate(large, maxFile+1)); err != nil {
		t.Fatal(err)
	}
	dangling := filepath.Join(dir, "dangling")
	if err := os.Symlink("nowhere", dangling); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir: "it is a directory", pipe: "it is a pipe", dangling: "it is a symbolic link", "/dev/zero": "it is a device", large: "it is larger",
	} {
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load(%s): %v, want %v", path, err, want)
		}
	}
}

// What came with a repository under the names of the program's own files leads
// nowhere else.
func TestNoLinkIsFollowed(t *testing.T) {
	precious := writeTemp(t, "precious", "{}")
	unhurt := func(doing string, err error) {
		t.Helper()
		_, refused := errors.AsType[*FileError](err)
		if bad, ok := errors.AsType[*atomicfile.KindError](err); !ok && !refused {
			t.Errorf("%s: %v (%v), want a refusal", doing, err, bad)
		}
		if got := readFile(t, precious); got != "{}" || names(t, filepath.Dir(precious)) != "precious" {
			t.Errorf("%s: the file says %q, the folder holds %s", doing, got, names(t, filepath.Dir(precious)))
		}
	}
	for _, to := range []string{precious, filepath.Join(filepath.Dir(precious), "new")} {
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
		_, err := Lock(t.Context(), link, otherHolder(), 0)
		unhurt("lock", err)
		writeHolder(link, otherHolder())
		if got := readHolder(link); got != (Holder{}) {
			t.Errorf("read %v", got)
		}
		_, _, err = OpenJournal(link)
		unhurt("journal", err)
		_, err = ReadJournal(link)
		unhurt("read the journal", err)
		_, err = Load(link)
		unhurt("lockfile", err)
	}
	plan := filepath.Join(t.TempDir(), "x.yaml")
	if err := os.Symlink(filepath.Dir(precious), Dir(plan)); err != nil {
		t.Fatal(err)
	}
	if err := EnsureDir(Dir(plan)); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("EnsureDir: %v", err)
	}
	_, _, err := OpenJournal(JournalName(plan))
	unhurt("journal in a link", err)
	_, err = Lock(t.Context(), RunLockName(plan), otherHolder(), 0)
	unhurt("lock in a link", err)
}
