package report

import (
	"bytes"
	"errors"
	"fmt"
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
	origin := change.Document{
		CreatedOn: at(0), Endpoint: "https://api.sbgenomics.com/v2", Plan: change.Digest{File: "dir/sbexport.yaml", SHA256: "feed"},
		Identity: change.Identity{User: "rfranklin", Volumes: []change.Destination{{Volume: "v", URL: "s3://lab/cohort", Prefix: "cohort/"}}},
		Blocked:  []change.Blocked{{Reason: change.Public, File: "p", Message: "exclude it"}},
	}
	w.Plan(&origin)
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
		applies:   []applied{{line: 1, of: origin, told: []change.Target{target}, planned: true, ended: true, at: sec + 20, requests: 31}},
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
		"only empty lines": {"\n\n", "read the events: it is empty"},
		"first empty":      {"\n" + versionEvent, ""},
		"first not first":  {"\n" + `{"type":"submitted"}` + "\n", `read the events: line 2: it is not the event "version", which comes first`},
		"unknown types":    {versionEvent + `{"type":"sneezed","time":"2026-11-18T21:00:00Z"}` + "\n", ""},
		"two applies":      {versionEvent + versionEvent, ""},
		"a very long plan": {versionEvent + `{"type":"plan","blocked_files":[{"message":"` + strings.Repeat("x", 3<<20) + "\"}]}\n", ""},
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

// A file without line ends is refused when a few megabytes of it were read.
func TestOverlongLinesAreRefusedEarly(t *testing.T) {
	for _, begin := range []string{"", versionEvent, versionEvent + `{"type":"waiting","message":"`} {
		endless := &endless{begin: begin}
		_, err := ReadEvents(endless)
		want := fmt.Sprintf("read the events: line %d: it is longer than any event", 1+strings.Count(begin, "\n"))
		if err == nil || err.Error() != want {
			t.Errorf("after %q: %v, want %q", begin, err, want)
		}
		if endless.read > 4*maxEvent {
			t.Errorf("after %q: %d bytes were read", begin, endless.read)
		}
	}
}

// endless is a text that goes on with one letter and never ends.
type endless struct {
	begin string
	read  int
}

func (e *endless) Read(to []byte) (int, error) {
	n := copy(to, e.begin)
	e.begin = e.begin[n:]
	for i := n; i < len(to); i++ {
		to[i] = 'x'
	}
	e.read += len(to)
	return len(to), nil
}

// Which events are of the plan that a report is of, told by their names, their
// digests and what they did.
func TestEventsOfAnotherPlanAreRefused(t *testing.T) {
	const (
		done  = `{"type":"completed","file":"id-a","volume":"rfranklin/archive","location":"vcf/a"}` + "\n"
		other = `{"type":"completed","file":"id-z","volume":"rfranklin/archive","location":"vcf/z"}` + "\n"

		elsewhere = "of the 1 file that it exported or tried to, the lockfile has none"
		edited    = "before it was changed"
		fine      = ""
	)
	planned := func(file, sha, endpoint string) string {
		return versionEvent + fmt.Sprintf(`{"type":"plan","endpoint":%q,"plan":{"file":%q,"sha256":%q}}`+"\n", endpoint, file, sha)
	}
	const here, there = "https://api.sbgenomics.com/v2", change.RehearsalEndpoint
	ours, changed, theirs := planned("sub/p.yaml", "1", here), planned("p.yaml", "2", here), planned("q.yaml", "1", here)
	for name, c := range map[string]struct{ text, want string }{
		"this plan, nothing done":         {ours, fine},
		"this plan":                       {ours + done, fine},
		"this plan, the lockfile lost":    {ours + other, fine},
		"this plan before a change":       {changed + done + other, fine},
		"another of the same name":        {changed + other, elsewhere},
		"another, nothing done":           {changed, edited},
		"blocked before a change":         {strings.Replace(changed, `"}}`, `"},"blocked_files":[{"file":"id-a","volume":"rfranklin/archive","location":"vcf/a"}]}`, 1), fine},
		"another name":                    {theirs + done, "one of the plan q.yaml, and the report is of p.yaml"},
		"another name among ours":         {ours + done + theirs, "line 4: the apply is one of the plan q.yaml"},
		"nothing done before the change":  {changed + ours, fine},
		"a rehearsal":                     {planned("p.yaml", "1", there) + done, "a rehearsal"},
		"before events told of the plan":  {versionEvent + done, fine},
		"another from before they did":    {versionEvent + other, elsewhere},
		"from before, with nothing to do": {versionEvent, fine},
		"another platform":                {planned("p.yaml", "1", "https://example.org/v2"), "https://example.org/v2, and the saved plan is for"},
	} {
		t.Run(name, func(t *testing.T) {
			in := Input{Plan: "p.yaml", PlanSHA256: "1", Lockfile: lockfile(t, entry("a", 0)), Saved: &change.Document{}}
			if strings.Contains(c.want, "saved plan") {
				in.Saved.Endpoint = here
			}
			err := read(t, c.text).Belong(&in)
			if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
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
