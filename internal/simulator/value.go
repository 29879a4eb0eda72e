package simulator

import (
	"fmt"
	"math"
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
