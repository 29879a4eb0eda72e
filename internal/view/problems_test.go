package view

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"sbexport/plan"
)

func problems() *plan.Problems {
	long := "  - match: [" + strings.Repeat("\"results/**/*.bam\", ", 20) + "\"bad[\"]"
	source := "version: 1\r\nvolum: me/archive\n\tcolor: \x1b[31mred\n- ファイル: 表, x: é\n" + long + "\nto: vcf/"
	return &plan.Problems{
		Name:   "dir/sbexport.yaml",
		Source: []byte(source),
		List: []plan.Problem{
			{Line: 2, Column: 1, Message: `unknown key "volum"`, Hint: `did you mean "volume"?`},
			{Line: 3, Column: 1, Message: "a tab cannot indent"},
			{Line: 3, Column: 9, Message: "text from the plan: \x1b[31mred\nnext line"},
			{Line: 4, Column: 9, Message: "a wide character before the place"},
			{Line: 5, Column: utf8.RuneCountInString(long) - 6, Message: "the pattern has no end", Hint: strings.Repeat("close the bracket ", 12) + "."},
			{Line: 6, Column: 9, Message: "the place is the end of the line"},
			{Line: 6, Column: 900, Message: "the place is far beyond the end"},
			{Line: 99, Column: 1, Message: "the place is beyond the file"},
		},
	}
}

func TestProblems(t *testing.T) {
	eachStream(t, "problems/all", func(s Stream) error { return Problems(s, problems()) })
}

// The caret must stand under its character, whatever is before it and however
// long the line is.
func FuzzWindow(f *testing.F) {
	f.Add([]byte("plain text"), 3, 40)
	f.Add([]byte("\ttab"), 2, 40)
	f.Add([]byte("ファイル: x"), 5, 20)
	f.Add([]byte(strings.Repeat("é", 500)), 499, 60)
	f.Add([]byte("\xff\x00\x1b[31m"), 900, 30)
	f.Add(bytes.Repeat([]byte("\x89"), 900), 900, 60) // no character begins anywhere
	f.Fuzz(func(t *testing.T, line []byte, character, room int) {
		if room < minWidth || room > 1000 || character < 1 || character > 1<<20 || len(line) > 1<<16 {
			return // out of the range that Problems asks for
		}
		if bytes.ContainsAny(line, "\n") {
			line = bytes.ReplaceAll(line, []byte("\n"), nil)
		}
		text, caret := window(string(line), character, room)
		if caret < 0 || caret >= room {
			t.Errorf("the caret is at %d of %d", caret, room)
		}
		if Safe(text) != text {
			t.Errorf("not safe: %q", text)
		}
		if w := width(text); w > room {
			t.Errorf("%d columns in a room of %d: %q", w, room, text)
		}
	})
}

func TestCaretIsUnderItsCharacter(t *testing.T) {
	for _, line := range []string{
		"simple", "ファイル*", "\t\t*", "é̀*", strings.Repeat("ab ", 200) + "*", strings.Repeat("表", 300) + "*" + strings.Repeat("x", 300),
	} {
		i := strings.IndexByte(line, '*')
		if i < 0 {
			i = len(line) - 1
		}
		for _, room := range []int{minWidth, 50, 150} {
			text, caret := window(line, utf8.RuneCountInString(line[:i])+1, room)
			after := cells.TruncateLeft(text, caret, "")
			if !strings.HasPrefix(after, line[i:i+1]) {
				t.Errorf("in %d columns of %q the caret is at %d, before %q", room, text, caret, after)
			}
		}
	}
}

func TestError(t *testing.T) {
	eachStream(t, "problems/error", func(s Stream) error {
		return Error(s, Failure{
			Message: "read the project \"me/\x1b[31mx\": no such project\nsecond line\r\n",
			Hint:    "check the project's ID (owner/short-name, as in its web address)\nand that you are a member of it",
			Exit:    1,
		})
	})
}
