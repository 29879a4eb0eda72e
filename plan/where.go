package plan

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"sbexport/internal/platform"
	"sbexport/schema"
)

// Where is a rule's conditions. All of them must hold; the zero Where asks for
// nothing.
type Where struct {
	Metadata    []MetadataCondition
	Tags        OneOf  // the file has one of these
	Tasks       OneOf  // one of these produced the file
	LargerThan  *int64 // bytes
	SmallerThan *int64 // bytes
	OlderThan   *Moment
	NewerThan   *Moment
}

// MetadataCondition asks for a metadata key with one of some values.
type MetadataCondition struct {
	Key    string
	Values OneOf // as written in the plan
	Any    bool  // any value will do
}

// OneOf is a set of values of which one is enough. Lists of thousands of
// samples are real, and every file is held against them.
type OneOf map[string]struct{}

// Has reports whether the value is one of them.
func (o OneOf) Has(value string) bool {
	_, ok := o[value]
	return ok
}

// Moment is a point in time: a date, or a span before now.
type Moment struct {
	Ago  time.Duration
	Date time.Time // zero with Ago
}

// time is the moment's point in time.
func (m *Moment) time(now time.Time) time.Time {
	if m.Date.IsZero() {
		return now.Add(-m.Ago)
	}
	return m.Date
}

// accepts reports whether every condition holds for the file. A file without
// creation time is neither older nor newer than anything.
func (w *Where) accepts(f *platform.File, now time.Time) bool {
	created := f.CreatedOn
	switch {
	case w.LargerThan != nil && f.Size <= *w.LargerThan,
		w.SmallerThan != nil && f.Size >= *w.SmallerThan,
		w.OlderThan != nil && (created.IsZero() || !created.Before(w.OlderThan.time(now))),
		w.NewerThan != nil && (created.IsZero() || !created.After(w.NewerThan.time(now))),
		len(w.Tasks) > 0 && !w.Tasks.Has(f.Task),
		len(w.Tags) > 0 && !slices.ContainsFunc(f.Tags, w.Tags.Has):
		return false
	}
	for i := range w.Metadata {
		c := &w.Metadata[i]
		values := f.Metadata[c.Key]
		if c.Any && len(values) == 0 || !c.Any && !slices.ContainsFunc(values, c.Values.Has) {
			return false
		}
	}
	return true
}

// where makes the conditions from their node.
func (b *builder) where(n *yaml.Node) Where {
	w := Where{
		Metadata:    metadata(child(n, "metadata")),
		Tags:        oneOf(textsAt(n, "tags")),
		Tasks:       oneOf(textsAt(n, "task")),
		LargerThan:  b.size(n, "larger_than"),
		SmallerThan: b.size(n, "smaller_than"),
		OlderThan:   b.moment(n, "older_than"),
		NewerThan:   b.moment(n, "newer_than"),
	}
	if w.LargerThan != nil && w.SmallerThan != nil && *w.SmallerThan-1 <= *w.LargerThan {
		b.at(child(n, "smaller_than"), fmt.Sprintf(never, "file", "larger", "smaller"), neverRemedy)
	}
	b.neverBoth(n, w.OlderThan, w.NewerThan, "file")
	return w
}

const (
	never       = `no %s is both %[2]s than "%[2]s_than" and %[3]s than "%[3]s_than"`
	neverRemedy = "swap the two, or remove one"
)

// neverBoth reports ages that nothing has.
func (b *builder) neverBoth(n *yaml.Node, older, newer *Moment, what string) {
	if older != nil && newer != nil && neverBetween(newer, older) {
		b.at(child(n, "newer_than"), fmt.Sprintf(never, what, "older", "newer"), neverRemedy)
	}
}

// neverBetween reports whether no time lies after one moment and before
// another, as far as that does not depend on the time of day.
func neverBetween(after, before *Moment) bool {
	switch {
	case after.Date.IsZero() && before.Date.IsZero():
		return after.Ago <= before.Ago
	case !after.Date.IsZero() && !before.Date.IsZero():
		return !after.Date.Before(before.Date)
	}
	return false
}

// metadata makes the conditions on metadata. A value counts as it is written,
// so that 1.0 and 010 and True mean just that.
func metadata(n *yaml.Node) (list []MetadataCondition) {
	for key, v := range entries(n) {
		c := MetadataCondition{Key: key.Value, Values: oneOf(those(v, isScalar))}
		if c.Any = c.Values.Has("*"); c.Any {
			c.Values = nil
		}
		list = append(list, c)
	}
	return list
}

// oneOf is the set of the texts of nodes.
func oneOf(nodes []*yaml.Node) OneOf {
	if len(nodes) == 0 {
		return nil
	}
	set := make(OneOf, len(nodes))
	for _, n := range nodes {
		set[n.Value] = struct{}{}
	}
	return set
}

// moment is the point in time under a key, or nil.
func (b *builder) moment(n *yaml.Node, key string) *Moment {
	v := textAt(n, key)
	if v == nil || b.wrong[v] {
		return nil
	}
	m, ok := parseMoment(v.Value)
	if !ok {
		b.at(v, fmt.Sprintf("%q is %s, which is no date of the calendar", key, schema.Quote(v.Value)), "write it as in 2024-01-31")
	}
	return m
}

// size is the number of bytes under a key, or nil.
func (b *builder) size(n *yaml.Node, key string) *int64 {
	v := textAt(n, key)
	if v == nil || b.wrong[v] {
		return countAt(n, key)
	}
	bytes, ok := parseSize(v.Value)
	if !ok {
		b.at(v, fmt.Sprintf("%q is %s, which is more bytes than can be counted", key, schema.Quote(v.Value)), "write a smaller size")
		return nil
	}
	return &bytes
}

// units are the units of sizes, in bytes.
var units = map[string]int64{
	"": 1, "B": 1,
	"kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
}

// sizeForm is how the schema wants sizes to be written.
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
