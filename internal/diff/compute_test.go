package diff

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/change"
	"sbexport/internal/observe"
	"sbexport/internal/platform"
	"sbexport/internal/resolve"
	"sbexport/internal/state"
	"sbexport/plan"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// lockfile is a lockfile in memory.
type lockfile []state.Entry

func (l lockfile) Get(t change.Target) (state.Entry, bool) {
	for _, e := range l {
		if e.Target() == t {
			return e, true
		}
	}
	return state.Entry{}, false
}

func (l lockfile) All() iter.Seq[state.Entry] { return slices.Values(l) }

// scene is a comparison of one file, f1, wanted at out/a on me/vol, to which a
// test adds what matters to it.
type scene struct {
	rule     plan.Rule
	wanted   []resolve.Wanted
	rivals   []resolve.Wanted
	aliases  []resolve.Alias
	projects map[string]*platform.Project
	seen     observe.Observed
	lock     lockfile
	opts     Options
}

func newScene() *scene {
	s := &scene{rule: plan.Rule{Name: "r", Volume: "me/vol", Project: "me/proj"}}
	s.wanted = []resolve.Wanted{s.file("f1", "out/a")}
	s.projects = map[string]*platform.Project{"me/proj": {ID: "me/proj", Location: "aws:us-east-1"}}
	s.seen = observe.Observed{
		Now:     now,
		Objects: map[platform.Place]observe.Sighting{},
		Volumes: map[string]observe.Volume{"me/vol": {Volume: &platform.Volume{
			ID: "me/vol", AccessMode: "RW",
			Service: platform.Service{Type: platform.S3, Bucket: "b", Prefix: "cohort"},
		}}},
	}
	return s
}

func (s *scene) file(id, location string) resolve.Wanted {
	return resolve.Wanted{
		Rule: &s.rule, File: id, Project: "me/proj", Path: "in/" + id, Size: 10,
		Storage: platform.Storage{Type: platform.OnPlatform}, Location: location,
	}
}

func (s *scene) job(id, file, location string, st platform.State) platform.Export {
	j := platform.Export{ID: id, File: file, Volume: "me/vol", Location: location, State: st, StartedOn: now.Add(-time.Hour)}
	if st.Terminal() {
		j.FinishedOn = now.Add(-platform.AliasLag)
	}
	return j
}

// set has it seen what is at a location of a volume.
func (s *scene) set(volume, location string, o *platform.Object) {
	s.seen.Objects[platform.Place{Volume: volume, Location: location}] = observe.Sighting{Object: o}
}

func (s *scene) entry(st platform.State) state.Entry {
	return state.Entry{File: "f1", Project: "me/proj", Path: "in/f1", Volume: "me/vol", Location: "out/a", State: st, CopyOnly: s.rule.CopyOnly}
}

func (s *scene) compute() *change.Changeset {
	return Compute(&resolve.Result{Wanted: s.wanted, Rivals: s.rivals, Aliases: s.aliases, Projects: s.projects}, &s.seen, s.lock, s.opts)
}

// verdict says in a word or two what became of the file f1.
func verdict(cs *change.Changeset) string {
	for _, a := range cs.Actions {
		if a.File == "f1" && a.Kind == change.Follow {
			mode := map[bool]string{true: "copies", false: "moves"}[a.CopyOnly]
			if a.ModeUnknown {
				mode = "unknown"
			}
			if a.Contrary {
				mode += ", contrary"
			}
			return strings.TrimSpace("follow " + a.ExportID + " " + mode + " " + string(a.Again))
		}
		if a.File == "f1" {
			return string(a.Kind)
		}
	}
	for _, a := range cs.Unchanged {
		if a.File == "f1" {
			if a.Record {
				return strings.TrimSpace("unchanged, to record " + a.ExportID)
			}
			return "unchanged"
		}
	}
	for _, b := range cs.Blocked {
		if b.File == "f1" {
			for _, a := range cs.Corrected {
				if !a.CopyOnly && a.Record && a.Target() == (change.Target{File: b.File, Volume: b.Volume, Location: b.Location}) {
					return strings.TrimSpace(string(b.Reason) + ", to record as moved " + a.ExportID)
				}
			}
			if b.Message == "" {
				return string(b.Reason) + " without a message"
			}
			return string(b.Reason)
		}
	}
	return "lost"
}

func alias(volume, location string) platform.Storage {
	return platform.Storage{Type: platform.OnVolume, Volume: volume, Location: location}
}

// objects are an object, and none.
var objects = map[bool]*platform.Object{true: {Size: 9, ETag: "e"}, false: nil}

