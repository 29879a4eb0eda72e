package simulator

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const taskID = "0b0a5c3e-5d0c-4b1c-9f6b-0e3c8d1d2f11"

const taskSeedText = `
	user: me
	users: {guest: token-2}
	projects:
	- id: me/proj
	  files:
	  - {path: out/S1.bam, id: ` + fileA + `, secondary_files: [out/S1.bam.bai]}
	  - {path: out/S1.bam.bai, id: ` + fileB + `}
	  - {path: out/qc/a.html}
	  - {path: taken.bam, task: t-1}
	  generate: [{count: 300, path: "bulk/{folder:2}/S{n:3}.bam", folders: 10}]
	  apps: [{id: star-align, name: STAR alignment, revision: 3}]
	  tasks:
	  - id: ` + taskID + `
	    name: STAR S1
	    app: star-align
	    ended_on: 2024-06-01
	    inputs: {threads: 8}
	    outputs:
	      bam: out/S1.bam
	      qc: out/qc/
	      many: [out/S1.bam, [taken.bam, null]]
	      far: {file: x.txt, project: me/other}
	      gone: {deleted: lost.bam}
	      strand: {value: reverse}
	      object: {value: {class: Schema, deep: [1, 2.5]}}
	      none: null
	  - {name: STAR S2, app: star-align/1, status: RUNNING, user: guest, started_on: 2024-06-02}
	  - {name: DRAFT S3, app: me/public/tool/7, status: DRAFT, created_on: 2024-06-03}
	  - name: batch
	    app: star-align
	    created_on: 2024-05-01
	    batch_input: reads
	    batch_by: [metadata.sample_id]
	    children:
	    - {count: 300, folders: 10, name: "batch S{n:3}", group: {metadata.sample_id: "S{n:3}"}, outputs: {bam: "bulk/{folder:2}/S{n:3}.bam"}}
	- {id: me/other, files: [path: x.txt]}
	- {id: me/closed, permissions: {read: false}, tasks: [{name: secret, app: x}]}
`

func TestTaskShapes(t *testing.T) {
	c := start(t, taskSeedText)
	qc, far := folderID("me/proj", "out/qc"), madeFileID("me/other", "x.txt").String()
	taken, gone := madeFileID("me/proj", "taken.bam").String(), madeFileID("me/proj", "deleted lost.bam").String()
	bam := `{"class":"File","path":"` + fileA + `","name":"S1.bam",
		"secondaryFiles":[{"class":"File","path":"` + fileB + `","name":"S1.bam.bai"}]}`
	equalJSON(t, any(c.get("/tasks/"+taskID).body), `{"href":"https://api.example.org/v2/tasks/`+taskID+`","id":"`+taskID+`",
		"name":"STAR S1","description":"","status":"COMPLETED","project":"me/proj","app":"me/proj/star-align/3","type":"v2",
		"created_by":"me","executed_by":"me","created_time":"2024-05-31T23:00:00Z",
		"start_time":"2024-05-31T23:01:00Z","end_time":"2024-06-01T00:00:00Z","batch":false,"batch_group":{"fields":{}},
		"use_interruptible_instances":true,"execution_settings":{},
		"execution_status":{"steps_completed":1,"steps_total":1,"message":"COMPLETED"},
		"price":{"currency":"USD","amount":0.1},"errors":[],"warnings":[],"inputs":{"threads":8},
		"outputs":{"bam":`+bam+`,"qc":{"class":"Directory","path":"`+qc+`","name":"qc"},
		"many":[`+bam+`,[{"class":"File","path":"`+taken+`","name":"taken.bam"},null]],
		"far":{"class":"File","path":"`+far+`","name":"x.txt"},"gone":{"class":"File","path":"`+gone+`","name":"lost.bam"},
		"strand":"reverse","object":{"class":"Schema","deep":[1,2.5]},"none":null}}`)

	equalJSON(t, any(c.get("/tasks/"+taskID+"/inputs").body), `{"threads":8}`)
	for file, task := range map[string]string{fileA: taskID, fileB: taskID, far: taskID, taken: "t-1"} {
		equalJSON(t, c.get("/files/" + file).body["origin"], `{"task":"`+task+`"}`)
	}
	c.do(404, "GET", "/files/"+gone, nil)
	if items, _ := c.walk("/files?parent=" + folderID("me/proj", "out") + "&origin.task=" + taskID); len(items) != 2 {
		t.Errorf("%d files of the task", len(items))
	}
	brief := c.get("/tasks?project=me/proj&order_by=name&limit=1").items()
	equalJSON(t, at(brief, 0, "name"), `"batch S300"`)
	if keys := sortedKeys(brief[0].(map[string]any)); !slices.Equal(keys, []string{"href", "id", "name", "project"}) {
		t.Errorf("the list tells %q", keys)
	}
}

