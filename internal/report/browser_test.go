//go:build browser

package report

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/state"
	"sbexport/internal/view"
)

// contrastScript returns the texts of a page that are too faint.
//
//go:embed testdata/contrast.js
var contrastScript string

// everything is an input that uses all of the page.
func everything(t testing.TB) Input {
	t.Helper()
	return Input{
		Plan: "sbexport.yaml", ToolVersion: "1.0.0", Lockfile: lockfile(t, cohort(3000)...), Events: read(t, cohortEvents()),
		Saved: &change.Document{
			Endpoint: "https://api.sbgenomics.com/v2", Warnings: []string{"rule \"x\" matches nothing"},
			Actions: []change.Action{{Kind: change.Export, Rule: "new", File: "n1", Path: "new/a.bam", Size: 5e9, Volume: "rfranklin/archive", Location: "new/a.bam"}},
			Blocked: []change.Blocked{
				{Reason: change.Public, Rule: "new", File: "p1", Path: "ref/GRCh38.fa", Size: 3e9, Volume: "rfranklin/archive", Message: "public files cannot be exported; exclude the file", Tolerated: true},
				{Reason: change.Collision, Rule: "new", File: "p2", Path: "a/x.txt", Size: 10, Volume: "rfranklin/archive", Location: "x.txt", Message: "a/x.txt and b/x.txt would go to the same place"},
			},
		},
	}
}

// cohortEvents are events of the run that made the cohort.
func cohortEvents() string {
	var b strings.Builder
	b.WriteString(versionEvent)
	for i := range 30 {
		at := began.Unix() + int64(i*12)
		fmt.Fprintf(&b, `{"type":"waiting","time":%q,"until":%q,"message":"for the request budget","budget":{"remaining":%d,"limit":1000}}`+"\n",
			rfc(at), rfc(at+4), 1000-33*i)
	}
	return b.String() + `{"type":"summary","requests":412,"seconds":360}` + "\n"
}

func rfc(seconds int64) string {
	return strings.Replace(strings.TrimSuffix(stamp(seconds), " UTC"), " ", "T", 1) + fmt.Sprintf(":%02dZ", seconds%60)
}

// search types into the search field.
func (p *tab) search(text string) {
	p.t.Helper()
	eval[bool](p, `(document.getElementById("search").focus(), document.getElementById("search").select(), true)`)
	p.write(text)
}

// says waits until the line about the number of files begins with a text.
func (p *tab) says(text string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`document.getElementById("count").textContent.startsWith(%q)`, text))
}

// names are the names of the files in the table's first rows.
func (p *tab) names(n int) []string {
	p.t.Helper()
	all := eval[[]string](p, `[...document.querySelectorAll("#body tr[data-at]")].map((tr) => tr.cells[1].textContent)`)
	return all[:min(n, len(all))]
}

