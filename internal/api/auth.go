package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
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
			"Accept":           {"application/json"},
			"X-Sbg-Auth-Token": {who.Token()},
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
