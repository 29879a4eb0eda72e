package simulator

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const editable = `
	user: me
	projects:
	- id: me/proj
	  folders: [empty]
	  files:
	  - {path: a.bam, id: ` + fileA + `, size: 100, metadata: {sample_id: S1, library: L}, tags: [final]}
	  - {path: in/b.bam, id: ` + fileB + `, size: 10}
	  - {path: in/c.bam, id: ` + fileC + `, alias: {volume: me/vol, location: x/c.bam}}
	- {id: me/other, files: [{path: a.bam}]}
	- {id: me/fixed, permissions: {write: false, copy: false}, files: [{path: f}]}
	volumes: [{id: me/vol}]
`

// treeOf is what is in the projects, as paths with sizes and places.
func treeOf(c *client) map[string]string {
	all := map[string]string{}
	for _, f := range c.s.State(Detail{}).Files {
		all[f.Project+":"+f.Path] = f.Volume + ":" + f.Location
	}
	return all
}

// Each change that a person makes beside exports, and what becomes of the tree.
func TestEdits(t *testing.T) {
	in, empty, root := folderID("me/proj", "in"), folderID("me/proj", "empty"), rootID("me/proj")
	tests := []struct {
		name, request string
		body          any
		path          []any
		want          string // JSON, of the answer
		gone, new     string // of the tree
	}{
		{"rename", "PATCH /files/" + fileA, body{"name": "A.bam"}, []any{"name"}, `"A.bam"`, "me/proj:a.bam", "me/proj:A.bam"},
		{"rename a folder", "PATCH /files/" + in, body{"name": "my input"}, []any{"type"}, `"folder"`, "me/proj:in/b.bam", "me/proj:my input/b.bam"},
		{"replace metadata", "PATCH /files/" + fileA, body{"metadata": body{"note": "x"}}, []any{"metadata"}, `{"note":"x"}`, "", ""},
		{"replace tags", "PATCH /files/" + fileA, body{"tags": []any{"a", "b"}}, []any{"tags"}, `["a","b"]`, "", ""},
		{
			"metadata, one", "PATCH /files/" + fileA + "/metadata",
			body{"note": []any{"x", "y"}, "library": nil},
			nil, `{"note":["x","y"],"sample_id":"S1"}`, "", "",
		},
		{"metadata, all", "PUT /files/" + fileA + "/metadata", body{"note": 5, "none": nil}, nil, `{"note":"5"}`, "", ""},
		{"move", "POST /files/" + fileA + "/actions/move", body{"parent": in}, []any{"id"}, `"` + fileA + `"`, "me/proj:a.bam", "me/proj:in/a.bam"},
		{
			"move and rename", "POST /files/" + fileA + "/actions/move",
			body{"parent": in, "name": "b.bam"},
			[]any{"name"},
			`"_1_b.bam"`, "me/proj:a.bam", "me/proj:in/_1_b.bam",
		},
		{"move to the root", "POST /files/" + fileB + "/actions/move", body{"parent": root}, []any{"parent"}, `"` + root + `"`, "me/proj:in/b.bam", "me/proj:b.bam"},
		{"move a folder", "POST /files/" + in + "/actions/move", body{"parent": empty}, []any{"parent"}, `"` + empty + `"`, "me/proj:in/b.bam", "me/proj:empty/in/b.bam"},
		{"copy", "POST /files/" + fileA + "/actions/copy", body{"parent": in}, []any{"metadata", "sample_id"}, `"S1"`, "", "me/proj:in/a.bam"},
		{"copy to a project", "POST /files/" + fileA + "/actions/copy", body{"project": "me/other"}, []any{"name"}, `"_1_a.bam"`, "", "me/other:_1_a.bam"},
		{"copy with a name", "POST /files/" + fileA + "/actions/copy", body{"project": "me/other", "name": "b"}, []any{"project"}, `"me/other"`, "", "me/other:b"},
		{"copy an alias", "POST /files/" + fileC + "/actions/copy", body{"project": "me/other"}, []any{"storage", "location"}, `"x/c.bam"`, "", "me/other:c.bam"},
		{"bulk copy", "POST /action/files/copy", body{"project": "me/other", "file_ids": []any{fileB, "x"}}, []any{fileB, "status"}, `"OK"`, "", "me/other:b.bam"},
		{"new folder", "POST /files", body{"name": "new one", "type": "FOLDER", "project": "me/proj"}, []any{"parent"}, `"` + root + `"`, "", ""},
		{"new folder inside", "POST /files", body{"name": "new", "type": "folder", "parent": in}, []any{"type"}, `"folder"`, "", ""},
		{"delete", "DELETE /files/" + fileA, "{}", []any{"id"}, `null`, "me/proj:a.bam", ""},
		{"delete a folder", "DELETE /files/" + empty, nil, []any{"id"}, `null`, "", ""},
		{"bulk delete", "POST /bulk/files/delete", body{"file_ids": []any{fileB, "x"}}, []any{"items", 0, "resource", "name"}, `"b.bam"`, "me/proj:in/b.bam", ""},
		{
			"bulk edit", "POST /bulk/files/edit",
			body{"items": []any{body{"id": fileA, "metadata": body{"note": "x"}}}},
			[]any{"items", 0, "resource", "metadata"},
			`{"library":"L","note":"x","sample_id":"S1"}`, "", "",
		},
		{"bulk edit, tags stay", "POST /bulk/files/edit", body{"items": []any{body{"file_id": fileA}}}, []any{"items", 0, "resource", "tags"}, `["final"]`, "", ""},
		{
			"bulk update", "POST /bulk/files/update",
			body{"items": []any{body{"file_id": fileA, "name": "z"}, body{"file_id": "x"}}},
			[]any{"items", 0, "resource", "metadata"},
			`{}`, "me/proj:a.bam", "me/proj:z",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, editable)
			c := w.open()
			before := treeOf(c)
			method, target, _ := strings.Cut(test.request, " ")
			status := 200
			if method == "DELETE" {
				status = 204
			}
			answer := c.do(status, method, target, test.body)
			equalJSON(t, at(any(answer.body), test.path...), test.want)
			after := treeOf(c)
			delete(before, test.gone)
			if place, there := after[test.new]; there {
				before[test.new] = place
			} else if test.new != "" {
				t.Errorf("%s is not there: %v", test.new, after)
			}
			if diff := cmp.Diff(before, after); diff != "" && !strings.Contains(test.name, "folder") {
				t.Errorf("the tree (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(full(c), full(w.open())); diff != "" {
				t.Errorf("after a restart:\n%s", diff)
			}
		})
	}
}