// There are more rows than a browser can scroll through at their full height.
func TestInBrowserManyFiles(t *testing.T) {
	entries := cohort(170_000)
	p := openTab(t, Input{Plan: "sbexport.yaml", Lockfile: lockfile(t, entries...)}, 1280)
	p.says("170,000 files")
	few := func(when string) {
		t.Helper()
		if rows := eval[int](p, `document.querySelectorAll("#body tr").length`); rows == 0 || rows > 80 {
			t.Errorf("%s: %d rows are in the document, want a few", when, rows)
		}
		if all := eval[int](p, `document.querySelectorAll("*").length`); all > 6000 {
			t.Errorf("%s: %d elements are in the document", when, all)
		}
		if rows := eval[string](p, `document.getElementById("table").getAttribute("aria-rowcount")`); when == "at first" && rows != "170001" {
			t.Errorf("%s: it is said to have %s rows, want 170001", when, rows)
		}
	}
	few("at first")

	const word = "e9-0042_12"
	var want []string
	for i := range entries {
		if strings.Contains(strings.ToLower(entries[i].Path), word) {
			want = append(want, entries[i].Path)
		}
	}
	p.search("E9-0042_12 .vcf")
	want = slices.DeleteFunc(want, func(path string) bool { return !strings.Contains(path, ".vcf") })
	if len(want) < 2 {
		t.Fatal("there is too little to search for")
	}
	p.says(fmt.Sprintf("%d of 170,000 files", len(want)))
	got := p.names(len(want))
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	few("after a search")

	p.search("nothing is called this")
	p.says("No file matches")
	eval[bool](p, `(document.getElementById("clear").click(), true)`)
	p.says("170,000 files")

	slices.SortFunc(entries, func(a, b state.Entry) int { return int(b.Size - a.Size) })
	eval[bool](p, `(document.querySelector("[data-sort=size]").focus(), true)`)
	p.press("Enter")
	p.until(`document.querySelector("#table th[aria-sort=descending]")`)
	if got := p.names(1); got[0] != entries[0].Path {
		t.Errorf("the biggest is %q, want %q", got[0], entries[0].Path)
	}
	p.press("Enter")
	p.until(`document.querySelector("#table th[aria-sort=ascending]")`)
	if got, want := p.names(1)[0], entries[len(entries)-1].Path; got != want {
		t.Errorf("the smallest is %q, want %q", got, want)
	}
	if sorts := eval[int](p, `document.querySelectorAll("#table th[aria-sort=ascending], #table th[aria-sort=descending]").length`); sorts != 1 {
		t.Errorf("%d columns are said to be sorted", sorts)
	}
	few("after sorting")

	eval[bool](p, `(document.getElementById("scroller").scrollTop = 1e9, true)`)
	p.until(`document.querySelector('#body tr[data-at="169999"]')`)
	few("at the end")
	eval[bool](p, `(document.getElementById("scroller").scrollTop = document.getElementById("scroller").scrollHeight / 2, true)`)
	p.until(`(() => {
		const box = document.getElementById("scroller").getBoundingClientRect();
		const rows = [...document.querySelectorAll("#body tr")];
		const at = Number(rows[0].dataset.at);
		return at > 84000 && at < 86000 && rows[0].getBoundingClientRect().top < box.top + 40 &&
			rows.at(-1).getBoundingClientRect().bottom > box.bottom - 1;
	})()`)
	p.quiet()
}

func TestInBrowserKeyboard(t *testing.T) {
	p := openTab(t, everything(t), 1280)
	p.says("3,003 files")
	eval[bool](p, `(document.getElementById("table").focus(), true)`)
	active := func() string {
		t.Helper()
		return eval[string](p, `(() => {
			const id = document.getElementById("table").getAttribute("aria-activedescendant");
			return document.getElementById(id).getAttribute("aria-rowindex");
		})()`)
	}
	for _, step := range []struct {
		keys []string
		want string // the row, of which the heading is the first
	}{
		{nil, "2"},
		{[]string{"ArrowDown", "ArrowDown", "ArrowUp"}, "3"},
		{[]string{"End"}, "3004"},
		{[]string{"ArrowDown"}, "3004"},
		{[]string{"Home"}, "2"},
		{[]string{"ArrowUp"}, "2"},
	} {
		p.press(step.keys...)
		if got := active(); got != step.want {
			t.Errorf("after %v it is on row %s, want %s", step.keys, got, step.want)
		}
	}
	p.press("PageDown", "PageDown", "PageUp")
	if seen := eval[bool](p, `(() => {
		const row = document.querySelector("#body tr.active").getBoundingClientRect();
		const box = document.getElementById("scroller").getBoundingClientRect();
		return row.top >= box.top && row.bottom <= box.bottom + 1;
	})()`); !seen {
		t.Error("the row that the keyboard is on is out of sight")
	}
	want := eval[string](p, `document.querySelector("#body tr.active").cells[1].querySelector(".base").textContent`)
	p.press("Enter")
	p.until(`document.getElementById("details").open`)
	if got := eval[string](p, `document.getElementById("d-title").textContent`); got != want {
		t.Errorf("the details are of %q, want %q", got, want)
	}
	p.photograph("details")
	p.press("Escape")
	p.until(`!document.getElementById("details").open && document.activeElement.id === "table"`)
	p.quiet()
}

