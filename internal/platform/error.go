package platform

import (
	"errors"
	"fmt"
	"strings"
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

// ErrOddAnswer marks the error of an answer on which nothing can be decided, such as
// a list that is shorter than it says.
var ErrOddAnswer = errors.New("the platform's answer cannot be right")

// ErrOutcomeUnknown marks the error of a submission whose answer was lost: the
// platform may or may not have started the jobs. It must not be repeated before
// the platform has been asked.
var ErrOutcomeUnknown = errors.New("it is not known whether the platform took the submission")

// Explanation says what an Error means and what to do about it, in sentences
// for people who know their data and not the platform's API.
type Explanation struct {
	Cause string // why, as a clause without a full stop
	Fix   string // what to do, as a clause without a full stop
	kind  kind
}

// kind is how a refusal is to be taken.
type kind int

const (
	passing   kind = iota + 1 // worth trying again
	permanent                 // it stays until somebody does what Fix says
	notThere                  // permanent, because there is no such thing
	notYours                  // permanent, because these credentials have no right to it
)

// What several codes ask for.
const (
	fixWait        = "nothing is wrong with the request: it is tried again, or run the same command again later"
	fixVolumeRight = "ask the volume's owner to give you the write permission on it"
	fixFileRight   = "ask a project administrator for the copy and write permissions on the file's project"
	fixVolumeMode  = "ask the volume's owner to set its access mode to RW, or choose another volume"
	fixCloud       = "choose a volume at the same cloud provider, and in the same region, as the project"
	fixBucket      = "check the bucket's policy and the credentials that the volume was made with"
	fixEncryption  = "set properties.sse_algorithm to AES256 or aws:kms, or leave it out for the volume's own setting"
	fixProject     = "check the project's ID (owner/short-name, as in its web address) and that you are a member"
	fixVolumeID    = "check the volume's ID (owner/name) and that you are a member of it"
	fixFileID      = "check the file's ID and that you can see the file in its project"
	fixReport      = "this looks like a fault in the tool or an odd platform: report it with the request ID (run with -v)"
	fixToken       = "make a new authentication token on the platform's Developer page and put it where the old one is"
)

// Explain translates the error by its code; where the platform gave none, or
// one that is not known, by its HTTP status.
func (e *Error) Explain() Explanation {
	if e.RateLimited() {
		return byCode[1000]
	}
	if x, known := byCode[e.Code]; known {
		return x
	}
	if e.Code == 0 {
		if x, known := e.byText(); known {
			return x
		}
	}
	return e.byStatus()
}

// temporary is the explanation of what is worth trying again.
func temporary(cause string) Explanation { return Explanation{cause, fixWait, passing} }

// byText recognises the few refusals that matter most when the platform sends
// its sentence without the code.
func (e *Error) byText() (Explanation, bool) {
	text := strings.ToLower(e.Message)
	for _, t := range [...]struct {
		has  string
		code int
	}{
		{"cannot be exported", 9006},
		{"already contains a file", 9107},
		{"sse_algorithm", 9023},
		{"rate limit exceeded", 1000},
	} {
		if strings.Contains(text, t.has) {
			return byCode[t.code], true
		}
	}
	if strings.Contains(text, "maintenance") || e.Maintenance() {
		return temporary("the platform is closed for maintenance"), true
	}
	return Explanation{}, false
}

// byStatus explains an error by its HTTP status alone.
func (e *Error) byStatus() Explanation {
	switch code, known := codeOf[e.Status]; {
	case known:
		return byCode[code]
	case e.Status == 408:
		return temporary("the platform waited too long for the request")
	case e.Status == 425:
		return temporary("the platform asks to try again later")
	case e.Status >= 500:
		return temporary(fmt.Sprintf("the platform failed (status %d)", e.Status))
	case e.Status >= 400:
		return Explanation{fmt.Sprintf("the platform refused the request (status %d)", e.Status), fixReport, permanent}
	case e.Code != 0:
		return Explanation{
			fmt.Sprintf("the platform failed with code %d, which is not in its list of codes", e.Code),
			"run again; if it stays, ask the platform's support about this code", passing,
		}
	}
	return Explanation{"the platform did not say why", "run again; if it stays, ask the platform's support with the job's or the request's ID", passing}
}

// codeOf are the codes that say no more than a status does.
var codeOf = map[int]int{401: 90001, 403: 90002, 404: 90003, 405: 90006, 409: 90007, 415: 90008, 501: 90010}