func TestCompute(t *testing.T) {
	type with []func(*scene)
	asCopy := func(s *scene) { s.rule.CopyOnly = true }
	overwriting := func(s *scene) { s.rule.Overwrite = true }
	storage := func(st platform.Storage) func(*scene) {
		return func(s *scene) { s.wanted[0].Storage = st }
	}
	locked := func(st platform.State, edit ...func(*state.Entry)) func(*scene) {
		return func(s *scene) {
			e := s.entry(st)
			for _, f := range edit {
				f(&e)
			}
			s.lock = append(s.lock, e)
		}
	}
	permanent := func(e *state.Entry) {
		e.Error = &state.Failure{Code: 9006, Message: "cannot be exported", Permanent: true}
	}
	passing := func(e *state.Entry) { e.Error = &state.Failure{Code: 9100, Message: "cloud trouble"} }
	job := func(id, location string, st platform.State) func(*scene) {
		return func(s *scene) { s.seen.Jobs.Add(s.job(id, "f1", location, st)) }
	}
	ended := func(id string, ago time.Duration) func(*scene) {
		return func(s *scene) {
			j := s.job(id, "f1", "out/a", platform.Completed)
			j.FinishedOn = now.Add(-ago)
			s.seen.Jobs.Add(j)
		}
	}
	// asked has a job on record as open, and what the platform says of it.
	asked := func(answer platform.ExportResult, age time.Duration) with {
		return with{
			locked(platform.Pending, func(e *state.Entry) {
				if e.ExportID = "j9"; age > 0 {
					e.StartedOn = now.Add(-age)
				}
			}),
			func(s *scene) { s.seen.Jobs.AddAsked("j9", answer) },
		}
	}
	retrying := func(setup with) with {
		return append(setup, func(s *scene) { s.opts.RetryFailed = true })
	}
	object := func(there bool) func(*scene) {
		return func(s *scene) { s.set("me/vol", "out/a", objects[there]) }
	}
	volume := func(edit func(*platform.Volume)) func(*scene) {
		return func(s *scene) { edit(s.seen.Volumes["me/vol"].Volume) }
	}
	id := func(id string) func(*state.Entry) { return func(e *state.Entry) { e.ExportID = id } }
	at := func(location string) func(*state.Entry) { return func(e *state.Entry) { e.Location = location } }
	ago := func(d time.Duration) func(*state.Entry) { return func(e *state.Entry) { e.FinishedOn = now.Add(-d) } }
	copied := func(e *state.Entry) { e.CopyOnly = true }
	moved := func(e *state.Entry) { e.CopyOnly = false }
	unknownMode := func(e *state.Entry) { e.ModeUnknown = true }
	google := volume(func(v *platform.Volume) { v.Service.Type = platform.GCS })
	retryFailed := func(s *scene) { s.opts.RetryFailed = true }
	wantedAt := func(location string) func(*scene) { return func(s *scene) { s.wanted[0].Location = location } }

	for _, c := range []struct {
		name  string
		setup with
		want  string
	}{
		{"fresh", nil, "export"},
		{"fresh copy", with{asCopy}, "copy"},
		{"overwrite, nothing there", with{overwriting, object(false)}, "export"},
		{"overwrite, object there", with{overwriting, object(true)}, "replace"},
		{"overwrite, refused before as an object came in between", with{overwriting, object(true), locked(platform.Failed, permanent)}, "replace"},
		{"overwrite, refused before for good", with{overwriting, object(false), locked(platform.Failed, permanent)}, "refused"},
		{"replacing was refused for good", with{overwriting, object(true), locked(platform.Failed, permanent, func(e *state.Entry) { e.Overwrite = true })}, "refused"},
		{"overwriting copy, object there", with{asCopy, overwriting, object(true)}, "replace"},
		{"object there, no overwrite", with{object(true)}, "exists"},

		{"alias in place", with{storage(alias("me/vol", "out/a"))}, "unchanged, to record"},
		{"alias in place as full key", with{storage(alias("me/vol", "cohort/out/a"))}, "unchanged, to record"},
		{"alias in place as prefix and location", with{storage(alias("me/vol", "cohortout/a"))}, "unchanged, to record"},
		{"alias in place, job known", with{storage(alias("me/vol", "out/a")), job("j1", "out/a", platform.Completed)}, "unchanged, to record j1"},
		{"alias in place, on record", with{storage(alias("me/vol", "out/a")), locked(platform.Completed)}, "unchanged"},
		{"alias in place, on record as failed", with{storage(alias("me/vol", "out/a")), locked(platform.Failed, permanent)}, "unchanged, to record"},
		{"alias elsewhere", with{storage(alias("me/vol", "old/a"))}, "elsewhere"},
		{"alias on another volume", with{storage(alias("me/other", "out/a"))}, "elsewhere"},
		{"alias in place on a volume gone read-only", with{
			storage(alias("me/vol", "out/a")), volume(func(v *platform.Volume) { v.AccessMode = "RO" }),
		}, "unchanged, to record"},
		{"copy of an alias", with{asCopy, storage(alias("me/vol", "old/a"))}, "claimed"},
		{"copy of an alias, copied before", with{asCopy, storage(alias("me/vol", "old/a")), locked(platform.Completed)}, "unchanged"},
		{"copy of an alias, job shows the copy", with{asCopy, storage(alias("me/vol", "old/a")), job("j1", "out/a", platform.Completed)}, "unchanged, to record j1"},
		{"copy of an alias that is in place", with{asCopy, storage(alias("me/vol", "out/a"))}, "claimed"},
		{"copy of an alias that is in place, job known", with{asCopy, storage(alias("me/vol", "out/a")), job("j1", "out/a", platform.Completed)}, "claimed"},
		{"copy of an alias that is in place, on record as copied", with{asCopy, storage(alias("me/vol", "out/a")), locked(platform.Completed)}, "claimed, to record as moved"},
		{"the same, job known", with{
			asCopy, storage(alias("me/vol", "out/a")), job("j1", "out/a", platform.Completed), locked(platform.Completed),
		}, "claimed, to record as moved j1"},
		{"alias in place, its object gone", with{storage(alias("me/vol", "out/a")), object(false)}, "unchanged"},
		{"alias in place, on record as copied", with{storage(alias("me/vol", "out/a")), locked(platform.Completed, copied)}, "unchanged, to record"},
		{"alias in place, on record as copied by the job that is known", with{
			storage(alias("me/vol", "out/a")), job("j1", "out/a", platform.Completed),
			locked(platform.Completed, copied, id("j1")),
		}, "unchanged, to record j1"},

		{"alias told as the key of the place, moved to the place so told", with{
			storage(alias("me/vol", "cohort/out/a")), locked(platform.Completed, at("cohort/out/a")),
		}, "elsewhere"},
		{"the same, but only copied there", with{
			storage(alias("me/vol", "cohort/out/a")), locked(platform.Completed, at("cohort/out/a"), copied),
		}, "unchanged, to record"},
		{"alias told as the key of the place, job to the place so told", with{
			storage(alias("me/vol", "cohort/out/a")), job("j1", "cohort/out/a", platform.Completed),
		}, "elsewhere"},
		{"alias told as the key of the place, job to the place", with{
			storage(alias("me/vol", "cohort/out/a")), job("j1", "out/a", platform.Completed),
		}, "unchanged, to record j1"},
		{"alias told as the key of the place, object where it would be relatively", with{
			storage(alias("me/vol", "cohort/out/a")), func(s *scene) { s.set("me/vol", "cohort/out/a", &platform.Object{Size: 9}) },
		}, "elsewhere"},
		{"alias told as the key of the place, no object there", with{
			storage(alias("me/vol", "cohort/out/a")), func(s *scene) { s.set("me/vol", "cohort/out/a", nil) },
		}, "unchanged, to record"},
		{"alias told as the key of the place, on record", with{
			storage(alias("me/vol", "cohort/out/a")), job("j1", "cohort/out/a", platform.Completed), locked(platform.Completed),
		}, "unchanged"},
		{"alias told as the place, moved to where that would be the key", with{
			wantedAt("cohort/out/a"), storage(alias("me/vol", "cohort/out/a")), locked(platform.Completed),
		}, "elsewhere"},
		{"the same, and moved to the place as well", with{
			locked(platform.Completed), wantedAt("cohort/out/a"),
			storage(alias("me/vol", "cohort/out/a")), locked(platform.Completed, at("cohort/out/a")),
		}, "unchanged"},
		{"copy job to the place that has the wanted key as its location", with{asCopy, job("j1", "cohort/out/a", platform.Completed)}, "copy"},
		{"copied to the place that has the wanted key as its location", with{
			asCopy, job("j1", "cohort/out/a", platform.Completed),
			locked(platform.Completed, at("cohort/out/a"), id("j1")),
		}, "copy"},

		{"copied, on record", with{asCopy, locked(platform.Completed)}, "unchanged"},
		{"copied, only a job shows it", with{asCopy, job("j1", "out/a", platform.Completed)}, "unchanged, to record j1"},
		{"copied, and another file there since", with{asCopy, job("j1", "out/a", platform.Completed), func(s *scene) {
			j := s.job("j2", "f0", "out/a", platform.Completed)
			j.FinishedOn = j.FinishedOn.Add(time.Second)
			s.seen.Jobs.Add(j)
		}}, "copy"},
		{"copied over another file", with{asCopy, job("j1", "out/a", platform.Completed), func(s *scene) {
			j := s.job("j0", "f0", "out/a", platform.Completed)
			j.FinishedOn = j.FinishedOn.Add(-time.Second)
			s.seen.Jobs.Add(j)
		}}, "unchanged, to record j1"},
		{"copied, and there is an object of another size", with{asCopy, job("j1", "out/a", platform.Completed), func(s *scene) {
			s.set("me/vol", "out/a", &platform.Object{Size: 9})
		}}, "exists"},
		{"copied, and the object is of the size", with{asCopy, job("j1", "out/a", platform.Completed), func(s *scene) {
			s.set("me/vol", "out/a", &platform.Object{Size: 10})
		}}, "unchanged, to record j1"},
		{"copied perhaps, by a job that has just ended", with{asCopy, ended("j1", time.Second)}, "follow j1 unknown copy"},
		{"copied perhaps, by a job that says no end", with{asCopy, func(s *scene) {
			s.seen.Jobs.Add(platform.Export{ID: "j1", File: "f1", Volume: "me/vol", Location: "out/a", State: platform.Completed, StartedOn: now.Add(-time.Hour)})
		}}, "follow j1 unknown copy"},
		{"copied just now, by a job on record", with{asCopy, ended("j1", time.Minute), locked(platform.Pending, id("j1"))}, "unchanged, to record j1"},
		{"copied by a job on record whose mode nobody knew", with{
			asCopy, ended("j1", platform.AliasLag), locked(platform.Pending, id("j1"), unknownMode),
		}, "unchanged, to record j1"},
		{"copied perhaps, by a job on record whose mode nobody knows", with{
			asCopy, ended("j1", platform.AliasLag-time.Second), locked(platform.Pending, id("j1"), unknownMode),
		}, "follow j1 unknown copy"},
		{"to be copied, moved by a job on record", with{asCopy, ended("j1", time.Hour), locked(platform.Pending, id("j1"), moved)}, "follow j1 moves, contrary"},
		{"to be copied, moved just now", with{asCopy, locked(platform.Completed, moved, ago(time.Minute))}, "claimed"},
		{"moved just now to another place", with{locked(platform.Completed, at("old/a"), ago(time.Minute))}, "elsewhere"},
		{"moved long ago to another place, yet on the platform", with{locked(platform.Completed, at("old/a"), ago(platform.AliasLag))}, "export"},
		{"copied just now to another place", with{locked(platform.Completed, at("old/a"), copied, ago(time.Minute))}, "export"},
		{"copied just now, now to be moved there", with{locked(platform.Completed, copied, ago(time.Minute))}, "exists"},
		{"being copied, now to be moved there", with{ended("j1", time.Minute), locked(platform.Pending, id("j1"), copied)}, "follow j1 copies, contrary"},
		{"copied by a job, now to be moved there", with{job("j1", "out/a", platform.Completed)}, "exists"},
		{"copied, object gone", with{asCopy, locked(platform.Completed), object(false)}, "copy"},
		{"copied before, now to be moved there", with{locked(platform.Completed, copied)}, "exists"},
		{"copied before, now to be moved over it", with{overwriting, object(true), locked(platform.Completed, copied)}, "replace"},
		{"moved just now, still shown on the platform", with{locked(platform.Completed, ago(time.Minute))}, "unchanged"},
		{"moved long ago, yet on the platform", with{locked(platform.Completed, ago(time.Hour))}, "export"},

		{"open job", with{job("j1", "out/a", platform.Running)}, "follow j1 unknown export"},
		{"open job to the place that has the wanted key as its location", with{job("j1", "cohort/out/a", platform.Pending)}, "elsewhere"},
		{"open job on record here, told in another way", with{
			job("j1", "cohort/out/a", platform.Pending), locked(platform.Pending, id("j1")),
		}, "follow j1 moves export"},
		{"open job on record for another place", with{job("j1", "out/a", platform.Pending), locked(platform.Pending, id("j1"), at("old/a"))}, "elsewhere"},
		{"open job in an unknown state", with{job("j1", "out/a", "QUEUED")}, "follow j1 unknown export"},
		{"open job beside an old failure", with{job("j0", "out/a", platform.Failed), job("j1", "out/a", platform.Running)}, "follow j1 unknown export"},
		{"job that has just ended, of unknown mode", with{ended("j1", time.Second)}, "follow j1 unknown export"},
		{"job of unknown mode, while more lag is expected", with{
			ended("j1", 2*time.Minute), func(s *scene) { s.opts.Settle = 3 * time.Minute },
		}, "follow j1 unknown export"},
		{"job on record as open that has just ended", with{
			locked(platform.Pending, id("j1")),
			func(s *scene) {
				j := s.job("j1", "f1", "out/a", platform.Completed)
				j.FinishedOn = now.Add(-time.Minute)
				s.seen.Jobs.Add(j)
			},
		}, "unchanged, to record j1"},
		{"failed job", with{job("j1", "out/a", platform.Failed)}, "export"},
		{"open job to another place", with{job("j1", "old/a", platform.Running)}, "elsewhere"},
		{"open job to another place, beside one that has failed", with{job("j0", "old/a", platform.Failed), job("j1", "old/a", platform.Running)}, "elsewhere"},
		{"open job of another user", with{
			locked(platform.Pending, id("j9")),
			func(s *scene) {
				s.seen.Jobs.AddAsked("j9", platform.ExportResult{Err: &platform.Error{Status: 403, Code: 9005}})
			},
		}, "forbidden"},
		{"open job of another user to another place", with{
			locked(platform.Pending, id("j9"), at("old/a")),
			func(s *scene) {
				s.seen.Jobs.AddAsked("j9", platform.ExportResult{Err: &platform.Error{Status: 403, Code: 9005}})
			},
		}, "forbidden"},
		{"job that the platform no longer knows", asked(platform.ExportResult{Err: &platform.Error{Status: 404, Code: 9008}}, time.Hour), "export"},
		{"job that the platform does not know yet", asked(platform.ExportResult{Err: &platform.Error{Code: 9008}}, time.Second), "forbidden"},
		{"job that the platform does not know, of unknown age", asked(platform.ExportResult{Err: &platform.Error{Code: 9008}}, 0), "forbidden"},
		{"job that the platform does not know, retried", retrying(asked(platform.ExportResult{Err: &platform.Error{Code: 9008}}, 0)), "export"},
		{"job that cannot be read now", asked(platform.ExportResult{Err: &platform.Error{Status: 503, Code: 9000}}, time.Hour), "forbidden"},
		{"job that cannot be read now, and would be replaced", append(asked(platform.ExportResult{Err: &platform.Error{Status: 503, Code: 9000}}, time.Hour),
			func(s *scene) { s.rule.Overwrite = true }, object(true)), "forbidden"},
		{"job that cannot be read now, retried", retrying(asked(platform.ExportResult{Err: &platform.Error{Status: 503, Code: 9000}}, time.Hour)), "export"},
		{"job that was not asked for", asked(platform.ExportResult{}, time.Hour), "forbidden"},
		{"open job that does not say what it carries", asked(platform.ExportResult{Export: &platform.Export{ID: "j9", State: platform.Running}}, time.Hour), "forbidden"},
		{"failed job that does not say what it carried", asked(platform.ExportResult{Export: &platform.Export{ID: "j9", State: platform.Failed}}, time.Hour), "export"},

		{"refused before", with{locked(platform.Failed, permanent)}, "refused"},
		{"refused before, retried", with{locked(platform.Failed, permanent), retryFailed}, "export"},
		{"refused before, of unknown mode", with{locked(platform.Failed, permanent, unknownMode)}, "export"},
		{"refused before with other properties", with{
			locked(platform.Failed, permanent), func(s *scene) { s.rule.Properties = platform.Properties{"sse_aws_kms_key_id": nil} },
		}, "export"},
		{"refused before in the other mode", with{locked(platform.Failed, permanent, copied)}, "export"},
		{"refused before with other settings", with{locked(platform.Failed, permanent, func(e *state.Entry) { e.Overwrite = true })}, "export"},
		{"failed before in passing", with{locked(platform.Failed, passing)}, "export"},

		{"public", with{func(s *scene) { s.wanted[0].Public = true }}, "public"},
		{"maybe public", with{func(s *scene) { s.wanted[0].MaybePublic = true }}, "export"},
		{"archived", with{storage(platform.Storage{Type: "ARCHIVED"})}, "archived"},
		{"unknown storage", with{storage(platform.Storage{Type: "TAPE"})}, "unsupported"},
		{"blocked by resolve", with{func(s *scene) {
			s.wanted[0].Blocked, s.wanted[0].Message, s.wanted[0].Location = change.MissingValue, "no sample_id", ""
		}}, "missing_value"},

		{"no such volume", with{func(s *scene) {
			s.seen.Volumes["me/vol"] = observe.Volume{Err: &platform.Error{Status: 404, Code: 9007}}
		}}, "volume_not_found"},
		{"volume that the platform fails at", with{func(s *scene) {
			s.seen.Volumes["me/vol"] = observe.Volume{Err: &platform.Error{Status: 500, Lasting: true}}
		}}, "forbidden"},
		{"volume whose jobs the platform fails at", with{func(s *scene) {
			v := s.seen.Volumes["me/vol"]
			v.Err = &platform.Error{Status: 500, Lasting: true}
			s.seen.Volumes["me/vol"] = v
		}}, "forbidden"},
		{"volume not ours", with{func(s *scene) {
			s.seen.Volumes["me/vol"] = observe.Volume{Err: &platform.Error{Status: 403, Code: 9020}}
		}}, "forbidden"},
		{"volume read-only", with{volume(func(v *platform.Volume) { v.AccessMode = "RO" })}, "volume_read_only"},
		{"volume inactive", with{volume(func(v *platform.Volume) { v.Inactive = true })}, "volume_inactive"},
		{"volume silent about its mode", with{volume(func(v *platform.Volume) { v.AccessMode = "" })}, "export"},
		{"Google volume on CAVATICA", with{google, func(s *scene) { s.opts.Deployment = platform.CAVATICA; s.projects = nil }}, "unsupported"},
		{"other cloud", with{google}, "unsupported"},
		{"other cloud, but the file is hosted there too", with{
			google,
			storage(platform.Storage{Type: platform.OnPlatform, HostedOn: []string{"aws:us-east-1", "google:us-west1"}}),
		}, "export"},
		{"other cloud, where the file is not hosted either", with{
			google,
			storage(platform.Storage{Type: platform.OnPlatform, HostedOn: []string{"aws:us-east-1"}}),
		}, "unsupported"},
		{"cloud not known", with{google, func(s *scene) { s.projects["me/proj"].Location = "" }}, "export"},

		{"another file to the same place", with{func(s *scene) { s.wanted = append(s.wanted, s.file("f2", "out/a")) }}, "collision"},
		{"another file's object on record there", with{locked(platform.Completed, func(e *state.Entry) { e.File = "f0" })}, "exists"},
		{"another file's object on record there, but it is gone", with{locked(platform.Completed, func(e *state.Entry) { e.File = "f0" }), object(false)}, "export"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene()
			for _, f := range c.setup {
				f(s)
			}
			if got := verdict(s.compute()); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestActionSaysEverything(t *testing.T) {
	s := newScene()
	key := "aws:kms"
	s.rule.Properties = platform.Properties{"sse_algorithm": &key}
	s.wanted[0].Modified = now.Add(-time.Hour)
	want := change.Action{
		Kind: change.Export, Rule: "r", File: "f1", Project: "me/proj", Path: "in/f1", Size: 10,
		Volume: "me/vol", Location: "out/a", Key: "cohort/out/a", Prefix: "cohort",
		Properties: s.rule.Properties, ModifiedOn: now.Add(-time.Hour),
	}
	if diff := cmp.Diff([]change.Action{want}, s.compute().Actions); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
}

func TestCollisions(t *testing.T) {
	t.Run("both are blocked and each names the other", func(t *testing.T) {
		s := newScene()
		s.wanted = append(s.wanted, s.file("f2", "out/a"), s.file("f3", "out/b"))
		cs := s.compute()
		if len(cs.Blocked) != 2 || len(cs.Actions) != 1 {
			t.Fatalf("%d blocked and %d actions, want 2 and 1", len(cs.Blocked), len(cs.Actions))
		}
		if !strings.Contains(cs.Blocked[0].Message, "in/f2") || !strings.Contains(cs.Blocked[1].Message, "in/f1") {
			t.Errorf("messages are %q and %q, want each to name the other file", cs.Blocked[0].Message, cs.Blocked[1].Message)
		}
	})
	t.Run("beside a file without a place", func(t *testing.T) {
		s := newScene()
		lost := s.file("f0", "")
		lost.Blocked, lost.Message = change.MissingValue, "no sample_id"
		s.wanted = append([]resolve.Wanted{lost}, s.file("f1", "out/a"), s.file("f2", "out/a"))
		if cs := s.compute(); len(cs.Blocked) != 3 {
			t.Errorf("%d blocked, want all", len(cs.Blocked))
		}
	})
	t.Run("two volumes on one bucket", func(t *testing.T) {
		s := newScene()
		s.seen.Volumes["me/root"] = observe.Volume{Volume: &platform.Volume{
			ID: "me/root", AccessMode: "RW", Service: platform.Service{Type: platform.S3, Bucket: "b"},
		}}
		other := s.rule
		other.Volume = "me/root"
		w := s.file("f2", "cohort/out/a")
		w.Rule = &other
		s.wanted = append(s.wanted, w)
		if cs := s.compute(); len(cs.Blocked) != 2 {
			t.Errorf("%d blocked, want 2: both keys are b/cohort/out/a", len(cs.Blocked))
		}
	})
	t.Run("a file in place keeps its place", func(t *testing.T) {
		s := newScene()
		s.wanted[0].Storage = alias("me/vol", "out/a")
		s.wanted = append(s.wanted, s.file("f2", "out/a"))
		cs := s.compute()
		if len(cs.Unchanged) != 1 || len(cs.Blocked) != 1 || cs.Blocked[0].Reason != change.Collision {
			t.Errorf("changeset is %+v, want f1 unchanged and f2 blocked", cs)
		}
	})
}

func TestMoveBesideItsOwnOpenCopy(t *testing.T) {
	s := newScene()
	copying := s.rule
	copying.Name, copying.CopyOnly = "copies", true
	w := s.file("f1", "backup/a")
	w.Rule = &copying
	s.wanted = append(s.wanted, w)
	s.seen.Jobs.Add(s.job("j1", "f1", "backup/a", platform.Running))
	cs := s.compute()
	if len(cs.Actions) != 2 || cs.Actions[0].Kind != change.Export || cs.Actions[1].Kind != change.Follow {
		t.Errorf("actions are %+v, want the move and the copy's job followed", cs.Actions)
	}
}

func TestToleratedBlocksDoNotCount(t *testing.T) {
	s := newScene()
	s.wanted[0].Public = true
	s.rule.Tolerate = []change.Reason{change.Public}
	cs := s.compute()
	if len(cs.Blocked) != 1 || !cs.Blocked[0].Tolerated || cs.Incomplete() != 0 {
		t.Errorf("blocked is %+v, want one, tolerated", cs.Blocked)
	}
}

func TestHints(t *testing.T) {
	s := newScene()
	s.wanted[0].MaybePublic = true
	w := s.file("f2", "out/b")
	w.MaybeArchived = true
	s.wanted = append(s.wanted, w)
	got := strings.Join(s.compute().Warnings, "\n")
	for _, want := range []string{"public file", "archived"} {
		if !strings.Contains(got, want) {
			t.Errorf("warnings are %q, want one about %q", got, want)
		}
	}
}

// What would be replaced is told as it was seen.
func TestReplacedObject(t *testing.T) {
	for _, c := range []struct {
		seen platform.Object
		want change.Object
	}{
		{platform.Object{Size: 5, ETag: "e", MD5: "m", Generation: "g", ModifiedOn: now}, change.Object{Size: new(int64(5)), ETag: "e", MD5: "m", Generation: "g", ModifiedOn: now}},
		{platform.Object{Size: -1}, change.Object{}},
	} {
		s := newScene()
		s.rule.Overwrite = true
		s.set("me/vol", "out/a", &c.seen)
		if a := s.compute().Actions; len(a) != 1 || !reflect.DeepEqual(a[0].Replaces, &c.want) {
			t.Errorf("%+v is told as %+v", c.seen, a)
		}
	}
}

func TestWarningsCount(t *testing.T) {
	s := newScene()
	s.wanted = nil
	for i, st := range []platform.Storage{alias("me/vol", "out/0"), {Type: platform.OnPlatform}, {Type: platform.OnPlatform}} {
		w := s.file(fmt.Sprintf("f%d", i), fmt.Sprintf("out/%d", i))
		w.Storage = st
		s.wanted = append(s.wanted, w)
	}
	s.set("me/vol", "out/0", nil)
	s.lock = lockfile{{File: "f1", Volume: "me/vol", Location: "out/1", State: platform.Completed, FinishedOn: now.Add(-time.Minute)}}
	j := s.job("j2", "f2", "out/2", platform.Completed)
	j.FinishedOn = now.Add(-time.Second)
	s.seen.Jobs.Add(j)
	cs := s.compute()
	got := strings.Join(cs.Warnings, "\n")
	for _, want := range []string{"1 file is an alias to an object that is no longer", "1 file is still shown on the platform", "1 file is exported by a job of which no record"} {
		if !strings.Contains(got, want) {
			t.Errorf("warnings are %q, want %q among them", got, want)
		}
	}
	if len(cs.Actions) != 1 || !cs.Actions[0].FinishedOn.Equal(j.FinishedOn) {
		t.Errorf("actions are %+v, want the job followed, which has ended", cs.Actions)
	}
	s.seen.Jobs = observe.Jobs{}
	s.seen.Jobs.Add(s.job("j2", "f2", "out/2", platform.Running))
	if a := s.compute().Actions; len(a) != 1 || !a[0].FinishedOn.IsZero() {
		t.Errorf("actions are %+v, want the open job followed", a)
	}
}

func TestExceeded(t *testing.T) {
	n := func(v int64) *int64 { return &v }
	cs := &change.Changeset{Actions: []change.Action{
		{Kind: change.Export, Size: 10}, {Kind: change.Replace, Size: 5}, {Kind: change.Follow, Size: 1000},
	}}
	for _, c := range []struct {
		limits plan.Limits
		want   int
	}{
		{plan.Limits{Overwrites: 1}, 0},
		{plan.Limits{}, 1},
		{plan.Limits{Overwrites: 1, Files: n(2), Bytes: n(15)}, 0},
		{plan.Limits{Overwrites: 1, Files: n(1)}, 1},
		{plan.Limits{Overwrites: 1, Bytes: n(14)}, 1},
		{plan.Limits{Files: n(0), Bytes: n(0)}, 3},
	} {
		if got := Exceeded(cs, c.limits); len(got) != c.want {
			t.Errorf("Exceeded(%+v) = %q, want %d sentences", c.limits, got, c.want)
		}
	}
	cs.Actions = append(cs.Actions, change.Action{Kind: change.Follow, Again: change.Replace}) // which may replace again
	if got := Exceeded(cs, plan.Limits{Overwrites: 1}); len(got) != 1 || !strings.Contains(got[0], "2 objects") {
		t.Errorf("%q is over, want 2 objects", got)
	}
}

// TestExceededNamesSizesThatDiffer has a changeset that is over its limit by too
// little to show in the unit that a person would choose.
func TestExceededNamesSizesThatDiffer(t *testing.T) {
	for size, want := range map[int64]string{
		7e12:        "7.0 TB would be exported, and limits.bytes is 5.0 TB",
		5e12 + 1:    "5,000,000,000,001 bytes would be exported, and limits.bytes is 5,000,000,000,000 bytes",
		5.4e12 + 10: "5.4 TB would be exported, and limits.bytes is 5.0 TB",
	} {
		cs := &change.Changeset{Actions: []change.Action{{Kind: change.Export, Size: size}}}
		limit := int64(5e12)
		if got := Exceeded(cs, plan.Limits{Bytes: &limit}); len(got) != 1 || got[0] != want {
			t.Errorf("Exceeded says %q, want %q", got, want)
		}
	}
}

func TestAskOnlyForWhatMatters(t *testing.T) {
	inPlace := func(told string) func(*scene) {
		return func(s *scene) { s.wanted[0].Storage = alias("me/vol", told) }
	}
	asCopy := func(s *scene) { s.rule.CopyOnly = true }
	onRecord := func(s *scene) { s.lock = append(s.lock, s.entry(platform.Completed)) }
	// A job that the lockfile has as open for another place matters where the file
	// may be submitted.
	open := func(s *scene) {
		s.lock = append(s.lock, state.Entry{File: "f1", Volume: "me/vol", Location: "old/a", State: platform.Pending, ExportID: "j1"})
	}
	volume, object, jobs := []string{"me/vol"}, []platform.Place{{Volume: "me/vol", Location: "out/a"}}, []string{"j1"}
	for _, c := range []struct {
		name   string
		setup  []func(*scene)
		check  bool
		wanted observe.Question
	}{
		{"fresh move", []func(*scene){open}, false, observe.Question{Jobs: jobs}},
		{"fresh copy", []func(*scene){open, asCopy}, false, observe.Question{Jobs: jobs, AllJobs: volume}},
		{"overwrite", []func(*scene){func(s *scene) { s.rule.Overwrite = true }}, false, observe.Question{Objects: object}},
		{"to be looked for", nil, true, observe.Question{Objects: object}},
		{"to be looked for on a volume that is read-only", []func(*scene){func(s *scene) { s.seen.Volumes["me/vol"].Volume.AccessMode = "RO" }}, true, observe.Question{}},
		{"in place, on record", []func(*scene){open, inPlace("out/a"), onRecord}, false, observe.Question{}},
		{"in place, on record as copied", []func(*scene){inPlace("out/a"), asCopy, onRecord, func(s *scene) { s.rule.CopyOnly = false }}, false, observe.Question{AllJobs: volume}},
		{"in place by the key alone", []func(*scene){inPlace("cohort/out/a")}, false, observe.Question{AllJobs: volume, Objects: []platform.Place{{Volume: "me/vol", Location: "cohort/out/a"}}}},
		{"in place by the key alone, on record", []func(*scene){inPlace("cohort/out/a"), onRecord}, false, observe.Question{}},
		{"alias to be copied", []func(*scene){open, asCopy, inPlace("out/a")}, false, observe.Question{AllJobs: volume}},
		{"in place, not on record", []func(*scene){open, inPlace("out/a")}, false, observe.Question{AllJobs: volume}},
		{"copied, on record", []func(*scene){open, asCopy, onRecord}, false, observe.Question{}},
		// Its object may be gone, and then it is copied again.
		{"copied, on record, to be looked for", []func(*scene){open, asCopy, onRecord}, true, observe.Question{Jobs: jobs, Objects: object}},
		{"public", []func(*scene){open, func(s *scene) { s.wanted[0].Public = true }}, true, observe.Question{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene()
			for _, f := range c.setup {
				f(s)
			}
			got := Ask(&resolve.Result{Wanted: s.wanted}, s.lock, &s.seen, c.check)
			got.Volumes = nil // see TestVolumesToKnow
			if diff := cmp.Diff(c.wanted, got); diff != "" {
				t.Errorf("question (-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever the facts, every wanted file ends up in exactly one place.
func TestEveryFileIsSomewhere(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := newScene()
	copying, overwriting := s.rule, s.rule
	copying.CopyOnly, overwriting.Overwrite = true, true
	s.wanted = nil
	for i := range 5000 {
		w := s.file(fmt.Sprintf("f%d", i), fmt.Sprintf("out/%d", rng.IntN(4000)))
		w.Rule = []*plan.Rule{&s.rule, &copying, &overwriting}[rng.IntN(3)]
		w.Public = rng.IntN(20) == 0
		if rng.IntN(3) == 0 {
			w.Storage = alias("me/vol", []string{w.Location, "cohort/" + w.Location, "else"}[rng.IntN(3)])
		}
		st := []platform.State{platform.Pending, platform.Completed, platform.Failed, "QUEUED"}[rng.IntN(4)]
		if rng.IntN(3) == 0 {
			s.seen.Jobs.Add(s.job(fmt.Sprintf("j%d", i), w.File, w.Location, st))
		}
		s.set("me/vol", w.Location, objects[rng.IntN(2) == 0])
		s.wanted = append(s.wanted, w)
	}
	cs := s.compute()
	if got := len(cs.Actions) + len(cs.Unchanged) + len(cs.Blocked); got != len(s.wanted) {
		t.Errorf("%d files are accounted for, want %d", got, len(s.wanted))
	}
	place := map[string]string{}
	for _, a := range cs.Actions {
		if a.Kind != change.Follow {
			if other, taken := place[a.Key]; taken {
				t.Errorf("%s and %s would both be written to %s", other, a.File, a.Key)
			}
			place[a.Key] = a.File
		}
	}
}

// A move leaves nothing to copy from, so it waits for every copy that is wanted.
func TestNoMoveWhileACopyCannotBeMade(t *testing.T) {
	copyRule := func(s *scene) resolve.Wanted {
		rule := s.rule
		rule.Name, rule.CopyOnly, rule.Volume = "backup", true, "me/backup"
		s.seen.Volumes["me/backup"] = observe.Volume{Volume: &platform.Volume{ID: "me/backup", AccessMode: "RW"}}
		w := s.file("f1", "copy/a")
		w.Rule = &rule
		return w
	}
	readOnly := func(s *scene) { s.seen.Volumes["me/backup"].Volume.AccessMode = "RO" }
	t.Run("blocked copy", func(t *testing.T) {
		s := newScene()
		w := copyRule(s)
		w.Rule.Tolerate = []change.Reason{change.VolumeReadOnly}
		s.wanted = append(s.wanted, w, s.file("f2", "out/b"))
		readOnly(s)
		cs := s.compute()
		if got := verdict(cs); got != string(change.VolumeReadOnly) {
			t.Errorf("the move is %q, want blocked for the copy's reason", got)
		}
		if len(cs.Actions) != 1 || cs.Actions[0].File != "f2" {
			t.Errorf("actions are %+v, want that of the other file alone", cs.Actions)
		}
	})
	t.Run("copy of a rule that is left out", func(t *testing.T) {
		s := newScene()
		s.rivals = append(s.rivals, copyRule(s))
		if got := verdict(s.compute()); got != string(change.Claimed) {
			t.Errorf("the move is %q, want claimed", got)
		}
		s.lock = lockfile{{File: "f1", Volume: "me/backup", Location: "copy/a", CopyOnly: true, State: platform.Completed}}
		if got := verdict(s.compute()); got != string(change.Export) {
			t.Errorf("with the copy on record the move is %q, want export", got)
		}
	})
	t.Run("copy that can be made", func(t *testing.T) {
		s := newScene()
		s.wanted = append(s.wanted, copyRule(s))
		if cs := s.compute(); len(cs.Actions) != 2 {
			t.Errorf("actions are %+v, want both", cs.Actions)
		}
	})
}

func TestRivalsKeepTheirPlaces(t *testing.T) {
	s := newScene()
	other := s.rule
	other.Name = "left out"
	w := s.file("f2", "out/a")
	w.Rule = &other
	s.rivals = []resolve.Wanted{w}
	cs := s.compute()
	if got := verdict(cs); got != string(change.Collision) || len(cs.Blocked) != 1 {
		t.Errorf("f1 is %q and %d files are blocked, want f1 alone, for its collision", got, len(cs.Blocked))
	}
}
