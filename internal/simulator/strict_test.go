package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
)

// Requests that the platform must not take, each with the documented kind of
// error: HTTP status and code.
func TestBadRequests(t *testing.T) {
	good := `{"source":{"file":"` + fileA + `"},"destination":{"volume":"me/vol","location":"a"}}`
	create := "/bulk/storage/exports/create"
	tests := []struct {
		request, body string
		status, code  int
	}{
		{"GET /nope", "", 404, 90003},
		{"GET /files/" + fileA + "/nope", "", 404, 90003},
		{"DELETE /storage/exports/x", "", 405, 90006},
		{"POST /files/scroll", "{}", 405, 90006},
		{"GET " + create, "", 405, 90006},
		{"PUT /storage/exports", good, 405, 90006},
		{"GET /users/nobody", "", 404, 2002},
		{"GET /projects/me/proj/members/nobody", "", 404, 9012},
		{"GET /projects/me/none/members", "", 404, 3002},
		{"GET /files", "", 400, 90000},
		{"GET /files?project=me/proj&parent=" + fileA, "", 400, 90000},
		{"GET /files?project=proj", "", 400, 5005},
		{"GET /files?project=me/none", "", 404, 3002},
		{"GET /files?parent=" + fileA, "", 400, 5022},
		{"GET /files?parent=0123", "", 404, 5002},
		{"GET /files?project=me/proj&limit=0", "", 400, 90000},
		{"GET /files?project=me/proj&limit=ten", "", 400, 90000},
		{"GET /files?project=me/proj&offset=-1", "", 400, 90000},
		{"GET /files?project=me/proj&name=%zz", "", 400, 90000},
		{"GET /files/scroll?project=me/proj&token=init", "", 400, 90000},
		{"GET /files/" + strings.ToUpper(fileA), "", 404, 5002},
		{"GET /files/" + fileA[:23], "", 404, 5002},
		{"GET /projects/me/none", "", 404, 3002},
		{"GET /projects/m%20e/x", "", 400, 3012},
		{"GET /storage/volumes/me/none", "", 404, 9007},
		{"GET /storage/volumes/me/vol/object", "", 400, 90000},
		{"GET /storage/volumes/me/vol/object?location=none", "", 404, 9105},
		{"GET /storage/volumes/me/vol/list?continuation_token=!", "", 400, 90000},
		{"GET /storage/volumes/me/vol/members/nobody", "", 404, 9012},
		{"GET /storage/exports?state=DONE", "", 400, 90000},
		{"GET /storage/exports?volume=me/none", "", 404, 9007},
		{"GET /storage/exports/none", "", 404, 9008},
		{"POST /storage/exports?copy_only=yes", good, 400, 90000},
		{"POST /storage/exports", "", 400, 90009},
		{"POST /storage/exports", "{", 400, 90009},
		{"POST /storage/exports", good + good, 400, 90009},
		{"POST /storage/exports", "[]", 400, 90000},
		{"POST /storage/exports", strings.Replace(good, "source", "Source", 1), 400, 90000},
		{"POST /storage/exports", strings.Replace(good, "{", `{"overwrite":"yes",`, 1), 400, 90000},
		{"POST /storage/exports", strings.Replace(good, "{", `{"overwrite":1,`, 1), 400, 90000},
		{"POST /storage/exports", strings.Replace(good, `"me/vol"`, "null", 1), 400, 90000},
		{"POST /storage/exports", strings.Replace(good, "{", `{"properties":[],`, 1), 400, 90000},
		{"POST /storage/exports", strings.Replace(good, "{", `{"properties":{"sse_algorithm":1},`, 1), 400, 90000},
		{"POST /storage/exports", strings.Replace(good, "{", `{"properties":{"sse_algorithm":"ROT13"},`, 1), 400, 9023},
		{"POST /storage/exports", strings.Replace(good, "{", `{"properties":{"sse_aws_kms_key_id":"k"},`, 1), 400, 9023},
		{"POST /storage/exports", strings.Replace(good, "{", `{"properties":{"aws_canned_acl":"mine"},`, 1), 400, 9022},
		{"POST /storage/exports", strings.Replace(good, "{", `{"properties":{"aws_storage_class":"ICE"},`, 1), 400, 9024},
		{"POST /storage/exports", strings.Replace(good, "{", `{"properties":{"color":"red"},`, 1), 400, 9011},
		{"POST /storage/exports", strings.Replace(good, `"`+fileA+`"`, "7", 1), 400, 90000},
		{"POST /storage/exports", strings.Replace(good, `,"location":"a"`, "", 1), 400, 90000},
		{"POST /storage/exports", strings.Replace(good, `"a"`, `""`, 1), 400, 9011},
		{"POST /storage/exports", strings.Replace(good, `"a"`, `"`+strings.Repeat("x", 1025)+`"`, 1), 400, 9011},
		{"POST /storage/exports", strings.Replace(good, "me/vol", "me/none", 1), 404, 9007},
		{"POST /storage/exports", strings.Replace(good, fileA, rootID("me/proj"), 1), 403, 9006},
		{"POST " + create, `{"items":[]}`, 400, 90000},
		{"POST " + create, `{"items":{}}`, 400, 90000},
		{"POST " + create, `{"items":[` + strings.Repeat(good+",", 100) + good + `]}`, 400, 90000},
		{"POST /bulk/storage/exports/get", `{"ids":["x"]}`, 400, 90000},
		{"POST /bulk/storage/export/get", `{"export_ids":["x"]}`, 404, 90003},
	}
	for _, test := range tests {
		t.Run(test.request+" "+fmt.Sprintf("%.40s", test.body), func(t *testing.T) {
			c := start(t, small)
			method, target, _ := strings.Cut(test.request, " ")
			answer := c.do(test.status, method, target, test.body)
			if code := answer.body["code"]; code != float64(test.code) {
				t.Errorf("code %v, want %d: %s", code, test.code, answer.text)
			}
			for _, key := range []string{"message", "more_info"} {
				if text, _ := answer.body[key].(string); text == "" {
					t.Errorf("no %s in %s", key, answer.text)
				}
			}
			if len(c.s.jobs) > 0 {
				t.Error("a bad request started a job")
			}
		})
	}
}

