package contract_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/contract"
)

func TestAJobsLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, file := one(contract.Options{
			Tame:     contract.OddStates | contract.OddTypes | contract.FullKeys | contract.ExtraFields,
			Duration: func(string, int64) time.Duration { return 10 * time.Second },
		})
		a := ask(t, s, "POST", "/bulk/storage/exports/create", submit(export(file, "lab/bucket", "to/a.txt")))
		j := a.items("items")[0]["resource"].(map[string]any)
		if _, told := j["started_on"]; told || j["state"] != "PENDING" {
			t.Errorf("fresh job %v", j)
		}
		id := j["id"].(string)
		look := func() string {
			bulk := ask(t, s, "POST", "/bulk/storage/exports/get", map[string]any{"export_ids": []string{id}})
			f := ask(t, s, "GET", "/files/"+file, nil).body["storage"].(map[string]any)
			list := ask(t, s, "GET", "/storage/exports?volume=lab/bucket&fields=_all&state=PENDING&state=RUNNING", nil)
			job := bulk.items("items")[0]["resource"].(map[string]any)
			return fmt.Sprintf("%v %d %v %v %v", job["state"], len(list.items("items")), f["type"], f["location"], job["finished_on"] != nil)
		}
		start := time.Now()
		for _, step := range []struct {
			at   time.Duration
			want string
		}{
			{0, "PENDING 0 PLATFORM <nil> false"},
			{time.Second, "PENDING 1 PLATFORM <nil> false"},
			{2 * time.Second, "RUNNING 1 PLATFORM <nil> false"},
			{10 * time.Second, "COMPLETED 0 PLATFORM <nil> true"},
			{11500 * time.Millisecond, "COMPLETED 0 VOLUME to/a.txt true"},
		} {
			time.Sleep(time.Until(start.Add(step.at)))
			if got := look(); got != step.want {
				t.Errorf("after %v: %q, want %q", step.at, got, step.want)
			}
		}
		if diff := cmp.Diff(map[string]string{"pre/to/a.txt": file}, s.Objects("lab/bucket")); diff != "" {
			t.Error(diff)
		}
		again := ask(t, s, "POST", "/storage/exports", export(file, "lab/bucket", "b.txt"))
		if again.status != 403 || again.body["code"] != 9006.0 || len(s.Refusals()) != 1 {
			t.Errorf("status %d, body %v", again.status, again.body)
		}
		s.Check(t)
	})
}

// TestHowJobsEnd submits one file in different circumstances.
func TestHowJobsEnd(t *testing.T) {
	tests := []struct {
		name      string
		there     bool // an object is at the key
		overwrite bool
		copyOnly  string
		state     string
		code      int
		alias     bool
		object    bool // is the file's at the end
	}{
		{name: "move", state: "COMPLETED", alias: true, object: true},
		{name: "copy", copyOnly: "?copy_only=True", state: "COMPLETED", object: true},
		{name: "no copy", copyOnly: "?copy_only=false", state: "COMPLETED", alias: true, object: true},
		{name: "there", there: true, state: "FAILED", code: 9107},
		{name: "overwrite", there: true, overwrite: true, state: "COMPLETED", alias: true, object: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := contract.NewContents()
				c.Volume(contract.Volume{ID: "lab/bucket", Prefix: "pre"})
				file := c.File("lab/p", "a", contract.File{Size: 3})
				if tt.there {
					c.Object("lab/bucket", "prex", 1)
				}
				s := contract.New(contract.Options{Contents: c})
				e := export(file, "lab/bucket", "x")
				e["overwrite"] = tt.overwrite
				if a := ask(t, s, "POST", "/storage/exports"+tt.copyOnly, e); a.status != 201 {
					t.Fatalf("status %d", a.status)
				}
				time.Sleep(10 * time.Second)
				j := s.Jobs()[0]
				if j.State != tt.state || j.Code != tt.code {
					t.Errorf("job %v", j)
				}
				if got := s.Files()[file].Alias; (got == contract.Place{Volume: "lab/bucket", Location: "x"}) != tt.alias {
					t.Errorf("alias %v", got)
				}
				if got := s.Objects("lab/bucket")["prex"] == file; got != tt.object {
					t.Errorf("objects %v", s.Objects("lab/bucket"))
				}
				s.Check(t)
			})
		})
	}
}

