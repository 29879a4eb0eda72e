package simulator

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const withFolder = `
	user: me
	projects:
	- id: me/proj
	  files:
	  - {path: inline, id: ` + fileA + `, content: "hello\n"}
	  - {path: local, id: ` + fileB + `, from: data/local.txt}
	  - {path: big, id: ` + fileC + `, size: 5 GB}
	volumes:
	- {id: me/vol, directory: out, prefix: pre}
`

func TestRealFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "user: me")
		out := filepath.Join(filepath.Dir(w.seed), "out", "pre")
		if err := os.Mkdir(filepath.Join(filepath.Dir(w.seed), "data"), 0o755); err != nil {
			t.Fatal(err)
		}
		w.write(filepath.Join(filepath.Dir(w.seed), "data", "local.txt"), "from a file")
		w.write(w.seed, outdent(withFolder))
		c := w.open()
		equalJSON(t, c.get("/files/" + fileB).body["size"], "11")
		if n := len(c.get("/storage/volumes/me/vol/list").items()); n != 0 {
			t.Errorf("%d objects in a folder that is not there", n)
		}
		c.do(200, "POST", "/bulk/storage/exports/create",
			bulk(export(fileA, "a b.txt", false), export(fileB, "x/y/b.txt", false), export(fileC, "x/big", false)))
		wait(time.Minute)
		equalJSON(t, c.get("/storage/exports?fields=state").items(),
			`[{"state":"COMPLETED"},{"state":"COMPLETED"},{"state":"COMPLETED"}]`)
		for name, want := range map[string]string{"a b.txt": "hello\n", "x/y/b.txt": "from a file"} {
			if got, err := os.ReadFile(filepath.Join(out, name)); err != nil || string(got) != want {
				t.Errorf("%s holds %q, %v", name, got, err)
			}
		}
		if info, err := os.Stat(filepath.Join(out, "x/big")); err != nil || info.Size() != 5e9 {
			t.Errorf("the big file: %v, %v", info, err)
		}
		page := c.get("/storage/volumes/me/vol/list?fields=location,metadata")
		equalJSON(t, at(page.items(), 0, "location"), `"a b.txt"`)
		equalJSON(t, at(page.items(), 0, "metadata", "size"), `6`)
		equalJSON(t, at(page.body, "prefixes", 0, "prefix"), `"x"`)
		inner, _ := c.walk("/storage/volumes/me/vol/list?prefix=x/&limit=1")
		equalJSON(t, at(inner, 0, "location"), `"x/big"`)

		// What happens to the folder is seen.
		if err := os.Remove(filepath.Join(out, "a b.txt")); err != nil {
			t.Fatal(err)
		}
		c.do(404, "GET", "/storage/volumes/me/vol/object?location=a%20b.txt", nil)
		parts, err := filepath.Glob(filepath.Join(out, "*part*"))
		if err != nil || len(parts) > 0 {
			t.Errorf("left over: %v, %v", parts, err)
		}
	})
}

// No location leads out of the folder.
func TestLocationsStayInside(t *testing.T) {
	outside := t.TempDir()
	for _, location := range []string{
		"../escape", "a/../../../escape", "/etc/escape", "./x", "a//b", "link/escape", "linked", "dir", "file/below", "a\\b", "nul\x00",
		"x/" + partMark + "y",
	} {
		t.Run(location, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, strings.ReplaceAll(withFolder, ", from: data/local.txt", ""))
				out := filepath.Join(filepath.Dir(w.seed), "out", "pre")
				for _, err := range []error{
					os.MkdirAll(filepath.Join(out, "dir", "full"), 0o755),
					os.Symlink(outside, filepath.Join(out, "link")),
					os.Symlink(filepath.Join(outside, "escape"), filepath.Join(out, "linked")),
				} {
					if err != nil {
						t.Fatal(err)
					}
				}
				w.write(filepath.Join(out, "file"), "kept")
				c := w.open()
				id := c.submit("", export(fileA, location, true))
				wait(time.Minute)
				job := c.job(id)
				if location == "linked" { // the link itself is replaced
					equalJSON(t, job["state"], `"COMPLETED"`)
				} else {
					equalJSON(t, at(job, "error", "code"), "9103")
				}
				for _, dir := range []string{outside, filepath.Dir(w.seed)} {
					if _, err := os.Stat(filepath.Join(dir, "escape")); err == nil {
						t.Errorf("a file escaped to %s", dir)
					}
				}
				if kept, err := os.ReadFile(filepath.Join(out, "file")); err != nil || string(kept) != "kept" {
					t.Errorf("the file at the end of the path: %q, %v", kept, err)
				}
			})
		})
	}
}

// A process that is killed after it wrote a real file and before it booked the
// end of the job must not make the next one fail on that file.
func TestKilledWhileWriting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, strings.ReplaceAll(withFolder, ", from: data/local.txt", ""))
		c := w.open()
		id := c.submit("", export(fileA, "a", false))
		other := c.submit("", export(fileB, "b", false))
		submitted := w.text()
		wait(time.Minute)
		equalJSON(t, c.job(id)["state"], `"COMPLETED"`)
		out := filepath.Join(filepath.Dir(w.seed), "out", "pre")

		w.write(w.state(), submitted+`{"writing":0}`+"\n")
		next := w.open()
		equalJSON(t, next.job(id)["state"], `"COMPLETED"`)
		equalJSON(t, at(next.job(other), "error", "code"), "9107") // it never began to write: somebody else's object
		if got, err := os.ReadFile(filepath.Join(out, "a")); err != nil || string(got) != "hello\n" {
			t.Errorf("%q, %v", got, err)
		}
	})
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, strings.ReplaceAll(withFolder, ", from: data/local.txt", ""))
		w.write(filepath.Join(filepath.Dir(w.seed), "out"), "a file in the way")
		c := w.open()
		id := c.submit("", export(fileA, "a", false))
		wait(time.Minute)
		equalJSON(t, at(c.job(id), "error", "code"), "9100")
		c.do(503, "GET", "/storage/volumes/me/vol/list", nil)
		c.do(503, "GET", "/storage/volumes/me/vol/object?location=a", nil)
	})
}
