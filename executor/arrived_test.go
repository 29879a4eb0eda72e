package executor

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

// foreign adds a job that the run has not submitted.
func (f *fake) foreign(a *change.Action, copied bool, started time.Time) *platform.Export {
	job := &platform.Export{
		ID: fmt.Sprintf("foreign%d", len(f.jobs)), State: platform.Pending, File: a.File,
		Volume: a.Volume, Location: a.Location, StartedOn: started,
	}
	f.add(job, copied)
	return job
}

// copies makes copies of moves.
func copies(actions []change.Action) []change.Action {
	for i := range actions {
		actions[i].Kind, actions[i].CopyOnly = change.Copy, true
	}
	return actions
}

// What was recorded of an action, in short.
func (f *fake) story(a *change.Action) string {
	var all []string
	for _, o := range f.records {
		if o.Action.Target() != a.Target() {
			continue
		}
		mode := map[bool]string{true: "copied", false: "moved"}[o.Action.CopyOnly]
		if o.Action.ModeUnknown {
			mode = "unknown"
		}
		all = append(all, strings.TrimSpace(fmt.Sprint(o.State, " ", mode, " ", o.ExportID)))
	}
	return strings.Join(all, ", ")
}

// A refusal is recorded only after the file was looked at: it may be there.
func TestRefusedFilesMayHaveArrived(t *testing.T) {
	refuse := func(code int) func(platform.ExportRequest) *platform.Error {
		return func(platform.ExportRequest) *platform.Error { return &platform.Error{Code: code} }
	}
	minute := time.Minute
	for _, c := range []struct {
		name     string
		copying  bool
		code     int // what submissions are refused with
		foreign  func(f *fake, a *change.Action)
		aliasLag time.Duration
		want     string // the last thing on record
	}{
		{"moved by somebody else", false, 9006, func(f *fake, a *change.Action) {
			f.moved[a.File] = platform.Storage{Type: platform.OnVolume, Volume: a.Volume, Location: a.Location}
		}, 0, "COMPLETED moved"},
		{"moved by somebody else, told as a key without a slash", false, 9006, func(f *fake, a *change.Action) {
			a.Prefix = "pre"
			f.moved[a.File] = platform.Storage{Type: platform.OnVolume, Volume: a.Volume, Location: "pre" + a.Location}
		}, 0, "COMPLETED moved"},
		{"moved by somebody else, shown late", false, 9006, func(f *fake, a *change.Action) {
			f.moved[a.File] = platform.Storage{Type: platform.OnVolume, Volume: a.Volume, Location: a.Location}
			f.arrivals[a.File] = time.Now()
		}, 12 * time.Second, "COMPLETED moved"},
		{"moved elsewhere", false, 9006, func(f *fake, a *change.Action) {
			f.moved[a.File] = platform.Storage{Type: platform.OnVolume, Volume: a.Volume, Location: "elsewhere"}
		}, 0, "FAILED moved"},
		{"moved, and wanted as a copy", true, 9006, func(f *fake, a *change.Action) {
			f.moved[a.File] = platform.Storage{Type: platform.OnVolume, Volume: a.Volume, Location: a.Location}
		}, 0, "FAILED copied"},
		{"moved by a job that has ended, shown later than refusals are doubted", false, 9107, func(f *fake, a *change.Action) {
			f.foreign(a, false, time.Now().Add(-10*time.Second))
		}, 50 * time.Second, "COMPLETED moved foreign0"},
		{"being moved by a job that was not listed yet", false, 9107, func(f *fake, a *change.Action) {
			f.foreign(a, false, time.Now().Add(-time.Second))
		}, 50 * time.Second, "COMPLETED moved foreign0"},
		{"being copied by another job, and wanted as a move", false, 9107, func(f *fake, a *change.Action) {
			f.foreign(a, true, time.Now().Add(-time.Second))
		}, 0, "COMPLETED copied foreign0"},
		{"copied before", true, 9107, func(f *fake, a *change.Action) {
			f.foreign(a, true, time.Now().Add(-time.Hour))
		}, 0, "COMPLETED copied foreign0"},
		{"copied before, and another file there since", true, 9107, func(f *fake, a *change.Action) {
			f.foreign(a, true, time.Now().Add(-2*time.Hour))
			other := *a
			other.File = "other"
			f.foreign(&other, true, time.Now().Add(-time.Hour))
		}, 0, "FAILED copied"},
		{"copied just now", true, 9107, func(f *fake, a *change.Action) {
			f.foreign(a, true, time.Now().Add(-10*time.Second))
		}, 0, "COMPLETED copied foreign0"},
		{"moved just now, shown much later, and wanted as a copy", true, 9107, func(f *fake, a *change.Action) {
			f.foreign(a, false, time.Now().Add(-10*time.Second))
		}, 5 * time.Minute, "FAILED copied"},
		{"moved just now, and wanted as a copy", true, 9107, func(f *fake, a *change.Action) {
			f.foreign(a, false, time.Now().Add(-10*time.Second))
		}, 30 * time.Second, "FAILED copied"},
		{"copied long ago, and wanted as a move", false, 9107, func(f *fake, a *change.Action) {
			f.foreign(a, true, time.Now().Add(-time.Hour))
		}, 0, "FAILED moved"},
		{"copied to another place", true, 9107, func(f *fake, a *change.Action) {
			elsewhere := *a
			elsewhere.Location = "pre/" + a.Location
			f.foreign(&elsewhere, true, time.Now().Add(-time.Hour))
		}, 0, "FAILED copied"},
		{"refused for another reason", false, 9004, func(f *fake, a *change.Action) {
			f.foreign(a, false, time.Now().Add(-time.Hour))
		}, minute, "FAILED moved"},
	} {
		playCase(t, c.name, func(f *fake) {
			f.aliasLag, f.unchecked, f.refuse = c.aliasLag, true, refuse(c.code)
			actions := moves(1)
			if c.copying {
				copies(actions)
			}
			c.foreign(f, &actions[0])
			result := f.run(Options{}, actions)
			story := f.story(&actions[0])
			if last := story[strings.LastIndex(story, ", ")+1:]; strings.TrimSpace(last) != c.want {
				f.Errorf("on record is %q, want %q at the end", story, c.want)
			}
			count := map[bool]int{true: 1}
			completed, failed := strings.HasPrefix(c.want, "COMPLETED"), strings.HasPrefix(c.want, "FAILED")
			if !failed && strings.Contains(story, "FAILED") || result.Completed != count[completed] || result.Failed != count[failed] ||
				result.Open != 1-count[completed]-count[failed] {
				f.Errorf("%+v with %q", result, story)
			}
		})
	}
}

