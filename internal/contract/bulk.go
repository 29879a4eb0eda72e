package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"sort"
)

// decode reads the body, which must be one JSON object with known keys only. It
// answers the refusal itself.
func (c *call) decode(known ...string) (map[string]any, bool) {
	d := json.NewDecoder(bytes.NewReader(c.sent))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		c.refuse("body: %v", err)
		return nil, false
	}
	if _, err := d.Token(); err != io.EOF {
		c.refuse("more than one value in the body")
		return nil, false
	}
	o, err := members("body", v, known...)
	if err != nil {
		c.refuse("%v", err)
		return nil, false
	}
	return o, true
}

// members are the fields of a value that must be an object with these keys and no others.
func members(name string, v any, known ...string) (map[string]any, error) {
	o, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s is not an object", name)
	}
	extra := len(o)
	for _, key := range known {
		if _, ok := o[key]; ok {
			extra--
		}
	}
	if extra > 0 {
		keys := make([]string, 0, len(o))
		for key := range o {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		return nil, fmt.Errorf("%s has the keys %q; known are %q", name, keys, known)
	}
	return o, nil
}

// array is the body's list of this name, of one to a hundred items.
func (c *call) array(name string) ([]any, bool) {
	body, ok := c.decode(name)
	if !ok {
		return nil, false
	}
	list, ok := body[name].([]any)
	c.items = len(list)
	switch {
	case !ok:
		c.refuse("%s is not a list", name)
	case len(list) == 0:
		c.refuse("%s is empty", name)
	case len(list) > maxBulk:
		c.refuse("%s has %d items", name, len(list))
	default:
		return list, true
	}
	return nil, false
}

// ids is the body's list of identifiers.
func (c *call) ids(name string) ([]string, bool) {
	list, ok := c.array(name)
	if !ok {
		return nil, false
	}
	ids := make([]string, len(list))
	seen := map[string]bool{}
	for i, v := range list {
		id, ok := v.(string)
		switch {
		case !ok || id == "":
			c.refuse("%s[%d] is no identifier", name, i)
			return nil, false
		case seen[id]:
			c.breach("%s has %q twice", name, id)
		}
		seen[id], ids[i] = true, id
	}
	return ids, true
}

// bulk answers a bulk call, item by item, in any order. The first of names
// decides which order.
func (c *call) bulk(names []string, item func(i int) (obj, refusal)) {
	items := make([]obj, len(names))
	for i := range names {
		o, why := item(i)
		items[i] = c.s.result(o, why)
	}
	if c.s.free(Shuffle) {
		rnd := rand.New(rand.NewPCG(c.s.o.Seed, c.s.roll("shuffle", names[0])))
		rnd.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	}
	c.ok(obj{{"items", items}})
}

// result is one item of a bulk answer.
func (s *Server) result(o obj, why refusal) obj {
	if why == none {
		r := obj{{"resource", o}}
		if s.free(NullErrors) {
			r = append(r, member{"error", nil})
		}
		return r
	}
	r := obj{{"error", why.object(s.free(SparseErrors))}}
	if s.free(NullResults) {
		r = append(r, member{"resource", nil})
	}
	return r
}
