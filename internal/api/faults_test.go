package api

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/credentials"
	"sbexport/internal/platform"
	"sbexport/internal/sleep"
)

// fault is one way for a request to go wrong.
type fault struct {
	name  string
	serve func(w http.ResponseWriter, r *http.Request)
	// connect is the failure to make a connection, in place of serve.
	connect error

	again     bool // a read is sent again
	resent    bool // a submission is sent again
	unknown   bool // the outcome of a submission is not known
	wait      time.Duration
	code      int    // of the *platform.Error
	protocol  bool   // it is a *failure that has an answer
	contains  string // part of the message
	moreTries bool   // it is tried more often than other faults
}

func status(code int, body string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { reply(w, code, body) }
}

func sends(code int, kind, body string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		reply(w, code, body)
	}
}

func fails(err error) func(http.ResponseWriter, *http.Request) {
	return func(http.ResponseWriter, *http.Request) { panic(err) }
}

func redirect(to string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", to)
		reply(w, 302, "")
	}
}

var faults = []fault{
	{name: "500", serve: status(500, `{"status":500,"code":90004,"message":"oops"}`), again: true, unknown: true, code: 90004},
	{name: "500 without a code", serve: status(500, `{"message":"oops"}`), again: true, unknown: true, contains: "oops"},
	{name: "500 with an empty object", serve: status(500, `{}`), again: true, unknown: true, contains: "status 500"},
	{name: "503", serve: status(503, `{"status":503,"code":90005,"message":"busy"}`), again: true, unknown: true, code: 90005},
	{name: "503 without a code is no maintenance", serve: status(503, `{"message":"busy"}`), again: true, unknown: true, code: 90005},
	{name: "503 with a null code is no maintenance", serve: status(503, `{"code":null}`), again: true, unknown: true, code: 90005},
	{name: "maintenance", serve: status(503, `{"status":503,"code":0,"message":"maintenance"}`), again: true, resent: true, contains: "maintenance", moreTries: true},
	{name: "rate limited", serve: status(429, `{"status":429,"code":1000,"message":"slow"}`), again: true, resent: true, code: 1000, moreTries: true},
	{name: "rate limited with a page", serve: sends(429, "text/html", `<html>slow`), again: true, resent: true, code: 1000, moreTries: true},
	{name: "rate limited by code alone", serve: status(403, `{"code":"1000","message":"slow"}`), again: true, resent: true, code: 1000, moreTries: true},
	{name: "cloud failing", serve: status(403, `{"code":9000}`), again: true, code: 9000},
	{name: "gateway page", serve: sends(502, "text/html", `<html>Bad gateway</html>`), again: true, unknown: true, protocol: true, contains: "gateway"},
	{name: "page without a type", serve: sends(504, "", "\n <html>"), again: true, unknown: true, protocol: true},
	{name: "page in place of data", serve: sends(200, "text/html; charset=utf-8", `{"items":[]}`), again: true, unknown: true, protocol: true, contains: "web page"},
	{name: "404 page", serve: sends(404, "text/html", `<html>`), unknown: true, protocol: true},
	{name: "403 page", serve: sends(403, "text/plain", `no`), unknown: true, protocol: true},
	{name: "truncated", serve: status(200, `{"username":"m`), again: true, unknown: true, protocol: true, contains: "cannot be read"},
	{name: "empty", serve: status(200, ` `), again: true, unknown: true, protocol: true, contains: "empty"},
	{name: "no content", serve: status(204, ``), again: true, unknown: true, protocol: true},
	{name: "a list in place of an object", serve: status(200, `[1,2]`), again: true, unknown: true, protocol: true},
	{name: "words", serve: status(200, `hello`), again: true, unknown: true, protocol: true},
	{name: "two documents", serve: status(200, `{"username":"me"}{"username":"you"}`), again: true, unknown: true, protocol: true},
	{name: "truncated refusal", serve: status(400, `{"code":90`), unknown: true, protocol: true},
	{name: "redirect", serve: redirect("https://evil.example.com/v2"), unknown: true, protocol: true, contains: "redirect"},
	{name: "redirect on the same host", serve: redirect(endpoint + "/other"), unknown: true, protocol: true, contains: "redirect"},
	{name: "cut after arrival", serve: fails(http.ErrAbortHandler), again: true, unknown: true, contains: "reset by peer"},
	{name: "no connection", connect: &net.OpError{Op: "dial", Err: errors.New("connection refused")}, again: true, resent: true, contains: "refused"},
	{name: "connection fails in use", serve: fails(&net.OpError{Op: "read", Err: errors.New("broken")}), again: true, unknown: true},
	{name: "a look-up that fails", connect: &net.OpError{Op: "dial", Err: &net.DNSError{Err: "server misbehaving", IsTemporary: true}}, again: true, resent: true, contains: "misbehaving"},
	{name: "no such host", connect: &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}, contains: "no such host"},
	{name: "certificate", connect: &tls.CertificateVerificationError{Err: errors.New("expired")}, contains: "expired"},
	{name: "silence", serve: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, again: true, unknown: true, wait: 2 * time.Minute, contains: "in time"},
	{name: "400", serve: status(400, `{"code":90000,"message":"bad"}`), code: 90000},
	{name: "401", serve: status(401, `{"code":90001,"message":"who"}`), code: 90001},
	{name: "403", serve: status(403, `{"code":9006,"message":"cannot"}`), code: 9006},
	{name: "404", serve: status(404, `{"code":9007,"message":"none"}`), code: 9007},
	{name: "408", serve: status(408, `{"message":"too slow"}`), again: true, unknown: true, contains: "too slow"},
	{name: "499", serve: status(499, `{"message":"gone"}`), unknown: true, contains: "gone"},
	{name: "409 as a text message", serve: status(409, `{"message":"Location already contains a file"}`), contains: "already contains"},
	{name: "501", serve: status(501, `{"code":90010}`), unknown: true, code: 90010},
}