func TestInBrowserPicture(t *testing.T) {
	p := openTab(t, everything(t), 1280)
	p.says("3,003 files")
	share := eval[float64](p, `(() => {
		// The outermost areas, against the bytes that their labels tell.
		const rects = [...document.querySelectorAll("#map .cell")].filter((c) => c.querySelector("rect").getAttribute("y") === "0" || c.getAttribute("aria-label").startsWith("rfranklin"));
		const area = rects.reduce((sum, c) => sum + c.querySelector("rect").width.baseVal.value * c.querySelector("rect").height.baseVal.value, 0);
		const box = document.querySelector("#map svg").viewBox.baseVal;
		return area / (box.width * box.height);
	})()`)
	if share < .99 || share > 1.01 {
		t.Errorf("the volumes take %.3f of the picture, want all of it", share)
	}
	if stops := eval[int](p, `document.querySelectorAll("#map [tabindex='0']").length`); stops != 1 {
		t.Errorf("the picture has %d places where Tab stops, want 1", stops)
	}
	if titles := eval[bool](p, `[...document.querySelectorAll("#map .cell")].every((c) => c.querySelector("title").textContent === c.getAttribute("aria-label"))`); !titles {
		t.Error("an area has no title")
	}
	eval[bool](p, `(document.querySelector("#map [tabindex='0']").focus(), true)`)
	label := func() string {
		t.Helper()
		return eval[string](p, `document.activeElement.getAttribute("aria-label")`)
	}
	first := label()
	if said := eval[string](p, `document.getElementById("map-says").textContent`); said != first {
		t.Errorf("it says %q of %q", said, first)
	}
	p.press("ArrowDown")
	if second := label(); second == first {
		t.Errorf("the arrow key stays on %q", first)
	}
	p.press("Home", "Enter")
	p.until(`document.querySelector("#crumbs b").textContent !== "All volumes"`)
	inside := eval[string](p, `document.getElementById("count").textContent`)
	if !strings.Contains(inside, " of 3,003 files") {
		t.Errorf("inside an area the table shows %q", inside)
	}
	if focused := eval[bool](p, `document.activeElement.closest("#map") !== null`); !focused {
		t.Error("the keyboard has left the picture")
	}
	p.press("Backspace")
	p.until(`document.querySelector("#crumbs b").textContent === "All volumes"`)
	p.says("3,003 files")
	for _, by := range []string{"rule", "project"} {
		eval[bool](p, fmt.Sprintf(`(document.querySelector("input[value=%s]").click(), true)`, by))
		p.until(fmt.Sprintf(`document.querySelector("#crumbs b").textContent === "All %ss"`, by))
	}
	eval[bool](p, `(document.querySelector("input[value=files]").click(), true)`)
	p.until(`document.querySelector("#map svg").getAttribute("aria-label").includes("number of files")`)
	p.quiet()
}

// On a phone too an area says what it is, by what tells it from those beside it, and
// how many of its files are not completed.
func TestInBrowserLabels(t *testing.T) {
	var entries []state.Entry
	for i := range 9000 {
		e := entry(fmt.Sprintf("batch-%03d/sample-%06d.bam", i%30, i), i/100)
		if i == 60 {
			e = failing(e, 9107, "It is there.", true)
		}
		entries = append(entries, e)
	}
	p := openTab(t, Input{Plan: "sbexport.yaml", Lockfile: lockfile(t, entries...)}, 1600)
	p.says("9,000 files")
	const areas = `[...document.querySelectorAll("#map .cell:not(.head)")].map((c) => [c.getAttribute("aria-label"), c.querySelector(".name")?.textContent ?? ""])`
	labels := func(when string, atLeast float64) {
		t.Helper()
		seen := map[string]bool{}
		all := eval[[][2]string](p, areas)
		for _, a := range all {
			bare := strings.Trim(a[1], "…")
			if bare == "" {
				continue
			}
			if seen[bare] || !strings.Contains(a[0], bare) {
				t.Errorf("%s: the area of %q is labelled %q, as another one or by nothing in its name", when, a[0], a[1])
			}
			seen[bare] = true
		}
		if len(all) < 5 || float64(len(seen)) < atLeast*float64(len(all)) {
			t.Errorf("%s: %d of %d areas are labelled", when, len(seen), len(all))
		}
	}
	labels("wide", 1)
	p.size(400, 800)
	p.until(`document.querySelector("#map svg").viewBox.baseVal.width < 400`)
	labels("on a phone", 1)
	about := eval[string](p, `document.querySelector("[aria-label^='batch-000']").getAttribute("aria-label")`)
	if about != "batch-000/: 300 files, 300 kB (1 failed)" {
		t.Errorf("an area says %q", about)
	}
	eval[bool](p, `document.querySelector("[aria-label^='batch-000']").dispatchEvent(new MouseEvent("click", {bubbles: true}))`)
	p.says("300 of 9,000 files")
	labels("inside, on a phone", 1)
	p.size(1600, 800)
	p.until(`document.querySelector("#map svg").viewBox.baseVal.width > 400`)
	labels("inside, wide", .9)
	p.quiet()
}

