package platform

import "time"

// Budget is what is left of the requests the platform grants in its current
// window, as its headers last told.
type Budget struct {
	Known     bool          // false until the platform has told
	Limit     int           // requests in a window
	Remaining int           // requests left in this one
	Reset     time.Time     // when the window ends, on this machine's clock; zero when not told
	Window    time.Duration // how long a window lasts, as far as that is known; 0 when it is not
	Kept      int           // requests of each window that are left to the user's other tools
}

// Least is how long so many requests take at the least, from a time on, because
// of the limit alone. It is 0 when they fit into what is left of this window,
// and when too little is known.
func (b Budget) Least(requests int, now time.Time) time.Duration {
	each, left := b.Limit-b.Kept, max(0, b.Remaining-b.Kept)
	if !b.Known || b.Reset.IsZero() || b.Window <= 0 || each <= 0 || requests <= left {
		return 0
	}
	windows := (requests - left + each - 1) / each
	return max(0, b.Reset.Sub(now)) + time.Duration(windows-1)*b.Window
}
