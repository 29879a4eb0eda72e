package bench

import (
	"cmp"
	"fmt"
	"net/http"
	"testing"
	"time"

	"sbexport/internal/contract"
	"sbexport/internal/simulator"
)

// latency is how long a request is under way, on the average.
const latency = 40 * time.Millisecond

// local is one of the local platforms, with files to be exported.
type local struct {
	name            string
	endpoint, token string
	plan            string
	transport       http.RoundTripper
	// told is how many requests it has counted, and refused for the limit.
	told func() (requests, refused int)
	// durations are how long the jobs took, or would take.
	durations func() []time.Duration
	// rounding is by how much windows are told to be longer than they are: who
	// believes the platform waits for that.
	rounding time.Duration
	// check fails the test for whatever the client must never do.
	check func(t testing.TB)
}

// platforms make a local platform for a job whose exports take times of a shape;
// nil where it cannot.
var platforms = []starter{newContract, newSimulator}

const planText = `
version: 1
project: %[1]s/lake
volume: %[1]s/archive
exports:
  - {match: "**", to: "{path}"}
`

// contractServer is the second platform with files for a job, as free as the
// vendor's contract leaves it, but for listings that tell an item twice, which
// takes more pages than the job has.
func contractServer(j job, s shape) *contract.Server {
	c := contract.NewContents()
	c.Project("lab/lake", "aws:us-east-1")
	c.Volume(contract.Volume{ID: "lab/archive"})
	for i := range j.files {
		c.File("lab/lake", fmt.Sprintf("batch-%04d/sample-%07d.bam", i%j.folders, i), contract.File{Size: int64(i) * 1_000_003})
	}
	limit := j.budget.limit
	if limit == 0 {
		limit = 10_000_000
	}
	return contract.New(contract.Options{
		Contents: c, Tame: contract.Repeats, Latency: j.latency, Duration: s.of,
		// Virtual time begins with a window, as midnight does.
		Limit: limit, Window: j.budget.window, Grid: true,
	})
}

func newContract(_ testing.TB, j job, s shape) *local {
	server := contractServer(j, s)
	return &local{
		name: "contract", endpoint: contract.Endpoint, token: contract.Token, plan: fmt.Sprintf(planText, "lab"),
		transport: server.Transport(),
		told: func() (requests, refused int) {
			stats := server.Stats()
			return stats.Requests, stats.TooMany
		},
		durations: func() []time.Duration { return durations(server) },
		check:     server.Check,
	}
}

// durations are the times that the jobs on the second platform took.
func durations(server *contract.Server) []time.Duration {
	jobs := server.Jobs()
	all := make([]time.Duration, len(jobs))
	for i, job := range jobs {
		all[i] = job.Finish.Sub(job.Created)
	}
	return all
}

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
  latency: %v
  jobs: {pending: 0s, duration: %s}
  rate_limit: {limit: %d, window: %v}
`

func newSimulator(t testing.TB, j job, s shape) *local {
	t.Helper()
	if s.seed == "" {
		return nil
	}
	// Without a limit the window does not matter, but there has to be one.
	text := fmt.Sprintf(seedText, j.files, j.folders, j.latency, s.seed, j.budget.limit, cmp.Or(j.budget.window, time.Minute))
	seed, err := simulator.ParseSeed("seed.yaml", []byte(text), ".")
	if err != nil {
		t.Fatal(err)
	}
	server, err := simulator.New(seed)
	if err != nil {
		t.Fatal(err)
	}
	return &local{
		name: "simulator", endpoint: "http://127.0.0.1/v2", token: "simulator", plan: fmt.Sprintf(planText, "me"),
		transport: server.Transport(),
		told: func() (requests, refused int) {
			c := server.Counters()
			return c["requests"], c["requests over the limit"]
		},
		// Windows begin with a request, and so at some time within a second;
		// that second's end is when they are said to end.
		rounding:  time.Second,
		durations: func() []time.Duration { return s.sample(j.files) },
		check: func(t testing.TB) {
			t.Helper()
			for _, v := range server.Violations() {
				t.Errorf("violation: %s", v)
			}
		},
	}
}
