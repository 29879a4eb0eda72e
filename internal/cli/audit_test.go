package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/contract"
	"sbexport/internal/state"
)

const auditPlan = `
version: 1
project: contract-lab/rna-seq
volume: contract-lab/archive
exports:
  - {name: move, match: ["in/**", "old/**"], to: "{path}"}
  - {name: bare, match: "bare/**", volume: contract-lab/bare_prefix, to: "{path}"}
  - {name: copy, match: "reports/*", copy_only: true, to: "copies/{name}"}
`

// auditContents is a project of which a part was exported by hand: 5 aliases in
// order, one without its object, 10 whose objects have another size, and 4 on a
// volume whose prefix has no slash. What is left is 120 files to move and 3 to
// copy.
func auditContents() *contract.Contents {
	c := contract.NewContents()
	c.Project(contract.Project, "aws:us-east-1")
	c.Volume(contract.Volume{ID: contract.Good, Prefix: "cohort/"})
	c.Volume(contract.Volume{ID: contract.Bare, Prefix: "run-7"})
	for i := range 120 {
		c.File(contract.Project, fmt.Sprintf("in/part-%d/%03d.bam", i%3, i), contract.File{
			Size: int64(1000 + i), Tags: []string{"final"}, Metadata: map[string]any{"sample_id": fmt.Sprintf("S%d", i)},
		})
	}
	for i := range 3 {
		c.File(contract.Project, fmt.Sprintf("reports/%d.html", i), contract.File{Size: 77})
	}
	alias := func(volume, path, key string, size int64) {
		c.File(contract.Project, path, contract.File{Size: 500, Alias: contract.Place{Volume: volume, Location: path}})
		if key != "" {
			c.Object(volume, key, size)
		}
	}
	for i := range 5 {
		path := fmt.Sprintf("old/here-%d.bam", i)
		alias(contract.Good, path, "cohort/"+path, 500)
	}
	for i := range 10 {
		path := fmt.Sprintf("old/replaced-%d.bam", i)
		alias(contract.Good, path, "cohort/"+path, 499)
	}
	for i := range 4 {
		path := fmt.Sprintf("bare/%d.bam", i)
		alias(contract.Bare, path, "run-7"+path, 500)
	}
	alias(contract.Good, "old/broken.bam", "", 0)
	return c
}

// summaryOf reads the summary of a document.
func summaryOf(t *testing.T, r ran) map[string]int {
	t.Helper()
	var document struct {
		Summary map[string]int `json:"summary"`
	}
	if err := json.Unmarshal([]byte(r.out), &document); err != nil {
		t.Fatalf("%v in %.4000s", err, r.out)
	}
	return document.Summary
}

// entriesOf reads a lockfile.
func entriesOf(t *testing.T, name string) map[string]state.Entry {
	t.Helper()
	lock, err := state.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]state.Entry{}
	for e := range lock.All() {
		all[e.File] = e
	}
	return all
}

// The commands that look after what is exported agree with the truth on the
// other platform.
func TestAuditsAgainstTheOtherPlatform(t *testing.T) {
	server := contract.New(contract.Options{Contents: auditContents(), Pace: 0.05})
	endpoint := server.Serve(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sbexport.yaml"), []byte(auditPlan), 0o600); err != nil {
		t.Fatal(err)
	}
	lockfile := filepath.Join(dir, "sbexport.lock.json")
	run := func(code int, args ...string) ran {
		t.Helper()
		return program(t, dir, endpoint, args...).want(t, code)
	}

	before := summaryOf(t, run(ExitOK, "status", "--json", "--detailed-exitcode"))
	if before["done"] != 0 || before["not_exported"] != 123 || before["not_on_record"] != 20 {
		t.Errorf("before: %v", before)
	}
	run(ExitOK, "apply", "--auto-approve", "--poll-min", "100ms")
	after := summaryOf(t, run(ExitOK, "status", "--json", "--detailed-exitcode"))
	if after["done"] != 143 || after["drifted"] != 0 || after["not_exported"] != 0 || after["not_on_record"] != 0 || after["no_longer_planned"] != 0 {
		t.Errorf("after: %v", after)
	}
	checkVerified(t, summaryOf(t, run(ExitChanges, "verify", "--detailed-exitcode", "--json")))
	run(ExitOK, "verify", "--only", "copy")
	run(ExitOK, "verify", "--only", "bare")

	recorded := entriesOf(t, lockfile)
	if err := os.Remove(lockfile); err != nil {
		t.Fatal(err)
	}
	run(ExitOK, "adopt", "--check-volume")
	jobs := len(server.Jobs())
	if plan := run(ExitOK, "plan", "--detailed-exitcode"); !strings.Contains(plan.out, "143 unchanged") {
		t.Errorf("after adopt the plan is\n%s", plan.out)
	}
	adopted := entriesOf(t, lockfile)
	for file, e := range adopted {
		e.StartedOn = recorded[file].StartedOn // when a job began is not part of a plan
		adopted[file] = e
	}
	if diff := cmp.Diff(recorded, adopted); diff != "" {
		t.Errorf("the lockfile (-written by apply +by adopt):\n%s", diff)
	}

	checkManifest(t, server, run(ExitOK, "manifest", "--json").out)
	checkStarter(t, server, dir, run)
	if len(server.Jobs()) != jobs {
		t.Errorf("%d jobs were started by looking", len(server.Jobs())-jobs)
	}
	server.Check(t)
}

