package simulator

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// world is a seed file and a folder for the state.
type world struct {
	t         *testing.T
	seed, dir string
}

func newWorld(t *testing.T, seed string) *world {
	t.Helper()
	folder := t.TempDir()
	w := &world{t: t, seed: filepath.Join(folder, "platform.yaml"), dir: filepath.Join(folder, "state")}
	w.write(w.seed, outdent(seed))
	return w
}

func (w *world) write(path, text string) {
	w.t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// open opens the platform as a new process would. What was open before is not
// closed, as if its process had been killed.
func (w *world) open() *client {
	w.t.Helper()
	s, err := Open(w.seed, w.dir)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = s.Close() })
	return &client{t: w.t, s: s, token: "simulator"}
}

func (w *world) state() string { return filepath.Join(w.dir, "simulator-platform.jsonl") }

func (w *world) text() string {
	w.t.Helper()
	text, err := os.ReadFile(w.state())
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// full tells everything about a platform.
func full(c *client) string {
	return string(c.s.Snapshot(Detail{Jobs: true, IDs: true, Times: true}))
}

const eventful = small + `
	- id: me/real
	  directory: real
	failures:
	- {file: ` + fileA + `, times: 1}
	- {file: ` + fileC + `, at: submission, times: 1}
	faults: [{match: GET /user, every: 2}]
	behavior: {jobs: {at_once: 2}}
`

// A killed process loses nothing that it answered.
func TestStateSurvivesAKill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, eventful)
		c := w.open()
		onDisk := export(fileB, "b/b", false)
		onDisk["destination"].(map[string]any)["volume"] = "me/real"
		c.do(200, "POST", "/bulk/storage/exports/create", bulk(export(fileA, "a", true), onDisk, export(fileC, "c", false)))
		c.submit("", export(fileC, "c", false))
		c.get("/user")
		if err := c.s.PutObject("me/vol", "by/hand", 7); err != nil {
			t.Fatal(err)
		}

		killed := w.open() // with the jobs open
		if diff := cmp.Diff(full(c), full(killed)); diff != "" {
			t.Errorf("after a kill (-before +after):\n%s", diff)
		}
		wait(time.Minute)
		if diff := cmp.Diff(full(killed), full(w.open())); diff != "" {
			t.Errorf("after another kill, jobs done:\n%s", diff)
		}
		again := w.open()
		if id := again.submit("", export(fileA, "a", true)); id != "" {
			wait(time.Minute)
			equalJSON(t, again.job(id)["state"], `"COMPLETED"`) // the failure rule had its turn
		}
		last := w.open()
		if diff := cmp.Diff(full(again), full(last)); diff != "" {
			t.Errorf("at the end:\n%s", diff)
		}
		for name, want := range map[string]int{"items submitted": 4, "items refused": 1, "jobs failed": 1, "jobs completed": 3} {
			if got := last.s.Counters()[name]; got != want {
				t.Errorf("%s: %d, want %d", name, got, want)
			}
		}
		last.noViolations()
	})
}

// Requests that change nothing are saved by Save only.
func TestSave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, eventful)
		c := w.open()
		c.get("/user")
		c.get("/projects")
		if err := c.s.Save(); err != nil {
			t.Fatal(err)
		}
		later := w.open()
		if got := later.s.Counters()["requests"]; got != 2 {
			t.Errorf("%d requests, want 2", got)
		}
		if got := later.do(503, "GET", "/user", nil).header.Get("X-RateLimit-Remaining"); got != "997" {
			t.Errorf("%s requests left, want 997", got) // and every second /user is a fault
		}
		if err := later.s.Save(); err != nil {
			t.Fatal(err)
		}
		if got := c.get("/user").header.Get("X-RateLimit-Remaining"); got != "996" {
			t.Errorf("%s requests left in the first process, want 996", got)
		}
		if err := (&client{t: t, s: start(t, small).s}).s.Save(); err != nil {
			t.Error(err)
		}
	})
}

// Two processes on one state see what the other does.
func TestTwoProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, eventful)
		one, two := w.open(), w.open()
		a := one.submit("", export(fileA, "a", false))
		two.job(a)
		b := two.submit("", export(fileB, "b", false))
		one.job(b)
		two.submit("?copy_only=true", export(fileB, "copy", false))
		wait(time.Minute)
		if diff := cmp.Diff(full(one), full(two)); diff != "" {
			t.Error(diff)
		}
		want := []string{"submitted while a job of it was open: me/proj:sample2.bam"}
		for _, c := range []*client{one, two, w.open()} {
			if diff := cmp.Diff(want, c.s.Violations()); diff != "" {
				t.Error(diff)
			}
		}
	})
}