// server has the fault once and then serves as then says, or has it for ever.
func (f *fault) server(then func(n int, w http.ResponseWriter, r *http.Request)) *server {
	return &server{
		serve: func(n int, w http.ResponseWriter, r *http.Request) {
			if n > 0 && then != nil {
				then(n, w, r)
				return
			}
			f.serve(w, r)
		},
		connect: func(n int) error {
			if n > 0 && then != nil {
				return nil
			}
			return f.connect
		},
	}
}

// check checks the error that a fault ends in.
func (f *fault) check(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	var refused *platform.Error
	if f.code != 0 && (!errors.As(err, &refused) || refused.Code != f.code) {
		t.Errorf("error %v (%+v), want code %d", err, refused, f.code)
	}
	var failed *failure
	if protocol := errors.As(err, &failed) && failed.status != 0; protocol != f.protocol {
		t.Errorf("error %v: is about an answer: %t", err, protocol)
	}
	if !strings.Contains(err.Error(), f.contains) {
		t.Errorf("error %q does not say %q", err, f.contains)
	}
	if strings.Contains(err.Error(), secret) {
		t.Errorf("error %q shows the token", err)
	}
}

// TestReadFaults has each fault once, and for ever.
func TestReadFaults(t *testing.T) {
	t.Parallel()
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := f.server(func(n int, w http.ResponseWriter, _ *http.Request) {
					reply(w, 200, `{"username":"me"}`)
				})
				start := time.Now()
				name, err := newClient(t, s, nil).User(background(t))
				if f.again {
					if name != "me" || err != nil {
						t.Errorf("after one fault: %q, %v", name, err)
					}
					if took := time.Since(start); took < f.wait+500*time.Millisecond || took > f.wait+5*time.Second {
						t.Errorf("came back after %v", took)
					}
				} else {
					f.check(t, err)
				}
				if n := s.count(); (n == 2) != f.again {
					t.Errorf("%d requests", n)
				}
			})
			synctest.Test(t, func(t *testing.T) {
				s := f.server(nil)
				_, err := newClient(t, s, nil).User(background(t))
				f.check(t, err)
				if n := s.count(); f.again && !f.moreTries && n != 4 || !f.again && n != 1 || f.moreTries && (n < 5 || n > 100) {
					t.Errorf("%d requests", n)
				}
				if !strings.HasPrefix(err.Error(), "reading the user: ") {
					t.Errorf("error %q does not say what was attempted", err)
				}
			})
		})
	}
}

var oneExport = []platform.ExportRequest{{File: "f1", Volume: "me/v", Location: "a.txt"}}

const oneStarted = `{"items":[{"resource":{"id":"job1","state":"PENDING","source":{"file":"f1"},"destination":{"volume":"me/v","location":"a.txt"}}}]}`

