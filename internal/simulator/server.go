package simulator

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// maxBody is the largest request body read, in bytes.
const maxBody = 16 << 20

// Server is a simulated platform. It is an http.Handler that serves below /v2,
// and with Transport it answers requests of this process without any network.
// It is safe for concurrent use. Jobs go on by the clock alone: no goroutine
// runs between requests, so a Server fits into a testing/synctest bubble.
type Server struct {
	seed     *Seed
	observer func(Request)
	takes    func(file string, size int64) time.Duration // nil for what the seed says
	log      *stateLog                                   // nil when nothing is kept
	note     string

	mu    sync.Mutex // guards all below
	began time.Time  // when the platform was first started

	*tree
	volumes    []*volume
	volumeByID map[string]*volume
	jobIndex
	taskIndex

	windows     map[string]*window
	faultStates []faultState
	ruleHits    map[ruleHit]int
	violations  []string
	counters    map[string]int
	served      uint64
	requests    requestLog

	unsaved unsaved
	dirty   bool  // counters have to be saved with the next events
	broken  error // why the state could not be saved; nothing is served then
}

// Option changes how a Server is made.
type Option func(*Server)

// WithObserver has every request told to f, after it was answered and in the
// order of the answers. f must not call the Server.
func WithObserver(f func(Request)) Option { return func(s *Server) { s.observer = f } }

// WithDurations has the job of each file take what f says, once it is started,
// whatever the seed says.
func WithDurations(f func(file string, size int64) time.Duration) Option {
	return func(s *Server) { s.takes = f }
}

// New makes a simulated platform that keeps its state in memory only. The error
// names file and line of what does not fit together in the seed.
func New(seed *Seed, opts ...Option) (*Server, error) {
	return build(seed, time.Now(), opts)
}

// build makes a platform that was first started at a time.
func build(seed *Seed, began time.Time, opts []Option) (*Server, error) {
	s := &Server{
		seed: seed, began: began, jobIndex: newJobIndex(),
		windows: map[string]*window{}, faultStates: make([]faultState, len(seed.faults)),
		ruleHits: map[ruleHit]int{}, counters: map[string]int{},
	}
	for _, opt := range opts {
		opt(s)
	}
	r := &reader{name: seed.name}
	s.tree = buildTree(seed, r, began)
	s.makeVolumes(r)
	s.makeAliases(r)
	s.makeJobs(r)
	s.makeTasks(r)
	if err := r.err(); err != nil {
		return nil, err
	}
	return s, nil
}

// answer is what a request is answered with.
type answer struct {
	status int
	header http.Header
	kind   string // Content-Type; JSON when empty
	body   []byte
	delay  time.Duration // before it is sent
	cut    bool          // cut the connection instead
}

// ok is the answer to a request that was carried out.
func ok(body []byte) *answer { return &answer{status: http.StatusOK, body: body} }

// ServeHTTP answers one request. A fault that cuts the connection panics with
// http.ErrAbortHandler, which is how a handler of net/http does that.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	a, err := s.respond(r, scheme+"://"+r.Host)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	for key, values := range a.header {
		w.Header()[key] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the client may be gone
}

// errCut is the error of a request whose connection was cut by a fault.
var errCut = errors.New("the connection was cut")

// respond answers a request that came in at a host. The error says that there
// is no answer: the connection was cut, or the client is gone.
func (s *Server) respond(r *http.Request, host string) (*answer, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	if err := pause(r.Context(), s.latency()); err != nil {
		return nil, err
	}
	c := &call{s: s, r: r, base: host + "/v2", body: body}
	a := c.serve()
	if err := pause(r.Context(), a.delay); err != nil {
		return nil, err
	}
	if a.cut {
		return nil, errCut
	}
	return a, nil
}

// readBody reads a request's body. One that is too large is cut off, and so
// found to be no JSON.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return nil, fmt.Errorf("read the request: %w", err)
	}
	return body, nil
}

// latency draws how long this request is under way.
func (s *Server) latency() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.served++
	b := &s.seed.behavior
	return b.latency.draw(b.dice(diceLatency, s.served), 0)
}

// pause waits, but not longer than the context lives.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Token is the token of the seed's own user.
func (s *Server) Token() string {
	for token, user := range s.seed.tokens {
		if user == s.seed.user {
			return token
		}
	}
	return ""
}

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

// certificateLife is how long a certificate is good for.
const certificateLife = 30 * 24 * time.Hour

// Certificate makes a certificate for this machine's own names and for a host,
// which may be empty, and tells it as text for clients to trust. It is its own
// authority.
func Certificate(host string) (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("make a certificate: %w", err)
	}
	now := time.Now()
	form := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: "sbexport simulator"},
		NotBefore:    now.Add(-time.Hour), // clocks differ
		NotAfter:     now.Add(certificateLife),
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		IsCA:         true,
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},

		BasicConstraintsValid: true,
	}
	if ip := net.ParseIP(host); ip != nil {
		form.IPAddresses = append(form.IPAddresses, ip)
	} else if host != "" && !slices.Contains(form.DNSNames, host) {
		form.DNSNames = append(form.DNSNames, host)
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("make a certificate: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, text, nil
}
