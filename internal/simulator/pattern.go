package simulator

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// pattern is a text with placeholders for the number of a generated file and of
// the folder it falls into.
type pattern []piece

// piece is a part of a pattern: either text, or the placeholder named by verb.
type piece struct {
	text  string
	verb  string // "n" or "folder"; empty for text
	width int    // the number is filled up with zeroes to this many digits
}

// literal is the pattern that stands for one text only.
func literal(s string) pattern { return pattern{{text: s}} }

// parsePattern reads a text with {n}, {folder} and, filled up with zeroes to
// five digits, {n:5} and {folder:5}.
func parsePattern(s string) (pattern, error) {
	var p pattern
	for {
		text, rest, found := strings.Cut(s, "{")
		if text != "" {
			p = append(p, piece{text: text})
		}
		if !found {
			return p, nil
		}
		inner, rest, found := strings.Cut(rest, "}")
		verb, digits, _ := strings.Cut(inner, ":")
		width, err := strconv.Atoi("0" + digits)
		if !found || err != nil || width > 20 || verb != "n" && verb != "folder" {
			return nil, fmt.Errorf("unknown placeholder %q: use {n}, {n:5}, {folder} or {folder:5}", "{"+inner+"}")
		}
		p = append(p, piece{verb: verb, width: width})
		s = rest
	}
}

// uses reports whether the placeholder occurs in the pattern.
func (p pattern) uses(verb string) bool {
	for _, piece := range p {
		if piece.verb == verb {
			return true
		}
	}
	return false
}

// expand is the pattern's text for the n-th file, in the folder of that number.
func (p pattern) expand(n, folder int) string {
	if len(p) == 1 && p[0].verb == "" {
		return p[0].text
	}
	b := make([]byte, 0, 64)
	for _, piece := range p {
		number := n
		switch piece.verb {
		case "":
			b = append(b, piece.text...)
			continue
		case "folder":
			number = folder
		}
		digits := strconv.Itoa(number)
		for range piece.width - len(digits) {
			b = append(b, '0')
		}
		b = append(b, digits...)
	}
	return string(b)
}

// glob is a pattern of paths: "*", "?" and "[...]" stay inside one segment, a
// segment "**" stands for any number of segments.
type glob []string

// parseGlob reads a glob; a leading slash is of no account.
func parseGlob(s string) (glob, error) {
	g := glob(strings.Split(strings.TrimPrefix(s, "/"), "/"))
	for _, segment := range g {
		if _, err := path.Match(segment, ""); err != nil {
			return nil, fmt.Errorf("%q is not a pattern: a bracket is not closed", s)
		}
	}
	return g, nil
}

// match reports whether the whole path fits. On a mismatch it goes back to the
// last "**" only, which is enough and keeps the work at segments × segments.
func (g glob) match(name string) bool {
	segments := strings.Split(strings.TrimPrefix(name, "/"), "/")
	i, j, star, from := 0, 0, -1, 0
	for j < len(segments) {
		if i < len(g) && g[i] == "**" {
			star, from = i, j
			i++
			continue
		}
		if i < len(g) {
			if ok, _ := path.Match(g[i], segments[j]); ok {
				i++
				j++
				continue
			}
		}
		if star < 0 {
			return false
		}
		from++
		i, j = star+1, from
	}
	for i < len(g) && g[i] == "**" {
		i++
	}
	return i == len(g)
}
