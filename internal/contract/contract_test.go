package contract_test

import (
	"bytes"
	"encoding/json"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"sbexport/internal/contract"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// answer is what a plain client sees.
type answer struct {
	status int
	header http.Header
	body   map[string]any
}

// ask sends one request over the transport, with the token.
func ask(t *testing.T, s *contract.Server, method, path string, body any) answer {
	t.Helper()
	return askWith(t, s, method, path, body, http.Header{"X-Sbg-Auth-Token": {contract.Token}, "Content-Type": {"application/json"}})
}

func askWith(t *testing.T, s *contract.Server, method, path string, body any, h http.Header) answer {
	t.Helper()
	var sent io.Reader
	if text, ok := body.(string); ok {
		sent = strings.NewReader(text)
	} else if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		sent = bytes.NewReader(text)
	}
	if !strings.HasPrefix(path, "https://") {
		path = contract.Endpoint + path
	}
	r, err := http.NewRequestWithContext(t.Context(), method, path, sent)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = h
	res, err := s.Transport().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode, header: res.Header}
	if err := json.NewDecoder(res.Body).Decode(&a.body); err != nil {
		t.Fatal(err)
	}
	return a
}

// items is the list of this name in an answer.
func (a answer) items(name string) []map[string]any {
	list, _ := a.body[name].([]any)
	all := make([]map[string]any, len(list))
	for i, v := range list {
		all[i], _ = v.(map[string]any)
	}
	return all
}

// next is the link to the next page, or nothing.
func (a answer) next() string {
	for _, l := range a.items("links") {
		if rel, _ := l["rel"].(string); strings.EqualFold(rel, "next") {
			href, _ := l["href"].(string)
			return href
		}
		if href, ok := l["next"].(string); ok {
			return href
		}
	}
	return ""
}

// one is a server with one file on aws and the volume lab/bucket with a prefix.
func one(o contract.Options) (s *contract.Server, file string) {
	c := contract.NewContents()
	c.Project("lab/p", "aws:us-east-1")
	c.Volume(contract.Volume{ID: "lab/bucket", Prefix: "pre/"})
	file = c.File("lab/p", "d/a.txt", contract.File{Size: 7, Metadata: map[string]any{"sample_id": "S1"}, Tags: []string{"final"}, Task: "t-1"})
	o.Contents = c
	return contract.New(o), file
}

func export(file, volume, location string) map[string]any {
	return map[string]any{
		"source":      map[string]any{"file": file},
		"destination": map[string]any{"volume": volume, "location": location},
		"overwrite":   false,
		"properties":  map[string]any{},
	}
}

func submit(items ...map[string]any) map[string]any { return map[string]any{"items": items} }

func TestItImportsTheStandardLibraryAlone(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			if first, _, _ := strings.Cut(strings.Trim(i.Path.Value, `"`), "/"); strings.Contains(first, ".") || first == "sbexport" {
				t.Errorf("%s imports %s", e.Name(), i.Path.Value)
			}
		}
	}
}

