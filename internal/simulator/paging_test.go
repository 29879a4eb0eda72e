package simulator

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const many = `
	user: me
	projects:
	- {id: me/proj, generate: [{count: 250, path: "in/{n:3}.bam", metadata: {odd: "{n}"}, tags: [x], dataset: lab/set, size: {min: 1 kB, max: 1 MB}}]}
	volumes:
	- {id: me/vol, generate: [{count: 250, location: "o/{n:3}", size: 3 kB}], objects: [o/d1/x, o/d2/y, o/d2/z]}
	- {id: me/same, bucket: me-vol, prefix: o/d2}
`

// walk follows the next links of a list and gives the items.
func (c *client) walk(target string) (items []any, pages int) {
	c.t.Helper()
	for target != "" {
		page := c.get(target)
		pages++
		items = append(items, page.items()...)
		target = ""
		links, _ := page.body["links"].([]any)
		for _, link := range links {
			if strings.EqualFold(fmt.Sprint(at(link, "rel")), "next") {
				target = at(link, "href").(string)
			}
			if next, ok := at(link, "next").(string); ok {
				target = next
			}
		}
		if pages > 1000 {
			c.t.Fatal("the pages do not end")
		}
	}
	return items, pages
}

func TestWalk(t *testing.T) {
	in := folderID("me/proj", "in")
	tests := []struct {
		name, target, more string
		pages              int
		value              []any // a property that every item must (or, with a leading !, must not) have
	}{
		{"default page", "/files?parent=" + in, "", 5, []any{"name", "parent", "!size", "!storage"}},
		{"all fields", "/files?parent=" + in + "&limit=100&fields=_all", "", 3, []any{"name", "size", "storage", "metadata"}},
		{"some fields", "/files?parent=" + in + "&limit=100&fields=id,name", "", 3, []any{"id", "name", "!href", "!size"}},
		{"without a field", "/files?parent=" + in + "&limit=100&fields=!size", "", 3, []any{"id", "storage", "!size"}},
		{"folder list", "/files/" + in + "/list?limit=7", "", 36, []any{"id"}},
		{"by project", "/projects/me/proj/files", "", 1, nil},
		{"filter", "/files?parent=" + in + "&tag=x&tag=y&limit=100", "", 3, []any{"id"}},
		{"capped", "/files?parent=" + in + "&limit=100&fields=_all", "behavior: {page_cap: 25}", 10, []any{"size"}},
		{"over the cap", "/files?parent=" + in + "&limit=1000&fields=_all", "", 3, []any{"size"}},
		{"scroll over the cap", "/files/" + in + "/scroll?token=init&limit=1000", "", 3, []any{"id"}},
		{"scroll", "/files/" + in + "/scroll?token=init&limit=100&fields=id,name", "", 3, []any{"id", "!size"}},
		{"scroll by parent", "/files/scroll?parent=" + in + "&token=init&limit=40", "", 7, []any{"id", "!size"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := start(t, many+test.more)
			c.header = map[string][]string{"X-Sbg-Advance-Access": {"Advance"}}
			items, pages := c.walk(test.target)
			if pages != test.pages {
				t.Errorf("%d pages, want %d", pages, test.pages)
			}
			if test.value == nil {
				return
			}
			if len(items) != 250 {
				t.Fatalf("%d items, want 250", len(items))
			}
			seen := map[any]bool{}
			for _, item := range items {
				seen[at(item, "id")] = true
				for _, key := range test.value {
					name, absent := strings.CutPrefix(key.(string), "!")
					if _, there := item.(map[string]any)[name]; there == absent {
						t.Fatalf("%s is there: %t: %v", name, there, item)
					}
				}
			}
			if len(seen) != 250 && seen[nil] == false {
				t.Errorf("%d different items", len(seen))
			}
		})
	}
}

func TestLinks(t *testing.T) {
	c := start(t, many)
	middle := c.get("/files?parent=" + folderID("me/proj", "in") + "&limit=100&offset=100&fields=id")
	base := host + "/files?fields=id&limit=100&offset=%d&parent=" + folderID("me/proj", "in")
	equalJSON(t, middle.body["links"], fmt.Sprintf(`[{"href":"`+base+`","rel":"next","method":"GET"},
		{"href":"`+base+`","rel":"prev","method":"GET"}]`, 200, 0))
	if beyond := c.get("/files?project=me/proj&offset=5"); len(beyond.items()) != 0 {
		t.Error("items beyond the end")
	}
}

