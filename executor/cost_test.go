package executor

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

// durationShapes are ways in which the times that jobs take are spread.
var durationShapes = map[string]func(u float64) time.Duration{
	"constant 10s":    between(10*time.Second, 10*time.Second),
	"uniform 2-8s":    between(2*time.Second, 8*time.Second),
	"long tail":       longTail,
	"uniform 5-10min": between(5*time.Minute, 10*time.Minute),
}

// longTail is log-normal with a median of 5 s; one in a thousand takes 100 s.
func longTail(u float64) time.Duration {
	return time.Duration(5 * float64(time.Second) * math.Exp(math.Sqrt2*math.Erfinv(2*u-1)))
}

// chance is a number in (0, 1) that belongs to a file.
func chance(file string) float64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(file))
	return 0.0005 + 0.999*rand.New(rand.NewPCG(h.Sum64(), 5)).Float64()
}

// folders is how many pages the listing takes beside the full ones.
const folders = 5

// TestRunStaysNearTheFewestRequests holds submissions and looks to a quarter
// more than the fewest a whole run could need, listing included, and the end to
// soon after the last job's.
func TestRunStaysNearTheFewestRequests(t *testing.T) {
	for name, shape := range durationShapes {
		for _, n := range []int{200, 2000, 3000, 10000} {
			t.Run(fmt.Sprintf("%s, %d files", name, n), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := newFake(t)
					f.unchecked = true
					f.takes = func(file string) time.Duration { return shape(chance(file)) }
					began := time.Now()
					listed := calls(n) + folders
					if _, err := f.executor(Options{Spent: listed + overhead}).Run(t.Context(), moves(n)); err != nil {
						t.Fatal(err)
					}
					took := time.Since(began)
					last := time.Duration(0)
					for _, job := range f.jobs {
						last = max(last, job.FinishedOn.Sub(began))
					}
					fewest := listed + 2*calls(n)
					spent := listed + overhead + f.submits + f.looks
					t.Logf("%d requests for %d at the least (%.2f), %v for %v (%.2f), %d looks",
						spent, fewest, float64(spent)/float64(fewest), took, last, float64(took)/float64(last), f.looks)
					if n >= 2000 && float64(spent) > 1.25*float64(fewest) {
						t.Errorf("%d requests, want at most 1.25 x %d", spent, fewest)
					}
					if float64(took) > 1.15*float64(last) {
						t.Errorf("ended after %v, want at most 1.15 x %v", took, last)
					}
				})
			})
		}
	}
}
