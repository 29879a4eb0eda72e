package contract

import (
	"net/url"
	"slices"
	"sort"
	"strings"
)

// objectShape: without fields=_all a listing shows no metadata (vendor page
// "List the contents of a volume").
var objectShape = shape{
	known: []string{"href", "location", "volume", "type", "metadata"},
	brief: []string{"href", "location", "volume", "type"},
}

// serveObjects lists one level of a volume. Objects and directories share the
// pages; pages are told apart by the last name on them, so that an object which
// appears meanwhile moves nothing.
func serveObjects(c *call) {
	v := c.findVolume()
	if v == nil {
		return
	}
	keep, ok := c.fields(objectShape)
	if !ok {
		return
	}
	dir := c.q.Get("prefix")
	if dir != "" && !strings.HasSuffix(dir, "/") {
		dir += "/"
	}
	names := c.s.entries(v, dir)
	from, ok := after(names, c.q.Get("continuation_token"))
	if !ok {
		c.refuse("continuation token %q", c.q.Get("continuation_token"))
		return
	}
	to := min(from+c.limit(), len(names))
	c.ok(append(c.level(v, dir, names[from:to], keep),
		member{"href", c.with(nil)}, member{"links", c.more(names, to)}))
}

// level is the items and prefixes of a page.
func (c *call) level(v *Volume, dir string, names, keep []string) obj {
	items, prefixes := []obj{}, []obj{}
	for _, name := range names {
		at := dir + name
		if !strings.HasSuffix(name, "/") {
			items = append(items, c.object(v, at, c.s.c.objects[v.Bucket][c.s.key(v, at)]).keep(keep))
			continue
		}
		if !c.s.free(SlashPrefix) || c.s.half("prefix", at) {
			at = strings.TrimSuffix(at, "/")
		}
		href := c.base + "/storage/volumes/" + v.ID + "/list?prefix=" + url.QueryEscape(at)
		prefixes = append(prefixes, obj{{"href", href}, {"prefix", at}, {"volume", v.ID}})
	}
	return obj{{"items", items}, {"prefixes", prefixes}}
}

// more links to the next page in the way of this call alone: no rel, only next.
func (c *call) more(names []string, to int) []obj {
	if to >= len(names) {
		return []obj{}
	}
	token := "after." + url.QueryEscape(names[to-1])
	return []obj{{{"next", c.with(map[string]string{"continuation_token": token})}}}
}

// after is the index of the first name behind a token's.
func after(names []string, token string) (int, bool) {
	if token == "" {
		return 0, true
	}
	escaped, ok := strings.CutPrefix(token, "after.")
	last, err := url.QueryUnescape(escaped)
	if !ok || err != nil {
		return 0, false
	}
	return sort.Search(len(names), func(i int) bool { return names[i] > last }), true
}

func (c *call) object(v *Volume, location string, o object) obj {
	kind := v.Service
	if kind == "gcs" {
		kind = "gcp" // as the vendor's page has it here, and only here
	}
	metadata := map[string]any{"etag": "contract", "size": o.size}
	if slices.Contains([]uint64{0, 1}, c.s.roll("metadata", location)%5) {
		metadata = nil // the provider's own affair; nothing is promised
	}
	return obj{
		{"href", c.base + "/storage/volumes/" + v.ID + "/object?location=" + url.QueryEscape(location)},
		{"location", location},
		{"volume", v.ID},
		{"type", kind},
		{"metadata", metadata},
	}
}
