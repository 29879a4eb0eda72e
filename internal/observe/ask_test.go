package observe_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/diff"
	"sbexport/internal/observe"
	"sbexport/internal/platform"
	"sbexport/internal/resolve"
	"sbexport/internal/state"
	"sbexport/plan"
)

func (s *shelf) OpenJobs(_ context.Context, volume string) ([]platform.Export, error) {
	return nil, s.call("open %s", volume)
}

func (s *shelf) VolumeJobs(_ context.Context, volume string) ([]platform.Export, error) {
	return s.jobs[volume], s.call("all %s", volume)
}

// run looks at what decides about the files that were found.
func run(t *testing.T, s *shelf, found *resolve.Result, lock *state.Lockfile) (*observe.Observed, error) {
	t.Helper()
	seen := observe.New(time.Time{})
	var rules []*plan.Rule
	for _, w := range found.Wanted {
		rules = append(rules, w.Rule)
	}
	for _, ask := range []func() observe.Question{
		func() observe.Question { return diff.AskFirst(rules, lock) },
		func() observe.Question { return diff.Ask(found, lock, seen, false) },
		func() observe.Question { return diff.AskOccupants(found, lock, seen) },
	} {
		if err := observe.Look(t.Context(), s, ask(), seen); err != nil {
			return nil, err
		}
	}
	return seen, nil
}

func lockfile(t *testing.T) *state.Lockfile {
	t.Helper()
	lock, err := state.Load(t.TempDir() + "/x.lock.json")
	if err != nil {
		t.Fatal(err)
	}
	return lock
}

// An alias that can be read as two places is looked for at the other one, where
// the platform shows it; what has to be known must be shown.
func TestAliasesThatCanBeReadAsTwoPlaces(t *testing.T) {
	rule := plan.Rule{Name: "r", Volume: "v"}
	alias := resolve.Wanted{Rule: &rule, File: "f", Path: "a", Location: "a", Storage: platform.Storage{
		Type: platform.OnVolume, Volume: "v", Location: "cohort/a",
	}}
	replacing := rule
	replacing.Overwrite = true
	file := resolve.Wanted{Rule: &replacing, File: "g", Path: "b", Location: "cohort/b", Storage: platform.Storage{Type: platform.OnPlatform}}
	for _, c := range []struct {
		name    string
		wanted  []resolve.Wanted
		blocked int // if no place is shown
	}{
		{"alone", []resolve.Wanted{alias}, 0},
		{"beside what must be shown", []resolve.Wanted{alias, file}, 1},
	} {
		for _, refuse := range []error{nil, forbidden} {
			s := &shelf{objects: map[string]int64{"v:cohort/a": 1}, refuse: map[string]error{"object v:cohort/a": refuse, "object v:cohort/b": refuse}}
			found := &resolve.Result{Wanted: c.wanted}
			seen, err := run(t, s, found, lockfile(t))
			// One refusal in a folder stands for the other place in it.
			asked := s.count("object v:cohort/a") == 1 || refuse != nil && s.count("object v:cohort/b") == 1
			if err != nil || !asked || s.count("all v") != 1 {
				t.Fatalf("%s: %v after %q", c.name, err, s.calls)
			}
			blocked := 0
			for _, b := range diff.Compute(found, seen, lockfile(t), diff.Options{}).Blocked {
				if b.Reason == change.Forbidden && b.File == file.File {
					blocked++
				}
			}
			if refuse != nil && blocked != c.blocked || refuse == nil && blocked != 0 {
				t.Errorf("%s, refused with %v: %d blocked", c.name, refuse, blocked)
			}
		}
	}
}

// A volume at which the platform fails is no reason to leave the others; one
// that fails at all of them is.
func TestVolumesThatThePlatformFailsAt(t *testing.T) {
	broken := &platform.Error{Status: 500, Lasting: true}
	for _, c := range []struct {
		name   string
		refuse map[string]error
		fails  bool
	}{
		{"one", map[string]error{"volume v": broken}, false},
		{"all", map[string]error{"volume v": broken, "volume w": broken}, true},
		{"all that may be read", map[string]error{"volume v": broken, "volume w": forbidden}, true},
		{"the jobs on one", map[string]error{"open v": broken}, false},
	} {
		wanted := []resolve.Wanted{
			{Rule: &plan.Rule{Name: "r", Volume: "v"}, File: "f", Location: "a", Storage: platform.Storage{Type: platform.OnPlatform}},
			{Rule: &plan.Rule{Name: "s", Volume: "w"}, File: "g", Location: "b", Storage: platform.Storage{Type: platform.OnPlatform}},
		}
		seen, err := run(t, &shelf{refuse: c.refuse}, &resolve.Result{Wanted: wanted}, lockfile(t))
		switch {
		case c.fails:
			if !errors.Is(err, broken) {
				t.Errorf("%s: %v", c.name, err)
			}
		case err != nil || !seen.Volumes["v"].Err.Broken() || seen.Volumes["w"].Err != nil:
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// Whose an object is that would be replaced is looked up in the jobs on its
// bucket, and only if there is one of which the lockfile does not know it.
func TestWhoseObjectsAre(t *testing.T) {
	replaces := &plan.Rule{Name: "r", Volume: "v", Overwrite: true}
	wanted := resolve.Wanted{Rule: replaces, File: "f", Location: "a", Storage: platform.Storage{Type: platform.OnPlatform}}
	inPlace := wanted
	inPlace.Storage = platform.Storage{Type: platform.OnVolume, Volume: "v", Location: "a"}
	there := map[string]int64{"v:a": 1}
	entry := state.Entry{File: "f", Volume: "v", Location: "a", State: platform.Completed, CopyOnly: true}
	for _, c := range []struct {
		name    string
		wanted  resolve.Wanted
		objects map[string]int64
		lock    []state.Entry
		calls   int
	}{
		{"nothing there", wanted, nil, nil, 0},
		{"something there", wanted, there, nil, 1},
		{"something there that is on record", wanted, there, []state.Entry{entry}, 0},
		{"its own", inPlace, there, []state.Entry{{File: "f", Volume: "v", Location: "a", State: platform.Completed}}, 0},
	} {
		lock := lockfile(t)
		for _, e := range c.lock {
			lock.Put(e)
		}
		s := &shelf{objects: c.objects, jobs: map[string][]platform.Export{"v": {
			{ID: "j", File: "other", Volume: "v", Location: "a", State: platform.Completed},
		}}}
		found := &resolve.Result{Wanted: []resolve.Wanted{c.wanted}}
		seen, err := run(t, s, found, lock)
		if err != nil || s.count("all v") != c.calls {
			t.Errorf("%s: %v after %q", c.name, err, s.calls)
			continue
		}
		cs := diff.Compute(found, seen, lock, diff.Options{})
		if taken := len(cs.Blocked) == 1 && cs.Blocked[0].Reason == change.Taken; taken != (c.calls == 1) {
			t.Errorf("%s: %+v", c.name, cs)
		}
	}
}
