package api

import "time"

// Now is the time on the platform's clock, as well as its answers' Date headers
// tell; this machine's time while they do not.
func (c *Client) Now() time.Time {
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	return c.gate.ledger.skew.remote(time.Now())
}

// remote is a time of this machine on the platform's clock. Clocks that can
// agree are taken to; else it is the middle of what is possible.
func (s *skew) remote(at time.Time) time.Time {
	if !s.known || s.low <= 0 && s.high >= 0 {
		return at
	}
	return at.Add((s.low + s.high) / 2)
}
