package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Wrong types in request bodies are refused and named. Unknown properties are
// ignored, and noted as unusual.

// bodyValue is a JSON value and where in the body it stands.
type bodyValue struct {
	c     *call
	value any
	at    string
}

// decodeBody reads the request's body, which must be one JSON object.
func (c *call) decodeBody() (bodyValue, *failure) {
	decoder := json.NewDecoder(bytes.NewReader(c.body))
	var value any
	if err := decoder.Decode(&value); err != nil {
		return bodyValue{}, refusef(90009, "Request content could not be decoded: %v.", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return bodyValue{}, refusef(90009, "Request content could not be decoded: there is more than one JSON value.")
	}
	return bodyValue{c, value, "the body"}, nil
}

// bodyParts reads the properties of the request's body.
func (c *call) bodyParts(required int, known ...string) (map[string]bodyValue, *failure) {
	body, refusal := c.decodeBody()
	if refusal != nil {
		return nil, refusal
	}
	return body.object(required, known...)
}

// object is the value's properties, as far as they are known; those that begin
// the list, up to required, must be there. Null counts as absent.
func (s bodyValue) object(required int, known ...string) (map[string]bodyValue, *failure) {
	object, ok := s.value.(map[string]any)
	if !ok {
		return nil, refusef(90000, "Bad request: %s must be an object.", s.at)
	}
	parts := map[string]bodyValue{}
	for key, value := range object {
		switch {
		case !slices.Contains(known, key):
			s.c.noteUnusual("the unknown property %q", key)
		case value != nil:
			parts[key] = bodyValue{s.c, value, key + " of " + s.at}
		}
	}
	for _, key := range known[:required] {
		if _, there := parts[key]; !there {
			return nil, refusef(90000, "Bad request: %s lacks %s.", s.at, key)
		}
	}
	return parts, nil
}

// list is the value's items, of which there must be some. An R client sends a list
// of one text as that text.
func (s bodyValue) list() ([]bodyValue, *failure) {
	list, ok := s.value.([]any)
	if text, single := s.value.(string); single {
		s.c.noteUnusual("a text in the place of a list")
		list, ok = []any{text}, true
	}
	switch {
	case !ok:
		return nil, refusef(90000, "Bad request: %s must be a list.", s.at)
	case len(list) == 0:
		return nil, refusef(90000, "Bad request: %s is empty.", s.at)
	}
	items := make([]bodyValue, len(list))
	for i, value := range list {
		items[i] = bodyValue{s.c, value, fmt.Sprintf("%s, item %d", s.at, i)}
	}
	return items, nil
}

func (s bodyValue) text() (string, *failure) {
	text, ok := s.value.(string)
	if !ok {
		return "", refusef(90000, "Bad request: %s must be a string.", s.at)
	}
	return text, nil
}

// is reports whether the value is a text, in any letter case.
func (s bodyValue) is(text string) bool {
	value, ok := s.value.(string)
	return ok && strings.EqualFold(value, text)
}

// boolean is a truth value, which production clients also send as a text.
func (s bodyValue) boolean() (bool, *failure) {
	value, ok := s.value.(bool)
	if text, isText := s.value.(string); isText {
		value, ok = strings.EqualFold(text, "true"), strings.EqualFold(text, "true") || strings.EqualFold(text, "false")
		s.c.noteUnusual("a text in the place of true or false")
	}
	if !ok {
		return false, refusef(90000, "Bad request: %s must be true or false.", s.at)
	}
	return value, nil
}

// properties reads storage properties: strings or null.
func (s bodyValue) properties() (properties, *failure) {
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

// bulkItems reads the list of a bulk request.
func (c *call) bulkItems(key string) ([]bodyValue, *failure) {
	parts, refusal := c.bodyParts(1, key)
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

// bulk answers a bulk request with what is made of each item of its list. An
// item that is malformed or refused fails alone.
func (c *call) bulk(key string, do func(item bodyValue) ([]byte, *failure)) (*answer, *failure) {
	shapes, refusal := c.bulkItems(key)
	if refusal != nil {
		return nil, refusal
	}
	items := make([]bulkItem, len(shapes))
	for i, item := range shapes {
		items[i].resource, items[i].failure = do(item)
	}
	return c.writeBulk(items), nil
}

// tellBulk answers a bulk request that gets things by their IDs.
func tellBulk[T any](c *call, key string, fields []field[T], find func(id string) (T, *failure)) (*answer, *failure) {
	return c.bulkByID(key, func(id string) ([]byte, *failure) {
		v, refusal := find(id)
		if refusal != nil {
			return nil, refusal
		}
		return appendObject(nil, fields, v), nil
	})
}

// bulkByID answers a bulk request whose list is one of IDs.
func (c *call) bulkByID(key string, do func(id string) ([]byte, *failure)) (*answer, *failure) {
	seen := map[string]bool{}
	return c.bulk(key, func(item bodyValue) ([]byte, *failure) {
		id, refusal := item.text()
		if refusal != nil {
			return nil, refusal
		}
		if seen[id] {
			c.s.violate("a bulk request that names %q twice: %s", id, c.r.URL.Path)
		}
		seen[id] = true
		return do(id)
	})
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
