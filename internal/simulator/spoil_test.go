package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// What is left of the first page of 2 of 5 items, and of a bulk answer of 3,
// when a fault spoils them. The announced total stays.
func TestSpoiledAnswers(t *testing.T) {
	for action, want := range map[string]string{
		"slow":        "page 2, 1 link, total 5, bulk 3",
		"lose_item":   "page 1, 1 link, total 5, bulk 2",
		"double_item": "page 3, 1 link, total 5, bulk 4",
		"short_page":  "page 1, 1 link, total 5, bulk 1",
		"empty_page":  "page 0, 1 link, total 5, bulk 0",
		"null_items":  "page none, 1 link, total 5, bulk none",
		"no_links":    "page 2, 0 link, total 5, bulk 3",
	} {
		t.Run(action, func(t *testing.T) {
			c := start(t, "user: me\nprojects: [{id: me/proj, generate: [{count: 5, path: '{n}'}]}]\n"+
				"faults: [{action: "+action+", for: 0s}]\n")
			count := func(r *reply) any {
				if r.body["items"] == nil {
					return "none"
				}
				return len(r.items())
			}
			page := c.get("/files?limit=2&project=me/proj")
			links, _ := page.body["links"].([]any)
			bulk := c.do(200, "POST", "/bulk/files/get", map[string]any{"file_ids": []string{"0", "1", "2"}})
			got := fmt.Sprintf("page %v, %d link, total %s, bulk %v",
				count(page), len(links), page.header.Get("X-Total-Matching-Query"), count(bulk))
			if got != want {
				t.Errorf("%s, want %s", got, want)
			}
			if refused := c.do(404, "GET", "/files/0", nil); refused.body["code"] != 5002.0 {
				t.Errorf("a refusal is spoiled: %s", refused.text)
			}
		})
	}
}

// Mutations are what the seed says they are, change something almost always,
// and are now JSON and now not.
func TestMutations(t *testing.T) {
	body := []byte(`{"items":[{"id":"a","metadata":{"k":[1,2]}},{"error":null}],"links":[]}`)
	valid, same := 0, 0
	for n := range uint64(1000) {
		first := spoil(actMutate, slices.Clone(body), rand.New(rand.NewPCG(1, n)))
		again := spoil(actMutate, slices.Clone(body), rand.New(rand.NewPCG(1, n)))
		if !bytes.Equal(first, again) {
			t.Fatalf("mutation %d is once %s and once %s", n, first, again)
		}
		if json.Valid(first) {
			valid++
		}
		if bytes.Equal(first, body) {
			same++
		}
	}
	if valid < 450 || valid > 800 || same > 60 {
		t.Errorf("of 1000 mutations %d are JSON and %d change nothing", valid, same)
	}
	for _, text := range []string{"", "1", "null", "{}", "[]"} {
		for n := range uint64(100) {
			spoil(actMutate, []byte(text), rand.New(rand.NewPCG(2, n)))
		}
	}
}
