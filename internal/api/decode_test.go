package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/platform"
)

// answering is a client whose every request is answered so.
func answering(t *testing.T, code int, body string) (*Client, *server) {
	t.Helper()
	s := serveFunc(func(_ int, w http.ResponseWriter, _ *http.Request) { reply(w, code, body) })
	return newClient(t, s, nil), s
}

func TestFile(t *testing.T) {
	t.Parallel()
	created := time.Date(2023, 6, 6, 11, 14, 11, 0, time.UTC)
	tests := []struct {
		name, body string
		want       platform.File
	}{
		{
			"documented", `{"href":"x","id":"64a1","name":"sample 1.bam","size":7313069069,"project":"me/proj","parent":"64a0","type":"file",
			"created_on":"2023-06-06T11:14:11Z","modified_on":"2023-06-06T13:14:11+02:00","storage":{"type":"PLATFORM","hosted_on_locations":["aws:us-east-1"]},
			"origin":{"task":"123a"},"tags":["final"],"metadata":{"sample_id":"S1"},"_secondary_files":[{"id":"64a2","name":"sample 1.bam.bai"}]}`,
			platform.File{
				ID: "64a1", Name: "sample 1.bam", Size: 7313069069, Project: "me/proj", Parent: "64a0", CreatedOn: created, ModifiedOn: created,
				Storage: platform.Storage{Type: platform.OnPlatform, HostedOn: []string{"aws:us-east-1"}},
				Task:    "123a", Tags: []string{"final"}, Metadata: map[string][]string{"sample_id": {"S1"}},
				Secondary: []platform.File{{ID: "64a2", Name: "sample 1.bam.bai"}},
			},
		},
		{
			"odd", `{"id":"64a1","name":"\u00e9\"x","size":"123","type":"FILE","created_on":"","modified_on":null,"storage":{"type":"volume","volume":"me/v","location":"a/b"},
			"origin":{},"tags":null,"metadata":{"a":null,"b":"","c":["x",null,"y"],"d":7,"e":true,"f":{"g":1}},"_secondary_files":null,"future":{"x":[1]}}`,
			platform.File{
				ID: "64a1", Name: "é\"x", Size: 123, Storage: platform.Storage{Type: platform.OnVolume, Volume: "me/v", Location: "a/b"},
				Metadata: map[string][]string{"c": {"x", "y"}, "d": {"7"}, "e": {"true"}},
			},
		},
		{
			"folder", `{"id":"64a1","name":"f","type":"FOLDER","size":null,"parent":null,"storage":null,"origin":null,"metadata":null,"tags":"one"}`,
			platform.File{ID: "64a1", Name: "f", Folder: true, Tags: []string{"one"}},
		},
		{
			"nonsense", `{"id":"64a1","name":"5","size":1.5e3,"created_on":"yesterday","modified_on":"2023-06-06T11:14:11","storage":{"type":"tape"},"origin":[],"tags":[1,[2]],"metadata":[1],"_secondary_files":{"id":"b"},"type":null}`,
			platform.File{ID: "64a1", Name: "5", Size: 1500, ModifiedOn: created, Tags: []string{"1"}, Storage: platform.Storage{Type: "TAPE"}},
		},
		{"no size of an alias", `{"id":"64a1","name":"a","storage":{"type":"VOLUME"}}`, platform.File{ID: "64a1", Name: "a", Storage: platform.Storage{Type: platform.OnVolume}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, _ := answering(t, 200, tt.body)
			got, err := c.File(t.Context(), "64a1")
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, *got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestUnusable has answers from which nothing irreversible may follow: they are
// errors, in listings after a second look, and in bulk reads, where they count as
// no answer.
func TestUnusable(t *testing.T) {
	t.Parallel()
	file := func(change string) string {
		return `{"id":"64a1","name":"a","type":"file","size":1,"storage":{"type":"PLATFORM"},` + change + `}`
	}
	tests := []struct{ name, item, problem string }{
		{"null", `null`, "no usable ID"},
		{"nothing", `{}`, "no usable ID"},
		{"ID null", file(`"id":null`), "no usable ID"},
		{"ID a number", file(`"id":5`), "no usable ID"},
		{"ID a list", file(`"id":["64a1"]`), "no usable ID"},
		{"ID empty", file(`"id":""`), "no usable ID"},
		{"ID blank", file(`"id":"  "`), "no usable ID"},
		{"ID with a line break", file(`"id":"64a1\n"`), "no usable ID"},
		{"ID with a slash", file(`"id":"64/a1"`), "no usable ID"},
		{"ID upwards", file(`"id":".."`), "no usable ID"},
		{"name missing", `{"id":"64a1","type":"file","size":1}`, "no usable name"},
		{"name null", file(`"name":null`), "no usable name"},
		{"name a number", file(`"name":5`), "no usable name"},
		{"name a list", file(`"name":["a"]`), "no usable name"},
		{"name an object", file(`"name":{"a":"a"}`), "no usable name"},
		{"name empty", file(`"name":""`), "no usable name"},
		{"name blank", file(`"name":" \t\u00a0"`), "no usable name"},
		{"name with a slash", file(`"name":"tmp/a"`), `no usable name, but "tmp/a"`},
		{"type unknown", file(`"type":"shortcut"`), `neither a file nor a folder, but "shortcut"`},
		{"type and storage missing", `{"id":"64a1","name":"a"}`, "whether it is a file or a folder"},
		{"size missing", `{"id":"64a1","name":"a","type":"file","storage":{"type":"platform"}}`, "no usable size"},
		{"size negative", file(`"size":-1`), "no usable size"},
		{"size a word", file(`"size":"much"`), "no usable size"},
		{"size huge", file(`"size":1e300`), "no usable size"},
		{"secondary file without an ID", file(`"_secondary_files":[{"name":"b"}]`), "secondary file without a usable ID"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, s := answering(t, 200, `{"items":[`+tt.item+`]}`)
			_, err := listed(t, c, "")
			if err == nil || !strings.Contains(err.Error(), `listing project "me/proj": `) || !strings.Contains(err.Error(), "item 1 of a page") ||
				!strings.Contains(err.Error(), tt.problem) || s.count() != 2 {
				t.Errorf("listing: error %v after %d requests", err, s.count())
			}
			c, s = answering(t, 200, `{"items":[{"resource":`+tt.item+`}]}`)
			if results, err := c.Files(t.Context(), []string{"64a1"}); err == nil || s.count() != 2 {
				t.Errorf("bulk: %+v, %v after %d requests", results, err, s.count())
			}
			c, _ = answering(t, 200, tt.item)
			if f, err := c.File(t.Context(), "64a1"); err == nil || !strings.Contains(err.Error(), tt.problem) {
				t.Errorf("single: %+v, %v", f, err)
			}
		})
	}
	t.Run("healed", func(t *testing.T) {
		t.Parallel()
		s := serveFunc(func(n int, w http.ResponseWriter, _ *http.Request) {
			reply(w, 200, `{"items":[`+[]string{file(`"name":null`), file(`"name":"b"`)}[n]+`]}`)
		})
		if got, err := listed(t, newClient(t, s, nil), ""); err != nil || len(got) != 1 {
			t.Errorf("%q, %v", got, err)
		}
	})
}

// TestMisplaced has items of a folder's listing that are elsewhere.
func TestMisplaced(t *testing.T) {
	t.Parallel()
	item := func(id, project, parent string) string {
		return fmt.Sprintf(`{"id":%q,"name":"n%s","type":"file","project":%s,"parent":%s}`, id, id, project, parent)
	}
	tests := []struct{ name, folder, items, problem string }{
		{"all is well", "d", item("a", `"ME/proj"`, `"d"`) + "," + item("b", `null`, `null`), ""},
		{"at the root", "", item("a", `"me/proj"`, `"r"`) + "," + item("b", `"me/proj"`, `null`) + "," + item("c", `"me/proj"`, `"r"`), ""},
		{"another project", "", item("a", `"me/other"`, `"r"`), `another project, "me/other"`},
		{"another folder", "d", item("a", `"me/proj"`, `"e"`), `another folder, "e"`},
		{"a name of dots, which is one like any other", "d", `{"id":"a","name":"..","type":"file"}`, ""},
		{"several folders at the root", "", item("a", `"me/proj"`, `"r"`) + "," + item("b", `"me/proj"`, `"d"`), `another folder, "d"`},
		{"itself", "d", item("d", `"me/proj"`, `null`), "the folder itself"},
	}
	for _, tt := range tests {
		c, _ := answering(t, 200, `{"items":[`+tt.items+`]}`)
		if _, err := listed(t, c, tt.folder); (err == nil) != (tt.problem == "") || err != nil && !strings.Contains(err.Error(), tt.problem) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.problem)
		}
	}
}

// TestAnotherAnswer has single answers that are about something else.
func TestAnotherAnswer(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"id":"x/y","name":"a","type":"file"}`, `{"id":"y","name":"a","type":"file"}`, `{"name":"a"}`} {
		c, _ := answering(t, 200, body)
		_, file := c.File(t.Context(), "x")
		_, volume := c.Volume(t.Context(), "me/v")
		_, project := c.Project(t.Context(), "me/p")
		for _, err := range []error{file, volume, project} {
			if err == nil || !strings.Contains(err.Error(), "the platform's answer is") {
				t.Errorf("%s: %v", body, err)
			}
		}
	}
}

func TestVolume(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       platform.Volume
	}{
		{
			"documented", `{"id":"me/v","access_mode":"RW","active":true,"service":{"type":"s3","bucket":"b","prefix":"p/","endpoint":"s3.amazonaws.com","export_enabled":true}}`,
			platform.Volume{ID: "me/v", AccessMode: "RW", Service: platform.Service{Type: platform.S3, Bucket: "b", Prefix: "p/", Endpoint: "s3.amazonaws.com"}},
		},
		{
			"upper case, inactive", `{"id":"me/v","access_mode":"ro","active":"false","service":{"type":"S3","export_enabled":false}}`,
			platform.Volume{ID: "me/v", AccessMode: "RO", Inactive: true, ExportRefused: true, Service: platform.Service{Type: platform.S3}},
		},
		{"google", `{"id":"me/v","service":{"type":"gcp","root_url":"https://www.googleapis.com"}}`, platform.Volume{ID: "me/v", Service: platform.Service{Type: platform.GCS, Endpoint: "https://www.googleapis.com"}}},
		{"azure", `{"id":"me/v","service":{"type":"AZURE","storage_account":"a","container":"c"}}`, platform.Volume{ID: "me/v", Service: platform.Service{Type: platform.Azure, Bucket: "a/c"}}},
		{"alibaba", `{"id":"me/v","service":{"type":"OSS"}}`, platform.Volume{ID: "me/v", Service: platform.Service{Type: platform.OSS}}},
		{"unknown", `{"id":"me/v","active":null,"service":{"type":"Tape"}}`, platform.Volume{ID: "me/v", Service: platform.Service{Type: "tape"}}},
		{"nothing", `{"id":"me/v","service":null}`, platform.Volume{ID: "me/v"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, s := answering(t, 200, tt.body)
			got, err := c.Volume(t.Context(), "me/v")
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, *got); d != "" {
				t.Error(d)
			}
			if s.requests[0] != "GET /v2/storage/volumes/me/v" {
				t.Errorf("request %q", s.requests[0])
			}
		})
	}
}

func TestProject(t *testing.T) {
	t.Parallel()
	c, s := answering(t, 200, `{"id":"me/a?b%","root_folder":"64a0","name":"A","created_by":"me","billing_group":"b-1","settings":{"location":"aws:us-east-1","locked":false}}`)
	got, err := c.Project(t.Context(), "me/a?b%")
	if err != nil || !reflect.DeepEqual(*got, platform.Project{ID: "me/a?b%", RootFolder: "64a0", Location: "aws:us-east-1", Name: "A", CreatedBy: "me", BillingGroup: "b-1"}) {
		t.Errorf("%+v, %v", got, err)
	}
	if s.requests[0] != "GET /v2/projects/me/a%3Fb%25" {
		t.Errorf("request %q", s.requests[0])
	}
	bare, _ := answering(t, 200, `{"id":"ME/p","settings":{"locked":false},"root_folder":null}`)
	if got, err := bare.Project(t.Context(), "me/p"); err != nil || !reflect.DeepEqual(*got, platform.Project{ID: "ME/p"}) {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestBilled has amounts in every form, and a project twice, at two locations.
func TestBilled(t *testing.T) {
	t.Parallel()
	c, s := answering(t, 200, `{"items":[
		{"project_name":"A","project_created_by":"me","location":"aws:us-east-1","active":{"size":12.5,"unit":"GB"},"archived":{"size":"0.25","unit":"GB"},"project_locked":false},
		{"project_name":"A","project_created_by":"me","location":"aws:us-west-2","active":{"size":"lots"},"archived":null}],"links":[]}`)
	got, err := c.Billed(t.Context(), "b/1?")
	if got != nil || err == nil || len(s.requests) > 0 {
		t.Errorf("an ID that is none: %v, %v, %q", got, err, s.requests)
	}
	if got, err = c.Billed(t.Context(), "b-1"); err != nil {
		t.Fatal(err)
	}
	want := []platform.Billed{
		{Project: "A", CreatedBy: "me", Location: "aws:us-east-1", Active: platform.Measure{Size: 12.5, Unit: "GB"}, Archived: platform.Measure{Size: 0.25, Unit: "GB"}},
		{Project: "A", CreatedBy: "me", Location: "aws:us-west-2"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if s.requests[0] != "GET /v2/billing/groups/b-1/breakdown/storage?fields=_all&limit=100" {
		t.Errorf("request %q", s.requests[0])
	}
}

// TestBadIDs has IDs that would make another request than they should: none is
// sent.
func TestBadIDs(t *testing.T) {
	t.Parallel()
	c, s := answering(t, 200, `{"id":"x","location":"x","items":[]}`)
	for _, id := range []string{"", "x", "/", "a/", "/b", "a/b/c", "a/..", "./b"} {
		_, errV := c.Volume(t.Context(), id)
		_, errP := c.Project(t.Context(), id)
		_, errO := c.Object(t.Context(), id, "x")
		errL := c.Objects(t.Context(), id, "", nil)
		for i, err := range []error{errV, errP, errO, errL} {
			var refused *platform.Error
			if !errors.As(err, &refused) || !refused.Permanent() {
				t.Errorf("%q, call %d: %v", id, i, err)
			}
		}
	}
	for _, id := range []string{"", ".", "..", "a/b"} {
		if _, err := c.File(t.Context(), id); err == nil {
			t.Errorf("file %q was read", id)
		}
	}
	if s.count() != 0 {
		t.Errorf("requests %q", s.requests)
	}
}

func TestObject(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		code int
		body string
		want *platform.Object
		err  bool
	}{
		{"there", 200, `{"location":"a/b c+d","volume":"me/v","metadata":{"size":12}}`, &platform.Object{Location: "a/b c+d", Size: 12}, false},
		{"size as text", 200, `{"location":"x","metadata":{"content_length":"7"}}`, &platform.Object{Location: "x", Size: 7}, false},
		{"what tells it at one provider", 200, `{"location":"x","metadata":{"size":"3","md5Hash":"m==","etag":"CK=","generation":"17","updated":"2024-05-06T07:08:09.5Z"}}`, &platform.Object{
			Location: "x", Size: 3, MD5: "m==", ETag: "CK=", Generation: "17", ModifiedOn: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
		}, false},
		{"what tells it at another", 200, `{"location":"x","metadata":{"Content-Length":3,"ETag":"\"ab\"","Last-Modified":"Mon, 06 May 2024 07:08:09 GMT"}}`, &platform.Object{
			Location: "x", Size: 3, ETag: "ab", ModifiedOn: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
		}, false},
		{"size unknown", 200, `{"location":"x","metadata":{"size":"big"}}`, &platform.Object{Location: "x", Size: -1}, false},
		{"not there", 404, `{"code":9105}`, nil, false},
		{"not there, other status", 400, `{"code":9105}`, nil, false},
		{"not there, other code", 404, `{"code":90003}`, nil, false},
		{"no such volume", 404, `{"code":9007}`, nil, true},
		{"not a member", 403, `{"code":9020}`, nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, s := answering(t, tt.code, tt.body)
			got, err := c.Object(t.Context(), "me/v", "a/b c+d")
			if (err != nil) != tt.err {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
			u, err := url.Parse(strings.TrimPrefix(s.requests[0], "GET "))
			if err != nil || u.Query().Get("location") != "a/b c+d" || strings.Contains(s.requests[0], "+") {
				t.Errorf("request %q", s.requests[0])
			}
		})
	}
}

func TestVolumeJobs(t *testing.T) {
	t.Parallel()
	job := func(id, state, volume string) string {
		return fmt.Sprintf(`{"id":%q,"state":%q,"source":{"file":"f"},"destination":{"volume":%q,"location":"l"},"error":{"status":409,"code":"9107","message":"there"}}`, id, state, volume)
	}
	s := serveFunc(func(_ int, w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			reply(w, 200, `{"items":[{"resource":`+job("bare", "running", "me/v")+`}]}`)
			return
		}
		reply(w, 200, `{"items":[`+strings.Join([]string{
			job("a", "completed", "me/v"), job("b", "Running", "me/v"), job("c", "PENDING", "me/w"), job("d", "PAUSED", "me/v"), `{"id":"bare","state":"RUNNING"}`,
		}, ",")+`]}`)
	})
	c := newClient(t, s, nil)
	ids := func(jobs []platform.Export, err error) string {
		if err != nil {
			t.Error(err)
		}
		var out []string
		for _, j := range jobs {
			if j.Volume != "me/v" || j.File != "f" || j.Err == nil || j.Err.Code != 9107 {
				t.Errorf("job %+v", j)
			}
			out = append(out, j.ID+" "+string(j.State))
		}
		return strings.Join(out, ", ")
	}
	if got := ids(c.VolumeJobs(t.Context(), "me/v")); got != "a COMPLETED, b RUNNING, d PAUSED, bare RUNNING" {
		t.Errorf("all: %s", got)
	}
	if got := ids(c.OpenJobs(t.Context(), "me/v")); got != "b RUNNING, d PAUSED, bare RUNNING" {
		t.Errorf("open: %s", got)
	}
}

// TestBareJobs has jobs of which the list does not tell what they are for, and
// neither does the second call, or only that they are gone. One that cannot be
// read may be open: there is no list without it.
func TestBareJobs(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"resource":{"id":"b","state":"RUNNING","source":{"file":"f"},"destination":{"volume":"me/v","location":"l"}}}`: "1 <nil>",
		`{"error":{"status":404,"code":9008}}`:                                                       "0 <nil>",
		`{"error":{"status":503,"code":9000,"message":"not now"}}`:                                   `reading export job "b": not now`,
		`{"error":{"status":403,"code":9005,"message":"not yours"}}`:                                 `reading export job "b": not yours`,
		`{"resource":{"id":"b","state":"RUNNING"}}`:                                                  `does not say what it exports`,
		`{"resource":{"id":"b","source":{"file":"f"},"destination":{"volume":"me/v","location":5}}}`: `does not say what it exports`,
		`{"resource":{"id":"b","source":{"file":"f"},"destination":{"volume":null,"location":"l"}}}`: `does not say what it exports`,
	} {
		s := serveFunc(func(_ int, w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				reply(w, 200, `{"items":[{"id":"b","state":"RUNNING"}]}`)
				return
			}
			reply(w, 200, `{"items":[`+body+`]}`)
		})
		jobs, err := newClient(t, s, nil).OpenJobs(t.Context(), "me/v")
		if got := fmt.Sprint(len(jobs), " ", err); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %q", body, got, want)
		}
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	if _, err := New(Options{}); err == nil {
		t.Error("a client without credentials")
	}
}

