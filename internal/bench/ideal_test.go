package bench

import (
	"cmp"
	"slices"
	"time"

	"sbexport/internal/platform"
)

// What the program has under way at once at the most, which an ideal client
// may have too: folders times pages of each, and submissions.
const (
	listsAtOnce   = 10 * 4
	submitsAtOnce = 4
)

// pageSize is how many items the platform lists in a page at the most.
const pageSize = 100

// budget is a platform's request limit: so many in each window.
type budget struct {
	limit   int // 0 for none
	reserve int // of them, to be left to others
	window  time.Duration
	// first is how long the first window lasts, should it have begun before
	// the run; 0 when it begins with it.
	first time.Duration
}

// job is a piece of work for an ideal client.
type job struct {
	files, folders int // the files evenly spread over folders that lie side by side
	latency        time.Duration
	budget         budget
}

// lists is how many pages there are to list: those of the root, which holds the
// folders, and of each folder, of which even an empty one takes one.
func (j job) lists() int {
	pages := full(j.folders)
	for i := range j.folders {
		files := j.files / j.folders
		if i < j.files%j.folders {
			files++
		}
		pages += full(files)
	}
	return pages
}

// full is how many pages, or bulk calls, so many items take; at least one.
func full(items int) int { return max(1, (items+pageSize-1)/pageSize) }

// requests are the fewest that the job can be done with: every page is read,
// every file submitted, and every file's job looked at once.
func (j job) requests() int { return j.lists() + 2*full(j.files) }

// spending is a budget as it is spent.
type spending struct {
	budget
	window int // the one that is spent from, from 0
	used   int // of its share
}

// spend is when a request may be sent that is ready at a time, no earlier than
// the one before. What a window has left when it ends is lost.
func (s *spending) spend(ready time.Duration) time.Duration {
	if s.limit == 0 {
		return ready
	}
	start := func(window int) time.Duration {
		if window == 0 {
			return 0
		}
		return cmp.Or(s.first, s.budget.window) + time.Duration(window-1)*s.budget.window
	}
	for s.used == s.limit-s.reserve || ready >= start(s.window+1) {
		s.window++
		s.used = 0
	}
	s.used++
	return max(ready, start(s.window))
}

// end is when an ideal run would be over: it sends all requests back to back as
// soon as latency and budget allow, and learns of the end of each job as it
// ends. It still has to ask for it, once for each call's worth of files, within
// the budget. The durations are in the order of submission, which nobody can
// choose who does not know them beforehand.
func (j job) end(durations []time.Duration) time.Duration {
	spent := spending{budget: j.budget}
	lanes := func(at time.Duration, n int) []time.Duration { return slices.Repeat([]time.Duration{at}, n) }
	send := func(free []time.Duration) (at time.Duration) {
		next := &free[0]
		for i := range free {
			if free[i] < *next {
				next = &free[i]
			}
		}
		at = spent.spend(*next)
		*next = at + j.latency
		return at
	}
	root := full(j.folders)
	free := lanes(0, listsAtOnce)
	for range root {
		send(free)
	}
	free = lanes(slices.Max(free), listsAtOnce)
	for range j.lists() - root {
		send(free)
	}
	free = lanes(slices.Max(free), submitsAtOnce)
	last, sent := time.Duration(0), time.Duration(0)
	for batch := range slices.Chunk(durations, platform.MaxBulk) {
		// The job begins when the request arrives, half way.
		sent = send(free)
		last = max(last, sent+j.latency/2+slices.Max(batch))
	}
	for range full(len(durations)) {
		sent = spent.spend(sent)
	}
	return max(last, sent)
}

// bound tells whether it is the budget that decides when an ideal run ends, and
// not, but for a tenth, the jobs.
func (j job) bound(durations []time.Duration) bool {
	unlimited := j
	unlimited.budget = budget{}
	return float64(j.end(durations)) > 1.1*float64(unlimited.end(durations))
}
