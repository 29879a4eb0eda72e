package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/simulator"
	"sbexport/internal/state"
)

// ran is what a run of the program left behind.
type ran struct {
	code     int
	out, err string
}

// program runs the program in this process, in the directory dir, against a
// simulated platform.
func program(t *testing.T, dir string, transport http.RoundTripper, args ...string) ran {
	t.Helper()
	return programAt(t, dir, "http://127.0.0.1/v2", "simulator", transport, args...)
}

func programAt(t *testing.T, dir, endpoint, token string, transport http.RoundTripper, args ...string) ran {
	t.Helper()
	t.Chdir(dir)
	env := map[string]string{"SB_API_ENDPOINT": endpoint, "SB_AUTH_TOKEN": token}
	var out, err bytes.Buffer
	code := Main(t.Context(), args, Streams{
		In: strings.NewReader(""), Out: &out, Err: &err,
		Getenv:    func(k string) string { return env[k] },
		LookupEnv: func(k string) (string, bool) { v, ok := env[k]; return v, ok },
		Transport: transport,
	})
	return ran{code, out.String(), err.String()}
}

// want fails the test unless the run ended with the code.
func (r ran) want(t *testing.T, code int) ran {
	t.Helper()
	if r.code != code {
		t.Fatalf("exit %d, want %d\nstdout:\n%.4000s\nstderr:\n%.4000s", r.code, code, r.out, r.err)
	}
	return r
}

// simulate makes a platform of a seed's text.
func simulate(t *testing.T, seed string) *simulator.Server {
	t.Helper()
	parsed, err := simulator.ParseSeed("seed.yaml", []byte(seed), ".")
	if err != nil {
		t.Fatal(err)
	}
	server, err := simulator.New(parsed)
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// inOrder fails the test for what a client must never do.
func inOrder(t *testing.T, server *simulator.Server) {
	t.Helper()
	for _, v := range server.Violations() {
		t.Errorf("violation: %s", v)
	}
}

// truth is the platform as it is, with IDs.
func truth(server *simulator.Server) simulator.State {
	return server.State(simulator.Detail{IDs: true, Jobs: true})
}

const (
	archive   = "lab/archive" // prefix "cohort/"
	wholePlan = `
version: 1
project: lab/rna-seq
volume: lab/archive
tolerate: [elsewhere, refused]
exports:
  - name: everything
    match: "**"
    to: "{path}"
`
)

// wholeSeed is a project of 130 files to be moved, of which some are refused,
// some are in place, and some are elsewhere.
const wholeSeed = `
user: lab
projects:
- id: lab/rna-seq
  folders: [empty]
  files:
  - {path: batch-1/public.bam, public: true}
  - {path: batch-1/archived.bam, archived: true}
  - {path: batch-1/here.bam, alias: {volume: lab/archive, location: batch-1/here.bam}}
  - {path: batch-1/old.bam, alias: {volume: lab/archive, location: old/batch-1/old.bam}}
  - {path: batch-1/other.bam, alias: {volume: lab/flat, location: batch-1/other.bam}}
  - {path: "batch-1/raw/hash#1 50%% what?.bam", size: 7}
  - {path: "top & café.bam"}
  generate:
  - {count: 110, path: "batch-2/reads_{n:4}.fastq.gz", size: {min: 1 kB, max: 1 GB}}
  - {count: 16, path: "batch-3/results/v1.0_final/{n}.vcf"}
volumes:
- {id: lab/archive, prefix: cohort/, objects: [%s]}
- {id: lab/flat}
quirks: {%s}
`

// A plan over everything that a platform holds, under no quirk, under each
// alone, under some at random and under all: the plan and its document agree,
// apply does exactly that, and a second apply nothing.
func TestWholeJobUnderQuirks(t *testing.T) {
	all := simulator.Quirks()
	sets := map[string][]string{"none": nil, "all": all}
	for _, quirk := range all {
		sets[quirk] = []string{quirk}
	}
	for n := range 4 {
		dice := rand.New(rand.NewPCG(11, uint64(n)))
		sets[fmt.Sprint("some ", n)] = slices.DeleteFunc(slices.Clone(all), func(string) bool { return dice.IntN(2) == 0 })
	}
	for name, quirks := range sets {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { wholeJob(t, quirks) })
		})
	}
}