// TestShapes compares the tamed server's answers with the vendor's examples.
func TestShapes(t *testing.T) {
	s, file := one(contract.Options{Tame: contract.All})
	project := ask(t, s, "GET", "/projects/lab/p", nil).body
	root := project["root_folder"].(string)
	folder := ask(t, s, "GET", "/files?project=lab/p&fields=_all&limit=100", nil).items("items")[0]["id"].(string)
	const base = contract.Endpoint
	stub := map[string]any{
		"href": base + "/files/" + file, "id": file, "name": "a.txt", "project": "lab/p", "parent": folder, "type": "file",
	}
	whole := map[string]any{
		"size": 7.0, "created_on": "2024-03-01T08:02:00Z", "modified_on": "2024-03-01T08:02:00Z", "url": nil,
		"storage": map[string]any{"type": "PLATFORM", "hosted_on_locations": []any{"aws:us-east-1"}},
		"origin":  map[string]any{"task": "t-1"}, "tags": []any{"final"}, "metadata": map[string]any{"sample_id": "S1"},
	}
	for k, v := range stub {
		whole[k] = v
	}
	volume := map[string]any{
		"href": base + "/storage/volumes/lab/bucket", "id": "lab/bucket", "name": "bucket", "description": "",
		"access_mode": "RW", "active": true, "created_on": "2024-03-01T08:00:00Z", "modified_on": "2024-03-01T08:00:00Z",
		"service": map[string]any{
			"type": "s3", "bucket": "lab-bucket", "prefix": "pre/", "endpoint": "s3.amazonaws.com",
			"credentials": map[string]any{"access_key_id": "AKIACONTRACT"},
			"properties":  map[string]any{"sse_algorithm": "AES256", "sse_aws_kms_key_id": nil, "aws_canned_acl": nil},
		},
	}
	list := func(path, query string, items ...any) map[string]any {
		return map[string]any{"href": base + path + "?" + query, "items": items, "links": []any{}}
	}
	tests := []struct {
		path string
		want map[string]any
	}{
		{"/user", map[string]any{"href": base + "/users/tester", "username": "tester", "email": "tester@contract.test"}},
		{"/files/" + file, whole},
		{"/files/" + file + "?fields=id,name,!name", map[string]any{"id": file}},
		{"/files?parent=" + folder, list("/files", "limit=50&offset=0&parent="+folder, stub)},
		{"/files/" + folder + "/list?fields=_all", list("/files/"+folder+"/list", "fields=_all&limit=50&offset=0", whole)},
		{"/storage/volumes/lab/bucket", volume},
		{"/storage/volumes?fields=_all", list("/storage/volumes", "fields=_all&limit=50&offset=0", volume)},
		{"/storage/exports?volume=lab/bucket", map[string]any{
			"href": base + "/storage/exports?limit=50&offset=0&volume=lab%2Fbucket", "items": []any{}, "links": []any{},
		}},
		{"/storage/volumes/lab/bucket/list?prefix=x", map[string]any{
			"href": base + "/storage/volumes/lab/bucket/list?prefix=x", "items": []any{}, "prefixes": []any{}, "links": []any{},
		}},
		{"/projects/lab/p", map[string]any{
			"href": base + "/projects/lab/p", "id": "lab/p", "name": "p", "type": "v2", "category": "PRIVATE",
			"root_folder": root, "tags": []any{}, "created_by": "tester",
			"created_on": "2024-03-01T08:00:00Z", "modified_on": "2024-03-01T08:00:00Z",
			"permissions": map[string]any{"write": true, "copy": true, "execute": true, "admin": true, "read": true},
			"settings":    map[string]any{"locked": false, "controlled": false, "location": "aws:us-east-1"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			got := ask(t, s, "GET", tt.path, nil)
			if diff := cmp.Diff(tt.want, got.body); diff != "" || got.status != 200 {
				t.Errorf("status %d, body (-want +got):\n%s", got.status, diff)
			}
		})
	}
	s.Check(t)
}

// TestErrors are the documented refusals of whole calls.
func TestErrors(t *testing.T) {
	c := contract.NewContents()
	c.Volume(contract.Volume{ID: "lab/bucket"})
	c.Project("lab/p", "")
	c.Forbid("lab/secret")
	hidden := c.File("lab/secret", "x", contract.File{})
	file := c.File("lab/p", "a", contract.File{})
	s := contract.New(contract.Options{Contents: c})
	tests := []struct {
		method, path string
		body         any
		status, code int
	}{
		{"GET", "/projects/lab/none", nil, 404, 3002},
		{"GET", "/projects/lab/secret", nil, 403, 3001},
		{"GET", "/files?project=lab/none&fields=_all", nil, 404, 3002},
		{"GET", "/files?parent=" + file + "&fields=_all", nil, 400, 5022},
		{"GET", "/files?parent=0123&fields=_all", nil, 404, 5002},
		{"GET", "/files/0123", nil, 404, 5002},
		{"GET", "/files/" + hidden, nil, 403, 5001},
		{"GET", "/storage/volumes/lab/none", nil, 404, 9007},
		{"GET", "/storage/volumes/lab/none/list?fields=_all", nil, 404, 9007},
		{"GET", "/storage/volumes/lab/bucket/object?location=x", nil, 404, 9105},
		{"GET", "/storage/exports/abc", nil, 404, 9008},
		{"GET", "/storage/exports?volume=lab/none&fields=_all", nil, 404, 9007},
		{"POST", "/storage/exports", export(hidden, "lab/bucket", "x"), 403, 9004},
		{"POST", "/storage/exports", export("0123", "lab/bucket", "x"), 404, 9009},
		{"POST", "/storage/exports", export(file, "lab/none", "x"), 404, 9007},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			got := ask(t, s, tt.method, tt.path, tt.body)
			if code, _ := got.body["code"].(float64); got.status != tt.status || int(code) != tt.code {
				t.Errorf("status %d, code %v; want %d, %d", got.status, code, tt.status, tt.code)
			}
			if got.body["message"] == "" {
				t.Error("no message")
			}
		})
	}
	s.Check(t)
}

