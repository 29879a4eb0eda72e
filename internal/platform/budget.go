package platform

import "time"

// Budget is what is left of the requests the platform grants in its current
// window, as its headers last told.
type Budget struct {
	Known     bool      // false until the platform has told
	Limit     int       // requests in a window
	Remaining int       // requests left in this one
	Reset     time.Time // when the window ends, on this machine's clock
}