// A refused file that cannot be read in passing is looked at again, and what
// nobody could look at is not refused for good.
func TestRefusedFileCannotBeRead(t *testing.T) {
	for name, c := range map[string]struct {
		unread func(look int) bool
		want   string
	}{
		"at first": {func(look int) bool { return look == 1 }, "COMPLETED false"},
		"ever":     {func(int) bool { return true }, "FAILED false"},
	} {
		playCase(t, name, func(f *fake) {
			f.unchecked = true
			f.refuse = func(platform.ExportRequest) *platform.Error { return &platform.Error{Code: 9107} }
			f.unread = func(look int) *platform.Error {
				if c.unread(look) {
					return &platform.Error{Status: 503, Code: 5000}
				}
				return nil
			}
			actions := moves(1)
			a := &actions[0]
			f.moved[a.File] = platform.Storage{Type: platform.OnVolume, Volume: a.Volume, Location: a.Location}
			f.run(Options{}, actions)
			o := f.last()[a.Target()]
			if got := fmt.Sprint(o.State, " ", o.Permanent); got != c.want || f.submits != 1 {
				f.Errorf("%s on record after %d submissions, want %s", got, f.submits, c.want)
			}
		})
	}
}

// Plain refusals are looked into together, and only as long as things may lag.
func TestPlainRefusalsCostLittle(t *testing.T) {
	play(t, func(f *fake) {
		f.refuse = refusing(&platform.Error{Code: 9006}, func(r platform.ExportRequest) bool { return r.File < "f5" })
		began := time.Now()
		result := f.run(Options{}, moves(600))
		if result.Failed < 300 || result.Completed+result.Failed != 600 {
			f.Errorf("result is %+v", result)
		}
		if took := time.Since(began); took > time.Minute+5*time.Second || f.fileLooks > 5 || f.lists > 5 {
			f.Errorf("%v, %d looks at files and %d at lists", took, f.fileLooks, f.lists)
		}
	})
}

