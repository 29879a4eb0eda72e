package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

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
		with.header = http.Header{
			"Accept": {"application/json"},
		}
		if who.Token() != "" {
			with.header.Set("X-Sbg-Auth-Token", who.Token())
		}
		if agent != "" {
			with.header.Set("User-Agent", agent)
		}
		if k.body != nil {
			with.header.Set("Content-Type", "application/json")
		}
		if advanced(strings.TrimPrefix(k.url.Path, base.Path)) {
			with.header.Set("X-Sbg-Advance-Access", "advance")
		}
		return next(ctx, &with)
	}
}

// advanced reports whether a path below the endpoint is one of those that some
// vendor pages list as advance access: volumes, exports and "copy_only". The
// header does no harm where it is not needed.
func advanced(path string) bool {
	return strings.HasPrefix(path, "/storage/") || strings.HasPrefix(path, "/bulk/storage/")
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
