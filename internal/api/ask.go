package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// Ask sends one request, once, and returns whatever comes back, refusals
// included, as it is. With a body, which must be one of a call that only reads,
// it is a POST. An error means that nothing came back.
func (c *Client) Ask(ctx context.Context, path string, query url.Values, body any) (status int, header http.Header, raw []byte, err error) {
	k := &call{
		method: http.MethodGet, url: c.url(path, query), class: listing, free: path == "/rate_limit",
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
