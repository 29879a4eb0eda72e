package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sbexport/internal/platform"
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
	given bool     // there were items, if none then as an empty list
	below []string // "directories" in a volume's listing
	total int      // of all pages; -1 when not told
	next  *url.URL // nil on the last page
}

// oddListError is a listing that cannot be right.
type oddListError struct{ problem string }

// Is reports that nothing can be decided on it.
func (e *oddListError) Is(target error) bool { return target == platform.ErrOddAnswer }

func (e *oddListError) Error() string { return "the platform's list cannot be right: " + e.problem }

// Hint says what to do.
func (e *oddListError) Hint() string {
	return "nothing is decided on such a list: run again later; if it stays, show this message to the platform's support"
}

// readPage reads the page at a URL, and again if it is flawed.
func (l *list[W, T]) readPage(ctx context.Context, u *url.URL) (*page[W], error) {
	var got *page[W]
	k := &call{what: l.what, method: http.MethodGet, url: u, like: l.like, own: l.own}
	k.into = func(a *answer) (err error) {
		got, err = decodePage[W](l.c.base, u, a)
		return err
	}
	problem := ""
	for range 2 {
		if err := l.c.read(ctx, k); err != nil {
			return nil, err
		}
		if problem = l.flaw(got); problem == "" {
			return got, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", l.what, &oddListError{problem})
}

// flaw says what is wrong with the page, or nothing. A useless item makes it a
// broken answer and never data: a file that is left out is missed by nobody, and
// one without its name is excluded by no pattern.
func (l *list[W, T]) flaw(p *page[W]) string {
	if !p.given {
		return "it has no items, not even an empty list of them"
	}
	for i := range p.items {
		if flaw := l.of.flaw(&p.items[i]); flaw != "" {
			return fmt.Sprintf("item %d of a page (ID %q) %s", i+1, printable(l.of.id(&p.items[i])), flaw)
		}
	}
	return ""
}

// decodePage decodes the answer to a request for the page at u.
func decodePage[T any](base, u *url.URL, a *answer) (*page[T], error) {
	var body struct {
		Items    []T `json:"items"`
		Prefixes array[object[struct {
			Prefix text `json:"prefix"`
		}]] `json:"prefixes"`
		// Most listings have {"rel": "next", "href": …}, those of volumes {"next": …}.
		Links array[object[struct {
			Rel  text `json:"rel"`
			Href text `json:"href"`
			Next text `json:"next"`
		}]] `json:"links"`
	}
	if err := json.Unmarshal(a.body, &body); err != nil {
		return nil, err
	}
	p := &page[T]{items: body.Items, total: -1}
	if n := headerNumber(a.header, totalHeader); n.given && n.value >= int64(len(p.items)) {
		p.total = int(min(n.value, maxPages*pageSize))
	}
	for _, found := range body.Prefixes {
		p.below = append(p.below, string(found.value.Prefix))
	}
	// Null is as good as an empty list only where a total bears it out.
	p.given = body.Items != nil || p.total >= 0 && bytes.Contains(a.body, []byte(`"items"`))
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

// nextURL is the page that a link leads to. Behind a proxy the link may name
// another scheme, host, port or path before the version than ours: what counts
// is what it names below the version, and its query. The request goes to our own
// endpoint, whatever the link says, for it carries the token.
func nextURL(base, from *url.URL, href string) (*url.URL, error) {
	link, err := from.Parse(href)
	if err != nil {
		return nil, &failure{problem: "the link to the next page is malformed", lasting: true}
	}
	path := link.EscapedPath()
	below, ok := strings.CutPrefix(path, base.EscapedPath()+"/")
	if !ok {
		_, below, ok = strings.Cut(path, "/v2/")
	}
	next, err := url.Parse(base.String() + "/" + below)
	if err != nil || !ok || leavesBase(next) {
		return nil, &failure{
			problem: fmt.Sprintf("the link to the next page leads away from the platform's API, to %q", printable(link.Host+link.Path)),
			lasting: true,
		}
	}
	next.RawQuery = link.RawQuery
	kept := link.Query()
	missing := from.Query()
	// That links keep what was asked for is not documented.
	maps.DeleteFunc(missing, func(name string, _ []string) bool {
		return kept.Has(name) || name == "offset" || strings.HasSuffix(name, "token")
	})
	if len(missing) > 0 {
		next.RawQuery = strings.TrimPrefix(next.RawQuery+"&"+encode(missing), "&")
	}
	return next, nil
}

// leavesBase reports whether a path has parts that lead upwards.
func leavesBase(u *url.URL) bool {
	return slices.ContainsFunc(strings.Split(u.Path, "/"), func(part string) bool { return part == "." || part == ".." })
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
