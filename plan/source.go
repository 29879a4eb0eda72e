package plan

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits on a plan's text. They leave room for a million file IDs, and keep
// what the YAML library builds from any text below a gigabyte.
const (
	maxBytes   = 64 << 20
	maxEntries = 2_600_000
)

// source is the text of a plan with its lines' positions.
type source struct {
	text   string      // without byte order mark, lines ended by "\n"
	starts []int       // byte offset of each line; a last empty line does not count
	widths map[int]int // characters of the lines that were asked for
}

// newSource prepares a plan's bytes for the YAML library, which counts lines
// and columns its own way in anything but plain UTF-8 with plain line ends.
// What it cannot take is reported.
func newSource(src []byte, r *report) bool {
	switch {
	case len(src) > maxBytes:
		r.add(1, 1, fmt.Sprintf("the plan has %d bytes, and the most is %d", len(src), maxBytes), "select files by pattern, or split the plan")
		return false
	case bytes.HasPrefix(src, []byte("\xff\xfe")), bytes.HasPrefix(src, []byte("\xfe\xff")):
		r.add(1, 1, "the plan is UTF-16 text", "save it as UTF-8")
		return false
	}
	text := strings.TrimPrefix(string(src), "\ufeff")
	if strings.Contains(text, "\r") {
		text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	}
	r.source = source{text: text, starts: lineStarts(text)}
	return r.checkCharacters() && r.checkEntries()
}

func lineStarts(text string) []int {
	starts := make([]int, 1, 1+strings.Count(text, "\n"))
	for i := range len(text) - 1 {
		if text[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// line is the text of a line counted from 1, without its end, or empty.
func (s *source) line(n int) string {
	if n < 1 || n > len(s.starts) {
		return ""
	}
	text := s.text[s.starts[n-1]:]
	if n < len(s.starts) {
		return text[:s.starts[n]-s.starts[n-1]-1]
	}
	return strings.TrimSuffix(text, "\n")
}

// width is the number of characters of a line. It is remembered, because ten
// thousand problems can be in one line of millions of characters.
func (s *source) width(line int) int {
	if n, ok := s.widths[line]; ok {
		return n
	}
	n := runes(s.line(line))
	if s.widths == nil {
		s.widths = map[int]int{}
	}
	s.widths[line] = n
	return n
}

// clamp moves a position into the text.
func (s *source) clamp(line, column int) (inLine, inColumn int) {
	if line > len(s.starts) {
		line = len(s.starts)
		column = s.width(line) + 1
	}
	line = max(line, 1)
	return line, min(max(column, 1), s.width(line)+1)
}

// checkCharacters reports bytes that are not text.
func (r *report) checkCharacters() bool {
	line, start := 1, 0
	good := true
	text := r.source.text
	for i, c := range text {
		switch {
		case c == '\n':
			line, start = line+1, i+1
			continue
		case c >= ' ' && c < 0x7f || c == '\t':
			continue
		}
		message, hint := badCharacter(c, text[i:])
		if message == "" {
			continue
		}
		good = false
		r.add(line, runes(text[start:i])+1, message, hint)
		if c == utf8.RuneError || len(r.list) >= maxShown {
			return false // the rest of a file in another encoding is the same again
		}
	}
	return good
}

// badCharacter says why a character cannot be in a plan, or returns nothing.
func badCharacter(c rune, text string) (message, hint string) {
	switch {
	case c == utf8.RuneError && !strings.HasPrefix(text, "\ufffd"):
		return fmt.Sprintf("the byte 0x%02x is not valid UTF-8 text", text[0]), "save the plan as UTF-8"
	case c == '\u0085', c == '\u2028', c == '\u2029':
		return fmt.Sprintf("an invisible line separator (%U)", c), "delete it and begin a new line"
	case unicode.IsControl(c), c == '\ufeff', c == '\ufffe', c == '\uffff':
		return fmt.Sprintf("an invisible control character (%U)", c), "delete it"
	}
	return "", ""
}

// checkEntries bounds the number of YAML nodes before there are any: each takes
// one of these characters, and some two hundred bytes of memory.
func (r *report) checkEntries() bool {
	text := r.source.text
	n := len(r.source.starts) + 2*strings.Count(text, ",")
	for _, mark := range []string{"- ", "-\n", "? ", "?\n", ": ", ":\n", "[", "{"} {
		n += strings.Count(text, mark)
	}
	if n <= maxEntries {
		return true
	}
	r.add(1, 1, fmt.Sprintf("the plan has about %d entries, and the most is %d", n, maxEntries), "select files by pattern, or split the plan")
	return false
}

// byteOffset is the byte offset of a column in a line, or -1.
func byteOffset(line string, column int) int {
	for i := range line {
		if column--; column == 0 {
			return i
		}
	}
	if column == 1 {
		return len(line)
	}
	return -1
}

func runes(s string) int { return utf8.RuneCountInString(s) }
