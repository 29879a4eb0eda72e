package api_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/api"
	"sbexport/internal/platform"
	"sbexport/internal/simulator"
)

// mixed is one call of items, good and bad, and the code that each is to get.
func mixed(s *simulator.Server) (items []platform.ExportRequest, codes []int) {
	files := truth(s)
	add := func(path, volume string, code int) {
		id := files[path].ID
		if id == "" {
			id = "0123456789abcdef01234567"
		}
		items = append(items, platform.ExportRequest{File: id, Volume: volume, Location: fmt.Sprintf("out/%d/%s", len(items), path)})
		codes = append(codes, code)
	}
	for i := range 60 {
		add(fmt.Sprintf("batch-2/reads_%04d.fastq.gz", 1+i), []string{good, bare, flat}[i%3], 0)
	}
	for i := range 5 {
		add(fmt.Sprintf("batch-1/public-%d.bam", i), good, 9006)
		add(fmt.Sprintf("batch-1/archived-%d.bam", i), good, 9006)
		add(fmt.Sprintf("batch-3/reads_%04d.fastq.gz", 1+i), readOnly, 9026)
	}
	add("not there", good, 9009)
	return items, codes
}

// accepted are the items that the platform takes.
func accepted(items []platform.ExportRequest, codes []int) (all []platform.ExportRequest) {
	for i, code := range codes {
		if code == 0 {
			all = append(all, items[i])
		}
	}
	return all
}

// Each item gets its own outcome, wherever in the answer that stands; one whose
// refusal might be another's says so.
func TestClientSubmitsAMixedCall(t *testing.T) {
	platforms(t, func(t *testing.T, quirks []string) {
		t.Helper()
		s := start(t, quirks, usual())
		items, codes := mixed(s)
		rand.New(rand.NewPCG(1, uint64(len(quirks)))).Shuffle(len(items), func(i, j int) {
			items[i], items[j] = items[j], items[i]
			codes[i], codes[j] = codes[j], codes[i]
		})
		got, err := connect(t, s, api.Options{}).Submit(t.Context(), t.Context(), false, items)
		if err != nil || len(got) != len(items) {
			t.Fatalf("%d results, error %v", len(got), err)
		}
		now := jobs(s)
		for i, r := range got {
			checkResult(t, r, items[i], codes[i], now)
			if r.Ambiguous && !slices.Contains(quirks, "shuffled_bulk") {
				t.Errorf("result %d is ambiguous although the answer kept the order", i)
			}
		}
		inOrder(t, s)
	})
}

// checkResult holds a result against what the platform did with the item.
func checkResult(t *testing.T, r platform.ExportResult, item platform.ExportRequest, code int, jobs map[string]simulator.JobState) {
	t.Helper()
	switch {
	case (r.Export == nil) == (r.Err == nil):
		t.Errorf("%s: job %v and error %v", item.Location, r.Export, r.Err)
	case r.Export != nil:
		j := jobs[r.Export.ID]
		if code != 0 || j.FileID != item.File || j.Location != item.Location || j.Volume != item.Volume || r.Export.State != platform.Pending {
			t.Errorf("%s (code %d): job %+v, is %+v", item.Location, code, r.Export, j)
		}
	case code == 0:
		t.Errorf("%s: refused with %v", item.Location, r.Err)
	case r.Err.Code != code && !r.Ambiguous:
		t.Errorf("%s: code %d, want %d", item.Location, r.Err.Code, code)
	}
}

// With few items, an answer in another order can look like one that kept it.
func TestClientAttributesFewItems(t *testing.T) {
	for n := range 40 {
		s := start(t, []string{"shuffled_bulk"}, usual(), behaves(object{"random_seed": n}))
		items, codes := mixed(s)
		items, codes = append(items[:1], items[60], items[62], items[75]), append(codes[:1], codes[60], codes[62], codes[75])
		got, err := connect(t, s, api.Options{}).Submit(t.Context(), t.Context(), false, items)
		if err != nil {
			t.Fatal(err)
		}
		now := jobs(s)
		for i, r := range got {
			checkResult(t, r, items[i], codes[i], now)
		}
	}
}

