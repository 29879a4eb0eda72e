package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFaults(t *testing.T) {
	const submit = "POST /bulk/storage/exports/create"
	tests := []struct {
		name, rule string
		status     int // 0 for a cut connection
		code       float64
		jobs       int // started all the same
	}{
		{"status", "{match: " + submit + ", status: 500}", 500, 90004, 0},
		{"429", "{match: " + submit + ", status: 429}", 429, 1000, 0},
		{"code", "{match: " + submit + ", status: 502, code: 9000}", 502, 9000, 0},
		{"after the commit", "{match: " + submit + ", status: 504, commit: true}", 504, 90004, 1},
		{"maintenance", "{match: POST, action: maintenance}", 503, 0, 0},
		{"cut before", "{match: " + submit + ", action: cut_before_commit}", 0, 0, 0},
		{"cut after", "{match: " + submit + ", action: cut_after_commit}", 0, 0, 1},
		{"another call", "{match: POST /bulk/*/get, status: 500}", 200, 0, 1},
		{"later", "{match: POST, nth: 2, status: 500}", 200, 0, 1},
		{"not yet", "{match: /**, after: 1s, status: 500}", 200, 0, 1},
		{"over", "{match: /**, until: 0s, probability: 0.000001, status: 500}", 200, 0, 1},
		{"second rule", "{match: GET}, {match: /bulk/**/create, status: 502}", 502, 90004, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := start(t, small+"faults: ["+test.rule+"]\n")
			method, target, _ := strings.Cut(submit, " ")
			answer, err := c.try(method, target, bulk(export(fileA, "a", false)))
			switch {
			case test.status == 0 && err == nil:
				t.Errorf("status %d, want a cut connection", answer.status)
			case test.status != 0 && (err != nil || answer.status != test.status):
				t.Errorf("%v, %v, want status %d", answer, err, test.status)
			case test.status > 200 && answer.body["code"] != test.code:
				t.Errorf("code %v, want %v", answer.body["code"], test.code)
			}
			if len(c.s.jobs) != test.jobs {
				t.Errorf("%d jobs started, want %d", len(c.s.jobs), test.jobs)
			}
		})
	}
}

func TestFaultsOfAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, small+`
	faults:
	- {match: GET /user, nth: 1, action: html}
	- {match: GET /user, nth: 1, action: truncate}
	- {match: GET /user, nth: 1, action: content_type}
	- {match: GET /user, nth: 1, action: slow, for: 7s}
		`)
		page := c.do(502, "GET", "/user", nil)
		if kind := page.header.Get("Content-Type"); !strings.HasPrefix(kind, "text/html") || !strings.Contains(page.text, "<html>") {
			t.Errorf("%s: %s", kind, page.text)
		}
		if half := c.get("/user"); json.Valid([]byte(half.text)) || !strings.HasPrefix(half.text, `{"href"`) {
			t.Errorf("half an answer: %s", half.text)
		}
		if typed := c.get("/user"); typed.header.Get("Content-Type") != "text/plain; charset=utf-8" || typed.body["username"] != "me" {
			t.Errorf("answer %v %s", typed.header, typed.text)
		}
		before := time.Now()
		c.get("/user")
		if took := time.Since(before); took != 7*time.Second {
			t.Errorf("the slow answer took %v", took)
		}
		c.get("/user")
		var actions []string
		for _, r := range c.s.Requests() {
			actions = append(actions, r.Fault)
		}
		if diff := cmp.Diff([]string{"html", "truncate", "content_type", "slow", ""}, actions); diff != "" {
			t.Error(diff)
		}
	})
}

func TestFaultTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, small+`
	faults:
	- {match: GET /user, every: 3, times: 2}
	- {match: GET /rate_limit, probability: 0.3}
	- {match: GET /projects, action: maintenance, for: 30s, after: 10s, times: 1}
		`)
		pattern := func(target string, n int) string {
			var b strings.Builder
			for range n {
				answer, err := c.try("GET", target, nil)
				if err != nil {
					t.Fatal(err)
				}
				b.WriteString(map[bool]string{true: ".", false: "x"}[answer.status == 200])
			}
			return b.String()
		}
		if got := pattern("/user", 12); got != "..x..x......" {
			t.Errorf("every third, twice: %s", got)
		}
		hits := strings.Count(pattern("/rate_limit", 300), "x")
		if hits < 60 || hits > 120 {
			t.Errorf("%d of 300 requests hit, want about 90", hits)
		}
		if got := pattern("/projects", 2); got != ".." {
			t.Errorf("before maintenance: %s", got)
		}
		wait(10 * time.Second)
		if got := pattern("/projects", 2); got != "xx" {
			t.Errorf("in maintenance: %s", got)
		}
		wait(30 * time.Second)
		if got := pattern("/projects", 2); got != ".." {
			t.Errorf("after maintenance: %s", got)
		}
	})
}