func TestFilters(t *testing.T) {
	c := start(t, many)
	in := folderID("me/proj", "in")
	for query, want := range map[string]int{
		"&name=001.bam&name=002.bam":              2,
		"&metadata.odd=7":                         1,
		"&metadata.odd=7&metadata.odd=8":          2,
		"&metadata.odd=7&name=001.bam":            0,
		"&metadata.other=7":                       0,
		"&origin.task=nope":                       0,
		"&origin.dataset=lab/set&metadata.odd=7":  1,
		"&origin.dataset=other":                   0,
		"&tag=x":                                  250,
		"&tag=x&metadata.odd=1&metadata.odd=none": 1,
	} {
		if items, _ := c.walk("/files?limit=100&parent=" + in + query); len(items) != want {
			t.Errorf("%s: %d items, want %d", query, len(items), want)
		}
	}
}

func TestDataset(t *testing.T) {
	c := start(t, many)
	if items, _ := c.walk("/files?limit=100&dataset=lab/set"); len(items) != 250 {
		t.Errorf("%d files of the dataset", len(items))
	}
	if items := c.get("/files?dataset=lab/none").items(); len(items) != 0 {
		t.Errorf("files of a dataset that is not there: %v", items)
	}
	equalJSON(t, at(c.get("/files?dataset=lab/set&limit=1&fields=origin").items(), 0), `{"origin":{"dataset":"lab/set"}}`)
}

func TestVolumeListing(t *testing.T) {
	c := start(t, many)
	for _, limit := range []string{"1", "7", "100"} {
		var objects, prefixes []string
		target := "/storage/volumes/me/vol/list?prefix=o&limit=" + limit
		for target != "" {
			page := c.get(target)
			for _, item := range page.items() {
				objects = append(objects, at(item, "location").(string))
			}
			for i := range page.body["prefixes"].([]any) {
				prefixes = append(prefixes, at(page.body, "prefixes", i, "prefix").(string))
			}
			target, _ = at(page.body, "links", 0, "next").(string)
		}
		if len(objects) != 250 || objects[0] != "o/001" || strings.Join(prefixes, " ") != "o/d1 o/d2" {
			t.Errorf("limit %s: %d objects, prefixes %q", limit, len(objects), prefixes)
		}
	}
	shared, _ := c.walk("/storage/volumes/me/same/list?fields=_all")
	equalJSON(t, shared[0], `{"href":"https://api.example.org/v2/storage/volumes/me/same/object?location=y",
		"location":"y","volume":"me/same","type":"s3","metadata":{"size":1000,"last_modified":"2024-01-15T12:00:00Z"}}`)
	if none, _ := c.walk("/storage/volumes/me/vol/list?prefix=nowhere/at/all"); len(none) != 0 {
		t.Errorf("objects: %v", none)
	}
}

func TestTamperedVolume(t *testing.T) {
	c := start(t, many)
	steps := []struct {
		err  error
		want string
	}{
		{c.s.RemoveObject("me/vol", "o/d1/x"), "o/d2"},
		{c.s.PutObject("me/vol", "o/d0/new", 5), "o/d0 o/d2"},
		{c.s.RemoveObject("me/vol", "o/d0/new"), "o/d2"},
	}
	for i, step := range steps {
		if step.err != nil {
			t.Fatal(i, step.err)
		}
	}
	page := c.get("/storage/volumes/me/vol/list?prefix=o/&limit=100&continuation_token=" + "by8yNTA=") // "o/250"
	equalJSON(t, at(page.body, "prefixes", 0, "prefix"), `"o/d2"`)
	equalJSON(t, at(page.body, "prefixes", 1), `null`)
	if err := c.s.PutObject("me/none", "x", 1); err == nil {
		t.Error("an object was put onto a volume that is not there")
	}
}

func TestJobListPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, many)
		files, _ := c.walk("/files?limit=100&parent=" + folderID("me/proj", "in"))
		for i, file := range files {
			id := at(file, "id").(string)
			if i == 200 {
				wait(time.Minute)
			}
			c.submit("", export(id, "new/"+id, false))
		}
		for query, want := range map[string]int{
			"": 250, "&volume=me/vol": 250, "&volume=me/same": 0, "&state=PENDING&state=RUNNING": 50,
			"&state=COMPLETED": 200, "&state=COMPLETED&state=PENDING&volume=me/vol": 250, "&state=FAILED": 0,
		} {
			items, _ := c.walk("/storage/exports?limit=100&fields=_all" + query)
			if len(items) != want {
				t.Errorf("%q: %d jobs, want %d", query, len(items), want)
			}
		}
		newest := at(c.get("/storage/exports?limit=1&fields=source").items(), 0, "source", "file")
		if last := at(files, 249, "id"); newest != last {
			t.Errorf("the first job is of %v, want %v", newest, last)
		}
		c.noViolations()
	})
}
