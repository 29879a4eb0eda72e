package change_test

import (
	"testing"

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
