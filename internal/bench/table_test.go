package bench

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// row is one apply that was measured.
type row struct {
	job
	platform, shape, limit string
	requests, refused      int
	took, ideal            time.Duration
	bound                  bool // the budget decides when an ideal run ends
}

func (r *row) requestRatio() float64 { return float64(r.requests) / float64(r.job.requests()) }
func (r *row) timeRatio() float64    { return float64(r.took) / float64(r.ideal) }

// misses are what an apply does not keep of the promise.
func (r *row) misses() (all []string) {
	if r.requests > r.job.most() {
		all = append(all, fmt.Sprintf("%d requests, where %d are the fewest; promised are at most %d", r.requests, r.job.requests(), r.job.most()))
	}
	promised := promisedTime
	if r.bound {
		promised = promisedAtBound
	}
	// Under a limit of a few seconds the last look may have to wait for a reset,
	// which is nothing beside the real limit's.
	took := r.took
	if window := r.job.budget.window; window < 10*time.Second {
		took -= window
	}
	if float64(took) > promised*float64(r.ideal) {
		all = append(all, fmt.Sprintf("took %v, %.3f times the least, %v; promised is %.2f", r.took, r.timeRatio(), r.ideal, promised))
	}
	return all
}

// results are all that was measured, for the table at the end.
type results struct {
	mu    sync.Mutex
	rows  []row
	lines []string // what was measured of the machine
}

var table results

func (r *results) add(one row) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows = append(r.rows, one)
}

// note adds a line about this machine.
func (r *results) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}

func (r *results) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	if len(r.rows) > 0 {
		const heads = "%8s %7s  %-18s %-13s %-10s %9s %7s %6s %10s %10s %6s  %s\n"
		fmt.Fprintf(&b, "\n"+heads, "files", "folders", "jobs take", "limit", "platform", "requests", "fewest", "ratio", "time", "least", "ratio", "the bound")
		for i := range r.rows {
			one := &r.rows[i]
			what := "the jobs"
			if one.bound {
				what = "the budget"
			}
			fmt.Fprintf(&b, strings.ReplaceAll(strings.ReplaceAll(heads, "%6s", "%6.3f"), "%9s %7s", "%9d %7d"),
				fmt.Sprint(one.files), fmt.Sprint(one.folders), one.shape, one.limit, one.platform, one.requests, one.job.requests(),
				one.requestRatio(), short(one.took), short(one.ideal), one.timeRatio(), what)
		}
	}
	for _, line := range r.lines {
		b.WriteString(line + "\n")
	}
	return b.String()
}

// short is a duration with as many digits as matter.
func short(d time.Duration) string {
	if d < time.Minute {
		return d.Round(10 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// TestMain prints the table when all has been measured.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if benchmarks := flag.Lookup("test.bench").Value.String() != ""; benchmarks || *large || testing.Verbose() {
			fmt.Println(table.String())
		}
		os.Exit(code)
	}))
}