func TestBatch(t *testing.T) {
	c := start(t, taskSeedText)
	parents := c.get("/tasks?batch=true&fields=_all").items()
	if len(parents) != 1 {
		t.Fatalf("%d batches", len(parents))
	}
	equalJSON(t, at(parents, 0, "batch_by"), `{"type":"CRITERIA","criteria":["metadata.sample_id"]}`)
	equalJSON(t, at(parents, 0, "outputs"), `{}`)
	equalJSON(t, at(parents, 0, "execution_status", "completed"), `300`)
	id := at(parents, 0, "id").(string)
	children, pages := c.walk("/tasks?parent=" + id + "&order_by=created_time&order=asc&limit=100&fields=_all")
	if len(children) != 300 || pages != 3 {
		t.Fatalf("%d children on %d pages", len(children), pages)
	}
	seen := map[any]bool{}
	for i, child := range children {
		seen[at(child, "outputs", "bam", "path")] = true
		if name := fmt.Sprintf("batch S%03d", i+1); at(child, "name") != name || at(child, "parent") != id {
			t.Fatalf("child %d is %v", i, child)
		}
	}
	if len(seen) != 300 {
		t.Errorf("%d different files", len(seen))
	}
	equalJSON(t, at(children, 6, "batch_group"), `{"value":"S007","fields":{"metadata.sample_id":"S007"}}`)
	equalJSON(t, at(children, 6, "created_time"), `"2024-05-01T00:00:06Z"`)
	equalJSON(t, at(children, 6, "outputs", "bam", "name"), `"S007.bam"`)
}

