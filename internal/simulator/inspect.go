package simulator

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Request is one request that was answered, for tests and logs.
type Request struct {
	Time   time.Time
	Method string
	Path   string     // below /v2
	Query  url.Values // as sent; nil when it could not be read
	User   string     // empty when the token was not known
	Status int        // of the answer; 0 when the connection was cut
	Items  int        // of a bulk request or a submission
	Fault  string     // the action of the fault that hit it, or empty
}

// keptRequests is how many requests are remembered, the latest ones.
const keptRequests = 100_000

// requestLog remembers the latest requests in a ring.
type requestLog struct {
	ring []Request
	next int
}

func (l *requestLog) add(r Request) {
	if len(l.ring) < keptRequests {
		l.ring = append(l.ring, r)
		return
	}
	l.ring[l.next] = r
	l.next = (l.next + 1) % keptRequests
}

// Requests are the latest 100 000 requests that this Server answered, in order.
// Requests answered by other processes on the same state are not among them.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Concat(s.requests.ring[s.requests.next:], s.requests.ring[:s.requests.next])
}

// logRequest remembers and counts an answered request.
func (s *Server) logRequest(c *call, path string, a *answer, fault *faultRule) {
	r := Request{
		Time: c.now, Method: c.r.Method, Path: path, Query: c.query, User: c.user, Status: a.status, Items: c.items,
	}
	if fault != nil {
		r.Fault = fault.action
	}
	if r.Query == nil {
		r.Query, _ = url.ParseQuery(c.r.URL.RawQuery)
	}
	s.requests.add(r)
	s.counters["requests"]++
	s.unsaved.count("requests")
	if s.observer != nil {
		s.observer(r)
	}
}

// Counters are the numbers of what happened since the platform was first
// started, other processes on the same state included as far as they saved:
// "requests", "requests over the limit", "faults", "items submitted" (a job was
// started), "items refused", "jobs completed", "jobs failed", "objects
// replaced", "violations".
func (s *Server) Counters() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catchUp()
	return maps.Clone(s.counters)
}

// count adds one to a counter. Counts that follow from events are not saved on
// their own; the events are.
func (s *Server) count(name string) {
	s.counters[name]++
	if slices.Contains(savedCounters, name) {
		s.unsaved.count(name)
	}
}

// savedCounters are the counters that no event tells about.
var savedCounters = []string{"requests", "requests over the limit", "faults", "items refused"}

// Violations tells what clients did that they must never do, whatever the
// answer was: submit a file while a job of it was open, submit an alias, have
// two jobs for one place open at once, export a file to one place twice, send
// more than 100 items, name an ID twice in one bulk request, a URL of more than
// 6000 characters, or a location that is no clean key; and, once each, what the
// platform takes and this project's own client has no reason to send, such as
// query parameters that mean nothing.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catchUp()
	return slices.Clone(s.violations)
}

// violate notes a violation.
func (s *Server) violate(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	s.noteViolation(text)
	s.record(event{Violation: text})
}

func (s *Server) noteViolation(text string) {
	s.violations = append(s.violations, text)
	s.counters["violations"]++
}

// catchUp brings the state to the present for an inspection: it ends the jobs
// that are due, and reads what other processes did. Trouble with the disk shows
// at the next request.
func (s *Server) catchUp() {
	release, err := s.acquire()
	if err != nil {
		return
	}
	defer release()
	s.advance(time.Now())
	s.broken = s.flush()
}

// PutObject puts an object onto a volume behind the platform's back, as if
// somebody had done so in the cloud. It cannot be used on a volume with a
// directory: write the file there instead.
func (s *Server) PutObject(volume, location string, size int64) error {
	return s.tamper(event{Object: &objectEvent{Volume: volume, Location: location, Size: size}})
}

// RemoveObject deletes an object behind the platform's back. Like PutObject, it
// is for volumes without a directory.
func (s *Server) RemoveObject(volume, location string) error {
	return s.tamper(event{Object: &objectEvent{Volume: volume, Location: location, Size: -1}})
}

// tamper changes an object and records that.
func (s *Server) tamper(e event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	release, err := s.acquire()
	if err != nil {
		return err
	}
	defer release()
	v := s.volumeByID[e.Object.Volume]
	if v == nil || v.directory() || strings.TrimSpace(e.Object.Location) == "" {
		return fmt.Errorf("change an object on %q: there is no such volume in memory, or no location", e.Object.Volume)
	}
	s.advance(time.Now())
	s.applyObject(e.Object)
	s.record(e)
	return s.flush()
}

// applyObject does what an event about an object tells.
func (s *Server) applyObject(e *objectEvent) {
	v := s.volumeByID[e.Volume]
	if v == nil {
		return
	}
	key := v.key(e.Location)
	if e.Size < 0 {
		_ = v.bucket.remove(key) // a bucket in memory forgets every object
		return
	}
	_ = v.bucket.put(key, object{size: e.Size, modified: longAgo, source: -1}, payload{})
}
