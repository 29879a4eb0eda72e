package contract

import (
	"net/http"
	"strconv"
	"time"
)

// window is the platform's request counter. It ends on a whole second of the
// server's clock, as the reset is told in whole seconds.
type window struct {
	end  time.Time
	used int // of the limit
	seen int // requests, refused ones included
}

// admit counts the request against the limit and refuses it when the limit is
// spent. Asking for the limit is free (vendor page "Get your current rate limit
// status").
func (c *call) admit() bool {
	s := c.s
	w := &s.window
	if !c.now.Before(w.end) {
		*w = window{end: s.nextReset(c.now)}
	}
	if c.kind == RateLimit {
		s.record.stats.Free++
		return true
	}
	s.record.stats.Requests++
	w.seen++
	s.record.stats.MaxInWindow = max(s.record.stats.MaxInWindow, w.seen)
	if w.used >= s.o.Limit {
		s.record.stats.TooMany++
		c.fail(refusal{http.StatusTooManyRequests, 1000, "Rate limit exceeded! Check response headers."})
		return false
	}
	w.used++
	return true
}

// nextReset is when a window ends that begins now.
func (s *Server) nextReset(now time.Time) time.Time {
	at := now.Add(s.o.Skew)
	if s.o.Grid {
		return at.Truncate(s.o.Window).Add(s.o.Window - s.o.Skew)
	}
	return at.Add(s.o.Window + time.Second - 1).Truncate(time.Second).Add(-s.o.Skew)
}

// reset is when the window ends, on the server's clock, in Unix seconds.
func (s *Server) reset() int64 { return s.window.end.Add(s.o.Skew).Unix() }

func (s *Server) remaining() int { return max(s.o.Limit-s.window.used, 0) }

func (s *Server) limitHeaders(h http.Header) {
	h.Set("X-Ratelimit-Limit", strconv.Itoa(s.o.Limit))
	h.Set("X-Ratelimit-Remaining", strconv.Itoa(s.remaining()))
	h.Set("X-Ratelimit-Reset", strconv.FormatInt(s.reset(), 10))
}

func serveRateLimit(c *call) {
	c.ok(obj{
		{"rate", obj{{"limit", c.s.o.Limit}, {"remaining", c.s.remaining()}, {"reset", c.s.reset()}}},
		{"instance_limit", obj{{"limit", -1}, {"remaining", int64(9223372036854775807)}}},
	})
}
