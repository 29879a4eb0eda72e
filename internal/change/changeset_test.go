package change_test

import (
	"testing"
	"time"

	"sbexport/internal/change"
)

func TestMoves(t *testing.T) {
	for kind, want := range map[change.Kind]bool{
		change.Export: true, change.Copy: true, change.Replace: true, change.Follow: true, change.Unchanged: false,
	} {
		if (&change.Action{Kind: kind}).Moves() != want || (&change.Action{Kind: kind, CopyOnly: true}).Moves() {
			t.Errorf("%s: what moves is not told from what copies", kind)
		}
	}
}

// Two looks show another object only by what both of them tell.
func TestObjectsDiffer(t *testing.T) {
	at := time.Unix(1, 0)
	for _, c := range []struct {
		a, b *change.Object
		want bool
	}{
		{nil, &change.Object{ETag: "a"}, false},
		{&change.Object{ETag: "a"}, nil, false},
		{&change.Object{ETag: "a"}, &change.Object{MD5: "b"}, false},
		{&change.Object{Size: new(int64(1)), ETag: "a"}, &change.Object{Size: new(int64(1)), ETag: "a", Generation: "2"}, false},
		{&change.Object{Size: new(int64(1))}, &change.Object{Size: new(int64(2))}, true},
		{&change.Object{ETag: "a"}, &change.Object{ETag: "b"}, true},
		{&change.Object{MD5: "a"}, &change.Object{MD5: "b"}, true},
		{&change.Object{Generation: "1"}, &change.Object{Generation: "2"}, true},
		{&change.Object{ModifiedOn: at}, &change.Object{ModifiedOn: at.Add(time.Second)}, true},
		{&change.Object{ModifiedOn: at}, &change.Object{ModifiedOn: at.UTC()}, false},
	} {
		if got := c.a.Differs(c.b); got != c.want {
			t.Errorf("%+v and %+v: %t", c.a, c.b, got)
		}
	}
}
