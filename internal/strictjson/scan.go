package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// atError is an error at an offset of the text being read.
type atError struct {
	at  int
	err error
}

func (e *atError) Error() string { return e.err.Error() }
func (e *atError) Unwrap() error { return e.err }

// ErrorAt is an error at an offset of the text, see Offset.
func ErrorAt(at int, format string, args ...any) error {
	return &atError{at, fmt.Errorf(format, args...)}
}

// Offset is where in the text err happened; 0 when it does not say.
func Offset(err error) int {
	if e, ok := errors.AsType[*atError](err); ok {
		return e.at
	}
	return 0
}

// LineAt is the 1-based line of an offset.
func LineAt(text []byte, at int) int {
	return 1 + bytes.Count(text[:min(at, len(text))], []byte{'\n'})
}

// Span is a JSON value's place in the text: text[From:To].
type Span struct{ From, To int }

// SkipSpace returns where the next thing begins at or behind i.
func SkipSpace(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t') {
		i++
	}
	return i
}

// skipString returns the end of the string whose opening quote is at i.
func skipString(text []byte, i int) int {
	for i++; i < len(text) && text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// skipValue returns the end of the value that starts at i.
func skipValue(text []byte, i int) int {
	depth := 0
	for i < len(text) {
		switch c := text[i]; c {
		case '"':
			i = skipString(text, i)
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\n', '\r', '\t':
			i++
			continue
		default:
			i = skipLiteral(text, i)
		}
		if depth == 0 {
			break
		}
	}
	return i
}

// skipLiteral returns the end of the number, true, false or null at i.
func skipLiteral(text []byte, i int) int {
	if n := bytes.IndexAny(text[i:], ",}] \n\r\t"); n >= 0 {
		return i + n
	}
	return len(text)
}

// eachMember calls do with every member of the object at v, in order.
func eachMember(text []byte, v Span, do func(key, value Span) error) error {
	for i := SkipSpace(text, v.From+1); text[i] != '}'; {
		key := Span{i, skipString(text, i)}
		i = SkipSpace(text, SkipSpace(text, key.To)+1)
		value := Span{i, skipValue(text, i)}
		if err := do(key, value); err != nil {
			return err
		}
		i = SkipSpace(text, value.To)
		if text[i] == ',' {
			i = SkipSpace(text, i+1)
		}
	}
	return nil
}

// EachElement calls do with every element of the array at v, in order.
func EachElement(text []byte, v Span, do func(value Span) error) error {
	for i := SkipSpace(text, v.From+1); text[i] != ']'; {
		value := Span{i, skipValue(text, i)}
		if err := do(value); err != nil {
			return err
		}
		i = SkipSpace(text, value.To)
		if text[i] == ',' {
			i = SkipSpace(text, i+1)
		}
	}
	return nil
}

// Unquote returns the string that the JSON string in quoted stands for.
func Unquote(quoted []byte) (string, error) {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1]), nil
	}
	var s string
	if err := json.Unmarshal(quoted, &s); err != nil {
		return "", err
	}
	return s, nil
}
