package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"sbexport/internal/platform"
)

// kind describes one kind of thing that the platform keeps: where it is read, one
// by one, many at once and in lists, and what is made of the answers. W is how the
// platform sends it, T what the rest of the program knows of it.
type kind[W, T any] struct {
	noun  string // "file"
	path  string // of single ones, and of their list, below the endpoint
	parts int    // of an ID, between slashes
	none  int    // the platform's code for an ID that is none
	bulk  string // path of the bulk read
	ids   string // member of its body, which holds the IDs
	// own tells that the platform itself has given out the IDs of a bulk read, so
	// that they are right: when it refuses one after the other, something else is
	// wrong.
	own bool
	// listed tells that there is a list of all of them, see call.like.
	listed bool

	id    func(*W) string
	flaw  func(*W) string // says what makes one useless, or nothing
	value func(*W) T
}

// one reads a single thing.
func (k *kind[W, T]) one(ctx context.Context, c *Client, id string) (*T, error) {
	what := fmt.Sprintf("reading %s %q", k.noun, id)
	path, err := k.at(id)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	var w W
	call := &call{what: what, method: http.MethodGet, url: c.url(path, nil), like: k.like(c), into: decodeInto(&w)}
	if err := c.read(ctx, call); err != nil {
		return nil, err
	}
	if flaw := k.flaw(&w); flaw != "" {
		return nil, fmt.Errorf("%s: the platform's answer is no %s: it %s", what, k.noun, flaw)
	}
	// The case of names does not matter, that of other IDs may.
	if got := k.id(&w); got != id && (k.parts == 1 || !strings.EqualFold(got, id)) {
		return nil, fmt.Errorf("%s: the platform's answer is another %s, %q", what, k.noun, printable(got))
	}
	value := k.value(&w)
	return &value, nil
}

// at is the escaped path of a single thing, or the error that the platform would
// give for an ID that is none.
func (k *kind[W, T]) at(id string) (string, error) {
	path, ok := pathID(id, k.parts)
	if !ok {
		return "", &platform.Error{Status: http.StatusBadRequest, Code: k.none}
	}
	return k.path + "/" + path, nil
}

// like is a read that does not ask for a single thing, see call.like.
func (k *kind[W, T]) like(c *Client) func() *url.URL {
	if !k.listed {
		return nil
	}
	return func() *url.URL { return c.url(k.path, url.Values{"limit": {"1"}}) }
}

// all reads a list to its end.
func (l *list[W, T]) all(ctx context.Context) (all []T, err error) {
	err = l.read(ctx, func(page []T) error {
		all = append(all, page...)
		return nil
	})
	return all, err
}

// url is the URL of an escaped path below the endpoint.
func (c *Client) url(path string, query url.Values) *url.URL {
	u := c.base.JoinPath(path)
	u.RawQuery = encode(query)
	return u
}

// encode encodes a query. Spaces become %20: not every server reads a plus sign
// as a space.
func encode(query url.Values) string { return strings.ReplaceAll(query.Encode(), "+", "%20") }

// pathID escapes an ID for a path, each part between slashes by itself. It
// reports false for an ID that does not have the given number of parts, or that
// would lead to another resource.
func pathID(id string, parts int) (string, bool) {
	split := strings.Split(id, "/")
	if len(split) != parts {
		return "", false
	}
	for i, part := range split {
		if part == "" || part == "." || part == ".." {
			return "", false
		}
		split[i] = url.PathEscape(part)
	}
	return strings.Join(split, "/"), true
}

// badID says that an ID cannot be one, or nothing: it has as many parts between
// slashes as it should have, and nothing in it that no ID has.
func badID(id text, parts int) string {
	blank := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	if _, ok := pathID(string(id), parts); !ok || strings.ContainsFunc(string(id), blank) {
		return "has no usable ID"
	}
	return ""
}

// newList is a list at a path, in the largest pages and, unless the query names
// fields, with all that is told of each item.
func newList[W, T any](c *Client, of *kind[W, T], what, path string, query url.Values) *list[W, T] {
	if query == nil {
		query = url.Values{}
	}
	query.Set("limit", strconv.Itoa(pageSize))
	if !query.Has("fields") {
		query.Set("fields", "_all")
	}
	return &list[W, T]{
		c: c, of: of, what: what, first: c.url(path, query), like: of.like(c),
		turn: make(chan struct{}, 1), seen: map[string]struct{}{}, below: map[string]struct{}{},
	}
}
