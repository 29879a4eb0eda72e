package platform

import (
	"errors"
	"fmt"
	"time"
)

// Patience is how long an outage of the network or the platform is outlived.
const Patience = 30 * time.Minute

// Error is a refusal by the platform, as it words it: of a whole request, of
// one item of a bulk request, or of a job that failed.
type Error struct {
	Status    int    // HTTP status; 0 when not told
	Code      int    // the platform's own code; 0 when not told, or maintenance with status 503
	Message   string // the platform's sentence; may be empty
	RequestID string // for support tickets; may be empty
}

func (e *Error) Error() string {
	message := e.Message
	if message == "" {
		message = e.Explain().Cause
	}
	switch {
	case e.Code != 0:
		return fmt.Sprintf("%s (code %d)", message, e.Code)
	case e.Status != 0:
		return fmt.Sprintf("%s (status %d)", message, e.Status)
	}
	return message
}

// Maintenance reports whether the platform was closed for maintenance when it
// answered; the request was not looked at.
func (e *Error) Maintenance() bool { return e.Status == 503 && e.Code == 0 }

// RateLimited reports whether the request came when the budget was spent; it
// was not looked at.
func (e *Error) RateLimited() bool { return e.Status == 429 || e.Code == 1000 }

// AboutVolume reports whether the refusal of an export lies with the volume that
// it was to go to, so that every other export there would be refused as well.
func (e *Error) AboutVolume() bool {
	switch e.Code {
	case 9001, 9002, 9007, 9020, 9026, 9057, 9058:
		return true
	}
	return false
}

// MayHaveArrived reports whether the refusal is what the platform also says of a
// file that has arrived already: it is an alias by now, or gone from where the
// job looked for it, or the object in the way is its own.
func (e *Error) MayHaveArrived() bool {
	x := e.Explain()
	return x == byCode[9006] || x == byCode[9106] || x == byCode[9107] || x == byCode[9109]
}

// ErrOutcomeUnknown marks the error of a submission whose answer was lost: the
// platform may or may not have started the jobs. It must not be repeated before
// the platform has been asked.
var ErrOutcomeUnknown = errors.New("it is not known whether the platform took the submission")
