package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// texts is a column of strings of which each is written as what it shares with
// the one before, counted as the page's script counts, in UTF-16 units, and the
// rest of it. Neighbours are in one folder nearly always.
type texts struct {
	Shared []int    `json:"shared"`
	Rest   []string `json:"rest"`
}

func newTexts(n int, at func(int) string) texts {
	t := texts{Shared: make([]int, n), Rest: make([]string, n)}
	before := ""
	for i := range n {
		s := at(i)
		bytes, units := sharedPrefix(before, s)
		t.Shared[i], t.Rest[i] = units, s[bytes:]
		before = s
	}
	return t
}

// sharedPrefix is how much two strings share from their beginnings, in whole
// characters: as bytes and as UTF-16 units.
func sharedPrefix(a, b string) (bytes, units int) {
	for bytes < len(a) && bytes < len(b) {
		r, n := utf8.DecodeRuneInString(b[bytes:])
		if len(a)-bytes < n || a[bytes:bytes+n] != b[bytes:bytes+n] {
			break
		}
		bytes += n
		units += utf16.RuneLen(r)
	}
	return bytes, units
}

// dictionary is a column of strings of which there are few different ones.
type dictionary struct {
	Names []string `json:"names"`
	Of    []int    `json:"of"`
}

func newDictionary(n int, at func(int) string) dictionary {
	d := dictionary{Names: []string{}, Of: make([]int, n)}
	known := map[string]int{}
	for i := range n {
		s := at(i)
		k, ok := known[s]
		if !ok {
			k = len(d.Names)
			known[s] = k
			d.Names = append(d.Names, s)
		}
		d.Of[i] = k
	}
	return d
}

func numbers[T int | int64](n int, at func(int) T) []T {
	column := make([]T, n)
	for i := range n {
		column[i] = at(i)
	}
	return column
}

// object writes a JSON object member by member, so that the text of only one is
// in memory. Every character that could end the script element it stands in, or
// that is no part of a JavaScript string, is written as an escape.
type object struct {
	w     *bufio.Writer
	count int
	err   error
}

func (o *object) member(name string, value any) {
	if o.err != nil {
		return
	}
	text, err := json.Marshal(value)
	if err != nil {
		o.err = fmt.Errorf("encode the report's %s: %w", name, err)
		return
	}
	before := "{"
	if o.count > 0 {
		before = ",\n"
	}
	o.count++
	fmt.Fprintf(o.w, "%s%q:", before, name)
	o.w.Write(text)
}

// flag bits of a row, as the page's script knows them.
const (
	flagCopy = 1 << iota
	flagOverwrite
	flagTolerated
)

func (w *row) flags() int {
	f := 0
	if w.copyOnly {
		f |= flagCopy
	}
	if w.overwrite {
		f |= flagOverwrite
	}
	if w.tolerated {
		f |= flagTolerated
	}
	return f
}

// data writes what the page's script works on.
func (r *Report) data(w *bufio.Writer) error {
	n := len(r.rows)
	base := r.base()
	since := func(t int64) int64 {
		if t == 0 {
			return -1
		}
		return t - base
	}
	at := func(of func(*row) string) func(int) string {
		return func(i int) string { return of(&r.rows[i]) }
	}
	o := &object{w: w}
	o.member("format", 1)
	o.member("n", n)
	o.member("states", names)
	o.member("base", base)
	o.member("causes", r.causeData())
	o.member("reasons", r.reasonData())
	o.member("messages", append([]string{}, r.messages...))
	o.member("runs", append([]run{}, r.runs...))
	o.member("volume", newDictionary(n, at(func(w *row) string { return w.volume })))
	o.member("project", newDictionary(n, at(func(w *row) string { return w.project })))
	o.member("rule", newDictionary(n, at(func(w *row) string { return w.rule })))
	o.member("location", newTexts(n, at(func(w *row) string { return w.location })))
	o.member("path", newTexts(n, at(func(w *row) string { return w.path })))
	o.member("file", newTexts(n, at(func(w *row) string { return w.file })))
	o.member("export", newTexts(n, at(func(w *row) string { return w.export })))
	o.member("state", numbers(n, func(i int) int { return int(r.rows[i].status) }))
	o.member("flags", numbers(n, func(i int) int { return r.rows[i].flags() }))
	o.member("size", numbers(n, func(i int) int64 { return r.rows[i].size }))
	o.member("started", numbers(n, func(i int) int64 { return since(r.rows[i].started) }))
	o.member("finished", numbers(n, func(i int) int64 { return since(r.rows[i].finished) }))
	o.member("cause", numbers(n, func(i int) int { return r.rows[i].cause }))
	o.member("reason", numbers(n, func(i int) int { return r.rows[i].reason }))
	o.member("message", numbers(n, func(i int) int { return r.rows[i].message }))
	fmt.Fprint(w, "}")
	return o.err
}

// base is the earliest time there is, from which the others are counted.
func (r *Report) base() int64 {
	var base int64
	for i := range r.rows {
		for _, t := range [...]int64{r.rows[i].started, r.rows[i].finished} {
			if t != 0 && (base == 0 || t < base) {
				base = t
			}
		}
	}
	return base
}

type causeData struct {
	Code int    `json:"code"`
	Text string `json:"text"`
	Fix  string `json:"fix"`
}

func (r *Report) causeData() []causeData {
	all := make([]causeData, len(r.causes))
	for i := range r.causes {
		c := &r.causes[i]
		all[i] = causeData{c.code, c.text, c.fix}
	}
	return all
}

type reasonData struct {
	Word  string `json:"word"`
	Title string `json:"title"`
}

func (r *Report) reasonData() []reasonData {
	all := make([]reasonData, len(r.reasons))
	for i := range r.reasons {
		all[i] = reasonData{string(r.reasons[i].word), r.reasons[i].title}
	}
	return all
}
