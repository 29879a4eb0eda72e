package api

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
	"unique"
)

// The scalars below take what servers send in place of the documented type, and
// are zero for what makes no sense: one odd field must not make a page of a
// hundred files unreadable.

// text is a string; anything else in its place is an empty one. What identifies
// something is never made of a number: 1e3 and 1000 are one number and two names.
type text string

// UnmarshalJSON never fails.
func (t *text) UnmarshalJSON(raw []byte) error {
	*t = ""
	if len(raw) == 0 || raw[0] != '"' {
		return nil
	}
	if plain := raw[1 : len(raw)-1]; bytes.IndexByte(plain, '\\') < 0 && utf8.Valid(plain) {
		*t = text(plain)
		return nil
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		*t = text(s)
	}
	return nil
}

// word is a string of which it matters whether it was there.
type word struct {
	text
	given bool
}

// UnmarshalJSON never fails.
func (w *word) UnmarshalJSON(raw []byte) error {
	w.given = len(raw) > 0 && raw[0] == '"'
	return w.text.UnmarshalJSON(raw)
}

// scalar is a string, or the digits or the word that stands in its place.
func scalar(raw []byte) string {
	if len(raw) > 0 && (raw[0] == '-' || '0' <= raw[0] && raw[0] <= '9' || raw[0] == 't' || raw[0] == 'f') {
		return string(raw)
	}
	var t text
	_ = t.UnmarshalJSON(raw) // never fails
	return string(t)
}

// number is an integer; it may come as a string or in floating point.
type number struct {
	value int64
	given bool // it was there, and a number
}

// UnmarshalJSON never fails.
func (n *number) UnmarshalJSON(raw []byte) error {
	*n = number{}
	s := scalar(raw)
	if v, err := strconv.ParseInt(s, 10, 64); err == nil {
		*n = number{v, true}
	} else if f, err := strconv.ParseFloat(s, 64); err == nil && f > -1<<63 && f < 1<<63 {
		*n = number{int64(f), true}
	}
	return nil
}

// flag is a boolean; it may come as a string.
type flag struct{ value, given bool }

// UnmarshalJSON never fails.
func (b *flag) UnmarshalJSON(raw []byte) error {
	*b = flag{}
	if v, err := strconv.ParseBool(scalar(raw)); err == nil {
		*b = flag{v, true}
	}
	return nil
}

// instant is a date in RFC 3339; without a zone it is UTC.
type instant struct{ time.Time }

// UnmarshalJSON never fails.
func (i *instant) UnmarshalJSON(raw []byte) error {
	i.Time = time.Time{}
	var s text
	_ = s.UnmarshalJSON(raw) // never fails
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05"} {
		if v, err := time.Parse(layout, string(s)); err == nil {
			i.Time = v.UTC()
			break
		}
	}
	return nil
}

// texts is a list of strings, numbers and booleans; a single one stands for a
// list of one.
type texts []string

// UnmarshalJSON never fails.
func (l *texts) UnmarshalJSON(raw []byte) error {
	*l = nil
	if len(raw) == 0 || raw[0] != '[' {
		l.add(raw)
		return nil
	}
	var many []json.RawMessage
	_ = json.Unmarshal(raw, &many) // what can be read is read
	for _, one := range many {
		l.add(one)
	}
	return nil
}

func (l *texts) add(raw []byte) {
	if s := scalar(raw); s != "" {
		*l = append(*l, s)
	}
}

// object is an object of T; anything else in its place is an empty one.
type object[T any] struct{ value T }

// UnmarshalJSON fails only where the inside of an object does.
func (o *object[T]) UnmarshalJSON(raw []byte) error {
	var zero T
	o.value = zero
	if len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	return json.Unmarshal(raw, &o.value)
}

// array is a list of T; null and whatever is not a list are an empty one.
type array[T any] []T

// UnmarshalJSON fails only where an item does.
func (l *array[T]) UnmarshalJSON(raw []byte) error {
	*l = nil
	if len(raw) == 0 || raw[0] != '[' {
		return nil
	}
	return json.Unmarshal(raw, (*[]T)(l))
}

// shared returns the string in a copy that all who have the same share: a
// million files name few projects, folders, volumes and metadata keys.
func shared(t text) string {
	if t == "" {
		return ""
	}
	return unique.Make(string(t)).Value()
}

// decodeInto makes the into of a call that decodes the body into what v points to.
func decodeInto(v any) func(*answer) error {
	return func(a *answer) error {
		reflect.ValueOf(v).Elem().SetZero() // of what an earlier try has left
		return json.Unmarshal(a.body, v)
	}
}
