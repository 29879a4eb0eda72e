package audit

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/observe"
	"sbexport/internal/platform"
	"sbexport/internal/resolve"
	"sbexport/internal/state"
	"sbexport/plan"
)

var aRule = &plan.Rule{Name: "r", Volume: archive}

func wanted(file, location string, storage platform.Storage) resolve.Wanted {
	return resolve.Wanted{Rule: aRule, File: file, Project: "me/p", Path: "in/" + file, Size: 100, Location: location, Storage: storage}
}

func at(location string) platform.Storage {
	return platform.Storage{Type: platform.OnVolume, Volume: archive, Location: location}
}

var onPlatform = platform.Storage{Type: platform.OnPlatform}

func with(e state.Entry, s platform.State, id string) state.Entry {
	e.State, e.ExportID = s, id
	return e
}

// ledger has something of everything.
func ledger() *Ledger {
	return &Ledger{
		Entries: []state.Entry{
			moved("ok", "ok"), moved("unlisted", "unlisted"), copied("copy", "copy"), moved("back", "back"), moved("gone", "gone"),
			moved("secret", "secret"),
			with(moved("running", "running"), platform.Running, "J1"),
			with(moved("ended", "ended"), platform.Pending, "J2"),
			with(moved("unknown", "unknown"), platform.Pending, "J3"),
			with(moved("nameless", "nameless"), platform.Pending, ""),
			with(moved("failed", "failed"), platform.Failed, "J4"),
		},
		Unsettled: []state.Record{{Type: state.Intent, Entry: state.Entry{File: "sent", Volume: archive, Location: "sent"}}},
		Wanted: []resolve.Wanted{
			wanted("ok", "ok", at("cohort/ok")), wanted("copy", "copy", onPlatform), wanted("back", "back", onPlatform),
			wanted("running", "running", onPlatform), wanted("ended", "ended", onPlatform), wanted("unknown", "unknown", onPlatform),
			wanted("nameless", "nameless", onPlatform), wanted("failed", "failed", onPlatform), wanted("sent", "sent", onPlatform),
			wanted("new", "new", onPlatform), wanted("inplace", "inplace", at("inplace")), wanted("astray", "astray", at("old/astray")),
			wanted("gone", "", platform.Storage{}), // by its ID, and not there any more
		},
	}
}

func TestAskStatus(t *testing.T) {
	want := observe.Question{
		Volumes: []string{archive}, Files: []string{"unlisted", "gone", "secret"}, Jobs: []string{"J1", "J2", "J3"},
	}
	if diff := cmp.Diff(want, once(AskStatus(ledger()))); diff != "" {
		t.Errorf("question (-want +got):\n%s", diff)
	}
}

func TestStatus(t *testing.T) {
	refused := &platform.Error{Status: 403, Code: 9005}
	seen := &observe.Observed{
		Now: now, Volumes: volumes(),
		Files: map[string]platform.FileResult{
			"unlisted": alias(archive, "unlisted"),
			"gone":     {Err: &platform.Error{Status: 404, Code: 5002}},
			"secret":   {Err: &platform.Error{Status: 403, Code: 5001}},
		},
	}
	for id, result := range map[string]platform.ExportResult{
		"J1": {Export: &platform.Export{State: platform.Running}},
		"J2": {Export: &platform.Export{State: platform.Completed}},
		"J3": {Err: refused},
	} {
		seen.Jobs.AddAsked(id, result)
	}
	got := Status(ledger(), seen)
	names := func(n int, name func(int) string) []string {
		var all []string
		for i := range n {
			all = append(all, name(i))
		}
		return all
	}
	summary := map[string][]string{
		"open":       names(len(got.Open), func(i int) string { return got.Open[i].Entry.File + " " + string(got.Open[i].State) }),
		"failed":     names(len(got.Failed), func(i int) string { return got.Failed[i].File }),
		"drifted":    names(len(got.Drifted), func(i int) string { return string(got.Drifted[i].Finding) + " " + got.Drifted[i].Entry.File }),
		"unreadable": names(len(got.Unreadable), func(i int) string { return got.Unreadable[i].Entry.File }),
		"unplanned":  names(len(got.Unplanned), func(i int) string { return got.Unplanned[i].File }),
	}
	want := map[string][]string{
		"open":       {"running RUNNING", "ended COMPLETED", "unknown ", "nameless "},
		"failed":     {"failed"},
		"drifted":    {"restored back", "deleted gone"},
		"unreadable": {"secret"},
		"unplanned":  {"unlisted", "secret"},
	}
	if diff := cmp.Diff(want, summary); diff != "" {
		t.Errorf("standing (-want +got):\n%s", diff)
	}
	if got.Open[2].Err != refused {
		t.Errorf("the job that cannot be read has the error %v", got.Open[2].Err)
	}
	if got.Done != 3 || got.DoneBytes != 300 || got.Unrecorded != 1 || len(got.Unsettled) != 1 {
		t.Errorf("%d done (%d bytes), %d not on record, %d unsettled", got.Done, got.DoneBytes, got.Unrecorded, len(got.Unsettled))
	}
	// "gone" cannot be wanted anywhere, and is on record: it is not work.
	if got.Todo != 2 || got.TodoBytes != 200 {
		t.Errorf("%d files to do (%d bytes), want new and astray", got.Todo, got.TodoBytes)
	}
}

// A move that has just ended does not count as undone.
func TestStatusSettling(t *testing.T) {
	e := moved("f", "f")
	e.FinishedOn = now.Add(-5 * time.Minute)
	l := &Ledger{Entries: []state.Entry{e}, Wanted: []resolve.Wanted{wanted("f", "f", onPlatform)}}
	got := Status(l, &observe.Observed{Now: now, Volumes: volumes(), Files: map[string]platform.FileResult{}})
	if got.Done != 1 || got.Settling != 1 || len(got.Drifted) != 0 {
		t.Errorf("standing is %+v", got)
	}
}
