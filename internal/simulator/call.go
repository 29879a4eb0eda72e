package simulator

import (
	"fmt"
	"net/http"
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
	a, fault := c.judged(path, below)
	s.witness(c, path, a, fault)
	if err := s.flush(); err != nil {
		return refusef(90004, "The simulator cannot save its state: %v", err).answer()
	}
	return a
}

// judged answers the call unless who asks, how often, or a fault forbids it.
func (c *call) judged(path string, below bool) (a *answer, fault *faultRule) {
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
