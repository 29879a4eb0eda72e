package api

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/platform"
	"sbexport/internal/sleep"
)

// outages are ways in which a platform that has answered before stops to.
var outages = map[string]fault{
	"no connection":         {connect: &net.OpError{Op: "dial", Err: errors.New("connection refused")}},
	"no such host":          {connect: &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}},
	"another's certificate": {connect: &tls.CertificateVerificationError{Err: errors.New("a portal's")}},
	"bad gateway":           {serve: sends(502, "text/html", "<html>"), unknown: true},
	"unavailable":           {serve: status(503, `{"code":90005,"message":"busy"}`), unknown: true},
	"maintenance":           {serve: status(503, `{"code":0,"message":"closed"}`)},
	"gateway timeout":       {serve: sends(504, "text/html", "<html>"), unknown: true},
	"error":                 {serve: status(500, `{"code":90004,"message":"oops"}`), unknown: true},
	"reset":                 {serve: fails(errCut), unknown: true},
	"silence":               {serve: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, unknown: true},
}

// TestOutage lets the platform be away for half an hour after it has answered
// once: reads and submissions that have not left come through, somebody is told
// once, and what lasts longer is an error.
func TestOutage(t *testing.T) {
	t.Parallel()
	for name, f := range outages {
		for _, away := range []time.Duration{29 * time.Minute, 24 * time.Hour} {
			t.Run(fmt.Sprint(name, " for ", away), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					start := time.Now().Add(time.Second)
					gone := func() bool { return time.Since(start) > 0 && time.Since(start) < away }
					s := &server{
						serve: func(_ int, w http.ResponseWriter, r *http.Request) {
							if gone() {
								f.serve(w, r)
								return
							}
							reply(w, 200, strings.TrimSuffix(oneStarted, "}")+`,"username":"me"}`)
						},
						connect: func(int) error {
							if gone() {
								return f.connect
							}
							return nil
						},
					}
					var mu sync.Mutex
					var told []string
					c := newClient(t, s, func(o *Options) {
						o.Patience = platform.Patience
						o.Waiting = func(_ time.Time, why string) {
							mu.Lock()
							defer mu.Unlock()
							told = append(told, why)
						}
					})
					if _, err := c.User(background(t)); err != nil {
						t.Fatal(err)
					}
					time.Sleep(2 * time.Second)
					errs := make([]error, 5)
					var all sync.WaitGroup
					for i := range errs {
						all.Go(func() {
							if i == 0 {
								_, errs[i] = c.Submit(background(t), background(t), false, oneExport)
								return
							}
							_, errs[i] = c.User(background(t))
						})
					}
					all.Wait()
					if f.unknown != errors.Is(errs[0], platform.ErrOutcomeUnknown) {
						t.Errorf("submission: %v", errs[0])
					}
					if f.unknown {
						errs = errs[1:]
					}
					for i, err := range errs {
						if (err == nil) != (away < platform.Patience) {
							t.Errorf("request %d: %v", i, err)
						}
					}
					if took := time.Since(start); took > min(away, platform.Patience)+lastBackoff+2*readTimeout {
						t.Errorf("took %v", took)
					}
					if over := len(told) == 2 && told[1] == ""; over != (away < platform.Patience) || !over && len(told) != 1 || !strings.HasPrefix(told[0], "for ") {
						t.Errorf("told %q", told)
					}
					if n := s.count(); n > 5*400 {
						t.Errorf("%d requests", n)
					}
				})
			})
		}
	}
}

