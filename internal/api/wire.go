package api

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"sbexport/internal/credentials"
)

// auth puts the headers on a request, and with them the token, which no other
// host than the endpoint's ever gets.
func auth(base *url.URL, who credentials.Credentials, agent string, next doer) doer {
	return func(ctx context.Context, k *call) (*answer, error) {
		if k.url.Scheme != base.Scheme || k.url.Host != base.Host {
			return nil, fmt.Errorf("the request would go to %s and not to the platform", k.url.Host)
		}
		with := *k
		with.header = http.Header{"Accept": {"application/json"}}
		if who.Token() != "" {
			with.header.Set("X-Sbg-Auth-Token", who.Token())
		}
		if agent != "" {
			with.header.Set("User-Agent", agent)
		}
		if k.body != nil {
			with.header.Set("Content-Type", "application/json")
		}
		// Some vendor pages list volumes, exports and "copy_only" as advance access. The
		// header does no harm where it is not needed.
		if strings.Contains(k.url.Path, "/storage/") {
			with.header.Set("X-Sbg-Advance-Access", "advance")
		}
		return next(ctx, &with)
	}
}

const (
	hiddenToken = "[token]"
	// publicToken is the local platform's. Its help tells it to everybody, and it
	// is a word of our own messages.
	publicToken = "simulator"
	// A token of longToken characters or more cannot be an ordinary word. The
	// platform's have 32.
	longToken = 16
)

// redactor takes the token out of what came from elsewhere. Nobody should send
// it back, but nothing that is shown or recorded may depend on that.
type redactor struct {
	hidden *regexp.Regexp // nil when the token is no secret
	// data is the token if it is to be taken out of data as well; nil for a short
	// one, which may be part of a file's name, and that must not change.
	data []byte
}

func newRedactor(token string) redactor {
	quoted := strconv.Quote(token)
	forms := regexp.QuoteMeta(token) + "|" + regexp.QuoteMeta(quoted[1:len(quoted)-1]) + "|" + regexp.QuoteMeta(url.QueryEscape(token))
	switch {
	case token == publicToken, token == "":
		return redactor{}
	case len(token) < longToken:
		return redactor{hidden: regexp.MustCompile(`\b(?:` + forms + `)\b`)}
	}
	return redactor{hidden: regexp.MustCompile(forms), data: []byte(token)}
}

// clean takes the token out of what is only shown.
func (r redactor) clean(s string) string {
	if r.hidden == nil {
		return s
	}
	return r.hidden.ReplaceAllLiteralString(s, hiddenToken)
}

// redacted takes the token out of all that comes back, before anything reads
// it: headers, the body, and errors, in which net/http quotes what a server sent.
func redacted(token redactor, next doer) doer {
	return func(ctx context.Context, k *call) (*answer, error) {
		a, err := next(ctx, k)
		if a != nil {
			for _, values := range a.header {
				for i := range values {
					values[i] = token.clean(values[i])
				}
			}
			if len(token.data) > 0 && bytes.Contains(a.body, token.data) {
				a.body = bytes.ReplaceAll(a.body, token.data, []byte(hiddenToken))
			}
		}
		var failed *failure
		if errors.As(err, &failed) {
			failed.problem = printable(token.clean(failed.problem))
		}
		return a, err
	}
}

const (
	// maxBody bounds an answer, unpacked. A page of 100 files with rich metadata
	// is well under a megabyte.
	maxBody = 64 << 20
	// maxConnections bounds the connections to the platform; nothing documents a
	// limit of its own.
	maxConnections = 16
)

// networkTransport is the transport to the real world.
//
// It is held to HTTP/1.1. There a request with a body that cannot be rewound is
// never sent twice by net/http, and a lost connection leaves the outcome of one
// submission open; HTTP/2 replays what a server says it has not looked at, and a
// lost connection takes all submissions in flight with it. Idle connections are
// dropped before a load balancer does it, which would look like a lost answer.
func networkTransport() *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:               proxy,
		DialContext:         (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: 15 * time.Second,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		MaxConnsPerHost:     maxConnections,
		MaxIdleConnsPerHost: maxConnections,
		IdleConnTimeout:     30 * time.Second,
		Protocols:           &protocols,
	}
}

// proxy is the proxy of the environment. The library's own error quotes the
// variable, which may hold a password.
func proxy(r *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(r)
	if err != nil {
		return nil, errors.New("the address of the proxy (HTTPS_PROXY, HTTP_PROXY) is malformed")
	}
	return u, nil
}