func checkVerified(t *testing.T, got map[string]int) {
	t.Helper()
	// Not every object's size is told, so that some replacements stay unknown.
	if got["checked"] != 143 || got["broken"] != 1 || got["changed"] < 2 || got["changed"] > 10 ||
		got["in_order"] != 143-1-got["changed"] || got["drift"] != 1+got["changed"] || got["sizes_compared"] >= 142 {
		t.Errorf("verified: %v", got)
	}
	// Two volumes, two bulk calls, and a listing of each of six folders.
	if most := 2 + 2 + 6; got["requests"] > most {
		t.Errorf("it took %d requests, want at most %d", got["requests"], most)
	}
}

func checkManifest(t *testing.T, server *contract.Server, out string) {
	t.Helper()
	files, n := server.Files(), 0
	for line := range strings.Lines(out) {
		var row struct {
			File, Path, Key, Mode string
			Size                  int64
			Tags                  []string
			Metadata              map[string]any
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		n++
		f := files[row.File]
		if row.Path != f.Path || row.Size != f.Size || (row.Mode == "copy") != (f.Alias == contract.Place{}) {
			t.Errorf("row %+v for file %+v", row, f)
		}
		if rest, in := strings.CutPrefix(f.Path, "in/"); in {
			var part, i int
			if _, err := fmt.Sscanf(rest, "part-%d/%d.bam", &part, &i); err != nil {
				t.Fatal(err)
			}
			want := map[string]any{"sample_id": fmt.Sprintf("S%d", i)}
			if diff := cmp.Diff(want, row.Metadata); diff != "" || len(row.Tags) != 1 || row.Key != "cohort/"+f.Path {
				t.Errorf("row %+v", row)
			}
		}
	}
	if n != 143 {
		t.Errorf("%d rows, want 143", n)
	}
}

// checkStarter adopts the project without a plan.
func checkStarter(t *testing.T, server *contract.Server, dir string, run func(int, ...string) ran) {
	t.Helper()
	made := run(ExitOK, "adopt", "--write-plan", "new.yaml", "--project", contract.Project, "--json")
	if got := summaryOf(t, made); got["adopted"] != 140 || got["left_out"] != 0 {
		t.Errorf("adopted: %v", got)
	}
	plan := run(ExitOK, "plan", "-f", "new.yaml", "--detailed-exitcode")
	if !strings.Contains(plan.out, "(140 unchanged)") || strings.Contains(plan.out, "not in the lockfile") {
		t.Errorf("the new plan is not done:\n%s", plan.out)
	}
	files := server.Files()
	for id, e := range entriesOf(t, filepath.Join(dir, "new.lock.json")) {
		want := files[id].Alias
		// What its location is relative to, only an object could tell.
		if got := (contract.Place{Volume: e.Volume, Location: e.Location}); got != want && !strings.HasSuffix(e.Path, "broken.bam") {
			t.Errorf("%s is on record at %v, and is at %v", e.Path, got, want)
		}
		if strings.HasPrefix(e.Path, "in/") && e.ExportID == "" {
			t.Errorf("%s is on record without its job", e.Path)
		}
	}
}
