package state

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

func TestFold(t *testing.T) {
	again := outcome("1", platform.Completed)
	again.Entry.ExportID = "e2"
	timed := func(s platform.State, job, began string) Record {
		r := outcome("1", s)
		r.Entry.ExportID, r.Entry.StartedOn, r.Entry.FinishedOn = job, at(began), time.Time{}
		return r
	}
	next := outcome("1", platform.Pending)
	next.Entry.StartedOn, next.Entry.FinishedOn = time.Time{}, time.Time{}
	untimed, refused := next, next
	untimed.Entry.ExportID = "theirs"
	refused.Entry.State, refused.Entry.ExportID = platform.Failed, ""
	anew := intent("1")
	anew.Earlier, anew.Again = full().ExportID, true
	const early, late = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
	tests := []struct {
		name    string
		before  []Record // outcomes that the lockfile holds
		records []Record
		after   []Record // outcomes that the lockfile holds then
		unknown []Record
	}{
		{"nothing", nil, nil, nil, nil},
		{"outcome", nil, []Record{intent("1"), outcome("1", platform.Failed)}, []Record{outcome("1", platform.Failed)}, nil},
		{"outcome alone", nil, []Record{outcome("1", platform.Completed)}, []Record{outcome("1", platform.Completed)}, nil},
		{"open job", nil, []Record{intent("1"), outcome("1", platform.Pending)}, []Record{outcome("1", platform.Pending)}, nil},
		{"intent alone", nil, []Record{intent("1")}, nil, []Record{intent("1")}},
		{
			"tried again", nil,
			[]Record{intent("1"), intent("2"), outcome("1", platform.Failed), intent("1")},
			[]Record{outcome("1", platform.Failed)},
			[]Record{intent("2"), intent("1")},
		},
		{"withdrawn", nil, []Record{intent("1"), intent("2"), withdrawal("1")}, nil, []Record{intent("2")}},
		{
			"withdrawn after a failure",
			[]Record{outcome("1", platform.Failed)},
			[]Record{intent("1"), withdrawal("1")},
			[]Record{outcome("1", platform.Failed)},
			nil,
		},
		{"intended twice", nil, []Record{intent("1"), intent("1")}, nil, []Record{intent("1")}},
		{
			"later words win",
			[]Record{outcome("1", platform.Failed)},
			[]Record{outcome("1", platform.Pending), outcome("1", platform.Running)},
			[]Record{outcome("1", platform.Running)},
			nil,
		},
		{
			"completed stays completed",
			[]Record{outcome("1", platform.Completed)},
			[]Record{
				outcome("1", platform.Pending), outcome("1", platform.Running), outcome("1", platform.Failed),
				outcome("2", platform.Completed), outcome("2", platform.Running),
			},
			[]Record{outcome("1", platform.Completed), outcome("2", platform.Completed)},
			nil,
		},
		{
			"another machine has exported it since",
			[]Record{timed(platform.Completed, "theirs", late)},
			[]Record{timed(platform.Completed, "ours", early)},
			[]Record{timed(platform.Completed, "theirs", late)},
			nil,
		},
		{
			"another machine exports it since",
			[]Record{timed(platform.Running, "theirs", late)},
			[]Record{timed(platform.Failed, "ours", early)},
			[]Record{timed(platform.Running, "theirs", late)},
			nil,
		},
		{
			"another machine exports it since, and when is told by the journal alone",
			[]Record{timed(platform.Running, "theirs", "2026-01-03T00:00:00Z")},
			[]Record{refused},
			[]Record{timed(platform.Running, "theirs", "2026-01-03T00:00:00Z")},
			nil,
		},
		{
			"another machine's failure, and when is told by the journal alone",
			[]Record{timed(platform.Failed, "theirs", "2026-01-03T00:00:00Z")},
			[]Record{next},
			[]Record{timed(platform.Failed, "theirs", "2026-01-03T00:00:00Z")},
			nil,
		},
		{
			"another machine's older failure, and when is told by the journal alone",
			[]Record{timed(platform.Failed, "theirs", early)},
			[]Record{next},
			[]Record{next},
			nil,
		},
		{"another machine's open job, and nobody knows when", []Record{untimed}, []Record{refused}, []Record{untimed}, nil},
		{"another machine's refusal, and nobody knows when", []Record{refused}, []Record{next}, []Record{next}, nil},
		{"the failure of a job that has no times", []Record{untimed}, []Record{untimed, refused}, []Record{refused}, nil},
		{
			"a completed one is made again",
			[]Record{outcome("1", platform.Completed)},
			[]Record{anew, timed(platform.Running, "e2", early)},
			[]Record{timed(platform.Running, "e2", early)},
			nil,
		},
		{
			"a completed one is made again, and another machine has done so since",
			[]Record{timed(platform.Completed, "theirs", early)},
			[]Record{anew, timed(platform.Running, "e2", early)},
			[]Record{timed(platform.Completed, "theirs", early)},
			nil,
		},
		{
			"the next job",
			[]Record{timed(platform.Running, "first", early)},
			[]Record{timed(platform.Failed, "first", late), next},
			[]Record{next},
			nil,
		},
		{
			"completed again", []Record{outcome("1", platform.Completed)}, []Record{again}, []Record{again}, nil,
		},
		{
			"an intent says nothing of the result",
			[]Record{outcome("1", platform.Completed)},
			[]Record{intent("1")},
			[]Record{outcome("1", platform.Completed)},
			[]Record{intent("1")},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLockfile("x")
			for _, r := range tt.before {
				l.Put(r.Entry)
			}
			for _, round := range []string{"once", "twice"} {
				wantRecords(t, Fold(tt.records, l), tt.unknown)
				var want []Entry
				for _, r := range tt.after {
					want = append(want, r.Entry)
				}
				if diff := cmp.Diff(want, slices.Collect(l.All())); diff != "" {
					t.Errorf("%s: entries (-want +got):\n%s", round, diff)
				}
			}
		})
	}
}

