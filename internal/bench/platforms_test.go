package bench

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"sbexport/internal/simulator"
)

// latency is how long a request is under way, on the average.
const latency = 40 * time.Millisecond

// local is a simulated platform, with files to be exported.
type local struct {
	name   string
	server *simulator.Server
	plan   string
	// rounding is by how much windows are told to be longer than they are: who
	// believes the platform waits for that.
	rounding time.Duration
}

// told is how many requests it has counted, and refused for the limit.
func (l *local) told() (requests, refused int) {
	c := l.server.Counters()
	return c["requests"], c["requests over the limit"]
}

// durations are how long the jobs took, in the order of their submission.
func (l *local) durations() []time.Duration {
	jobs := l.server.State(simulator.Detail{Jobs: true, Times: true}).Jobs
	slices.SortStableFunc(jobs, func(a, b simulator.JobState) int { return a.Created.Compare(b.Created) })
	all := make([]time.Duration, len(jobs))
	for i, job := range jobs {
		all[i] = job.Ended.Sub(job.Created)
	}
	return all
}

// check fails the test for whatever the client must never do.
func (l *local) check(t testing.TB) {
	t.Helper()
	for _, v := range l.server.Violations() {
		t.Errorf("violation: %s", v)
	}
}

// endpoint is what a client without a network asks.
const endpoint = "http://127.0.0.1/v2"

// platforms make a platform for a job whose exports take times of a shape.
var platforms = []starter{newOdd, newPlain}

const planText = `
version: 1
project: me/lake
volume: me/archive
exports:
  - {match: "**", to: "{path}"}
`

// seedText is a seed with files for a job.
const seedText = `
user: me
projects:
- id: me/lake
  generate:
  - {count: %d, folders: %d, path: "batch-{folder:4}/sample-{n:7}.bam", size: {min: 1 MB, max: 2 GB}}
volumes:
- id: me/archive
behavior:
  latency: %s
  jobs: {pending: 0s, duration: 1s%s}
  rate_limit: {limit: %d, window: %v, grid: %v}
quirks: {%s}
`

// newOdd is a platform with what makes a client's work harder, as far as it
// costs no requests. Virtual time begins with a window, as midnight does.
func newOdd(t testing.TB, j job, s shape) *local {
	t.Helper()
	spread := fmt.Sprintf("{min: %v, max: %v}", j.latency/2, j.latency*3/2)
	return simulate(t, "odd", j, s, spread, ", alias_lag: 1500ms, list_lag: 700ms", true,
		"shuffled_bulk: true, shuffled_lists: true, odd_case: true, unknown_members: true, nulls: true, sparse_errors: true")
}

// newPlain is a platform as the vendor's examples are. Windows begin with a
// request, and so at some time within a second; that second's end is when they
// are said to end.
func newPlain(t testing.TB, j job, s shape) *local {
	t.Helper()
	l := simulate(t, "plain", j, s, j.latency.String(), "", false, "")
	l.rounding = time.Second
	return l
}

func simulate(t testing.TB, name string, j job, s shape, latency, lags string, grid bool, quirks string) *local {
	t.Helper()
	// Without a limit the window does not matter, but there has to be one.
	text := fmt.Sprintf(seedText, j.files, j.folders, latency, lags, j.budget.limit, cmp.Or(j.budget.window, time.Minute), grid, quirks)
	seed, err := simulator.ParseSeed("seed.yaml", []byte(text), ".")
	if err != nil {
		t.Fatal(err)
	}
	server, err := simulator.New(seed, simulator.WithDurations(s.of))
	if err != nil {
		t.Fatal(err)
	}
	return &local{name: name, server: server, plan: planText}
}