func wholeJob(t *testing.T, quirks []string) {
	t.Helper()
	// Why a job failed that tells no error nobody can know.
	occupied := "batch-3/results/v1.0_final/7.vcf"
	if slices.Contains(quirks, "no_error_in_failed_job") {
		occupied = ""
	}
	on := make([]string, len(quirks))
	for i, quirk := range quirks {
		on[i] = quirk + ": true"
	}
	server := simulate(t, fmt.Sprintf(wholeSeed, occupied, strings.Join(on, ", ")))
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sbexport.yaml"), []byte(wholePlan), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(code int, args ...string) ran {
		t.Helper()
		return program(t, dir, server.Transport(), args...).want(t, code)
	}

	text := run(ExitOK, "plan")
	document := run(ExitOK, "plan", "--json")
	run(ExitChanges, "plan", "--detailed-exitcode")
	doc, err := change.ReadDocument([]byte(document.out))
	if err != nil {
		t.Fatal(err)
	}
	checkActions(t, truth(server), doc)
	if totals := "Plan: 130 to move"; !strings.Contains(text.out, totals) {
		t.Errorf("the plan does not say %q:\n%s", totals, text.out)
	}

	run(ExitRefused, "apply")
	if jobs := truth(server).Jobs; len(jobs) != 0 {
		t.Fatalf("%d jobs were started without consent", len(jobs))
	}
	applied := run(ExitIncomplete, "apply", "--auto-approve")
	checkJobs(t, truth(server), doc)
	lock := checkLockfile(t, filepath.Join(dir, "sbexport.lock.json"), truth(server), occupied)
	if !strings.Contains(applied.out, "9006") || occupied != "" && !strings.Contains(applied.out, "9107") {
		t.Errorf("the summary does not name the errors:\n%s", applied.out)
	}

	jobs := len(truth(server).Jobs)
	run(ExitOK, "apply", "--auto-approve")
	if got := len(truth(server).Jobs); got != jobs {
		t.Errorf("the second apply started %d jobs", got-jobs)
	}
	again, err := os.ReadFile(filepath.Join(dir, "sbexport.lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(lock, again) {
		t.Error("the second apply changed the lockfile")
	}
	inOrder(t, server)
}

// checkActions compares the plan's document with what is on the platform.
func checkActions(t *testing.T, is simulator.State, doc *change.Document) {
	t.Helper()
	planned := map[string]change.Action{}
	for _, a := range doc.Actions {
		planned[a.File] = a
	}
	blocked := map[string]change.Reason{}
	for _, b := range doc.Blocked {
		blocked[b.File] = b.Reason
	}
	unchanged := 0
	for _, f := range is.Files {
		a, isPlanned := planned[f.ID]
		switch {
		case f.Volume == archive && f.Location == f.Path:
			unchanged++
		case f.Volume != "":
			if blocked[f.ID] != change.Elsewhere {
				t.Errorf("%s is an alias elsewhere and is blocked as %q", f.Path, blocked[f.ID])
			}
		case !isPlanned:
			t.Errorf("%s is on the platform and not in the plan (blocked as %q)", f.Path, blocked[f.ID])
		case a.Path != f.Path || a.Location != f.Path || a.Size != f.Size || a.Key != "cohort/"+f.Path || a.Kind != change.Export:
			t.Errorf("%s is planned as %+v", f.Path, a)
		}
	}
	if doc.Summary.Unchanged != unchanged || doc.Summary.Export != len(planned) {
		t.Errorf("summary is %+v, want %d unchanged and %d exports", doc.Summary, unchanged, len(planned))
	}
}

