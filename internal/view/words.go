package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// Size is a number of bytes for a person, in decimal units: "1.2 GB".
func Size(n int64) string {
	if n < 0 {
		return "unknown size"
	}
	return humanize.Bytes(uint64(n))
}

// Count is a number for a person: "12,300".
func Count(n int) string { return humanize.Comma(int64(n)) }

// Number is a number with its noun, which gets an s unless there is one:
// "1 file", "12,300 files".
func Number(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return Count(n) + " " + noun
}

// duration is a length of time for a person, in one or two units.
func duration(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < time.Second:
		return "less than 1 s"
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return units(d, time.Minute, "min", time.Second, "s")
	case d < 24*time.Hour:
		return units(d, time.Hour, "h", time.Minute, "min")
	}
	return units(d, 24*time.Hour, "d", time.Hour, "h")
}

func units(d, unit time.Duration, name string, part time.Duration, rest string) string {
	whole := fmt.Sprintf("%d %s", d/unit, name)
	if left := d % unit / part; left > 0 {
		return fmt.Sprintf("%s %d %s", whole, left, rest)
	}
	return whole
}

// roughly is a length of time that is only an estimate, rounded to what can be
// believed of it.
func roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < time.Hour:
		return fmt.Sprintf("about %d min", (d+time.Minute/2)/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("about %d h", (d+time.Hour/2)/time.Hour)
	}
	return fmt.Sprintf("about %d days", (d+12*time.Hour)/(24*time.Hour))
}

// list joins parts with commas, leaving out the empty ones.
func list(parts ...string) string {
	kept := parts[:0:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, ", ")
}

// some is "N WHAT", or nothing when there are none.
func some(n int, what string) string {
	if n == 0 {
		return ""
	}
	return Count(n) + " " + what
}
