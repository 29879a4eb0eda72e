package cli

import (
	"strings"
	"testing"

	"sbexport/internal/change"
	"sbexport/plan"
)

// A saved plan whose own job has deleted the object that it was to replace, and
// has failed then, can be run again; the reverse is another matter.
func TestStaleAfterAFailedReplacement(t *testing.T) {
	action := func(kind change.Kind, size int64) change.Action {
		return change.Action{Kind: kind, File: "f", Path: "a.bam", Size: size, Volume: "me/v", Location: "a.bam", Overwrite: kind == change.Replace}
	}
	for _, c := range []struct {
		name       string
		saved, now change.Action
		want       string // part of the only difference; empty for none
	}{
		{"the object is gone", action(change.Replace, 1), action(change.Export, 1), ""},
		{"so is one that a copy was to replace", action(change.Replace, 1), action(change.Copy, 1), ""},
		{"an object has come", action(change.Export, 1), action(change.Replace, 1), "would be \"replace\" now"},
		{"the object is gone and the file is another", action(change.Replace, 1), action(change.Export, 2), "had 1 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			saved := &change.Document{Actions: []change.Action{c.saved}}
			moved := stale(saved, &change.Changeset{Actions: []change.Action{c.now}}, &plan.Plan{}, "")
			if c.want == "" && len(moved) > 0 || c.want != "" && (len(moved) != 1 || !strings.Contains(moved[0], c.want)) {
				t.Errorf("differences are %q, want %q", moved, c.want)
			}
		})
	}
}
