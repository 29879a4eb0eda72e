package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/platform"
)

// lister is a server of one listing with habits of its own.
type lister struct {
	ids      []string
	hidden   []string // of ids: they count, and are not shown
	cap      int      // largest page
	noTotal  bool     // no X-Total-Matching-Query
	total    int      // told in its place; 0 for the truth
	noLinks  bool     // "links" stays empty
	relative bool     // links have no host
	bare     bool     // links keep neither "fields" nor "limit"
	rel      string   // "next"
	tokens   bool     // links carry a token and no offset
	latency  time.Duration
	flying   atomic.Int32
	most     atomic.Int32
}

func (l *lister) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if n := l.flying.Add(1); n > l.most.Load() {
		l.most.Store(n)
	}
	time.Sleep(l.latency)
	defer l.flying.Add(-1)
	q := r.URL.Query()
	if q.Get("fields") != "_all" {
		refuse(w, 400, 90000, "fields missing")
		return
	}
	limit, _ := strconv.Atoi(q.Get("limit"))
	if limit < 1 || limit > 100 {
		refuse(w, 400, 90000, "limit out of range")
		return
	}
	if l.cap > 0 {
		limit = min(limit, l.cap)
	}
	at, _ := strconv.Atoi(q.Get("offset") + q.Get("token"))
	at = min(at, len(l.ids))
	end := min(at+limit, len(l.ids))
	var items []string
	for _, id := range l.ids[at:end] {
		if slices.Contains(l.hidden, id) {
			continue
		}
		items = append(items, fmt.Sprintf(`{"id":%q,"name":"n","type":"FILE"}`, id))
	}
	if !l.noTotal {
		total := len(l.ids)
		if l.total > 0 {
			total = l.total
		}
		w.Header().Set("x-total-matching-query", strconv.Itoa(total))
	}
	links := "[]"
	if end < len(l.ids) && !l.noLinks {
		q.Set("offset", strconv.Itoa(end))
		if l.tokens {
			q.Del("offset")
			q.Set("token", strconv.Itoa(end))
		}
		if l.bare {
			q.Del("limit")
			q.Del("fields")
		}
		host := "https://API.example.org:443"
		if l.relative {
			host = ""
		}
		links = fmt.Sprintf(`[{"rel":"prev","href":"x"},{"href":"%s%s?%s","rel":%q,"method":"GET"}]`, host, r.URL.Path, q.Encode(), l.rel)
	}
	reply(w, 200, fmt.Sprintf(`{"href":"x","items":[%s],"links":%s}`, strings.Join(items, ","), links))
}

// hexIDs are n IDs like the platform's.
func hexIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%024x", i)
	}
	return ids
}

// listed reads a listing and returns the IDs that came, sorted.
func listed(t *testing.T, c *Client, folder string) ([]string, error) {
	t.Helper()
	var ids []string
	var busy atomic.Bool
	err := c.Folder(background(t), "me/proj", folder, func(files []platform.File) error {
		if !busy.CompareAndSwap(false, true) {
			t.Error("yield was called twice at once")
		}
		time.Sleep(time.Millisecond)
		for i := range files {
			ids = append(ids, files[i].ID)
		}
		busy.Store(false)
		return nil
	})
	slices.Sort(ids)
	return ids, err
}

