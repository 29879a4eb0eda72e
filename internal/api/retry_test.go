package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/platform"
)

// TestMaintenance closes the platform for a while: everybody waits, submissions
// too, and somebody is told; but not for ever.
func TestMaintenance(t *testing.T) {
	t.Parallel()
	for _, closed := range []time.Duration{time.Second, 10 * time.Minute, 24 * time.Hour} {
		t.Run(closed.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				s := serveFunc(func(_ int, w http.ResponseWriter, r *http.Request) {
					if time.Since(start) < closed {
						refuse(w, 503, 0, "maintenance")
						return
					}
					reply(w, 200, strings.TrimSuffix(oneStarted, "}")+`,"username":"me"}`)
				})
				told := 0
				c := newClient(t, s, func(o *Options) {
					o.Retries = 1
					o.Waiting = func(until time.Time, why string) {
						told++
						if !strings.Contains(why, "maintenance") || time.Until(until) > lastKnock {
							t.Errorf("waiting until %v: %s", until, why)
						}
					}
				})
				_, readErr := c.User(background(t))
				if opened := closed <= maxClosed; opened != (readErr == nil) {
					t.Errorf("read: %v", readErr)
				}
				took := time.Since(start)
				if took > closed+lastKnock || took > maxClosed+lastKnock {
					t.Errorf("took %v", took)
				}
				if closed > time.Minute && told == 0 {
					t.Error("nobody was told")
				}
				if _, err := c.Submit(background(t), false, oneExport); (err == nil) != (readErr == nil) {
					t.Errorf("submission: %v", err)
				}
				if n := s.count(); n > 100 {
					t.Errorf("%d requests", n)
				}
			})
		})
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for n := 1; n < 200; n++ {
		longest := min(30*time.Second, time.Second<<min(n-1, 20))
		for range 20 {
			if d := backoff(n, time.Second, 30*time.Second); d < longest/2-1 || d > longest {
				t.Fatalf("backoff %d is %v, want %v to %v", n, d, longest/2, longest)
			}
		}
	}
}

// BenchmarkDecodePage decodes a page of a hundred files as the platform sends
// them.
func BenchmarkDecodePage(b *testing.B) {
	var items []string
	for i := range 100 {
		items = append(items, fmt.Sprintf(`{"href":"https://api.sbgenomics.com/v2/files/%[1]s","id":"%[1]s","name":"sample-%[2]d.vcf.gz",
		"size":7313069069,"project":"rfranklin/rna-seq","parent":"64a1e000e4b0a1b2c3d4e000","type":"file","created_on":"2023-06-06T11:14:11Z",
		"modified_on":"2023-06-06T11:14:11Z","storage":{"type":"PLATFORM","hosted_on_locations":["aws:us-east-1"]},
		"origin":{"task":"123a1a1a-12a1-4234-a123-1234567a1a12"},"tags":["final"],"metadata":{"sample_id":"S%[2]d","sample_type":"Tumor","reference_genome":"hg38"}}`, hexIDs(100)[i], i))
	}
	body := []byte(`{"items":[` + strings.Join(items, ",") + `],"links":[]}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		var p struct {
			Items []wireFile `json:"items"`
		}
		if err := json.Unmarshal(body, &p); err != nil {
			b.Fatal(err)
		}
		files := make([]platform.File, len(p.Items))
		for i := range p.Items {
			files[i] = p.Items[i].file()
		}
	}
}
