package coverage_test

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sbexport/internal/change"
	"sbexport/internal/coverage"
	"sbexport/internal/platform"
	"sbexport/internal/state"
)

// lockfile has entries by target.
type lockfile map[change.Target]state.Entry

func (l lockfile) Get(t change.Target) (state.Entry, bool) {
	e, known := l[t]
	return e, known
}

// fates are ways in which a file can be wanted at a place, and the class that it is
// in because of that.
var fates = map[string]coverage.Class{
	"unchanged": coverage.Exported, "follow": coverage.Open, "unsettled": coverage.Open, "move": coverage.Todo, "again": coverage.Failed,
	"once more": coverage.Todo, "refused": coverage.Failed, "public": coverage.Blocked,
}

// world is projects and what a plan makes of them.
type world struct {
	files     map[string]platform.File // by "PROJECT:PATH", which is the ID
	classes   map[string]coverage.Class
	changes   change.Changeset
	lock      lockfile
	unsettled []state.Record
}

// want has a file wanted at one more place.
func (w *world) want(id, fate string, n int) {
	t := change.Target{File: id, Volume: "me/v", Location: fmt.Sprint(n)}
	a := change.Action{Kind: change.Export, File: id, Volume: t.Volume, Location: t.Location}
	switch fate {
	case "unchanged":
		w.changes.Unchanged = append(w.changes.Unchanged, a)
		return
	case "refused", "public":
		w.changes.Blocked = append(w.changes.Blocked, change.Blocked{Reason: change.Reason(fate), File: id})
		return
	case "follow":
		a.Kind = change.Follow
	case "unsettled":
		w.unsettled = append(w.unsettled, state.Record{Entry: state.Entry{File: id, Volume: t.Volume, Location: t.Location}})
	case "again":
		w.lock[t] = state.Entry{State: platform.Failed}
	case "once more":
		w.lock[t] = state.Entry{State: platform.Completed}
	}
	w.changes.Actions = append(w.changes.Actions, a)
}

// anyWorld draws one.
func anyWorld(t *rapid.T) *world {
	w := &world{files: map[string]platform.File{}, classes: map[string]coverage.Class{}, lock: lockfile{}}
	severity := []coverage.Class{coverage.Unselected, coverage.Exported, coverage.Open, coverage.Todo, coverage.Blocked, coverage.Failed}
	for n := range rapid.IntRange(0, 30).Draw(t, "files") {
		folder := rapid.SampledFrom([]string{"", "a", "a/b", "a/b/c", "a/bc", "d/e/f"}).Draw(t, "folder")
		id := rapid.SampledFrom([]string{"me/p", "me/q"}).Draw(t, "project") + ":" + path.Join(folder, fmt.Sprint(n))
		f := platform.File{ID: id, Size: int64(rapid.IntRange(0, 9).Draw(t, "size"))}
		if rapid.IntRange(0, 3).Draw(t, "alias") == 0 {
			f.Storage.Type = platform.OnVolume
		}
		w.files[id], w.classes[id] = f, coverage.Unselected
		for place := range rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "places") {
			fate := rapid.SampledFrom(slices.Sorted(maps.Keys(fates))).Draw(t, "fate")
			w.want(id, fate, place)
			w.classes[id] = severity[max(slices.Index(severity, w.classes[id]), slices.Index(severity, fates[fate]))]
		}
	}
	return w
}

// coverage is that of some of the files.
func (w *world) coverage(ids ...string) []coverage.Project {
	var l coverage.Listing
	for _, project := range []string{"me/p", "me/q"} {
		l.Add(&platform.Project{ID: project}, "", nil)
	}
	for _, id := range ids {
		project, p, _ := strings.Cut(id, ":")
		l.Add(&platform.Project{ID: project}, strings.TrimPrefix(path.Dir("/"+p), "/"), []platform.File{w.files[id], {ID: "folder", Folder: true}})
	}
	return coverage.Of(&l, &w.changes, w.lock, w.unsettled)
}

// Every file is in exactly one class, which is that of the most urgent of its
// places, and in one folder of those that no rule selects.
func TestClassesPartitionTheListing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := anyWorld(rt)
		want := map[string]map[coverage.Class]coverage.Share{"me/p": {}, "me/q": {}}
		for _, classes := range want {
			for _, class := range coverage.Classes {
				classes[class] = coverage.Share{}
			}
		}
		for id, f := range w.files {
			project, _, _ := strings.Cut(id, ":")
			s := want[project][w.classes[id]]
			want[project][w.classes[id]] = coverage.Share{Files: s.Files + 1, Bytes: s.Bytes + f.Size}
			for _, alone := range w.coverage(id) {
				if all := alone.Files(); all.Files > 0 && alone.Classes[w.classes[id]] != all {
					rt.Errorf("%s is in %v, not %s", id, alone.Classes, w.classes[id])
				}
			}
		}
		got := map[string]map[coverage.Class]coverage.Share{}
		for _, p := range w.coverage(slices.Collect(maps.Keys(w.files))...) {
			got[p.ID] = p.Classes
			w.checkFolders(rt, &p)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Errorf("classes (-want +got):\n%s", diff)
		}
	})
}