func TestInBrowserTimeline(t *testing.T) {
	p := openTab(t, everything(t), 1280)
	eval[bool](p, `(document.querySelector("#chart svg").focus(), true)`)
	value := `Number(document.querySelector("#chart svg").getAttribute("aria-valuenow"))`
	p.press("End")
	last := eval[int](p, value)
	p.press("ArrowLeft", "ArrowLeft")
	if got := eval[int](p, value); got != last-2 {
		t.Errorf("it is at %d, want %d", got, last-2)
	}
	p.press("Home")
	said := eval[string](p, `document.getElementById("chart-says").textContent`)
	if got := eval[string](p, `document.querySelector("#chart svg").getAttribute("aria-valuetext")`); got != said || !strings.Contains(said, "submitted") || !strings.Contains(said, "requests left") {
		t.Errorf("it says %q and %q", said, got)
	}
	p.press("End")
	r := New(everything(t))
	end := eval[string](p, `document.getElementById("chart-says").textContent`)
	for _, want := range []string{
		fmt.Sprintf("3,000 submitted, %s completed", view.Count(sum(r.runs[0].Completed))),
		fmt.Sprintf("%d failed", sum(r.runs[0].Failed)),
		"43 requests left",
	} {
		if !strings.Contains(end, want) {
			t.Errorf("at the end it says %q, want %q in it", end, want)
		}
	}
	for _, line := range []string{"submitted", "completed", "failed", "budget"} {
		if n := eval[int](p, fmt.Sprintf(`document.querySelectorAll("#chart .line-%s").length`, line)); n != 1 {
			t.Errorf("%d lines of what is %s", n, line)
		}
	}
	if rows := eval[int](p, `document.querySelectorAll("#chart-table tbody tr").length`); rows < 5 {
		t.Errorf("the table of the same has %d rows", rows)
	}
	if waits := eval[int](p, `document.querySelectorAll("#chart .wait").length`); waits != 30 {
		t.Errorf("%d waits are drawn, want 30", waits)
	}
	p.quiet()
}

func TestInBrowserLinks(t *testing.T) {
	in := everything(t)
	r := New(in)
	p := openTab(t, in, 1280)
	for selector, want := range map[string]int{
		`a[data-state="failed"]`:  r.totals.Failed.Files,
		`a[data-state="running"]`: r.totals.Running.Files,
		`a[data-problem="0"]`:     r.problems[0].Files,
		`a[data-problem="2"]`:     r.problems[2].Files, // a blocked one
	} {
		eval[bool](p, fmt.Sprintf(`(document.querySelector(%q).click(), true)`, selector))
		p.says(view.Count(want) + " of 3,003 files")
		if disabled := eval[bool](p, `document.getElementById("clear").disabled`); disabled {
			t.Errorf("%s: there is no way back", selector)
		}
	}
	eval[bool](p, `(document.getElementById("clear").click(), true)`)
	p.says("3,003 files")
	p.quiet()
}

// Colours must differ between light and dark, and be strong enough in both.
func TestInBrowserColours(t *testing.T) {
	p := openTab(t, everything(t), 1280)
	seen := map[string]string{}
	for _, scheme := range []string{"light", "dark"} {
		p.media("screen", "prefers-color-scheme", scheme)
		eval[bool](p, `(document.querySelectorAll("details").forEach((d) => (d.open = true)), true)`)
		p.until(`document.querySelectorAll("#body tr").length > 5`)
		seen[scheme] = eval[string](p, `getComputedStyle(document.body).backgroundColor + " " + getComputedStyle(document.body).color + " " + getComputedStyle(document.querySelector("#map .fill")).fill`)
		for _, faint := range eval[[]string](p, contrastScript) {
			t.Errorf("%s: %s", scheme, faint)
		}
		p.photograph("wide-" + scheme)
	}
	light, dark := strings.Split(seen["light"], ") "), strings.Split(seen["dark"], ") ")
	for i := range light {
		if light[i] == dark[i] {
			t.Errorf("light and dark share %s", light[i])
		}
	}
	for wish, want := range map[string]string{"no-preference": "smooth", "reduce": "auto"} {
		p.media("screen", "prefers-reduced-motion", wish)
		if got := eval[string](p, `getComputedStyle(document.documentElement).scrollBehavior`); got != want {
			t.Errorf("with %s it scrolls %s", wish, got)
		}
	}
	p.quiet()
}

