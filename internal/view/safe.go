package view

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
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
