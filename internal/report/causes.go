package report

import (
	"cmp"
	"slices"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/state"
	"sbexport/internal/view"
)

// maxSamples is how many of its files a cause or reason names; the table has
// them all.
const maxSamples = 3

// cause is why files failed, and what to do about it.
type cause struct {
	causeKey

	fix     string
	files   int
	bytes   int64
	samples []int // rows
	said    int   // what the platform said of the first, as a message, or -1
}

// causeKey is what tells causes apart.
type causeKey struct {
	code      int
	text      string
	permanent bool
}

// reason is why files are blocked.
type reason struct {
	word      change.Reason
	title     string
	files     int
	tolerated int
	bytes     int64
	samples   []int // rows
}

// failure gives a row the cause of its failure.
func (b *builder) failure(w *row, f *state.Failure) {
	refusal, permanent := f.Refusal(), f != nil && f.Permanent
	if refusal == nil {
		refusal = &platform.Error{}
	}
	x := refusal.Explain()
	key := causeKey{refusal.Code, x.Cause, permanent}
	// A sentence without a code is all there is to say.
	if refusal.Code == 0 && refusal.Status == 0 && refusal.Message != "" {
		key.text = refusal.Message
	}
	at, known := b.causes[key]
	if !known {
		at = len(b.report.causes)
		b.causes[key] = at
		b.report.causes = append(b.report.causes, cause{causeKey: key, fix: view.Advice(x.Fix, permanent), said: -1})
	}
	w.cause = at
	if refusal.Message != key.text {
		w.message = b.message(refusal.Message)
	}
}

// reason is the number of a blocked file's reason.
func (b *builder) reason(x *change.Blocked) int {
	at, known := b.reasons[x.Reason]
	if !known {
		at = len(b.report.reasons)
		b.reasons[x.Reason] = at
		b.report.reasons = append(b.report.reasons, reason{
			word: x.Reason, title: cmp.Or(view.ReasonTitle(x.Reason), string(x.Reason)),
		})
	}
	return at
}

// weigh counts what has which cause and reason, and puts the heaviest first.
func (r *Report) weigh() {
	for i := range r.rows {
		w := &r.rows[i]
		if w.cause >= 0 {
			c := &r.causes[w.cause]
			c.files, c.bytes, c.samples = c.files+1, c.bytes+w.size, sample(c.samples, i)
			if c.said < 0 {
				c.said = w.message
			}
		}
		if w.reason >= 0 {
			x := &r.reasons[w.reason]
			x.files, x.bytes, x.samples = x.files+1, x.bytes+w.size, sample(x.samples, i)
			if w.tolerated {
				x.tolerated++
			}
		}
	}
	r.order()
}

func sample(rows []int, at int) []int {
	if len(rows) < maxSamples {
		return append(rows, at)
	}
	return rows
}

// order puts the causes and reasons that concern most files first. Those that no
// row has any more, because a saved plan wants their files again, go.
func (r *Report) order() {
	causes := ranked(len(r.causes), func(i int) int { return r.causes[i].files })
	reasons := ranked(len(r.reasons), func(i int) int { return r.reasons[i].files })
	r.causes, r.reasons = pick(r.causes, causes), pick(r.reasons, reasons)
	newCause, newReason := inverse(causes), inverse(reasons)
	for i := range r.rows {
		w := &r.rows[i]
		if w.cause >= 0 {
			w.cause = newCause[w.cause]
		}
		if w.reason >= 0 {
			w.reason = newReason[w.reason]
		}
	}
}

// ranked are the numbers below n whose count is not zero, the highest first.
func ranked(n int, count func(int) int) []int {
	var order []int
	for i := range n {
		if count(i) > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(count(b), count(a)) })
	return order
}

func pick[T any](all []T, order []int) []T {
	picked := make([]T, len(order))
	for i, at := range order {
		picked[i] = all[at]
	}
	return picked
}

// inverse tells where each number is in an order.
func inverse(order []int) map[int]int {
	at := make(map[int]int, len(order))
	for i, was := range order {
		at[was] = i
	}
	return at
}
