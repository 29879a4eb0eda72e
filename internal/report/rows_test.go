package report

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/state"
)

// What the lockfile and a saved plan say of one file, and what the report makes
// of it.
func TestLockfileAndSavedPlan(t *testing.T) {
	const path = "a.vcf"
	done, bad := entry(path, 0), failing(entry(path, 0), 9107, "It is there.", true)
	open := done
	open.State = platform.Running
	action := func(kind change.Kind) *change.Document {
		return &change.Document{Actions: []change.Action{{
			Kind: kind, CopyOnly: kind == change.Copy, File: done.File, Path: path, Size: done.Size, Volume: done.Volume, Location: done.Location, Rule: "r",
		}}}
	}
	block := func(reason change.Reason) *change.Document {
		return &change.Document{Blocked: []change.Blocked{{
			Reason: reason, File: done.File, Path: path, Volume: done.Volume, Location: done.Location, Rule: "r", Message: "do this",
		}}}
	}
	for name, c := range map[string]struct {
		entry *state.Entry
		saved *change.Document
		stale bool // the lockfile has changed since the plan was saved
		want  status
	}{
		"only the lockfile":                  {entry: &done, want: completed},
		"failed":                             {entry: &bad, want: failed},
		"only planned":                       {saved: action(change.Export), want: planned},
		"a job to follow":                    {saved: action(change.Follow), want: running},
		"in place and not on record":         {saved: action(change.Unchanged), want: completed},
		"only blocked":                       {saved: block(change.Public), want: blocked},
		"planned again":                      {entry: &bad, saved: action(change.Copy), want: planned},
		"planned, then done":                 {entry: &done, saved: action(change.Export), stale: true, want: completed},
		"planned, then failed":               {entry: &bad, saved: action(change.Copy), stale: true, want: failed},
		"open and followed":                  {entry: &open, saved: action(change.Follow), want: running},
		"refused as the lockfile says":       {entry: &bad, saved: block(change.Refused), want: failed},
		"done, and moved away since":         {entry: &done, saved: block(change.Elsewhere), want: blocked},
		"blocked, then done":                 {entry: &done, saved: block(change.Exists), stale: true, want: completed},
		"replaces":                           {saved: action(change.Replace), want: planned},
		"on record and in place, and listed": {entry: &done, saved: action(change.Unchanged), want: completed},
	} {
		t.Run(name, func(t *testing.T) {
			l := lockfile(t)
			if c.entry != nil {
				l.Put(*c.entry)
			}
			if c.saved != nil && c.stale {
				c.saved.Lockfile.SHA256 = "of another day"
			}
			r := New(Input{Lockfile: l, Saved: c.saved})
			if len(r.rows) != 1 {
				t.Fatalf("%d rows, want 1", len(r.rows))
			}
			got := r.rows[0]
			if got.status != c.want {
				t.Errorf("%v, want %v", got.status, c.want)
			}
			if name == "planned again" && got.mode != copied {
				t.Error("it is not to be copied, as the plan says")
			}
			if has := got.problem != nil; has != (c.want == failed || c.want == blocked) || has && got.problem.State != c.want {
				t.Errorf("problem %v of a file that is %v", got.problem, got.status)
			}
			for _, p := range r.problems {
				if p != got.problem {
					t.Errorf("problem %q has no files", p.Title)
				}
			}
		})
	}
}

