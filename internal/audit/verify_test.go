package audit

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/observe"
	"sbexport/internal/platform"
	"sbexport/internal/state"
)

func TestVerifyOne(t *testing.T) {
	gone := platform.FileResult{Err: &platform.Error{Code: 5002, Message: "Gone."}}
	forbidden := platform.FileResult{Err: &platform.Error{Status: 403, Code: 5001, Message: "No."}}
	noRight := &observe.Sighting{Err: &platform.Error{Status: 403, Code: 9020, Message: "No."}}
	none := &observe.Sighting{}
	move, copy := moved("f", "a/x"), copied("f", "a/x")
	fresh := move
	fresh.FinishedOn = now.Add(-time.Minute)
	sizeless := move
	sizeless.Size = 0
	unseen := moved("f", "a/x")
	unseen.Volume = hidden

	tests := []struct {
		name   string
		entry  state.Entry
		file   platform.FileResult
		object *observe.Sighting // nil: not looked at
		want   Finding
		says   string
		sized  int
	}{
		{"move in order", move, alias(archive, "a/x"), object(100), InOrder, "", 1},
		{"move told by its key", move, alias(archive, "cohort/a/x"), object(100), InOrder, "", 1},
		{"move told by its key without a slash", move, alias(archive, "cohorta/x"), object(100), InOrder, "", 1},
		{"size not told", move, alias(archive, "a/x"), object(-1), InOrder, "", 0},
		{"size not on record", sizeless, alias(archive, "a/x"), object(100), InOrder, "", 0},
		{"object gone", move, alias(archive, "a/x"), none, Broken, "older versions", 0},
		{"object of another size", move, alias(archive, "a/x"), object(99), Changed, "99 bytes, and 100", 1},
		{"empty object", move, alias(archive, "a/x"), object(0), Changed, "0 bytes", 1},
		{"alias elsewhere on the volume", move, alias(archive, "b/x"), object(100), Moved, archive + ":cohort/b/x", 1},
		{"alias on another volume", move, alias("me/other", "a/x"), object(100), Moved, "me/other:a/x", 1},
		{"moved counts before a missing object", move, alias(archive, "b/x"), none, Moved, "", 0},
		{"file back", move, stored(platform.OnPlatform), object(100), Restored, "itself again", 1},
		{"file not an alias yet", fresh, stored(platform.OnPlatform), object(100), InOrder, "", 1},
		{"file not an alias yet, object gone", fresh, stored(platform.OnPlatform), none, Broken, "", 0},
		{"storage nobody knows", move, stored("TAPE"), object(100), Moved, `"TAPE"`, 1},
		{"file gone", move, gone, object(100), Deleted, "take its line out", 1},
		{"file gone, by status alone", move, platform.FileResult{Err: &platform.Error{Status: 404}}, object(100), Deleted, "", 1},
		{"file forbidden", move, forbidden, object(100), Unreadable, "No.", 1},
		{"file forbidden, object gone", move, forbidden, none, Broken, "", 0},
		{"file not answered for", move, platform.FileResult{}, object(100), Unreadable, "not looked at", 1},
		{"place forbidden", move, alias(archive, "a/x"), noRight, Unreadable, "No.", 0},
		{"place not looked at", move, alias(archive, "a/x"), nil, Unreadable, "not looked at", 0},
		{"volume forbidden", unseen, alias(hidden, "any/a/x"), nil, Unreadable, "No.", 0},
		{"volume forbidden, alias elsewhere", unseen, alias(hidden, "any/b"), nil, Moved, "", 0},
		{"volume forbidden, name of another file", unseen, alias(hidden, "any/other-a/x"), nil, Moved, "", 0},

		{"copy in order", copy, stored(platform.OnPlatform), object(100), InOrder, "", 1},
		{"copy whose file went on", copy, alias("me/other", "z"), object(100), InOrder, "", 1},
		{"copy whose file is gone", copy, gone, object(100), InOrder, "", 1},
		{"copy gone", copy, stored(platform.OnPlatform), none, Missing, "--check-volume", 0},
		{"copy of another size", copy, stored(platform.OnPlatform), object(1), Changed, "", 1},
		{"copy not to be seen", copy, stored(platform.OnPlatform), noRight, Unreadable, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			seen := &observe.Observed{
				Now: now, Volumes: volumes(), Files: map[string]platform.FileResult{"f": tt.file}, Objects: map[platform.Place]observe.Sighting{},
			}
			if tt.object != nil {
				seen.Objects[platform.Place{Volume: tt.entry.Volume, Location: tt.entry.Location}] = *tt.object
			}
			got := Verify([]state.Entry{tt.entry}, seen)
			finding, message := InOrder, ""
			if len(got.Verdicts) == 1 {
				finding, message = got.Verdicts[0].Finding, got.Verdicts[0].Message
			}
			if finding != tt.want || !strings.Contains(message, tt.says) || (message == "") != (finding == InOrder) {
				t.Errorf("%s: %q, want %s with %q", finding, message, tt.want, tt.says)
			}
			if got.Checked != 1 || got.InOrder+len(got.Verdicts) != 1 || got.Sized != tt.sized {
				t.Errorf("counts are %+v, want %d sized", got, tt.sized)
			}
		})
	}
}

