package diff

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/observe"
	"sbexport/internal/platform"
	"sbexport/internal/resolve"
	"sbexport/internal/state"
	"sbexport/plan"
)

// A followed job is submitted again only if it is known to have been what the plan
// would have now, or not known to have been anything.
func TestFollowedJobsAreSubmittedAgain(t *testing.T) {
	kms := "aws:kms"
	for _, c := range []struct {
		name  string
		setup func(s *scene, e *state.Entry)
		want  string
	}{
		{"move", func(*scene, *state.Entry) {}, "follow j1 moves export"},
		{"copy", func(s *scene, e *state.Entry) { s.rule.CopyOnly, e.CopyOnly = true, true }, "follow j1 copies copy"},
		{"mode not known", func(_ *scene, e *state.Entry) { e.ModeUnknown = true }, "follow j1 unknown export"},
		{"another job is on record, which has failed", func(s *scene, e *state.Entry) {
			e.ExportID = "j0"
			s.seen.Jobs.AddAsked("j0", platform.ExportResult{Export: &platform.Export{ID: "j0", State: platform.Failed}})
		}, "follow j1 unknown export"},
		{"another job is on record, which cannot be read", func(_ *scene, e *state.Entry) { e.ExportID = "j0" }, "follow j1 unknown"},
		{"the rule copies by now", func(s *scene, _ *state.Entry) { s.rule.CopyOnly = true }, "follow j1 moves, contrary"},
		{"the rule moves by now", func(_ *scene, e *state.Entry) { e.CopyOnly = true }, "follow j1 copies, contrary"},
		{"other properties by now", func(s *scene, _ *state.Entry) { s.rule.Properties = platform.Properties{"sse_algorithm": &kms} }, "follow j1 moves"},
		{"the rule replaces by now", func(s *scene, _ *state.Entry) { s.rule.Overwrite = true }, "follow j1 moves"},
		{"the rule no longer replaces", func(_ *scene, e *state.Entry) { e.Overwrite = true }, "follow j1 moves"},
		{"replacing, the object is there", func(s *scene, e *state.Entry) {
			s.rule.Overwrite, e.Overwrite = true, true
			s.set("me/vol", "out/a", &platform.Object{Size: 9})
		}, "follow j1 moves replace"},
		{"replacing, the object is gone", func(s *scene, e *state.Entry) {
			s.rule.Overwrite, e.Overwrite = true, true
			s.set("me/vol", "out/a", nil)
		}, "follow j1 moves export"},
		{"replacing, the object is another file's", func(s *scene, e *state.Entry) {
			s.rule.Overwrite, e.Overwrite = true, true
			s.set("me/vol", "out/a", &platform.Object{Size: 9})
			s.lock = append(s.lock, state.Entry{File: "f0", Volume: "me/vol", Location: "out/a", State: platform.Completed})
		}, "follow j1 moves"},
		{"another file is wanted there", func(s *scene, _ *state.Entry) { s.wanted = append(s.wanted, s.file("f2", "out/a")) }, "follow j1 moves"},
		{"mode not known, and the rule copies", func(s *scene, e *state.Entry) { s.rule.CopyOnly, e.ModeUnknown = true, true }, "follow j1 unknown copy"},
		{"mode not known, another file is wanted there", func(s *scene, e *state.Entry) {
			e.ModeUnknown = true
			s.wanted = append(s.wanted, s.file("f2", "out/a"))
		}, "follow j1 unknown"},
		{"the volume is read-only by now", func(s *scene, _ *state.Entry) { s.seen.Volumes["me/vol"].Volume.AccessMode = "RO" }, "follow j1 moves"},
		{"its copy cannot be made", func(s *scene, _ *state.Entry) {
			backup := s.rule
			backup.CopyOnly, backup.Volume = true, "me/nowhere"
			w := s.file("f1", "copy/a")
			w.Rule = &backup
			s.wanted = append(s.wanted, w)
		}, "follow j1 moves"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene()
			e := s.entry(platform.Pending)
			e.ExportID = "j1"
			c.setup(s, &e)
			s.lock = append(lockfile{e}, s.lock...)
			s.seen.Jobs.Add(s.job("j1", "f1", "out/a", platform.Running))
			cs := s.compute()
			if got := verdict(cs); got != c.want || strings.Contains(got, "contrary") != (len(cs.Warnings) == 1) && !strings.Contains(got, "unknown") {
				t.Errorf("got %q with warnings %q, want %q", got, cs.Warnings, c.want)
			}
			for _, a := range cs.Actions {
				if (a.Again == change.Replace) != (a.Replaces != nil) {
					t.Errorf("%+v replaces %+v", a, a.Replaces)
				}
			}
		})
	}
}

