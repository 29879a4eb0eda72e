package contract

import (
	"context"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Server is the platform. It is an http.Handler for everything below /v2.
type Server struct {
	o Options

	mu       sync.Mutex
	c        *Contents
	jobs     jobs
	window   window
	record   record
	inFlight int
}

// New makes a server.
func New(o Options) *Server {
	o = o.withDefaults()
	s := &Server{o: o, c: o.Contents}
	s.jobs.init()
	return s
}

// free reports whether a freedom is taken.
func (s *Server) free(f Freedom) bool { return s.o.Tame&f == 0 }

// roll is a number that depends on the seed and the words alone.
func (s *Server) roll(words ...string) uint64 { return hash(s.o.Seed, words...) }

// half is true for half of the words.
func (s *Server) half(words ...string) bool { return s.roll(words...)&1 == 0 }

func hash(seed uint64, words ...string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(strconv.AppendUint(nil, seed, 16))
	for _, w := range words {
		_, _ = h.Write([]byte{0})
		_, _ = h.Write([]byte(w))
	}
	// FNV's low bits follow the last byte closely; this mixes them.
	x := h.Sum64()
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	return x ^ x>>33
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := s.answer(r)
	if a.Cut {
		panic(http.ErrAbortHandler)
	}
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // the client may be gone, which is its affair
}

// answer does everything but the writing: half of the latency lies before the
// request is looked at and half after, so that answers overtake each other.
func (s *Server) answer(r *http.Request) *Answer {
	body, err := readBody(r)
	pause := s.arrive()
	sleep(r.Context(), pause/2)
	c := &call{s: s, r: r, now: time.Now(), sent: body, base: base(r)}
	if err != nil || r.Context().Err() != nil {
		// The caller gave up before the request was looked at.
		s.leave()
		return &Answer{Cut: true}
	}
	req, a := s.handle(c)
	if s.o.Rewrite != nil {
		s.o.Rewrite(req, a)
	}
	sleep(r.Context(), pause/2)
	s.leave()
	return a
}

// handle counts, serves and records one call, alone.
func (s *Server) handle(c *call) (Request, *Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(c.now)
	route, args, pathKnown := match(c.r)
	c.kind, c.args = Unknown, args
	if route != nil {
		c.kind = route.kind
	}
	if c.admit() && c.authenticate() {
		c.dispatch(route, pathKnown)
	}
	a := c.finish()
	req := s.record.add(c, a.Status)
	return req, a
}

func (s *Server) arrive() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight++
	s.record.stats.MaxInFlight = max(s.record.stats.MaxInFlight, s.inFlight)
	s.record.arrived++
	if s.o.Latency <= 0 {
		return 0
	}
	share := s.roll("latency", strconv.Itoa(s.record.arrived)) % 1001
	return s.o.Latency/2 + s.o.Latency*time.Duration(share)/1000
}

func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight--
}

func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// base is the URL, ending in /v2, that the request was sent to; links in the
// answer start with it.
func base(r *http.Request) string {
	scheme := "http"
	if r.URL.Scheme != "" {
		scheme = r.URL.Scheme
	}
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	return scheme + "://" + strings.ToLower(host) + "/v2"
}
