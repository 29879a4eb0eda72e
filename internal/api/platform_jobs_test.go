package api_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/api"
	"sbexport/internal/platform"
	"sbexport/internal/simulator"
)

// many is a platform with two thousand files and a volume.
func many(t *testing.T, quirks []string, behavior object, o ...simulator.Option) *simulator.Server {
	t.Helper()
	return started(t, quirks, object{
		"projects": []object{{"id": "lab/p", "generate": []object{{"count": 2000, "path": "{n:4}"}}}},
		"volumes":  []object{{"id": good, "prefix": "cohort/"}, {"id": flat}},
	}, []object{behaves(behavior)}, o...)
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

// exportAll submits the first n files and returns the jobs' IDs.
func exportAll(t *testing.T, c *api.Client, s *simulator.Server, volume string, n int) (ids []string) {
	t.Helper()
	for chunk := range slices.Chunk(submissions(s, volume, 0, n), platform.MaxBulk) {
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

func open(j simulator.JobState) bool { return j.State == "PENDING" || j.State == "RUNNING" }

func TestClientReadsJobs(t *testing.T) {
	platforms(t, func(t *testing.T, quirks []string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			s := many(t, quirks, object{"jobs": within})
			c := connect(t, s, api.Options{})
			ids := append(exportAll(t, c, s, flat, 80), strings.Repeat("x", 32))
			slices.Reverse(ids)
			for range 12 {
				got, err := c.Jobs(t.Context(), ids)
				if err != nil {
					t.Fatal(err)
				}
				if first := got[0]; first.Err == nil || first.Err.Code != 9008 {
					t.Errorf("unknown job: %+v, %v", first.Export, first.Err)
				}
				now := jobs(s)
				for i, r := range got[1:] {
					checkJob(t, r.Export, now[ids[i+1]])
				}
				time.Sleep(time.Second)
			}
			inOrder(t, s)
		})
	})
}

// checkJob holds a job against the platform's.
func checkJob(t *testing.T, got *platform.Export, want simulator.JobState) {
	t.Helper()
	if got == nil {
		t.Errorf("job %s: none", want.ID)
		return
	}
	seen := fmt.Sprint(got.ID, got.File, got.Volume, got.Location, got.State)
	if is := fmt.Sprint(want.ID, want.FileID, want.Volume, want.Location, want.State); seen != is {
		t.Errorf("job %s, want %s", seen, is)
	}
	// A job of a bulk call tells no start before it has started.
	if got.State.Terminal() == got.FinishedOn.IsZero() || got.State != platform.Pending && got.StartedOn.IsZero() {
		t.Errorf("job %s: %s, started %v, finished %v", got.ID, got.State, got.StartedOn, got.FinishedOn)
	}
}

func TestClientListsAVolumesJobs(t *testing.T) {
	platforms(t, func(t *testing.T, quirks []string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			s := many(t, quirks, object{
				"latency": "20ms", "page_cap": []int{0, 17}[len(quirks)%2], "jobs": within,
			})
			c := connect(t, s, api.Options{})
			exportAll(t, c, s, good, 250)
			time.Sleep(5 * time.Second)
			now := jobs(s)
			listed, err := c.VolumeJobs(t.Context(), good)
			if err != nil {
				t.Fatal(err)
			}
			some := false
			for _, j := range listed {
				// Later pages are of a later moment.
				want := now[j.ID]
				if want.FileID != j.File || want.Location != j.Location {
					t.Errorf("job %+v, want %+v", j, want)
				}
				some = some || open(want)
				delete(now, j.ID)
			}
			if len(now) != 0 || len(listed) != 250 {
				t.Errorf("%d jobs; missing are %d", len(listed), len(now))
			}
			time.Sleep(time.Minute)
			if still, err := c.OpenJobs(t.Context(), good); err != nil || len(still) != 0 || !some {
				t.Errorf("%d open at the end, some before: %v; error %v", len(still), some, err)
			}
			if other, err := c.VolumeJobs(t.Context(), flat); err != nil || len(other) != 0 {
				t.Errorf("%d jobs on another volume, error %v", len(other), err)
			}
			inOrder(t, s)
		})
	})
}

// Jobs are listed while six workers submit more; the newest job comes first.
func TestClientListsJobsThatArrive(t *testing.T) {
	for n := range 2 {
		synctest.Test(t, func(t *testing.T) {
			s := many(t, nil, object{"random_seed": n, "latency": object{"min": "50ms", "max": "150ms"}, "jobs": within})
			c := connect(t, s, api.Options{})
			before := exportAll(t, c, s, good, 400)
			time.Sleep(20 * time.Second)
			items := submissions(s, good, 400, 2000)
			work := make(chan []platform.ExportRequest)
			var all sync.WaitGroup
			for range 6 {
				all.Go(func() {
					for chunk := range work {
						if _, err := c.Submit(t.Context(), t.Context(), false, chunk); err != nil {
							t.Error(err)
						}
					}
				})
			}
			all.Go(func() {
				for chunk := range slices.Chunk(items, platform.MaxBulk) {
					work <- chunk
				}
				close(work)
			})
			got, err := c.VolumeJobs(t.Context(), good)
			all.Wait()
			if err != nil {
				t.Fatal(err)
			}
			listed := map[string]int{}
			for _, j := range got {
				listed[j.ID]++
			}
			for _, id := range before {
				if listed[id] != 1 {
					t.Errorf("job %s is listed %d times", id, listed[id])
				}
			}
		})
	}
}

// The open jobs are listed while jobs end, so that the list moves under the
// client: one that is open before and after must be in it.
func TestClientMissesNoOpenJob(t *testing.T) {
	for _, pages := range []int{10, 100} {
		for n := range 4 {
			t.Run(fmt.Sprintf("seed %d, pages of %d", n, pages), func(t *testing.T) {
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
					exportAll(t, c, s, good, 500)
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
						if open(j) {
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
