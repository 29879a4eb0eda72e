package contract

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// Kind says which documented call a request is.
type Kind string

// The documented calls.
const (
	Unknown       Kind = "unknown"
	Root          Kind = "root"
	RateLimit     Kind = "rate limit"
	User          Kind = "user"
	ListProjects  Kind = "list projects"
	GetProject    Kind = "get project"
	ListFiles     Kind = "list files"
	ScrollFiles   Kind = "scroll files"
	GetFile       Kind = "get file"
	BulkFiles     Kind = "bulk get files"
	ListVolumes   Kind = "list volumes"
	GetVolume     Kind = "get volume"
	ListObjects   Kind = "list objects"
	GetObject     Kind = "get object"
	SubmitOne     Kind = "submit export"
	SubmitBulk    Kind = "bulk submit exports"
	ListExports   Kind = "list exports"
	GetExport     Kind = "get export"
	BulkExports   Kind = "bulk get exports"
	maxRemembered      = 1000
)

// Request is one request the server answered.
type Request struct {
	Kind   Kind
	Number int // from 1, within the kind
	Time   time.Time
	Method string
	Path   string // below /v2
	Query  string
	Items  int // of a bulk call
	Status int // as answered, before any Rewrite
}

// Submission is one item of a submission, accepted or refused.
type Submission struct {
	Time             time.Time
	Call             int // from 1: which submitting request it came in
	File             string
	Volume, Location string
	CopyOnly         bool
	Overwrite        bool
	Properties       map[string]any
	Job              string // ID; empty when refused
	Code             int    // of the refusal; 0 when accepted
}

// Stats are numbers about all requests.
type Stats struct {
	Requests    int // counted against the limit, refused ones included
	Free        int // for the rate limit
	TooMany     int // answered 429
	MaxInWindow int // most requests in one window, refused ones included
	MaxInFlight int // most requests at one time
}

type record struct {
	requests    []Request
	numbers     map[Kind]int
	submissions []Submission
	calls       int
	breaches    []string
	notes       []string
	noted       map[string]bool
	stats       Stats
	arrived     int
}

func (r *record) add(c *call, status int) Request {
	if r.numbers == nil {
		r.numbers = map[Kind]int{}
	}
	r.numbers[c.kind]++
	req := Request{
		Kind: c.kind, Number: r.numbers[c.kind], Time: c.now, Method: c.r.Method,
		Path: below(c.r), Query: c.r.URL.RawQuery, Items: c.items, Status: status,
	}
	r.requests = append(r.requests, req)
	return req
}

// breach records that the client broke the contract.
func (c *call) breach(format string, args ...any) {
	c.s.breach("%s %s: %s", c.r.Method, below(c.r), fmt.Sprintf(format, args...))
}

func (s *Server) breach(format string, args ...any) {
	if len(s.record.breaches) < maxRemembered {
		s.record.breaches = append(s.record.breaches, fmt.Sprintf(format, args...))
	}
}

// note records, once, that the client did something unwise.
func (c *call) note(format string, args ...any) {
	r := &c.s.record
	text := fmt.Sprintf(format, args...)
	if r.noted[text] || len(r.notes) >= maxRemembered {
		return
	}
	if r.noted == nil {
		r.noted = map[string]bool{}
	}
	r.noted[text] = true
	r.notes = append(r.notes, text)
}

// Breaches are the ways in which the client broke the contract, in order; after
// a thousand no more are kept.
func (s *Server) Breaches() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.record.breaches)
}

// Notes are the things the client did that are allowed but unwise, each once:
// a listing without fields, a job polled singly again and again.
func (s *Server) Notes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.record.notes)
}

// Check fails the test for every breach.
func (s *Server) Check(t testing.TB) {
	t.Helper()
	for _, b := range s.Breaches() {
		t.Errorf("breach of the contract: %s", b)
	}
}

// Requests are the requests of the given kinds, or all without any, in the
// order they were served.
func (s *Server) Requests(kinds ...Kind) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Request
	for _, r := range s.record.requests {
		if len(kinds) == 0 || slices.Contains(kinds, r.Kind) {
			found = append(found, r)
		}
	}
	return found
}

// Submissions are all items that were ever submitted in well-formed calls, in
// the order they came.
func (s *Server) Submissions() []Submission {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.record.submissions)
}

// Refusals are the submissions that were refused.
func (s *Server) Refusals() []Submission {
	return slices.DeleteFunc(s.Submissions(), func(i Submission) bool { return i.Code == 0 })
}

// Stats are numbers about all requests so far.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.record.stats
}
