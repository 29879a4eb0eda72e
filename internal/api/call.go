package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// call is a request as the layers pass it down.
type call struct {
	what   string // what is attempted, for errors: "reading volume \"a/b\""
	method string
	url    *url.URL
	body   []byte // JSON, or nil
	free   bool   // the platform does not count it
	// like is a read of the same kind that does not ask for this one thing. Where
	// it is answered while the call fails again and again, the trouble is that
	// thing's own and no outage. Nil if there is none.
	like   *url.URL
	header http.Header // set by auth
	// answered bounds the wait for the answer of a submission that is on its way.
	// The context that the layers pass down then bounds only how long it may still
	// be sent. Nil if that one bounds both.
	answered context.Context //nolint:containedctx // a call is one call
	// into reads the body of a good answer; it may be called once for each try.
	into func(*answer) error
}

// submits reports whether the call starts exports.
func (k *call) submits() bool { return k.answered != nil }

// answer is what came back, whatever it is.
type answer struct {
	status int
	header http.Header
	body   []byte
	broken error // why the body is not whole, or nil
	sent   time.Time
	came   time.Time
}

// requestID identifies the request in the platform's own logs.
func (a *answer) requestID() string { return a.header.Get("X-Request-Id") }

// doer makes a call; it is a layer with all the layers below it. It returns the
// answer whenever there is one, even beside an error.
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