// A job that is refused because another has brought the file counts as that one.
func TestJobThatFindsTheFileArrived(t *testing.T) {
	play(t, func(f *fake) {
		f.unchecked, f.aliasLag = true, 5*time.Second
		actions := moves(1)
		f.ends = func(job platform.Export) *platform.Error {
			if strings.HasPrefix(job.ID, "foreign") {
				return nil
			}
			return &platform.Error{Code: 9107}
		}
		f.lag = 3 * time.Second
		f.foreign(&actions[0], false, time.Now().Add(-time.Second))
		f.run(Options{}, actions)
		if story := f.story(&actions[0]); strings.Contains(story, "FAILED") || !strings.Contains(story, "COMPLETED moved") {
			f.Errorf("on record is %q", story)
		}
	})
}

// follow makes the action follow a job.
func follow(a *change.Action, job *platform.Export, again change.Kind) {
	a.Kind, a.ExportID, a.Again, a.ModeUnknown = change.Follow, job.ID, again, again == ""
}

// A followed job of unknown mode is recorded as what the file shows.
func TestFollowedJobsOfUnknownMode(t *testing.T) {
	for _, c := range []struct {
		name     string
		copied   bool // what the job does
		wanted   bool // as a copy
		aliasLag time.Duration
		settle   time.Duration
		ago      time.Duration // how long ago the job began
		want     string
	}{
		{"move wanted as a move", false, false, 0, 0, 0, "COMPLETED moved"},
		{"move wanted as a copy", false, true, 0, 0, 0, "COMPLETED moved"},
		{"move wanted as a copy, shown late", false, true, 50 * time.Second, 0, 0, "COMPLETED moved"},
		{"move shown late, as expected", false, true, 2 * time.Minute, 3 * time.Minute, 0, "COMPLETED moved"},
		{"move shown late, with time to spare", false, true, 2 * time.Minute, 0, 0, "COMPLETED moved"},
		{"copy wanted as a copy", true, true, 0, 0, time.Hour, "COMPLETED copied"},
		{"copy wanted as a move", true, false, 0, 0, time.Hour, "COMPLETED copied"},
		{"copy that has just ended", true, true, 0, 0, 0, "COMPLETED copied"},
		{"copy that has just ended, settling for long", true, true, 0, 20 * time.Minute, 0, "COMPLETED copied"},
	} {
		playCase(t, c.name, func(f *fake) {
			f.aliasLag = c.aliasLag
			actions := moves(1)
			if c.wanted {
				copies(actions)
			}
			follow(&actions[0], f.foreign(&actions[0], c.copied, time.Now().Add(-c.ago)), "")
			result := f.run(Options{Settle: c.settle}, actions)
			want := "PENDING unknown foreign0, " + c.want + " foreign0"
			if story := f.story(&actions[0]); story != want || result.Completed+result.Open != 1 {
				f.Errorf("on record is %q, want %q; %+v", story, want, result)
			}
			if last := f.events[len(f.events)-1]; last.Type != FileDone || last.Action.Contrary != (c.copied != c.wanted) {
				f.Errorf("the last event is %+v of %+v", last, last.Action)
			}
		})
	}
}