func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, small+`
	users: {other: token-2}
	behavior: {rate_limit: {limit: 3, window: 60s}}
		`)
		for left := 2; left >= 0; left-- {
			if got := c.get("/user").header.Get("X-RateLimit-Remaining"); got != strconv.Itoa(left) {
				t.Errorf("remaining %s, want %d", got, left)
			}
			wait(time.Second)
		}
		end := time.Date(2000, 1, 1, 0, 1, 0, 0, time.UTC).Unix()
		over := c.do(429, "GET", "/user", nil)
		if over.body["code"] != 1000.0 || over.header.Get("X-RateLimit-Remaining") != "0" ||
			over.header.Get("X-RateLimit-Reset") != strconv.FormatInt(end, 10) {
			t.Errorf("%v %s", over.header, over.text)
		}
		equalJSON(t, any(c.get("/rate_limit").body), `{"rate":{"limit":3,"remaining":0,"reset":`+strconv.FormatInt(end, 10)+`},
			"instance_limit":{"limit":25,"remaining":25}}`)
		(&client{t: t, s: c.s, token: "token-2"}).get("/user") // has a budget of their own
		wait(56*time.Second + 999*time.Millisecond)
		c.do(429, "GET", "/user", nil)
		wait(time.Millisecond)
		c.get("/user")
		if n := c.s.Counters()["requests over the limit"]; n != 2 {
			t.Errorf("%d requests over the limit", n)
		}
	})
}

func TestRateLimitHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, small+"behavior: {rate_limit: {headers: false}}\n")
		if h := c.get("/user").header; h.Get("X-RateLimit-Limit")+h.Get("X-RateLimit-Reset") != "" {
			t.Errorf("headers %v", h)
		}
		c = start(t, small+"behavior: {rate_limit: {clock_skew: -10m}}\n")
		want := time.Now().Add(-5 * time.Minute).Unix()
		if got := c.get("/user").header.Get("X-RateLimit-Reset"); got != strconv.FormatInt(want, 10) {
			t.Errorf("reset %s, want %d", got, want)
		}
		c = start(t, small+"behavior: {rate_limit: {limit: 0}}\n")
		for range 2000 {
			c.get("/user")
		}
	})
}

func TestLatencyEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, small+"behavior: {latency: {min: 10s, max: 20s}}\n")
		before := time.Now()
		c.get("/user")
		if took := time.Since(before); took < 10*time.Second || took > 20*time.Second {
			t.Errorf("took %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, "GET", host+"/user", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := (&http.Client{Transport: c.s.Transport()}).Do(r)
		if err == nil {
			response.Body.Close()
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, %v", response, err)
		}
	})
}

// Over a real connection, a cut is a cut.
func TestServeHTTP(t *testing.T) {
	c := start(t, small+`
	faults: [{match: POST /storage/exports, action: cut_after_commit, times: 1}]
	behavior: {jobs: {pending: 0s, duration: 0s}}
	`)
	server := httptest.NewUnstartedServer(c.s)
	server.Config.ErrorLog = nil
	server.Start()
	defer server.Close()
	do := func(method, path, body string) (*http.Response, error) {
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer simulator")
		r.Header.Set("Content-Type", "application/json")
		return server.Client().Do(r)
	}
	body := `{"source":{"file":"` + fileA + `"},"destination":{"volume":"me/vol","location":"a"}}`
	if response, err := do("POST", "/v2/storage/exports", body); err == nil {
		response.Body.Close()
		t.Errorf("status %s, want a cut connection", response.Status)
	}
	response, err := do("GET", "/v2/storage/exports", "")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var list struct {
		Href  string
		Items []struct{ Href, State string }
	}
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	if len(list.Items) != 1 || list.Items[0].State != "COMPLETED" || !strings.HasPrefix(list.Items[0].Href, server.URL+"/v2/") {
		t.Errorf("jobs %+v", list)
	}
}

func TestObserver(t *testing.T) {
	var seen []string
	c := start(t, small, WithObserver(func(r Request) {
		seen = append(seen, r.Method+" "+r.Path+" "+strconv.Itoa(r.Status)+" "+strconv.Itoa(r.Items)+" "+r.User+" "+r.Query.Encode())
	}))
	c.get("/files?project=me/proj")
	c.do(200, "POST", "/bulk/files/get", map[string]any{"file_ids": []string{fileA, fileB}})
	c.do(404, "GET", "/nope", nil)
	want := []string{
		"GET /files 200 0 me project=me%2Fproj", "POST /bulk/files/get 200 2 me ", "GET /nope 404 0 me ",
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
	if n := c.s.Counters()["requests"]; n != 3 || len(c.s.Requests()) != 3 {
		t.Errorf("%d requests counted, %d kept", n, len(c.s.Requests()))
	}
}
