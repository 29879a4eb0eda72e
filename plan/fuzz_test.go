package plan

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/text/unicode/norm"

	"sbexport/internal/platform"
)

// FuzzLoad loads anything: it never panics, every problem is inside the text,
// and a plan without problems has usable rules.
func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("../testdata/invalid/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no plans to begin with (error: %v)", err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Add([]byte("version: 1\nproject: a/b\nvolume: c/d\nexports:\n- match: '**/*.bam'\n  to: x/{metadata.a|b}/\n  where: {older_than: 3d, metadata: {a: [1, '*']}}\n"))
	f.Add([]byte("version: 1\nexports:\n- match: \"${A:?x\\ny}\"\n  to: \"{a\\nb}{metadata.|\\n}\"\n  name: {\"a\\nb\": }\n  exclude: \"a\\n/\"\n"))
	env := func(name string) (string, bool) { return strings.ToLower(name), len(name)%2 == 0 }
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := Load("f", src, env)
		if err == nil {
			checkPlan(t, p)
			return
		}
		var problems *Problems
		if !errors.As(err, &problems) || len(problems.List) == 0 {
			t.Fatalf("error %v, want problems", err)
		}
		lines := strings.Split(string(problems.Source), "\n")
		for _, one := range problems.List {
			if one.Line < 1 || one.Line > len(lines) || one.Column < 1 || one.Column > utf8.RuneCountInString(lines[one.Line-1])+1 {
				t.Errorf("the problem %+v is outside of the text", one)
			}
			if one.Message == "" || strings.ContainsAny(one.Message+one.Hint, "\n\r") {
				t.Errorf("the problem %+v has no message on one line", one)
			}
		}
		if !slices.IsSortedFunc(problems.List, func(a, b Problem) int {
			if a.Line != b.Line {
				return a.Line - b.Line
			}
			return a.Column - b.Column
		}) {
			t.Errorf("the problems are not in order: %+v", problems.List)
		}
	})
}

// checkPlan uses everything that a plan promises.
func checkPlan(t *testing.T, p *Plan) {
	t.Helper()
	if len(p.Rules) == 0 {
		t.Fatal("a plan without rules was taken")
	}
	names := map[string]bool{}
	for i, r := range p.Rules {
		if r.Index != i || r.Name == "" || names[r.Name] || r.Volume == "" || r.To == nil || (len(r.Files) == 0) == (len(r.Match) == 0) || len(r.Match) > 0 && r.Project == "" {
			t.Errorf("the rule %+v is not whole", r)
		}
		names[r.Name] = true
		r.Paths().Match("a/b.bam")
		r.Paths().Exclude("a/b.bam", nil)
		r.Paths().NearReaches("a/b")
		r.Paths().Reaches("a/b")
		r.Paths().Near("a/b.bam")
		r.Accepts(&platform.File{}, time.Unix(0, 0))
	}
}

// FuzzTemplate works out any template for any file: it never panics, and what
// comes out can be used as a key.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"{name}", "x/{dir}/{stem}{ext}", "{metadata.k|f}/", "{{{id}}}", "{year}-{month}", "}{", "{metadata.k}/../{path}"} {
		f.Add(seed, "a.vcf.gz", "dir/a.vcf.gz", "value")
	}
	f.Fuzz(func(t *testing.T, text, name, path, value string) {
		template, slips := parseTemplate(text, false)
		if len(slips) > 0 {
			return
		}
		file := &platform.File{ID: value, Name: name, Project: value, Task: value, CreatedOn: time.Unix(0, 0), Metadata: map[string][]string{"k": {value}}}
		location, _, blocked := template.Location(Values{File: file, Path: path, Rule: value})
		if why := Unusable(location); (blocked == nil) != (why == "") {
			t.Errorf("%q gives the location %q, which is blocked: %v", text, location, blocked)
		}
	})
}

// FuzzMatch holds the matcher against the library alone, and reaches against
// the folders of the paths that match.
func FuzzMatch(f *testing.F) {
	for _, seed := range [][3]string{
		{"**/*.bam", "x/**", "a/b.bam"},
		{"a/*/c/*.vcf", "**/tmp/**", "a/b/c/d.vcf"},
		{"{a,b/c}/{d,*}", "*", "b/c/d"},
		{"a[!x]b/**", "**", "a/b/c"},
		{`a\/b/**/c?`, "b", "a/b/x/cd"},
		{"{**,x}/y", "", "a/b/y"},
		{"{*,b}*/c", "", "a/b/c"},
		{"a/**", "a/**/b", "a"},
		{"/**", "", "/a"},
		{"a**/b", "", "ax/b"},
		{"[[-a]]", "", "a]"},
		{"\ufffd*", "", "\xffa"},
		{"results*{,_old}/**", "results/{a,b*{,c}}/**", "results/f.vcf"},
		{"e\u0301*/**", "\u00e9/x", "\u00e9/y"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, match, exclude, path string) {
		if len(match) > 200 || len(exclude) > 200 || len(path) > 200 || !utf8.ValidString(match) || !utf8.ValidString(exclude) {
			return
		}
		p, problem, _ := newPattern(match)
		if problem != "" {
			return
		}
		m := &Paths{match: []*pattern{p}}
		if e, problem, _ := newPattern(exclude); problem == "" && exclude != "" {
			m.exclude = []*pattern{e}
		}
		agrees(t, m, path)
		m.Near(PathOf(path))
	})
}

// agrees holds a pattern, perhaps with an exclude, against the library alone, and
// the folders that it reaches against those of a path that it matches.
func agrees(t *testing.T, m *Paths, path string) (matches bool) {
	t.Helper()
	normal, match, exclude := norm.NFC.String(path), m.match[0].text, ""
	want := doublestar.MatchUnvalidated(match, normal)
	if len(m.exclude) > 0 {
		exclude = m.exclude[0].text
		want = want && !doublestar.MatchUnvalidated(exclude, normal)
	}
	if got := m.matches(path); got != want {
		t.Fatalf("%q without %q matches %q: %v, want %v", match, exclude, path, got, want)
	}
	if !want || strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/") || strings.Contains(path, "//") || path == "" {
		return want // perhaps no file's path
	}
	for folder := path; folder != ""; {
		folder = dirOf(folder)
		if !m.walked(folder) {
			t.Fatalf("%q without %q matches %q and does not reach %q", match, exclude, path, folder)
		}
	}
	return true
}
