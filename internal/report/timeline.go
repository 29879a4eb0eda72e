package report

import (
	"cmp"
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

// mark is when a file was on its way.
type mark struct {
	from, until int64
	row         *row
}

// timeline works the runs out of when files were submitted and ended. The
// events know better when a file was submitted, the lockfile when its job ended.
func (r *Report) timeline() {
	var marks []mark
	for i := range r.rows {
		w := &r.rows[i]
		from, until := r.times(w)
		if from == 0 {
			r.untimed++
			continue
		}
		marks = append(marks, mark{from, until, w})
	}
	slices.SortStableFunc(marks, func(a, b mark) int { return cmp.Compare(a.from, b.from) })
	groups := split(marks)
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
		a, b := r.times(&r.rows[i])
		if a != 0 && (from == 0 || a < from) {
			from = a
		}
		until = max(until, a, b)
	}
	return from, until
}

// split parts marks that are sorted by their beginning into runs.
func split(marks []mark) [][]mark {
	var groups [][]mark
	begin, end := 0, int64(0)
	for i := range marks {
		m := &marks[i]
		if i > begin && m.from > end+pause {
			groups = append(groups, marks[begin:i])
			begin, end = i, 0
		}
		if i == begin {
			end = m.from
		}
		end = max(end, m.from, m.until)
	}
	if begin < len(marks) {
		groups = append(groups, marks[begin:])
	}
	return groups
}

func newRun(marks []mark) run {
	r := run{From: marks[0].from}
	for i := range marks {
		r.Until = max(r.Until, marks[i].from, marks[i].until)
	}
	r.Step = step(r.Until - r.From)
	bins := int((r.Until-r.From)/r.Step) + 1
	r.Submitted, r.Completed, r.Failed = make([]int, bins), make([]int, bins), make([]int, bins)
	r.Moved = make([]int64, bins)
	for i := range marks {
		r.add(&marks[i])
	}
	return r
}

func (r *run) add(m *mark) {
	r.Files++
	r.Bytes += m.row.size
	r.Submitted[(m.from-r.From)/r.Step]++
	at := (m.until - r.From) / r.Step
	switch {
	case m.until == 0:
	case m.row.status == completed:
		r.Completed[at]++
		r.Moved[at] += m.row.size
	case m.row.status == failed:
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
