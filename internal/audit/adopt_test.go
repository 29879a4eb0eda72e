package audit

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/change"
	"sbexport/internal/observe"
	"sbexport/internal/platform"
	"sbexport/internal/state"
)

func TestAdopt(t *testing.T) {
	action := func(kind change.Kind, file string, copyOnly, record bool) change.Action {
		return change.Action{Kind: kind, File: file, Volume: archive, Location: file, Size: 100, CopyOnly: copyOnly, Record: record}
	}
	lost := action(change.Copy, "lost", true, false)
	lost.Volume = hidden
	unshown := action(change.Follow, "unshown", true, false)
	unshown.ModeUnknown, unshown.FinishedOn = true, time.Unix(1, 0)
	cs := &change.Changeset{
		Unchanged: []change.Action{
			action(change.Unchanged, "alias", false, true),
			action(change.Unchanged, "known", false, false),
			action(change.Unchanged, "made", true, true),
			action(change.Unchanged, "vanished", true, true),
			action(change.Unchanged, "known copy", true, false),
		},
		Actions: []change.Action{
			action(change.Export, "move", false, false),
			action(change.Copy, "there", true, false),
			action(change.Replace, "replace", true, false),
			action(change.Copy, "absent", true, false),
			action(change.Copy, "other", true, false),
			action(change.Copy, "sizeless", true, false),
			action(change.Follow, "open", true, false),
			lost, unshown,
		},
	}
	ask := AskCopies(cs)
	var asked []string
	for _, p := range ask.Objects {
		asked = append(asked, p.Location)
	}
	if diff := cmp.Diff([]string{"made", "vanished", "there", "replace", "absent", "other", "sizeless", "lost"}, asked); diff != "" {
		t.Errorf("places asked for (-want +got):\n%s", diff)
	}

	seen := &observe.Observed{Volumes: volumes(), Objects: map[platform.Place]observe.Sighting{
		{Volume: archive, Location: "made"}: {Object: &platform.Object{Size: -1}}, {Volume: archive, Location: "vanished"}: {}, {Volume: archive, Location: "there"}: {Object: &platform.Object{Size: 100}},
		{Volume: archive, Location: "replace"}: {Object: &platform.Object{Size: 100}}, {Volume: archive, Location: "absent"}: {}, {Volume: archive, Location: "other"}: {Object: &platform.Object{Size: 99}},
		{Volume: archive, Location: "sizeless"}: {Object: &platform.Object{Size: -1}}, {Volume: archive, Location: "open"}: {Object: &platform.Object{Size: 100}}, {Volume: archive, Location: "move"}: {Object: &platform.Object{Size: 100}},
	}}
	tests := []struct {
		name            string
		seen            *observe.Observed
		adopted, doubts []string
	}{
		{"without a look", nil, []string{"alias alias", "made job", "vanished job"}, []string{"unshown"}},
		{
			"with a look", seen,
			[]string{"alias alias", "made job", "there object", "replace object"},
			[]string{"unshown", "vanished", "other", "sizeless", "lost"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			adopted, doubts := Adopt(cs, tt.seen)
			var gotAdopted, gotDoubts []string
			for _, a := range adopted {
				gotAdopted = append(gotAdopted, a.File+" "+string(a.By))
			}
			for _, d := range doubts {
				gotDoubts = append(gotDoubts, d.File)
				if d.Message == "" {
					t.Errorf("nothing is said of %s", d.File)
				}
			}
			if diff := cmp.Diff(tt.adopted, gotAdopted); diff != "" {
				t.Errorf("adopted (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.doubts, gotDoubts); diff != "" {
				t.Errorf("doubts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRows(t *testing.T) {
	unseen := moved("g", "b")
	unseen.Volume = hidden
	entries := []state.Entry{moved("f", "a"), copied("f", "c"), unseen}
	want := observe.Question{Volumes: []string{archive, hidden}, Files: []string{"f", "g"}, Details: true}
	if diff := cmp.Diff(want, once(AskManifest(entries))); diff != "" {
		t.Errorf("question (-want +got):\n%s", diff)
	}
	f := &platform.File{ID: "f", Tags: []string{"x"}}
	rows := Rows(entries, &observe.Observed{Volumes: volumes(), Files: map[string]platform.FileResult{"f": {File: f}, "g": {Err: &platform.Error{}}}})
	if len(rows) != 3 || rows[0].File != f || rows[1].File != f || rows[2].File != nil ||
		rows[1].Key != "cohort/c" || rows[2].Key != "" || rows[2].Entry.File != "g" {
		t.Errorf("rows are %+v", rows)
	}
}
