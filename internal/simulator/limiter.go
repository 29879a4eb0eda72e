package simulator

import (
	"net/http"
	"strconv"
	"time"
)

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