// What the last apply of the events found blocked, beside what the lockfile and a
// saved plan say of the same file.
func TestBlockedFilesOfEvents(t *testing.T) {
	const path = "a.vcf"
	done := entry(path, 0) // it ended at 21:01
	refused := failing(done, 9107, "It is there.", true)
	events := func(at, reason string) *Events {
		return read(t, versionEvent+`{"type":"plan","created_on":"2026-11-18T`+at+`Z","plan":{"file":"p.yaml","sha256":"1"},"blocked_files":[`+
			`{"reason":"`+reason+`","file":"id-a.vcf","path":"a.vcf","volume":"rfranklin/archive","location":"vcf/a.vcf"}]}`+"\n")
	}
	saved := func(at int, blocked ...change.Blocked) *change.Document {
		return &change.Document{CreatedOn: began.Add(time.Duration(at) * time.Minute), Blocked: blocked, Actions: []change.Action{
			{Kind: change.Export, File: done.File, Path: path, Volume: done.Volume, Location: done.Location},
		}}
	}
	for name, c := range map[string]struct {
		entry  *state.Entry
		saved  *change.Document
		events *Events
		want   status
	}{
		"only blocked":                {events: events("21:00:00", "exists"), want: blocked},
		"done since":                  {entry: &done, events: events("21:00:00", "exists"), want: completed},
		"done, and moved away since":  {entry: &done, events: events("21:02:00", "elsewhere"), want: blocked},
		"refused as the lockfile has": {entry: &refused, events: events("21:02:00", "refused"), want: failed},
		"planned before":              {saved: saved(0), events: events("21:02:00", "exists"), want: blocked},
		"planned since":               {saved: saved(5), events: events("21:02:00", "exists"), want: planned},
	} {
		t.Run(name, func(t *testing.T) {
			l := lockfile(t)
			if c.entry != nil {
				l.Put(*c.entry)
			}
			r := New(Input{Lockfile: l, Saved: c.saved, Events: c.events})
			if len(r.rows) != 1 || r.rows[0].status != c.want {
				t.Errorf("%+v, want one that is %s", r.rows, c.want)
			}
		})
	}
}

// What needs somebody comes first.
func TestFailedRowsComeFirst(t *testing.T) {
	open := entry("b", 0)
	open.State = platform.Running
	r := New(Input{
		Lockfile: lockfile(t, entry("a", 0), open, failing(entry("c", 0), 9107, "", true)),
		Saved:    &change.Document{Blocked: []change.Blocked{{Reason: change.Public, File: "d"}}},
	})
	var got []string
	for _, w := range r.rows {
		got = append(got, w.status.String())
	}
	if diff := cmp.Diff([]string{"failed", "blocked", "running", "completed"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCausesComeTogether(t *testing.T) {
	r := New(Input{Lockfile: lockfile(
		t,
		failing(entry("a", 0), 9107, "Location on volume already contains a file.", true),
		failing(entry("b", 0), 9006, "Requested file cannot be exported.", true),
		failing(entry("c", 0), 9006, "Requested file cannot be exported. Really.", true),
		failing(entry("d", 0), 0, "It was a Tuesday.", false),
		failing(entry("e", 0), 0, "", false),
	)})
	type got struct {
		Text, Said string
		Files      int
		Samples    []string
	}
	var all []got
	for _, p := range r.problems {
		all = append(all, got{p.Title, p.Said(), p.Files, p.Samples})
	}
	explain := func(code int) string { return (&platform.Error{Code: code}).Explain().Cause }
	want := []got{
		{explain(9006), "Requested file cannot be exported.", 2, []string{"b", "c"}},
		{explain(9107), "Location on volume already contains a file.", 1, []string{"a"}},
		{"failed without an error code", "It was a Tuesday.", 1, []string{"d"}},
		{explain(0), "", 1, []string{"e"}},
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBlockedFilesComeTogether(t *testing.T) {
	blocked := func(reason change.Reason, path string, tolerated bool) change.Blocked {
		return change.Blocked{Reason: reason, File: path, Path: path, Size: 10, Message: "about " + path, Tolerated: tolerated}
	}
	r := New(Input{Saved: &change.Document{Blocked: []change.Blocked{
		blocked(change.Exists, "x", false),
		blocked(change.Public, "a", true), blocked(change.Public, "b", true),
		blocked(change.Folder, "c", false), blocked(change.Folder, "d", true), blocked(change.Folder, "e", false),
		blocked("unheard_of", "f", false),
	}}})
	type got struct {
		Code, Title, Fix, Note string
		Files                  int
	}
	var all []got
	for _, p := range r.problems {
		all = append(all, got{p.Code, p.Title, p.Fix(), p.Note(), p.Files})
	}
	want := []got{
		{"folder", "a folder, not a file", "about c", "1 of them tolerated by the plan", 3},
		{"public", "a public file of the platform", "about a", "tolerated by the plan", 2},
		{"unheard_of", "unheard_of", "about f", "", 1},
		{"exists", "an object is in its place, and the rule does not overwrite", "about x", "", 1},
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
