package state

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// dieWritingEnv makes the test binary a process that is killed half way through
// writing the file that it names, see TestMain.
const dieWritingEnv = "SBEXPORT_TEST_DIE_WRITING"

func dieWriting(path string) int {
	err := WriteFunc(path, 0o644, func(w io.Writer) error {
		if _, err := w.Write(make([]byte, 1<<20)); err != nil {
			return err
		}
		self, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = self.Kill()
		}
		if err != nil {
			return err
		}
		select {}
	})
	_, _ = os.Stderr.WriteString(err.Error())
	return 0
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out")
	for _, content := range []string{"first", "", "a longer second", strings.Repeat("x", 1<<20)} {
		if err := WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := readFile(t, path); got != content {
			t.Errorf("read %d bytes, want %d", len(got), len(content))
		}
	}
	if got := names(t, dir); got != "out" {
		t.Errorf("directory holds %q", got)
	}
}

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

func TestWriterThatIsKilledLeavesTheOldFile(t *testing.T) {
	path := writeTemp(t, "x.lock.json", golden)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), dieWritingEnv+"="+path)
	out, err := cmd.CombinedOutput()
	if err == nil || len(out) > 0 {
		t.Fatalf("the writer was not killed: %v, %s", err, out)
	}
	dir := filepath.Dir(path)
	left := strings.Fields(names(t, dir))
	if len(left) != 2 || readFile(t, path) != golden {
		t.Fatalf("directory holds %q, want the old file and what the writer had written", left)
	}

	// A writer of any file cannot know that the other is dead, until it is old.
	if err := WriteFile(path, []byte(golden), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := strings.Fields(names(t, dir)); len(got) != 2 {
		t.Fatalf("directory holds %q: a temporary file in use would have been removed", got)
	}
	old := time.Now().Add(-2 * orphanAge)
	if err := os.Chtimes(filepath.Join(dir, left[0]), old, old); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(path, []byte(golden), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); got != "x.lock.json" {
		t.Errorf("directory holds %q", got)
	}

	// Whoever holds the run lock does know, and removes it even if there is
	// nothing to save.
	if err := os.WriteFile(filepath.Join(dir, left[0]), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	mustSave(t, mustLoad(t, path), false)
	if got := names(t, dir); got != "x.lock.json" {
		t.Errorf("after a save the directory holds %q", got)
	}
}

func TestWriteFileRefuses(t *testing.T) {
	dir := t.TempDir()
	dangling := filepath.Join(dir, "dangling")
	if err := os.Symlink("nowhere", dangling); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir:                              "it is a directory",
		dangling:                         "leads nowhere",
		filepath.Join(dir, "no", "file"): "no such file or directory",
	} {
		if err := WriteFile(path, nil, 0o644); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("WriteFile(%s): %v, want %q", path, err, want)
		}
	}
}

func TestNames(t *testing.T) {
	tests := []struct{ plan, lockfile, journal, lock string }{
		{"sbexport.yaml", "sbexport.lock.json", ".sbexport/sbexport.journal", ".sbexport/sbexport.lock"},
		{"a/b.c/plan.yml", "a/b.c/plan.lock.json", "a/b.c/.sbexport/plan.journal", "a/b.c/.sbexport/plan.lock"},
		{"../2026.cohort.yaml", "../2026.cohort.lock.json", "../.sbexport/2026.cohort.journal", "../.sbexport/2026.cohort.lock"},
		{"noending", "noending.lock.json", ".sbexport/noending.journal", ".sbexport/noending.lock"},
		{".yaml", ".yaml.lock.json", ".sbexport/.yaml.journal", ".sbexport/.yaml.lock"},
	}
	for _, tt := range tests {
		got := [3]string{LockfileName(tt.plan), JournalName(tt.plan), RunLockName(tt.plan)}
		want := [3]string{filepath.FromSlash(tt.lockfile), filepath.FromSlash(tt.journal), filepath.FromSlash(tt.lock)}
		if got != want {
			t.Errorf("%s: %q, want %q", tt.plan, got, want)
		}
	}
}

func TestEnsureDir(t *testing.T) {
	plan := filepath.Join(t.TempDir(), "sbexport.yaml")
	dir := Dir(plan)
	ignore := filepath.Join(dir, ".gitignore")
	for range 2 {
		if err := EnsureDir(dir); err != nil {
			t.Fatal(err)
		}
		if got := readFile(t, ignore); got != "*\n" {
			t.Errorf(".gitignore says %q", got)
		}
	}
	if err := os.WriteFile(ignore, []byte("*.journal\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := EnsureDir(dir); err != nil || readFile(t, ignore) != "*.journal\n" {
		t.Errorf("a .gitignore of the user's own says %q now (%v)", readFile(t, ignore), err)
	}
	if err := EnsureDir(plan + "/gone/.sbexport"); err == nil {
		t.Error("EnsureDir made a directory in a directory that is not there")
	}
	if err := EnsureDir(writeTemp(t, ".sbexport", "")); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("EnsureDir over a file: %v", err)
	}
}
