//go:build unix

package bench

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkNetwork runs the program in real time against a server of its own,
// over HTTP: within a budget that is just enough, and within one that is not.
func BenchmarkNetwork(b *testing.B) {
	uniform := shapes[1]
	for _, c := range []struct {
		name   string
		size   size
		budget func(job) budget
	}{
		{"just enough", size{3000, 12}, enough},
		{"50 in 5 s", size{2000, 12}, func(job) budget { return budget{limit: 50, reserve: 12, window: 5 * time.Second} }},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := build(b)
			p.write(b, "sbexport.yaml", planText)
			for b.Loop() {
				j := job{files: c.size.files, folders: c.size.folders, latency: latency}
				j.budget = c.budget(j)
				l := newOdd(b, j, uniform)
				web := httptest.NewServer(l.server)
				p.endpoint, p.token = web.URL+"/v2", "simulator"
				p.forget(b)
				j.budget.first = j.budget.left(b)
				took := p.run(b, "apply", "-y", "-q").took
				web.Close()
				requests, refused := l.told()
				jobs := l.durations()
				r := row{
					job: j, platform: "HTTP", shape: uniform.name, limit: c.name, requests: requests, refused: refused,
					took: took, ideal: j.end(jobs), bound: j.bound(jobs),
				}
				b.ReportMetric(r.requestRatio(), "requests/fewest")
				b.ReportMetric(r.timeRatio(), "time/least")
				if r.refused > 0 {
					b.Errorf("%d requests were refused for the limit", r.refused)
				}
				for _, miss := range r.misses() {
					b.Error(miss)
				}
				table.add(r)
				l.check(b)
			}
		})
	}
}

// forget makes the next apply a first one.
func (p *program) forget(b *testing.B) {
	b.Helper()
	for _, name := range []string{"sbexport.lock.json", ".sbexport"} {
		if err := os.RemoveAll(filepath.Join(p.dir, name)); err != nil {
			b.Fatal(err)
		}
	}
}

// left is how long the server's present window lasts. Windows begin at whole
// multiples of their length; one with less than a minute left, of a limit that
// is just enough for one window, is waited out.
func (w budget) left(b *testing.B) time.Duration {
	b.Helper()
	left := func() time.Duration { return time.Until(time.Now().Truncate(w.window).Add(w.window)) }
	if l := left(); w.window > 2*time.Minute && l < time.Minute {
		time.Sleep(l)
	}
	return left()
}