// A copy is a file of its own: made now, and public if its original was.
func TestCopy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, editable)
		made := c.do(200, "POST", "/files/"+fileA+"/actions/copy", body{"project": "me/other", "name": "b"}).body
		expected := body{"created_on": "2000-01-01T00:00:00Z", "modified_on": "2000-01-01T00:00:00Z", "size": 100.0}
		for key, want := range expected {
			if made[key] != want {
				t.Errorf("%s is %v, want %v", key, made[key], want)
			}
		}
		equalJSON(t, c.get("/files/" + fileA).body["created_on"], `"2024-01-15T12:00:00Z"`)
	})
	c := start(t, "user: me\nprojects: [{id: me/proj}, {id: admin/sbg-public-data, files: [path: hg38.fa]}]\nvolumes: [{id: me/vol}]\n")
	public := madeFileID("admin/sbg-public-data", "hg38.fa").String()
	twin := c.do(200, "POST", "/files/"+public+"/actions/copy", body{"project": "me/proj"}).body["id"].(string)
	if got := c.do(403, "POST", "/storage/exports", export(twin, "x", false)).body["code"]; got != 9006.0 {
		t.Errorf("code %v for the copy of a public file", got)
	}
}

// The answer to PUT tags is a list.
func TestTags(t *testing.T) {
	c := start(t, editable)
	equalJSON(t, any(c.do(200, "PATCH", "/files/"+fileA+"?fields=tags", body{"tags": []any{"z"}}).body), `{"tags":["z"]}`)
	if got := c.do(200, "PUT", "/files/"+fileA+"/tags", `["x","y"]`).text; got != `["x","y"]` {
		t.Errorf("answer %s", got)
	}
	equalJSON(t, c.get("/files/" + fileA).body["tags"], `["x","y"]`)
	equalJSON(t, any(c.get("/files/"+fileA+"/metadata").body), `{"sample_id":"S1","library":"L"}`)
}

