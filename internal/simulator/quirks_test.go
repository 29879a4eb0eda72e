package simulator

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// quirkSeed is a platform on which every quirk of the answers' form can show.
const quirkSeed = `
	user: me
	projects:
	- id: me/proj
	  files:
	  - {path: a.bam, id: ` + fileA + `, metadata: {type: Mixed, state: ""}}
	  - {path: b.bam, id: ` + fileB + `}
	  - {path: d/c.bam, id: ` + fileC + `}
	  generate: [{count: 50, path: "many/{n:2}"}]
	volumes: [{id: me/vol, objects: [{location: x, size: 3}]}]
`

// varieties asks n times and collects what is found, in order and each once.
func varieties(n int, ask func() any) []string {
	var all []string
	for range n {
		if v := fmt.Sprint(ask()); !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	slices.Sort(all)
	return all
}

// What one quirk does to one value of an answer, or nothing at all.
func TestQuirksOfForm(t *testing.T) {
	const folder, file = "/files?project=me/proj&name=many&fields=_all", "/files/" + fileA
	key := func(text string) string { first, _, _ := strings.Cut(text[2:], `"`); return first }
	tests := []struct {
		quirk        string
		ask          func(c *client) any
		usual, other []string
	}{
		{"odd_case", func(c *client) any { return at(c.get(file).body, "type") }, []string{"file"}, []string{"FILE", "File", "file"}},
		{"odd_case", func(c *client) any { return at(c.get(file).body, "metadata", "type") }, []string{"Mixed"}, []string{"Mixed"}},
		{"odd_case", func(c *client) any { return at(c.get(file).body, "storage", "type") }, []string{"PLATFORM"}, []string{"PLATFORM", "Platform", "platform"}},
		{
			"odd_case", func(c *client) any { return at(c.get("/files?project=me/proj&limit=1").body, "links", 0, "rel") },
			[]string{"next"},
			[]string{"NEXT", "Next", "next"},
		},
		{
			"shuffled_keys", func(c *client) any { return key(c.get("/storage/volumes/me/vol?fields=id,name").text) },
			[]string{"id"},
			[]string{"id", "name"},
		},
		{"nulls", func(c *client) any { return at(c.get(file).body, "tags") }, []string{"[]"}, []string{"<nil>"}},
		{"nulls", func(c *client) any { return at(c.get(file).body, "metadata", "state") }, []string{""}, []string{""}},
		{"nulls", func(c *client) any { _, there := at(c.get(folder).items(), 0).(map[string]any)["size"]; return there }, []string{"false"}, []string{"true"}},
		{"nulls", func(c *client) any { return at(c.get(folder).body, "links") }, []string{"[]"}, []string{"[]"}},
		{
			"sparse_errors", func(c *client) any {
				return at(c.do(200, "POST", "/bulk/files/get", map[string]any{"file_ids": []string{"0"}}).items(), 0, "error", "status")
			},
			[]string{"404"},
			[]string{"<nil>"},
		},
		{"sparse_errors", func(c *client) any { return at(c.do(404, "GET", "/files/0", nil).body, "status") }, []string{"404"}, []string{"404"}},
		{
			"no_object_metadata", func(c *client) any {
				return at(c.get("/storage/volumes/me/vol/object?location=x").body, "metadata", "size")
			},
			[]string{"3"},
			[]string{"<nil>"},
		},
		{
			"unknown_members", func(c *client) any { return strings.Contains(c.get(file).text, `"x_later_`) },
			[]string{"false"},
			[]string{"true"},
		},
	}
	for _, test := range tests {
		t.Run(test.quirk, func(t *testing.T) {
			for _, side := range []struct {
				quirks string
				want   []string
			}{{"", test.usual}, {test.quirk + ": true", test.other}} {
				c := start(t, quirkSeed+"quirks: {"+side.quirks+"}\n")
				if got := varieties(40, func() any { return test.ask(c) }); !slices.Equal(got, side.want) {
					t.Errorf("with %q: %q, want %q", side.quirks, got, side.want)
				}
			}
		})
	}
}

// names are the names on all pages of the folder with many files.
func names(c *client) (pages [][]string) {
	target := "/files?limit=20&fields=name&parent=" + folderID("me/proj", "many")
	for target != "" {
		page := c.get(target)
		var list []string
		for _, item := range page.items() {
			list = append(list, at(item, "name").(string))
		}
		pages = append(pages, list)
		target, _ = at(page.body, "links", 0, "href").(string)
		if at(page.body, "links", 0, "rel") != "next" {
			target = ""
		}
	}
	return pages
}

func TestQuirksOfLists(t *testing.T) {
	usual := names(start(t, quirkSeed))
	if all := slices.Concat(usual...); len(usual) != 3 || len(all) != 50 || !slices.IsSorted(all) {
		t.Fatalf("usual pages: %q", usual)
	}
	repeated := names(start(t, quirkSeed+"quirks: {repeated_items: true}\n"))
	for i, page := range repeated[1:] {
		if diff := cmp.Diff(append([]string{usual[i][19]}, usual[i+1]...), page); diff != "" {
			t.Errorf("a page that repeats (-want +got):\n%s", diff)
		}
	}
	c := start(t, quirkSeed+"quirks: {shuffled_lists: true}\n")
	shuffled := slices.Concat(names(c)...)
	if slices.IsSorted(shuffled) || !slices.Equal(shuffled, slices.Concat(names(c)...)) {
		t.Errorf("in no order, and always the same: %q", shuffled)
	}
	slices.Sort(shuffled)
	if diff := cmp.Diff(slices.Concat(usual...), shuffled); diff != "" {
		t.Errorf("shuffled (-want +got):\n%s", diff)
	}
}

func TestQuirksOfJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		look := func(quirks string) (open, done map[string]any, modified any) {
			c := start(t, quirkSeed+"behavior: {jobs: {alias_lag: 5s}}\nquirks: {"+quirks+"}\n")
			id := c.submit("", export(fileA, "a", false))
			open = c.job(id)
			wait(2 * time.Second)
			if got, want := c.get("/files/" + fileA).body["modified_on"], "2024-01-15T12:00:00Z"; got != want {
				t.Errorf("before the alias shows, modified_on is %v", got)
			}
			wait(time.Minute)
			return open, c.job(id), c.get("/files/" + fileA).body["modified_on"]
		}
		open, done, modified := look("")
		if _, there := open["error"]; there || at(done, "result", "name") != "a.bam" || modified != "2024-01-15T12:00:00Z" {
			t.Errorf("usual: %v, %v, modified on %v", open, done, modified)
		}
		open, done, modified = look("nulls: true, stub_results: true, modified_by_export: true")
		for _, key := range []string{"error", "result", "finished_on"} {
			if value, there := open[key]; !there || value != nil {
				t.Errorf("%s of an open job: %v, %v", key, value, there)
			}
		}
		if result, _ := done["result"].(map[string]any); len(result) != 2 || result["id"] != fileA || modified == "2024-01-15T12:00:00Z" {
			t.Errorf("%v, modified on %v", done, modified)
		}
	})
}