// TestRefusedItems has one good item among all kinds of bad ones.
func TestRefusedItems(t *testing.T) {
	s := contract.New(contract.Options{Tame: contract.Shuffle})
	id := map[string]string{}
	for _, f := range s.Files() {
		id[f.Path] = f.ID
	}
	bad := func(kind string) string { return id["batch-1/"+kind+"-0.bam"] }
	file := func(i int) string { return id[fmt.Sprintf("batch-2/reads_%04d.fastq.gz", i+20)] }
	items := []map[string]any{
		export(bad("public"), contract.Good, "1"),
		export(bad("archived"), contract.Good, "2"),
		export(bad("here"), contract.Good, "3"),
		export(id["batch-1"], contract.Good, "4"),
		export("0123", contract.Good, "5"),
		export(file(0), "lab/none", "6"),
		export(file(1), contract.ReadOnly, "7"),
		export(file(2), contract.Google, "8"),
		export(file(3), contract.Inactive, "9"),
		export(file(4), contract.Bare, "10"),
	}
	a := ask(t, s, "POST", "/bulk/storage/exports/create", submit(items...))
	var got []string
	for _, i := range a.items("items") {
		if e, ok := i["error"].(map[string]any); ok {
			got = append(got, fmt.Sprint(e["code"]))
			continue
		}
		got = append(got, "job")
	}
	want := []string{"9006", "9006", "9006", "9006", "9009", "9007", "9026", "9027", "9900", "job"}
	if diff := cmp.Diff(want, got); diff != "" || a.status != 200 {
		t.Errorf("status %d, codes (-want +got):\n%s", a.status, diff)
	}
	if len(s.Submissions()) != 10 || len(s.Refusals()) != 9 || len(s.Jobs()) != 1 {
		t.Errorf("%d submissions, %d refused, %d jobs", len(s.Submissions()), len(s.Refusals()), len(s.Jobs()))
	}
	s.Check(t)
}

// TestRaces are submissions that get in the way of open jobs.
func TestRaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := contract.NewContents()
		c.Volume(contract.Volume{ID: "lab/one", Bucket: "shared"})
		c.Volume(contract.Volume{ID: "lab/two", Bucket: "shared", Prefix: "p/"})
		a, b := c.File("lab/p", "a", contract.File{}), c.File("lab/p", "b", contract.File{})
		s := contract.New(contract.Options{Contents: c})
		send := func(file, volume, location string) int {
			before := len(s.Breaches())
			ask(t, s, "POST", "/storage/exports", export(file, volume, location))
			return len(s.Breaches()) - before
		}
		if n := send(a, "lab/one", "p/x"); n != 0 {
			t.Errorf("first: %d breaches", n)
		}
		if n := send(a, "lab/one", "y"); n != 1 {
			t.Errorf("same file: %d breaches", n)
		}
		if n := send(b, "lab/two", "x"); n != 1 {
			t.Errorf("same key on another volume of the bucket: %d breaches", n)
		}
		time.Sleep(time.Minute)
		if n := send(b, "lab/two", "z"); n != 0 {
			t.Errorf("afterwards: %d breaches", n)
		}
		var states []string
		for _, j := range s.Jobs() {
			states = append(states, j.State+" "+strconv.Itoa(j.Code))
		}
		if !slices.Contains(states, "FAILED 9106") && !slices.Contains(states, "FAILED 9107") {
			t.Errorf("no race was lost: %q", states)
		}
	})
}

func TestJobsAreListedInPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := contract.New(contract.Options{PageCap: 7})
		var items []map[string]any
		for id, f := range s.Files() {
			if f.Exportable() && len(items) < 60 {
				items = append(items, export(id, contract.Flat, id))
			}
		}
		ask(t, s, "POST", "/bulk/storage/exports/create?copy_only=true", submit(items...))
		if got, _ := walk(t, s, "/storage/exports?fields=_all&limit=100&volume="+contract.Flat); len(got) != 0 {
			t.Errorf("%d jobs are listed at once", len(got))
		}
		time.Sleep(time.Second)
		got, pages := walk(t, s, "/storage/exports?fields=_all&limit=100&volume="+contract.Flat)
		if n := len(variety(got, func(j map[string]any) any { return j["id"] })); n != 60 || len(got) != 60 || pages != 9 {
			t.Errorf("%d jobs, %d different, in %d pages", len(got), n, pages)
		}
		if got, _ := walk(t, s, "/storage/exports?fields=_all&volume="+contract.Good); len(got) != 0 {
			t.Errorf("%d jobs on another volume", len(got))
		}
		brief, _ := walk(t, s, "/storage/exports")
		if _, told := brief[0]["destination"]; told || len(brief) != 60 {
			t.Errorf("%d jobs, the first %v", len(brief), brief[0])
		}
		s.Check(t)
	})
}

