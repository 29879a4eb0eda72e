package report

import (
	"cmp"
	"math"
	"slices"
)

const (
	// pause is the time in seconds in which nothing happens and no job is open
	// that ends a run for the timeline. The lockfile keeps no runs.
	pause = 30 * 60
	// maxBins bounds the points of a run's curves, maxRuns the runs.
	maxBins, maxRuns = 180, 30
)

// steps are the lengths of a bin in seconds that read well on an axis.
var steps = []int64{
	1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 2 * 86400, 7 * 86400,
}

// run is a time in which things happened without a longer pause. The lists have
// one number a bin, and bin i is the time from From + i*Step on.
type run struct {
	From      int64   `json:"from"` // Unix seconds
	Until     int64   `json:"until"`
	Step      int64   `json:"step"` // seconds
	Files     int     `json:"files"`
	Bytes     int64   `json:"bytes"`     // of the files
	Submitted []int   `json:"submitted"` // files
	Completed []int   `json:"completed"` // files
	Failed    []int   `json:"failed"`    // files
	Moved     []int64 `json:"moved"`     // bytes of the completed files

	// Of the events; empty without them.
	Budget   []budget `json:"budget,omitempty"`
	Waits    []wait   `json:"waits,omitempty"`
	Retries  int      `json:"retries,omitempty"`
	Requests int      `json:"requests,omitempty"`
}

// timeline works the runs out of when files were submitted and ended. The
// events know better when a file was submitted, the lockfile when its job ended.
func (r *Report) timeline() {
	var timed []*row
	for i := range r.rows {
		w := &r.rows[i]
		if w.from, w.until = r.times(w); w.from != 0 {
			timed = append(timed, w)
		}
	}
	r.untimed = len(r.rows) - len(timed)
	slices.SortStableFunc(timed, func(a, b *row) int { return cmp.Compare(a.from, b.from) })
	groups := split(timed)
	slices.Reverse(groups) // the last run is what people come for
	r.earlier = max(len(groups)-maxRuns, 0)
	for _, g := range groups[:len(groups)-r.earlier] {
		x := newRun(g)
		if r.input.Events != nil {
			x.events(r.input.Events)
		}
		r.runs = append(r.runs, x)
	}
}

// times are when a file was submitted and when its job ended; the first is 0
// when neither is known, the second when it goes on.
func (r *Report) times(w *row) (from, until int64) {
	from, until = w.started, w.finished
	if e := r.input.Events; e != nil && w.status != planned && w.status != blocked {
		if at := e.submitted[w.target()]; at != 0 {
			from = at
		}
		if until == 0 {
			until = e.ended[w.target()]
		}
	}
	switch {
	case from == 0:
		from = until
	case until != 0 && until < from:
		until = from // two clocks, or a job that an earlier submission had started
	}
	return from, until
}

// span is when the first file was submitted and the last thing happened, 0 when
// that is not known.
func (r *Report) span() (from, until int64) {
	for i := range r.rows {
		w := &r.rows[i]
		if w.from != 0 && (from == 0 || w.from < from) {
			from = w.from
		}
		until = max(until, w.from, w.until)
	}
	return from, until
}

// split parts files that are sorted by their beginning into runs.
func split(rows []*row) [][]*row {
	var groups [][]*row
	begin, end := 0, int64(math.MinInt64)
	for i, w := range rows {
		if i > begin && w.from > end+pause {
			groups = append(groups, rows[begin:i])
			begin, end = i, w.from
		}
		end = max(end, w.from, w.until)
	}
	if begin < len(rows) {
		groups = append(groups, rows[begin:])
	}
	return groups
}

func newRun(rows []*row) run {
	r := run{From: rows[0].from}
	for _, w := range rows {
		r.Until = max(r.Until, w.from, w.until)
	}
	r.Step = step(r.Until - r.From)
	bins := int((r.Until-r.From)/r.Step) + 1
	r.Submitted, r.Completed, r.Failed = make([]int, bins), make([]int, bins), make([]int, bins)
	r.Moved = make([]int64, bins)
	for _, w := range rows {
		r.add(w)
	}
	return r
}

func (r *run) add(w *row) {
	r.Files++
	r.Bytes += w.size
	r.Submitted[(w.from-r.From)/r.Step]++
	at := (w.until - r.From) / r.Step
	switch {
	case w.until == 0:
	case w.status == completed:
		r.Completed[at]++
		r.Moved[at] += w.size
	case w.status == failed:
		r.Failed[at]++
	}
}

// step is the shortest bin that a time is covered with in few enough of them.
func step(seconds int64) int64 {
	for _, s := range steps {
		if seconds/s < maxBins {
			return s
		}
	}
	longest := steps[len(steps)-1]
	return (seconds/maxBins/longest + 1) * longest
}

// events gives a run what of the events happened in it.
func (r *run) events(e *Events) {
	during := func(at int64) bool { return at >= r.From-pause && at <= r.Until+pause }
	for _, b := range e.budget {
		if during(b.At) {
			r.Budget = append(r.Budget, b)
		}
	}
	for _, w := range e.waits {
		if during(w.From) {
			r.Waits = append(r.Waits, w)
		}
	}
	for _, at := range e.retries {
		if during(at) {
			r.Retries++
		}
	}
	for _, a := range e.applies {
		if during(a.at) {
			r.Requests += a.requests
		}
	}
}