func TestEditRefusals(t *testing.T) {
	in, root, fixed := folderID("me/proj", "in"), rootID("me/proj"), madeFileID("me/fixed", "f").String()
	tests := []struct {
		request, body string
		status, code  int
	}{
		{"PATCH /files/" + fileB, `{"name":"c.bam"}`, 409, 5003},
		{"PATCH /files/" + fileB, `{"name":"a/b"}`, 400, 5024},
		{"PATCH /files/" + in, `{"name":"__x"}`, 400, 5024},
		{"PATCH /files/" + in, `{"tags":["x"]}`, 400, 5027},
		{"PATCH /files/" + in, `{"metadata":{"a":"b"}}`, 400, 5025},
		{"PATCH /files/" + fileB, `{"metadata":{"a":{"b":"c"}}}`, 400, 5006},
		{"PATCH /files/" + fixed, `{"name":"x"}`, 403, 5008},
		{"PATCH /files/" + root, `{"name":"x"}`, 403, 5008},
		{"PUT /files/" + fixed + "/metadata", `{}`, 403, 5009},
		{"PUT /files/" + fixed + "/tags", `[]`, 403, 5011},
		{"PATCH /files/" + fileA[:23] + "0", `{}`, 404, 5002},
		{"DELETE /files/" + fixed, ``, 403, 5001},
		{"DELETE /files/" + in, ``, 400, 5021},
		{"DELETE /files/" + root, ``, 403, 5001},
		{"POST /files/" + fixed + "/actions/copy", `{"project":"me/proj"}`, 403, 5014},
		{"POST /files/" + in + "/actions/copy", `{"project":"me/proj"}`, 400, 5018},
		{"POST /files/" + fileA + "/actions/copy", `{"project":"me/fixed"}`, 403, 3001},
		{"POST /files/" + fileA + "/actions/copy", `{"project":"me/none"}`, 404, 3002},
		{"POST /files/" + fileA + "/actions/copy", `{}`, 400, 5029},
		{"POST /files/" + fileA + "/actions/copy", `{"project":"me/proj","parent":"` + in + `"}`, 400, 5031},
		{"POST /files/" + fileA + "/actions/move", `{"parent":"` + rootID("me/other") + `"}`, 400, 5015},
		{"POST /files/" + fileA + "/actions/move", `{"parent":"` + fileB + `"}`, 400, 5022},
		{"POST /files/" + fileA + "/actions/move", `{"parent":"0"}`, 404, 5026},
		{"POST /files/" + in + "/actions/move", `{"parent":"` + in + `"}`, 400, 5033},
		{"POST /files/" + fixed + "/actions/move", `{"parent":"` + in + `"}`, 403, 5032},
		{"POST /files", `{"name":"in","type":"folder","project":"me/proj"}`, 409, 5030},
		{"POST /files", `{"name":"x","type":"file","project":"me/proj"}`, 400, 5012},
		{"POST /action/files/copy", `{"project":"me/none","file_ids":["x"]}`, 404, 3002},
	}
	c := start(t, editable)
	before := full(c)
	for _, test := range tests {
		method, target, _ := strings.Cut(test.request, " ")
		answer := c.do(test.status, method, target, test.body)
		if code := answer.body["code"]; code != float64(test.code) {
			t.Errorf("%s %s: code %v, want %d", test.request, test.body, code, test.code)
		}
	}
	if diff := cmp.Diff(before, full(c)); diff != "" {
		t.Errorf("a refusal changed something:\n%s", diff)
	}
}

// Exporting a file frees the platform's storage with its last copy.
func TestStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, editable)
		c := w.open()
		stored := func() int64 { return c.s.State(Detail{}).Stored }
		all := stored()
		twin := c.do(200, "POST", "/files/"+fileA+"/actions/copy", map[string]any{"project": "me/other"}).body["id"].(string)
		third := c.do(200, "POST", "/files/"+twin+"/actions/copy", map[string]any{"project": "me/other"}).body["id"].(string)
		freed := []int64{stored()}
		c.submit("", export(fileA, "a", false))
		wait(time.Minute)
		freed = append(freed, stored())
		c.do(204, "DELETE", "/files/"+third, nil)
		freed = append(freed, stored())
		job := c.submit("", export(twin, "b", false))
		c.do(204, "DELETE", "/files/"+twin, nil)
		freed = append(freed, stored())
		wait(time.Minute)
		if want := []int64{all, all, all, all - 100}; !slices.Equal(freed, want) {
			t.Errorf("stored %d, want %d", freed, want)
		}
		equalJSON(t, at(c.job(job), "error", "code"), "9106") // deleted while the job was open
		if diff := cmp.Diff(full(c), full(w.open())); diff != "" {
			t.Errorf("after a restart:\n%s", diff)
		}
	})
}
