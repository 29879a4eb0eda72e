package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/platform"
	"sbexport/internal/simulator"
)

// away is a transport behind which the platform goes away for some time, at the
// nth request.
type away struct {
	http.RoundTripper
	at   int
	how  string
	long time.Duration

	mu    sync.Mutex
	n     int
	since time.Time
}

var errGone = &net.OpError{Op: "dial", Err: errors.New("network is unreachable")}

func (a *away) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	a.n++
	first := a.n == a.at
	if first {
		a.since = time.Now()
	}
	gone := !a.since.IsZero() && time.Since(a.since) < a.long
	a.mu.Unlock()
	if !gone {
		return a.RoundTripper.RoundTrip(r)
	}
	if a.how == "no network" && !first {
		return nil, errGone
	}
	switch a.how {
	case "no network", "answer lost": // the first request still arrives
		response, err := a.RoundTripper.RoundTrip(r)
		if err == nil {
			err = response.Body.Close()
		}
		return nil, errors.Join(errors.New("connection reset by peer"), err)
	case "silence":
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	_, _ = io.Copy(io.Discard, r.Body)
	return &http.Response{
		StatusCode: http.StatusBadGateway, Header: http.Header{"Content-Type": {"text/html"}},
		Body: io.NopCloser(strings.NewReader("<html>Bad gateway</html>")),
	}, nil
}

// An apply outlives half an hour without the platform, whenever that begins and
// whatever it looks like: it ends as if nothing had been, and says what it waits
// for in one line.
func TestApplyOutlivesAnOutage(t *testing.T) {
	const seed = `
user: lab
projects:
- {id: lab/rna-seq, generate: [{count: 450, path: "d/{n:3}.bam"}]}
volumes:
- {id: lab/archive}
behavior:
  latency: 100ms
  jobs: {duration: {min: 30s, max: 5m}}
`
	for _, how := range []string{"no network", "answer lost", "bad gateway", "silence"} {
		for at := 3; at < 22; at += 2 {
			t.Run(fmt.Sprintf("%s at request %d", how, at), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server := simulate(t, seed)
					dir := t.TempDir()
					if err := os.WriteFile(filepath.Join(dir, "sbexport.yaml"), []byte(wholePlan), 0o600); err != nil {
						t.Fatal(err)
					}
					transport := &away{RoundTripper: server.Transport(), at: at, how: how, long: 28 * time.Minute}
					r := program(t, dir, transport, "apply", "-y").want(t, ExitOK)
					told := 0
					for line := range strings.Lines(r.err) {
						if strings.HasPrefix(line, "waiting for the platform to answer again (") {
							told++
						}
					}
					if told > 1 || told == 0 && transport.n > at {
						t.Errorf("told %d times:\n%s", told, r.err)
					}
					arrivedOnce(t, server, dir)
					inOrder(t, server)
				})
			})
		}
	}
}

// arrivedOnce checks that each file of a seed was exported by one job, and is on
// record.
func arrivedOnce(t *testing.T, server *simulator.Server, dir string) {
	t.Helper()
	is := truth(server)
	if len(is.Jobs) != len(is.Files) {
		t.Errorf("%d jobs for %d files", len(is.Jobs), len(is.Files))
	}
	for _, f := range is.Files {
		if f.Volume != archive {
			t.Errorf("%s has not arrived", f.Path)
		}
	}
	lock, err := os.ReadFile(filepath.Join(dir, "sbexport.lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(lock, []byte(`"state":"`+string(platform.Completed)+`"`)); n != len(is.Files) {
		t.Errorf("%d files on record, want %d", n, len(is.Files))
	}
}
