package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"sbexport/internal/platform"
)

// failure is a request without a proper answer: there is none at all, or one that
// is not what the platform documents, such as a web page from a gateway, a body
// that breaks off, a redirect.
type failure struct {
	problem string // fit to be shown
	status  int    // HTTP status; 0 when there is no answer
	err     error  // its cause, or nil
	unsent  bool   // it is certain that the platform never saw the request
	lasting bool   // asking again would bring the same
}

func (e *failure) Error() string {
	if e.status == 0 {
		return e.problem
	}
	return fmt.Sprintf("%s (status %d)", e.problem, e.status)
}

// Unwrap returns the cause, such as the error of reading the answer.
func (e *failure) Unwrap() error { return e.err }

// judge turns answers into data or errors: nil when the call's into took the
// body, a *platform.Error for a refusal, a *failure for what is neither.
func judge(token redactor, next doer) doer {
	return func(ctx context.Context, k *call) (*answer, error) {
		a, err := next(ctx, k)
		if err != nil {
			return a, err
		}
		err = verdict(k, a)
		// A token that is too short to be taken out of data is taken out here.
		var failed *failure
		if refused := platform.Refusal(err); refused != nil {
			refused.RequestID = a.requestID()
			refused.Message = token.clean(refused.Message)
		} else if errors.As(err, &failed) {
			failed.status, failed.problem = a.status, token.clean(failed.problem)
		}
		return a, err
	}
}

func verdict(k *call, a *answer) error {
	switch {
	case a.status >= 400:
		return refusal(a)
	case a.status >= 300:
		return &failure{problem: "a redirect came in place of an answer, which is not followed", lasting: true}
	case errors.Is(a.broken, errTooLarge):
		return &failure{problem: "the answer cannot be right: " + a.broken.Error(), err: a.broken, lasting: true}
	case a.broken != nil:
		return &failure{problem: fmt.Sprintf("the answer broke off: %v", a.broken), err: a.broken}
	case a.status < 200 || len(bytes.TrimSpace(a.body)) == 0:
		return &failure{problem: "the answer is empty"}
	case isPage(a):
		return &failure{problem: "a web page came in place of an answer"}
	}
	err := k.into(a)
	var failed *failure
	if err == nil || errors.As(err, &failed) {
		return err
	}
	return &failure{problem: fmt.Sprintf("the answer cannot be read: %v", err), err: err}
}

// refusal is the error of an answer with an error status.
func refusal(a *answer) error {
	var body wireError
	if a.broken == nil && !isPage(a) && json.Unmarshal(a.body, &body) == nil && body.object {
		e := body.platformError()
		e.Status = a.status
		if a.status == http.StatusServiceUnavailable && !body.Code.given {
			// Only a code that is there and 0 means maintenance.
			e.Code = codeUnavailable
		}
		return e
	}
	if a.status == http.StatusTooManyRequests {
		return &platform.Error{Status: a.status, Code: codeRateLimited}
	}
	return &failure{
		problem: "a gateway or a web page answered in place of the platform",
		err:     a.broken,
		lasting: a.status < 500 && a.status != http.StatusRequestTimeout,
	}
}

// The codes that the client itself gives where the platform gave none.
const (
	codeRateLimited = 1000
	codeUnavailable = 90005
)

// isPage reports whether a body is a web page.
func isPage(a *answer) bool {
	return strings.Contains(strings.ToLower(a.header.Get("Content-Type")), "html") ||
		bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("<"))
}

// wireError is the platform's error object: the body of a refused request, or a
// part of a bulk item or of a failed job. Every field may be missing. A sentence
// may stand in its place.
type wireError struct {
	Status  number `json:"status"`
	Code    number `json:"code"`
	Message text   `json:"message"`
	object  bool   // it was an object at all
}

// UnmarshalJSON never fails on valid JSON.
func (e *wireError) UnmarshalJSON(raw []byte) error {
	type plain wireError
	var p plain
	if p.object = len(raw) > 0 && raw[0] == '{'; !p.object {
		_ = p.Message.UnmarshalJSON(raw) // never fails
	} else if err := json.Unmarshal(raw, &p); err != nil {
		return err
	}
	*e = wireError(p)
	return nil
}

// empty reports whether the object says nothing, as good as null.
func (e *wireError) empty() bool {
	return e == nil || e.Status.value == 0 && !e.Code.given && e.Message == ""
}

func (e *wireError) platformError() *platform.Error {
	return &platform.Error{Status: int(e.Status.value), Code: int(e.Code.value), Message: printable(string(e.Message))}
}

// maxMessage bounds a server's sentence, in bytes.
const maxMessage = 1000

// printable makes a server's sentence fit for a terminal and one line of a file.
func printable(s string) string {
	if len(s) > maxMessage {
		s = strings.ToValidUTF8(s[:maxMessage], "") + "…"
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s))
}
