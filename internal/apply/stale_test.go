package apply

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/state"
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
			moved := against(lockfile(t)).stale(saved, &change.Changeset{Actions: []change.Action{c.now}})
			if c.want == "" && len(moved) > 0 || c.want != "" && (len(moved) != 1 || !strings.Contains(moved[0], c.want)) {
				t.Errorf("differences are %q, want %q", moved, c.want)
			}
		})
	}
}

// A volume that stands for another bucket by now takes nothing that was agreed on
// for the first one.
func TestStaleOnAnotherBucket(t *testing.T) {
	at := func(url string) change.Identity {
		return change.Identity{Volumes: []change.Destination{{Volume: "me/v", URL: url}, {Volume: "me/w", URL: "s3://other"}}}
	}
	for _, c := range []struct{ then, now, want string }{
		{"s3://lab/x", "s3://lab/x", ""},
		{"s3://lab/x", "s3://mine/x", "volume me/v: is s3://mine/x now, and was s3://lab/x"},
		{"", "s3://mine/x", ""},
		{"s3://lab/x", "", ""},
	} {
		moved := against(lockfile(t)).stale(&change.Document{Identity: at(c.then)}, &change.Changeset{Identity: at(c.now)})
		if got := strings.Join(moved, "; "); got != c.want {
			t.Errorf("%q, then %q: %q, want %q", c.then, c.now, got, c.want)
		}
	}
	fewer := at("s3://lab/x")
	fewer.Volumes = fewer.Volumes[:1]
	moved := against(lockfile(t)).stale(&change.Document{Identity: at("s3://lab/x")}, &change.Changeset{Identity: fewer})
	if got := strings.Join(moved, "; "); got != "volume me/w: nothing goes to it now" {
		t.Errorf("a volume that the plan does not name: %q", got)
	}
}