// When all refusals are alike, none is ambiguous.
func TestClientKnowsWhatIsCertain(t *testing.T) {
	s := start(t, []string{"shuffled_bulk"}, usual())
	items, codes := mixed(s)
	alike := append(accepted(items, codes), items[60], items[61], items[63], items[64])
	got, err := connect(t, s, api.Options{}).Submit(t.Context(), t.Context(), true, alike)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, r := range got {
		if r.Ambiguous {
			t.Errorf("ambiguous: %v", r.Err)
		}
		if r.Err != nil {
			refused++
		}
	}
	all := jobs(s)
	if refused != 4 || len(all) != 60 {
		t.Errorf("%d refused, %d jobs", refused, len(all))
	}
	for _, j := range all {
		if !j.CopyOnly {
			t.Errorf("not a copy: %+v", j)
		}
	}
}

// answers serves a platform whose answers are changed on the way.
func answers(t *testing.T, s *simulator.Server, change func(r *http.Request, w *httptest.ResponseRecorder)) (endpoint string) {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := httptest.NewRecorder()
		s.ServeHTTP(a, r)
		change(r, a)
		maps.Copy(w.Header(), a.Header())
		w.WriteHeader(a.Code)
		_, _ = w.Write(a.Body.Bytes())
	}))
	t.Cleanup(web.Close)
	return web.URL + "/v2"
}

// A submission whose answer says nothing of what became of it is sent once, and
// its outcome is unknown.
func TestClientSubmitsEachCallOnce(t *testing.T) {
	for name, answer := range map[string]struct {
		status int
		body   string // half stands for half of the right one
	}{
		"cut":         {0, ""},
		"web page":    {502, "<html>Bad gateway</html>"},
		"error":       {500, `{"status":500,"code":90004,"message":"Unexpected error."}`},
		"unavailable": {503, `{"status":503,"code":90005,"message":"Service unavailable."}`},
		"cloud":       {503, `{"code":9000,"message":"Error while talking to the cloud."}`},
		"empty":       {200, ""},
		"no items":    {200, `{"items":[]}`},
		"null":        {200, "null"},
		"list":        {200, "[]"},
		"short":       {200, "half"},
		"page of 200": {200, "<html>Please log in</html>"},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, nil, usual())
			items, codes := mixed(s)
			endpoint := answers(t, s, func(r *http.Request, a *httptest.ResponseRecorder) {
				text := answer.body
				switch {
				case r.URL.Path != "/v2"+create:
					return
				case answer.status == 0:
					panic(http.ErrAbortHandler)
				case text == "half":
					text = a.Body.String()[:a.Body.Len()/2]
				}
				a.Code = answer.status
				a.Body.Reset()
				a.Body.WriteString(text)
			})
			c := connectTo(t, endpoint, nil, api.Options{})
			// A used connection is the one on which net/http would send again.
			if _, err := c.Volume(t.Context(), good); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Submit(t.Context(), t.Context(), false, items); !errors.Is(err, platform.ErrOutcomeUnknown) {
				t.Errorf("error %v", err)
			}
			if n, want := requests(s, "POST", create), len(accepted(items, codes)); n != 1 || len(jobs(s)) != want {
				t.Errorf("%d submissions, %d jobs, want 1 and %d", n, len(jobs(s)), want)
			}
			inOrder(t, s)
		})
	}
}

// A submission is given up before it is sent, on its way, and while its answer is.
func TestClientGivesUpASubmission(t *testing.T) {
	for _, tt := range []struct {
		after   time.Duration
		unknown bool
		jobs    int
	}{
		{0, false, 0},
		{100 * time.Millisecond, true, 0},
		{1800 * time.Millisecond, true, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := start(t, nil, usual(), behaves(object{"latency": "1s"}), object{
				"faults": []object{{"match": "POST " + create, "action": "slow", "for": "1s"}},
			})
			c := connect(t, s, api.Options{})
			items, _ := mixed(s)
			ctx, cancel := context.WithTimeout(t.Context(), tt.after)
			defer cancel()
			_, err := c.Submit(ctx, ctx, false, items[:1])
			if err == nil || errors.Is(err, platform.ErrOutcomeUnknown) != tt.unknown {
				t.Errorf("after %v: error %v", tt.after, err)
			}
			if n := len(jobs(s)); n != tt.jobs {
				t.Errorf("after %v: %d jobs", tt.after, n)
			}
		})
	}
}
