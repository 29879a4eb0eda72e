//go:build unix

package atomicfile

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Nothing but a regular file is opened to be read, added to or replaced, and
// nothing is waited for.
func TestSpecialFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir) // the names of sockets must be short
	if err := errors.Join(syscall.Mkfifo("pipe", 0o600), os.Symlink("pipe", "link"), os.Symlink("/dev/zero", "zero")); err != nil {
		t.Fatal(err)
	}
	socket, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", "socket")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close() //nolint:errcheck // the test is over
	for name, kind := range map[string]string{
		"pipe": "a pipe, not a regular file", "link": "a pipe, not a regular file", "socket": "a socket, not a regular file",
		"/dev/zero": "a device, not a regular file", "zero": "a device, not a regular file", os.DevNull: "a device, not a regular file", dir: "a directory",
	} {
		for doing, do := range map[string]func() error{
			"open":   func() error { _, err := Open(name); return err },
			"append": func() error { _, err := Append(name, 0o600); return err },
			"read":   func() error { _, _, err := Read(name, 1<<20); return err },
			"write":  func() error { return write(name, nil, 0o600) },
			"try":    func() error { return Try(name, 0) },
		} {
			bad, ok := errors.AsType[*KindError](do())
			if !ok || bad.Kind != kind || bad.Name != name || bad.Hint() == "" {
				t.Errorf("%s %s: %v", doing, name, bad)
			}
		}
	}
}

// A pipe that takes a file's place between the look at the name and the opening
// is found out by what was opened.
func TestNoLinkToAFileOfOurs(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	links := filepath.Join(dir, "links")
	err := errors.Join(os.WriteFile(file, []byte("precious"), 0o600), os.Mkdir(links, 0o755),
		os.Symlink(file, filepath.Join(links, "link")), os.Symlink(filepath.Join(dir, "new"), filepath.Join(links, "dangling")),
		os.Symlink(dir, filepath.Join(links, "dir")), syscall.Mkfifo(filepath.Join(links, "pipe"), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"link", "dangling", "pipe", "dir", "dir/file", "dir/other"} {
		path := filepath.Join(links, name)
		for doing, do := range map[string]func() error{
			"open":  func() error { _, err := OpenOwn(path, os.O_RDWR|os.O_CREATE); return err },
			"read":  func() error { _, _, err := ReadOwn(path, 1<<20); return err },
			"write": func() error { return WriteOwn(path, []byte("x"), 0o600) },
		} {
			if _, ok := errors.AsType[*KindError](do()); !ok {
				t.Errorf("%s %s: no KindError", doing, name)
			}
		}
	}
	if readFile(t, file) != "precious" || names(t, dir) != "file links" {
		t.Errorf("the file says %q, the folder holds %q", readFile(t, file), names(t, dir))
	}
}

func TestNewFilesHonourTheUmask(t *testing.T) {
	old := syscall.Umask(0o027)
	t.Cleanup(func() { syscall.Umask(old) })
	path := filepath.Join(t.TempDir(), "new")
	for _, perm := range []os.FileMode{0o640, 0o600} {
		if err := write(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode() != perm {
			t.Errorf("mode %v (%v), want %v", info.Mode(), err, perm)
		}
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	own, err := OpenOwn(path+".own", os.O_RDWR|os.O_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := own.Stat(); err != nil || info.Mode() != 0o640 {
		t.Errorf("mode %v (%v)", info.Mode(), err)
	}
	if err := own.Close(); err != nil {
		t.Fatal(err)
	}
}
