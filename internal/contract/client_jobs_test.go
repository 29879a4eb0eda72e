package contract_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/api"
	"sbexport/internal/contract"
	"sbexport/internal/platform"
)

// exportAll submits n files to a volume and returns the jobs' IDs.
func exportAll(t *testing.T, c *api.Client, s *contract.Server, volume string, n int) []string {
	t.Helper()
	var ids []string
	var items []platform.ExportRequest
	files := s.Files()
	for _, id := range slices.Sorted(maps.Keys(files)) {
		if f := files[id]; f.Exportable() && n > 0 {
			items = append(items, platform.ExportRequest{File: id, Volume: volume, Location: f.Path})
			n--
		}
	}
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

func TestClientReadsJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := contract.New(contract.Options{})
		c := connect(t, s, api.Options{})
		ids := exportAll(t, c, s, contract.Flat, 80)
		ids = append(ids, strings.Repeat("x", 32))
		slices.Reverse(ids)
		for range 12 {
			now := map[string]contract.JobState{}
			got, err := c.Jobs(t.Context(), ids)
			if err != nil {
				t.Fatal(err)
			}
			for _, j := range s.Jobs() {
				now[j.ID] = j
			}
			for i, r := range got {
				if i == 0 {
					if r.Err == nil || r.Err.Code != 9008 {
						t.Errorf("unknown job: %+v, %v", r.Export, r.Err)
					}
					continue
				}
				checkJob(t, r.Export, now[ids[i]])
			}
			time.Sleep(time.Second)
		}
		s.Check(t)
	})
}

// checkJob holds a job against the server's.
func checkJob(t *testing.T, got *platform.Export, want contract.JobState) {
	t.Helper()
	if got == nil {
		t.Errorf("job %s: none", want.ID)
		return
	}
	seen := contract.JobState{
		ID: got.ID, File: got.File, Volume: got.Volume, Location: got.Location, Overwrite: got.Overwrite,
		State: string(got.State), Created: want.Created, Finish: want.Finish, CopyOnly: want.CopyOnly,
	}
	if got.Err != nil {
		seen.Code = got.Err.Code
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("job (-want +got):\n%s", diff)
	}
	if got.State.Terminal() == got.FinishedOn.IsZero() || got.StartedOn.IsZero() {
		t.Errorf("job %s: %s, started %v, finished %v", got.ID, got.State, got.StartedOn, got.FinishedOn)
	}
}

func TestClientListsAVolumesJobs(t *testing.T) {
	for name, o := range map[string]contract.Options{
		"free": {}, "small pages": {PageCap: 17}, "second seed": {Seed: 2, PageCap: 17}, "third seed": {Seed: 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o.Latency = 20 * time.Millisecond
				s := contract.New(o)
				c := connect(t, s, api.Options{})
				exportAll(t, c, s, contract.Good, 350)
				time.Sleep(5 * time.Second)
				now := map[string]contract.JobState{}
				open := 0
				for _, j := range s.Jobs() {
					now[j.ID] = j
					if j.State == "PENDING" || j.State == "RUNNING" {
						open++
					}
				}
				jobs, err := c.VolumeJobs(t.Context(), contract.Good)
				if err != nil {
					t.Fatal(err)
				}
				for _, j := range jobs {
					// Later pages are of a later moment.
					if want := now[j.ID]; want.File != j.File || want.Location != j.Location {
						t.Errorf("job %+v, want %+v", j, want)
					}
					delete(now, j.ID)
				}
				if len(now) != 0 || len(jobs) != 350 {
					t.Errorf("%d jobs; missing are %d", len(jobs), len(now))
				}
				time.Sleep(time.Minute)
				still, err := c.OpenJobs(t.Context(), contract.Good)
				if err != nil || len(still) != 0 || open == 0 {
					t.Errorf("%d open at the end, %d before; error %v", len(still), open, err)
				}
				other, err := c.VolumeJobs(t.Context(), contract.Flat)
				if err != nil || len(other) != 0 {
					t.Errorf("%d jobs on another volume, error %v", len(other), err)
				}
				s.Check(t)
			})
		})
	}
}

// TestClientListsJobsThatArrive lists jobs while six workers submit more; the
// newest job comes first.
func TestClientListsJobsThatArrive(t *testing.T) {
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := contract.New(contract.Options{Seed: seed, Latency: 100 * time.Millisecond, JobLag: time.Millisecond})
				c := connect(t, s, api.Options{})
				before := exportAll(t, c, s, contract.Good, 400)
				time.Sleep(20 * time.Second)
				var items []platform.ExportRequest
				for id, f := range s.Files() {
					if f.Exportable() && len(items) < 2000 {
						items = append(items, platform.ExportRequest{File: id, Volume: contract.Good, Location: f.Path})
					}
				}
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
				got, err := c.VolumeJobs(t.Context(), contract.Good)
				all.Wait()
				if err != nil {
					t.Fatal(err)
				}
				listed := map[string]int{}
				for _, j := range got {
					listed[j.ID]++
				}
				missed := 0
				for _, id := range before {
					if listed[id] != 1 {
						missed++
					}
				}
				if missed > 0 {
					t.Errorf("%d of %d jobs are not listed exactly once", missed, len(before))
				}
			})
		})
	}
}