// TestSubmitFaults has each fault once, and for ever: a submission is sent again
// only where the platform has certainly not looked at it.
func TestSubmitFaults(t *testing.T) {
	t.Parallel()
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			check := func(t *testing.T, err error) {
				t.Helper()
				f.check(t, err)
				if errors.Is(err, platform.ErrOutcomeUnknown) != f.unknown {
					t.Errorf("error %v: the outcome is unknown: %t", err, !f.unknown)
				}
			}
			synctest.Test(t, func(t *testing.T) {
				s := f.server(func(n int, w http.ResponseWriter, _ *http.Request) {
					reply(w, 200, oneStarted)
				})
				results, err := newClient(t, s, nil).Submit(background(t), background(t), false, oneExport)
				if !f.resent {
					check(t, err)
				} else if err != nil || results[0].Export.ID != "job1" {
					t.Errorf("after one fault: %v, %v", results, err)
				}
				if n := s.count(); (n == 2) != f.resent {
					t.Errorf("%d requests", n)
				}
			})
			synctest.Test(t, func(t *testing.T) {
				s := f.server(nil)
				_, err := newClient(t, s, nil).Submit(background(t), background(t), false, oneExport)
				check(t, err)
				if n := s.count(); (n > 1) != f.resent || n > 100 {
					t.Errorf("%d requests", n)
				}
			})
		})
	}
}

// TestCancel cancels before, while and after a request is sent.
func TestCancel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveFunc(func(_ int, w http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(10 * time.Second):
				refuse(w, 500, 90004, "oops")
			}
		})
		c := newClient(t, s, nil)
		for _, tt := range []struct {
			after    time.Duration
			requests int
			unknown  bool
		}{{-1, 0, false}, {time.Second, 1, true}} {
			before := s.count()
			ctx, cancel := context.WithTimeout(t.Context(), tt.after)
			_, err := c.Submit(ctx, ctx, false, oneExport)
			if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, platform.ErrOutcomeUnknown) != tt.unknown {
				t.Errorf("cancelled after %v: %v", tt.after, err)
			}
			if n := s.count() - before; n != tt.requests {
				t.Errorf("cancelled after %v: %d requests", tt.after, n)
			}
			cancel()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10500*time.Millisecond)
		defer cancel()
		if _, err := c.User(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("cancelled while waiting to try again: %v", err)
		}
	})
}

// TestSubmissionDoesNotLeaveLate ends the context that submissions may leave in
// while one waits, wherever that is: nothing is sent, and that is certain. One
// that has left is waited for.
func TestSubmissionDoesNotLeaveLate(t *testing.T) {
	t.Parallel()
	empty := func(w http.ResponseWriter) { rateHeaders(w.Header(), 100, 0, time.Now().Unix()+200) }
	for _, tt := range []struct {
		name  string
		first func(w http.ResponseWriter, r *http.Request) // answers a read
		then  func(w http.ResponseWriter, r *http.Request) // answers the submission
		fails error                                        // to connect with it
		sent  int                                          // submissions that arrive
		taken bool
	}{
		{name: "in the queue for the budget", first: func(w http.ResponseWriter, _ *http.Request) {
			empty(w)
			reply(w, 200, `{"username":"me"}`)
		}},
		{name: "after a 429", then: func(w http.ResponseWriter, _ *http.Request) {
			empty(w)
			refuse(w, 429, 1000, "slow")
		}, sent: 1},
		{name: "after maintenance", then: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "60")
			refuse(w, 503, 0, "closed")
		}, sent: 1},
		{name: "without a network", fails: &net.OpError{Op: "dial", Err: errors.New("no route")}, sent: 20},
		{name: "on its way", then: func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Minute)
			reply(w, 200, oneStarted)
		}, sent: 1, taken: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveFunc(func(n int, w http.ResponseWriter, r *http.Request) {
					switch {
					case n > 0 && tt.then != nil:
						tt.then(w, r)
					case n == 0 && tt.first != nil:
						tt.first(w, r)
					default:
						reply(w, 200, `{"username":"me"}`)
					}
				})
				s.connect = func(n int) error {
					if n > 0 {
						return tt.fails
					}
					return nil
				}
				c := newClient(t, s, nil)
				if _, err := c.User(background(t)); err != nil {
					t.Fatal(err)
				}
				leave, stop := context.WithTimeout(t.Context(), 45*time.Second)
				defer stop()
				start := time.Now()
				results, err := c.Submit(background(t), leave, false, oneExport)
				if tt.taken != (err == nil && results[0].Export.ID == "job1") {
					t.Errorf("%v, %v", results, err)
				}
				if errors.Is(err, platform.ErrOutcomeUnknown) {
					t.Errorf("a submission that did not leave: %v", err)
				}
				if took := time.Since(start); !tt.taken && took != 45*time.Second {
					t.Errorf("came back after %v", took)
				}
				time.Sleep(time.Hour)
				if n := s.count() - 1; n > tt.sent || tt.fails == nil && n != tt.sent {
					t.Errorf("%d submissions, want %d", n, tt.sent)
				}
			})
		})
	}
}