// An object that is known to be another file's export is never replaced.
func TestTaken(t *testing.T) {
	week1 := func(e *state.Entry) { e.File, e.Path = "f0", "week1/report.html" }
	locked := func(edit ...func(*state.Entry)) func(*scene) {
		return func(s *scene) {
			e := s.entry(platform.Completed)
			for _, f := range edit {
				f(&e)
			}
			s.lock = append(s.lock, e)
		}
	}
	job := func(id, file string, st platform.State) func(*scene) {
		return func(s *scene) { s.seen.Jobs.Add(s.job(id, file, "out/a", st)) }
	}
	sameBucket := func(s *scene) {
		s.seen.Volumes["me/root"] = observe.Volume{Volume: &platform.Volume{ID: "me/root", Service: platform.Service{Type: platform.S3, Bucket: "b"}}}
	}
	for _, c := range []struct {
		name  string
		setup []func(*scene)
		want  string // a reason, or the kind of action
		says  string
	}{
		{"by a move on record", []func(*scene){locked(week1)}, "taken", "week1/report.html (file f0), going by the lockfile"},
		{"by a copy on record", []func(*scene){locked(week1, func(e *state.Entry) { e.CopyOnly = true })}, "taken", "f0"},
		{"by what is on record as open", []func(*scene){locked(week1, func(e *state.Entry) { e.State = platform.Running })}, "taken", "has as open"},
		{"not by what failed", []func(*scene){locked(week1, func(e *state.Entry) { e.State = platform.Failed })}, "replace", ""},
		{"by a move through another volume on the bucket", []func(*scene){
			sameBucket, locked(week1, func(e *state.Entry) { e.Volume, e.Location = "me/root", "cohort/out/a" }),
		}, "taken", "f0"},
		{"not by a move to another key", []func(*scene){sameBucket, locked(week1, func(e *state.Entry) { e.Volume = "me/root" })}, "replace", ""},
		{"by a move through a volume that cannot be read", []func(*scene){
			func(s *scene) { s.seen.Volumes["me/root"] = observe.Volume{Err: &platform.Error{Status: 403}} },
			locked(week1, func(e *state.Entry) { e.Volume = "me/root" }),
		}, "replace", ""},
		{"by an alias that no rule selects", []func(*scene){func(s *scene) {
			s.aliases = append(s.aliases, resolve.Alias{File: "f0", Name: "report.html", Storage: alias("me/vol", "out/a")})
		}}, "taken", "report.html (file f0), which is an alias to it"},
		{"by an alias told as a key", []func(*scene){func(s *scene) {
			s.aliases = append(s.aliases, resolve.Alias{File: "f0", Storage: alias("me/vol", "cohort/out/a")})
		}}, "taken", "file f0"},
		{"not by an alias on a volume that cannot be read", []func(*scene){func(s *scene) {
			s.aliases = append(s.aliases, resolve.Alias{File: "f0", Storage: alias("me/hidden", "cohort/out/a")})
		}}, "replace", ""},
		{"by an alias that another rule wants elsewhere", []func(*scene){func(s *scene) {
			w := s.file("f0", "out/b")
			w.Storage = alias("me/vol", "out/a")
			s.wanted = append(s.wanted, w)
		}}, "taken", "in/f0"},
		{"by an open job", []func(*scene){job("j0", "f0", platform.Pending)}, "taken", "export job j0, which is open"},
		{"by a job that has completed", []func(*scene){job("j0", "f0", platform.Completed)}, "taken", "export job j0"},
		{"not by a job that has failed", []func(*scene){job("j0", "f0", platform.Failed)}, "replace", ""},
		{"not by a job whose object the file has replaced", []func(*scene){job("j0", "f0", platform.Completed), func(s *scene) {
			j := s.job("j1", "f1", "out/a", platform.Completed)
			j.FinishedOn = now.Add(-platform.AliasLag + 1)
			s.seen.Jobs.Add(j)
			s.lock = append(s.lock, state.Entry{File: "f1", Volume: "me/vol", Location: "out/a", ExportID: "j1", CopyOnly: true, State: platform.Completed})
		}}, "replace", ""},
		{"not by the file's own copy", []func(*scene){locked(func(e *state.Entry) { e.CopyOnly = true })}, "replace", ""},
		{"not when the object is gone", []func(*scene){locked(week1), func(s *scene) { s.set("me/vol", "out/a", nil) }}, "export", ""},
		{"without overwrite", []func(*scene){locked(week1), func(s *scene) { s.rule.Overwrite = false }}, "exists", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene()
			s.rule.Overwrite = true
			s.set("me/vol", "out/a", &platform.Object{Size: 9})
			for _, f := range c.setup {
				f(s)
			}
			cs := s.compute()
			if got := verdict(cs); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if len(cs.Blocked) > 0 && !strings.Contains(cs.Blocked[0].Message, c.says) {
				t.Errorf("message is %q, want %q in it", cs.Blocked[0].Message, c.says)
			}
		})
	}
}

