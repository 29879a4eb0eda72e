package contract

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// listing is a list call's answer before it is cut into pages.
type listing struct {
	name  string // what decides whether it tells its total
	n     int
	again int // how many of the n are told a second time; the total does not count them
	item  func(i int) obj
	shape shape
}

// page answers with one page, in the offset style.
func (c *call) page(l listing) {
	keep, ok := c.fields(l.shape)
	if !ok {
		return
	}
	from := min(c.offset(), l.n)
	to := min(from+c.limit(), l.n)
	items := make([]obj, 0, to-from)
	for i := from; i < to; i++ {
		items = append(items, l.item(i).keep(keep))
	}
	c.total(l)
	c.ok(obj{{"href", c.link(c.offset())}, {"items", items}, {"links", c.links(from, to, l.n)}})
}

// total tells how many items there are, in all pages together.
func (c *call) total(l listing) {
	if c.s.free(NoTotals) && c.s.half("total", l.name) {
		return
	}
	c.header = map[string]string{"X-Total-Matching-Query": strconv.Itoa(l.n - l.again)}
}

func (c *call) links(from, to, n int) []obj {
	links := []obj{}
	if to < n {
		links = append(links, c.rel("next", c.link(to)))
	}
	if from > 0 {
		links = append(links, c.rel("prev", c.link(max(from-c.limit(), 0))))
	}
	return links
}

func (c *call) rel(rel, href string) obj {
	if c.s.free(OddRels) {
		rel = []string{strings.ToUpper(rel), strings.ToUpper(rel[:1]) + rel[1:], rel}[c.s.roll("rel", href)%3]
	}
	return obj{{"href", href}, {"rel", rel}, {"method", "GET"}}
}

// link is the URL of the page at an offset of the list this call asks for.
func (c *call) link(offset int) string {
	return c.with(map[string]string{"offset": strconv.Itoa(offset), "limit": strconv.Itoa(c.limit())})
}

// with is this call's URL with some parameters replaced.
func (c *call) with(changes map[string]string) string {
	q := url.Values{}
	for name, values := range c.q {
		q[name] = values
	}
	for name, value := range changes {
		q.Set(name, value)
	}
	return c.base + (&url.URL{Path: below(c.r)}).EscapedPath() + "?" + q.Encode()
}

// scroll answers with one page, in the continuation style.
func (c *call) scroll(l listing) {
	if c.r.Header.Get("X-SBG-Advance-Access") == "" {
		c.refuse("scrolling without the X-SBG-Advance-Access header")
		return
	}
	from, ok := fromToken(c.q.Get("token"))
	if !ok {
		c.refuse("token %q", c.q.Get("token"))
		return
	}
	keep, ok := c.fields(l.shape)
	if !ok {
		return
	}
	from = min(from, l.n)
	to := min(from+c.limit(), l.n)
	items := make([]obj, 0, to-from)
	for i := from; i < to; i++ {
		items = append(items, l.item(i).keep(keep))
	}
	links := []obj{}
	if to < l.n {
		links = append(links, c.rel("next", c.with(map[string]string{"token": toToken(to)})))
	}
	c.total(l)
	c.ok(obj{{"href", c.with(nil)}, {"items", items}, {"links", links}})
}

// A token is "init" or an opaque word of the server's.
func toToken(n int) string {
	return base64.URLEncoding.EncodeToString([]byte("at:" + strconv.Itoa(n)))
}

func fromToken(token string) (int, bool) {
	if token == "init" {
		return 0, true
	}
	text, err := base64.URLEncoding.DecodeString(token)
	if err != nil {
		return 0, false
	}
	number, ok := strings.CutPrefix(string(text), "at:")
	n, err := strconv.Atoi(number)
	return n, ok && err == nil && n >= 0
}

// shape is which fields a resource has and which of them a list shows unasked.
type shape struct {
	known, brief []string
}

// full is the field selection that leaves everything in.
const full = "_all"

// fields is the selection that the call asks for, as a list of names.
func (c *call) fields(s shape) ([]string, bool) {
	if !c.q.Has("fields") {
		return s.brief, true
	}
	var keep []string
	drop := []string{}
	for name := range strings.SplitSeq(c.q.Get("fields"), ",") {
		bare, excluded := strings.CutPrefix(name, "!")
		switch {
		case name == full:
			return []string{full}, true
		case !slices.Contains(s.known, bare):
			c.refuse("unknown field %q", name)
			return nil, false
		case excluded:
			drop = append(drop, bare)
		default:
			keep = append(keep, bare)
		}
	}
	if keep == nil {
		keep = slices.Clone(s.known)
	}
	return slices.DeleteFunc(keep, func(f string) bool { return slices.Contains(drop, f) }), true
}

// keep leaves the named fields of a resource.
func (o obj) keep(names []string) obj {
	if slices.Contains(names, full) {
		return o
	}
	return slices.DeleteFunc(o, func(m member) bool { return !slices.Contains(names, m.key) })
}

// one answers with a single resource; without fields it is shown in full.
func (c *call) one(o obj, s shape) {
	s.brief = []string{full}
	if keep, ok := c.fields(s); ok {
		c.ok(o.keep(keep))
	}
}
