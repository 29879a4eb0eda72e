package contract_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/contract"
)

// variety collects the distinct values that a field has in a listing.
func variety(items []map[string]any, value func(map[string]any) any) []string {
	seen := map[string]bool{}
	for _, i := range items {
		seen[fmt.Sprint(value(i))] = true
	}
	var all []string
	for v := range seen {
		all = append(all, v)
	}
	slices.Sort(all)
	return all
}

// TestFreedoms looks at what the freedoms that concern files do, taken and tamed.
func TestFreedoms(t *testing.T) {
	storage := func(key string) func(map[string]any) any {
		return func(i map[string]any) any {
			s, _ := i["storage"].(map[string]any)
			return s[key] != nil
		}
	}
	has := func(key string) func(map[string]any) any {
		return func(i map[string]any) any { _, ok := i[key]; return ok }
	}
	tests := []struct {
		name        string
		value       func(map[string]any) any
		free, tamed []string
	}{
		{"type", func(i map[string]any) any { return i["type"] }, []string{"FILE", "FOLDER", "File", "Folder", "file", "folder"}, []string{"file", "folder"}},
		{"no metadata", func(i map[string]any) any {
			m, ok := i["metadata"].(map[string]any)
			return ok && m == nil || has("metadata")(i) == true && i["metadata"] == nil
		}, []string{"false", "true"}, []string{"false"}},
		{"origin", func(i map[string]any) any { return i["size"] == nil || has("origin")(i) == true }, []string{"false", "true"}, []string{"true"}},
		{"size of folders", func(i map[string]any) any { return has("size")(i) == true && i["size"] == nil }, []string{"false", "true"}, []string{"false"}},
		{"unknown fields", func(i map[string]any) any {
			for key := range i {
				if strings.HasPrefix(key, "x_later_") {
					return true
				}
			}
			return false
		}, []string{"true"}, []string{"false"}},
	}
	listed := func(tame contract.Freedom) (*contract.Server, []map[string]any) {
		s := contract.New(contract.Options{Tame: tame})
		top, _ := walk(t, s, "/files?fields=_all&limit=100&project="+contract.Project)
		for _, f := range top {
			if f["name"] == "batch-1" {
				items, _ := walk(t, s, "/files?fields=_all&limit=100&parent="+f["id"].(string))
				return s, append(top, items...)
			}
		}
		t.Fatal("no batch-1")
		return nil, nil
	}
	_, free := listed(0)
	s, tamed := listed(contract.All)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.free, variety(free, tt.value)); diff != "" {
				t.Errorf("free (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.tamed, variety(tamed, tt.value)); diff != "" {
				t.Errorf("tamed (-want +got):\n%s", diff)
			}
		})
	}
	files := s.Files()
	hosted := func(items []map[string]any) (without int) {
		for _, i := range items {
			f := files[i["id"].(string)]
			if f.Exportable() && storage("hosted_on_locations")(i) == false {
				without++
			}
		}
		return without
	}
	if free, tamed := hosted(free), hosted(tamed); free < 50 || tamed != 0 {
		t.Errorf("%d and %d exportable files without a location", free, tamed)
	}
	full := func(items []map[string]any) (n int) {
		for _, i := range items {
			s, _ := i["storage"].(map[string]any)
			if at, _ := s["location"].(string); strings.HasPrefix(at, "cohort/") {
				n++
			}
		}
		return n
	}
	if free, tamed := full(free), full(tamed); free == 0 || free == 10 || tamed != 0 {
		t.Errorf("%d and %d full keys", free, tamed)
	}
	if len(free) != len(tamed)+1 {
		t.Errorf("%d and %d items; the free listing should have one twice", len(free), len(tamed))
	}
}

func TestBulkAnswersAreShuffledAndComplete(t *testing.T) {
	s := contract.New(contract.Options{})
	var ids []string
	for id := range s.Files() {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	ids = append(ids[:99], "0123")
	a := ask(t, s, "POST", "/bulk/files/get", map[string]any{"file_ids": ids})
	var got []string
	errors := 0
	for _, i := range a.items("items") {
		r, isFile := i["resource"].(map[string]any)
		e, isError := i["error"].(map[string]any)
		if isFile == isError {
			t.Fatalf("item %v", i)
		}
		if isError {
			errors++
			if e["code"] != 5002.0 {
				t.Errorf("code %v", e["code"])
			}
			continue
		}
		got = append(got, r["id"].(string))
	}
	if slices.Equal(got, ids[:99]) {
		t.Error("the answer has the order of the request")
	}
	slices.Sort(got)
	if diff := cmp.Diff(ids[:99], got); diff != "" || errors != 1 {
		t.Errorf("%d errors, (-want +got):\n%s", errors, diff)
	}
	s.Check(t)
}

// keys are the keys of the outermost object of an answer, in order.
func keys(t *testing.T, s *contract.Server, path string) []string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", contract.Endpoint+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-SBG-Auth-Token", contract.Token)
	res, err := s.Transport().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var all []string
	depth, key := 0, true
	for d := json.NewDecoder(res.Body); ; {
		token, err := d.Token()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		switch delim, isDelim := token.(json.Delim); {
		case isDelim && (delim == '{' || delim == '['):
			depth++
			continue
		case isDelim:
			depth--
		}
		if depth == 1 {
			if key {
				all = append(all, token.(string))
			}
			key = !key
		}
	}
}

