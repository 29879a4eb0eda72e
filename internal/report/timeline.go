package report

import (
	"cmp"
	"slices"

	"sbexport/internal/platform"
)

const (
	// pause is the time in seconds in which nothing happens and no job is open
	// that ends a run for the timeline. The lockfile keeps no runs.
	pause = 30 * 60
	// maxBins bounds the points of a run's curves, maxRuns the runs.
	maxBins, maxRuns = 180, 30
	// window is the time in seconds over which the platform grants requests
	// (vendor page "API rate limit").
	window = 5 * 60
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
	Peak      int     `json:"peak"`      // the fewest requests in which the busiest window can have been submitted

	// Of the events; empty without them.
	Budget   []budget `json:"budget,omitempty"`
	Waits    []wait   `json:"waits,omitempty"`
	Retries  int      `json:"retries,omitempty"`
	Requests int      `json:"requests,omitempty"`
}

// mark is what happened at one time: a file's way, or an event.
type mark struct {
	from, until int64
	row         *row // nil for an event that is about no file
}

// timeline works the runs out of when files were submitted and ended. The
// events know better when a file was submitted, the lockfile when its job ended.
func (r *Report) timeline() {
	marks := r.marks()
	slices.SortStableFunc(marks, func(a, b mark) int { return cmp.Compare(a.from, b.from) })
	groups := split(marks)
	if n := len(groups); n > maxRuns {
		for _, g := range groups[:n-maxRuns] {
			r.earlier += min(1, files(g))
		}
		groups = groups[n-maxRuns:]
	}
	for _, g := range groups {
		if files(g) > 0 {
			r.runs = append(r.runs, newRun(g))
		}
	}
	slices.Reverse(r.runs) // the last run is what people come for
	r.addEvents()
}

func files(marks []mark) int {
	n := 0
	for i := range marks {
		if marks[i].row != nil {
			n++
		}
	}
	return n
}

// marks are everything that has a time.
func (r *Report) marks() []mark {
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
	if e := r.input.Events; e != nil {
		for _, b := range e.budget {
			marks = append(marks, mark{from: b.At, until: b.At})
		}
		for _, x := range e.waits {
			marks = append(marks, mark{from: x.From, until: x.From}) // its end may never have come
		}
	}
	return marks
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
		if marks[i].row != nil {
			r.add(&marks[i])
		}
	}
	r.Peak = peak(marks)
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

// peak is the fewest requests that it takes to submit what was submitted in the
// busiest window.
func peak(marks []mark) int {
	most, begin := 0, 0
	var times []int64
	for i := range marks {
		if marks[i].row == nil {
			continue
		}
		times = append(times, marks[i].from)
		for times[begin] <= marks[i].from-window {
			begin++
		}
		most = max(most, len(times)-begin)
	}
	return (most + platform.MaxBulk - 1) / platform.MaxBulk
}

// addEvents gives the runs what happened in them.
func (r *Report) addEvents() {
	e := r.input.Events
	if e == nil {
		return
	}
	for i := range r.runs {
		x := &r.runs[i]
		during := func(at int64) bool { return at >= x.From-pause && at <= x.Until+pause }
		x.Budget = thin(keep(e.budget, func(b budget) bool { return during(b.At) }))
		x.Waits = keep(e.waits, func(w wait) bool { return during(w.From) })
		x.Retries = len(keep(e.retries, during))
		for _, a := range e.applies {
			if during(a.at) {
				x.Requests += a.requests
			}
		}
	}
}

// keep is what of a list meets a condition.
func keep[T any](list []T, meets func(T) bool) []T {
	var kept []T
	for _, x := range list {
		if meets(x) {
			kept = append(kept, x)
		}
	}
	return kept
}

// thin leaves out what no picture could show of a long list: of each stretch of
// samples only the one with the fewest requests left stays.
func thin(samples []budget) []budget {
	const most = 2 * maxBins
	if len(samples) <= most {
		return samples
	}
	stretch := (len(samples) + most - 1) / most
	var kept []budget
	for part := range slices.Chunk(samples, stretch) {
		kept = append(kept, slices.MinFunc(part, func(a, b budget) int { return cmp.Compare(a.Remaining, b.Remaining) }))
	}
	return kept
}