// TestFoldProperties folds the records of any run, as often and as far as a
// crash may have it.
func TestFoldProperties(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		path := filepath.Join(dir, rapid.StringMatching(`[a-z]{8}`).Draw(t, "name"))
		records := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Record {
			r := Record{Entry: entries().Draw(t, "entry").normal()}
			r.Type = rapid.SampledFrom([]RecordType{Intent, Outcome, Withdrawal}).Draw(t, "type")
			if r.Type != Outcome {
				r.Entry.State = ""
			}
			return r
		})).Draw(t, "records")
		l := newLockfile(path)
		cut := rapid.IntRange(0, len(records)).Draw(t, "cut")
		Fold(records[:cut], l)
		unknown := Fold(records, l)
		once := slices.Collect(l.All())
		if diff := cmp.Diff(unknown, Fold(records, l)); diff != "" {
			t.Fatalf("unknown, folded again:\n%s", diff)
		}
		if diff := cmp.Diff(once, slices.Collect(l.All())); diff != "" {
			t.Fatalf("entries, folded again:\n%s", diff)
		}
		told := map[change.Target]bool{}     // has an outcome
		open := map[change.Target]bool{}     // ends in an intent
		complete := map[change.Target]bool{} // was completed once
		for _, r := range records {
			target := r.Entry.Target()
			told[target] = told[target] || r.Type == Outcome
			open[target] = r.Type == Intent
			complete[target] = complete[target] || r.Entry.State == platform.Completed
		}
		for _, e := range once {
			if !told[e.Target()] || complete[e.Target()] != (e.State == platform.Completed) {
				t.Fatalf("%v is in the lockfile as %s", e.Target(), e.State)
			}
			delete(told, e.Target())
		}
		for target, ok := range told {
			if ok {
				t.Fatalf("%v is missing", target)
			}
		}
		for _, r := range unknown {
			if r.Type != Intent || !open[r.Entry.Target()] {
				t.Fatalf("%v is known", r.Entry.Target())
			}
			delete(open, r.Entry.Target())
		}
		for target, ok := range open {
			if ok {
				t.Fatalf("%v is not known, and not said to be", target)
			}
		}
	})
}