func TestKeyOrderVaries(t *testing.T) {
	for _, tame := range []contract.Freedom{contract.ExtraFields, contract.All} {
		s, file := one(contract.Options{Tame: tame})
		first := keys(t, s, "/files/"+file)
		varies := false
		for range 20 {
			varies = varies || !slices.Equal(first, keys(t, s, "/files/"+file))
		}
		if varies != (tame != contract.All) {
			t.Errorf("tamed %b: varies: %v", tame, varies)
		}
	}
}

// listings is how the listings of the fixture's folders differ.
func listings(t *testing.T, tame contract.Freedom) (totals, rels []string, sorted bool) {
	t.Helper()
	s := contract.New(contract.Options{Tame: tame})
	sorted = true
	answers := []map[string]any{}
	for id, f := range s.Files() {
		if !f.Folder || f.Path == "batch-1" {
			continue
		}
		a := ask(t, s, "GET", "/files?fields=name&limit=40&parent="+id, nil)
		answers = append(answers, map[string]any{"total": a.header.Get("X-Total-Matching-Query") != ""})
		var names []string
		for _, i := range a.items("items") {
			names = append(names, i["name"].(string))
		}
		sorted = sorted && (len(names) < 40 || slices.IsSorted(names[20:]))
		for _, l := range a.items("links") {
			answers = append(answers, map[string]any{"rel": l["rel"]})
		}
	}
	s.Check(t)
	value := func(key string) []string {
		return slices.DeleteFunc(variety(answers, func(m map[string]any) any { return m[key] }), func(v string) bool { return v == "<nil>" })
	}
	return value("total"), value("rel"), sorted
}

func TestListingsDiffer(t *testing.T) {
	totals, rels, sorted := listings(t, 0)
	if len(totals) != 2 || len(rels) != 3 || sorted {
		t.Errorf("free: totals %q, rels %q, sorted: %v", totals, rels, sorted)
	}
	totals, rels, sorted = listings(t, contract.All)
	if !slices.Equal(totals, []string{"true"}) || !slices.Equal(rels, []string{"next"}) || !sorted {
		t.Errorf("tamed: totals %q, rels %q, sorted: %v", totals, rels, sorted)
	}
}

// jobVariety exports fifty files and says how their jobs look.
func jobVariety(t *testing.T, tame contract.Freedom) (states []string, named, modified bool, full int) {
	t.Helper()
	s := contract.New(contract.Options{Tame: tame})
	var items []map[string]any
	for id, f := range s.Files() {
		if f.Exportable() && len(items) < 50 {
			items = append(items, export(id, contract.Good, id))
		}
	}
	ask(t, s, "POST", "/bulk/storage/exports/create", submit(items...))
	time.Sleep(time.Minute)
	jobs, _ := walk(t, s, "/storage/exports?fields=_all&volume="+contract.Good)
	for _, j := range jobs {
		result := j["result"].(map[string]any)
		named = named || result["name"] != nil
		f := ask(t, s, "GET", "/files/"+result["id"].(string), nil).body
		modified = modified || f["modified_on"] != f["created_on"]
		if strings.HasPrefix(f["storage"].(map[string]any)["location"].(string), "cohort/") {
			full++
		}
	}
	s.Check(t)
	return variety(jobs, func(j map[string]any) any { return j["state"] }), named, modified, full
}

func TestJobsDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		states, named, modified, full := jobVariety(t, 0)
		if len(states) != 3 || named || !modified || full < 10 || full > 40 {
			t.Errorf("free: states %q, named %v, modified %v, %d full keys", states, named, modified, full)
		}
		states, named, modified, full = jobVariety(t, contract.All)
		if !slices.Equal(states, []string{"COMPLETED"}) || !named || modified || full != 0 {
			t.Errorf("tamed: states %q, named %v, modified %v, %d full keys", states, named, modified, full)
		}
	})
}

// TestBulkItems looks at the two sides of a bulk answer.
func TestBulkItems(t *testing.T) {
	for _, tame := range []contract.Freedom{0, contract.All} {
		s, file := one(contract.Options{Tame: tame})
		a := ask(t, s, "POST", "/bulk/files/get", map[string]any{"file_ids": []string{file, "0123"}})
		for _, i := range a.items("items") {
			_, hasError := i["error"]
			_, hasResource := i["resource"]
			if both := hasError && hasResource; both != (tame == 0) {
				t.Errorf("tamed %b: item %v", tame, i)
			}
			if e, ok := i["error"].(map[string]any); ok && (e["status"] == nil) != (tame == 0) {
				t.Errorf("tamed %b: error %v", tame, e)
			}
		}
		v := ask(t, s, "GET", "/storage/volumes/lab/bucket", nil).body["service"].(map[string]any)
		if want := map[bool]string{true: "S3", false: "s3"}[tame == 0]; v["type"] != want {
			t.Errorf("tamed %b: service type %v", tame, v["type"])
		}
	}
}

func TestKeysAreJoined(t *testing.T) {
	for tame, want := range map[contract.Freedom]string{0: "run-7a", contract.BareJoin: "run-7/a"} {
		if got := contract.New(contract.Options{Tame: tame}).Key(contract.Bare, "a"); got != want {
			t.Errorf("tamed %b: key %q, want %q", tame, got, want)
		}
	}
}
