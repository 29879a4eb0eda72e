package strictjson

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

type inner struct {
	Name string `json:"name"`
	Size int    `json:"size,omitempty"`
}

// known is Reader.Known as a function.
func known(text []byte, into any) error {
	r := Reader{Text: text}
	return r.Known(r.Whole(), into, func(Span, Span) {})
}

type outer struct {
	Inner  inner              `json:"inner" strict:"required"`
	List   []inner            `json:"list"`
	Values map[string]*string `json:"values,omitempty"`
	On     time.Time          `json:"on,omitzero"`
	Any    json.RawMessage    `json:"any,omitempty"`
	Hidden string             `json:"-"`
}

func TestUnmarshal(t *testing.T) {
	const good = `{"inner":{"name":"a","size":1}, "list":[{"name":"b"}],"values":{"x":null,"X":"y"},"on":"2026-01-02T03:04:05Z","any":{"q":1,"q":null}}`
	for _, c := range []struct{ name, old, to, strict, loose string }{
		{"good", "", "", "", ""},
		{"unknown", `"size":1`, `"other":{"name":1,"name":2}`, `"inner": "other" is not known`, ""},
		{"null of any shape", `{"q":1,"q":null}`, `null`, "", ""},
		{"unknown null", `"size":1`, `"other":null`, `"inner": "other" is not known`, ""},
		{"unknown at the top", `"inner"`, `"other":1,"inner"`, `"other" is not known`, ""},
		{"hidden", `"inner"`, `"Hidden":"x","inner"`, `"Hidden" is not known`, ""},
		{"a hyphen", `"inner"`, `"-":"x","inner"`, `"-" is not known`, ""},
		{"missing", `"name":"a",`, ``, `"inner": "name" is missing`, ""},
		{"missing in a list", `"name":"b"`, ``, `"list": element 1: "name" is missing`, ""},
		{"twice", `"size":1`, `"size":1,"size":1`, `"inner": "size" is there twice`, `"inner": "size" is there twice`},
		{"twice with escapes", `"size":1`, `"size":1,"s\u0069ze":1`, `"inner": "size" is there twice`, `"inner": "size" is there twice`},
		{"twice in a map", `"X"`, `"x"`, `"values": "x" is there twice`, `"values": "x" is there twice`},
		{"another case", `"size"`, `"Size"`, `"inner": "Size" must be written "size"`, `"inner": "Size" must be written "size"`},
		{"null text", `"a"`, `null`, `"inner": "name": it must be a string, not null`, ""},
		{"missing where all is known", `"inner":{"name":"a","size":1}, `, ``, `"inner" is missing`, `"inner" is missing`},
		{"null object", `{"name":"a","size":1}`, `null`, `"inner": it must be an object, not null`, `"inner" is missing`},
		{"null time", `"2026-01-02T03:04:05Z"`, `null`, `"on": it must be a string, not null`, ""},
		{"null list", `[{"name":"b"}]`, `null`, `"list": it must be a list, not null`, ""},
		{"null element", `{"name":"b"}`, `null`, `"list": element 1: it must be an object, not null`, `"list": element 1: it must be an object, not null`},
	} {
		text := good
		if c.old != "" {
			text = strings.Replace(good, c.old, c.to, 1)
		}
		for mode, do := range map[string]func([]byte, any) error{c.strict: Unmarshal, c.loose: known} {
			var got outer
			err := do([]byte(" \n"+text), &got)
			if (err == nil) != (mode == "") || err != nil && err.Error() != mode {
				t.Errorf("%s: %v, want %q", c.name, err, mode)
			}
		}
	}
	for _, text := range []string{"", "{", `{"inner":1}`, good + "{}", `{"inner":{"name":"a","size":"1"},"list":[]}`} {
		if err := Unmarshal([]byte(text), &outer{}); err == nil {
			t.Errorf("%q is read", text)
		}
	}
	if err := Unmarshal([]byte("null"), &outer{}); err == nil {
		t.Error("null is read")
	}
}

// What many values say alike is kept once, or a large text would not fit in
// memory.
func TestReaderShares(t *testing.T) {
	var all []struct {
		Values map[string]*string `json:"values"`
	}
	err := Unmarshal([]byte(`[{"values":{"a":"b"}},{"values":{"a":"b"}},{"values":{"a":"c"}}]`), &all)
	if err != nil || all[0].Values["a"] != all[1].Values["a"] || *all[2].Values["a"] != "c" {
		t.Errorf("%v, %v", all, err)
	}
}

// What a type writes, it reads, and reads as the standard decoder does.
func TestUnmarshalReadsWhatIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String()
		one := func(label string) inner {
			return inner{Name: text.Draw(t, label), Size: rapid.Int().Draw(t, label+" size")}
		}
		v := outer{Inner: one("inner"), List: []inner{}}
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			v.List = append(v.List, one("element"))
		}
		for _, k := range rapid.SliceOfN(text, 0, 3).Draw(t, "keys") {
			if v.Values == nil {
				v.Values = map[string]*string{}
			}
			v.Values[k] = rapid.Ptr(text, true).Draw(t, "value")
		}
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var got, want outer
		if err := Unmarshal(b, &got); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if err := json.Unmarshal(b, &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", b, diff)
		}
	})
}