// FuzzDecode feeds every decoder what a server might send: none may panic, and
// what comes out must be usable.
func FuzzDecode(f *testing.F) {
	base, err := url.Parse(endpoint)
	if err != nil {
		f.Fatal(err)
	}
	from, err := url.Parse(endpoint + "/files?limit=100&fields=_all")
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(oneStarted), 200, "5")
	f.Add([]byte(`{"items":[{"id":"a","metadata":{"a":[1,null]},"size":"1e9","tags":{},"created_on":1}],"links":[{"rel":"NEXT","href":"?offset=1"}]}`), 200, "1")
	f.Add([]byte(`{"status":503,"code":0,"message":"\u0000"}`), 503, "x")
	f.Add([]byte(`{"rate":{"limit":1000,"remaining":"9","reset":1e12}}`), 429, "-1")
	f.Fuzz(func(t *testing.T, body []byte, code int, header string) {
		h := http.Header{}
		for _, name := range []string{totalHeader, limitHeader, remainingHeader, resetHeader} {
			h.Set(name, header)
		}
		a := &answer{status: code, header: h, body: body}
		fuzzPage(t, base, from, a)
		if t1, err := decodeRate(a); err == nil && t1.left() < 0 {
			t.Errorf("a budget of %d", t1.left())
		}
		var bulk bulkAnswer[wireExport]
		if json.Unmarshal(body, &bulk) == nil {
			results, err := matchExports(oneExport, bulk.Items)
			if err == nil && (results[0].Export == nil) == (results[0].Err == nil) {
				t.Errorf("result %+v", results[0])
			}
		}
		var v wireVolume
		if json.Unmarshal(body, &v) == nil {
			v.volume()
		}
		var l ledger
		l.take(time.Unix(1e9, 0))
		l.answered(readHeaders(a), time.Unix(1e9, 0), time.Unix(1e9, 0))
		if d, _ := l.wait(time.Unix(1e9, 0)); d < 0 {
			t.Errorf("a wait of %v", d)
		}
		if code >= 400 && refusal(a) == nil {
			t.Error("an error status and no error")
		}
	})
}

func fuzzPage(t *testing.T, base, from *url.URL, a *answer) {
	t.Helper()
	p, err := decodePage[wireFile](base, from, a)
	if err != nil {
		return
	}
	if p.next != nil && (p.next.Host != base.Host || p.next.Scheme != base.Scheme || !strings.HasPrefix(p.next.Path, base.Path+"/")) {
		t.Errorf("the next page is at %s", p.next)
	}
	for i := range p.items {
		file := p.items[i].file()
		if file.Size < 0 {
			t.Errorf("a size of %d", file.Size)
		}
		for key, values := range file.Metadata {
			if len(values) == 0 {
				t.Errorf("metadata %q without a value", key)
			}
		}
	}
}
