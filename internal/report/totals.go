package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"sbexport/internal/view"
)

// Count is a number of files and their bytes.
type Count struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

func (c *Count) add(w *row) {
	c.Files++
	c.Bytes += w.size
}

// Totals count files and bytes by what became of them.
type Totals struct {
	Count

	Completed Count `json:"completed"`
	Running   Count `json:"running"`
	Pending   Count `json:"pending"`
	Planned   Count `json:"planned"`
	Blocked   Count `json:"blocked"`
	Failed    Count `json:"failed"`
}

// of is the count of one status.
func (t *Totals) of(s status) *Count {
	return [statuses]*Count{&t.Completed, &t.Running, &t.Pending, &t.Planned, &t.Blocked, &t.Failed}[s]
}

func (t *Totals) add(w *row) {
	t.Count.add(w)
	t.of(w.status).add(w)
}

// share is what one rule or volume has of the whole.
type share struct {
	Totals

	Name  string
	Width string // of its bar, in percent of the biggest
}

// shares are the totals by a property of the rows, those with most bytes first.
func (r *Report) shares(of func(*row) string) []share {
	at := map[string]int{}
	var all []share
	for i := range r.rows {
		name := of(&r.rows[i])
		k, known := at[name]
		if !known {
			k = len(all)
			at[name] = k
			all = append(all, share{Name: cmp.Or(view.Safe(name), "(none)")})
		}
		all[k].add(&r.rows[i])
	}
	slices.SortFunc(all, func(a, b share) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(b.Files, a.Files), cmp.Compare(a.Name, b.Name))
	})
	for i := range all {
		biggest := all[0].Bytes
		all[i].Width = percent(max(all[i].Bytes, biggest/200), biggest)
	}
	return all
}

// part is one status and what has it.
type part struct {
	Count

	Name        string // as the style and script know it
	Title       string
	From, Width string // of its part of a bar, in percent
}

// narrowest is the least part of a bar in percent: three files of fifteen thousand
// are to be seen.
const narrowest = 0.6

// States are the parts of a bar by files.
func (t *Totals) States() []part {
	var parts []part
	var widths []float64
	whole, before := 0.0, 0.0
	for s := range statuses {
		if c := t.of(s); c.Files > 0 {
			parts = append(parts, part{Name: s.String(), Title: strings.ToUpper(names[s][:1]) + names[s][1:], Count: *c})
			widths = append(widths, max(100*float64(c.Files)/float64(t.Files), narrowest))
			whole += widths[len(widths)-1]
		}
	}
	for i := range parts {
		parts[i].From, parts[i].Width = percent(before, whole), percent(widths[i], whole)
		before += widths[i]
	}
	return parts
}

// percent is a share of a hundred, as a number for markup.
func percent[T int64 | float64](part, whole T) string {
	if whole == 0 {
		return "0"
	}
	return strconv.FormatFloat(100*float64(part)/float64(whole), 'f', 3, 64)
}