func TestVerifyCounts(t *testing.T) {
	settling := moved("fresh", "a/fresh")
	settling.FinishedOn = now.Add(2 * time.Minute) // clocks differ
	unseen := moved("unseen", "a")
	unseen.Volume = hidden
	entries := []state.Entry{
		unseen, moved("ok", "a/ok"), settling, moved("broken", "a/broken"), copied("copy", "a/copy"), moved("back", "a/back"), moved("back2", "a/back2"),
	}
	seen := &observe.Observed{Now: now, Volumes: volumes(), Files: map[string]platform.FileResult{
		"ok": alias(archive, "a/ok"), "fresh": stored(platform.OnPlatform), "broken": alias(archive, "a/broken"),
		"back": stored(platform.OnPlatform), "back2": stored(platform.OnPlatform), "unseen": alias(hidden, "a"),
	}, Objects: map[platform.Place]observe.Sighting{}}
	for _, e := range entries[1:] {
		seen.Objects[e.Place()] = observe.Sighting{}
		if e.File != "broken" && e.File != "copy" {
			seen.Objects[e.Place()] = observe.Sighting{Object: &platform.Object{Size: 100}}
		}
	}
	got := Verify(entries, seen)
	var order []string
	for _, v := range got.Verdicts {
		order = append(order, string(v.Finding)+" "+v.Entry.File)
	}
	if diff := cmp.Diff([]string{"broken broken", "missing copy", "restored back", "restored back2", "unreadable unseen"}, order); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	if got.Checked != 7 || got.InOrder != 2 || got.Settling != 1 || got.Drift() != 4 || got.Count(Restored) != 2 || got.Sized != 4 {
		t.Errorf("counts are %+v, %d drift", got, got.Drift())
	}
	if key := got.Verdicts[0].Key; key != "cohort/a/broken" {
		t.Errorf("the key is %q", key)
	}
	if key := got.Verdicts[4].Key; key != "" {
		t.Errorf("the key on a volume that cannot be read is %q", key)
	}
}

func TestAskVerify(t *testing.T) {
	entries := []state.Entry{moved("f", "a"), copied("f", "b"), copied("g", "b"), moved("f", "a"), moved("h", "c")}
	want := observe.Question{Volumes: []string{archive}, Files: []string{"f", "h"}, Objects: []platform.Place{{Volume: archive, Location: "a"}, {Volume: archive, Location: "b"}, {Volume: archive, Location: "c"}}}
	if diff := cmp.Diff(want, once(AskVerify(entries))); diff != "" {
		t.Errorf("question (-want +got):\n%s", diff)
	}
}

func TestCompleted(t *testing.T) {
	open, other := moved("open", "a"), moved("other", "b")
	open.State = platform.Running
	other.Rule = "s"
	all := []state.Entry{open, other, moved("f", "c")}
	files := func(rules ...string) (files []string) {
		for _, e := range Completed(slices.Values(all), rules...) {
			files = append(files, e.File)
		}
		return files
	}
	if got := files(); !slices.Equal(got, []string{"other", "f"}) {
		t.Errorf("all completed are %q", got)
	}
	if got := files("s", "t"); !slices.Equal(got, []string{"other"}) {
		t.Errorf("those of rule s are %q", got)
	}
}
