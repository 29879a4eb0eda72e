package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/platform"
)

// exports are n requests for different files.
func exports(n int) []platform.ExportRequest {
	out := make([]platform.ExportRequest, n)
	for i := range out {
		out[i] = platform.ExportRequest{File: fmt.Sprintf("f%d", i), Volume: "me/v", Location: fmt.Sprintf("d/%d.txt", i)}
	}
	return out
}

// started and declined are items of the answer to a submission.
func started(id, file, volume, location string) string {
	return fmt.Sprintf(`{"error":null,"resource":{"id":%q,"state":"pending","source":{"file":%q},"destination":{"volume":%q,"location":%q}}}`,
		id, file, volume, location)
}

func declined(code int) string {
	return fmt.Sprintf(`{"resource":null,"error":{"status":403,"code":%d,"message":"no"}}`, code)
}

// given is a result in short: the job's ID, or the error's code, with a question
// mark when it may be another's.
func given(r platform.ExportResult) string {
	switch {
	case r.Export != nil && r.Err != nil:
		return "both"
	case r.Export != nil:
		return r.Export.ID
	case r.Err == nil:
		return "neither"
	case r.Ambiguous:
		return fmt.Sprint(r.Err.Code, "?")
	}
	return fmt.Sprint(r.Err.Code)
}

