package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const (
	// pageSize is the largest page that the platform gives.
	pageSize = 100
	// totalHeader tells how many items all pages of a listing have together.
	totalHeader = "X-Total-Matching-Query"
)

// page is one page of a listing.
type page[T any] struct {
	items []T
	total int      // of all pages; -1 when not told
	next  *url.URL // nil on the last page
}

// link is an element of "links": {"rel": "next", "href": …} in most listings,
// {"next": …} in those of volumes.
type link struct {
	Rel  text `json:"rel"`
	Href text `json:"href"`
	Next text `json:"next"`
}

// readPage reads the page at a URL.
func readPage[T any](ctx context.Context, c *Client, what string, u *url.URL) (*page[T], error) {
	var got *page[T]
	k := &call{what: what, method: http.MethodGet, url: u, class: listing}
	k.into = func(a *answer) (err error) {
		got, err = decodePage[T](c.base, u, a)
		return err
	}
	if err := c.read(ctx, k); err != nil {
		return nil, err
	}
	return got, nil
}

// decodePage decodes the answer to a request for the page at u.
func decodePage[T any](base, u *url.URL, a *answer) (*page[T], error) {
	var body struct {
		Items []T                `json:"items"`
		Links list[object[link]] `json:"links"`
	}
	if err := json.Unmarshal(a.body, &body); err != nil {
		return nil, err
	}
	if len(body.Items) == 0 && !bytes.Contains(a.body, []byte(`"items"`)) {
		return nil, errors.New("it is not a page of a list")
	}
	p := &page[T]{items: body.Items, total: -1}
	if n := headerNumber(a.header, totalHeader); n.given && n.value >= int64(len(p.items)) {
		p.total = int(min(n.value, maxPages*pageSize))
	}
	for _, l := range body.Links {
		href := l.value.Next
		if strings.EqualFold(string(l.value.Rel), "next") {
			href = l.value.Href
		}
		if href == "" {
			continue
		}
		next, err := nextURL(base, u, string(href))
		if err != nil {
			return nil, err
		}
		p.next = next
		break
	}
	return p, nil
}

// nextURL checks a link to the next page. It must stay below the endpoint: what
// is there is asked for with the token. A gateway may have made http of https.
func nextURL(base, from *url.URL, href string) (*url.URL, error) {
	u, err := from.Parse(href)
	if err != nil {
		return nil, &ProtocolError{Problem: "the link to the next page is malformed", lasting: true}
	}
	host := strings.TrimSuffix(strings.ToLower(u.Host), defaultPort(u.Scheme))
	if host != base.Host || !strings.HasPrefix(u.Path, base.Path+"/") || u.User != nil {
		return nil, &ProtocolError{
			Problem: fmt.Sprintf("the link to the next page leads away from the platform, to %q", printable(u.Host)),
			lasting: true,
		}
	}
	u.Scheme, u.Host, u.Fragment = base.Scheme, base.Host, ""
	q := u.Query()
	// That links keep these is not documented.
	for _, name := range []string{"fields", "limit"} {
		if old := from.Query().Get(name); old != "" && !q.Has(name) {
			q.Set(name, old)
			u.RawQuery = q.Encode()
		}
	}
	return u, nil
}

func defaultPort(scheme string) string {
	switch scheme {
	case "https":
		return ":443"
	case "http":
		return ":80"
	}
	return ""
}

// offset is the offset that a page's URL asks for, or -1 when it has none.
func offset(u *url.URL) int {
	if u == nil {
		return -1
	}
	n, err := strconv.Atoi(u.Query().Get("offset"))
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// atOffset is the URL of the page at another offset.
func atOffset(u *url.URL, at int) *url.URL {
	moved := *u
	q := u.Query()
	q.Set("offset", strconv.Itoa(at))
	moved.RawQuery = q.Encode()
	return &moved
}
