package view

import (
	"os"
	"syscall"
	"testing"
	"unsafe"
)

// pseudoTerminal opens a terminal of 97 columns, of which nothing but its being
// one is used.
func pseudoTerminal(t *testing.T) *os.File {
	t.Helper()
	tty, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tty.Close() })
	size := [4]uint16{24, 97, 0, 0} // rows, columns
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, tty.Fd(), syscall.TIOCSWINSZ, uintptr(unsafe.Pointer(&size))); errno != 0 {
		t.Fatal(errno)
	}
	return tty
}

func TestTerminal(t *testing.T) {
	tty := pseudoTerminal(t)
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	for _, test := range []struct {
		name        string
		o           TerminalOptions
		env         map[string]string
		color, live bool
	}{
		{"plain", TerminalOptions{}, nil, true, true},
		{"flag", TerminalOptions{NoColor: true}, nil, false, true},
		{"NO_COLOR", TerminalOptions{}, map[string]string{"NO_COLOR": "1"}, false, false},
		{"empty NO_COLOR", TerminalOptions{}, map[string]string{"NO_COLOR": ""}, true, true},
		{"dumb", TerminalOptions{}, map[string]string{"TERM": "dumb"}, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.o.Getenv = func(name string) string { return test.env[name] }
			term := NewTerminal(file, tty, test.o)
			if term.Out.TTY || term.Out.Color || term.Out.Live {
				t.Errorf("a file is taken for a terminal: %+v", term.Out)
			}
			s := term.Err
			if !s.TTY || s.Color != test.color || s.Live != test.live || s.columns() != 97 {
				t.Errorf("got colour %v, live %v, %d columns", s.Color, s.Live, s.columns())
			}
		})
	}
}