func TestTaskFilters(t *testing.T) {
	c := start(t, taskSeedText)
	for query, want := range map[string]string{
		"project=me/proj&batch=False&status=completed&created_from=2024-05-02": "STAR S1",
		"status=RUNNING":                                          "STAR S2",
		"status=DRAFT":                                            "DRAFT S3",
		"ended_from=2024-05-31":                                   "STAR S1",
		"ended_to=2024-04-30":                                     "",
		"started_from=2024-06-01T00:00:00-01:00":                  "STAR S2",
		"started_from=2024-06-01T00:00:00+01:00&order=asc":        "STAR S1,STAR S2",
		"created_from=2024-06-01T23:59:00":                        "DRAFT S3,STAR S2",
		"created_from=2024-05-31&order=ASC&order_by=created_time": "STAR S1,STAR S2,DRAFT S3",
		"created_from=2024-05-31&order=desc&order_by=name":        "STAR S2,STAR S1,DRAFT S3",
		"created_from=2024-05-31&order=asc&order_by=end_time":     "STAR S2,DRAFT S3,STAR S1",
		"project=me/other":                                        "",
		"parent=" + taskID:                                        "",
		"origin_id=x":                                             "",
	} {
		var names []string
		for _, item := range c.get("/tasks?fields=name&" + query).items() {
			names = append(names, at(item, "name").(string))
		}
		if got := strings.Join(names, ","); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	if total := c.get("/tasks").header.Get("X-Total-Matching-Query"); total != "304" {
		t.Errorf("%s tasks in all", total)
	}
	if n := c.get("/projects/me/proj/tasks?limit=1").header.Get("X-Total-Matching-Query"); n != "304" {
		t.Errorf("%s tasks of the project", n)
	}
}

func TestTaskRefusals(t *testing.T) {
	c := start(t, taskSeedText)
	secret := madeTaskID("me/closed\x00secret\x000")
	for target, code := range map[string]int{
		"/tasks/nonsense": 7005, "/tasks/" + madeTaskID("x"): 7002, "/tasks/" + secret: 7001,
		"/tasks?status=DONE": 7006, "/tasks?project=me/none": 3002, "/tasks?project=me/closed": 3001, "/tasks?order_by=size": 90000,
		"/tasks?order=up": 90000, "/tasks?ended_from=yesterday": 90000, "/tasks/" + taskID + "/execution_details": 90003,
		"/apps/me/proj/none": 6002, "/apps/me/proj/star-align/4": 6002, "/apps/me/proj/star-align/x": 6011,
		"/apps/me/closed/x": 6001, "/apps?visibility=all": 6012,
	} {
		answer, err := c.try("GET", target, nil)
		if err != nil || answer.body["code"] != float64(code) || answer.body["status"] != float64(answer.status) {
			t.Errorf("%s: %s, want %d", target, answer.text, code)
		}
	}
	bulk := c.do(200, "POST", "/bulk/tasks/get", body{"task_ids": []any{taskID, secret, 5}}).items()
	equalJSON(t, at(bulk, 0, "resource", "outputs", "strand"), `"reverse"`)
	equalJSON(t, at(bulk, 1, "error", "code"), `7001`)
	equalJSON(t, at(bulk, 2, "error", "code"), `90000`)
}

// The three forms of where outputs stand, and the other freedoms with tasks.
func TestTaskQuirks(t *testing.T) {
	for quirk, want := range map[string][3]bool{ // in lists, in bulk answers, in single ones
		"": {true, true, true}, "outputs_not_listed": {false, true, true}, "outputs_only_single": {false, false, true},
	} {
		seed := taskSeedText
		if quirk != "" {
			seed += "quirks: {" + quirk + ": true}\n"
		}
		c := start(t, seed)
		list := c.get("/tasks?status=COMPLETED&created_from=2024-05-31&fields=id,name,outputs").items()
		bulk := c.do(200, "POST", "/bulk/tasks/get", body{"task_ids": []any{taskID}}).items()
		var got [3]bool
		for i, task := range []any{at(list, 0), at(bulk, 0, "resource"), c.get("/tasks/" + taskID).body} {
			_, got[i] = task.(map[string]any)["outputs"]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", quirk, diff)
		}
	}
	c := start(t, taskSeedText+"quirks: {output_basenames: true, batch_children_not_listed: true}\n")
	equalJSON(t, at(c.get("/tasks/"+taskID).body, "outputs", "gone", "basename"), `"lost.bam"`)
	equalJSON(t, at(c.get("/tasks/"+taskID).body, "outputs", "gone", "name"), `null`)
	if total := c.get("/tasks").header.Get("X-Total-Matching-Query"); total != "4" {
		t.Errorf("%s tasks without children of batches", total)
	}
}

// The names of ports are the user's own, and no quirk adds to them.
func TestPortsUnderQuirks(t *testing.T) {
	c := start(t, taskSeedText+"quirks: {unknown_members: true, nulls: true, shuffled_keys: true}\n")
	outputs := c.get("/tasks/" + taskID).body["outputs"].(map[string]any)
	if got := strings.Join(sortedKeys(outputs), " "); got != "bam far gone many none object qc strand" {
		t.Errorf("outputs %s", got)
	}
	group := at(c.get("/tasks?status=COMPLETED&order=asc&order_by=name&limit=100&fields=_all").items(), 50, "batch_group", "fields")
	if keys := sortedKeys(group.(map[string]any)); len(keys) > 1 {
		t.Errorf("the fields of a group are %q", keys)
	}
}

func TestApps(t *testing.T) {
	c := start(t, taskSeedText)
	equalJSON(t, any(c.get("/apps/me/proj/star-align").body), `{"href":"https://api.example.org/v2/apps/me/proj/star-align/3",
		"id":"me/proj/star-align/3","project":"me/proj","name":"STAR alignment","revision":3,
		"raw":{"class":"Workflow","cwlVersion":"v1.2","label":"STAR alignment","inputs":[],"outputs":[],"steps":[],
		"sbg:id":"me/proj/star-align/3","sbg:project":"me/proj","sbg:revision":3,"sbg:latestRevision":3}}`)
	equalJSON(t, c.get("/apps/me/proj/star-align/1?fields=id").body["id"], `"me/proj/star-align/1"`)
	equalJSON(t, c.get("/apps/me/proj/star-align/1/raw").body["sbg:revision"], `1`)
	equalJSON(t, c.get("/apps/me/proj/star-align/raw").body["sbg:revision"], `3`)
	c.do(404, "GET", "/apps/me/proj/none/raw", nil)
	for query, want := range map[string]string{
		"": "me/proj/star-align/3,me/public/tool/7", "?project=me/proj": "me/proj/star-align/3", "?q=star%20ALIGNMENT": "me/proj/star-align/3",
		"?q=nothing": "", "?id=me/public/tool": "me/public/tool/7", "?project_owner=you": "", "?visibility=public": "",
	} {
		var ids []string
		for _, item := range c.get("/apps" + query).items() {
			ids = append(ids, at(item, "id").(string))
		}
		if got := strings.Join(ids, ","); got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
}

func TestBadTaskSeeds(t *testing.T) {
	for seed, want := range map[string]string{
		"[{name: a}]":                                       "a task needs a name, and an app",
		"[{name: a, app: x/y}]":                             "a task needs a name, and an app",
		"[{app: x}]":                                        "a task needs a name, and an app",
		"[{name: a, app: x, id: 7}]":                        "write a UUID",
		"[{name: a, app: x, status: DONE}]":                 "use one of DRAFT",
		"[{name: '{x}', app: x}]":                           "unknown placeholder",
		"[{name: a, app: x, count: 2, id: " + taskID + "}]": "a block of tasks has no id",
		"[{name: a, app: x, count: 2, children: []}]":       "a batch has no count",
		"[{name: a, app: x, outputs: {p: none.bam}}]":       `"none.bam" is no file of the project me/proj`,
		"[{name: a, app: x, outputs: {p: f/}}]":             `"f/" is no file of the project me/proj`,
		"[{name: a, app: x, outputs: {p: {fil: f}}}]":       `unknown key "fil"`,
		"[{name: a, app: x, outputs: [f]}]":                 "outputs must be a mapping",
		"[{name: a, app: x, outputs: {p: {value: .nan}}}]":  "not a value that JSON can have",
		"[{name: a, app: x, id: " + taskID + "}, {name: b, app: x, id: " + taskID + "}]": "stands twice",
	} {
		parsed, err := ParseSeed("s", []byte("user: me\nprojects: [{id: me/proj, files: [path: f], tasks: "+seed+"}]"), ".")
		if err == nil {
			_, err = New(parsed)
		}
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "s:2: ") {
			t.Errorf("%s: %v, want %q", seed, err, want)
		}
	}
}