// checkJobs compares the jobs that were started with what the plan showed. Two
// of its files cannot be exported.
func checkJobs(t *testing.T, is simulator.State, doc *change.Document) {
	t.Helper()
	planned := map[change.Target]bool{}
	for i := range doc.Actions {
		planned[doc.Actions[i].Target()] = true
	}
	started := map[change.Target]int{}
	for _, j := range is.Jobs {
		target := change.Target{File: j.FileID, Volume: j.Volume, Location: j.Location}
		if started[target]++; !planned[target] || j.CopyOnly || started[target] > 1 {
			t.Errorf("job %+v is not what the plan showed, or the second one", j)
		}
	}
	if got, want := len(started), len(planned)-2; got != want {
		t.Errorf("%d jobs were started, want %d", got, want)
	}
}

// checkLockfile checks that every file is on record with what became of it, and
// that the record is sorted.
func checkLockfile(t *testing.T, name string, is simulator.State, occupied string) []byte {
	t.Helper()
	source, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var lock struct {
		Exports []state.Entry `json:"exports"`
	}
	if err := json.Unmarshal(source, &lock); err != nil {
		t.Fatal(err)
	}
	entries := map[string]state.Entry{}
	for _, e := range lock.Exports {
		entries[e.File] = e
	}
	if !slices.IsSortedFunc(lock.Exports, func(a, b state.Entry) int {
		return strings.Compare(a.Volume+"\x00"+a.Location+"\x00"+a.File, b.Volume+"\x00"+b.Location+"\x00"+b.File)
	}) {
		t.Error("the lockfile is not sorted")
	}
	for _, f := range is.Files {
		e, ok := entries[f.ID]
		switch {
		case f.Volume == archive && f.Location == f.Path:
			if !ok || e.State != platform.Completed {
				t.Errorf("%s is in place and on record as %+v", f.Path, e)
			}
		case f.Volume == "":
			code := 9006
			if f.Path == occupied {
				code = 9107
			}
			if e.State != platform.Failed || e.Error == nil || !e.Error.Permanent || e.Error.Code != code {
				t.Errorf("%s was refused and is on record as %+v", f.Path, e)
			}
		case ok:
			t.Errorf("%s is elsewhere and on record as %+v", f.Path, e)
		}
	}
	return source
}

// A saved plan is carried out as it is, can be run again, and is refused when
// the world has moved on.
func TestSavedPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := simulate(t, `
user: lab
projects: [{id: lab/rna-seq, files: [{path: a.bam}, {path: b.bam}]}]
volumes: [{id: lab/archive, prefix: cohort/}]
`)
		dir := t.TempDir()
		write := func(text string) {
			t.Helper()
			if err := os.WriteFile(filepath.Join(dir, "sbexport.yaml"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		run := func(code int, args ...string) ran {
			t.Helper()
			return program(t, dir, server.Transport(), args...).want(t, code)
		}
		write(strings.ReplaceAll(wholePlan, `"**"`, `"*.bam"`))
		run(ExitOK, "plan", "--out", "saved")

		write(strings.ReplaceAll(wholePlan, `"**"`, `"a.bam"`))
		edited := run(ExitRefused, "apply", "saved")
		if jobs := truth(server).Jobs; !strings.Contains(edited.err, "edited") || len(jobs) != 0 {
			t.Errorf("after an edit: %s, %d jobs", edited.err, len(jobs))
		}
		write(strings.ReplaceAll(wholePlan, `"**"`, `"*.bam"`))
		run(ExitOK, "apply", "saved")
		run(ExitOK, "apply", "saved")
		if jobs := truth(server).Jobs; len(jobs) != 2 {
			t.Errorf("%d jobs after applying twice, want 2", len(jobs))
		}
		inOrder(t, server)
	})
}
