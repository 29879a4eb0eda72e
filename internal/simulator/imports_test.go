package simulator

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const importable = `
	user: me
	users: {guest: token-2}
	projects:
	- id: me/proj
	  files: [{path: a.bam, id: ` + fileA + `, size: 100}, {path: in/b.bam, id: ` + fileB + `}]
	- {id: me/fixed, permissions: {write: false}}
	volumes:
	- {id: me/vol, prefix: pre, objects: [{location: a.bam, size: 7}, s/x.txt, s/t/y.txt, s/t/z.txt], members: {me: [read, copy], guest: [read]}}
	- {id: me/off, active: false}
`

// imports is the item of an import.
func imports(location string, destination, more map[string]any) map[string]any {
	item := map[string]any{
		"source":      map[string]any{"volume": "me/vol", "location": location},
		"destination": destination,
	}
	for key, value := range more {
		item[key] = value
	}
	return item
}

type body = map[string]any

// What imports make of the project, and what they fail with.
func TestImportJobs(t *testing.T) {
	in, project := folderID("me/proj", "in"), body{"project": "me/proj"}
	tests := []struct {
		name string
		item body
		code float64  // of the failed job
		new  []string // paths
	}{
		{"a file", imports("s/x.txt", project, nil), 0, []string{"x.txt"}},
		{"with a name", imports("s/x.txt", body{"project": "me/proj", "name": "n"}, nil), 0, []string{"n"}},
		{"into a folder", imports("a.bam", body{"parent": in, "project": nil}, nil), 0, []string{"in/a.bam"}},
		{"taken", imports("a.bam", project, body{"overwrite": "false"}), 9108, nil},
		{"overwrite", imports("a.bam", project, body{"overwrite": true}), 0, []string{"a.bam"}},
		{"rename", imports("a.bam", project, body{"autorename": true}), 0, []string{"_1_a.bam"}},
		{"nothing there", imports("none", project, nil), 9105, nil},
		{"a folder", imports("s/", project, nil), 0, []string{"s/x.txt", "s/t/y.txt", "s/t/z.txt"}},
		{"a folder with a name", imports("s/t/", body{"parent": in, "name": "u"}, nil), 0, []string{"in/u/y.txt", "in/u/z.txt"}},
		{"a flat folder", imports("s/", project, body{"preserve_folder_structure": false}), 0, []string{"x.txt", "y.txt", "z.txt"}},
		{"an empty folder", imports("none/", project, nil), 9105, nil},
		{"a folder that is taken", imports("s/", body{"project": "me/proj", "name": "in"}, nil), 9108, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, importable)
				c := w.open()
				before := treeOf(c)
				id := c.do(200, "POST", "/storage/imports", test.item).body["id"].(string)
				if open := w.open(); test.code == 0 {
					equalJSON(t, open.get("/storage/imports/" + id).body["state"], `"PENDING"`)
				}
				wait(time.Minute)
				job := c.get("/storage/imports/" + id).body
				if code, _ := at(job, "error", "code").(float64); code != test.code {
					t.Fatalf("the job is %v", job)
				}
				after := treeOf(c)
				for _, path := range test.new {
					if place := after["me/proj:"+path]; place == "" || place == ":" {
						t.Errorf("%s is %q: %v", path, place, after)
					}
					before["me/proj:"+path] = after["me/proj:"+path]
				}
				if diff := cmp.Diff(before, after); diff != "" {
					t.Errorf("the tree (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(full(c), full(w.open())); diff != "" {
					t.Errorf("after a restart:\n%s", diff)
				}
				if test.code == 0 {
					c.get("/files/" + at(job, "result", "id").(string))
				}
			})
		})
	}
}

