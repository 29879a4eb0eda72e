package plan

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// units are the units of sizes, in bytes.
var units = map[string]int64{
	"": 1, "B": 1,
	"kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
}

// sizeForm is the form that the schema asks of sizes.
var sizeForm = regexp.MustCompile(`^([0-9]{1,15}(?:\.[0-9]{1,9})?) ?([A-Za-z]*)$`)

// parseSize reads a number of bytes with or without a unit. Part of a byte is
// dropped.
func parseSize(text string) (int64, bool) {
	m := sizeForm.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	unit, ok := units[m[2]]
	number, good := new(big.Rat).SetString(m[1])
	if !ok || !good {
		return 0, false
	}
	number.Mul(number, new(big.Rat).SetInt64(unit))
	bytes := new(big.Int).Quo(number.Num(), number.Denom())
	return bytes.Int64(), bytes.IsInt64()
}

// spans are the units of time spans.
var spans = map[byte]time.Duration{
	's': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour,
}

// parseMoment reads a time span before now, or a date in UTC.
func parseMoment(text string) (*Moment, bool) {
	if text == "" {
		return nil, false
	}
	if unit, ok := spans[text[len(text)-1]]; ok {
		n, err := strconv.ParseInt(text[:len(text)-1], 10, 64)
		if err != nil || n < 0 || n > int64(longestSpan/unit) {
			return nil, false
		}
		return &Moment{Ago: time.Duration(n) * unit}, true
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, strings.ToUpper(text)); err == nil {
			return &Moment{Date: t.UTC()}, true
		}
	}
	return nil, false
}

const longestSpan = 290 * 365 * 24 * time.Hour // what a time.Duration can hold, nearly
