package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Unmarshal is json.Unmarshal for text that must say exactly what the type of
// into says: every member of a struct that is not tagged omitempty or omitzero,
// none beside them, none twice, each in its own case, and null only where there
// is a pointer.
func Unmarshal(text []byte, into any) error {
	if err := Check(text); err != nil {
		return err
	}
	r := Reader{Text: text}
	return r.value(r.Whole(), reflect.ValueOf(into).Elem(), nil)
}

// Check tells why a text is not JSON in UTF-8, and where; nil if it is.
func Check(text []byte) error {
	if !utf8.Valid(text) {
		sound := 0
		for line := range bytes.Lines(text) {
			if !utf8.Valid(line) {
				return ErrorAt(sound, "it is not UTF-8 text")
			}
			sound += len(line)
		}
	}
	if json.Valid(text) {
		return nil
	}
	err := json.Unmarshal(text, &struct{}{})
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return ErrorAt(int(max(syntax.Offset-1, 0)), "it is not JSON: %w", err)
	}
	return err
}

// Reader reads values into structs of strings, bools, numbers, times, and of
// pointers, slices, maps and structs of these; a json.RawMessage and a Span take
// anything. Strings and maps that are the same as in the value read before share
// its memory, and must not be changed.
type Reader struct {
	Text []byte // valid JSON; it may be changed from value to value

	last map[*member]shared
}

// shared is what a member was when it was read last.
type shared struct {
	raw   []byte
	value reflect.Value
}

// Whole is where the text's only value is.
func (r *Reader) Whole() Span {
	start := SkipSpace(r.Text, 0)
	return Span{start, skipValue(r.Text, start)}
}

// Known reads the object at v into a struct, and hands on the members that the
// struct does not know. In contrast to Unmarshal a member may be missing, unless
// it is tagged strict:"required", and null is the same as leaving it out. What is
// unknown further down is passed over.
func (r *Reader) Known(v Span, into any, unknown func(key, value Span)) error {
	return r.value(v, reflect.ValueOf(into).Elem(), unknown)
}

// value reads any value. Unknown is nil where every member must be known.
func (r *Reader) value(v Span, to reflect.Value, unknown func(key, value Span)) error {
	raw := r.Text[v.From:v.To]
	switch into := to.Addr().Interface().(type) {
	case *json.RawMessage:
		*into = raw
		return nil
	case *Span:
		*into = v
		return nil
	case *time.Time:
		s, err := r.text(v)
		if err == nil && into.UnmarshalText([]byte(s)) != nil {
			err = r.mustBe(v, "a time such as 2006-01-02T15:04:05Z")
		}
		return err
	}
	switch kind := to.Kind(); {
	case kind == reflect.Pointer:
		if string(raw) == "null" {
			return nil
		}
		to.Set(reflect.New(to.Type().Elem()))
		return r.value(v, to.Elem(), unknown)
	case kind == reflect.Struct:
		return r.object(v, to, unknown)
	case kind == reflect.Map:
		return r.mapping(v, to, unknown)
	case kind == reflect.Slice:
		return r.list(v, to, unknown)
	case kind == reflect.String:
		s, err := r.text(v)
		to.SetString(s)
		return err
	case kind == reflect.Bool:
		to.SetBool(raw[0] == 't')
		if raw[0] != 't' && raw[0] != 'f' {
			return r.mustBe(v, "true or false")
		}
		return nil
	case kind == reflect.Float64:
		n, err := strconv.ParseFloat(string(raw), 64)
		to.SetFloat(n)
		if err != nil {
			return r.mustBe(v, "a number")
		}
		return nil
	default:
		n, err := strconv.ParseInt(string(raw), 10, to.Type().Bits())
		to.SetInt(n)
		if err != nil {
			return r.mustBe(v, "a whole number")
		}
		return nil
	}
}

// mustBe says what a value should have been, without quoting a whole screen of
// what it is.
func (r *Reader) mustBe(v Span, want string) error {
	const most = 40
	if v.To-v.From > most {
		return ErrorAt(v.From, "it must be %s", want)
	}
	return ErrorAt(v.From, "it must be %s, not %s", want, r.Text[v.From:v.To])
}

func (r *Reader) text(v Span) (string, error) {
	if r.Text[v.From] != '"' {
		return "", r.mustBe(v, "a string")
	}
	return Unquote(r.Text[v.From:v.To])
}