func TestInBrowserPaper(t *testing.T) {
	p := openTab(t, everything(t), 1000)
	p.media("print", "prefers-color-scheme", "dark")
	p.until(`document.querySelectorAll("#body tr").length === 100`)
	if note := eval[string](p, `document.getElementById("print-note").innerText`); note != "On paper: the first 100 of 3,003 files. The page itself has them all." {
		t.Errorf("the note on paper is %q", note)
	}
	if ground := eval[string](p, `getComputedStyle(document.body).backgroundColor`); ground != "rgb(255, 255, 255)" {
		t.Errorf("paper is %s", ground)
	}
	for _, selector := range []string{"#map svg", "#chart svg", ".problems", ".shares"} {
		if shown := eval[bool](p, fmt.Sprintf(`document.querySelector(%q).getBoundingClientRect().height > 50`, selector)); !shown {
			t.Errorf("%s is not on paper", selector)
		}
	}
	for _, selector := range []string{"#filters", ".skip", ".controls", ".go"} {
		if hidden := eval[bool](p, fmt.Sprintf(`getComputedStyle(document.querySelector(%q)).display === "none"`, selector)); !hidden {
			t.Errorf("%s is on paper", selector)
		}
	}
	for _, faint := range eval[[]string](p, contrastScript) {
		t.Errorf("on paper: %s", faint)
	}
	p.photograph("paper")
	p.media("screen")
	p.until(`document.querySelectorAll("#body tr").length < 80`)

	var pdf struct{ Data []byte }
	p.ask("Page.printToPDF", map[string]any{"printBackground": true, "paperWidth": 8.27, "paperHeight": 11.69}, &pdf)
	if !bytes.HasPrefix(pdf.Data, []byte("%PDF")) {
		t.Fatal("no PDF")
	}
	if pages := strings.Count(string(pdf.Data), "/Type /Page\n"); pages < 2 || pages > 12 {
		t.Errorf("it takes %d sheets of paper", pages)
	}
	p.until(`document.querySelectorAll("#body tr").length < 80`)
	p.quiet()
}

func TestInBrowserWidths(t *testing.T) {
	p := openTab(t, everything(t), 1280)
	for _, width := range []int{320, 420, 768, 1024, 1920} {
		p.size(width, 800)
		p.until(fmt.Sprintf(`innerWidth === %d && Math.abs(document.querySelector("#map svg").viewBox.baseVal.width - Math.max(document.getElementById("map").clientWidth, 280)) < 2`, width))
		if wide := eval[int](p, `document.documentElement.scrollWidth`); wide > width {
			t.Errorf("at %d pixels the page is %d wide", width, wide)
		}
		if over := eval[[]string](p, `[...document.querySelectorAll("#chart text, #map text")].filter((x) => {
			const box = x.ownerSVGElement.getBoundingClientRect();
			const at = x.getBoundingClientRect();
			return at.left < box.left - 1 || at.right > box.right + 1;
		}).map((x) => x.textContent)`); len(over) > 0 {
			t.Errorf("at %d pixels these labels are cut off: %q", width, over)
		}
		p.photograph(fmt.Sprint("width-", width))
	}
	p.quiet()
}

func TestInBrowserHostileNames(t *testing.T) {
	in := hostileInput(t)
	p := openTab(t, in, 1280)
	p.says("11 files")
	if pwned := eval[bool](p, `"pwned" in window`); pwned {
		t.Fatal("a name was run")
	}
	if n := eval[int](p, `document.querySelectorAll("img, main script, [onerror], [onmouseover]").length`); n != 0 {
		t.Errorf("names have become %d elements", n)
	}
	text := eval[string](p, `document.getElementById("body").textContent`)
	for _, want := range []string{hostile[0], hostile[1], hostile[2], hostile[3], `turned\u202egpj.exe`, `new\nline\ttab\x00nul`, hostile[8], "😀/naïve/日本語.vcf"} {
		if !strings.Contains(text, want) {
			t.Errorf("the table does not say %q", want)
		}
	}
	for at := range 11 {
		eval[bool](p, fmt.Sprintf(`(document.querySelector('#body tr[data-at="%d"]').click(), true)`, at))
		p.until(`document.getElementById("details").open`)
		eval[bool](p, `(document.getElementById("details").close(), true)`)
	}
	p.search("<img")
	p.says("2 of 11 files")
	if pwned := eval[bool](p, `"pwned" in window`); pwned {
		t.Fatal("a name was run")
	}
	p.quiet()
}

