package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Request bodies are read strictly: an unknown property or a wrong type is
// refused and named, so that a client's slip of the pen shows at once.

// shape is a JSON value and where in the body it stands.
type shape struct {
	value any
	at    string
}

// decodeBody reads the request's body, which must be one JSON object.
func (c *call) decodeBody() (shape, *failure) {
	decoder := json.NewDecoder(bytes.NewReader(c.body))
	var value any
	if err := decoder.Decode(&value); err != nil {
		return shape{}, refusef(90009, "Request content could not be decoded: %v.", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return shape{}, refusef(90009, "Request content could not be decoded: there is more than one JSON value.")
	}
	return shape{value, "the body"}, nil
}

// object is the value's properties, which must be among the known; those that
// begin the list, up to required, must be there.
func (s shape) object(required int, known ...string) (map[string]shape, *failure) {
	object, ok := s.value.(map[string]any)
	if !ok {
		return nil, refusef(90000, "Bad request: %s must be an object.", s.at)
	}
	parts := map[string]shape{}
	for key, value := range object {
		if !slices.Contains(known, key) {
			return nil, refusef(90000, "Bad request: unknown property %q of %s.", key, s.at)
		}
		parts[key] = shape{value, key + " of " + s.at}
	}
	for _, key := range known[:required] {
		if _, there := parts[key]; !there {
			return nil, refusef(90000, "Bad request: %s lacks %s.", s.at, key)
		}
	}
	return parts, nil
}

// list is the value's items, of which there must be 1 to 100.
func (s shape) list() ([]shape, *failure) {
	list, ok := s.value.([]any)
	switch {
	case !ok:
		return nil, refusef(90000, "Bad request: %s must be a list.", s.at)
	case len(list) == 0:
		return nil, refusef(90000, "Bad request: %s is empty.", s.at)
	}
	items := make([]shape, len(list))
	for i, value := range list {
		items[i] = shape{value, fmt.Sprintf("%s, item %d", s.at, i)}
	}
	return items, nil
}

func (s shape) text() (string, *failure) {
	text, ok := s.value.(string)
	if !ok {
		return "", refusef(90000, "Bad request: %s must be a string.", s.at)
	}
	return text, nil
}

func (s shape) boolean() (bool, *failure) {
	value, ok := s.value.(bool)
	if !ok {
		return false, refusef(90000, "Bad request: %s must be true or false.", s.at)
	}
	return value, nil
}

// properties reads storage properties: strings or null.
func (s shape) properties() (properties, *failure) {
	object, ok := s.value.(map[string]any)
	if !ok && s.value != nil {
		return nil, refusef(90000, "Bad request: %s must be an object.", s.at)
	}
	all := properties{}
	for key, value := range object {
		text, isText := value.(string)
		switch {
		case value == nil:
			all[key] = nil
		case isText:
			all[key] = &text
		default:
			return nil, refusef(90000, "Bad request: %s of %s must be a string or null.", key, s.at)
		}
	}
	return all, nil
}

// texts reads the strings of a bulk request's list, of which there may be 100.
func (c *call) texts(key string) ([]string, *failure) {
	items, refusal := c.bulkItems(key)
	if refusal != nil {
		return nil, refusal
	}
	all, seen := make([]string, len(items)), map[string]bool{}
	for i, item := range items {
		if all[i], refusal = item.text(); refusal != nil {
			return nil, refusal
		}
		if seen[all[i]] {
			c.s.violate("a bulk request that names %q twice: %s", all[i], c.r.URL.Path)
		}
		seen[all[i]] = true
	}
	return all, nil
}

// bulkItems reads the list of a bulk request.
func (c *call) bulkItems(key string) ([]shape, *failure) {
	body, refusal := c.decodeBody()
	if refusal != nil {
		return nil, refusal
	}
	parts, refusal := body.object(1, key)
	if refusal != nil {
		return nil, refusal
	}
	items, refusal := parts[key].list()
	if refusal != nil {
		return nil, refusal
	}
	c.items = len(items)
	if len(items) > maxBulk {
		c.s.violate("a bulk request with %d items: %s", len(items), c.r.URL.Path)
		return nil, refusef(90000, "Bad request: %d items, at most %d are allowed.", len(items), maxBulk)
	}
	return items, nil
}

// bulkItem is one item of a bulk answer: a resource, or why there is none.
type bulkItem struct {
	resource []byte
	failure  *failure
}

// writeBulk answers a bulk request. The answer is a success even when every
// item failed.
func (c *call) writeBulk(items []bulkItem) *answer {
	if c.s.seed.quirks.shuffledBulk {
		dice := c.s.seed.behavior.dice(diceShuffle, c.s.served)
		dice.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	}
	null := c.s.seed.quirks.nullBeside
	b := append([]byte(nil), `{"items":[`...)
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		switch {
		case item.failure != nil && null:
			b = item.failure.appendTo(append(b, `{"resource":null,"error":`...))
		case item.failure != nil:
			b = item.failure.appendTo(append(b, `{"error":`...))
		case null:
			b = append(append(b, `{"error":null,"resource":`...), item.resource...)
		default:
			b = append(append(b, `{"resource":`...), item.resource...)
		}
		b = append(b, '}')
	}
	return ok(append(b, `]}`...))
}

// bulkFiles answers POST /bulk/files/get.
func (c *call) bulkFiles() (*answer, *failure) {
	ids, refusal := c.texts("file_ids")
	if refusal != nil {
		return nil, refusal
	}
	items := make([]bulkItem, len(ids))
	for i, id := range ids {
		node, refusal := c.readable(id)
		if refusal != nil {
			items[i].failure = refusal
			continue
		}
		items[i].resource = appendObject(nil, fileFields, fileView{c, &c.s.nodes[node]})
	}
	return c.writeBulk(items), nil
}