func (r *Reader) list(v Span, to reflect.Value, unknown func(key, value Span)) error {
	if r.Text[v.From] != '[' {
		return r.mustBe(v, "a list")
	}
	n := 0
	to.Set(reflect.MakeSlice(to.Type(), 0, 0))
	return EachElement(r.Text, v, func(v Span) error {
		to.Grow(1)
		to.SetLen(n + 1)
		to.Index(n).SetZero()
		n++
		if err := r.value(v, to.Index(n-1), unknown); err != nil {
			return fmt.Errorf("element %d: %w", n, err)
		}
		return nil
	})
}

func (r *Reader) mapping(v Span, to reflect.Value, unknown func(key, value Span)) error {
	if r.Text[v.From] != '{' {
		return r.mustBe(v, "an object")
	}
	to.Set(reflect.MakeMap(to.Type()))
	return eachMember(r.Text, v, func(key, value Span) error {
		name, err := r.text(key)
		if err != nil {
			return err
		}
		if to.MapIndex(reflect.ValueOf(name)).IsValid() {
			return ErrorAt(key.From, "%q is there twice", name)
		}
		one := reflect.New(to.Type().Elem()).Elem()
		if err := r.value(value, one, unknown); err != nil {
			return named(name, err)
		}
		to.SetMapIndex(reflect.ValueOf(name), one)
		return nil
	})
}

// named says which member an error is about.
func named(name string, err error) error { return fmt.Errorf("%q: %w", name, err) }

// object reads a struct.
func (r *Reader) object(v Span, to reflect.Value, unknown func(key, value Span)) error {
	if r.Text[v.From] != '{' {
		return r.mustBe(v, "an object")
	}
	o := object{Reader: r, shape: shapeOf(to.Type()), to: to, unknown: unknown}
	if err := eachMember(r.Text, v, o.member); err != nil {
		return err
	}
	for name, m := range o.shape {
		required := m.required
		if unknown != nil {
			required = m.always
		}
		if required && o.there&m.bit == 0 {
			return ErrorAt(v.From, "%q is missing", name)
		}
	}
	return nil
}

// object is a struct that is being read.
type object struct {
	*Reader
	shape        shape
	to           reflect.Value
	unknown      func(key, value Span)
	seen, there  uint64          // bits of known members; null ones are seen, but not there
	seenUnknowns map[string]bool // nil until there are any
}

func (o *object) member(key, value Span) error {
	name := string(o.Text[key.From+1 : key.To-1])
	m := o.shape[name]
	if m == nil { // or escaped
		var err error
		if name, err = Unquote(o.Text[key.From:key.To]); err != nil {
			return err
		}
		if m = o.shape[name]; m == nil {
			return o.other(name, key, value)
		}
	}
	if o.seen&m.bit != 0 {
		return ErrorAt(key.From, "%q is there twice", name)
	}
	o.seen |= m.bit
	raw := o.Text[value.From:value.To]
	below := o.unknown
	if below != nil {
		if string(raw) == "null" {
			return nil
		}
		below = func(Span, Span) {}
	}
	o.there |= m.bit
	field := o.to.Field(m.index)
	if last, ok := o.last[m]; ok && bytes.Equal(last.raw, raw) {
		field.Set(last.value)
		return nil
	}
	if err := o.value(value, field, below); err != nil {
		return named(name, err)
	}
	if m.shares {
		if o.last == nil {
			o.last = map[*member]shared{}
		}
		o.last[m] = shared{raw, reflect.ValueOf(field.Interface())}
	}
	return nil
}

// other takes a member that the struct does not know.
func (o *object) other(name string, key, value Span) error {
	for known := range o.shape {
		if strings.EqualFold(known, name) { // what a text says must not hang on who reads it
			return ErrorAt(key.From, "%q must be written %q", name, known)
		}
	}
	switch {
	case o.unknown == nil:
		return ErrorAt(key.From, "%q is not known", name)
	case o.seenUnknowns[name]:
		return ErrorAt(key.From, "%q is there twice", name)
	case o.seenUnknowns == nil:
		o.seenUnknowns = map[string]bool{}
	}
	o.seenUnknowns[name] = true
	o.unknown(key, value)
	return nil
}

// shape is the members of a struct by name, 64 at most.
type shape map[string]*member

type member struct {
	index    int
	bit      uint64
	shares   bool
	required bool // by Unmarshal
	always   bool // by Known too
}

var shapes sync.Map // of shape by reflect.Type

func shapeOf(t reflect.Type) shape {
	if s, ok := shapes.Load(t); ok {
		return s.(shape)
	}
	s := shape{}
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		kind := f.Type.Kind()
		s[name] = &member{
			index: f.Index[0], bit: 1 << len(s), shares: kind == reflect.String || kind == reflect.Map,
			required: options == "", always: f.Tag.Get("strict") == "required",
		}
	}
	actual, _ := shapes.LoadOrStore(t, s)
	return actual.(shape)
}
