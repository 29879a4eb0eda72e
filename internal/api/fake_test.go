package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sbexport/internal/credentials"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	endpoint = "https://api.example.org/v2"
	secret   = "0123456789abcdef0123456789abcdef"
)

// errCut is a connection that breaks after the request has arrived.
var errCut = errors.New("connection reset by peer")

// inProcess serves requests from a handler without a network. A handler that
// panics with http.ErrAbortHandler cuts the connection; one that panics with
// another error makes it the transport's.
type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (response *http.Response, err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case error:
			response, err = nil, v
			if errors.Is(v, http.ErrAbortHandler) {
				err = errCut
			}
		default:
			panic(v)
		}
	}()
	w := httptest.NewRecorder()
	done := make(chan struct{})
	p.handler.ServeHTTP(w, r)
	close(done)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

// server is a handler that also notes what it was asked.
type server struct {
	mu       sync.Mutex
	requests []string // "METHOD path?query"
	bodies   []string
	headers  []http.Header
	serve    func(n int, w http.ResponseWriter, r *http.Request) // n counts from 0
	// connect fails a request before anything of it was read; nil never does.
	connect func(n int) error
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	n := len(s.requests)
	s.requests = append(s.requests, r.Method+" "+r.URL.RequestURI())
	s.bodies = append(s.bodies, "")
	s.headers = append(s.headers, r.Header.Clone())
	s.mu.Unlock()
	if s.connect != nil {
		if err := s.connect(n); err != nil {
			panic(err)
		}
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	s.mu.Lock()
	s.bodies[n] = string(body)
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	s.serve(n, w, r)
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

// at are credentials for an endpoint.
func at(t testing.TB, endpoint string) credentials.Credentials {
	t.Helper()
	who, err := credentials.New(endpoint, secret, "test")
	if err != nil {
		t.Fatal(err)
	}
	return who
}

// newClient makes a client of a handler.
func newClient(t testing.TB, h http.Handler, change func(*Options)) *Client {
	t.Helper()
	o := Options{Credentials: at(t, endpoint), Transport: inProcess{h}}
	if change != nil {
		change(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// serveFunc is a server that answers every request in the same way.
func serveFunc(serve func(n int, w http.ResponseWriter, r *http.Request)) *server {
	return &server{serve: serve}
}

// reply writes a JSON answer.
func reply(w http.ResponseWriter, status int, body any) {
	w.WriteHeader(status)
	if s, ok := body.(string); ok {
		_, _ = io.WriteString(w, s)
		return
	}
	_ = json.NewEncoder(w).Encode(body)
}

// refuse writes the platform's error object.
func refuse(w http.ResponseWriter, status, code int, message string) {
	reply(w, status, map[string]any{"status": status, "code": code, "message": message, "more_info": ""})
}

func background(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
	t.Cleanup(cancel)
	return ctx
}

// serveThenCut answers the first request on each connection and cuts it at the
// second, having read it. It tells of each request line.
func serveThenCut(l net.Listener, served chan<- string) {
	defer close(served)
	conn, err := l.Accept()
	if err != nil {
		return
	}
	defer conn.Close() //nolint:errcheck // cutting it is the point
	in := bufio.NewReader(conn)
	for n := range 2 {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		served <- r.Method + " " + r.URL.RequestURI() + " " + r.Proto
		if n == 0 {
			_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(oneStarted), oneStarted)
		}
	}
}
