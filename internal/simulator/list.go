package simulator

import (
	"maps"
	"math"
	"net/http"
	"net/url"
	"strconv"
)

// usualPage is the number of items of a page when the request does not say.
const usualPage = 50

// largestPage is the number of items that a page has at most.
const largestPage = 100

// span is the part of a list that a request asks for.
type span struct {
	offset, limit int
	overlap       int // how many items of the page before are told again
}

// span reads limit and offset.
func (c *call) span() (span, *failure) {
	limit, refusal := c.limit()
	if refusal != nil {
		return span{}, refusal
	}
	offset, refusal := c.number("offset", 0, [2]int{0, math.MaxInt32})
	return span{offset, limit, c.overlap()}, refusal
}

// overlap is how many items of the page before a page repeats.
func (c *call) overlap() int {
	if c.s.seed.quirks.repeatedItems {
		return 1
	}
	return 0
}

// limit reads the page size, which is capped.
func (c *call) limit() (int, *failure) {
	limit, refusal := c.number("limit", usualPage, [2]int{1, math.MaxInt32})
	if limit > largestPage {
		c.noteUnusual("a limit above %d", largestPage)
		limit = largestPage
	}
	if maximum := c.s.seed.behavior.pageCap; maximum > 0 {
		limit = min(limit, maximum)
	}
	return limit, refusal
}

// requestedLimit is the page size that links repeat: what the request asked for.
func (c *call) requestedLimit() string {
	if limit := c.param("limit"); limit != "" {
		return limit
	}
	return strconv.Itoa(usualPage)
}

// window cuts the part of a list with so many items that the span asks for.
func (p span) window(total int) (from, to int) {
	from = min(p.offset, total)
	return max(from-p.overlap, 0), min(from+p.limit, total)
}

// tell answers a call that gets one thing, unless it was refused.
func tell[T any](c *call, fields []field[T], v T, refusal *failure) (*answer, *failure) {
	if refusal != nil {
		return nil, refusal
	}
	return ok(appendObject(nil, choose(c, fields, false), v)), nil
}

// tellPage answers a list call with a page of all that there is.
func tellPage[T any](c *call, fields []field[T], all []T) (*answer, *failure) {
	p, refusal := c.span()
	if refusal != nil {
		return nil, refusal
	}
	from, to := p.window(len(all))
	return writeList(c, listing[T]{p, len(all), choose(c, fields, true), all[from:to]}), nil
}

// listing is one page of a list.
type listing[T any] struct {
	span
	total  int // items over all pages
	fields []field[T]
	items  []T // of this page
}

// appendItems appends the items of a page.
func appendItems[T any](b []byte, fields []field[T], items []T) []byte {
	b = append(b, `,"items":[`...)
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendObject(b, fields, item)
	}
	return append(b, ']')
}

// writeList answers a list call with a page.
func writeList[T any](c *call, p listing[T]) *answer {
	b := append(make([]byte, 0, 256*(len(p.items)+2)), `{"href":`...)
	b = c.appendLink(b, p.offset)
	b = appendItems(b, p.fields, p.items)
	b = append(b, `,"links":[`...)
	next := p.offset + p.limit
	if next < p.total {
		b = c.appendRel(b, "next", next)
	}
	if p.offset > 0 {
		if next < p.total {
			b = append(b, ',')
		}
		b = c.appendRel(b, "prev", max(p.offset-p.limit, 0))
	}
	a := ok(append(b, `]}`...))
	a.total(c, p.total)
	return a
}

// total tells how many items there are over all pages.
func (a *answer) total(c *call, total int) {
	if c.s.seed.quirks.noTotalHeader {
		return
	}
	a.header = http.Header{}
	a.header.Set("X-Total-Matching-Query", strconv.Itoa(total))
}

// appendRel appends a link of a list.
func (c *call) appendRel(b []byte, rel string, offset int) []byte {
	b = append(b, `{"href":`...)
	b = c.appendLink(b, offset)
	return c.closeRel(b, rel)
}

func (c *call) closeRel(b []byte, rel string) []byte {
	if c.s.seed.quirks.capitalRel {
		rel = string(rel[0]-'a'+'A') + rel[1:]
	}
	b = append(b, `,"rel":`...)
	b = appendString(b, rel)
	return append(b, `,"method":"GET"}`...)
}

// appendLink appends the URL of this call at another offset.
func (c *call) appendLink(b []byte, offset int) []byte {
	query := c.linkQuery()
	query.Set("limit", c.requestedLimit())
	query.Set("offset", strconv.Itoa(offset))
	return appendQuery(b, c.url(), query)
}

// linkQuery is the query that links repeat.
func (c *call) linkQuery() url.Values {
	query := url.Values(maps.Clone(c.query))
	if query == nil {
		query = url.Values{}
	}
	if c.s.seed.quirks.linksWithoutFields {
		query.Del("fields")
	}
	return query
}

// url is the URL of this call without its query.
func (c *call) url() string { return c.base + c.r.URL.EscapedPath()[len("/v2"):] }
