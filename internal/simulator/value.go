package simulator

import (
	"fmt"
	"math"
	"path"
	"strconv"
	"strings"
	"time"
)

// units are the units of size a seed may use, in bytes. Letter case does not
// matter.
var units = map[string]float64{
	"": 1, "b": 1,
	"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
	"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
}

// parseSize reads a size such as "10 MB", "1.5GiB" or "512" in bytes.
func parseSize(s string) (int64, error) {
	s = strings.TrimSpace(s)
	end := strings.LastIndexAny(s, "0123456789.") + 1
	unit, ok := units[strings.ToLower(strings.TrimSpace(s[end:]))]
	number, err := strconv.ParseFloat(s[:end], 64)
	if !ok || err != nil {
		return 0, fmt.Errorf("%q is not a size: write a number of bytes, or one with a unit such as 10 MB or 2 GiB", s)
	}
	bytes := number * unit
	if !(bytes >= 0 && bytes <= math.MaxInt64/2) {
		return 0, fmt.Errorf("%q is not a size a file can have", s)
	}
	return int64(bytes), nil
}

// parseDuration reads a Go duration such as "250ms" or "1m30s", or a number of
// days or weeks such as "30d" or "8w". It is never negative.
func parseDuration(s string) (time.Duration, error) {
	s = strings.TrimSpace(s)
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return d, nil
	}
	for suffix, unit := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		number, found := strings.CutSuffix(s, suffix)
		n, err := strconv.ParseUint(number, 10, 14)
		if found && err == nil {
			return time.Duration(n) * unit, nil
		}
	}
	return 0, fmt.Errorf("%q is not a duration: write one such as 250ms, 10s, 5m, 2h or 30d", s)
}

// longAgo is when files were created of which the seed does not say. It is
// fixed, so that names made from dates come out the same on every day.
var longAgo = time.Date(2024, 1, 15, 12, 0, 0, 0, time.UTC)

// moment is a point in time as a seed writes it: a date, or so long before the
// simulator was first started.
type moment struct {
	at  time.Time
	ago time.Duration
	set bool
}

// parseMoment reads a date, a date with time, or a duration followed by "ago".
func parseMoment(s string) (moment, error) {
	s = strings.TrimSpace(s)
	if before, found := strings.CutSuffix(s, "ago"); found {
		d, err := parseDuration(before)
		return moment{ago: d, set: true}, err
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return moment{at: t.UTC(), set: true}, nil
		}
	}
	return moment{}, fmt.Errorf("%q is not a time: write 2024-06-01, 2024-06-01T12:00:00Z or 30d ago", s)
}

// resolve is the moment as a time; or otherwise when the seed did not say.
func (m moment) resolve(began, otherwise time.Time) time.Time {
	switch {
	case !m.set:
		return otherwise
	case !m.at.IsZero():
		return m.at
	}
	return began.Add(-m.ago)
}

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
// five digits, {n:5} and {folder:5}; {{ is a brace.
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
		if after, brace := strings.CutPrefix(rest, "{"); brace {
			p = append(p, piece{text: "{"})
			s = after
			continue
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
