package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// class is what a request is for. When requests run short, a lower class goes
// first.
type class int

// The classes: starting exports comes before finding out, and both come before
// asking whether something has finished.
const (
	submitting class = iota
	listing
	polling
	classes
)

// call is a request as the layers pass it down.
type call struct {
	what   string // what is attempted, for errors: "reading volume \"a/b\""
	method string
	url    *url.URL
	body   []byte // JSON, or nil
	class  class
	free   bool        // the platform does not count it
	header http.Header // set by auth
	// answered is how long the answer to a submission is waited for once it has
	// begun to leave, which is longer than the context that the layers pass down:
	// that one says how long it may still leave. Nil means the same for both.
	answered context.Context //nolint:containedctx // a call is one call
	// into takes the body of a good answer; it may be called once a try.
	into func(*answer) error
}

// answer is what came back, whatever it is.
type answer struct {
	status int
	header http.Header
	body   []byte
	broken error // why the body is not whole; nil when it is
	sent   time.Time
	came   time.Time
}

// requestID identifies the request in the platform's own logs.
func (a *answer) requestID() string { return a.header.Get("X-Request-Id") }

// doer is a layer with everything below it: it makes a call. Where there is an
// answer at all it returns it, also beside an error.
type doer func(context.Context, *call) (*answer, error)

// logged writes one line for each request that is sent.
func logged(log *slog.Logger, token redactor, next doer) doer {
	return func(ctx context.Context, k *call) (*answer, error) {
		start := time.Now()
		a, err := next(ctx, k)
		if !log.Enabled(ctx, slog.LevelInfo) {
			return a, err
		}
		attrs := []slog.Attr{
			slog.String("method", k.method),
			slog.String("path", token.clean(k.url.RequestURI())),
			slog.Duration("duration", time.Since(start).Round(time.Millisecond)),
		}
		if a != nil {
			attrs = append(attrs,
				slog.Int("status", a.status),
				slog.String("request_id", a.requestID()),
				slog.String("remaining", a.header.Get(remainingHeader)))
		}
		if err != nil {
			attrs = append(attrs, slog.String("error", err.Error()))
		}
		log.LogAttrs(ctx, slog.LevelInfo, "request", attrs...)
		return a, err
	}
}