// What production clients send and the platform takes, although this project's
// own client has no reason to: it is taken, and noted once.
func TestTolerance(t *testing.T) {
	create := "POST /bulk/storage/exports/create"
	item := func(more string) string {
		return `{"items":[{"source":{"file":"` + fileA + `"},"destination":{"volume":"me/vol","location":"a"}` + more + `}]}`
	}
	tests := []struct {
		request, body string
		path          []any
		want          string // JSON
		noted         string
	}{
		{"GET /user?limit=50&offset=0&fields=username", "", nil, `{"username":"me"}`, `the query parameter "limit", which means nothing there`},
		{"GET /files/" + fileA + "?limit=ten&fields=id", "", nil, `{"id":"` + fileA + `"}`, `"limit"`},
		{create + "?limit=50&offset=0&fields=_all", item(""), []any{"items", 0, "error"}, `null`, `"fields"`},
		{create, item(`,"overwrite":"false"`), []any{"items", 0, "resource", "overwrite"}, `false`, "a text in the place of true or false"},
		{create, item(`,"overwrite":"True"`), []any{"items", 0, "resource", "overwrite"}, `true`, "a text in the place of true or false"},
		{create, item(`,"overwrite":null,"properties":null`), []any{"items", 0, "resource", "overwrite"}, `false`, ""},
		{create, item(`,"note":"x"`), []any{"items", 0, "resource", "state"}, `"PENDING"`, `the unknown property "note"`},
		{"GET /files?project=me/proj&limit=1000&fields=name", "", []any{"items", 2, "name"}, `"deep"`, "a limit above 100"},
		{"GET /files?project=me/proj&limit=1&limit=2", "", []any{"items", 1}, `null`, `"limit" more than once`},
		{"GET /files?project=me/proj&recursive=true", "", []any{"items", 3}, `null`, `"recursive"`},
		{"GET /files/" + fileA + "?fields=id,nmae", "", nil, `{"id":"` + fileA + `"}`, `the unknown field "nmae"`},
		{"GET /files/" + fileA + "?fields=name,metadata.sample_id", "", nil, `{"name":"sample1.bam","metadata":{"sample_id":"S1"}}`, ""},
		{"GET /files/" + fileA + "?fields=name,metadata,!metadata.sample_id,!origin", "", nil, `{"name":"sample1.bam","metadata":{"library":"L"}}`, ""},
		{"GET /files/" + fileA + "?fields=!metadata.library", "", []any{"metadata"}, `{"sample_id":"S1"}`, ""},
		{"GET /files/" + fileA + "?fields=_all,!storage", "", []any{"storage"}, `null`, ""},
		{"GET /files/" + fileA + "?fields=storage.type", "", nil, `{"storage":{"type":"PLATFORM"}}`, ""},
		{"GET /user?fields=username", `{"a":1}`, nil, `{"username":"me"}`, "a body, which means nothing there"},
		{"GET /files/scroll?project=me/proj&token=init&limit=1000&name=deep&fields=name", "", []any{"items"}, `[{"name":"deep"}]`, "a limit above 100"},
		{"GET /files/scroll?project=me/proj&token=init&offset=0&tag=final&fields=name", "", []any{"items"}, `[{"name":"sample1.bam"}]`, `"offset"`},
		{"GET /files/scroll?project=me/proj&token=init&metadata.sample_id=S1&fields=name", "", []any{"items"}, `[{"name":"sample1.bam"}]`, `"metadata.sample_id"`},
		{"POST /bulk/files/get", `{"file_ids":[1,"` + fileA + `"]}`, []any{"items", 1, "resource", "id"}, `"` + fileA + `"`, ""},
		{"POST /bulk/files/get", `{"file_ids":[1,"` + fileA + `"]}`, []any{"items", 0, "error", "code"}, `90000`, ""},
		{"POST /bulk/files/get", `{"file_ids":"` + fileA + `"}`, []any{"items", 0, "resource", "id"}, `"` + fileA + `"`, "a text in the place of a list"},
		{create, strings.Replace(item(""), "[", `[{},7,{"source":{}},`, 1), []any{"items", 3, "resource", "state"}, `"PENDING"`, ""},
		{create, strings.Replace(item(""), "[", `[{},`, 1), []any{"items", 0, "error", "status"}, `400`, ""},
	}
	for _, test := range tests {
		t.Run(test.request+" "+fmt.Sprintf("%.40s", test.body), func(t *testing.T) {
			c := start(t, strings.Replace(small, "{sample_id: S1}", "{sample_id: S1, library: L}", 1))
			c.header = http.Header{"X-Sbg-Advance-Access": {"Advance"}}
			method, target, _ := strings.Cut(test.request, " ")
			for range 2 {
				equalJSON(t, at(c.do(200, method, target, test.body).body, test.path...), test.want)
			}
			noted := 0
			for _, v := range c.s.Violations() {
				if strings.Contains(v, " has ") && strings.Contains(v, test.noted) {
					noted++
				}
			}
			if (noted == 1) != (test.noted != "") || noted > 1 {
				t.Errorf("noted %d times %q: %q", noted, test.noted, c.s.Violations())
			}
		})
	}
}