// A run that is told to stop before the file has shown it leaves the job open on
// record, of unknown mode.
func TestStopBeforeTheModeIsShown(t *testing.T) {
	play(t, func(f *fake) {
		actions := copies(moves(1))
		follow(&actions[0], f.foreign(&actions[0], true, time.Now()), "")
		result := f.runOf(f.stopping(Options{}, 20*time.Second), actions)
		if story := f.story(&actions[0]); story != "PENDING unknown foreign0" || result.Completed+result.Failed != 0 {
			f.Errorf("on record is %q, result %+v", story, result)
		}
	})
}

// A file that cannot be read any more never shows how its job has ended.
func TestModeThatIsNeverShown(t *testing.T) {
	play(t, func(f *fake) {
		f.unread = func(int) *platform.Error { return &platform.Error{Status: 404, Code: 5002} }
		actions := moves(1)
		follow(&actions[0], f.foreign(&actions[0], true, time.Now()), "")
		next := actions[0]
		next.Kind, next.Location, next.ModeUnknown = change.Export, "y/0", false
		result := f.run(Options{}, append(actions, next))
		if story := f.story(&actions[0]); story != "PENDING unknown foreign0, RUNNING unknown foreign0" {
			f.Errorf("on record is %q", story)
		}
		if result.Open != 1 || result.Unsent != 1 || f.submits != 0 {
			f.Errorf("result is %+v after %d submissions, want the job open and the move unsent", result, f.submits)
		}
	})
}

// Followed jobs that fail in passing are tried again like any other.
func TestFollowedJobsAreTriedAgain(t *testing.T) {
	fails := func(times int) func(platform.Export) *platform.Error {
		left := map[string]int{}
		return func(job platform.Export) *platform.Error {
			if left[job.File]++; left[job.File] <= times {
				return &platform.Error{Code: 9100}
			}
			return nil
		}
	}
	play(t, func(f *fake) {
		f.ends = fails(1)
		actions := moves(20)
		for i := range actions {
			again := change.Export
			if i == 7 {
				again = change.Replace
			}
			follow(&actions[i], f.foreign(&actions[i], false, time.Now()), again)
		}
		result, err := f.executor(Options{Retries: 2}).Run(f.Context(), actions)
		if err != nil || result.Completed != 20 {
			f.Errorf("result is %+v, %v", result, err)
		}
		f.exactlyOnce(actions)
		if f.submits != 1 || len(f.submitted[0]) != 20 {
			f.Errorf("%d submissions", f.submits)
		}
		for _, r := range f.submitted[0] {
			if r.Overwrite != (r.File == "f7") {
				f.Errorf("%s is submitted with overwrite %v", r.File, r.Overwrite)
			}
		}
	})
	for _, c := range []struct {
		name    string
		ends    func(platform.Export) *platform.Error
		again   change.Kind
		unknown bool
		submits int
		story   string
	}{
		{"as often as others", fails(10), change.Export, false, 2, "PENDING moved foreign0, FAILED moved foreign0, PENDING moved job1, FAILED moved job1, PENDING moved job2, FAILED moved job2"},
		{"not as what is not known", fails(1), "", true, 0, "PENDING unknown foreign0, FAILED unknown foreign0"},
		{
			"never in place of an object that the failure was about", func(platform.Export) *platform.Error { return &platform.Error{Code: 9107} },
			change.Replace, true, 0, "PENDING unknown foreign0, unknown, FAILED unknown foreign0",
		},
		{"what was somebody else's failure", func(job platform.Export) *platform.Error {
			if strings.HasPrefix(job.ID, "foreign") {
				return &platform.Error{Code: 9103}
			}
			return nil
		}, change.Export, true, 1, "PENDING unknown foreign0, FAILED unknown foreign0, PENDING moved job1, COMPLETED moved job1"},
	} {
		playCase(t, c.name, func(f *fake) {
			f.ends = c.ends
			actions := moves(1)
			follow(&actions[0], f.foreign(&actions[0], false, time.Now()), c.again)
			actions[0].ModeUnknown = c.unknown
			result := f.run(Options{Retries: 2}, actions)
			story := f.story(&actions[0])
			if f.submits != c.submits || story != c.story || result.Completed+result.Failed != 1 {
				f.Errorf("%+v after %d submissions: %s", result, f.submits, story)
			}
		})
	}
	for _, copied := range []bool{false, true} {
		playCase(t, fmt.Sprintf("beside another action, copied %v", copied), func(f *fake) {
			f.ends = fails(1)
			both := append(moves(1), copies(moves(1))...)
			both[1].Location = "backup/0"
			followed, other := 0, 1
			again := change.Export
			if copied {
				followed, other, again = 1, 0, change.Copy
			}
			follow(&both[followed], f.foreign(&both[followed], copied, time.Now()), again)
			result := f.run(Options{Retries: 2}, both)
			if copied {
				f.exactlyOnce(both) // the copy again, and then the move
			} else if f.last()[both[followed].Target()].State != platform.Failed || f.last()[both[other].Target()].State != platform.Completed {
				f.Errorf("%+v: a move must not come before a copy that is wanted", result)
			}
		})
	}
}

