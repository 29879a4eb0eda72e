package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/contract"
	"sbexport/internal/platform"
	"sbexport/internal/state"
)

// ran is what a run of the program left behind.
type ran struct {
	code     int
	out, err string
}

// program runs the program in this process, in the directory dir, against the
// endpoint.
func program(t *testing.T, dir, endpoint string, args ...string) ran {
	t.Helper()
	t.Chdir(dir)
	env := map[string]string{"SB_API_ENDPOINT": endpoint, "SB_AUTH_TOKEN": contract.Token}
	var out, err bytes.Buffer
	code := Main(t.Context(), args, Streams{
		In: strings.NewReader(""), Out: &out, Err: &err,
		Getenv:    func(k string) string { return env[k] },
		LookupEnv: func(k string) (string, bool) { v, ok := env[k]; return v, ok },
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

const contractPlan = `
version: 1
project: contract-lab/rna-seq
volume: contract-lab/archive
tolerate: [elsewhere, refused]
exports:
  - name: everything
    match: "**"
    to: "{path}"
`

// A plan over everything that the other platform's fixture holds: the plan and
// its document agree, apply does exactly that, and a second apply nothing.
func TestWholeJobAgainstTheOtherPlatform(t *testing.T) {
	server := contract.New(contract.Options{Pace: 0.1})
	endpoint := server.Serve(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sbexport.yaml"), []byte(contractPlan), 0o600); err != nil {
		t.Fatal(err)
	}

	text := program(t, dir, endpoint, "plan").want(t, ExitOK)
	document := program(t, dir, endpoint, "plan", "--json").want(t, ExitOK)
	program(t, dir, endpoint, "plan", "--detailed-exitcode").want(t, ExitChanges)
	doc, err := change.ReadDocument(strings.NewReader(document.out))
	if err != nil {
		t.Fatal(err)
	}
	checkActions(t, server, doc)
	if totals := "Plan: 2,485 to move"; !strings.Contains(text.out, totals) {
		t.Errorf("the plan does not say %q:\n%s", totals, text.out)
	}

	program(t, dir, endpoint, "apply").want(t, ExitRefused)
	if jobs := server.Jobs(); len(jobs) != 0 {
		t.Fatalf("%d jobs were started without consent", len(jobs))
	}
	applied := program(t, dir, endpoint, "apply", "--auto-approve", "--poll-min", "200ms").want(t, ExitIncomplete)
	checkJobs(t, server, doc)
	lock := checkLockfile(t, filepath.Join(dir, "sbexport.lock.json"), server)
	for _, cause := range []string{"9006", "9107"} {
		if !strings.Contains(applied.out, cause) {
			t.Errorf("the summary does not name error %s:\n%s", cause, applied.out)
		}
	}

	jobs := len(server.Jobs())
	program(t, dir, endpoint, "apply", "--auto-approve").want(t, ExitOK)
	if got := len(server.Jobs()); got != jobs {
		t.Errorf("the second apply started %d jobs", got-jobs)
	}
	again, err := os.ReadFile(filepath.Join(dir, "sbexport.lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(lock, again) {
		t.Error("the second apply changed the lockfile")
	}
	server.Check(t)
}

// checkActions compares the plan's document with what is on the platform.
func checkActions(t *testing.T, server *contract.Server, doc *change.Document) {
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
	for id, f := range server.Files() {
		a, isPlanned := planned[id]
		switch {
		case f.Folder:
			if isPlanned {
				t.Errorf("folder %s is to be exported", f.Path)
			}
		case f.Alias == contract.Place{Volume: contract.Good, Location: f.Path}:
			unchanged++
		case f.Alias != contract.Place{}:
			if blocked[id] != change.Elsewhere {
				t.Errorf("%s is an alias elsewhere and is blocked as %q", f.Path, blocked[id])
			}
		case !isPlanned:
			t.Errorf("%s is on the platform and not in the plan (blocked as %q)", f.Path, blocked[id])
		case a.Path != f.Path || a.Location != f.Path || a.Size != f.Size || a.Key != "cohort/"+f.Path || a.Kind != change.Export:
			t.Errorf("%s is planned as %+v", f.Path, a)
		}
	}
	if doc.Summary.Unchanged != unchanged || doc.Summary.Export != len(planned) {
		t.Errorf("summary is %+v, want %d unchanged and %d exports", doc.Summary, unchanged, len(planned))
	}
}

// checkJobs compares the jobs that were started with what the plan showed.
func checkJobs(t *testing.T, server *contract.Server, doc *change.Document) {
	t.Helper()
	planned := map[change.Target]bool{}
	for i := range doc.Actions {
		planned[doc.Actions[i].Target()] = true
	}
	started := map[change.Target]int{}
	for _, j := range server.Jobs() {
		target := change.Target{File: j.File, Volume: j.Volume, Location: j.Location}
		if started[target]++; !planned[target] || j.CopyOnly || started[target] > 1 {
			t.Errorf("job %+v is not what the plan showed, or the second one", j)
		}
	}
	refused := 0
	for _, f := range server.Files() {
		if f.Public || f.Archived {
			refused++
		}
	}
	if got, want := len(started), len(planned)-refused; got != want {
		t.Errorf("%d jobs were started, want %d", got, want)
	}
}

// checkLockfile checks that every file is on record with what became of it, and
// that the record is sorted.
func checkLockfile(t *testing.T, name string, server *contract.Server) []byte {
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
	for id, f := range server.Files() {
		e, ok := entries[id]
		switch {
		case f.Folder:
		case f.Alias == contract.Place{Volume: contract.Good, Location: f.Path}:
			if !ok || e.State != platform.Completed {
				t.Errorf("%s is in place and on record as %+v", f.Path, e)
			}
		case f.Alias == contract.Place{}:
			if e.State != platform.Failed || e.Error == nil || !e.Error.Permanent {
				t.Errorf("%s was refused and is on record as %+v", f.Path, e)
			}
			if want := 9006; (f.Public || f.Archived) && e.Error != nil && e.Error.Code != want {
				t.Errorf("%s is on record with code %d, want %d", f.Path, e.Error.Code, want)
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
	contents := contract.NewContents()
	contents.Project(contract.Project, "aws:us-east-1")
	contents.Volume(contract.Volume{ID: contract.Good, Prefix: "cohort/", Bucket: "b"})
	a := contents.File(contract.Project, "a.bam", contract.File{Size: 10})
	contents.File(contract.Project, "b.bam", contract.File{Size: 20})
	_ = a
	server := contract.New(contract.Options{Contents: contents, Duration: func(string, int64) time.Duration { return 50 * time.Millisecond }})
	endpoint := server.Serve(t)
	dir := t.TempDir()
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "sbexport.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(strings.ReplaceAll(contractPlan, `"**"`, `"*.bam"`))
	program(t, dir, endpoint, "plan", "--out", "saved").want(t, ExitOK)

	write(strings.ReplaceAll(contractPlan, `"**"`, `"a.bam"`))
	edited := program(t, dir, endpoint, "apply", "saved").want(t, ExitRefused)
	if !strings.Contains(edited.err, "edited") || len(server.Jobs()) != 0 {
		t.Errorf("after an edit: %s, %d jobs", edited.err, len(server.Jobs()))
	}
	write(strings.ReplaceAll(contractPlan, `"**"`, `"*.bam"`))
	program(t, dir, endpoint, "apply", "saved", "--poll-min", "100ms").want(t, ExitOK)
	program(t, dir, endpoint, "apply", "saved").want(t, ExitOK)
	if got := len(server.Jobs()); got != 2 {
		t.Errorf("%d jobs after applying twice, want 2", got)
	}
	server.Check(t)
}