func TestWalk(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		lister   *lister
		requests int64
		parallel bool
	}{
		{"empty", &lister{}, 1, false},
		{"one page", &lister{ids: hexIDs(100)}, 1, false},
		{"several pages", &lister{ids: hexIDs(1234)}, 13, true},
		{"a page cap", &lister{ids: hexIDs(1234), cap: 30}, 42, true},
		{"a page cap and bare links", &lister{ids: hexIDs(1234), cap: 30, bare: true}, 42, true},
		{"no total", &lister{ids: hexIDs(1234), noTotal: true}, 13, false},
		{"no total, full pages", &lister{ids: hexIDs(300), noTotal: true}, 3, false},
		{"no total and bare links", &lister{ids: hexIDs(1234), noTotal: true, bare: true}, 13, false},
		{"no links", &lister{ids: hexIDs(1234), noLinks: true}, 13, true},
		{"no links and a page cap", &lister{ids: hexIDs(333), noLinks: true, cap: 50}, 7, true},
		{"relative links", &lister{ids: hexIDs(250), relative: true}, 3, true},
		{"tokens", &lister{ids: hexIDs(1234), tokens: true}, 13, false},
		{"tokens without a total", &lister{ids: hexIDs(1234), tokens: true, noTotal: true}, 13, false},
		{"total too small", &lister{ids: hexIDs(1234), total: 1000}, 13, true},
		{"total smaller than the first page", &lister{ids: hexIDs(1234), total: 7}, 13, false},
		{"odd IDs", &lister{ids: []string{"A", "a", "é", strings.Repeat("F", 24), strings.Repeat("f", 24), "f1"}}, 1, false},
		{"repeated IDs", &lister{ids: append(hexIDs(250), hexIDs(120)...), total: 250}, 4, true},
		{"neither total nor links", &lister{ids: hexIDs(234), noTotal: true, noLinks: true}, 3, false},
		{"neither total nor links, full pages", &lister{ids: hexIDs(200), noTotal: true, noLinks: true}, 3, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tt.lister.latency = 100 * time.Millisecond
				for _, tt.lister.rel = range []string{"next", "NEXT"} {
					c := newClient(t, tt.lister, nil)
					got, err := listed(t, c, "")
					if err != nil {
						t.Fatal(err)
					}
					want := slices.Compact(slices.Sorted(slices.Values(tt.lister.ids)))
					if !slices.Equal(got, want) {
						t.Errorf("%d items, want %d", len(got), len(want))
					}
					if n := c.Requests(); n > tt.requests {
						t.Errorf("%d requests, want %d", n, tt.requests)
					}
					if (tt.lister.most.Load() > 1) != tt.parallel {
						t.Errorf("%d pages at once", tt.lister.most.Load())
					}
				}
			})
		})
	}
}

// TestWalkQueries has what is sent for each kind of listing.
func TestWalkQueries(t *testing.T) {
	t.Parallel()
	s := serveFunc(func(_ int, w http.ResponseWriter, _ *http.Request) { reply(w, 200, `{"items":[],"links":null}`) })
	c := newClient(t, s, nil)
	if _, err := listed(t, c, ""); err != nil {
		t.Error(err)
	}
	if _, err := listed(t, c, "f/1 &"); err != nil {
		t.Error(err)
	}
	if err := c.Objects(t.Context(), "me/my vol", "a b+c/", func([]platform.Object) error { return nil }); err != nil {
		t.Error(err)
	}
	if _, err := c.OpenJobs(t.Context(), "me/v"); err != nil {
		t.Error(err)
	}
	want := []string{
		"GET /v2/files?fields=_all&limit=100&project=me%2Fproj",
		"GET /v2/files?fields=_all&limit=100&parent=f%2F1%20%26",
		"GET /v2/storage/volumes/me/my%20vol/list?fields=_all&limit=100&prefix=a%20b%2Bc%2F",
		"GET /v2/storage/exports?fields=_all&limit=100&state=PENDING&state=RUNNING&volume=me%2Fv",
	}
	if !slices.Equal(s.requests, want) {
		t.Errorf("requests %q\nwant %q", s.requests, want)
	}
	for i, h := range s.headers {
		if got, want := h.Get("X-SBG-Advance-Access") == "advance", i > 1; got != want {
			t.Errorf("%s: advance access %t", s.requests[i], got)
		}
	}
}