// watched tells when files and lists are looked at, and may refuse the lists.
type watched struct {
	*fake
	began                time.Time
	files, lists, wholes []time.Duration
	refuse               *platform.Error
}

func (w *watched) Files(ctx context.Context, ids []string) ([]platform.FileResult, error) {
	w.files = append(w.files, time.Since(w.began).Round(time.Second))
	return w.fake.Files(ctx, ids)
}

func (w *watched) OpenJobs(ctx context.Context, volume string) ([]platform.Export, error) {
	w.lists = append(w.lists, time.Since(w.began).Round(time.Second))
	if w.refuse != nil {
		return nil, w.refuse
	}
	return w.fake.OpenJobs(ctx, volume)
}

func (w *watched) VolumeJobs(ctx context.Context, volume string) ([]platform.Export, error) {
	w.wholes = append(w.wholes, time.Since(w.began).Round(time.Second))
	if w.refuse != nil {
		return nil, w.refuse
	}
	return w.fake.VolumeJobs(ctx, volume)
}

// What is searched for is looked for ever more rarely, each thing until all can
// be seen of it, and the whole list of jobs is read only then.
func TestWhenASearchLooks(t *testing.T) {
	seconds := func(all ...int) (list []time.Duration) {
		for _, s := range all {
			list = append(list, time.Duration(s)*time.Second)
		}
		return list
	}
	for _, c := range []struct {
		name                 string
		lost, doubt          bool
		refuse               *platform.Error
		files, lists, wholes []time.Duration
	}{
		{"a lost answer", true, false, nil, seconds(0, 4, 16, 64), seconds(0, 4, 16), seconds(64)},
		{"a refusal", false, true, nil, seconds(0, 4, 16, 64), seconds(0, 4, 16), seconds(64)},
		{"both, the refusal earlier", true, true, nil, seconds(0, 4, 16, 64), seconds(0, 4, 16), seconds(64)},
		{"a lost answer, and no list", true, false, &platform.Error{Status: 403}, seconds(0, 4, 16, 64), seconds(0, 4, 16), seconds(64)},
		{"a refusal, and no list", false, true, &platform.Error{Status: 403}, seconds(0, 4, 16, 64), seconds(0, 4, 16), seconds(64)},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &watched{fake: newFake(t), began: time.Now(), refuse: c.refuse}
				w.latency = 0
				actions := moves(3)
				w.moved["f0"] = platform.Storage{Type: platform.OnVolume, Volume: "me/v", Location: "x/0"}
				attempts := []Attempt{{Action: &actions[0], Lost: w.began, doubt: true}} // settled at once
				if c.doubt {
					earlier := w.began
					if c.lost {
						earlier = earlier.Add(-2 * time.Second)
					}
					attempts = append(attempts, Attempt{Action: &actions[1], Lost: earlier, doubt: true})
				}
				if c.lost {
					attempts = append(attempts, Attempt{Action: &actions[2], Sent: w.began, Lost: w.began})
				}
				e := w.executor(Options{Settle: 64 * time.Second})
				e.Platform = w
				found, err := e.Search(t.Context(), attempts)
				if err != nil || found[0].State != platform.Completed {
					t.Fatalf("%+v, %v", found, err)
				}
				for i := range found[1:] {
					if unknown := c.refuse != nil && !attempts[i+1].doubt; found[i+1].State != "" || found[i+1].Unknown() != unknown {
						t.Errorf("of %s, %+v is found", attempts[i+1].Action.File, found[i+1])
					}
				}
				for _, d := range []string{cmp.Diff(c.files, w.files), cmp.Diff(c.lists, w.lists), cmp.Diff(c.wholes, w.wholes)} {
					if d != "" {
						t.Errorf("looks (-want +got):\n%s", d)
					}
				}
			})
		})
	}
}

