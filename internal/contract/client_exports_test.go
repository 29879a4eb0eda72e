package contract_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/api"
	"sbexport/internal/contract"
	"sbexport/internal/platform"
)

// mixed is one call of items, good and bad, and the code each should get.
func mixed(s *contract.Server) (items []platform.ExportRequest, codes []int) {
	files := truth(s)
	add := func(path, volume string, code int) {
		id := files[path].ID
		if id == "" {
			id = "0123456789abcdef01234567"
		}
		location := fmt.Sprintf("out/%d/%s", len(items), path)
		items = append(items, platform.ExportRequest{File: id, Volume: volume, Location: location})
		codes = append(codes, code)
	}
	for i := range 60 {
		add(fmt.Sprintf("batch-2/reads_%04d.fastq.gz", 16+i), []string{contract.Good, contract.Bare, contract.Flat}[i%3], 0)
	}
	for i := range 5 {
		add(fmt.Sprintf("batch-1/public-%d.bam", i), contract.Good, 9006)
		add(fmt.Sprintf("batch-1/here-%d.bam", i), contract.Good, 9006)
		add(fmt.Sprintf("batch-3/reads_%04d.fastq.gz", 16+i), contract.ReadOnly, 9026)
	}
	add("not there", contract.Good, 9009)
	return items, codes
}

func TestClientSubmitsAMixedCall(t *testing.T) {
	for seed := range uint64(6) {
		for _, tame := range []contract.Freedom{0, contract.Shuffle} {
			s := contract.New(contract.Options{Seed: seed, Tame: tame})
			items, codes := mixed(s)
			// The bad ones are among the good ones.
			for i := range items {
				j := int(uint64(i*7919)+seed) % len(items)
				items[i], items[j] = items[j], items[i]
				codes[i], codes[j] = codes[j], codes[i]
			}
			got, err := connect(t, s, api.Options{}).Submit(t.Context(), t.Context(), false, items)
			if err != nil || len(got) != len(items) {
				t.Fatalf("seed %d: %d results, error %v", seed, len(got), err)
			}
			jobs := map[string]contract.JobState{}
			for _, j := range s.Jobs() {
				jobs[j.ID] = j
			}
			for i, r := range got {
				checkResult(t, r, items[i], codes[i], jobs)
				if tame != 0 && r.Ambiguous {
					t.Errorf("result %d is ambiguous although the answer kept the order", i)
				}
			}
			s.Check(t)
		}
	}
}

// checkResult holds a result against what the server did with the item.
func checkResult(t *testing.T, r platform.ExportResult, item platform.ExportRequest, code int, jobs map[string]contract.JobState) {
	t.Helper()
	switch {
	case (r.Export == nil) == (r.Err == nil):
		t.Errorf("%s: job %v and error %v", item.Location, r.Export, r.Err)
	case r.Export != nil:
		j := jobs[r.Export.ID]
		if code != 0 || j.File != item.File || j.Location != item.Location || j.Volume != item.Volume || r.Export.State != platform.Pending {
			t.Errorf("%s (code %d): job %+v, is %+v", item.Location, code, r.Export, j)
		}
	case code == 0:
		t.Errorf("%s: refused with %v", item.Location, r.Err)
	case r.Err.Code != code && !r.Ambiguous:
		t.Errorf("%s: code %d, want %d", item.Location, r.Err.Code, code)
	}
}

// TestClientKnowsWhatIsCertain: when all refusals are alike, none is ambiguous.
func TestClientKnowsWhatIsCertain(t *testing.T) {
	s := contract.New(contract.Options{})
	items, codes := mixed(s)
	var alike []platform.ExportRequest
	for i, code := range codes {
		if code == 0 || code == 9006 {
			alike = append(alike, items[i])
		}
	}
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
	if refused != 10 || len(s.Jobs()) != 60 {
		t.Errorf("%d refused, %d jobs", refused, len(s.Jobs()))
	}
	for _, sub := range s.Submissions() {
		if !sub.CopyOnly || sub.Overwrite {
			t.Errorf("submission %+v", sub)
		}
	}
	s.Check(t)
}