// TestWalkHostile has servers that want to keep a client busy for ever, or to
// send its token elsewhere.
func TestWalkHostile(t *testing.T) {
	t.Parallel()
	link := func(href string) string { return fmt.Sprintf(`"links":[{"rel":"next","href":%q}]`, href) }
	item := func(n int) string { return fmt.Sprintf(`"items":[{"id":"i%d","name":"n","type":"file"}]`, n) }
	base := endpoint + "/files"
	tests := []struct {
		name    string
		total   string
		serve   func(n int) string
		problem string
		most    int // requests
	}{
		{"outside the API", "", func(int) string { return "{" + item(1) + "," + link("https://api.example.org/login") + "}" }, "leads away", 1},
		{"upwards", "", func(int) string {
			return "{" + item(1) + "," + link("https://api.example.org/v2/x/%2e%2e/%2e%2e/login") + "}"
		}, "leads away", 1},
		{"no address", "", func(int) string { return "{" + item(1) + "," + link("mailto:x@example.com") + "}" }, "leads away", 1},
		{"malformed", "", func(int) string { return "{" + item(1) + "," + link("https://api.example.org/v2/%zz") + "}" }, "malformed", 1},
		{"a circle", "", func(n int) string { return "{" + item(n) + "," + link(base+"?token="+fmt.Sprint(n%3)) + "}" }, "circle", 6},
		{"backwards", "", func(n int) string { return "{" + item(n) + "," + link(base+"?offset="+fmt.Sprint(max(0, 3-n))) + "}" }, "circle", 6},
		{"nothing new", "", func(n int) string { return "{" + item(1) + "," + link(base+"?token="+fmt.Sprint(n)) + "}" }, "nothing new", maxBarren + 5},
		{"empty pages", "", func(n int) string { return `{"items":[],` + link(base+"?token="+fmt.Sprint(n)) + "}" }, "nothing new", maxBarren + 5},
		{"far more than the total", "5", func(n int) string { return "{" + item(n) + "," + link(base+"?token="+fmt.Sprint(n)) + "}" }, "far more items", 1200},
		{"an absurd total", "999999999999", func(n int) string {
			if n > 0 {
				return `{"items":[]}`
			}
			return "{" + item(1) + "," + link(base+"?offset=100") + "}"
		}, "announces 10000000 items and shows 1 of them, also when it is read again", 10},
		{"no items at all", "", func(int) string { return `{"href":"x"}` }, "has no items", 2},
		{"null items on a later page, and no total", "", func(n int) string {
			if n == 0 {
				return "{" + item(1) + "," + link(base+"?offset=100") + "}"
			}
			return `{"items":null}`
		}, "has no items", 3},
		{"null items and a total of none", "0", func(int) string { return `{"items":null}` }, "", 1},
		{"null items and a total", "250", func(int) string { return `{"items":null}` }, "announces 250 items and shows 0", 2},
		{"no items and a total", "250", func(int) string { return `{"items":[],"links":[]}` }, "announces 250 items and shows 0", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveFunc(func(n int, w http.ResponseWriter, r *http.Request) {
					if r.URL.Host != "api.example.org" {
						t.Errorf("the token went to %s", r.URL.Host)
					}
					if tt.total != "" {
						w.Header().Set("X-Total-Matching-Query", tt.total)
					}
					reply(w, 200, tt.serve(n))
				})
				_, err := listed(t, newClient(t, s, nil), "")
				if (err == nil) != (tt.problem == "") || err != nil && !strings.Contains(err.Error(), tt.problem) {
					t.Errorf("error %v, want %q", err, tt.problem)
				}
				if err != nil && !strings.HasPrefix(err.Error(), `listing project "me/proj": `) {
					t.Errorf("error %q does not say what was attempted", err)
				}
				if n := s.count(); n > tt.most {
					t.Errorf("%d requests", n)
				}
			})
		})
	}
}

// TestNextLink has where the next page is asked for: at our own endpoint always,
// with the link's query, and with what was asked for where the link omits it.
func TestNextLink(t *testing.T) {
	t.Parallel()
	const from = "/files?fields=_all&limit=100&parent=d"
	tests := []struct{ base, href, want string }{
		{endpoint, "?offset=100", from},
		{endpoint, "?cursor=x", "/files?cursor=x&fields=_all&limit=100&parent=d"},
		{endpoint, "https://evil.example.com/v2/files?offset=100", from},
		{endpoint, "http://a:b@127.0.0.1:8080/v2/files?offset=100", from},
		{endpoint, "//API.example.org:8443/v2/files?offset=100", from},
		{endpoint, "/v2/files?offset=100&limit=50&parent=d&fields=x&a=b%20c+d", "/files?a=b%20c+d&fields=x&limit=50&parent=d"},
		{"https://proxy.example.org/sb/v2", "https://api.example.com/v2/files?offset=100", from},
		{"https://proxy.example.org/sb/v2", "https://proxy.example.org/sb/v2/files?offset=100", from},
		{endpoint, "https://proxy.example.org/sb/v2/files?offset=100", from},
		{endpoint, "https://api.example.com/v2/files/x%2Fy/list?offset=100", "/files/x%2Fy/list?fields=_all&limit=100&parent=d"},
	}
	for _, tt := range tests {
		base, err := url.Parse(tt.base)
		if err != nil {
			t.Fatal(err)
		}
		at, err := url.Parse(tt.base + from + "&offset=0&token=t")
		if err != nil {
			t.Fatal(err)
		}
		got, err := nextURL(base, at, tt.href)
		if err != nil {
			t.Errorf("%s: %v", tt.href, err)
			continue
		}
		params := strings.Split(got.RawQuery, "&")
		slices.Sort(params)
		params = slices.DeleteFunc(params, func(p string) bool { return p == "offset=100" })
		if path := strings.TrimSuffix(got.String(), got.RawQuery); path+strings.Join(params, "&") != tt.base+tt.want {
			t.Errorf("%s: %s, want %s", tt.href, got, tt.base+tt.want)
		}
	}
}