// The last line may be torn: it was never answered. Damage before it is not
// glossed over.
func TestDamagedState(t *testing.T) {
	w := newWorld(t, eventful)
	c := w.open()
	c.submit("", export(fileA, "a", false))
	before := full(c)
	whole := w.text()
	w.write(w.state(), whole+`{"job":{"n":1,"us`)
	if after := full(w.open()); after != before {
		t.Errorf("after a torn line: %s", cmp.Diff(before, after))
	}
	if w.text()[:len(whole)] != whole || strings.Contains(w.text(), `"us`+"\n") {
		t.Errorf("state file %q", w.text())
	}
	header, rest, _ := strings.Cut(whole, "\n")
	for name, text := range map[string]string{
		"no header":        rest,
		"empty":            "",
		"torn header":      header[:10],
		"other version":    strings.Replace(whole, `"simulator_state":1`, `"simulator_state":2`, 1),
		"garbage":          header + "\ngarbage\n" + rest,
		"job out of order": header + "\n" + strings.Replace(rest, `"n":0`, `"n":5`, 1),
		"unknown file":     header + "\n" + strings.ReplaceAll(rest, fileA, "000000000000000000000000"),
		"unknown job":      whole + `{"done":{"n":9,"state":"COMPLETED"}}` + "\n",
		"negative job":     whole + `{"writing":-1}` + "\n",
		"refused nobody":   whole + `{"refused":{"rule":0,"file":"x"}}` + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			w.write(w.state(), text)
			_, err := Open(w.seed, w.dir)
			if err == nil || !strings.Contains(err.Error(), "delete it to start") || !strings.Contains(err.Error(), w.state()) {
				t.Errorf("error %v", err)
			}
			if w.text() != text {
				t.Error("the damaged file was changed")
			}
		})
	}
}

func TestChangedSeedStartsAfresh(t *testing.T) {
	w := newWorld(t, small)
	c := w.open()
	id := c.submit("", export(fileA, "a", false))
	if c.s.Note() != "" {
		t.Errorf("note %q", c.s.Note())
	}
	w.write(w.seed, outdent(small)+"# changed\n")
	fresh := w.open()
	if !strings.Contains(fresh.s.Note(), "afresh") {
		t.Errorf("note %q", fresh.s.Note())
	}
	fresh.do(404, "GET", "/storage/exports/"+id, nil)
	if other := fresh.submit("", export(fileA, "a", false)); other == id {
		t.Error("the new platform gives the IDs of the old")
	}
	// The process that has the old platform open must not write into the new.
	answer := c.do(500, "GET", "/user", nil)
	if !strings.Contains(answer.text, "afresh") {
		t.Errorf("answer %s", answer.text)
	}
}

func TestOpenErrors(t *testing.T) {
	w := newWorld(t, "user: [")
	if _, err := Open(w.seed, w.dir); err == nil || !strings.Contains(err.Error(), "platform.yaml") {
		t.Errorf("error %v", err)
	}
	if _, err := Open(w.seed+"x", w.dir); err == nil {
		t.Error("a missing seed was opened")
	}
	w = newWorld(t, small)
	w.write(w.dir, "a file where the folder should be")
	if _, err := Open(w.seed, w.dir); err == nil {
		t.Error("a file was taken for a folder")
	}
	w = newWorld(t, small)
	c := w.open()
	if err := c.s.Close(); err != nil {
		t.Fatal(err)
	}
	c.do(500, "GET", "/user", nil)
	if err := c.s.Save(); err == nil {
		t.Error("a closed platform was saved")
	}
}

// A state that cannot be written is never answered from.
func TestUnwritableState(t *testing.T) {
	w := newWorld(t, small)
	c := w.open()
	_ = c.s.log.file.Close()
	c.do(500, "POST", "/storage/exports", export(fileA, "a", false))
	c.do(500, "GET", "/storage/exports", nil)
	if jobs := w.open().get("/storage/exports").items(); len(jobs) != 0 {
		t.Errorf("jobs %v", jobs)
	}
}