// TestClientSubmitsEachCallOnce cuts the answer to a submission.
func TestClientSubmitsEachCallOnce(t *testing.T) {
	body := func(status int, change func([]byte) []byte) func(contract.Request, *contract.Answer) {
		return func(r contract.Request, a *contract.Answer) {
			if r.Kind == contract.SubmitBulk {
				a.Status, a.Body = status, change(a.Body)
			}
		}
	}
	is := func(text string) func([]byte) []byte { return func([]byte) []byte { return []byte(text) } }
	answers := map[string]func(contract.Request, *contract.Answer){
		"cut":         func(r contract.Request, a *contract.Answer) { a.Cut = r.Kind == contract.SubmitBulk },
		"web page":    body(502, is("<html>Bad gateway</html>")),
		"error":       body(500, is(`{"status":500,"code":90004,"message":"Unexpected error."}`)),
		"unavailable": body(503, is(`{"status":503,"code":90005,"message":"Service unavailable."}`)),
		"cloud":       body(503, is(`{"code":9000,"message":"Error while talking to the cloud."}`)),
		"empty":       body(200, is("")),
		"no items":    body(200, is(`{"items":[]}`)),
		"null":        body(200, is("null")),
		"list":        body(200, is("[]")),
		"short":       body(200, func(b []byte) []byte { return b[:len(b)/2] }),
		"page of 200": body(200, is("<html>Please log in</html>")),
	}
	for name, rewrite := range answers {
		t.Run(name, func(t *testing.T) {
			s := contract.New(contract.Options{Rewrite: rewrite})
			items, codes := mixed(s)
			c := connectTo(t, s.Serve(t), nil, api.Options{})
			// A used connection is the one on which net/http would send again.
			if _, err := c.Volume(t.Context(), contract.Good); err != nil {
				t.Fatal(err)
			}
			_, err := c.Submit(t.Context(), t.Context(), false, items)
			if !errors.Is(err, platform.ErrOutcomeUnknown) {
				t.Errorf("error %v", err)
			}
			accepted := 0
			for _, code := range codes {
				if code == 0 {
					accepted++
				}
			}
			if n := len(s.Requests(contract.SubmitBulk)); n != 1 || len(s.Jobs()) != accepted {
				t.Errorf("%d submissions, %d jobs", n, len(s.Jobs()))
			}
			s.Check(t)
		})
	}
}

// TestClientGivesUpASubmission cancels one before it is sent, while it is under
// way, and while its answer is.
func TestClientGivesUpASubmission(t *testing.T) {
	tests := []struct {
		after   time.Duration
		unknown bool
		jobs    int
	}{
		{0, false, 0},
		{100 * time.Millisecond, true, 0},
		{1800 * time.Millisecond, true, 1},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			s := contract.New(contract.Options{Contents: few(), Latency: 2 * time.Second, Seed: 3})
			c := connect(t, s, api.Options{})
			ctx, cancel := context.WithTimeout(t.Context(), tt.after)
			defer cancel()
			_, err := c.Submit(ctx, ctx, false, []platform.ExportRequest{{File: truth(s)["good"].ID, Volume: "lab/a", Location: "x"}})
			if err == nil || errors.Is(err, platform.ErrOutcomeUnknown) != tt.unknown {
				t.Errorf("after %v: error %v", tt.after, err)
			}
			if n := len(s.Jobs()); n != tt.jobs {
				t.Errorf("after %v: %d jobs", tt.after, n)
			}
			s.Check(t)
		})
	}
}

// few has four files, one of them public, and two volumes, one of them read-only.
func few() *contract.Contents {
	c := contract.NewContents()
	c.Volume(contract.Volume{ID: "lab/a"})
	c.Volume(contract.Volume{ID: "lab/ro", ReadOnly: true})
	c.File("lab/p", "good", contract.File{})
	c.File("lab/p", "better", contract.File{})
	c.File("lab/p", "other", contract.File{})
	c.File("lab/p", "public", contract.File{Public: true})
	return c
}