// What is the matter with one request is no outage: it is given up while others
// are answered, and outlived while none is.
func TestOneRequestFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveFunc(func(_ int, w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/projects/me/bad") {
				refuse(w, 500, 90004, "Unexpected error")
				return
			}
			reply(w, 200, `{"username":"me"}`)
		})
		c := newClient(t, s, func(o *Options) { o.Patience = platform.Patience })
		if _, err := c.User(background(t)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(background(t))
		var others sync.WaitGroup
		defer func() {
			cancel()
			others.Wait()
		}()
		others.Go(func() {
			for ctx.Err() == nil {
				_, _ = c.User(ctx)
				_ = sleep.For(ctx, time.Second)
			}
		})
		start := time.Now()
		_, err := c.Project(background(t), "me/bad")
		if took := time.Since(start); err == nil || took < ownPatience || took > ownPatience+2*lastBackoff {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// An answer that was on its way when an outage began does not end anybody's
// patience with it.
func TestOutageBeginsAmidAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		s := serveFunc(func(_ int, w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v2/user" {
				time.Sleep(3 * time.Second)
			} else if gone := time.Since(start); gone > time.Second && gone < 28*time.Minute {
				refuse(w, 502, 0, "")
				return
			}
			reply(w, 200, `{"username":"me","id":"me/v"}`)
		})
		c := newClient(t, s, func(o *Options) { o.Patience = platform.Patience })
		if _, err := c.Volume(background(t), "me/v"); err != nil {
			t.Fatal(err)
		}
		var others sync.WaitGroup
		defer others.Wait()
		others.Go(func() {
			// What was on its way is answered for a while.
			for range 5 {
				_, _ = c.User(background(t))
			}
		})
		time.Sleep(2 * time.Second)
		if _, err := c.Volume(background(t), "me/v"); err != nil {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// A volume that cannot be read while others can is given up soon; one that
// cannot be read because none can is waited for.
func TestOneVolumeFails(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(http.ResponseWriter){
		"refused": func(w http.ResponseWriter) { refuse(w, 500, 90004, "Unexpected error") },
		"a page":  func(w http.ResponseWriter) { reply(w, 502, "<html>Bad Gateway</html>") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				s := serveFunc(func(_ int, w http.ResponseWriter, r *http.Request) {
					bad := strings.HasSuffix(r.URL.Path, "/me/bad") || r.URL.Query().Get("volume") == "me/bad"
					if bad || time.Since(start) > time.Hour && time.Since(start) < time.Hour+10*time.Minute {
						fail(w)
						return
					}
					reply(w, 200, `{"id":"me/good","items":[]}`)
				})
				c := newClient(t, s, func(o *Options) { o.Patience = platform.Patience })
				_, volume := c.Volume(background(t), "me/bad")
				_, jobs := c.OpenJobs(background(t), "me/bad")
				for _, err := range []error{volume, jobs} {
					if !platform.Refusal(err).Broken() || !platform.Refusal(err).Hidden() {
						t.Errorf("%v", err)
					}
				}
				if took := time.Since(start); took > 2*(ownPatience+2*lastBackoff) {
					t.Errorf("took %v", took)
				}
				time.Sleep(time.Hour - time.Since(start) + time.Second)
				if _, err := c.Volume(background(t), "me/good"); err != nil {
					t.Errorf("after an outage of all: %v", err)
				}
			})
		})
	}
}