// TestSubmissionDoesNotLeaveAfterDialling has a connection that is there only
// when the submission may no longer leave.
func TestSubmissionDoesNotLeaveAfterDialling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got atomic.Int64
		transport := networkTransport()
		transport.DialTLSContext = func(context.Context, string, string) (net.Conn, error) {
			time.Sleep(20 * time.Second) // and heeds nobody
			client, server := net.Pipe()
			go func() {
				n, _ := io.Copy(io.Discard, server)
				got.Add(n)
			}()
			return client, nil
		}
		c := newClient(t, nil, func(o *Options) { o.Transport = transport })
		defer transport.CloseIdleConnections()
		leave, stop := context.WithTimeout(t.Context(), 10*time.Second)
		defer stop()
		start := time.Now()
		_, err := c.Submit(background(t), leave, false, oneExport)
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, platform.ErrOutcomeUnknown) || time.Since(start) != 10*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		time.Sleep(time.Minute)
		transport.CloseIdleConnections()
		synctest.Wait()
		if n := got.Load(); n > 0 {
			t.Errorf("%d bytes have left", n)
		}
	})
}

// A body that has begun to leave cannot be withheld, and one that is late gives
// nothing.
func TestBodyLeavesInTimeOrNotAtAll(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	begun := &body{leave: ctx, r: strings.NewReader("all of it")}
	if n, err := begun.Read(make([]byte, 3)); n != 3 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	cancel()
	rest, err := io.ReadAll(begun)
	if begun.withhold() || string(rest) != " of it" || err != nil {
		t.Errorf("the rest is %q, %v", rest, err)
	}
	late := &body{leave: ctx, r: strings.NewReader("all of it")}
	if n, err := late.Read(make([]byte, 3)); n != 0 || err == nil || !late.withhold() {
		t.Errorf("too late: %d bytes, %v", n, err)
	}
}

// The token goes to no other host, whoever has made the call.
func TestTokenStaysAtItsHost(t *testing.T) {
	t.Parallel()
	c, s := answering(t, 200, `{}`)
	for _, at := range []string{"https://evil.example.com/v2/user", "http://api.example.org/v2/user", "https://api.example.org:8443/v2/user"} {
		u, err := url.Parse(at)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.once(t.Context(), &call{method: http.MethodGet, url: u}); err == nil || s.count() != 0 {
			t.Errorf("%s: error %v after %d requests", at, err, s.count())
		}
	}
}

var blanks = bytes.Repeat([]byte(" "), 1<<20)

// endless is a body without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	return copy(p, blanks), nil
}

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestBrokenBodies has answers whose body never comes to its end.
func TestBrokenBodies(t *testing.T) {
	t.Parallel()
	answer := func(code int, body io.Reader) http.RoundTripper {
		return roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: code, Header: http.Header{}, Body: io.NopCloser(body)}, nil
		})
	}
	t.Run("endless", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, nil, func(o *Options) { o.Transport = answer(200, endless{}) })
		_, err := c.User(t.Context())
		if !errors.Is(err, errTooLarge) || c.Requests() != 1 {
			t.Errorf("error %v after %d requests", err, c.Requests())
		}
	})
	t.Run("cut", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			cut := io.MultiReader(strings.NewReader(`{"username":`), errReader{io.ErrUnexpectedEOF})
			c := newClient(t, nil, func(o *Options) { o.Transport = answer(200, cut) })
			_, err := c.User(t.Context())
			var failed *failure
			if !errors.As(err, &failed) || !errors.Is(err, io.ErrUnexpectedEOF) || c.Requests() != maxTries {
				t.Errorf("error %v after %d requests", err, c.Requests())
			}
		})
	})
	t.Run("a refusal that is cut is still a 429", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, nil, func(o *Options) { o.Transport = answer(429, errReader{io.ErrUnexpectedEOF}) })
			_, err := c.Submit(t.Context(), t.Context(), false, oneExport)
			var refused *platform.Error
			if !errors.As(err, &refused) || !refused.RateLimited() || errors.Is(err, platform.ErrOutcomeUnknown) {
				t.Errorf("error %v", err)
			}
		})
	})
	t.Run("a drop every ten seconds", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			slow := roundTrip(func(r *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(drip{r.Context()})}, nil
			})
			c := newClient(t, nil, func(o *Options) { o.Transport = slow })
			c.tries.max = 1
			start := time.Now()
			_, err := c.User(t.Context())
			if took := time.Since(start); !errors.Is(err, errNoAnswer) || took > readTimeout+10*time.Second {
				t.Errorf("after %v: %v", took, err)
			}
		})
	})
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

