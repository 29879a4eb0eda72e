package contract

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// Serve serves over real HTTP until the test ends, and returns the endpoint.
func (s *Server) Serve(t testing.TB) (endpoint string) {
	t.Helper()
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return h.URL + "/v2"
}

// Transport serves requests to Endpoint without a network, so that it also runs
// in virtual time. A request to any other host fails and is a breach.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ s *Server }

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	defer closeBody(r)
	if own, err := url.Parse(Endpoint); err != nil || r.URL.Host != own.Host || r.URL.Scheme != own.Scheme {
		t.s.stray(r)
		return nil, fmt.Errorf("no such host: %s", r.URL.Host)
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	a := t.s.answer(r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if a.Cut {
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", a.Status, http.StatusText(a.Status)), StatusCode: a.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.Header, Body: io.NopCloser(bytes.NewReader(a.Body)), ContentLength: int64(len(a.Body)), Request: r,
	}, nil
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close() // nothing is left to be lost
	}
}

// stray records a request to somebody else.
func (s *Server) stray(r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	with := "without a token"
	if r.Header.Get("X-SBG-Auth-Token") != "" || r.Header.Get("Authorization") != "" {
		with = "with a token"
	}
	s.breach("a request left for %s://%s %s", r.URL.Scheme, r.URL.Host, with)
}
