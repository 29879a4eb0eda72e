package strictjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// Unmarshal is json.Unmarshal for text that must say exactly what the type of
// into says: every member of a struct that is not tagged omitempty or omitzero,
// none beside them, none twice, each in its own case, and null only where there
// is a pointer.
func Unmarshal(text []byte, into any) error { return unmarshal(text, into, false) }

// UnmarshalKnown is Unmarshal, save that the text may have more members than the
// type, which are passed over, or fewer.
func UnmarshalKnown(text []byte, into any) error { return unmarshal(text, into, true) }

func unmarshal(text []byte, into any, loose bool) error {
	if err := json.Unmarshal(text, into); err != nil {
		return err
	}
	c := checker{text, loose}
	start := SkipSpace(text, 0)
	return c.value(Span{start, skipValue(text, start)}, reflect.TypeOf(into).Elem())
}

// checker compares a valid text with the type that it is read into.
type checker struct {
	text  []byte
	loose bool // members may be unknown or missing
}

var (
	decodesItself = reflect.TypeFor[json.Unmarshaler]()
	rawMessage    = reflect.TypeFor[json.RawMessage]()
)

func (c checker) value(v Span, t reflect.Type) error {
	if t == rawMessage {
		return nil
	}
	if string(c.text[v.From:v.To]) == "null" {
		if t.Kind() == reflect.Pointer {
			return nil
		}
		return errors.New("a value is null")
	}
	if reflect.PointerTo(t).Implements(decodesItself) {
		return nil
	}
	switch kind := t.Kind(); {
	case kind == reflect.Pointer:
		return c.value(v, t.Elem())
	case kind == reflect.Struct:
		return c.object(v, t)
	case kind == reflect.Map:
		return c.members(v, map[string]bool{}, func(string) (reflect.Type, error) { return t.Elem(), nil })
	case kind == reflect.Slice:
		return EachElement(c.text, v, func(v Span) error { return c.value(v, t.Elem()) })
	}
	return nil
}

// object checks the members of a struct.
func (c checker) object(v Span, t reflect.Type) error {
	s := shapeOf(t)
	seen := make(map[string]bool, len(s.types))
	err := c.members(v, seen, func(name string) (reflect.Type, error) {
		if known, ok := s.types[name]; ok {
			return known, nil
		}
		if err := Miscased(name, s.types); err != nil {
			return nil, err
		}
		if c.loose {
			return rawMessage, nil
		}
		return nil, fmt.Errorf("%q is not known", name)
	})
	if err != nil || c.loose {
		return err
	}
	for _, name := range s.required {
		if !seen[name] {
			return fmt.Errorf("%q is missing", name)
		}
	}
	return nil
}

// shape is the members of a struct.
type shape struct {
	types    map[string]reflect.Type
	required []string
}

var shapes sync.Map // of *shape by reflect.Type

func shapeOf(t reflect.Type) *shape {
	if s, ok := shapes.Load(t); ok {
		return s.(*shape)
	}
	s := &shape{types: make(map[string]reflect.Type)}
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		s.types[name] = f.Type
		if options == "" {
			s.required = append(s.required, name)
		}
	}
	shapes.Store(t, s)
	return s
}

// members checks each value against the type that its name has.
func (c checker) members(v Span, seen map[string]bool, typeOf func(name string) (reflect.Type, error)) error {
	return EachMember(c.text, v, seen, func(name string, _, value Span) error {
		t, err := typeOf(name)
		if err != nil {
			return err
		}
		if err := c.value(value, t); err != nil {
			return fmt.Errorf("in %q: %w", name, err)
		}
		return nil
	})
}
