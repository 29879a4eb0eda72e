package contract_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/api"
	"sbexport/internal/contract"
	"sbexport/internal/platform"
)

// TestClientAttributesFewItems: with few items, an answer in another order can
// look like one that kept it.
func TestClientAttributesFewItems(t *testing.T) {
	for seed := range uint64(40) {
		s := contract.New(contract.Options{Contents: few(), Seed: seed})
		files := truth(s)
		items := []platform.ExportRequest{
			{File: files["good"].ID, Volume: "lab/a", Location: "1"},
			{File: files["public"].ID, Volume: "lab/a", Location: "2"},
			{File: files["other"].ID, Volume: "lab/ro", Location: "3"},
			{File: "0123", Volume: "lab/a", Location: "4"},
		}
		got, err := connect(t, s, api.Options{}).Submit(t.Context(), t.Context(), false, items)
		if err != nil {
			t.Fatal(err)
		}
		for i, code := range []int{0, 9006, 9026, 9009} {
			switch r := got[i]; {
			case code == 0 && r.Export == nil:
				t.Errorf("seed %d: item %d: %v", seed, i, r.Err)
			case code != 0 && (r.Err == nil || r.Err.Code != code && !r.Ambiguous):
				t.Errorf("seed %d: item %d: %v, job %v, want code %d", seed, i, r.Err, r.Export, code)
			}
		}
	}
}

// TestClientMissesNoOpenJob lists the open jobs while jobs end, so that the list
// moves under the client: one that is open before and after must be in it.
func TestClientMissesNoOpenJob(t *testing.T) {
	for _, cap := range []int{10, 100} {
		for seed := range uint64(4) {
			t.Run(fmt.Sprintf("seed %d, pages of %d", seed, cap), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					n := 0
					s := contract.New(contract.Options{
						Seed: seed, PageCap: cap, Latency: 200 * time.Millisecond,
						// Half of the jobs end while they are listed, half long after.
						Duration: func(string, int64) time.Duration {
							if n++; n%2 == 0 {
								return time.Hour
							}
							return 2*time.Second + time.Duration(n)*20*time.Millisecond
						},
					})
					c := connect(t, s, api.Options{})
					exportAll(t, c, s, contract.Good, 500)
					time.Sleep(1500 * time.Millisecond)
					got, err := c.OpenJobs(t.Context(), contract.Good)
					if err != nil {
						t.Fatal(err)
					}
					listed := map[string]bool{}
					for _, j := range got {
						listed[j.ID] = true
					}
					missed, open := 0, 0
					for _, j := range s.Jobs() {
						if j.State == "PENDING" || j.State == "RUNNING" {
							open++
							if !listed[j.ID] {
								missed++
							}
						}
					}
					if missed > 0 || open == 0 {
						t.Errorf("%d of %d open jobs are not listed", missed, open)
					}
				})
			})
		}
	}
}