func TestSubmitMatching(t *testing.T) {
	t.Parallel()
	six := exports(6)
	ok := func(i int) string { return started(fmt.Sprint("j", i), six[i].File, "me/v", six[i].Location) }
	twice := []platform.ExportRequest{
		{File: "f", Volume: "me/v", Location: "a.txt"},
		{File: "f", Volume: "me/v", Location: "x/a.txt"},
		{File: "f", Volume: "me/w", Location: "a.txt"},
	}
	tests := []struct {
		name     string
		requests []platform.ExportRequest
		items    []string
		want     []string // nil when the outcome is unknown
	}{
		{"all started", six[:2], []string{ok(0), ok(1)}, []string{"j0", "j1"}},
		{"shuffled", six[:3], []string{ok(2), ok(0), ok(1)}, []string{"j0", "j1", "j2"}},
		{"full keys", six[:2], []string{started("j1", "f1", "me/v", "prefix/d/1.txt"), started("j0", "f0", "me/v", "/d/0.txt")}, []string{"j0", "j1"}},
		{"one refused", six[:2], []string{ok(0), declined(9006)}, []string{"j0", "9006"}},
		{"one refused, shuffled", six[:2], []string{declined(9006), ok(0)}, []string{"j0", "9006"}},
		{"in order, or so by accident", six[:3], []string{ok(0), declined(9006), declined(9107)}, []string{"j0", "9006?", "9107?"}},
		{"all refused alike", six[:3], []string{declined(9006), declined(9006), declined(9006)}, []string{"9006", "9006", "9006"}},
		{"all refused differently", six[:2], []string{declined(9006), declined(9107)}, []string{"9006?", "9107?"}},
		{"all refused differently, one in passing", six[:2], []string{declined(9006), declined(9000)}, []string{"9000?", "9000?"}},
		{"in order", six, []string{ok(0), ok(1), ok(2), ok(3), ok(4), declined(9107)}, []string{"j0", "j1", "j2", "j3", "j4", "9107"}},
		{"out of order, refused differently", six[:4], []string{ok(3), declined(9006), declined(9107), ok(0)}, []string{"j0", "9006?", "9107?", "j3"}},
		{"out of order, refused alike", six[:4], []string{ok(3), declined(9006), declined(9006), ok(0)}, []string{"j0", "9006", "9006", "j3"}},
		{"a stranger", six[:2], []string{ok(0), started("x", "other", "me/v", "y"), ok(1)}, []string{"j0", "j1"}},
		{"twice the same", six[:2], []string{ok(0), ok(0), ok(1)}, []string{"j0", "j1"}},
		{"one file to several places", twice, []string{
			started("w", "f", "me/w", "a.txt"), started("xa", "f", "me/v", "x/a.txt"), started("a", "f", "me/v", "a.txt"),
		}, []string{"a", "xa", "w"}},
		{"one file to several places, told as no place of them", twice[:2], []string{
			started("xa", "f", "me/v", "p/x/a.txt"), started("a", "f", "me/v", "a.txt"),
		}, nil},
		{"a job that does not say what it exports", six[:1], []string{`{"resource":{"id":"j"}}`}, nil},
		{"one answer short", six[:2], []string{ok(0)}, nil},
		{"one lost, another refused", six[:3], []string{ok(0), declined(9006)}, nil},
		{"a refusal lost", six[:3], []string{declined(9006), declined(9006)}, nil},
		{"a refusal doubled", six[:3], []string{ok(0), declined(9006), declined(9006), ok(1)}, nil},
		{"a job doubled, another refused", six[:3], []string{ok(0), ok(0), declined(9006)}, nil},
		{"a job doubled, another lost", six[:2], []string{ok(0), ok(0)}, nil},
		{"a stranger and a refusal", six[:2], []string{started("x", "other", "me/v", "y"), declined(9006)}, nil},
		{"a stranger beside a refusal", six[:2], []string{ok(0), started("x", "other", "me/v", "y"), declined(9006)}, nil},
		{"in order, one lost", six, []string{ok(0), ok(1), ok(2), ok(3), ok(4), declined(9107)}[1:], nil},
		{"one job for two", six[:2], []string{started("j", "f0", "me/v", "d/0.txt"), started("j", "f1", "me/v", "d/1.txt")}, nil},
		{"a job on another volume", six[:1], []string{started("j", "f0", "me/w", "d/0.txt")}, nil},
		{"a job to another location", six[:1], []string{started("j", "f0", "me/v", "d/x.txt")}, nil},
		{"a job without a destination", six[:2], []string{ok(1), `{"resource":{"id":"j","source":{"file":"f0"}}}`}, []string{"j", "j1"}},
		{"none", six[:1], nil, nil},
		{"neither", six[:2], []string{ok(0), `{"resource":null,"error":null}`}, nil},
		{"null item", six[:2], []string{ok(0), `null`}, nil},
		{"empty objects", six[:2], []string{ok(0), `{"resource":{},"error":{}}`}, nil},
		{"a job without an ID", six[:1], []string{`{"resource":{"state":"PENDING","source":{"file":"f0"}}}`}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serveFunc(func(_ int, w http.ResponseWriter, _ *http.Request) {
				reply(w, 200, `{"items":[`+strings.Join(tt.items, ",")+`]}`)
			})
			results, err := newClient(t, s, nil).Submit(t.Context(), t.Context(), false, tt.requests)
			if tt.want == nil {
				if !errors.Is(err, platform.ErrOutcomeUnknown) || s.count() != 1 {
					t.Errorf("%v, %v after %d requests", results, err, s.count())
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := make([]string, len(results))
			for i, r := range results {
				got[i] = given(r)
				if e := r.Export; e != nil && (e.File != tt.requests[i].File || e.Volume != tt.requests[i].Volume || e.Location != tt.requests[i].Location || e.State != platform.Pending) {
					t.Errorf("job %+v answers %+v", *e, tt.requests[i])
				}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestSubmitBody has what is sent, byte for byte.
func TestSubmitBody(t *testing.T) {
	t.Parallel()
	s := serveFunc(func(_ int, w http.ResponseWriter, _ *http.Request) { reply(w, 201, oneStarted) })
	c := newClient(t, s, func(o *Options) { o.UserAgent = "sbexport/1" })
	kms := "aws:kms"
	one := platform.ExportRequest{
		File: "f1", Volume: "me/v", Location: "a.txt", Overwrite: true,
		Properties: platform.Properties{"sse_algorithm": &kms, "aws_canned_acl": nil},
	}
	for _, copyOnly := range []bool{false, true} {
		if _, err := c.Submit(t.Context(), t.Context(), copyOnly, []platform.ExportRequest{one}); err != nil {
			t.Fatal(err)
		}
	}
	one.Overwrite, one.Properties = false, nil
	if _, err := c.Submit(t.Context(), t.Context(), false, []platform.ExportRequest{one}); err != nil {
		t.Fatal(err)
	}
	const plain = `{"items":[{"source":{"file":"f1"},"destination":{"volume":"me/v","location":"a.txt"},"overwrite":false,"properties":{}}]}`
	const full = `{"items":[{"source":{"file":"f1"},"destination":{"volume":"me/v","location":"a.txt"},"overwrite":true,` +
		`"properties":{"aws_canned_acl":null,"sse_algorithm":"aws:kms"}}]}`
	if d := cmp.Diff([]string{full, full, plain}, s.bodies); d != "" {
		t.Error(d)
	}
	const path = "POST /v2/bulk/storage/exports/create"
	if d := cmp.Diff([]string{path, path + "?copy_only=true", path}, s.requests); d != "" {
		t.Error(d)
	}
	want := http.Header{
		"Accept": {"application/json"}, "Content-Type": {"application/json"}, "User-Agent": {"sbexport/1"},
		"X-Sbg-Advance-Access": {"advance"}, "X-Sbg-Auth-Token": {secret},
	}
	if d := cmp.Diff(want, s.headers[0]); d != "" {
		t.Error(d)
	}
}

func TestSubmitRefusesBeforeSending(t *testing.T) {
	t.Parallel()
	s := serveFunc(func(_ int, w http.ResponseWriter, _ *http.Request) { reply(w, 200, oneStarted) })
	c := newClient(t, s, nil)
	if results, err := c.Submit(t.Context(), t.Context(), false, nil); len(results) != 0 || err != nil {
		t.Errorf("nothing: %v, %v", results, err)
	}
	bad := [][]platform.ExportRequest{
		exports(101),
		{{File: "f", Volume: "me/v"}},
		{{File: "f", Location: "x"}},
		{{Volume: "me/v", Location: "x"}},
	}
	for _, items := range bad {
		if _, err := c.Submit(t.Context(), t.Context(), false, items); err == nil || errors.Is(err, platform.ErrOutcomeUnknown) {
			t.Errorf("%d items: %v", len(items), err)
		}
	}
	if n := s.count(); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// bulkServer answers bulk reads of files and jobs, and single reads of both.
// What an ID begins with says what becomes of it.
type bulkServer struct {
	field   string
	lazy    bool // leaves out every second item
	shuffle bool
	strict  bool // refuses a whole call for one ID that begins with "bad"
	lone    int  // single reads
	calls   int
}

func (s *bulkServer) item(id string) (int, string) {
	switch {
	case strings.HasPrefix(id, "none"):
		return 404, `{"status":404,"code":5002,"message":"Requested file does not exist."}`
	case strings.HasPrefix(id, "other"):
		return 403, `{"status":403,"code":5001,"message":"Not yours."}`
	case strings.HasPrefix(id, "bad"):
		return 400, `{"status":400,"code":90000,"message":"malformed"}`
	}
	return 200, fmt.Sprintf(`{"id":%q,"name":"n","type":"file","state":"Completed","source":{"file":"x"}}`, id)
}

func (s *bulkServer) serve(_ int, w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		s.lone++
		code, body := s.item(r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:])
		reply(w, code, body)
		return
	}
	s.calls++
	var body map[string][]string
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || len(body) != 1 || len(body[s.field]) == 0 || len(body[s.field]) > 100 {
		refuse(w, 400, 90000, "bad body")
		return
	}
	var items []string
	for i, id := range body[s.field] {
		code, item := s.item(id)
		switch {
		case s.strict && code == 400:
			refuse(w, 400, 90000, "malformed")
			return
		case s.lazy && i%2 == 1:
		case code == 200:
			items = append(items, `{"resource":`+item+`,"error":null}`)
		default:
			items = append(items, `{"error":`+item+`}`)
		}
	}
	if s.shuffle {
		rand.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	}
	reply(w, 200, `{"items":[`+strings.Join(items, ",")+`]}`)
}

func TestBulkReads(t *testing.T) {
	t.Parallel()
	many := make([]string, 250)
	for i := range many {
		many[i] = fmt.Sprint("id", i)
	}
	mixed := append(slices.Clone(many[:20]), "none1", "other1", "none2", "other2", "", "id3", "none1")
	tests := []struct {
		name   string
		server bulkServer
		ids    []string
		calls  int
		lone   int
	}{
		{"nothing", bulkServer{}, nil, 0, 0},
		{"many", bulkServer{}, many, 3, 0},
		{"many, shuffled", bulkServer{shuffle: true}, many, 3, 0},
		{"mixed", bulkServer{}, mixed, 1, 0},
		{"mixed, shuffled", bulkServer{shuffle: true}, mixed, 2, 4},
		{"all refused, differently", bulkServer{}, []string{"none1", "other1"}, 1, 2},
		{"answers left out", bulkServer{lazy: true}, many[:5], 3, 0},
		{"one bad ID", bulkServer{strict: true}, append([]string{"bad1"}, many[:99]...), 15, 0},
		{"only a bad ID", bulkServer{strict: true}, []string{"bad1"}, 1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, tt.server.field = range []string{"file_ids", "export_ids"} {
				server := tt.server
				mu := make(chan struct{}, 1) // the counters are not made for concurrency
				s := serveFunc(func(n int, w http.ResponseWriter, r *http.Request) {
					mu <- struct{}{}
					server.serve(n, w, r)
					<-mu
				})
				got, err := bulkRead1(t, newClient(t, s, nil), server.field, tt.ids)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(wantBulk(server.field, tt.ids), got); d != "" {
					t.Error(d)
				}
				if server.calls > tt.calls || server.lone > tt.lone {
					t.Errorf("%d bulk calls and %d single ones, want %d and %d", server.calls, server.lone, tt.calls, tt.lone)
				}
			}
		})
	}
}

// bulkRead1 reads files or jobs and tells of each its ID or the error's code.
func bulkRead1(t *testing.T, c *Client, field string, ids []string) ([]string, error) {
	t.Helper()
	got := []string{}
	if field == "file_ids" {
		results, err := c.Files(t.Context(), ids)
		for i, r := range results {
			if r.ID != ids[i] || (r.File == nil) == (r.Err == nil) {
				t.Errorf("result %d: %+v", i, r)
			}
			if r.File != nil {
				got = append(got, r.File.ID)
			} else {
				got = append(got, fmt.Sprint(r.Err.Code))
			}
		}
		return got, err
	}
	results, err := c.Jobs(t.Context(), ids)
	for _, r := range results {
		got = append(got, given(r))
		if r.Export != nil && r.Export.State != platform.Completed {
			t.Errorf("state %q", r.Export.State)
		}
	}
	return got, err
}

func wantBulk(field string, ids []string) []string {
	want := []string{}
	for _, id := range ids {
		switch {
		case id == "":
			want = append(want, map[string]string{"file_ids": "5002", "export_ids": "9008"}[field])
		case strings.HasPrefix(id, "none"):
			want = append(want, "5002")
		case strings.HasPrefix(id, "other"):
			want = append(want, "5001")
		case strings.HasPrefix(id, "bad"):
			want = append(want, "90000")
		default:
			want = append(want, id)
		}
	}
	return want
}

// TestBulkReadOddAnswers has answers with items that are lost, doubled or about
// something else: each ID gets its own answer all the same, or none.
func TestBulkReadOddAnswers(t *testing.T) {
	t.Parallel()
	file := func(id, name string) string {
		return fmt.Sprintf(`{"resource":{"id":%q,"name":%q,"type":"file"}}`, id, name)
	}
	const gone = `{"error":{"status":404,"code":5002}}`
	const denied = `{"error":{"status":403,"code":5001}}`
	a, b := file("a", "a"), file("b", "b")
	tests := []struct {
		name    string
		answers [][]string // to one bulk call after the other; the last to all that follow
		alone   int        // files that are read by themselves
		want    string     // of a, b and c, of which c does not exist
	}{
		{"plain", [][]string{{a, b, gone}}, 0, "a b 5002"},
		{"a file doubled", [][]string{{a, a, b, gone}, {gone}}, 0, "a b 5002"},
		{"a stranger", [][]string{{a, file("x", "x"), b, gone}, {gone}}, 0, "a b 5002"},
		{"an error doubled", [][]string{{a, b, gone, gone}, {gone}}, 0, "a b 5002"},
		{"a file lost", [][]string{{a, gone}, {b, gone}}, 0, "a b 5002"},
		{"an error lost", [][]string{{a, b}, {gone}}, 0, "a b 5002"},
		{"a stranger in a file's place", [][]string{{a, file("x", "x"), gone}, {gone, b}}, 0, "a b 5002"},
		{"contradictions", [][]string{{a, file("a", "x"), b, gone}, {a, gone}}, 0, "a b 5002"},
		{"a file always lost", [][]string{{a, gone}, {gone}}, 2, "a b 5002"},
		{"an error always doubled", [][]string{{a, b, gone, gone}, {gone, gone}}, 1, "a b 5002"},
		{"different errors", [][]string{{a, denied, gone}}, 2, "a b 5002"},
		{"one at a time", [][]string{{a}, {b}, {gone}}, 0, "a b 5002"},
		{"one, and then none", [][]string{{a}, {}}, 2, "a b 5002"},
		{"a flaw", [][]string{{a, file("b", " "), gone}, {b, gone}}, 0, "a b 5002"},
		{"always contradictory", [][]string{{a, file("a", "x"), b}, {a, file("a", "x")}}, 2, "a b 5002"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			calls, alone := 0, 0
			s := serveFunc(func(_ int, w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					reply(w, 200, `{"items":[`+strings.Join(tt.answers[min(calls, len(tt.answers)-1)], ",")+`]}`)
					calls++
					return
				}
				alone++
				if id := r.URL.Path[len("/v2/files/"):]; id != "c" {
					reply(w, 200, map[string]string{"id": id, "name": id, "type": "file"})
					return
				}
				refuse(w, 404, 5002, "")
			})
			got, err := bulkRead1(t, newClient(t, s, nil), "file_ids", []string{"a", "b", "c"})
			if text := fmt.Sprint(strings.Join(got, " "), err); !strings.Contains(text, tt.want) || err == nil && alone != tt.alone {
				t.Errorf("%s, %d read alone; want %q, %d", text, alone, tt.want, tt.alone)
			}
		})
	}
}

// A look at jobs finds those that a call is refused for, whatever the refusal;
// where all are refused it does not ask on and on; and one that answers leave out
// is read by itself.
func TestLooksAtOddJobs(t *testing.T) {
	t.Parallel()
	odd := func(id string) bool { return strings.HasPrefix(id, "odd") }
	for _, status := range []int{400, 403, 404, 422} {
		for _, all := range []bool{false, true} {
			s := serveFunc(func(_ int, w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					reply(w, 200, `{"id":"silent","state":"RUNNING"}`)
					return
				}
				var body map[string][]string
				if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
					t.Error(err)
				}
				if all || slices.ContainsFunc(body["export_ids"], odd) {
					refuse(w, status, 0, "no")
					return
				}
				var items []string
				for _, id := range body["export_ids"] {
					if id != "silent" {
						items = append(items, `{"resource":{"id":"`+id+`","state":"COMPLETED"}}`)
					}
				}
				reply(w, 200, `{"items":[`+strings.Join(items, ",")+`]}`)
			})
			ids := append(hexIDs(94), "odd1", "odd2", "odd3", "odd4", "odd5", "silent")
			results, err := newClient(t, s, nil).Jobs(t.Context(), ids)
			if all {
				if refused := platform.Refusal(err); refused == nil || refused.Status != status || s.count() > 15 {
					t.Errorf("%d for all: error %v after %d requests", status, err, s.count())
				}
				continue
			}
			if err != nil || s.count() > 30 {
				t.Fatalf("%d for some: error %v after %d requests", status, err, s.count())
			}
			for i, r := range results {
				if odd(ids[i]) != (r.Err != nil && r.Err.Status == status) || !odd(ids[i]) && (r.Export == nil || r.Export.ID != ids[i]) {
					t.Errorf("%d: %s is told of as %+v", status, ids[i], r)
				}
			}
		}
	}
}