// drip sends a byte every ten seconds until its context ends.
type drip struct{ ctx context.Context }

func (d drip) Read(p []byte) (int, error) {
	if err := sleep.For(d.ctx, 10*time.Second); err != nil {
		return 0, err
	}
	p[0] = ' '
	return 1, nil
}

// TestTokenIsNeverShown has a server that echoes the token wherever it can.
func TestTokenIsNeverShown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := serveFunc(func(n int, w http.ResponseWriter, r *http.Request) {
			token := r.Header.Get("X-SBG-Auth-Token")
			if token != secret {
				t.Errorf("token %q", token)
			}
			w.Header().Set("X-Request-Id", "id-"+token)
			w.Header().Set("X-RateLimit-Remaining", token)
			if n%2 == 0 {
				refuse(w, 500, 90004, "token "+token+" is\x1b[31m odd\n")
				return
			}
			reply(w, 200, `{"items":[{"id":"a","name":"b"}],"links":[{"rel":"next","href":"/v2/files?t=`+token+`"}]}`)
		})
		c := newClient(t, s, func(o *Options) {
			o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		c.tries.max = 1
		_, err := c.User(t.Context())
		if err == nil || strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "token [token] is [31m odd") {
			t.Errorf("error %q", err)
		}
		var refused *platform.Error
		if !errors.As(err, &refused) || refused.RequestID != "id-[token]" {
			t.Errorf("error %#v", refused)
		}
		err = c.Folder(t.Context(), "a/b", "", func([]platform.File) error { return nil })
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("error %v", err)
		}
		if out := log.String(); strings.Contains(out, secret) || !strings.Contains(out, "request_id") || !strings.Contains(out, "GET") {
			t.Errorf("log:\n%s", out)
		}
	})
}

// TestTokenIsNotShownByTheTransport has servers that break the protocol with the
// token in what they send, which net/http quotes in its errors.
func TestTokenIsNotShownByTheTransport(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		"TOKEN\r\n\r\n",
		"HTTP/1.1 TOKEN\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTOKEN\r\n\r\n",
		"HTTP/1.1 200 OK\r\nX TOKEN: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: TOKEN\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: TOKEN\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nTOKEN\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nTOKEN\r\n\r\n",
		"HTTP/1.1 302 TOKEN\r\nLocation: https://TOKEN.example.com/TOKEN\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 502 TOKEN\r\nContent-Type: text/html\r\nX-Request-Id: TOKEN\r\nX-RateLimit-Remaining: TOKEN\r\nContent-Length: 45\r\n\r\n<html>TOKEN",
		"HTTP/1.1 200 OK\r\nContent-Length: 47\r\n\r\n{\"username\":TOKEN",
		"HTTP/1.1 401 OK\r\nContent-Length: 1016\r\n\r\n{\"message\":\"" + strings.Repeat(" ", 970) + "TOKEN\"}",
	} {
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			transport := networkTransport()
			transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
				here, there := net.Pipe()
				go func() {
					defer there.Close() //nolint:errcheck // an end like any other
					if r, err := http.ReadRequest(bufio.NewReader(there)); err == nil {
						_, _ = io.WriteString(there, strings.ReplaceAll(answer, "TOKEN", r.Header.Get("X-SBG-Auth-Token")))
					}
				}()
				return here, nil
			}
			c := newClient(t, nil, func(o *Options) {
				o.Credentials, o.Transport = at(t, "http://127.0.0.1/v2"), transport
				o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			})
			_, err := c.User(t.Context())
			if err == nil || strings.Contains(err.Error(), secret[:20]) {
				t.Errorf("%q: error %v", answer, err)
			}
			if out := log.String(); strings.Contains(out, secret[:20]) || !strings.Contains(out, "GET") {
				t.Errorf("%q: log:\n%s", answer, out)
			}
			transport.CloseIdleConnections()
		})
	}
}