func TestHead(t *testing.T) {
	c := start(t, small)
	if answer := c.do(200, "HEAD", "/files?project=me/proj", nil); answer.text != "" || answer.header.Get("X-Total-Matching-Query") != "3" {
		t.Errorf("%q, %v", answer.text, answer.header)
	}
	c.do(404, "HEAD", "/projects/me/none", nil)
	c.do(405, "HEAD", "/bulk/files/get", nil)
}

func TestCredentials(t *testing.T) {
	for name, test := range map[string]struct {
		header http.Header
		target string
		status int
	}{
		"none":             {nil, "/user", 401},
		"none, unknown":    {nil, "/nope", 401},
		"none, base":       {nil, "/", 200},
		"wrong":            {http.Header{"X-Sbg-Auth-Token": {"wrong"}}, "/user", 401},
		"right":            {http.Header{"X-Sbg-Auth-Token": {"simulator"}}, "/user", 200},
		"bearer":           {http.Header{"Authorization": {"bearer simulator"}}, "/user", 200},
		"wrong bearer":     {http.Header{"Authorization": {"Bearer simulato"}}, "/user", 401},
		"not a bearer":     {http.Header{"Authorization": {"Basic simulator"}}, "/user", 401},
		"elsewhere":        {http.Header{"X-Sbg-Auth-Token": {"simulator"}}, "https://h/v1/user", 404},
		"nearly elsewhere": {http.Header{"X-Sbg-Auth-Token": {"simulator"}}, "https://h/v2user", 404},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, small)
			c.token, c.header = "", test.header
			answer := c.do(test.status, "GET", test.target, nil)
			if test.status == 401 && answer.body["code"] != 90001.0 {
				t.Errorf("answer %s", answer.text)
			}
		})
	}
}

