package api_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/api"
	"sbexport/internal/platform"
	"sbexport/internal/simulator"
)

// mixed is one call of items, good and bad, and the code that each is to get.
func mixed(files map[string]simulator.FileState) (items []platform.ExportRequest, codes []int) {
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

// many is a platform with a thousand files and a volume.
func many(t *testing.T, quirks []string, behavior object, o ...simulator.Option) *simulator.Server {
	t.Helper()
	return start(t, quirks, []object{{
		"projects": []object{{"id": "lab/p", "generate": []object{{"count": 1000, "path": "{n:4}"}}}},
		"volumes":  []object{{"id": good, "prefix": "cohort/"}, {"id": flat}},
	}, behaves(behavior)}, o...)
}

// within has each job take between 2 and 8 s.
var within = object{"pending": "1s", "duration": object{"min": "1s", "max": "7s"}}

// submissions are the files from one number to another, for a volume.
func submissions(s *simulator.Server, volume string, from, to int) (items []platform.ExportRequest) {
	for _, f := range s.State(everything).Files[from:to] {
		items = append(items, platform.ExportRequest{File: f.ID, Volume: volume, Location: f.Path})
	}
	return items
}

// exportAll submits items and returns the jobs' IDs.
func exportAll(t *testing.T, c *api.Client, items []platform.ExportRequest) (ids []string) {
	t.Helper()
	for chunk := range slices.Chunk(items, platform.MaxBulk) {
		got, err := c.Submit(t.Context(), t.Context(), false, chunk)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range got {
			if r.Export == nil {
				t.Fatalf("refused: %v", r.Err)
			}
			ids = append(ids, r.Export.ID)
		}
	}
	return ids
}

// The open jobs are listed while jobs end, so that the list moves under the
// client: one that is open before and after must be in it.
func TestClientMissesNoOpenJob(t *testing.T) {
	t.Parallel()
	for _, pages := range []int{10, 100} {
		for n := range 2 {
			t.Run(fmt.Sprintf("seed %d, pages of %d", n, pages), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					count := 0
					// Half of the jobs end while they are listed, half long after.
					takes := simulator.WithDurations(func(string, int64) time.Duration {
						if count++; count%2 == 0 {
							return time.Hour
						}
						return 2*time.Second + time.Duration(count)*20*time.Millisecond
					})
					s := many(t, []string{"shuffled_bulk", "repeated_items"}, object{
						"random_seed": n, "page_cap": pages, "latency": object{"min": "100ms", "max": "300ms"}, "jobs": object{"pending": "0s"},
					}, takes)
					c := connect(t, s, api.Options{})
					exportAll(t, c, submissions(s, good, 0, 500))
					time.Sleep(1500 * time.Millisecond)
					got, err := c.OpenJobs(t.Context(), good)
					if err != nil {
						t.Fatal(err)
					}
					listed := map[string]bool{}
					for _, j := range got {
						listed[j.ID] = true
					}
					missed, all := 0, 0
					for id, j := range jobs(s) {
						if j.State == "PENDING" || j.State == "RUNNING" {
							all++
							if !listed[id] {
								missed++
							}
						}
					}
					if missed > 0 || all == 0 {
						t.Errorf("%d of %d open jobs are not listed", missed, all)
					}
				})
			})
		}
	}
}

// A small limit in many settings, alone and beside another client: nobody is ever
// told of having asked too much, and hardly anything is wasted.
func TestClientKeepsWithinTheBudget(t *testing.T) {
	t.Parallel()
	const limit, window, each, reserve = 40, 10 * time.Second, 150, 8
	for _, clients := range []int{1, 2} {
		for _, skew := range []string{"0s", "600ms", "-60m300ms"} {
			for _, grid := range []bool{false, true} {
				t.Run(fmt.Sprint(clients, " clients, skew ", skew, ", windows on a grid: ", grid), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						s := many(t, nil, object{"latency": object{"min": "20ms", "max": "400ms"}, "rate_limit": object{
							"limit": limit, "window": window.String(), "clock_skew": skew, "grid": grid,
						}})
						time.Sleep(1234 * time.Millisecond) // not at the edge of a second
						began := time.Now()
						var all sync.WaitGroup
						for range clients {
							c := connect(t, s, api.Options{Reserve: reserve})
							for range 5 {
								all.Go(func() {
									for range each / 5 {
										if _, err := c.Volume(t.Context(), good); err != nil {
											t.Error(err)
										}
									}
								})
							}
						}
						all.Wait()
						n := s.Counters()
						if n["requests over the limit"] != 0 || n["requests"] != clients*each {
							t.Errorf("%d requests, %d refused", n["requests"], n["requests over the limit"])
						}
						windows := clients*each/(limit-reserve) + 1
						if took, ideal := time.Since(began), time.Duration(windows)*window; took > ideal*11/10+5*time.Second {
							t.Errorf("took %v, the budget alone %v", took, ideal)
						}
					})
				})
			}
		}
	}
}
