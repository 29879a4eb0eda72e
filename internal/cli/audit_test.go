package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/platform"
	"sbexport/internal/simulator"
	"sbexport/internal/state"
)

const auditPlan = `
version: 1
project: lab/rna-seq
volume: lab/archive
exports:
  - {name: move, match: ["in/**", "old/**"], to: "{path}"}
  - {name: bare, match: "bare/**", volume: lab/bare, to: "{path}"}
  - {name: copy, match: "reports/*", copy_only: true, to: "copies/{name}"}
`

// auditSeed is a project of which a part was exported by hand: 5 aliases in
// order, one without its object, 10 whose objects have another size, and 4 on a
// volume whose prefix has no slash. What is left is 120 files to move and 3 to
// copy.
func auditSeed(quirks string) string {
	var files strings.Builder
	alias := func(volume, path string, broken bool) {
		fmt.Fprintf(&files, "  - {path: %s, size: 500, alias: {volume: %s, location: %s, broken: %v}}\n", path, volume, path, broken)
	}
	for i := range 5 {
		alias(archive, fmt.Sprintf("old/here-%d.bam", i), false)
	}
	for i := range 10 {
		alias(archive, fmt.Sprintf("old/replaced-%d.bam", i), false)
	}
	for i := range 4 {
		alias("lab/bare", fmt.Sprintf("bare/%d.bam", i), false)
	}
	alias(archive, "old/broken.bam", true)
	return `
user: lab
projects:
- id: lab/rna-seq
  generate:
  - {count: 120, folders: 3, path: "in/part-{folder}/{n:3}.bam", size: {min: 1 kB, max: 2 kB}, tags: [final], metadata: {sample_id: "S{n}"}}
  - {count: 3, path: "reports/{n}.html", size: 77}
  files:
` + files.String() + `
volumes:
- {id: lab/archive, prefix: cohort/}
- {id: lab/bare, prefix: run-7}
quirks: {` + quirks + `}
`
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

// The commands that look after what is exported agree with the truth, on a
// platform that is as easy as can be and on one that is as odd.
func TestAudits(t *testing.T) {
	odd := ""
	for _, quirk := range simulator.Quirks() {
		if quirk != "no_object_metadata" { // nothing could be compared then
			odd += quirk + ": true, "
		}
	}
	for name, quirks := range map[string]string{"easy": "", "odd": odd} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { audits(t, quirks) })
		})
	}
}

func audits(t *testing.T, quirks string) {
	t.Helper()
	server := simulate(t, auditSeed(quirks))
	for i := range 10 {
		if err := server.PutObject(archive, fmt.Sprintf("old/replaced-%d.bam", i), 499); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sbexport.yaml"), []byte(auditPlan), 0o600); err != nil {
		t.Fatal(err)
	}
	lockfile := filepath.Join(dir, "sbexport.lock.json")
	run := func(code int, args ...string) ran {
		t.Helper()
		return program(t, dir, server.Transport(), args...).want(t, code)
	}

	before := summaryOf(t, run(ExitOK, "status", "--json", "--detailed-exitcode"))
	if before["done"] != 0 || before["not_exported"] != 123 || before["not_on_record"] != 20 {
		t.Errorf("before: %v", before)
	}
	run(ExitOK, "apply", "--auto-approve")
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
	time.Sleep(platform.AliasLag) // until then what is no alias may have been moved
	run(ExitOK, "adopt", "--check-volume")
	jobs := len(truth(server).Jobs)
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
	if len(truth(server).Jobs) != jobs {
		t.Errorf("%d jobs were started by looking", len(truth(server).Jobs)-jobs)
	}
	inOrder(t, server)
}

// byID are the platform's files.
func byID(server *simulator.Server) map[string]simulator.FileState {
	all := map[string]simulator.FileState{}
	for _, f := range truth(server).Files {
		all[f.ID] = f
	}
	return all
}

func checkVerified(t *testing.T, got map[string]int) {
	t.Helper()
	if got["checked"] != 143 || got["broken"] != 1 || got["changed"] != 10 || got["in_order"] != 132 || got["drift"] != 11 || got["sizes_compared"] != 142 {
		t.Errorf("verified: %v", got)
	}
	// Two volumes, two bulk calls, and a listing of each of six folders.
	if most := 2 + 2 + 6; got["requests"] > most {
		t.Errorf("it took %d requests, want at most %d", got["requests"], most)
	}
}

func checkManifest(t *testing.T, server *simulator.Server, out string) {
	t.Helper()
	files, n := byID(server), 0
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
		if row.Path != f.Path || row.Size != f.Size || (row.Mode == "copy") != (f.Volume == "") {
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
func checkStarter(t *testing.T, server *simulator.Server, dir string, run func(int, ...string) ran) {
	t.Helper()
	made := run(ExitOK, "adopt", "--write-plan", "new.yaml", "--project", "lab/rna-seq", "--json")
	if got := summaryOf(t, made); got["adopted"] != 140 || got["left_out"] != 0 {
		t.Errorf("adopted: %v", got)
	}
	plan := run(ExitOK, "plan", "-f", "new.yaml", "--detailed-exitcode")
	if !strings.Contains(plan.out, "(140 unchanged)") || strings.Contains(plan.out, "not in the lockfile") {
		t.Errorf("the new plan is not done:\n%s", plan.out)
	}
	files := byID(server)
	for id, e := range entriesOf(t, filepath.Join(dir, "new.lock.json")) {
		want := files[id]
		// What its location is relative to, only an object could tell.
		if (e.Volume != want.Volume || e.Location != want.Location) && !strings.HasSuffix(e.Path, "broken.bam") {
			t.Errorf("%s is on record at %s:%s, and is at %s:%s", e.Path, e.Volume, e.Location, want.Volume, want.Location)
		}
		if strings.HasPrefix(e.Path, "in/") && e.ExportID == "" {
			t.Errorf("%s is on record without its job", e.Path)
		}
	}
}
