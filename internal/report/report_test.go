package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/state"
	"sbexport/internal/view"
)

// hostile are names that try to become something else than a name.
var hostile = []string{
	`</script><script>window.pwned=1</script>`,
	`<!--<script>`,
	`<img src=x onerror="window.pwned=2">`,
	`"onmouseover="window.pwned=3`,
	"line\u2028and\u2029separators",
	"turned\u202egpj.exe",
	`{{.Title}}${1+1}` + "`'\\",
	"new\nline\ttab\x00nul",
	"]]>&lt;&amp;",
	"😀/naïve/日本語.vcf",
}

func hostileInput(t testing.TB) Input {
	t.Helper()
	var entries []state.Entry
	for i, name := range hostile {
		e := entry(name, i)
		e.Rule, e.Volume, e.Project = name, "v/"+name, "p/"+name
		entries = append(entries, failing(e, 0, name, i%2 == 0))
	}
	return Input{
		Plan: hostile[0], Lockfile: lockfile(t, entries...), ToolVersion: hostile[2],
		Saved: &change.Document{
			Endpoint: hostile[3], Warnings: hostile,
			Blocked: []change.Blocked{{Reason: change.Reason(hostile[2]), Path: hostile[1], Message: hostile[0]}},
		},
	}
}

func TestHostileNamesStayNames(t *testing.T) {
	page := written(t, hostileInput(t))
	if got := strings.Count(strings.ToLower(page), "<script"); got != 2 {
		t.Errorf("%d script elements begin, want the data and the script", got)
	}
	if got := strings.Count(strings.ToLower(page), "</script"); got != 2 {
		t.Errorf("%d script elements end, want 2", got)
	}
	for _, bad := range []string{"<!--", "<img", "\u2028", "\u2029", "\x00", `" onerror`, `"onmouseover="`} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q in it", bad)
		}
	}
	if body, _, _ := strings.Cut(page, `<script type="application/json"`); strings.Contains(body, "\u202e") {
		t.Error("the text of the page is turned around")
	}
	var got []string
	for _, row := range dataOf(t, page).Rows {
		got = append(got, row[3].(string))
	}
	want := append(slices.Clone(hostile), hostile[1]) // the blocked one
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the paths do not survive (-want +got):\n%s", diff)
	}
}

// Nothing that comes from outside turns the page's text around, whichever part of
// the page it stands in.
func TestTextFromOutsideIsShownSafely(t *testing.T) {
	const turned = "turned\u202egpj.exe"
	e := entry(turned, 0)
	e.Rule, e.Volume = turned, turned
	same := entry("same", 1)
	same.Path = "" // so that its ID is shown
	same.File = turned
	r := New(Input{
		Lockfile: lockfile(t, failing(e, 9107, turned, true), failing(same, 0, turned, true)), Plan: "p",
		Saved: &change.Document{Blocked: []change.Blocked{{Reason: change.Exists, File: turned, Message: turned}}},
	})
	c := r.page()
	failures := c.Problems[0].First
	const shown = `turned\u202egpj.exe`
	got := map[string]string{
		"what the platform said": failures[0].Said() + "; " + failures[1].Said(),
		"a path":                 failures[0].Samples[0],
		"an ID":                  failures[1].Samples[0],
		"what to do":             c.Problems[1].First[0].Fix(),
		"a blocked ID":           c.Problems[1].First[0].Samples[0],
		"a rule":                 c.Rules.Listed[0].Name + c.Rules.Listed[1].Name,
		"a volume":               c.Volumes.Listed[0].Name + c.Volumes.Listed[1].Name,
	}
	for what, text := range got {
		if !strings.Contains(text, shown) || strings.Contains(text, turned) {
			t.Errorf("%s is shown as %q", what, text)
		}
	}
}

