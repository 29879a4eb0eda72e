package report

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/platform"
	"sbexport/internal/state"
)

func sum[T int | int64](list []T) T {
	var n T
	for _, x := range list {
		n += x
	}
	return n
}

// Every file with a time is in exactly one run, and the curves end at the totals.
func TestRunsHoldEveryFile(t *testing.T) {
	entries := cohort(3000)
	for i := range entries {
		days := time.Duration(i%5) * 24 * time.Hour
		entries[i].StartedOn = entries[i].StartedOn.Add(days)
		if !entries[i].FinishedOn.IsZero() {
			entries[i].FinishedOn = entries[i].FinishedOn.Add(days)
		}
		if i%97 == 0 {
			entries[i].StartedOn, entries[i].FinishedOn = time.Time{}, time.Time{}
		}
	}
	r := New(Input{Lockfile: lockfile(t, entries...)})
	if len(r.runs) != 5 {
		t.Fatalf("%d runs, want 5", len(r.runs))
	}
	if !slices.IsSortedFunc(r.runs, func(a, b run) int { return int(b.From - a.From) }) {
		t.Error("the runs are not in order, the last first")
	}
	files, done, bad, untimed := 0, 0, 0, 0
	var bytes int64
	for _, x := range r.runs {
		if got := sum(x.Submitted); got != x.Files {
			t.Errorf("%d submitted of %d files", got, x.Files)
		}
		files += x.Files
		done += sum(x.Completed)
		bad += sum(x.Failed)
		bytes += sum(x.Moved)
		if n := len(x.Submitted); n > maxBins || len(x.Completed) != n || len(x.Failed) != n || len(x.Moved) != n {
			t.Errorf("%d bins", n)
		}
	}
	want := Totals{}
	for i := range entries {
		e := &entries[i]
		switch {
		case e.StartedOn.IsZero():
			untimed++
		case e.State == platform.Completed:
			want.Completed.Files++
			want.Completed.Bytes += e.Size
		case e.State == platform.Failed:
			want.Failed.Files++
		}
	}
	if files != len(entries)-untimed || r.untimed != untimed {
		t.Errorf("%d files in runs and %d without a time, want %d and %d", files, r.untimed, len(entries)-untimed, untimed)
	}
	if done != want.Completed.Files || bad != want.Failed.Files || bytes != want.Completed.Bytes {
		t.Errorf("%d completed, %d failed, %d bytes; want %d, %d, %d", done, bad, bytes, want.Completed.Files, want.Failed.Files, want.Completed.Bytes)
	}
}

func TestWhatMakesARun(t *testing.T) {
	long := entry("long", 0)
	long.FinishedOn = began.Add(5 * time.Hour)
	open := entry("open", 0)
	open.State, open.FinishedOn = platform.Running, time.Time{}
	adopted := entry("adopted", 0)
	adopted.StartedOn = time.Time{}
	for name, c := range map[string]struct {
		entries []state.Entry
		want    []int // files of each run, the last run first
	}{
		"one file":                    {[]state.Entry{entry("a", 0)}, []int{1}},
		"a short pause":               {[]state.Entry{entry("a", 0), entry("b", 60+pause)}, []int{2}},
		"a long pause":                {[]state.Entry{entry("a", 0), entry("b", 61+pause)}, []int{1, 1}},
		"a long job bridges":          {[]state.Entry{long, entry("b", 4*3600)}, []int{2}},
		"a job without an end":        {[]state.Entry{open, entry("b", 4*3600)}, []int{1, 1}},
		"only an end":                 {[]state.Entry{adopted}, []int{1}},
		"nothing":                     {nil, nil},
		"a clock that was set back":   {[]state.Entry{backwards()}, []int{1}},
		"times at the calendar's end": {[]state.Entry{entry("a", 0), farOff()}, []int{1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			r := New(Input{Lockfile: lockfile(t, c.entries...)})
			var got []int
			for _, x := range r.runs {
				got = append(got, x.Files)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func backwards() state.Entry {
	e := entry("a", 0)
	e.FinishedOn = e.StartedOn.Add(-time.Hour)
	return e
}

func farOff() state.Entry {
	e := entry("far", 0)
	e.StartedOn = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	e.FinishedOn = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	return e
}

func TestManyRunsAreCutShort(t *testing.T) {
	var entries []state.Entry
	for day := range maxRuns + 12 {
		entries = append(entries, entry(fmt.Sprint("f", day), day*86400))
	}
	r := New(Input{Lockfile: lockfile(t, entries...)})
	if len(r.runs) != maxRuns || r.earlier != 12 {
		t.Errorf("%d runs and %d earlier ones, want %d and 12", len(r.runs), r.earlier, maxRuns)
	}
	if want := began.Unix() + int64(maxRuns+11)*86400; r.runs[0].From != want {
		t.Errorf("the first begins at %d, want the last, %d", r.runs[0].From, want)
	}
}

// The events know when a file was submitted and how the budget stood; the
// lockfile knows when its job ended.
func TestEventsCompleteARun(t *testing.T) {
	e := read(t, versionEvent+
		`{"type":"submitted","time":"2026-11-18T20:59:50Z","file":"id-a","volume":"rfranklin/archive","location":"vcf/a","budget":{"remaining":990,"limit":1000}}
{"type":"waiting","time":"2026-11-18T21:00:10Z","until":"2026-11-18T21:00:40Z","message":"for the request budget"}
{"type":"retrying","time":"2026-11-18T21:00:20Z"}
{"type":"completed","time":"2026-11-18T21:05:00Z","file":"id-a","volume":"rfranklin/archive","location":"vcf/a","budget":{"remaining":5,"limit":1000}}
{"type":"summary","requests":12,"seconds":310}
`)
	r := New(Input{Lockfile: lockfile(t, entry("a", 0), entry("old", -86400)), Events: e})
	if len(r.runs) != 2 {
		t.Fatalf("%d runs, want 2", len(r.runs))
	}
	sec := began.Unix()
	got := r.runs[0]
	want := run{
		From: sec - 10, Until: sec + 60, Step: 1, Files: 1, Bytes: 1000,
		Budget:  []budget{{sec - 10, 990, 1000}, {sec + 300, 5, 1000}},
		Waits:   []wait{{sec + 10, sec + 40, "for the request budget"}},
		Retries: 1, Requests: 12,
	}
	submitted, completed := slices.Index(got.Submitted, 1), slices.Index(got.Completed, 1)
	got.Submitted, got.Completed, got.Failed, got.Moved = nil, nil, nil, nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if submitted != 0 || completed != 70 {
		t.Errorf("submitted in bin %d and completed in bin %d, want 0 and 70", submitted, completed)
	}
	if x := r.runs[1]; x.Budget != nil || x.Waits != nil || x.Requests != 0 {
		t.Errorf("an older run has the events' budget: %+v", x)
	}
}

func TestTheLowestOfAFewSecondsStays(t *testing.T) {
	var e Events
	for i, left := range []int{900, 3, 800, 850, 840, 700} {
		e.left(budget{int64(2 * i), left, 1000})
	}
	if diff := cmp.Diff([]budget{{0, 3, 1000}, {6, 700, 1000}}, e.budget); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