// TestShortListing has listings that are shorter than announced at first.
func TestShortListing(t *testing.T) {
	t.Parallel()
	ids := hexIDs(250)
	list := func(n, from, to int) *lister { return &lister{ids: ids[:n], hidden: ids[from:to], rel: "next"} }
	whole := list(250, 0, 0)
	cutAt := func(offset string, to int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			l := list(250, 0, 0)
			if r.URL.Query().Get("offset") == offset {
				l.ids, l.total = ids[:to], len(ids)
			}
			l.ServeHTTP(w, r)
		}
	}
	tests := []struct {
		name          string
		first, second http.Handler
		readings      int
		want          int // -1 for an error
	}{
		{"first page empty, then whole", list(250, 0, 100), whole, 2, 250},
		{"first page cut, then whole", list(250, 60, 100), whole, 2, 250},
		{"middle page cut, then whole", list(250, 150, 199), whole, 2, 250},
		{"last page empty, then whole", list(250, 200, 250), whole, 2, 250},
		{"another page cut each time", list(250, 100, 160), list(250, 200, 210), 2, 250},
		{"cut twice", list(250, 210, 211), list(250, 210, 211), 2, -1},
		{"empty twice", list(250, 0, 250), list(250, 0, 250), 2, -1},
		{"the total shrinks", list(250, 240, 250), list(240, 0, 0), 2, 240},
		{"the total shrinks by less", list(250, 220, 250), list(240, 220, 240), 2, -1},
		{"the total shrinks on a cut page only", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			l := list(250, 0, 0)
			if r.URL.Query().Get("offset") == "200" {
				l = list(210, 0, 0)
			}
			l.ServeHTTP(w, r)
		}), whole, 2, 250},
		{"a page breaks off without a link", cutAt("100", 130), nil, 1, 250},
		{"the first page breaks off without a link", cutAt("", 30), nil, 1, 250},
		{"the last page breaks off without a link", cutAt("200", 249), nil, 1, 250},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				readings := 0
				s := serveFunc(func(_ int, w http.ResponseWriter, r *http.Request) {
					if r.URL.Query().Get("offset") == "" {
						readings++
					}
					if readings == 1 {
						tt.first.ServeHTTP(w, r)
					} else {
						tt.second.ServeHTTP(w, r)
					}
				})
				got, err := listed(t, newClient(t, s, nil), "")
				if (err != nil) != (tt.want < 0) || err == nil && len(got) != tt.want || readings != tt.readings {
					t.Errorf("%d items, %v after %d readings", len(got), err, readings)
				}
			})
		})
	}
}

// TestWalkFailure ends a listing in the middle.
func TestWalkFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &lister{ids: hexIDs(1000), rel: "next"}
		s := serveFunc(func(n int, w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("offset") == "500" {
				refuse(w, 403, 3001, "no")
				return
			}
			l.ServeHTTP(w, r)
		})
		if _, err := listed(t, newClient(t, s, nil), ""); err == nil || strings.Count(err.Error(), "listing project") != 1 {
			t.Errorf("error %v", err)
		}
		stop := fmt.Errorf("enough")
		if err := newClient(t, l, nil).Folder(t.Context(), "a/b", "", func([]platform.File) error { return stop }); err != stop { //nolint:errorlint // it is passed on as it is
			t.Errorf("error %v", err)
		}
	})
}
