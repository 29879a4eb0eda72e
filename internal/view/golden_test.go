package view

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares what was shown with a file of testdata. Escape sequences are
// kept readable in the file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = strings.ReplaceAll(got, "\x1b", "␛")
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// streams are the ways in which everything that is for people is shown.
var streams = []struct {
	name   string
	stream Stream
}{
	{"pipe", Stream{}},
	{"60", Stream{TTY: true, Live: true, size: fixed(60)}},
	{"80", Stream{TTY: true, Live: true, size: fixed(80)}},
	{"160", Stream{TTY: true, Live: true, size: fixed(160)}},
	{"colour", Stream{TTY: true, Live: true, size: fixed(100), Color: true}},
}

// eachStream shows something on every kind of stream, compares it with golden
// files, and makes sure that no line is wider than the terminal.
func eachStream(t *testing.T, name string, show func(Stream) error) {
	t.Helper()
	for _, s := range streams {
		t.Run(s.name, func(t *testing.T) {
			var b bytes.Buffer
			s.stream.W = &b
			if err := show(s.stream); err != nil {
				t.Fatal(err)
			}
			golden(t, name+"."+s.name, b.String())
			checkSafe(t, b.String(), s.stream.Color)
			if s.stream.columns() == 0 || s.stream.Color {
				return
			}
			for line := range strings.SplitSeq(b.String(), "\n") {
				word := strings.TrimSpace(line)
				located := strings.Contains(line, ": error: ") // one line by contract
				if w := width(line); w > s.stream.columns() && strings.Contains(word, " ") && !located {
					t.Errorf("a line takes %d columns: %q", w, line)
				}
			}
		})
	}
}

// checkSafe fails when shown text holds a control character that a terminal
// would obey.
func checkSafe(t interface{ Errorf(string, ...any) }, text string, color bool) {
	for _, line := range strings.Split(text, "\n") {
		if color {
			line = uncolor(line)
		}
		if Safe(line) != line {
			t.Errorf("a line is not safe: %q", line)
		}
	}
}

// uncolor takes away the escape sequences of the palette, and no others.
func uncolor(line string) string {
	for _, sequence := range []string{
		"\x1b[0m", "\x1b[22m", "\x1b[0;22m", "\x1b[0;0m", "\x1b[0;22;0m", "\x1b[1m", "\x1b[2m",
		"\x1b[31m", "\x1b[35m", "\x1b[32m", "\x1b[33m", "\x1b[31;1m", "\x1b[0;22;22m",
	} {
		line = strings.ReplaceAll(line, sequence, "")
	}
	return line
}