func TestBodyKinds(t *testing.T) {
	c := start(t, small)
	for kind, status := range map[string]int{
		"application/json": 200, "application/json; charset=utf-8": 200, "text/plain": 415, "": 415, ";": 415,
	} {
		c.header = http.Header{"Content-Type": {kind}}
		answer := c.do(status, "POST", "/bulk/files/get", `{"file_ids":["`+fileA+`"]}`)
		if status == 415 && answer.body["code"] != 90008.0 {
			t.Errorf("answer %s", answer.text)
		}
	}
	c.header = nil
	for _, body := range []string{"null", "{}", "", " null\n"} {
		c.do(200, "GET", "/user", body) // official clients send null
	}
}

// What cannot be exported, and the code it is refused with.
func TestRefusals(t *testing.T) {
	seed := `
	user: me
	platform: cavatica
	users: {guest: token-2}
	projects:
	- id: me/proj
	  files:
	  - {path: good, id: ` + fileA + `}
	  - {path: alias, alias: {volume: me/vol, location: x}}
	  - {path: public, public: true}
	  - {path: archived, archived: true}
	  - {path: forbidden, forbidden: true}
	- {id: me/closed, files: [path: f], permissions: {read: false}}
	- {id: me/kept, files: [path: f], permissions: {copy: false}}
	- {id: me/fixed, files: [path: f], permissions: {write: false}}
	- {id: me/google, files: [path: f], location: "google:us-west1"}
	- {id: me/any, files: [path: f], location: ""}
	- {id: admin/sbg-public-data, files: [path: f]}
	volumes:
	- {id: me/vol, members: {me: [read, write], guest: [read]}}
	- {id: me/readonly, access_mode: RO}
	- {id: me/inactive, active: false}
	- {id: me/gcs, type: gcs}
	- {id: me/azure, type: azure}
	- {id: me/far, location: "aws:eu-central-1"}
	- {id: me/near, location: "aws:us-east-1"}
	- {id: me/closed, members: {other: [read]}}
	`
	tests := []struct {
		file, volume string
		code         int
	}{
		{"me/proj:good", "me/vol", 0},
		{"me/proj:alias", "me/vol", 9006},
		{"me/proj:public", "me/vol", 9006},
		{"me/proj:archived", "me/vol", 9006},
		{"admin/sbg-public-data:f", "me/vol", 9006},
		{"me/proj:forbidden", "me/vol", 9004},
		{"me/closed:f", "me/vol", 9003},
		{"me/kept:f", "me/vol", 9003},
		{"me/fixed:f", "me/vol", 9003},
		{"me/proj:good", "me/readonly", 9026},
		{"me/proj:good", "me/inactive", 9020},
		{"me/proj:good", "me/closed", 9020},
		{"me/google:f", "me/gcs", 9027},
		{"me/google:f", "me/vol", 9027},
		{"me/proj:good", "me/azure", 9027},
		{"me/proj:good", "me/far", 9028},
		{"me/proj:good", "me/near", 0},
		{"me/any:f", "me/far", 0},
	}
	for _, test := range tests {
		t.Run(test.file+" to "+test.volume, func(t *testing.T) {
			c := start(t, seed)
			project, path, _ := strings.Cut(test.file, ":")
			file := madeFileID(project, path).String()
			if path == "good" {
				file = fileA
			}
			item := export(file, "x/y", false)
			item["destination"].(map[string]any)["volume"] = test.volume
			answer := c.do(200, "POST", "/bulk/storage/exports/create", bulk(item))
			if code, _ := at(answer.items(), 0, "error", "code").(float64); int(code) != test.code {
				t.Errorf("code %v, want %d: %s", code, test.code, answer.text)
			}
		})
	}
	c := start(t, seed)
	c.submit("?copy_only=true", export(madeFileID("me/fixed", "f").String(), "z", false)) // changes nothing in the project
	for target, code := range map[string]int{
		"/users/guest": 2001,
		"/files/" + madeFileID("me/proj", "forbidden").String(): 5001,
		"/files?project=me/closed":                              3001,
		"/files/" + rootID("me/closed") + "/list":               5001,
		"/storage/volumes/me/closed":                            9020,
		"/storage/volumes/me/inactive/list":                     9020,
	} {
		if got := c.do(403, "GET", target, nil).body["code"]; got != float64(code) {
			t.Errorf("%s: code %v, want %d", target, got, code)
		}
	}
	guest := &client{t: t, s: c.s, token: "token-2"}
	if got := guest.do(403, "POST", "/storage/exports", export(fileA, "q", false)).body["code"]; got != 9020.0 {
		t.Errorf("code %v for a member without write", got)
	}
}

