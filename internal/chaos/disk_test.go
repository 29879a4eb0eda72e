//go:build unix

package chaos

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sbexport/internal/cli"
)

// copied is a scenario of copies that replace: what is submitted twice shows.
func copied(count int) scenario {
	s := moves(count, quick)
	s.folders[0].rules = treatments[3]
	return s
}

// A disk that is full, wherever that is found out: the run says so and submits
// nothing more, and what it has submitted is known to the next one.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	s := copied(130) // more than one call
	twin := s.undisturbed(t)
	for _, size := range []int{1, 2000, 50_000, 70_000} {
		t.Run(fmt.Sprintf("%d bytes a file", size), func(t *testing.T) {
			w, server := settle(t, s)
			cmd := w.command(t.Context(), usual()...)
			cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%d", sizeVariable, size), fullVariable+"=1")
			text, _ := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != cli.ExitError || !strings.Contains(string(text), "file too large") {
				t.Errorf("exit %d\n%s", code, text)
			}
			if n := server.Counters()["items submitted"]; size < 20_000 && n > 0 {
				t.Errorf("%d files were submitted although that could not be recorded", n)
			}
			if d := w.live(t, life{}, usual()...); d.code != cli.ExitOK {
				t.Fatalf("with room again: %v", d)
			}
			if err := s.verdict(server, w.dir, twin); err != nil {
				t.Error(err)
			}
		})
	}
}

// A directory that is gone while an apply is at work, and comes back.
func TestDirectoryVanishes(t *testing.T) {
	t.Parallel()
	for _, point := range []string{pointIntended, pointAnswered, pointUnremoved} {
		t.Run(point, func(t *testing.T) {
			s := copied(130)
			w, server := settle(t, s)
			// The plan is named in full: the process stays in the directory wherever
			// that is moved to.
			p := w.pause(t, point, usual("--parallel", "1", "-f", filepath.Join(w.dir, planName))...)
			before := server.Counters()["items submitted"]
			away := w.dir + ".away"
			if err := os.Rename(w.dir, away); err != nil {
				t.Fatal(err)
			}
			if code, text := p.goOn(t); code != cli.ExitError || !strings.Contains(text, "no such file or directory") {
				t.Errorf("exit %d\n%s", code, text)
			}
			if n := server.Counters()["items submitted"] - before; n > 100 {
				t.Errorf("%d files were submitted without a journal, more than the call under way", n)
			}
			if err := os.Rename(away, w.dir); err != nil {
				t.Fatal(err)
			}
			if d := w.live(t, life{}, usual()...); d.code != cli.ExitOK {
				t.Fatalf("when it is back: %v", d)
			}
			if err := s.verdict(server, w.dir, s.undisturbed(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// The journal's directory is deleted under a run: it submits nothing more.
func TestJournalIsDeleted(t *testing.T) {
	t.Parallel()
	s := copied(130)
	w, server := settle(t, s)
	p := w.pause(t, pointOpened, usual()...)
	if err := os.RemoveAll(filepath.Join(w.dir, ".sbexport")); err != nil {
		t.Fatal(err)
	}
	if code, text := p.goOn(t); code != cli.ExitError || !strings.Contains(text, "journal") {
		t.Errorf("exit %d\n%s", code, text)
	}
	if n := server.Counters()["items submitted"]; n > 0 {
		t.Errorf("%d files were submitted without a journal", n)
	}
}

// Files that cannot be what they should be: an error that names the file, before
// anything is submitted, and the file stays as it is.
func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	entry := `{"file":"000000000000000000000001","project":"me/lab","path":"d0/f1.bam","size":1009,"volume":"me/two",` +
		`"location":"o/d0/f1.bam","copy_only":true,"overwrite":true,"state":"COMPLETED","rule":"d0-0"}`
	for _, c := range []struct{ name, file, text string }{
		{"empty", lockName, ""},
		{"not JSON", lockName, "exports: []\n"},
		{"cut off", lockName, "{\"lockfile_version\":1,\n\"exports\":[\n" + entry[:60]},
		{"in conflict", lockName, "{\"lockfile_version\":1,\n\"exports\":[\n<<<<<<< HEAD\n" + entry + "\n=======\n" + entry + "\n>>>>>>> theirs\n]}\n"},
		{"the same export twice", lockName, "{\"lockfile_version\":1,\n\"exports\":[\n" + entry + ",\n" + entry + "\n]}\n"},
		{"of a newer version", lockName, "{\"lockfile_version\":99,\n\"exports\":[\n]}\n"},
		{"zeros", lockName, strings.Repeat("\x00", 300)},
		{"a journal that is none", ".sbexport/plan.journal", "something else\nand more\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, server := settle(t, copied(3))
			path := filepath.Join(w.dir, c.file)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			d := w.live(t, life{}, usual()...)
			if d.code != cli.ExitError || !strings.Contains(d.err, filepath.Base(c.file)) || !strings.Contains(d.err, "hint:") {
				t.Errorf("no error with a hint that names %s: %v", c.file, d)
			}
			if n := server.Counters()["items submitted"]; n > 0 {
				t.Errorf("%d files were submitted", n)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != c.text {
				t.Errorf("the file was changed: %q, %v", after, err)
			}
		})
	}
}

// Directories that cannot be written to.
func TestReadOnlyDirectory(t *testing.T) {
	t.Parallel()
	program := readable(t)
	for _, c := range []struct {
		name    string
		top     os.FileMode // of the plan's directory
		made    bool        // the journal's directory is there already
		journal os.FileMode // its mode
	}{
		{"nothing can be made", 0o555, false, 0},
		{"the journal cannot", 0o777, true, 0o555},
		{"the lockfile cannot", 0o555, true, 0o777},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := copied(3)
			w, server := settle(t, s)
			setMode(t, filepath.Dir(w.dir), 0o755)
			setMode(t, filepath.Join(w.dir, planName), 0o644)
			if c.made {
				makeDir(t, filepath.Join(w.dir, ".sbexport"), c.journal)
			}
			setMode(t, w.dir, c.top)
			cmd := w.command(t.Context(), usual()...)
			cmd.Path = program
			if os.Geteuid() == 0 { // whom no mode holds up
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
			}
			text, _ := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != cli.ExitError || !strings.Contains(string(text), "permission") {
				t.Errorf("exit %d\n%s", code, text)
			}
			if n := server.Counters()["items submitted"]; n > 0 {
				t.Errorf("%d files were submitted although that could not be recorded", n)
			}
			setMode(t, w.dir, 0o777)
			if c.made {
				setMode(t, filepath.Join(w.dir, ".sbexport"), 0o777)
			}
			if d := w.live(t, life{}, usual()...); d.code != cli.ExitOK {
				t.Fatalf("when it can be written to: %v", d)
			}
			if err := s.verdict(server, w.dir, s.undisturbed(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// readable is a copy of this program that any user may run.
func readable(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	setMode(t, dir, 0o755)
	setMode(t, filepath.Dir(dir), 0o755)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	from, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close() //nolint:errcheck // nothing was written
	path := filepath.Join(dir, "program")
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func makeDir(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	setMode(t, path, mode)
}

func setMode(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
