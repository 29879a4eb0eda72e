package state

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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