func lockfile(t *testing.T, entries ...state.Entry) *state.Lockfile {
	t.Helper()
	lock, err := state.Load(filepath.Join(t.TempDir(), "x.lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		lock.Put(e)
	}
	if _, err := lock.Save(); err != nil {
		t.Fatal(err)
	}
	return lock
}

// against is a comparison with a lockfile.
func against(lock *state.Lockfile) *Comparison {
	return &Comparison{Plan: &plan.Plan{}, Lockfile: lock}
}

// Whatever differs in an action makes a saved plan stale, each field for itself.
func TestStaleForEveryField(t *testing.T) {
	kms := "aws:kms"
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, kind := range []change.Kind{change.Export, change.Copy, change.Replace, change.Follow} {
		now := change.Action{
			Kind: kind, Rule: "r", File: "f", Project: "me/p", Path: "a.bam", Size: 1, Volume: "me/v", Location: "a.bam", Key: "x/a.bam",
			CopyOnly: kind == change.Copy, Overwrite: kind == change.Replace, Properties: map[string]*string{"sse": nil}, ExportID: "job", ModifiedOn: at,
			Replaces: &change.Object{ETag: "a"},
		}
		others := map[string]any{
			"Kind": change.Kind("other"), "Size": int64(2), "CopyOnly": !now.CopyOnly, "Overwrite": !now.Overwrite,
			"Properties": map[string]*string{"sse": &kms}, "ModifiedOn": at.Add(time.Second),
			"ModeUnknown": !now.ModeUnknown, "Replaces": &change.Object{ETag: "b"},
		}
		for f := range reflect.TypeFor[change.Action]().Fields() {
			saved := now
			field := reflect.ValueOf(&saved).Elem().FieldByIndex(f.Index)
			switch other := others[f.Name]; {
			case f.Name == "Prefix" || f.Name == "Contrary" || f.Name == "Earlier" || f.Name == "Record" || f.Name == "FinishedOn":
				continue // not saved, or not with work
			case f.Name == "Kind" && kind == change.Follow:
				continue // submitted by now
			case other != nil:
				field.Set(reflect.ValueOf(other))
			default:
				field.SetString("other")
			}
			if len(moved(t, saved, now)) == 0 {
				t.Errorf("%s: another %s goes unnoticed", kind, f.Name)
			}
		}
		if got := moved(t, now, now); len(got) > 0 {
			t.Errorf("%s: %q, and nothing differs", kind, got)
		}
	}
}

func moved(t *testing.T, saved, now change.Action) []string {
	t.Helper()
	return against(lockfile(t)).stale(&change.Document{Actions: []change.Action{saved}}, &change.Changeset{Actions: []change.Action{now}})
}

// A job that carries a file by now is this plan's own work, if it was submitted
// as the plan says.
func TestStaleOnceSubmitted(t *testing.T) {
	wanted := change.Action{Kind: change.Replace, Rule: "r", File: "f", Path: "a", Size: 1, Volume: "me/v", Location: "a", Key: "a", Overwrite: true}
	followed := wanted
	followed.Kind, followed.Overwrite, followed.ExportID = change.Follow, false, "job"
	followed.Size, followed.ModifiedOn = 2, time.Unix(1, 0)
	if got := moved(t, wanted, followed); len(got) > 0 {
		t.Errorf("%q, and it was only submitted", got)
	}
	followed.CopyOnly = true
	if len(moved(t, wanted, followed)) == 0 {
		t.Error("a job in another mode passes for this plan's work")
	}

	// A job that was followed and has failed in passing was submitted again.
	saved, again := followed, followed
	again.ExportID = "another"
	entry := state.Entry{File: "f", Volume: "me/v", Location: "a", State: platform.Running, ExportID: "another"}
	lock := lockfile(t, entry)
	document := &change.Document{Actions: []change.Action{saved}}
	cs := &change.Changeset{Actions: []change.Action{again}}
	if got := against(lock).stale(document, cs); len(got) > 0 {
		t.Errorf("%q, and it was submitted by this plan", got)
	}
	document.Lockfile.SHA256 = lock.SHA256()
	if len(against(lock).stale(document, cs)) == 0 {
		t.Error("a job that was there when the plan was saved passes for one that was submitted since")
	}
	document.Lockfile.SHA256 = ""
	entry.ExportID = "a third"
	if len(against(lockfile(t, entry)).stale(document, cs)) == 0 {
		t.Error("somebody else's job passes for this plan's")
	}
}

// What is submitted if a followed job fails is at most what the saved plan shows.
func TestWithinSaved(t *testing.T) {
	here, other := &change.Object{ETag: "a"}, &change.Object{ETag: "b"}
	follow := func(again change.Kind, o *change.Object) change.Action {
		return change.Action{Kind: change.Follow, File: "f", Again: again, Replaces: o}
	}
	replace := change.Action{Kind: change.Replace, File: "f", Replaces: here}
	export := change.Action{Kind: change.Export, File: "f"}
	for _, c := range []struct {
		name       string
		saved, now change.Action
		want       change.Kind
	}{
		{"export", export, follow(change.Export, nil), change.Export},
		{"an object has come", export, follow(change.Replace, here), ""},
		{"replace", replace, follow(change.Replace, here), change.Replace},
		{"another object has come", replace, follow(change.Replace, other), ""},
		{"the object is gone", replace, follow(change.Export, nil), change.Export},
		{"nothing was to be submitted", follow("", nil), follow(change.Export, nil), ""},
		{"follow", follow(change.Export, nil), follow(change.Export, nil), change.Export},
		{"follow, and an object has come", follow(change.Export, nil), follow(change.Replace, here), ""},
		{"follow, replacing", follow(change.Replace, here), follow(change.Replace, here), change.Replace},
		{"not in the plan", change.Action{Kind: change.Replace, File: "g"}, follow(change.Export, nil), ""},
	} {
		now := &change.Changeset{Actions: []change.Action{c.now}}
		withinSaved(&change.Document{Actions: []change.Action{c.saved}}, now)
		if got := now.Actions[0].Again; got != c.want {
			t.Errorf("%s: again is %q, want %q", c.name, got, c.want)
		}
	}
	a := &Apply{Comparison: *against(lockfile(t)), Saved: &change.Document{Actions: []change.Action{export}}}
	now := &change.Changeset{Actions: []change.Action{follow(change.Replace, here)}}
	if err := a.checkSaved(now); err != nil || now.Actions[0].Again != "" {
		t.Errorf("%+v, %v", now.Actions[0], err)
	}
}