func TestPageLoadsNothing(t *testing.T) {
	page := written(t, Input{Plan: "sbexport.yaml", Lockfile: lockfile(t, cohort(50)...)})
	for _, bad := range []string{
		"http:", "https:", "src=", "@import", "url(", "import(", "fetch(", "XMLHttpRequest", "WebSocket", "sendBeacon",
		"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", " style=\"", "onclick=",
	} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q in it", bad)
		}
	}
	for _, link := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if link[1] != "data:," && !strings.HasPrefix(link[1], "#") {
			t.Errorf("a link leads to %q", link[1])
		}
	}
}

// The policy lets the page's own style and script run and nothing else, so its
// hashes must be those of what is written.
func TestPolicyIsOfWhatIsWritten(t *testing.T) {
	page := written(t, Input{Lockfile: lockfile(t)})
	policy := html.UnescapeString(between(t, page, `<meta http-equiv="Content-Security-Policy" content="`, `"`))
	for what, text := range map[string]string{
		"style-src":  between(t, page, "<style>", "</style>"),
		"script-src": between(t, page, "\n<script>", "</script>"),
	} {
		sum := sha256.Sum256([]byte(text))
		want := what + " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "';"
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q does not say %q", policy, want)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none';") {
		t.Errorf("the policy %q allows something by default", policy)
	}
}

func TestTotalsAddUp(t *testing.T) {
	entries := cohort(2000)
	r := New(Input{Lockfile: lockfile(t, entries...)})
	var want, states, rules, volumes, problems Count
	plus := func(sum *Count, c *Count) { sum.Files, sum.Bytes = sum.Files+c.Files, sum.Bytes+c.Bytes }
	for _, e := range entries {
		plus(&want, &Count{1, e.Size})
	}
	for s := range statuses {
		plus(&states, r.totals.of(s))
	}
	for _, s := range r.shares(func(w *row) string { return w.rule }) {
		plus(&rules, &s.Count)
	}
	for _, s := range r.shares(func(w *row) string { return w.volume }) {
		plus(&volumes, &s.Count)
	}
	for _, p := range r.problems {
		plus(&problems, &p.Count)
	}
	if diff := cmp.Diff([]Count{want, want, want, want}, []Count{r.totals.Count, states, rules, volumes}); diff != "" {
		t.Errorf("the totals, states, rules and volumes (-want +got):\n%s", diff)
	}
	if problems != r.totals.Failed || problems.Files == 0 {
		t.Errorf("%+v have causes, want %+v", problems, r.totals.Failed)
	}
}