// checkFolders checks where the files are said to be that no rule selects.
func (w *world) checkFolders(rt *rapid.T, p *coverage.Project) {
	want, rest := map[string]coverage.Share{}, coverage.Share{}
	for id, f := range w.files {
		if w.classes[id] == coverage.Unselected && strings.HasPrefix(id, p.ID+":") {
			folder := strings.TrimPrefix(path.Dir("/"+strings.TrimPrefix(id, p.ID+":")), "/")
			want[folder] = coverage.Share{Files: want[folder].Files + 1, Bytes: want[folder].Bytes + f.Size}
			rest = coverage.Share{Files: rest.Files + 1, Bytes: rest.Bytes + f.Size}
		}
	}
	got := map[string]coverage.Share{}
	for _, f := range p.Folders {
		got[f.Path] = f.Share
	}
	if diff := cmp.Diff(want, got); diff != "" {
		rt.Errorf("folders of %s (-want +got):\n%s", p.ID, diff)
	}
	sum := coverage.Share{}
	for _, r := range p.Rest {
		sum = coverage.Share{Files: sum.Files + r.Files, Bytes: sum.Bytes + r.Bytes}
		inside := func(class func(coverage.Class) bool) bool {
			for id := range w.files {
				at, is := strings.CutPrefix(id, p.ID+":")
				if is && (r.Path == "" || strings.HasPrefix(at, r.Path+"/")) && class(w.classes[id]) {
					return true
				}
			}
			return false
		}
		if selected := inside(func(c coverage.Class) bool { return c != coverage.Unselected }); selected == r.Whole {
			rt.Errorf("of %q in %s a rule selects something: %v; whole: %v", r.Path, p.ID, selected, r.Whole)
		}
	}
	if sum != rest {
		rt.Errorf("the rest of %s is %v, not %v", p.ID, sum, rest)
	}
}

// What is on a volume is not lost with its project, whether a rule selects it or not.
func TestWhatIsOnlyOnThePlatform(t *testing.T) {
	w := &world{lock: lockfile{}, files: map[string]platform.File{}}
	for i, id := range []string{"me/p:a", "me/p:b", "me/p:c", "me/p:d"} {
		f := platform.File{ID: id, Size: 1 << i}
		if i > 1 {
			f.Storage.Type = platform.OnVolume
		}
		w.files[id] = f
	}
	w.want("me/p:a", "unchanged", 1) // a copy
	p := w.coverage(slices.Collect(maps.Keys(w.files))...)[0]
	if want := (coverage.Share{Files: 1, Bytes: 2}); p.OnPlatform != want {
		t.Errorf("%v, not %v", p.OnPlatform, want)
	}
}

// A file that was moved while the folders were read counts once.
func TestAFileThatIsListedTwice(t *testing.T) {
	var l coverage.Listing
	for _, folder := range []string{"b", "a", "c"} {
		l.Add(&platform.Project{ID: "me/p"}, folder, []platform.File{{ID: "1", Size: 5}})
	}
	p := coverage.Of(&l, &change.Changeset{}, lockfile{}, nil)[0]
	want := []coverage.Folder{{Path: "a", Share: coverage.Share{Files: 1, Bytes: 5}}}
	if diff := cmp.Diff(want, p.Folders); diff != "" {
		t.Errorf("folders (-want +got):\n%s", diff)
	}
}

// Of a project that could not be read to its end nothing is told, whatever was seen.
func TestAProjectThatCannotBeRead(t *testing.T) {
	w := &world{lock: lockfile{}, files: map[string]platform.File{"me/p:a": {ID: "me/p:a"}, "me/q:b": {ID: "me/q:b"}}}
	w.changes.Blocked = []change.Blocked{{Reason: change.Forbidden, Project: "ME/p", Message: "ask"}}
	projects := w.coverage("me/p:a", "me/q:b")
	if len(projects) != 1 || projects[0].ID != "me/q" || projects[0].Classes[coverage.Unselected].Files != 1 {
		t.Errorf("%+v", projects)
	}
	if unread := coverage.Unread(&w.changes); len(unread) != 1 || unread[0].Message != "ask" {
		t.Errorf("unread: %+v", unread)
	}
}
