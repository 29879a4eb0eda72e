package view

import (
	"os"
	"strconv"
	"syscall"
	"testing"
	"unsafe"
)

// pseudoTerminal opens a terminal, of which nothing but its being one is used.
func pseudoTerminal(t *testing.T) *os.File {
	t.Helper()
	control, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = control.Close() })
	var number, unlocked int32
	size := [4]uint16{24, 97, 0, 0} // rows, columns
	ioctl(t, control, syscall.TIOCSPTLCK, &unlocked)
	ioctl(t, control, syscall.TIOCGPTN, &number)
	ioctl(t, control, syscall.TIOCSWINSZ, &size)
	tty, err := os.OpenFile("/dev/pts/"+strconv.Itoa(int(number)), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tty.Close() })
	return tty
}

func ioctl[T any](t *testing.T, f *os.File, request uintptr, argument *T) {
	t.Helper()
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), request, uintptr(unsafe.Pointer(argument)))
	if errno != 0 {
		t.Fatal(errno)
	}
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