// wire is the lowest layer: it sends a request once and reads the whole answer.
// It uses a RoundTripper and not an http.Client, so that no redirect is ever
// followed.
type wire struct {
	transport http.RoundTripper
	sent      atomic.Int64 // requests that count
}

// errNoAnswer is the cause of a try's own time limit.
var errNoAnswer = errors.New("the platform did not answer in time")

func (w *wire) send(ctx context.Context, k *call) (*answer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	limit, whole := readTimeout, ctx
	if k.answered != nil {
		limit, whole = submitTimeout, k.answered
	}
	try, cancel := context.WithTimeoutCause(whole, limit, errNoAnswer)
	defer cancel()
	out := &body{leave: ctx, r: bytes.NewReader(k.body)}
	request, err := newRequest(try, k, out)
	if err != nil {
		return nil, err
	}
	// As long as nothing of it has left, it ends with the context: in a queue for
	// a connection, in a look-up of names, in a handshake.
	defer context.AfterFunc(ctx, func() {
		if out.withhold() {
			cancel()
		}
	})()
	if !k.free {
		w.sent.Add(1)
	}
	response, err := w.transport.RoundTrip(request)
	if err != nil {
		return nil, lost(ctx, try, out, err)
	}
	defer response.Body.Close()
	if ctx.Err() != nil && k.body != nil && out.withhold() {
		return nil, lost(ctx, try, out, ctx.Err()) // whatever came, it was not the answer to all of it
	}
	a := &answer{status: response.StatusCode, header: response.Header}
	a.body, a.broken = readBody(response.Body)
	if a.broken != nil && try.Err() != nil {
		a.broken = context.Cause(try)
	}
	a.came = time.Now()
	return a, nil
}

// newRequest makes the HTTP request. Without GetBody, net/http never replays a
// request that has a body.
func newRequest(ctx context.Context, k *call, out *body) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, k.method, k.url.String(), http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}
	if k.body != nil {
		r.Body, r.GetBody, r.ContentLength = io.NopCloser(out), nil, int64(len(k.body))
	}
	r.Header = k.header
	return r, nil
}

// body is the body of one request. It gives nothing once its context has ended
// before anything of it has left: without its body, a submission is none.
type body struct {
	leave   context.Context //nolint:containedctx // it is what this type is about
	r       io.Reader
	settled sync.Once
	leaves  bool
}

// Read gives the body to the transport.
func (b *body) Read(p []byte) (int, error) {
	b.settled.Do(func() { b.leaves = b.leave.Err() == nil })
	if !b.leaves {
		return 0, errors.New("the request is no longer to be sent")
	}
	return b.r.Read(p)
}

// withhold makes sure that the body does not leave any more; it is false when it
// has begun to.
func (b *body) withhold() bool {
	b.settled.Do(func() {})
	return !b.leaves
}

// errTooLarge is the failure to read a body that has no sensible end.
var errTooLarge = fmt.Errorf("it is larger than %d MiB", maxBody>>20)

func readBody(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if err == nil && len(body) > maxBody {
		return nil, errTooLarge
	}
	return body, err
}

// lost says what the failure to get any answer means. A transport may give up
// while it goes on writing, so that only a body which cannot leave any more is
// proof that the platform has not seen the request.
func lost(ctx, try context.Context, out *body, err error) error {
	unsent := out.withhold()
	switch {
	case ctx.Err() != nil && (unsent || try.Err() != nil):
		err = ctx.Err()
	case try.Err() != nil:
		err = context.Cause(try)
	}
	return &failure{problem: plainly(err), err: err, unsent: unsent}
}

// plainly is the error of a transport without the calls that it went through.
func plainly(err error) string {
	var refused syscall.Errno
	var operation *net.OpError
	var name *net.DNSError
	var speech tls.RecordHeaderError
	switch {
	case errors.As(err, &operation) && operation.Op == "proxyconnect":
		return "the proxy: " + plainly(operation.Err)
	case errors.As(err, &name) && name.IsNotFound:
		return fmt.Sprintf("no such host as %q", name.Name)
	case errors.As(err, &speech):
		return "it does not speak https"
	case errors.As(err, &operation) && errors.As(err, &refused):
		return refused.Error()
	}
	return err.Error()
}

// elsewhere reports whether the endpoint is certainly not at the address: there
// is no such host, or it has no right to the name. Once the platform has
// answered there, that is an outage like any other.
func elsewhere(err error) bool {
	var certificate *tls.CertificateVerificationError
	var name *net.DNSError
	return errors.As(err, &certificate) || errors.As(err, &name) && name.IsNotFound
}
