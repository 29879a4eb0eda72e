package view

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// Safe makes text from outside fit to be printed on one line of a terminal:
// control characters, escape sequences, line and paragraph separators, invisible
// and text-turning characters and invalid UTF-8 come out as visible escapes such
// as \n, \x1b and \u202e. Other text is returned as it is.
func Safe(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return escape(s)
		}
	}
	return s
}

func escape(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case strconv.IsPrint(r):
			b.WriteString(s[i : i+size])
		default:
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		i += size
	}
	return b.String()
}

// safeLines is text from outside that may have several lines, each made safe.
func safeLines(s string) []string {
	lines := strings.Split(strings.TrimRight(s, "\r\n"), "\n")
	for i, line := range lines {
		lines[i] = Safe(strings.TrimSuffix(line, "\r"))
	}
	return lines
}

// cells measures text in terminal columns. It is not taken from the locale, so
// that the same text is laid out in the same way everywhere.
var cells = &runewidth.Condition{StrictEmojiNeutral: true}

// ellipsis stands for what was left out.
const ellipsis = "…"

// width is how many columns safe text takes.
func width(s string) int { return cells.StringWidth(s) }

// middle shortens safe text to at most limit columns by leaving out its middle.
// More is kept of its end, where a path has its file name.
func middle(s string, limit int) string {
	if limit <= 0 {
		return ""
	}
	if len(s) <= limit {
		return s
	}
	s = bound(s, 4*limit)
	if width(s) <= limit {
		return s
	}
	if limit == 1 {
		return ellipsis
	}
	head := (limit - 1) * 2 / 5
	tail := limit - 1 - head
	return cells.Truncate(s, head, "") + ellipsis + cells.TruncatePrefix(s, tail, "")
}

// bound cuts the middle out of text of more than limit characters: what cannot
// be shown anyway is not measured, and marks without a width of their own cannot
// pile up without end.
func bound(s string, limit int) string {
	if len(s) <= limit || utf8.RuneCountInString(s) <= limit {
		return s
	}
	head, tail := 0, len(s)
	for range limit / 2 {
		_, size := utf8.DecodeRuneInString(s[head:])
		head += size
		_, size = utf8.DecodeLastRuneInString(s[:tail])
		tail -= size
	}
	return s[:head] + ellipsis + s[tail:]
}

// end shortens safe text to at most limit columns by leaving out its end.
func end(s string, limit int) string {
	if limit <= 0 {
		return ""
	}
	return cells.Truncate(s, limit, ellipsis)
}

// pad fills safe text with spaces up to n columns.
func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(n-width(s), 0))
}

// wrap breaks safe text at spaces into lines of at most limit columns; a longer
// word has a line of its own and is not broken, so that it can be copied. With
// no limit there is one line.
func wrap(s string, limit int) []string {
	if limit <= 0 || width(s) <= limit {
		return []string{s}
	}
	var lines []string
	line, used := "", 0
	for word := range strings.SplitSeq(s, " ") {
		w := width(word)
		if used > 0 && used+1+w > limit {
			lines = append(lines, line)
			line, used = "", 0
		}
		if used > 0 {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+w
	}
	return append(lines, line)
}