func TestBecame(t *testing.T) {
	sent := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		copy  bool
		job   platform.Export
		state string // what is found: a state, "none", "unsure", or "to be shown" by the file
	}{
		{"begun since", false, platform.Export{State: platform.Completed, StartedOn: sent.Add(time.Second)}, "to be shown"},
		{"copied since", true, platform.Export{State: platform.Completed, StartedOn: sent.Add(time.Second)}, "COMPLETED"},
		{"begun a little before, by another clock", false, platform.Export{State: platform.Completed, StartedOn: sent.Add(-clockError + time.Second)}, "to be shown"},
		{"begun before", false, platform.Export{State: platform.Completed, StartedOn: sent.Add(-clockError)}, "none"},
		{"begun before, ended since", false, platform.Export{State: platform.Completed, StartedOn: sent.Add(-time.Hour), FinishedOn: sent.Add(time.Hour)}, "none"},
		{"failed since", false, platform.Export{State: platform.Failed, StartedOn: sent}, "FAILED"},
		{"failed before", false, platform.Export{State: platform.Failed, StartedOn: sent.Add(-time.Hour)}, "none"},
		{"ended since, begun nobody knows when", false, platform.Export{State: platform.Completed, FinishedOn: sent.Add(time.Second)}, "to be shown"},
		{"ended before, begun nobody knows when", false, platform.Export{State: platform.Completed, FinishedOn: sent.Add(-time.Hour)}, "none"},
		{"open, begun since", false, platform.Export{State: platform.Running, StartedOn: sent}, "RUNNING"},
		{"open, begun nobody knows when", true, platform.Export{State: platform.Pending}, "PENDING"},
		{"open, begun before", true, platform.Export{State: platform.Running, StartedOn: sent.Add(-time.Hour)}, "unsure"},
		{"copied nobody knows when", true, platform.Export{State: platform.Completed}, "COMPLETED"},
		{"moved or copied nobody knows when", false, platform.Export{State: platform.Completed}, "none"},
		{"failed nobody knows when", false, platform.Export{State: platform.Failed}, "FAILED"},
		{"known to be older", false, platform.Export{ID: "old", State: platform.Running, StartedOn: sent}, "none"},
		{"to another place", false, platform.Export{State: platform.Running, Location: "pre/x/0", StartedOn: sent}, "none"},
		{"to another volume", false, platform.Export{State: platform.Running, Volume: "me/w", StartedOn: sent}, "none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := moves(1)[0]
			a.CopyOnly = c.copy
			job := c.job
			job.File = a.File
			if job.Volume == "" {
				job.Volume = a.Volume
			}
			if job.Location == "" {
				job.Location = a.Location
			}
			attempt := &Attempt{Action: &a, Sent: sent, Jobs: []string{"old"}}
			s := &search{found: []finding{{Outcome: Outcome{Action: &a}, attempt: attempt}}, platform: newFake(t)}
			s.matchJobs([]platform.Export{job})
			f := s.found[0]
			got := string(f.State)
			switch {
			case f.done != nil:
				got = "to be shown"
			case got == "":
				got = "none"
			case f.Action.ModeUnknown:
				got = "unsure"
			}
			if got != c.state || f.settled != (got != "none" && got != "FAILED" && got != "to be shown") {
				t.Errorf("found %s, settled %v, want %s", got, f.settled, c.state)
			}
		})
	}
}
