package simulator

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// Transport answers requests within the process, with no network: hosts and
// schemes are of no account, and links in the answers lead to the host asked.
// A cut connection becomes an error, as it would with a network. The request's
// context ends the wait for a late answer.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ s *Server }

// RoundTrip answers one request.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	a, err := t.s.respond(r, r.URL.Scheme+"://"+r.URL.Host)
	if err != nil {
		return nil, fmt.Errorf("simulated platform: %w", err)
	}
	if r.Method == http.MethodHead {
		a.body = nil
	}
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)),
		StatusCode:    a.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        a.header,
		Body:          io.NopCloser(bytes.NewReader(a.body)),
		ContentLength: int64(len(a.body)),
		Request:       r,
	}, nil
}