// A platform that fails every second request is not taken for one at which single
// volumes fail.
func TestEverySecondRequestFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		chance := rand.New(rand.NewPCG(1, 2))
		var mu sync.Mutex
		s := serveFunc(func(_ int, w http.ResponseWriter, _ *http.Request) {
			mu.Lock()
			fails := chance.IntN(2) == 0
			mu.Unlock()
			if fails {
				refuse(w, 503, 90005, "Service unavailable")
				return
			}
			reply(w, 200, `{"id":"me/good","items":[]}`)
		})
		c := newClient(t, s, func(o *Options) { o.Patience = platform.Patience })
		for range 500 {
			if _, err := c.Volume(background(t), "me/good"); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestRetryAfter heeds what a server asks for, within reason.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	date := func(ahead time.Duration) string { return time.Now().Add(ahead).UTC().Format(http.TimeFormat) }
	const skew = -time.Hour // of the server's clock
	for _, tt := range []struct {
		name          string
		value         func() string
		least, atMost time.Duration
	}{
		{"seconds", func() string { return "90" }, 90 * time.Second, 92 * time.Second},
		{"a date", func() string { return date(skew + 90*time.Second) }, 90 * time.Second, 92 * time.Second},
		{"nonsense", func() string { return "soon" }, 0, 3 * time.Second},
		{"the past", func() string { return date(skew - time.Minute) }, 0, 3 * time.Second},
		{"negative", func() string { return "-5" }, 0, 3 * time.Second},
		{"a year", func() string { return "31536000" }, maxWindow, maxWindow + 3*time.Second},
		{"more seconds than there are", func() string { return "9223372036854775807" }, maxWindow, maxWindow + 3*time.Second},
	} {
		for _, body := range []string{"", `{"code":0}`, `{"code":1000}`} {
			for _, status := range []int{503, 429} {
				t.Run(fmt.Sprint(tt.name, " ", status, " ", body), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						s := serveFunc(func(n int, w http.ResponseWriter, _ *http.Request) {
							if n == 0 {
								w.Header().Set("Date", date(skew))
								w.Header().Set("Retry-After", tt.value())
								reply(w, status, body)
								return
							}
							reply(w, 200, `{"username":"me"}`)
						})
						start := time.Now()
						if _, err := newClient(t, s, nil).User(background(t)); err != nil {
							t.Fatal(err)
						}
						if took := time.Since(start); took < tt.least || took > tt.atMost {
							t.Errorf("asked again after %v, want %v to %v", took, tt.least, tt.atMost)
						}
					})
				})
			}
		}
	}
}

// A submission that a server puts off is not repeated, and neither is another
// one sent before the server wants to hear from us again.
func TestRetryAfterOfSubmissions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveFunc(func(n int, w http.ResponseWriter, _ *http.Request) {
			if n == 0 {
				w.Header().Set("Retry-After", "90")
				refuse(w, 503, 90005, "Service unavailable")
				return
			}
			reply(w, 200, oneStarted)
		})
		c := newClient(t, s, nil)
		start := time.Now()
		if _, err := c.Submit(background(t), background(t), false, oneExport); !errors.Is(err, platform.ErrOutcomeUnknown) {
			t.Errorf("the first: %v", err)
		}
		stopped, stop := context.WithCancel(background(t))
		stop()
		if _, err := c.Submit(background(t), stopped, false, oneExport); err == nil || errors.Is(err, platform.ErrOutcomeUnknown) {
			t.Errorf("a stopped one: %v", err)
		}
		if _, err := c.Submit(background(t), background(t), false, oneExport); err != nil {
			t.Errorf("the next: %v", err)
		}
		if took := time.Since(start); took < 90*time.Second || s.count() != 2 {
			t.Errorf("%d requests after %v", s.count(), took)
		}
	})
}

// While nothing has answered yet, it is said at once, and with its address, what
// is being tried; also when the connection hangs.
func TestNoAnswerYet(t *testing.T) {
	t.Parallel()
	for name, hangs := range map[string]time.Duration{"refused": 0, "hanging": time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				var mu sync.Mutex
				var told []string
				var first time.Duration
				c := newClient(t, serveFunc(func(int, http.ResponseWriter, *http.Request) {}), func(o *Options) {
					o.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
						time.Sleep(hangs)
						return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
					})
					o.Waiting = func(_ time.Time, why string) {
						mu.Lock()
						defer mu.Unlock()
						if told = append(told, why); len(told) == 1 {
							first = time.Since(began)
						}
					}
				})
				_, err := c.User(background(t))
				unreachable, ok := errors.AsType[*UnreachableError](err)
				if !ok || unreachable.Hint() == "" || !strings.Contains(err.Error(), "https://api.example.org/v2 cannot be reached: connection refused (tried 4 times)") {
					t.Errorf("got %v", err)
				}
				mu.Lock()
				defer mu.Unlock()
				if len(told) != 1 || !strings.HasPrefix(told[0], "for api.example.org to answer") || first > worthTelling {
					t.Errorf("told %q, first after %v", told, first)
				}
			})
		})
	}
}