// The script reads everything that is known of a file from one object.
func TestDataSaysEverythingOfAFile(t *testing.T) {
	late, early := entry("a.vcf", 60), entry("b.vcf", 0)
	late.CopyOnly, late.Overwrite = true, true
	early.Rule, early.Volume, early.Project = "reports", "me/v", "me/p"
	early = failing(early, 9107, "It is there.", true)
	page := written(t, Input{
		Lockfile: lockfile(t, late, early),
		Saved: &change.Document{Identity: change.Identity{Volumes: []change.Destination{
			{Volume: "rfranklin/archive", URL: "s3://lab/cohort", Prefix: "cohort/"},
		}}, Blocked: []change.Blocked{
			{Reason: change.Exists, File: "c", Rule: "reports", Path: "c.vcf", Size: 5, Volume: "me/v", Location: "c", Message: "move it", Tolerated: true},
		}},
	})
	got := between(t, page, `<script type="application/json" id="data">`, "</script>")
	const want = `{"states":["completed","running","pending","planned","blocked","failed"],` +
		`"problems":[{"state":5,"code":"9107","title":"an object is already at that key","fix":"choose another location, or set overwrite: true and raise limits.overwrites; then run again, with --retry-failed if the plan stays as it is"},` +
		`{"state":4,"code":"exists","title":"an object is in its place, and the rule does not overwrite","fix":""}],` +
		`"volumes":["me/v","rfranklin/archive"],"prefixes":[null,"cohort/"],"projects":["me/p","","rfranklin/rna-seq"],"rules":["reports","variant-calls"],"messages":["It is there.","move it",""],` +
		`"rows":[[5,1,1000,"b.vcf","vcf/b.vcf","id-b.vcf","job-b.vcf",1795035600,1795035660,0,0,0,0,0],` +
		`[4,8,5,"c.vcf","c","c","",0,0,1,0,1,0,1],` +
		`[0,6,1000,"a.vcf","vcf/a.vcf","id-a.vcf","job-a.vcf",1795035660,1795035720,-1,1,2,1,2]]}`
	got = regexp.MustCompile(`"runs":.*?\}\],`).ReplaceAllString(got, "") // see TestRunsHoldEveryFile
	if diff := cmp.Diff(want, strings.TrimSpace(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What a reader should not overlook is said, and nothing where there is nothing.
func TestFactsAndNotes(t *testing.T) {
	late, early, untimed := entry("a.vcf", 60), entry("b.vcf", 0), entry("c.vcf", 0)
	untimed.StartedOn, untimed.FinishedOn = time.Time{}, time.Time{}
	l := lockfile(t, late, early, untimed)
	saved := &change.Document{Lockfile: change.Digest{SHA256: l.SHA256()}}
	r := New(Input{Lockfile: l, Saved: saved})
	c := r.page()
	want := []fact{
		{"Files", "3"},
		{"Bytes", "3.0 kB"},
		{"Moved", "3 files, 3.0 kB"},
		{"Rules", "1"},
		{"Volumes", "1"},
		{"First submission", stamp(began.Unix())},
		{"Last change", stamp(began.Unix() + 120)},
	}
	if diff := cmp.Diff(want, c.Facts); diff != "" {
		t.Errorf("the facts (-want +got):\n%s", diff)
	}
	if len(c.Notes) > 0 || !strings.HasPrefix(c.Timeless, "1 file without a time on record") {
		t.Errorf("notes %q, %q", c.Notes, c.Timeless)
	}
	saved.Plan.SHA256 = "before"
	if notes := New(Input{Lockfile: l, Saved: saved, PlanSHA256: "now"}).page().Notes; len(notes) != 1 || !strings.Contains(notes[0], "plan has been changed since") {
		t.Errorf("notes %q", notes)
	}
	saved.Lockfile.SHA256 = "another"
	if notes := New(Input{Lockfile: l, Saved: saved}).page().Notes; len(notes) != 1 || !strings.Contains(notes[0], "lockfile has changed since") {
		t.Errorf("notes %q", notes)
	}
	if got := New(Input{Lockfile: lockfile(t, late)}).page().Timeless; got != "" {
		t.Errorf("where every file has a time: %q", got)
	}
}

func TestPageSaysTheTotals(t *testing.T) {
	bad := failing(entry("b.vcf", 1), 9107, "It is there.", true)
	page := written(t, Input{
		Plan: "cohort.yaml", Endpoint: platform.CAVATICA.Endpoint(), Lockfile: lockfile(t, entry("a.vcf", 0), bad),
	})
	for _, want := range []string{
		"<title>Export report: rfranklin/rna-seq · cavatica · 2026-11-18</title>",
		"<h1>rfranklin/rna-seq</h1>",
		"<dt>Plan</dt><dd>cohort.yaml</dd>",
		"<dt>To</dt><dd>rfranklin/archive (bucket and prefix not on record)</dd>",
		"1 of 2 files are on their volumes: 1.0 kB of 2.0 kB.",
		"<h3>an object is already at that key",
		"<code>9107</code>",
		"What to do:</b> choose another location",
		"with --retry-failed",
		"<q>It is there.</q>",
		"b.vcf",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(page, "rehearsal") {
		t.Error("real exports are called a rehearsal")
	}
}

// Who acted, where and whereto is told by the last comparison that knows it.
func TestLastComparisonTellsWho(t *testing.T) {
	document := func(hour int, user, url string) change.Document {
		return change.Document{
			CreatedOn: began.Add(time.Duration(hour) * time.Hour), Endpoint: platform.BDC.Endpoint(), Plan: change.Digest{File: "p.yaml"},
			Identity: change.Identity{User: user, Selected: 1, Listed: 9, Volumes: []change.Destination{{Volume: "rfranklin/archive", URL: url}}},
		}
	}
	events := func(d change.Document) *Events {
		var b bytes.Buffer
		w := view.NewEvents(&b)
		w.Version("1")
		w.Plan(&d)
		return read(t, b.String())
	}
	early, late, mute := document(1, "early", "s3://early"), document(2, "late", "s3://late"), document(3, "", "")
	for name, c := range map[string]struct {
		saved  change.Document
		events change.Document
		user   string
		to     string
		hour   int
	}{
		"the events":               {early, late, "late", "rfranklin/archive (s3://late)", 2},
		"the saved plan":           {late, early, "late", "rfranklin/archive (s3://late)", 2},
		"what the last has not":    {mute, early, "early", "rfranklin/archive (s3://early)", 3},
		"what nobody has, is said": {mute, mute, notKnown, "rfranklin/archive (bucket and prefix not on record)", 3},
	} {
		t.Run(name, func(t *testing.T) {
			r := New(Input{Plan: "p.yaml", Lockfile: lockfile(t, entry("a", 0)), Saved: &c.saved, Events: events(c.events)})
			want := []fact{
				{"Plan", "p.yaml"},
				{"Platform", "bdc, " + platform.BDC.Endpoint()},
				{"User", c.user},
				{"From", "rfranklin/rna-seq"},
				{"To", c.to},
				{"Selected", "1 of 9 files listed"},
				{"Compared with the platform", stamp(began.Add(time.Duration(c.hour) * time.Hour).Unix())},
			}
			if diff := cmp.Diff(want, r.about()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			const note = "The events have no summary at their end: their apply did not end by itself, or goes on."
			if !slices.Contains(r.notes(), note) {
				t.Errorf("notes %q", r.notes())
			}
		})
	}
}

// Three of fifteen thousand files are to be seen in a bar.
func TestFewFilesAreToBeSeen(t *testing.T) {
	totals := Totals{Count: Count{Files: 15_005}, Completed: Count{Files: 15_000}, Blocked: Count{Files: 2}, Failed: Count{Files: 3}}
	sum := 0.0
	for _, p := range totals.States() {
		width, err := strconv.ParseFloat(p.Width, 64)
		if sum += width; err != nil || width < .5 {
			t.Errorf("%s is %s%% wide", p.Name, p.Width)
		}
	}
	if sum < 99.99 || sum > 100.01 {
		t.Errorf("the bar is %.3f%% wide", sum)
	}
}

func TestNothingToReport(t *testing.T) {
	page := written(t, Input{Plan: "p.yaml", Lockfile: lockfile(t)})
	if !strings.Contains(page, "Nothing is on record and nothing is planned.") {
		t.Error("an empty lockfile is not called one")
	}
	if d := dataOf(t, page); len(d.Rows) != 0 || len(d.Runs) != 0 {
		t.Errorf("it has %d files and %d runs", len(d.Rows), len(d.Runs))
	}
}

// Fifty thousand files make a page that can be mailed.
func TestManyFilesMakeASmallPage(t *testing.T) {
	page := written(t, Input{Lockfile: lockfile(t, cohort(50_000)...)})
	if got := len(page); got > 15e6 {
		t.Errorf("the page has %d bytes, want at most 15 MB", got)
	}
	if n := len(dataOf(t, page).Rows); n != 50_000 {
		t.Errorf("it has %d files", n)
	}
}

var errFull = errors.New("the disk is full")

// fullWriter takes some bytes and no more.
type fullWriter struct{ room int }

func (w *fullWriter) Write(b []byte) (int, error) {
	if w.room -= len(b); w.room < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestErrorsOfTheWriterComeBack(t *testing.T) {
	r := New(Input{Lockfile: lockfile(t, cohort(3000)...)})
	var whole bytes.Buffer
	if err := r.Write(&whole); err != nil {
		t.Fatal(err)
	}
	for _, room := range []int{0, 1000, whole.Len() / 2, whole.Len() - 1} {
		if err := r.Write(&fullWriter{room}); !errors.Is(err, errFull) {
			t.Errorf("with room for %d bytes: %v", room, err)
		}
	}
}
