package platform

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// documented lists every code of the platform's status page and its clients'
// lists, by whether the same request would fail again.
var documented = map[bool][]int{
	true: {
		2001, 2002, 3001, 3002, 3004, 3006, 3012, 5001, 5002, 5004, 5005, 5017, 5018, 5019, 5020, 5021, 5022,
		5023, 5026, 5033, 5034, 9001, 9002, 9003, 9004, 9005, 9006, 9007, 9008, 9009, 9011, 9012, 9014, 9018,
		9020, 9021, 9022, 9023, 9024, 9026, 9027, 9028, 9030, 9032, 9057, 9058, 9101, 9102, 9103, 9104, 9105,
		9106, 9107, 9108, 9109, 13001, 13002, 13003, 90000, 90001, 90002, 90003, 90006, 90007, 90008, 90009, 90010,
	},
	false: {1000, 2000, 3000, 5000, 9000, 9100, 13000, 13004, 90004, 90005},
}

func TestExplainCodes(t *testing.T) {
	t.Parallel()
	n := 0
	for want, codes := range documented {
		for _, code := range codes {
			n++
			x, known := byCode[code]
			if !known {
				t.Errorf("code %d is not explained", code)
				continue
			}
			// A status must not win over a code.
			if got := (&Error{Status: 418, Code: code}).Explain(); got != x || (&Error{Code: code}).Permanent() != want {
				t.Errorf("code %d: %+v, want permanent %t", code, got, want)
			}
		}
	}
	if n != len(byCode) {
		t.Errorf("%d codes are tested, %d explained", n, len(byCode))
	}
}

func TestExplainSentences(t *testing.T) {
	t.Parallel()
	for code, x := range byCode {
		for _, s := range []string{x.Cause, x.Fix} {
			if s == "" || strings.HasSuffix(s, ".") || s != strings.TrimSpace(s) {
				t.Errorf("code %d: %q is not a clause", code, s)
			}
		}
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		err       Error
		cause     string // part of it
		permanent bool
	}{
		{"object there", Error{Status: 409, Code: 9107}, "already at that key", true},
		{"both encryption codes", Error{Code: 9032}, byCode[9023].Cause, true},
		{"maintenance", Error{Status: 503}, "maintenance", false},
		{"maintenance by text", Error{Message: "Platform under MAINTENANCE"}, "maintenance", false},
		{"text without a code", Error{Status: 403, Message: "Requested file CANNOT be exported."}, "cannot be exported", true},
		{"text without a code in a job", Error{Message: "Location already contains a file"}, "already at that key", true},
		{"encryption by text", Error{Status: 400, Message: "Invalid SSE_Algorithm value"}, "encryption", true},
		{"text does not win over a code", Error{Code: 9000, Message: "cannot be exported"}, "cloud storage", false},
		{"401", Error{Status: 401}, "token", true},
		{"403", Error{Status: 403}, "not allowed", true},
		{"404", Error{Status: 404}, "does not find", true},
		{"405", Error{Status: 405}, "does not offer", true},
		{"408", Error{Status: 408}, "too long", false},
		{"409", Error{Status: 409}, "conflicts", true},
		{"415", Error{Status: 415}, "kind of content", true},
		{"418", Error{Status: 418}, "status 418", true},
		{"425", Error{Status: 425}, "later", false},
		{"429", Error{Status: 429}, "request limit", false},
		{"500", Error{Status: 500}, "status 500", false},
		{"501", Error{Status: 501}, "does not offer", true},
		{"502", Error{Status: 502}, "status 502", false},
		{"unknown code with a status", Error{Status: 400, Code: 4711}, "status 400", true},
		{"unknown code of a job", Error{Code: 4711}, "code 4711", false},
		{"nothing", Error{}, "did not say", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := tt.err.Explain()
			if !strings.Contains(x.Cause, tt.cause) || tt.err.Permanent() != tt.permanent || tt.err.Passing() == tt.permanent || x.Fix == "" {
				t.Errorf("Explain() = %+v, want a cause with %q and permanent %t", x, tt.cause, tt.permanent)
			}
		})
	}
}

func TestHidden(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		err      error
		notThere bool
		notYours bool
	}{
		{"no file, in a bulk answer without a status", &Error{Code: 5002}, true, false},
		{"no file, as 403", &Error{Status: 403, Code: 9109}, true, false},
		{"no volume", fmt.Errorf("reading: %w", &Error{Status: 404, Code: 9007}), true, false},
		{"no location", &Error{Code: 9105}, true, false},
		{"somebody else's job", &Error{Code: 9005}, false, true},
		{"no right on the volume, as 404", &Error{Status: 404, Code: 9020}, false, true},
		{"404 without a code", &Error{Status: 404}, true, false},
		{"403 without a code", &Error{Status: 403}, false, true},
		{"404 with an unknown code", &Error{Status: 404, Code: 4711}, true, false},
		{"403 with an unknown code", &Error{Status: 403, Code: 4711}, false, true},
		{"404 with a code that does not tell", &Error{Status: 404, Code: 90000}, true, false},
		{"403 with a code that does not tell", &Error{Status: 403, Code: 9026}, false, true},
		{"a bad token", &Error{Status: 401, Code: 90001}, false, false},
		{"a bad request", &Error{Status: 400, Code: 9011}, false, false},
		{"the budget", &Error{Status: 429, Code: 5002}, false, false},
		{"a failure behind a 404's code", &Error{Status: 404, Code: 9000}, false, false},
		{"no refusal", errors.New("lost"), false, false},
		{"no error", nil, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := Refusal(tt.err)
			if e.NotThere() != tt.notThere || e.NotYours() != tt.notYours || e.Hidden() != (tt.notThere || tt.notYours) {
				t.Errorf("%+v: not there %t, not yours %t, hidden %t", e, e.NotThere(), e.NotYours(), e.Hidden())
			}
			if e == nil && (e.Permanent() || e.Passing() || e.Unauthorized()) {
				t.Error("no refusal is of some kind")
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err  Error
		want string
	}{
		{Error{Code: 9107, Message: "Location taken"}, "Location taken (code 9107)"},
		{Error{Code: 9107}, "an object is already at that key (code 9107)"},
		{Error{Status: 404, Message: "Nope"}, "Nope (status 404)"},
		{Error{}, "the platform did not say why"},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("%#v: %q, want %q", tt.err, got, tt.want)
		}
	}
}
