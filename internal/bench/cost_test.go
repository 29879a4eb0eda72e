package bench

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

var large = flag.Bool("large", false, "let TestCost measure large applies as well, which takes minutes")

// What the program promises: requests, as a multiple of the fewest and some, and
// time, as a multiple of the least.
const (
	promisedRequests = 1.15
	promisedMore     = 70
	promisedTime     = 1.15 // while the budget is not the bound
	promisedAtBound  = 1.1  // when it is
)

// most is how many requests a job may take.
func (j job) most() int { return int(promisedRequests*float64(j.requests())) + promisedMore }

// size is a number of files, in folders.
type size struct{ files, folders int }

// sizes are the applies that are measured. Unless large ones are asked for, these
// are the small ones, and those of moderate size on the platform that makes work
// harder.
var sizes = struct{ small, moderate, large []size }{
	[]size{{200, 4}},
	[]size{{2000, 12}},
	[]size{{3000, 12}, {10_000, 40}, {100_000, 150}},
}

// toOthers is how many requests the program leaves to others unless it is told.
const toOthers = 25

// limits are the budgets that applies are measured under.
var limits = []struct {
	name   string
	budget func(j job) budget
	fits   func(files int) bool
}{
	{
		"1000 in 5 min",
		func(job) budget { return budget{limit: 1000, reserve: toOthers, window: 5 * time.Minute} },
		func(int) bool { return true },
	},
	// Only large applies come near the real limit.
	{"none", func(job) budget { return budget{} }, func(n int) bool { return n > 2000 }},
	// Of so small a limit only a quarter is left to others.
	{
		"50 in 5 s",
		func(job) budget { return budget{limit: 50, reserve: 12, window: 5 * time.Second} },
		func(n int) bool { return n == 2000 },
	},
	{"just enough", enough, func(n int) bool { return n == 2000 || n == 10_000 }},
}

// enough is a budget that all that is promised just fits into.
func enough(j job) budget {
	return budget{limit: j.most() + toOthers, reserve: toOthers, window: 5 * time.Minute}
}

// A whole apply stays near the fewest requests and the least time, is never
// refused a request, and has nothing left to do.
func TestCost(t *testing.T) {
	if *large {
		measureAll(t, slices.Concat(sizes.small, sizes.moderate, sizes.large), platforms)
		return
	}
	measureAll(t, sizes.small, platforms)
	measureAll(t, sizes.moderate, []starter{newOdd})
}

// measureAll runs applies of some sizes, with all that can be the matter with them.
func measureAll(t *testing.T, all []size, on []starter) {
	t.Helper()
	for _, size := range all {
		for _, limit := range limits {
			if !limit.fits(size.files) {
				continue
			}
			for _, s := range shapes {
				for _, start := range on {
					j := job{files: size.files, folders: size.folders, latency: latency}
					j.budget = limit.budget(j)
					measure(t, j, s, limit.name, start)
				}
			}
		}
	}
}

// starter starts a platform.
type starter func(t testing.TB, j job, s shape) *local

// measure runs one apply in virtual time.
func measure(t *testing.T, j job, s shape, limit string, start starter) {
	t.Helper()
	name := start(t, job{files: 1, folders: 1}, s).name
	t.Run(fmt.Sprintf("%s/%s/%s/%d files in %d folders", name, s.name, limit, j.files, j.folders), func(t *testing.T) {
		r := one(t, j, s, limit, start)
		table.add(r)
		for _, miss := range r.misses() {
			t.Error(miss)
		}
	})
}

// one runs one apply, and once more when there is nothing left to do.
func one(t *testing.T, j job, s shape, limit string, start starter) (r row) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := start(t, j, s)
		a := newApply(t, l, toOthers)
		began := time.Now()
		result := a.run(t)
		took := time.Since(began)
		if result.Completed != j.files {
			t.Errorf("%d files completed, want %d", result.Completed, j.files)
		}
		requests, refused := l.told()
		if refused > 0 {
			t.Errorf("%d requests were refused for the limit", refused)
		}
		durations := l.durations()
		j.budget.window += l.rounding
		r = row{
			job: j, platform: l.name, shape: s.name, limit: limit, requests: requests, refused: refused,
			took: took, ideal: j.end(durations), bound: j.bound(durations),
		}
		l.check(t)
		again(t, a, l, j)
	})
	return r
}

// again holds a second apply to the price of the listing, with the project, the
// volume and the open jobs on it.
func again(t *testing.T, a *apply, l *local, j job) {
	t.Helper()
	time.Sleep(time.Hour) // the budget is fresh, and every alias shows
	before, _ := l.told()
	result := a.run(t)
	after, refused := l.told()
	if result.Completed != 0 || refused != 0 {
		t.Errorf("the second apply completed %d files; %d requests were refused", result.Completed, refused)
	}
	if got, want := after-before, j.lists()+3; got != want {
		t.Errorf("the second apply took %d requests, want %d", got, want)
	}
}
