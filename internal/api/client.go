package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"sbexport/internal/credentials"
	"sbexport/internal/platform"
)

const (
	// maxTries is how often a request is tried before the platform has answered
	// any, which takes seven seconds at most.
	maxTries = 4
	// defaultPatience is that of a command that only looks: nothing is lost when
	// it is run again.
	defaultPatience = 5 * time.Minute
	// The time limits of one try. A slow answer to a submission is waited for
	// longer: that costs less than finding out what became of it.
	readTimeout   = 2 * time.Minute
	submitTimeout = 5 * time.Minute
)

// Options make a Client.
type Options struct {
	Credentials credentials.Credentials
	Transport   http.RoundTripper // nil for the network; it must heed the request's context
	Logger      *slog.Logger      // one line a request at Info, retries at Debug; nil for none
	Reserve     int               // requests of each window to leave for the user's other tools, at most a quarter of the limit
	Patience    time.Duration     // how long an outage is outlived once the platform has answered; 0 for five minutes
	UserAgent   string
	Anonymous   bool // send no token, to ask what a host answers to anybody

	// Waiting is called once for each longer wait, with its end, zero when that is
	// not known, and its reason, a clause that begins with "for". When an outage
	// that it was called for is over, it is called without a reason. It may be
	// called from several goroutines at once; nil for nobody.
	Waiting func(until time.Time, why string)
}

// Client is a connection to one deployment as one user. Its methods may be
// called from several goroutines at once; all share one request budget. Their
// errors say what was attempted and, where the platform refused, wrap a
// *platform.Error.
type Client struct {
	base  *url.URL // the endpoint, without a trailing slash
	token redactor
	gate  *gate
	tries *retryPolicy
	once  doer // judge and everything below it: one try
	wire  *wire
	// outputsAlone tells that this platform tells the outputs of a task only where it
	// is read by itself.
	outputsAlone atomic.Bool
	// childrenListed tells that this platform lists the children of batches among all
	// tasks of a project.
	childrenListed atomic.Bool
	listed         atomic.Pointer[string] // a project whose files were listed; nil for none
	closes         func()                 // closes idle connections of a transport of our own
}

// New makes a client. It makes no request.
func New(o Options) (*Client, error) {
	endpoint, err := credentials.ParseEndpoint(o.Credentials.Endpoint)
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(endpoint)
	if err != nil {
		return nil, fmt.Errorf("parsing the API endpoint: %w", err)
	}
	if o.Credentials.Token() == "" && !o.Anonymous {
		return nil, errors.New("making an API client: the credentials hold no token")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Patience <= 0 {
		o.Patience = defaultPatience
	}
	c := &Client{base: base, token: newRedactor(o.Credentials.Token()), closes: func() {}}
	if o.Transport == nil {
		own := networkTransport()
		o.Transport, c.closes = own, own.CloseIdleConnections
	}
	tell := newTeller(o.Waiting)
	c.tries = &retryPolicy{max: maxTries, patience: o.Patience, tell: tell, log: o.Logger}
	c.gate = newGate(o.Reserve, tell)
	c.wire = &wire{transport: o.Transport}
	c.once = judge(c.token, c.gate.layer(auth(base, o.Credentials, o.UserAgent, logged(o.Logger, c.token, redacted(c.token, c.wire.send)))))
	return c, nil
}

// Close closes idle connections. Requests in flight are not disturbed.
func (c *Client) Close() { c.closes() }

// Budget is what is left of the request budget. Requests in flight count as
// spent; the reserve does not.
func (c *Client) Budget() platform.Budget { return c.gate.budget() }

// Requests counts the requests sent so far that the platform counts as well,
// retries included.
func (c *Client) Requests() int64 { return c.wire.sent.Load() }

// read makes a call that changes nothing, as often as it takes.
func (c *Client) read(ctx context.Context, k *call) error {
	err := c.tries.repeat(ctx, k, c.once, worthRepeating)
	if failed, ok := errors.AsType[*failure](err); ok && ctx.Err() == nil && c.tries.answered.Load() == 0 {
		err = &UnreachableError{Endpoint: c.base.String(), reached: failed.status != 0, err: err}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", k.what, err)
	}
	return nil
}

// UnreachableError says that the platform has not answered once.
type UnreachableError struct {
	Endpoint string
	reached  bool // something else has answered
	err      error
}

func (e *UnreachableError) Error() string {
	if e.reached {
		return fmt.Sprintf("what answers at %s is not the platform: %v", e.Endpoint, e.err)
	}
	return fmt.Sprintf("%s cannot be reached: %v", e.Endpoint, e.err)
}

// Unwrap returns what went wrong.
func (e *UnreachableError) Unwrap() error { return e.err }

// Hint says what to do.
func (e *UnreachableError) Hint() string {
	if e.reached {
		return "correct the address in SB_API_ENDPOINT or in the profile, or log in where a web page of your network asks for it"
	}
	return "correct the address in SB_API_ENDPOINT or in the profile, or see to the network and its proxy"
}

// Ask sends one request, once, and returns whatever comes back, refusals
// included, as it is. With a body, which must be one of a call that only reads,
// it is a POST. An error means that nothing came back.
func (c *Client) Ask(ctx context.Context, path string, query url.Values, body any) (status int, header http.Header, raw []byte, err error) {
	k := &call{
		method: http.MethodGet, url: c.url(path, query), free: path == "/rate_limit",
		into: func(*answer) error { return nil },
	}
	if body != nil {
		k.method = http.MethodPost
		if k.body, err = json.Marshal(body); err != nil {
			return 0, nil, nil, fmt.Errorf("asking: %w", err)
		}
	}
	a, err := c.once(ctx, k)
	if a == nil {
		return 0, nil, nil, err
	}
	return a.status, a.header, a.body, nil
}

// call is a request as the layers pass it down.
type call struct {
	what   string // what is attempted, for errors: "reading volume \"a/b\""
	method string
	url    *url.URL
	body   []byte // JSON, or nil
	free   bool   // the platform does not count it
	// like is a read of the same kind that does not ask for this one thing. Where
	// it is answered while the call fails again and again, the trouble is that
	// thing's own and no outage. Nil if there is none, or none yet.
	like func() *url.URL
	// own is how long such trouble may go on; ownPatience where it is 0.
	own    time.Duration
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