func TestViolations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, small+`
	- {id: me/twin, bucket: bucket-name, prefix: cohort/}
		`)
		twin := export(fileB, "a", false)
		twin["destination"].(map[string]any)["volume"] = "me/twin"
		steps := []struct {
			query string
			items []map[string]any
			want  string
		}{
			{"", []map[string]any{export(fileA, "a", false)}, ""},
			{"", []map[string]any{twin}, "two jobs to one place at once: s3:///bucket-name/cohort/a"},
			{"", []map[string]any{export(fileA, "other", false)}, "submitted while a job of it was open: me/proj:sample1.bam"},
			{"", []map[string]any{export(fileC, "x//y", false)}, `a location that is no clean key was submitted: "x//y"`},
			{"wait", nil, ""},
			{"", []map[string]any{export(fileA, "again", false)}, "an alias was submitted: me/proj:sample1.bam"},
			{"?copy_only=true", []map[string]any{export(fileB, "copy", false)}, ""},
			{"wait", nil, ""},
			{"?copy_only=true", []map[string]any{export(fileB, "copy", true)}, ""},
			{"wait", nil, "exported to one place 2 times: me/proj:sample2.bam to s3:///bucket-name/cohort/copy"},
		}
		told := 0
		for _, step := range steps {
			if step.query == "wait" {
				wait(60e9)
			} else {
				c.do(200, "POST", "/bulk/storage/exports/create"+step.query, bulk(step.items...))
			}
			violations := c.s.Violations()
			if step.want == "" {
				if len(violations) != told {
					t.Errorf("unexpected: %q", violations[told:])
				}
				continue
			}
			if len(violations) != told+1 || violations[told] != step.want {
				t.Errorf("violations %q, want %q more", violations[told:], step.want)
			}
			told = len(violations)
		}
	})
}

// Whatever is sent, under every quirk, the answer is JSON.
func FuzzServe(f *testing.F) {
	f.Add("GET", "files", "project=me/proj&limit=100&fields=_all", "")
	f.Add("GET", "files/scroll", "project=me/proj&token=init", "")
	f.Add("GET", "storage/volumes/me/vol/list", "prefix=d&continuation_token=YQ==", "")
	f.Add("POST", "bulk/files/get", "", `{"file_ids":["`+fileA+`"]}`)
	f.Add("POST", "bulk/storage/exports/create", "copy_only=True",
		`{"items":[{"source":{"file":"`+fileA+`"},"destination":{"volume":"me/vol","location":"x"},"properties":{"sse_algorithm":null}}]}`)
	seed := small + "quirks: {" + strings.Join(Quirks(), ": true, ") + ": true}\n"
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		c := start(t, seed)
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/", strings.NewReader(body))
		r.Method, r.URL = method, &url.URL{Path: "/v2/" + path, RawQuery: query}
		r.Header.Set("X-SBG-Auth-Token", c.token)
		r.Header.Set("X-SBG-Advance-Access", "advance")
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		c.s.ServeHTTP(w, r)
		if !json.Valid(w.Body.Bytes()) {
			t.Errorf("answer %q", w.Body)
		}
	})
}