// A job that cannot be read in passing hides no other.
func TestLooksPastPassingErrors(t *testing.T) {
	t.Parallel()
	c, s := answering(t, 200, `{"items":[{"resource":{"id":"fine","state":"RUNNING"}},{"error":{"status":503,"code":9000}}]}`)
	results, err := c.Jobs(t.Context(), []string{"fine", "later"})
	if err != nil || s.count() != 1 || results[0].Export == nil || !results[1].Err.Passing() {
		t.Errorf("%+v, %v after %d requests", results, err, s.count())
	}
}

// A platform that says nothing of any job is not asked for each by itself.
func TestLooksThatTellNothing(t *testing.T) {
	t.Parallel()
	s := serveFunc(func(_ int, w http.ResponseWriter, _ *http.Request) { reply(w, 200, `{"items":[]}`) })
	if _, err := newClient(t, s, nil).Jobs(t.Context(), hexIDs(100)); err == nil || s.count() != 1 {
		t.Errorf("error %v after %d requests", err, s.count())
	}
}

func TestBulkReadNeverAnswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveFunc(func(_ int, w http.ResponseWriter, _ *http.Request) {
			reply(w, 200, `{"items":[{"resource":{"id":"x","name":"n","type":"file"}},{},null]}`)
		})
		_, err := newClient(t, s, nil).Files(t.Context(), []string{"x", "y"})
		if err == nil || !strings.Contains(err.Error(), `"y"`) || s.count() != 3 {
			t.Errorf("error %v after %d requests", err, s.count())
		}
		refused := serveFunc(func(_ int, w http.ResponseWriter, _ *http.Request) { refuse(w, 401, 90001, "who") })
		_, err = newClient(t, refused, nil).Jobs(t.Context(), hexIDs(1000))
		var e *platform.Error
		if !errors.As(err, &e) || e.Code != 90001 || refused.count() > bulkAtOnce+1 {
			t.Errorf("error %v after %d requests", err, refused.count())
		}
	})
}

// What an unreadable answer has told is forgotten when the next one is read.
func TestBulkReadForgetsABrokenAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveFunc(func(n int, w http.ResponseWriter, _ *http.Request) {
			if n == 0 {
				reply(w, 200, `{"items":[{"resource":{"id":"x","name":"n","type":"folder"}},5]}`)
				return
			}
			reply(w, 200, `{}`)
		})
		if results, err := newClient(t, s, nil).Files(t.Context(), []string{"x"}); err == nil {
			t.Errorf("results %+v", results)
		}
	})
}
