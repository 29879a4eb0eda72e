package api

import (
	"encoding/json"
	"strings"
	"unicode"

	"sbexport/internal/platform"
)

// wireError is the platform's error object: the body of a refused request, or a
// part of a bulk item or of a failed job. Every field may be missing.
type wireError struct {
	status  int
	code    int
	coded   bool // a code was there
	message string
	object  bool // it was an object at all
}

// UnmarshalJSON never fails on valid JSON.
func (e *wireError) UnmarshalJSON(raw []byte) error {
	*e = wireError{}
	var fields struct {
		Status  number `json:"status"`
		Code    number `json:"code"`
		Message text   `json:"message"`
	}
	switch {
	case len(raw) > 0 && raw[0] == '{':
		if err := json.Unmarshal(raw, &fields); err != nil {
			return err
		}
		e.object = true
	case len(raw) > 0 && raw[0] == '"':
		_ = fields.Message.UnmarshalJSON(raw) // never fails
	}
	e.status, e.code = int(fields.Status.value), int(fields.Code.value)
	e.coded = fields.Code.given
	e.message = printable(string(fields.Message))
	return nil
}

// empty reports whether the object says nothing, as good as null.
func (e *wireError) empty() bool {
	return e == nil || e.status == 0 && !e.coded && e.message == ""
}

// platformError is nil for an empty object.
func (e *wireError) platformError() *platform.Error {
	if e == nil {
		return nil
	}
	return &platform.Error{Status: e.status, Code: e.code, Message: e.message}
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
