package report

import (
	"cmp"
	"slices"
)

// Totals count files and bytes by what became of them.
type Totals struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`

	Completed Count `json:"completed"`
	Running   Count `json:"running"`
	Pending   Count `json:"pending"`
	Planned   Count `json:"planned"`
	Blocked   Count `json:"blocked"`
	Failed    Count `json:"failed"`
}

// Count is a number of files and their bytes.
type Count struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

// of is the count of one status.
func (t *Totals) of(s status) *Count {
	switch s {
	case completed:
		return &t.Completed
	case running:
		return &t.Running
	case pending:
		return &t.Pending
	case planned:
		return &t.Planned
	case blocked:
		return &t.Blocked
	case failed, statuses:
	}
	return &t.Failed
}

func (t *Totals) add(w *row) {
	t.Files++
	t.Bytes += w.size
	c := t.of(w.status)
	c.Files++
	c.Bytes += w.size
}

func total(rows []row) Totals {
	var t Totals
	for i := range rows {
		t.add(&rows[i])
	}
	return t
}

// share is what one rule or volume has of the whole.
type share struct {
	name string
	Totals
}

// shares are the totals by a property of the rows, those with most bytes first.
func shares(rows []row, of func(*row) string) []share {
	at := map[string]int{}
	var all []share
	for i := range rows {
		name := of(&rows[i])
		k, known := at[name]
		if !known {
			k = len(all)
			at[name] = k
			all = append(all, share{name: name})
		}
		all[k].add(&rows[i])
	}
	slices.SortFunc(all, func(a, b share) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(b.Files, a.Files), cmp.Compare(a.name, b.name))
	})
	return all
}
