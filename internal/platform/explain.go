package platform

import (
	"fmt"
	"strings"
)

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
