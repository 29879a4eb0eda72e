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

// opens is when the budget lets the k-th request be sent, from 0, counted from
// the start.
func (b budget) opens(k int) time.Duration {
	share := b.limit - b.reserve
	if b.limit == 0 || k < share {
		return 0
	}
	return cmp.Or(b.first, b.window) + time.Duration(k/share-1)*b.window
}

// end is when an ideal run would be over: it sends all requests back to back as
// soon as latency and budget allow, and learns of the end of each job as it
// ends. It still has to ask for it, once for each call's worth of files, within
// the budget. The durations are in the order of submission, which nobody can
// choose who does not know them beforehand.
func (j job) end(durations []time.Duration) time.Duration {
	sent := 0
	lanes := func(at time.Duration, n int) []time.Duration { return slices.Repeat([]time.Duration{at}, n) }
	send := func(free []time.Duration) (at time.Duration) {
		next := &free[0]
		for i := range free {
			if free[i] < *next {
				next = &free[i]
			}
		}
		at = max(*next, j.budget.opens(sent))
		sent++
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
	last := time.Duration(0)
	for batch := range slices.Chunk(durations, platform.MaxBulk) {
		// The job begins when the request arrives, half way.
		last = max(last, send(free)+j.latency/2+slices.Max(batch))
	}
	return max(last, j.budget.opens(j.requests()-1))
}

// bound tells whether it is the budget that decides when an ideal run ends, and
// not, but for a tenth, the jobs.
func (j job) bound(durations []time.Duration) bool {
	unlimited := j
	unlimited.budget = budget{}
	return float64(j.end(durations)) > 1.1*float64(unlimited.end(durations))
}
