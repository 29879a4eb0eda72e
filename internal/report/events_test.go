package report

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sbexport/executor"
	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/view"
)

const versionEvent = `{"type":"version","tool_version":"1","format_version":1}` + "\n"

func read(t testing.TB, text string) *Events {
	t.Helper()
	e, err := ReadEvents(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// What the program's own writer of events writes is what is read.
func TestReadsWhatApplyWrites(t *testing.T) {
	var b bytes.Buffer
	w := view.NewEvents(&b)
	left := platform.Budget{Known: true, Limit: 1000, Remaining: 990}
	w.Budget = func() platform.Budget { return left }
	a := &change.Action{File: "f1", Volume: "v", Location: "l1", Kind: change.Export}
	at := func(second int) time.Time { return began.Add(time.Duration(second) * time.Second) }
	w.Version("1.2.3")
	w.Plan(&change.Changeset{})
	w.Event(executor.Event{Type: executor.Submitted, Time: at(1), Action: a})
	left.Remaining = 900
	w.Event(executor.Event{Type: executor.Waiting, Time: at(2), Until: at(9), Message: "for the request budget"})
	w.Event(executor.Event{Type: executor.FileRetrying, Time: at(10), Action: a})
	w.Event(executor.Event{Type: executor.Submitted, Time: at(12), Action: a})
	w.Event(executor.Event{Type: executor.FileDone, Time: at(20), Action: a})
	w.Summary(&view.Result{Changeset: &change.Changeset{}, Requests: 31, Duration: 21 * time.Second})
	if err := w.Err(); err != nil {
		t.Fatal(err)
	}
	sec := began.Unix()
	target := change.Target{File: "f1", Volume: "v", Location: "l1"}
	want := &Events{
		submitted: map[change.Target]int64{target: sec + 12},
		ended:     map[change.Target]int64{target: sec + 20},
		retries:   []int64{sec + 10},
		waits:     []wait{{sec + 2, sec + 9, "for the request budget"}},
		budget:    []budget{{sec + 1, 900, 1000}},
		applies:   []applied{{sec + 20, 31}},
		last:      sec + 20,
	}
	if diff := cmp.Diff(want, read(t, b.String()), cmp.AllowUnexported(Events{}, applied{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatIsEvents(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{ // want is an error, or "torn"
		"nothing":          {"", "read the events: it is empty"},
		"a lockfile":       {"{\"lockfile_version\":1,\n", "read the events: line 1: it is not an event"},
		"a half":           {`{"type":"submitted"}` + "\n", `read the events: line 1: it is not the event "version", which comes first`},
		"text":             {versionEvent + "hello\n{}\n", "read the events: line 2: it is not an event"},
		"another object":   {versionEvent + "{}\n{}\n", "read the events: line 2: it is not an event"},
		"a newer format":   {`{"type":"version","format_version":99}`, "read the events: line 1: its format version is 99, and this program reads only up to 1"},
		"cut off":          {versionEvent + `{"type":"subm`, "torn"},
		"whole":            {versionEvent, ""},
		"no last line end": {strings.TrimSuffix(versionEvent, "\n"), ""},
		"empty lines":      {versionEvent + "\n\n", ""},
		"unknown types":    {versionEvent + `{"type":"sneezed","time":"2026-11-18T21:00:00Z"}` + "\n", ""},
		"two applies":      {versionEvent + versionEvent, ""},
		"a very long plan": {versionEvent + `{"type":"plan","blocked_files":["` + strings.Repeat("x", 3<<20) + "\"]}\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := ReadEvents(strings.NewReader(c.text))
			got := ""
			switch {
			case err != nil:
				got = err.Error()
			case e.torn:
				got = "torn"
			}
			if _, bad := errors.AsType[*EventsError](err); got != c.want || bad != (err != nil) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestErrorsOfTheReaderComeBack(t *testing.T) {
	broken := io.MultiReader(strings.NewReader(versionEvent), iotest.ErrReader(errFull))
	if _, err := ReadEvents(broken); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
}

// No text makes reading or the report panic, and what is read is sane.
func FuzzEvents(f *testing.F) {
	f.Add(versionEvent + `{"type":"submitted","time":"2026-11-18T21:00:00Z","file":"id-a","volume":"rfranklin/archive","location":"vcf/a"}` + "\n")
	f.Add(versionEvent + `{"type":"waiting","time":"0001-01-01T00:00:01Z","until":"9999-12-31T23:59:59Z","budget":{"remaining":1,"limit":2}}`)
	f.Fuzz(func(t *testing.T, text string) {
		e, err := ReadEvents(strings.NewReader(text))
		if err != nil {
			return
		}
		r := New(Input{Lockfile: lockfile(t, entry("a", 0)), Events: e})
		if err := r.Write(io.Discard); err != nil {
			t.Fatal(err)
		}
		for _, x := range r.runs {
			if n := len(x.Submitted); n == 0 || n > maxBins+1 || x.Until < x.From {
				t.Errorf("a run from %d to %d in %d bins", x.From, x.Until, n)
			}
		}
	})
}
