package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestWriteFuncKeepsTheOldFileAfterAnError(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := WriteFunc(path, 0o600, func(w io.Writer) error {
		_, err := w.Write(make([]byte, 1<<20))
		return errors.Join(err, broken)
	})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), path) {
		t.Errorf("WriteFunc: %v", err)
	}
	if readFile(t, path) != "old" || names(t, dir) != "out" {
		t.Errorf("the file says %q, the directory holds %q", readFile(t, path), names(t, dir))
	}
}

func TestWhatIsLeftBehindIsSwept(t *testing.T) {
	path := writeTemp(t, "x.lock.json", "old")
	dir := filepath.Dir(path)
	left := filepath.Join(dir, tempPrefix(path)+"00c0ffee")
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	// A writer of any file cannot know that the other is dead, until it is old.
	if err := write(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := strings.Fields(names(t, dir)); len(got) != 2 {
		t.Fatalf("directory holds %q: a temporary file in use would have been removed", got)
	}
	old := time.Now().Add(-2 * orphanAge)
	if err := os.Chtimes(left, old, old); err != nil {
		t.Fatal(err)
	}
	if err := write(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); got != "x.lock.json" {
		t.Errorf("directory holds %q", got)
	}

	// Whoever knows that no other is at work removes it at once.
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	Sweep(path)
	if got := names(t, dir); got != "x.lock.json" {
		t.Errorf("after a sweep the directory holds %q", got)
	}
}

func TestWriteRefusesALinkToNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dangling")
	if err := os.Symlink("nowhere", path); err != nil {
		t.Fatal(err)
	}
	if err := write(path, nil, 0o644); err == nil || !strings.Contains(err.Error(), "leads nowhere") {
		t.Errorf("write: %v", err)
	}
}

func TestSyncAndRemove(t *testing.T) {
	system := System
	t.Cleanup(func() { System = system })
	path := writeTemp(t, "x", "")
	for err, want := range map[error]error{syscall.EINVAL: nil, errors.ErrUnsupported: nil, syscall.EIO: syscall.EIO} {
		System.Sync = func(Syncer) error { return err }
		if got := SyncDir(filepath.Dir(path)); !errors.Is(got, want) {
			t.Errorf("a sync that ends with %v: %v, want %v", err, got, want)
		}
	}
	System = system
	System.Remove = func(string) error { return syscall.EPERM }
	if err := Remove(path); !errors.Is(err, syscall.EPERM) {
		t.Errorf("Remove: %v", err)
	}
	System = system
	for range 2 {
		if err := Remove(path); err != nil || names(t, filepath.Dir(path)) != "" {
			t.Errorf("Remove: %v, %q is left", err, names(t, filepath.Dir(path)))
		}
	}
}

func TestRead(t *testing.T) {
	path := writeTemp(t, "x", "12345678")
	if data, info, err := Read(path, 8); err != nil || string(data) != "12345678" || info.Size() != 8 {
		t.Errorf("Read = %q, %v, %v", data, info, err)
	}
	if data, _, err := Read(path, 7); !errors.Is(err, ErrTooLarge) || len(data) > 0 {
		t.Errorf("Read = %q, %v, want it to be too large", data, err)
	}
}

// A try leaves everything as it was, and finds out what a write would.
func TestTry(t *testing.T) {
	path := writeTemp(t, "x", "old")
	dir := filepath.Dir(path)
	synced := int64(0)
	system := System
	t.Cleanup(func() { System = system })
	System.Sync = func(s Syncer) error {
		if info, err := s.(*os.File).Stat(); err == nil && info.Mode().IsRegular() {
			synced = max(synced, info.Size())
		}
		return nil
	}
	for _, name := range []string{path, filepath.Join(dir, "new")} {
		synced = 0
		if err := Try(name, 12345); err != nil || synced != 12345 {
			t.Errorf("Try = %v with %d bytes on disk", err, synced)
		}
	}
	if readFile(t, path) != "old" || names(t, dir) != "x" {
		t.Errorf("the file says %q, the directory holds %q", readFile(t, path), names(t, dir))
	}
	broken := errors.New("broken")
	for what, fail := range map[string]func(){
		"sync":   func() { System.Sync = func(Syncer) error { return broken } },
		"rename": func() { System.Rename = func(string, string) error { return broken } },
	} {
		System = system
		fail()
		if err := Try(path, 1); !errors.Is(err, broken) || readFile(t, path) != "old" || names(t, dir) != "x" {
			t.Errorf("with a broken %s: %v, %q, %q", what, err, readFile(t, path), names(t, dir))
		}
	}
	if err := Try(filepath.Join(dir, "gone", "x"), 1); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in no directory: %v", err)
	}
}
