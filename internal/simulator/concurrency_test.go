package simulator

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Requests may come from many goroutines at once: each file is exported once,
// and the counts are right.
func TestConcurrentRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, bulky(400)+"	  latency: {min: 1ms, max: 50ms}\n")
		var group sync.WaitGroup
		for folder := range 10 {
			parent := madeFileID("me/proj", "bulk/batch-0"+string("0000000001"[folder])+string("1234567890"[folder])).String()
			group.Go(func() {
				for _, file := range c.get("/files?limit=100&parent=" + parent).items() {
					id := at(file, "id").(string)
					job := c.submit("", export(id, id, false))
					for c.job(job)["state"] != "COMPLETED" {
						time.Sleep(100 * time.Millisecond)
					}
					if kind := at(c.storage(id), "type"); kind != "VOLUME" {
						t.Errorf("%s is %v after its job", id, kind)
					}
				}
			})
		}
		group.Wait()
		if n := c.s.Counters()["jobs completed"]; n != 400 {
			t.Errorf("%d jobs completed", n)
		}
		if n := c.s.Counters()["requests"]; n != len(c.s.Requests()) {
			t.Errorf("%d requests counted, %d kept", n, len(c.s.Requests()))
		}
		c.noViolations()
	})
}

// Fifty foreign clients at once, over the network: what each has done is so in
// the end, the tree is whole, and a restart finds the same.
func TestFiftyClients(t *testing.T) {
	w := newWorld(t, `
	user: me
	projects:
	- {id: me/proj, folders: [in], generate: [{count: 300, path: "in/{n:3}"}]}
	- {id: me/other}
	volumes: [{id: me/vol, objects: [x]}]
	behavior: {rate_limit: {limit: 0}, jobs: {pending: 0s, duration: 0s}}
	`)
	first := w.open()
	server := httptest.NewServer(first.s)
	defer server.Close()
	in := folderID("me/proj", "in")
	files := first.get("/files?limit=100&parent=" + in).items()
	var group sync.WaitGroup
	for n := range 50 {
		c := (&client{t: t, s: first.s, token: "simulator"}).over(&http.Transport{})
		group.Go(func() {
			c.busy(server.URL+"/v2", n, in, at(files, 2*n, "id").(string), at(files, 2*n+1, "id").(string))
		})
	}
	group.Wait()
	if problems := first.s.treeProblems(); len(problems) > 0 {
		t.Errorf("the tree: %q", problems)
	}
	state := first.s.State(Detail{Jobs: true})
	if len(state.Files) != 300-50+2*50 || len(state.Jobs) != 100 {
		t.Errorf("%d files and %d jobs", len(state.Files), len(state.Jobs))
	}
	if diff := cmp.Diff(full(first), full(w.open())); diff != "" {
		t.Errorf("after a restart:\n%s", diff)
	}
	first.noViolations()
}

// busy is what one of many clients does.
func (c *client) busy(base string, n int, in, file, other string) {
	defer c.via.(*http.Transport).CloseIdleConnections()
	do := func(method, path string, body any) *reply {
		answer, err := c.try(method, base+path, body)
		if err != nil || answer.status >= 300 {
			c.t.Errorf("client %d: %s %s: %v, %v", n, method, path, err, answer)
			return &reply{}
		}
		return answer
	}
	name := fmt.Sprintf("client %d", n)
	folder, _ := do("POST", "/files", body{"name": name, "type": "folder", "parent": in}).body["id"].(string)
	do("PATCH", "/files/"+file, body{"name": name + ".bam", "tags": []any{name}})
	do("PATCH", "/files/"+file+"/metadata", body{"by": name})
	do("POST", "/files/"+file+"/actions/move", body{"parent": folder})
	do("POST", "/files/"+file+"/actions/copy", body{"project": "me/other", "name": "same"})
	do("DELETE", "/files/"+other, nil)
	do("POST", "/storage/imports", imports("x", body{"project": "me/other"}, body{"autorename": true}))
	job, _ := do("POST", "/storage/exports", export(file, "out/"+name, false)).body["id"].(string)
	do("GET", "/files?project=me/other&limit=100", nil)
	if state := do("GET", "/storage/exports/"+job, nil).body["state"]; state != "COMPLETED" {
		c.t.Errorf("client %d: the job is %v", n, state)
	}
	got := do("GET", "/files/"+file, nil).body
	for key, want := range map[string]any{
		"name": name + ".bam", "parent": folder, "tags": []any{name}, "metadata": map[string]any{"by": name},
		"storage": map[string]any{"type": "VOLUME", "volume": "me/vol", "location": "out/" + name},
	} {
		if diff := cmp.Diff(want, got[key]); diff != "" {
			c.t.Errorf("client %d: %s (-want +got):\n%s", n, key, diff)
		}
	}
}

// treeProblems are what is wrong with the tree: files that are in no folder or in
// two, names that stand twice in one.
func (s *Server) treeProblems() (problems []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	folders := map[int32]int{}
	for i := range s.nodes {
		n := &s.nodes[i]
		if n.folder == nil || n.deleted {
			continue
		}
		names := map[string]bool{}
		for _, child := range n.folder.children {
			c := &s.nodes[child]
			folders[child]++
			if names[c.name] || c.deleted || c.parent != int32(i) || s.nodeByID[c.id] != child {
				problems = append(problems, s.title(child))
			}
			names[c.name] = true
		}
	}
	for i := range s.nodes {
		if n := &s.nodes[i]; !n.deleted && n.parent >= 0 && folders[int32(i)] != 1 {
			problems = append(problems, s.title(int32(i)))
		}
	}
	return problems
}