// The page escapes what cannot be seen exactly as everything else does.
func TestInBrowserSafe(t *testing.T) {
	text, err := os.ReadFile("../view/testdata/safe.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases [][2]string
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	cases = slices.DeleteFunc(cases, func(c [2]string) bool { return c[0] == "" })
	entries := make([]state.Entry, len(cases))
	for i, c := range cases {
		entries[i] = state.Entry{
			File: fmt.Sprintf("f%03d", i), Path: c[0], Volume: "rfranklin/archive",
			Location: fmt.Sprintf("%03d", i), State: platform.Completed,
		}
	}
	p := openTab(t, Input{Plan: "sbexport.yaml", Lockfile: lockfile(t, entries...)}, 1280)
	p.says(fmt.Sprintf("%d files", len(cases)))
	got := eval[[]string](p, `(document.getElementById("scroller").style.height = "4000px",
		document.getElementById("scroller").style.maxHeight = "none",
		document.getElementById("scroller").scrollTop,
		[...document.querySelectorAll("#body tr[data-at]")].map((tr) => tr.cells[1].textContent))`)
	if len(got) == 0 {
		t.Fatal("the table is empty")
	}
	for i, name := range got {
		if name != cases[i][1] {
			t.Errorf("%q is shown as %q, want %q", cases[i][0], name, cases[i][1])
		}
	}
	if len(got) < len(cases) {
		t.Errorf("only %d of %d names are shown", len(got), len(cases))
	}
	p.quiet()
}

func TestInBrowserLittle(t *testing.T) {
	p := openTab(t, Input{Plan: "sbexport.yaml", Lockfile: lockfile(t)}, 800)
	p.says("No file matches")
	if text := eval[string](p, `document.getElementById("body").textContent`); text != "There are no files yet." {
		t.Errorf("the empty table says %q", text)
	}
	p.quiet()
	e := entry("a", 0)
	e.FinishedOn = e.StartedOn
	p = openTab(t, Input{Plan: "sbexport.yaml", Lockfile: lockfile(t, e)}, 500)
	p.until(`document.getElementById("run-sum").textContent.includes("1 file, 1.0 kB")`)
	if path := eval[string](p, `document.querySelector("#chart .line-completed").getAttribute("d")`); strings.Contains(path, "NaN") {
		t.Errorf("the curve is %q", path)
	}
	p.quiet()
}

// This looks at the page as a screen reader does: what can be worked with
// must have a name.
func TestInBrowserAssistive(t *testing.T) {
	p := openTab(t, everything(t), 1280)
	p.says("3,003 files")
	var tree struct {
		Nodes []struct {
			Ignored    bool
			Role, Name struct{ Value any }
		}
	}
	p.ask("Accessibility.enable", nil, nil)
	p.ask("Accessibility.getFullAXTree", nil, &tree)
	found := map[string]int{}
	for _, n := range tree.Nodes {
		role := fmt.Sprint(n.Role.Value)
		if n.Ignored {
			continue
		}
		found[role]++
		switch role {
		case "button", "link", "searchbox", "combobox", "radio", "slider", "grid", "columnheader", "image", "heading", "navigation":
			if n.Name.Value == nil || strings.TrimSpace(fmt.Sprint(n.Name.Value)) == "" {
				t.Errorf("a %s has no name", role)
			}
		}
	}
	for _, role := range []string{"searchbox", "slider", "grid", "main", "banner", "status", "radio", "heading"} {
		if found[role] == 0 {
			t.Errorf("there is no %s", role)
		}
	}
	if n := eval[int](p, `document.querySelectorAll("#table th[role=columnheader][aria-sort] > button").length`); n != 7 {
		t.Errorf("%d columns can be sorted by, want 7", n)
	}
	if live := eval[string](p, `document.getElementById("count").getAttribute("aria-live")`); live != "polite" {
		t.Errorf("the number of files is announced %q", live)
	}
	p.quiet()
}
