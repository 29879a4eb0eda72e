package state

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sbexport/internal/platform"
)

func ptr(s string) *string { return &s }

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// full has every member set.
func full() Entry {
	return Entry{
		File: "567890abc8a5639cc6722063", Project: "rfranklin/rna-seq", Path: "results/a & b <1>.vcf.gz", Size: 1234,
		Volume: "rfranklin/archive", Location: "vcf/S1/a.vcf.gz", CopyOnly: true, Overwrite: true,
		Properties: platform.Properties{"sse_algorithm": ptr("AES256"), "aws_canned_acl": nil},
		State:      platform.Failed, ExportID: "erand0md6gMeuLlhWTNVj192RsnOMgdB", Rule: "variant-calls",
		StartedOn: at("2026-01-02T03:04:05Z"), FinishedOn: at("2026-01-02T03:05:00Z"),
		Error: &Failure{Code: 9107, Status: 409, Message: "Location on volume already contains a file", Permanent: true},
	}
}

// small has only what is always there.
func small(file, volume, location string, state platform.State) Entry {
	return Entry{File: file, Project: "p/q", Path: "x", Volume: volume, Location: location, State: state, Rule: "exports[0]"}
}

func writeTemp(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func mustLoad(t *testing.T, path string) *Lockfile {
	t.Helper()
	l, err := Load(path)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return l
}

func mustSave(t *testing.T, l *Lockfile, wantChanged bool) {
	t.Helper()
	changed, err := l.Save()
	if err != nil {
		t.Fatalf("Save: %v", err)
	}
	if changed != wantChanged {
		t.Fatalf("Save reports changed = %v, want %v", changed, wantChanged)
	}
}

// names lists a directory.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}