// Before the files are listed, the volumes are asked for that rules export to or
// that jobs are open on; after that, where something may be replaced, those that
// other files are known to be on.
func TestVolumesToKnow(t *testing.T) {
	s := newScene()
	s.lock = lockfile{
		{File: "f0", Volume: "me/old", Location: "x", State: platform.Completed},
		{File: "f5", Volume: "me/open", Location: "x", State: platform.Running},
	}
	found := &resolve.Result{Wanted: s.wanted, Aliases: []resolve.Alias{
		{File: "f2", Storage: alias("me/other", "z")}, {File: "f4", Storage: platform.Storage{Type: platform.OnVolume}},
	}}
	q := AskFirst([]*plan.Rule{&s.rule, {Volume: "me/rival"}}, s.lock)
	if got := strings.Join(q.Volumes, " "); got != "me/vol me/rival me/open" || !slices.Equal(q.OpenJobs, q.Volumes) {
		t.Errorf("first, %+v is asked", q)
	}
	if got := Ask(found, s.lock, &s.seen, false).Volumes; len(got) > 0 {
		t.Errorf("then, volumes are %s", got)
	}
	s.rule.Overwrite = true
	if got := strings.Join(Ask(found, s.lock, &s.seen, false).Volumes, " "); got != "me/old me/open me/other" {
		t.Errorf("with a rule that replaces, volumes are %s", got)
	}
}

// What is submitted knows the job that the lockfile has for it, as an older one.
func TestEarlierJob(t *testing.T) {
	s := newScene()
	s.rule.Overwrite = true
	e := s.entry(platform.Completed)
	e.CopyOnly, e.ExportID = true, "j1"
	s.lock = lockfile{e}
	s.set("me/vol", "out/a", &platform.Object{Size: 9})
	if cs := s.compute(); len(cs.Actions) != 1 || cs.Actions[0].Earlier != "j1" {
		t.Errorf("actions are %+v", cs.Actions)
	}
}

// A file that is an alias to what the lockfile has as its copy was moved there.
func TestCopyThatWasAMove(t *testing.T) {
	s := newScene()
	s.rule.CopyOnly = true
	s.wanted[0].Storage = alias("me/vol", "out/a")
	e := s.entry(platform.Completed)
	e.ExportID = "j1"
	s.lock = lockfile{e}
	cs := s.compute()
	if len(cs.Blocked) != 1 || cs.Blocked[0].Reason != change.Claimed || len(cs.Warnings) != 1 || !strings.Contains(cs.Warnings[0], "must not be deleted") {
		t.Fatalf("%+v", cs)
	}
}

// Of several jobs to the place, an open one counts, and the latest.
func TestTheJobThatCounts(t *testing.T) {
	at := func(id string, st platform.State, started time.Duration) func(*scene) {
		return func(s *scene) {
			j := s.job(id, "f1", "out/a", st)
			j.StartedOn = now.Add(-started)
			s.seen.Jobs.Add(j)
		}
	}
	for _, c := range []struct {
		name string
		jobs []func(*scene)
		want string
	}{
		{"open beside completed", []func(*scene){at("j1", platform.Running, 2*time.Hour), at("j2", platform.Completed, time.Hour)}, "follow j1 unknown copy"},
		{"completed beside open", []func(*scene){at("j2", platform.Completed, time.Hour), at("j1", platform.Running, 2*time.Hour)}, "follow j1 unknown copy"},
		{"two that are open", []func(*scene){at("j1", platform.Running, time.Hour), at("j2", platform.Running, 2*time.Hour)}, "follow j1 unknown copy"},
		{"two that have completed", []func(*scene){at("j1", platform.Completed, 2*time.Hour), at("j2", platform.Completed, time.Hour)}, "unchanged, to record j2"},
		{"two that have completed, the other way round", []func(*scene){at("j2", platform.Completed, time.Hour), at("j1", platform.Completed, 2*time.Hour)}, "unchanged, to record j2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene()
			s.rule.CopyOnly = true
			for _, f := range c.jobs {
				f(s)
			}
			if got := verdict(s.compute()); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// What was refused is refused with what to do about it.
func TestRefusedSaysWhatToDo(t *testing.T) {
	s := newScene()
	e := s.entry(platform.Failed)
	e.Error = &state.Failure{Code: 9026, Message: "No.", Permanent: true}
	s.lock = lockfile{e}
	cs := s.compute()
	if len(cs.Blocked) != 1 || cs.Blocked[0].Reason != change.Refused {
		t.Fatalf("blocked are %+v", cs.Blocked)
	}
	for _, want := range []string{"No. (code 9026)", "access mode to RW", "--retry-failed"} {
		if !strings.Contains(cs.Blocked[0].Message, want) {
			t.Errorf("message is %q, want %q in it", cs.Blocked[0].Message, want)
		}
	}
}