// walk lists a whole folder by following the links.
func walk(t *testing.T, s *contract.Server, path string) (items []map[string]any, pages int) {
	t.Helper()
	for path != "" {
		a := ask(t, s, "GET", path, nil)
		if a.status != 200 {
			t.Fatalf("%s: status %d: %v", path, a.status, a.body)
		}
		items = append(items, a.items("items")...)
		path = a.next()
		pages++
	}
	return items, pages
}

func TestTheFixtureIsListedWhole(t *testing.T) {
	for _, o := range []contract.Options{{}, {PageCap: 30}, {Seed: 5}, {Tame: contract.All}} {
		s := contract.New(o)
		found := map[string]bool{}
		folders := []string{""}
		for len(folders) > 0 {
			query := "?fields=_all&limit=100&project=" + contract.Project
			if folders[0] != "" {
				query = "?fields=_all&limit=100&parent=" + folders[0]
			}
			folders = folders[1:]
			items, _ := walk(t, s, "/files"+query)
			for _, i := range items {
				id := i["id"].(string)
				if strings.EqualFold(i["type"].(string), "folder") && !found[id] {
					folders = append(folders, id)
				}
				found[id] = true
			}
		}
		all := s.Files()
		if len(found) != contract.FixtureFiles+contract.FixtureFolders || len(all) != len(found) {
			t.Errorf("%d found of %d", len(found), len(all))
		}
		s.Check(t)
	}
}

func TestTheFixtureIsWhatItSays(t *testing.T) {
	count := map[string]int{}
	deepest := 0
	s := contract.New(contract.Options{})
	for _, f := range s.Files() {
		switch {
		case f.Folder:
			count["folder"]++
			deepest = max(deepest, 1+strings.Count(f.Path, "/"))
			continue
		case f.Public:
			count["public"]++
		case f.Archived:
			count["archived"]++
		case f.Alias == contract.Place{Volume: contract.Good, Location: f.Path}:
			count["here"]++
		case f.Alias.Volume != "":
			count["elsewhere"]++
		case f.Exportable():
			count["exportable"]++
		}
		if f.Name == "summary.txt" {
			count["summary"]++
		}
	}
	want := map[string]int{"folder": 25, "public": 5, "archived": 5, "here": 5, "elsewhere": 10, "exportable": 2475, "summary": 25}
	if diff := cmp.Diff(want, count); diff != "" || deepest != 3 {
		t.Errorf("depth %d; counts (-want +got):\n%s", deepest, diff)
	}
}

func TestScrollAndFilters(t *testing.T) {
	s := contract.New(contract.Options{Tame: contract.Repeats})
	h := http.Header{"X-Sbg-Auth-Token": {contract.Token}, "X-Sbg-Advance-Access": {"advance"}}
	n := 0
	for path := "/files/scroll?token=init&limit=7&fields=id&project=" + contract.Project; path != ""; {
		a := askWith(t, s, "GET", path, nil, h)
		n += len(a.items("items"))
		path = a.next()
	}
	if n != 25 {
		t.Errorf("scrolled over %d items, want 20 files and 5 folders", n)
	}
	query := "/files?fields=name&limit=100&metadata.sample_type=Normal&name=summary.txt&name=" + url.QueryEscape("what?.vcf")
	items, _ := walk(t, s, query+"&project="+contract.Project)
	if diff := cmp.Diff([]string{"[what?.vcf]"}, variety(items, func(i map[string]any) any { return []any{i["name"]} })); diff != "" {
		t.Error(diff)
	}
	s.Check(t)
}
