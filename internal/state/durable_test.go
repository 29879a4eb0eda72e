package state

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/atomicfile"
	"sbexport/internal/platform"
)

// record notes the calls that durability hangs on: names without their random
// part, and how many bytes a file had when it was synced, as what is written
// later is not on disk.
func record(t *testing.T) (calls func() string) {
	t.Helper()
	system := atomicfile.System
	t.Cleanup(func() { atomicfile.System = system })
	random := regexp.MustCompile(`\.tmp-[0-9a-f]{16}`)
	var lines []string
	note := func(format string, args ...any) {
		lines = append(lines, random.ReplaceAllString(fmt.Sprintf(format, args...), ".tmp"))
	}
	atomicfile.System.Sync = func(s atomicfile.Syncer) error {
		f := s.(*os.File)
		info, err := f.Stat()
		if err != nil {
			return err
		}
		if info.IsDir() {
			note("sync the folder %s", filepath.Base(f.Name()))
		} else {
			note("sync %s with %d bytes", filepath.Base(f.Name()), info.Size())
		}
		return system.Sync(s)
	}
	atomicfile.System.Rename = func(from, to string) error {
		note("rename %s to %s", filepath.Base(from), filepath.Base(to))
		return system.Rename(from, to)
	}
	atomicfile.System.Remove = func(name string) error {
		note("remove %s", filepath.Base(name))
		return system.Remove(name)
	}
	return func() string {
		all := strings.Join(lines, "\n")
		lines = nil
		return all
	}
}

// What must survive a power cut is on disk before anything is built on it. No
// killed process shows that: the kernel keeps what was written.
func TestWhatIsWrittenIsOnDisk(t *testing.T) {
	plan := filepath.Join(t.TempDir(), "plans", "x.yaml")
	if err := os.Mkdir(filepath.Dir(plan), 0o755); err != nil {
		t.Fatal(err)
	}
	calls := record(t)
	check := func(what, want string) {
		t.Helper()
		if diff := cmp.Diff(want, calls()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	if err := EnsureDir(Dir(plan)); err != nil {
		t.Fatal(err)
	}
	check("a new folder", "sync ..gitignore.tmp with 2 bytes\nrename ..gitignore.tmp to .gitignore\nsync the folder .sbexport\nsync the folder plans")
	if err := EnsureDir(Dir(plan)); err != nil {
		t.Fatal(err)
	}
	check("a folder that a run has made that may have died then", "sync the folder plans")

	j, _, err := OpenJournal(JournalName(plan))
	if err != nil {
		t.Fatal(err)
	}
	head := len(header())
	check("a new journal", fmt.Sprintf("sync x.journal with %d bytes\nsync the folder .sbexport", head))
	mustAppend(t, j, intent("1"))
	text := readFile(t, JournalName(plan))
	check("an intent", fmt.Sprintf("sync x.journal with %d bytes", len(text)))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(JournalName(plan), []byte(text+"torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	j, _, err = OpenJournal(JournalName(plan))
	if err != nil {
		t.Fatal(err)
	}
	check("a torn end", fmt.Sprintf("sync x.journal with %d bytes\nsync the folder .sbexport", len(text)))

	l := mustLoad(t, LockfileName(plan))
	l.Put(small("1", "v", "a", platform.Completed))
	mustSave(t, l, true)
	check("the lockfile", fmt.Sprintf("sync .x.lock.json.tmp with %d bytes\nrename .x.lock.json.tmp to x.lock.json\nsync the folder plans",
		len(readFile(t, l.Path()))))
	if err := j.Remove(); err != nil {
		t.Fatal(err)
	}
	check("the journal's end", "remove x.journal\nsync the folder .sbexport")
}
