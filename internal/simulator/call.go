package simulator

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// call is one request while it is being answered.
type call struct {
	s     *Server
	r     *http.Request
	base  string // what absolute links begin with
	body  []byte
	now   time.Time
	user  string
	args  []string // what the path's placeholders stand for
	query map[string][]string
	route *route
	items int // of a bulk request
}

// serve answers the call, with the state locked against other requests and,
// where it is kept on disk, against other processes.
func (c *call) serve() *answer {
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	c.now = time.Now()
	release, err := s.acquire()
	if err != nil {
		return refusef(90004, "The simulator cannot use its state: %v", err).answer()
	}
	defer release()
	s.advance(c.now)
	path, below := strings.CutPrefix(c.r.URL.EscapedPath()+"/", "/v2/")
	path = "/" + strings.TrimSuffix(path, "/")
	a, fault := c.respond(path, below)
	s.logRequest(c, path, a, fault)
	if err := s.flush(); err != nil {
		return refusef(90004, "The simulator cannot save its state: %v", err).answer()
	}
	return a
}

// respond answers the call unless who asks, how often, or a fault forbids it.
func (c *call) respond(path string, below bool) (a *answer, fault *faultRule) {
	s := c.s
	defer func() { c.headers(a) }()
	if !below {
		return refusef(90003, "Not found: this platform serves below /v2.").answer(), nil
	}
	route, args, refusal := findRoute(c.r.Method, path)
	c.args = args
	c.user = s.seed.tokens[credential(c.r)]
	if c.user == "" && (route == nil || !route.open) {
		return refuse(90001).answer(), nil
	}
	if (route == nil || !route.free) && !s.spend(c.user, c.now) {
		s.count("requests over the limit")
		return refuse(1000).answer(), nil
	}
	fault = s.fault(c.r.Method, path, c.now)
	if fault != nil {
		s.count("faults")
	}
	if a := fault.before(); a != nil {
		return a, fault
	}
	if refusal == nil {
		refusal = c.checkRequest(route)
	}
	if refusal == nil {
		a, refusal = route.handle(c)
	}
	if refusal != nil {
		a = refusal.answer()
	}
	c.rewrite(a)
	return fault.after(a, s.seed.behavior.dice(diceSpoil, s.served)), fault
}

// credential is the token that a request carries.
func credential(r *http.Request) string {
	if t := r.Header.Get("X-SBG-Auth-Token"); t != "" {
		return t
	}
	scheme, t, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(t)
	}
	return ""
}

// headers adds what every answer carries.
func (c *call) headers(a *answer) {
	if a.header == nil {
		a.header = http.Header{}
	}
	kind := a.kind
	if kind == "" {
		kind = "application/json;charset=UTF-8"
	}
	a.header.Set("Content-Type", kind)
	a.header.Set("Date", c.now.Add(c.s.seed.behavior.clockSkew).UTC().Format(http.TimeFormat))
	a.header.Set("X-Request-Id", fmt.Sprintf("sim-%08d", c.s.counters["requests"]+1))
	c.s.limitHeaders(a.header, c.user, c.now)
}

// window is the state of one user's rate limit.
type window struct {
	Start time.Time `json:"start"`
	Used  int       `json:"used"`
}

// budget is what a user has left of the rate limit: a fixed window that opens
// with the first request after the last one has ended (vendor page "API rate
// limit": 1000 requests in 5 minutes).
func (s *Server) budget(user string, now time.Time) *window {
	w, ok := s.windows[user]
	if !ok {
		w = &window{}
		s.windows[user] = w
	}
	if w.Start.IsZero() || !now.Before(w.Start.Add(s.seed.behavior.window)) {
		w.Start, w.Used = now, 0
		if b := &s.seed.behavior; b.grid {
			w.Start = now.Add(b.clockSkew).Truncate(b.window).Add(-b.clockSkew)
		}
	}
	return w
}

// spend takes one request from a user's budget and reports whether there was
// one. Requests over the limit do not count.
func (s *Server) spend(user string, now time.Time) bool {
	w := s.budget(user, now)
	if s.seed.behavior.limit > 0 && w.Used >= s.seed.behavior.limit {
		return false
	}
	w.Used++
	return true
}

// left is the limit, what is left of it, and when the window ends, in Unix
// seconds: rounded up, so that whoever waits for that second has waited enough.
func (s *Server) left(user string, now time.Time) (limit, remaining int, reset int64) {
	b := &s.seed.behavior
	w := s.budget(user, now)
	if b.limit == 0 {
		return -1, 1<<31 - 1, 0
	}
	end := w.Start.Add(b.window).Add(time.Second - time.Nanosecond)
	return b.limit, b.limit - w.Used, end.Add(b.clockSkew).Unix()
}

// limitHeaders tells about the user's budget.
func (s *Server) limitHeaders(h http.Header, user string, now time.Time) {
	if !s.seed.behavior.headers || s.seed.behavior.limit == 0 || user == "" {
		return
	}
	limit, remaining, reset := s.left(user, now)
	h.Set("X-RateLimit-Limit", strconv.Itoa(limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(remaining))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(reset, 10))
}

// rateLimit answers GET /rate_limit.
func (c *call) rateLimit() *answer {
	limit, remaining, reset := c.s.left(c.user, c.now)
	b := append([]byte(nil), `{"rate":{"limit":`...)
	b = strconv.AppendInt(b, int64(limit), 10)
	b = append(b, `,"remaining":`...)
	b = strconv.AppendInt(b, int64(remaining), 10)
	b = append(b, `,"reset":`...)
	b = strconv.AppendInt(b, reset, 10)
	return ok(append(b, `},"instance_limit":{"limit":25,"remaining":25}}`...))
}