// TestVolumeListing walks a volume level by level.
func TestVolumeListing(t *testing.T) {
	c := contract.NewContents()
	c.Volume(contract.Volume{ID: "lab/bucket", Prefix: "pre/"})
	want := []string{"a b.txt", "d/#1", "d/e/é", "z"}
	for i := range 60 {
		want = append(want, fmt.Sprintf("many/%02d", i))
	}
	for _, location := range want {
		c.Object("lab/bucket", "pre/"+location, 1)
	}
	c.Object("lab/bucket", "outside", 1)
	s := contract.New(contract.Options{Contents: c, PageCap: 7})
	var got []string
	todo := []string{"/storage/volumes/lab/bucket/list?fields=_all&limit=100"}
	for len(todo) > 0 {
		a := ask(t, s, "GET", todo[0], nil)
		todo = todo[1:]
		for _, i := range a.items("items") {
			got = append(got, i["location"].(string))
			if one := ask(t, s, "GET", i["href"].(string), nil); one.body["location"] != i["location"] {
				t.Errorf("%v leads to %v", i["href"], one.body)
			}
		}
		for _, p := range a.items("prefixes") {
			todo = append(todo, p["href"].(string)+"&fields=_all")
		}
		if next := a.next(); next != "" {
			todo = append(todo, next)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	s.Check(t)
}

func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := one(contract.Options{Limit: 3, Window: 10 * time.Second, Skew: time.Hour})
		reset := func(a answer) time.Time {
			n, err := strconv.ParseInt(a.header.Get("X-RateLimit-Reset"), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return time.Unix(n, 0).Add(-time.Hour)
		}
		var got []string
		for range 5 {
			a := ask(t, s, "GET", "/user", nil)
			got = append(got, fmt.Sprint(a.status, " ", a.header.Get("X-RateLimit-Remaining")))
		}
		if diff := cmp.Diff([]string{"200 2", "200 1", "200 0", "429 0", "429 0"}, got); diff != "" {
			t.Error(diff)
		}
		free := ask(t, s, "GET", "/rate_limit", nil)
		if rate := free.body["rate"].(map[string]any); free.status != 200 || rate["remaining"] != 0.0 || rate["limit"] != 3.0 {
			t.Errorf("rate limit: %v", free.body)
		}
		time.Sleep(time.Until(reset(free)) - 1)
		if a := ask(t, s, "GET", "/user", nil); a.status != 429 || a.body["code"] != 1000.0 {
			t.Errorf("just before the reset: %d, %v", a.status, a.body)
		}
		time.Sleep(time.Nanosecond)
		if a := ask(t, s, "GET", "/user", nil); a.status != 200 || a.header.Get("Date") == "" {
			t.Errorf("at the reset: %d", a.status)
		}
		want := contract.Stats{Requests: 7, Free: 1, TooMany: 3, MaxInWindow: 6, MaxInFlight: 1}
		if diff := cmp.Diff(want, s.Stats()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestLatencyAndRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, file := one(contract.Options{Latency: 40 * time.Millisecond})
		start := time.Now()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { ask(t, s, "GET", "/files/"+file, nil) })
		}
		all.Wait()
		if took := time.Since(start); took < 40*time.Millisecond || took > 60*time.Millisecond {
			t.Errorf("eight at a time took %v", took)
		}
		if n := s.Stats().MaxInFlight; n != 8 {
			t.Errorf("%d in flight", n)
		}
		for i, r := range s.Requests(contract.GetFile) {
			if r.Number != i+1 || r.Status != 200 || r.Path != "/files/"+file || r.Time.Before(start.Add(10*time.Millisecond)) {
				t.Errorf("request %+v", r)
			}
		}
		if len(s.Requests(contract.GetFile)) != 8 || len(s.Requests()) != 8 || len(s.Requests(contract.User)) != 0 {
			t.Errorf("requests %v", s.Requests())
		}
	})
}

func TestRewriteAndStrays(t *testing.T) {
	o := contract.Options{Rewrite: func(r contract.Request, a *contract.Answer) {
		a.Cut = r.Kind == contract.SubmitBulk && r.Number == 1
	}}
	s, file := one(o)
	endpoint := s.Serve(t)
	send := func() error {
		body := strings.NewReader(`{"items":[{"source":{"file":"` + file + `"},"destination":{"volume":"lab/bucket","location":"x"}}]}`)
		r, err := http.NewRequestWithContext(t.Context(), "POST", endpoint+"/bulk/storage/exports/create", body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"X-Sbg-Auth-Token": {contract.Token}, "Content-Type": {"application/json"}}
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		res, err := client.Do(r)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		_, err = io.Copy(io.Discard, res.Body)
		return err
	}
	if err := send(); err == nil || len(s.Jobs()) != 1 {
		t.Errorf("error %v, jobs %v: the answer should be lost and the job started", err, s.Jobs())
	}
	s.Check(t)
	r, err := http.NewRequestWithContext(t.Context(), "GET", "https://elsewhere.test/v2/user", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-SBG-Auth-Token", contract.Token)
	res, err := s.Transport().RoundTrip(r)
	if err == nil {
		_ = res.Body.Close()
	}
	if got := s.Breaches(); err == nil || len(got) != 1 || !strings.Contains(got[0], "elsewhere.test with a token") {
		t.Errorf("error %v, breaches %q", err, got)
	}
}
