package contract

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxPage      = 100     // items on a page (vendor page "List files")
	defaultPage  = 50      // without a limit
	maxBulk      = 100     // items in a bulk call (vendor page "Start a bulk export job")
	maxURL       = 6000    // the official client refuses longer ones
	maxBodyBytes = 8 << 20 // far above any bulk call
)

// call is one request being served.
type call struct {
	s    *Server
	r    *http.Request
	now  time.Time
	base string // URL of the endpoint
	kind Kind
	args []string // of the path
	sent []byte   // the body
	q    url.Values

	items  int // of a bulk call, for the record
	status int
	header map[string]string
	body   any
}

func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	return io.ReadAll(io.LimitReader(r.Body, maxBodyBytes))
}

// below is the path below the endpoint.
func below(r *http.Request) string { return strings.TrimPrefix(r.URL.Path, "/v2") }

// authenticate checks the token. A wrong token is only refused; none at all is
// a breach.
func (c *call) authenticate() bool {
	switch c.r.Header.Get("X-SBG-Auth-Token") {
	case Token:
		return true
	case "":
		c.breach("no X-SBG-Auth-Token header")
	}
	c.fail(refusal{http.StatusUnauthorized, 90001, "Unauthorized."})
	return false
}

// dispatch checks what any request must keep to, and serves it.
func (c *call) dispatch(r *route, pathKnown bool) {
	switch {
	case r == nil && pathKnown:
		c.breach("method not allowed")
		c.fail(refusal{http.StatusMethodNotAllowed, 90006, "Method not allowed."})
		return
	case r == nil:
		c.breach("no such path")
		c.fail(refusal{http.StatusNotFound, 90003, "Not found."})
		return
	case strings.Contains(strings.ToLower(c.r.URL.RawPath), "%2f"):
		c.breach("an escaped slash in the path")
	case len(c.r.URL.String()) > maxURL:
		c.breach("a URL of %d characters", len(c.r.URL.String()))
	}
	if !c.checkBody(r) || !c.checkQuery(r) {
		return
	}
	r.serve(c)
}

func (c *call) checkBody(r *route) bool {
	if r.method == http.MethodGet {
		if len(c.sent) > 0 {
			c.note("a body is sent with GET requests")
		}
		return true
	}
	if kind, _, _ := strings.Cut(c.r.Header.Get("Content-Type"), ";"); kind != "application/json" {
		c.breach("content type %q", kind)
		c.fail(refusal{http.StatusUnsupportedMediaType, 90008, "Unsupported media type."})
		return false
	}
	return true
}

// checkQuery knows the parameters of the route and the form of those that all
// lists share.
func (c *call) checkQuery(r *route) bool {
	q, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		c.refuse("query: %v", err)
		return false
	}
	c.q = q
	for name, values := range q {
		if !r.knows(name) {
			c.refuse("unknown query parameter %q", name)
			return false
		}
		if len(values) > 1 && !repeatable(name) {
			c.refuse("query parameter %q given %d times", name, len(values))
			return false
		}
	}
	return c.checkPaging(r)
}

// repeatable reports whether a parameter may be given more than once, meaning
// any of its values.
func repeatable(name string) bool {
	return slices.Contains([]string{"name", "tag", "state", "origin.task"}, name) || strings.HasPrefix(name, "metadata.")
}

func (c *call) checkPaging(r *route) bool {
	if n, ok := c.number("limit", defaultPage); !ok || n < 1 || n > maxPage {
		c.refuse("limit %q", c.q.Get("limit"))
		return false
	}
	if n, ok := c.number("offset", 0); !ok || n < 0 {
		c.refuse("offset %q", c.q.Get("offset"))
		return false
	}
	if r.knows("limit") && !c.q.Has("fields") {
		c.note("%s without fields", c.kind)
	}
	return true
}

func (c *call) number(name string, absent int) (int, bool) {
	if !c.q.Has(name) {
		return absent, true
	}
	n, err := strconv.Atoi(c.q.Get(name))
	return n, err == nil
}

// limit and offset are the checked parameters; a page is never larger than the
// server's own cap.
func (c *call) limit() int {
	n, _ := c.number("limit", defaultPage)
	return min(n, c.s.o.PageCap)
}

func (c *call) offset() int {
	n, _ := c.number("offset", 0)
	return n
}