func TestImportShapes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, importable)
		answer := c.do(200, "POST", "/bulk/storage/imports/create", bulk(imports("s/x.txt", body{"project": "me/proj"}, nil), body{}))
		id := at(answer.items(), 0, "resource", "id").(string)
		equalJSON(t, at(answer.items(), 1, "error", "status"), "400")
		wait(time.Minute)
		got := c.do(200, "POST", "/bulk/storage/imports/get", body{"import_ids": []string{id, "none"}})
		file := at(got.items(), 0, "resource", "result", "id").(string)
		equalJSON(t, at(got.items(), 0, "resource"), `{"href":"https://api.example.org/v2/storage/imports/`+id+`","id":"`+id+`",
			"state":"COMPLETED","overwrite":false,"autorename":false,"preserve_folder_structure":false,
			"source":{"volume":"me/vol","location":"s/x.txt"},"destination":{"project":"me/proj"},
			"started_on":"2000-01-01T00:00:00Z","finished_on":"2000-01-01T00:00:01Z",
			"result":{"href":"https://api.example.org/v2/files/`+file+`","id":"`+file+`","name":"x.txt","size":1000,"project":"me/proj"}}`)
		equalJSON(t, at(got.items(), 1, "error", "code"), "9008")
		equalJSON(t, c.storage(file), `{"type":"VOLUME","volume":"me/vol","location":"s/x.txt"}`)
		for query, want := range map[string]int{
			"": 1, "?volume=me/vol": 1, "?volume=me/off": 0, "?project=me/proj&state=COMPLETED": 1, "?project=me/fixed": 0, "?state=FAILED": 0,
		} {
			if n := len(c.get("/storage/imports" + query).items()); n != want {
				t.Errorf("%q lists %d imports, want %d", query, n, want)
			}
		}
		if n := len(c.get("/storage/exports").items()); n != 0 {
			t.Errorf("%d imports are listed as exports", n)
		}
		c.do(404, "GET", "/storage/exports/"+id, nil)
		c.noViolations()
	})
}

func TestImportRefusals(t *testing.T) {
	c := start(t, importable)
	guest := &client{t: t, s: c.s, token: "token-2"}
	project := body{"project": "me/proj"}
	elsewhere := func(volume string) body {
		item := imports("a.bam", project, nil)
		item["source"] = body{"volume": volume, "location": "a.bam"}
		return item
	}
	for _, test := range []struct {
		c    *client
		item body
		code float64
	}{
		{guest, imports("a.bam", project, nil), 9020},
		{c, elsewhere("me/none"), 9007},
		{c, elsewhere("me/off"), 9020},
		{c, imports("", project, nil), 9011},
		{c, imports("/", project, nil), 9018},
		{c, imports("a.bam", body{}, nil), 9011},
		{c, imports("a.bam", body{"project": "me/proj", "parent": fileA}, nil), 9011},
		{c, imports("a.bam", body{"project": "me/none"}, nil), 9012},
		{c, imports("a.bam", body{"project": "me/fixed"}, nil), 9003},
		{c, imports("a.bam", body{"parent": fileA}, nil), 5022},
		{c, imports("a.bam", body{"parent": "0"}, nil), 9009},
		{c, imports("a.bam", body{"project": "me/proj", "name": "a/b"}, nil), 9011},
		{c, imports("a.bam", project, body{"overwrite": 1}), 90000},
	} {
		answer, err := test.c.try("POST", "/storage/imports", test.item)
		if err != nil || answer.body["code"] != test.code {
			t.Errorf("%v: %s, want %v", test.item, answer.text, test.code)
		}
	}
	if len(c.s.jobs) > 0 {
		t.Errorf("%d jobs were started", len(c.s.jobs))
	}
}

// What lies in a real folder can be imported too.
func TestImportFromDirectory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, importable+"	- {id: me/real, directory: real}\n")
		dir := filepath.Join(filepath.Dir(w.seed), "real", "d")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		w.write(filepath.Join(dir, "f.txt"), "five!")
		c := w.open()
		item := imports("d/", body{"project": "me/proj"}, nil)
		item["source"] = body{"volume": "me/real", "location": "d/"}
		c.do(200, "POST", "/storage/imports", item)
		wait(time.Minute)
		if got := treeOf(c)["me/proj:d/f.txt"]; got != "me/real:d/f.txt" {
			t.Errorf("the file is at %q", got)
		}
	})
}
