package observe

import (
	"context"
	"errors"
	"testing"

	"sbexport/internal/platform"
	"sbexport/internal/resolve"
	"sbexport/internal/state"
	"sbexport/plan"
)

func (s *shelf) OpenJobs(_ context.Context, volume string) ([]platform.Export, error) {
	return nil, s.call("open %s", volume)
}

func (s *shelf) VolumeJobs(_ context.Context, volume string) ([]platform.Export, error) {
	return nil, s.call("all %s", volume)
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
		name   string
		wanted []resolve.Wanted
		fails  error
	}{
		{"alone", []resolve.Wanted{alias}, nil},
		{"beside what must be shown", []resolve.Wanted{alias, file}, forbidden},
	} {
		for _, refuse := range []error{nil, forbidden} {
			s := &shelf{objects: map[string]int64{"v:cohort/a": 1}, refuse: map[string]error{"object v:cohort/a": refuse, "object v:cohort/b": refuse}}
			seen, err := Run(t.Context(), s, &resolve.Result{Wanted: c.wanted}, lockfile(t), Options{})
			if refuse != nil {
				if !errors.Is(err, c.fails) {
					t.Errorf("%s, not shown: %v", c.name, err)
				}
				continue
			}
			if err != nil || s.count("object v:cohort/a") != 1 || s.count("all v") != 1 {
				t.Errorf("%s: %v after %q", c.name, err, s.calls)
			}
			if seen == nil {
				t.Fatal("nothing was seen")
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
		seen, err := Run(t.Context(), &shelf{refuse: c.refuse}, &resolve.Result{Wanted: wanted}, lockfile(t), Options{})
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