// TestRedaction has what is taken for the token, and what is not.
func TestRedaction(t *testing.T) {
	t.Parallel()
	const odd = `ab"cd\ef&gh%0123456789`
	for _, tt := range []struct{ token, text, want string }{
		{secret, "x" + secret + "y", "x[token]y"},
		{publicToken, "the simulator, simulator.yaml", "the simulator, simulator.yaml"},
		{"rna", "rna is in rna-seq and journals", "[token] is in [token]-seq and journals"},
		{odd, odd + fmt.Sprintf(" %q ", odd) + url.QueryEscape(odd), `[token] "[token]" [token]`},
	} {
		if got := newRedactor(tt.token).clean(tt.text); got != tt.want {
			t.Errorf("%q without %q: %q", tt.text, tt.token, got)
		}
	}
	// Data change for a token that is none by accident only.
	for token, want := range map[string]string{secret: "a[token].bam", "sample": "asample.bam", publicToken: "asimulator.bam"} {
		who, err := credentials.New(endpoint, token, "test")
		if err != nil {
			t.Fatal(err)
		}
		s := serveFunc(func(_ int, w http.ResponseWriter, r *http.Request) {
			reply(w, 200, `{"id":"f","name":"a`+token+`.bam","type":"file","size":1}`)
		})
		f, err := newClient(t, s, func(o *Options) { o.Credentials = who }).File(t.Context(), "f")
		if err != nil || f.Name != want {
			t.Errorf("token %q: %+v, %v", token, f, err)
		}
	}
}

// TestLog has one line a request at Info and the reason of a retry at Debug.
func TestLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := serveFunc(func(n int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Request-Id", "r7")
			w.Header().Set("X-RateLimit-Remaining", "41")
			if n == 0 {
				refuse(w, 500, 90004, "oops")
				return
			}
			reply(w, 200, `{"id":"me/v"}`)
		})
		c := newClient(t, s, func(o *Options) {
			o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		if _, err := c.Volume(t.Context(), "me/v"); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		if len(lines) != 3 {
			t.Fatalf("%d lines:\n%s", len(lines), log.String())
		}
		for i, wants := range [][]string{
			{"level=INFO", "method=GET", "path=/v2/storage/volumes/me/v", "status=500", "request_id=r7", "remaining=41"},
			{"level=DEBUG", "oops"},
			{"level=INFO", "status=200"},
		} {
			for _, want := range wants {
				if !strings.Contains(lines[i], want) {
					t.Errorf("line %q lacks %q", lines[i], want)
				}
			}
		}
	})
}

// TestRealConnections has what only a real connection can do: a server that
// drops idle connections, and one that is not there.
func TestRealConnections(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan string, 10)
	go serveThenCut(listener, served)
	c := newClient(t, nil, func(o *Options) {
		o.Credentials, o.Transport = at(t, "http://"+listener.Addr().String()+"/v2"), nil
	})
	defer c.Close()
	if _, err := c.Submit(t.Context(), t.Context(), false, oneExport); err != nil {
		t.Fatal(err)
	}
	// The second request reaches the server on the same connection and is cut.
	_, err = c.Submit(t.Context(), t.Context(), true, oneExport)
	if !errors.Is(err, platform.ErrOutcomeUnknown) {
		t.Errorf("after a cut: %v", err)
	}
	if err := listener.Close(); err != nil {
		t.Error(err)
	}
	var lines []string
	for line := range served {
		lines = append(lines, line)
	}
	if len(lines) != 2 || !strings.HasSuffix(lines[1], "copy_only=true HTTP/1.1") {
		t.Errorf("the server saw %q", lines)
	}
	c.tries = &retryPolicy{max: 1, tell: newTeller(nil), log: slog.New(slog.DiscardHandler)}
	_, err = c.Submit(t.Context(), t.Context(), false, oneExport)
	if err == nil || errors.Is(err, platform.ErrOutcomeUnknown) {
		t.Errorf("with nobody there: %v", err)
	}
}
