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
	// Lasting tells that the platform failed so again and again at this one thing,
	// and answered others of its kind meanwhile.
	Lasting bool
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

// Refusal is the platform's refusal in an error's chain, or nil. Nil is no
// refusal of any kind, so that its methods may be asked without a look at it.
func Refusal(err error) *Error {
	refusal, _ := errors.AsType[*Error](err)
	return refusal
}

// NotThere reports whether there is nothing of the ID that was asked for, or
// nothing that these credentials are shown. Items of bulk answers often lack the
// status, so the code counts first.
func (e *Error) NotThere() bool { return e.kind() == notThere }

// NotYours reports whether what was asked for is there, but not for these
// credentials.
func (e *Error) NotYours() bool { return e.kind() == notYours }

// Hidden reports whether what was asked for is not there or not yours, which the
// platform does not always tell apart, or cannot be read although others can be:
// other things may well be readable.
func (e *Error) Hidden() bool { return e.NotThere() || e.NotYours() || e.Broken() }

// Broken reports whether what was asked for could not be read for a fault of the
// platform's that concerns nothing else.
func (e *Error) Broken() bool { return e != nil && e.Lasting }

// Permanent reports whether the same request would fail again until somebody
// does what the explanation says.
func (e *Error) Permanent() bool { return e != nil && !e.Passing() }

// Passing reports whether the request is worth trying again as it is.
func (e *Error) Passing() bool { return e.kind() == passing }

// Unauthorized reports whether the platform does not take the token, so that it
// would refuse every other request as well.
func (e *Error) Unauthorized() bool { return e != nil && (e.Status == 401 || e.Code == 90001) }

// kind is that of the explanation or, where that is no more than permanent, what
// the status adds.
func (e *Error) kind() kind {
	if e == nil {
		return 0
	}
	k := e.Explain().kind
	switch {
	case k != permanent:
	case e.Status == 404:
		return notThere
	case e.Status == 403:
		return notYours
	}
	return k
}

// Maintenance reports whether the platform was closed for maintenance when it
// answered; the request was not looked at.
func (e *Error) Maintenance() bool { return e != nil && e.Status == 503 && e.Code == 0 }

// RateLimited reports whether the request came when the budget was spent; it
// was not looked at.
func (e *Error) RateLimited() bool { return e != nil && (e.Status == 429 || e.Code == 1000) }

// AboutVolume reports whether the refusal of an export lies with the volume that
// it was to go to, so that every other export there would be refused as well.
func (e *Error) AboutVolume() bool {
	switch e.Code {
	case 9001, 9002, 9007, 9020, 9026, 9057, 9058, 9101, 9104:
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
