package resolve_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"sbexport/internal/platform"
	"sbexport/internal/resolve"
	"sbexport/plan"
)

var (
	anyName    = rapid.SampledFrom([]string{"1.bam", "1.bai", "2.bam", "2.txt", "A.BAM"})
	anyFolder  = rapid.SampledFrom([]string{"", "a/", "a/b/", "b/", "c/d/e/"})
	anyPattern = rapid.SampledFrom([]string{"*", "**", "*.bam", "**/*.bam", "a/*", "a/**/*.txt", "{a,b}/*", "c/*/e/2.*", "x/*"})
	anyWhere   = rapid.SampledFrom([]string{
		"", "", ", where: {tags: [final]}", ", where: {tags: [draft, final]}", ", where: {task: T1}", ", where: {metadata: {sample_id: [S1, S2]}}",
		`, where: {metadata: {sample_id: S1}, tags: final, task: [T1, T2]}`, `, where: {metadata: {sample_id: "*"}}`,
	})
	anyTo = rapid.SampledFrom([]string{"{path}", "{name}", "{id}/{name}", "{metadata.sample_id}/{name}", "k/{name}"})
)

// anyTree draws a project. Secondary files are drawn only when they are asked for.
func anyTree(t *rapid.T, secondary bool) *tree {
	src := newTree()
	paths := map[string]bool{}
	for range rapid.IntRange(0, 25).Draw(t, "files") {
		paths[anyFolder.Draw(t, "folder")+anyName.Draw(t, "name")] = true
	}
	all := slices.Sorted(maps.Keys(paths))
	for _, p := range all {
		f := src.add(p)
		f.Tags = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"final", "draft"}), 0, 2, rapid.ID).Draw(t, "tags")
		f.Task = rapid.SampledFrom([]string{"", "T1", "T2"}).Draw(t, "task")
		if samples := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"S1", "S2"}), 0, 2, rapid.ID).Draw(t, "samples"); len(samples) > 0 {
			f.Metadata = map[string][]string{"sample_id": samples}
		}
		if secondary && rapid.Bool().Draw(t, "companions") {
			with(rapid.SliceOfN(rapid.SampledFrom(append(all, "gone")), 1, 3).Draw(t, "secondary")...)(f)
		}
	}
	return src
}

// anyPlan draws the exports of a plan.
func anyPlan(t *rapid.T, src *tree, secondary bool) string {
	ids := slices.Sorted(maps.Keys(src.nodes))
	var b strings.Builder
	b.WriteString("\n")
	for range rapid.IntRange(1, 5).Draw(t, "rules") {
		if rapid.IntRange(0, 3).Draw(t, "named") == 0 {
			names := rapid.SliceOfNDistinct(rapid.SampledFrom(append(ids, "gone", "never")), 1, 3, rapid.ID).Draw(t, "ids")
			fmt.Fprintf(&b, "- {file: [%q]", strings.Join(names, `", "`))
		} else {
			fmt.Fprintf(&b, "- {match: [%q]", strings.Join(rapid.SliceOfNDistinct(anyPattern, 1, 2, rapid.ID).Draw(t, "match"), `", "`))
			b.WriteString(rapid.SampledFrom([]string{"", "", `, exclude: "b/*"`, `, exclude: "**/2.*"`}).Draw(t, "exclude"))
			b.WriteString(anyWhere.Draw(t, "where"))
		}
		fmt.Fprintf(&b, ", to: %q, copy_only: %v", anyTo.Draw(t, "to"), rapid.Bool().Draw(t, "copy"))
		if secondary && rapid.Bool().Draw(t, "companions") {
			b.WriteString(", secondary_files: true")
		}
		b.WriteString("}\n")
	}
	return strings.ReplaceAll(b.String(), `\"`, `"`)
}

// full renders everything of a result.
func full(res *resolve.Result) []string {
	ls := []string{fmt.Sprint(res.Listed, res.Rules, res.Warnings)}
	for _, w := range res.Wanted {
		name := w.Rule.Name
		w.Rule = nil
		ls = append(ls, fmt.Sprintf("%s %+v", name, w))
	}
	return ls
}

// The order of listings, their pages and the number of requests in flight change
// nothing.
func TestTheAnswerDoesNotDependOnListings(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		src := anyTree(rt, true)
		p := load(t, anyPlan(rt, src, true))
		want := full(resolved(t, src, p))
		for range 3 {
			src.shuffle = rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
			src.pageSize = rapid.IntRange(1, 4).Draw(rt, "page size")
			o := resolve.Options{Now: now, Parallel: rapid.IntRange(1, 5).Draw(rt, "parallel")}
			res := resolvedWith(t, src, p, o)
			if got := full(res); !slices.Equal(got, want) {
				rt.Fatalf("got\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	})
}

// Every file is told of when that is asked for, and the same ones are selected.
func TestEveryFileIsTold(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		src := anyTree(rt, true)
		p := load(t, anyPlan(rt, src, true))
		src.pageSize = rapid.IntRange(1, 4).Draw(rt, "page size")
		want := resolved(t, src, p)
		var told, there []string
		got := resolvedWith(t, src, p, resolve.Options{Now: now, Every: func(project *platform.Project, folder string, page []platform.File) {
			for _, f := range page {
				if !f.Folder {
					told = append(told, project.ID+":"+path.Join(folder, f.Name)+" "+f.ID)
				}
			}
		}})
		for id, f := range src.nodes {
			if p, is := strings.CutPrefix(id, "id:"); is {
				there = append(there, f.Project+":"+strings.ReplaceAll(p, "|", "/")+" "+id)
			}
		}
		slices.Sort(told)
		slices.Sort(there)
		if !slices.Equal(told, there) {
			rt.Errorf("told of\n%s\nnot\n%s", strings.Join(told, "\n"), strings.Join(there, "\n"))
		}
		want.Listed, got.Listed, want.Warnings, got.Warnings = 0, 0, nil, nil
		if a, b := full(want), full(got); !slices.Equal(a, b) {
			rt.Errorf("got\n%s\nnot\n%s", strings.Join(b, "\n"), strings.Join(a, "\n"))
		}
	})
}

// Leaving rules out leaves the other rules' files as they are.
func TestRulesLeftOutChangeNothingElse(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		src := anyTree(rt, true)
		p := load(t, anyPlan(rt, src, true))
		o := resolve.Options{Now: now}
		kept := map[string]bool{}
		for _, rule := range p.Rules {
			if kept[rule.Name] = rapid.Bool().Draw(rt, "keep"); kept[rule.Name] {
				o.Rules = append(o.Rules, rule)
			}
		}
		if len(o.Rules) == 0 {
			return
		}
		want, got := ofRules(resolved(t, src, p), kept), ofRules(resolvedWith(t, src, p, o), kept)
		if !slices.Equal(got, want) {
			rt.Fatalf("got\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

// ofRules are the files and counts of some rules.
func ofRules(res *resolve.Result, kept map[string]bool) (list []string) {
	for _, w := range res.Wanted {
		if kept[w.Rule.Name] {
			list = append(list, fmt.Sprintf("%s %s %s %s %s", w.Rule.Name, w.File, w.Path, w.Location, w.Blocked))
		}
	}
	for _, c := range res.Rules {
		if kept[c.Rule] {
			list = append(list, fmt.Sprint(c))
		}
	}
	return list
}

// Without secondary files, the answer is what trying every rule on every file
// gives.
func TestTheAnswerAgreesWithTryingEverything(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		src := anyTree(rt, false)
		p := load(t, anyPlan(rt, src, false))
		got := map[string]string{}
		for _, w := range resolved(t, src, p).Wanted {
			if w.Blocked == "" {
				got[w.Rule.Name+" "+w.File] = w.Location
			}
		}
		if want := naive(src, p); !maps.Equal(got, want) {
			rt.Fatalf("got\n%v\nnot\n%v", got, want)
		}
	})
}

var (
	// Names in both forms of Unicode, and with all that means something in patterns.
	oddName = rapid.SampledFrom([]string{
		"results", "results_old", "results_1", "r", "a", "b", "ab", "a.b", "é", "e\u0301", "e", "[a]", "{a,b}", "*", "a*", `\`, "tmp", "Å", "A\u030a",
	})
	// Segments of patterns that match some of these names.
	oddSegment = rapid.SampledFrom([]string{
		"**", "**", "*", "results*{,_old}", "res*{,ults}{,_1}", "{a,b}*{,.b}", "a***", "{,a}b", "e\u0301*", "[é]", "?", "[!a]*", `\**`, "*{,x}", "{results,{a,b}}",
	})
	// Pieces of patterns, whole and broken.
	piece = rapid.SampledFrom([]string{
		"results", "r", "a", "b", ".", "/", "/", "/", "*", "**", "**/", "/**", "?", "{,_old}", "{a,b}", "{a/b,c}", "{*,b}", "{**/,a}", "{,/a}",
		"[a-e]", "[!a]", "[^/]", "[*]", `\*`, `\/`, `\[`, `\`, "{", "}", "é", "e\u0301", "[é]", "tmp", "Å", "*{,x}", "***", "_",
	})
)

// oddPatterns draws patterns that a plan may have.
func oddPatterns(t *rapid.T, label string, least int) []string {
	valid := func(text string) bool {
		src := fmt.Sprintf("{version: 1, volume: a/b, project: a/b, exports: [{to: x/, match: %q}]}", text)
		_, err := plan.Load("p", []byte(src), nil)
		return err == nil
	}
	one := rapid.Custom(func(t *rapid.T) string {
		if rapid.Bool().Draw(t, "whole") {
			return strings.Join(rapid.SliceOfN(oddSegment, 1, 4).Draw(t, "segments"), "/")
		}
		return strings.Join(rapid.SliceOfN(piece, 1, 6).Draw(t, "pieces"), "")
	})
	var list []string
	for _, text := range rapid.SliceOfN(one, least, 3).Draw(t, label) {
		if valid(text) {
			list = append(list, text)
		}
	}
	return list
}

// What the walk finds is what the patterns say of whole paths.
func TestTheWalkFindsAllThatMatches(t *testing.T) {
	found := 0
	rapid.Check(t, func(rt *rapid.T) {
		match, exclude := oddPatterns(rt, "match", 1), oddPatterns(rt, "exclude", 0)
		if len(match) == 0 {
			return
		}
		rule := fmt.Sprintf("[{name: r, to: \"{id}\", match: %s, exclude: %s}]", quotedList(match), quotedList(exclude))
		if len(exclude) == 0 {
			rule = strings.Replace(rule, ", exclude: []", "", 1)
		}
		p := load(t, rule)
		src, want := newTree(), []string(nil)
		for _, parts := range rapid.SliceOfN(rapid.SliceOfN(oddName, 1, 4), 1, 12).Draw(rt, "paths") {
			path := strings.Join(parts, "/")
			if f := src.add(path); matchesAlone(match, path) && !matchesAlone(exclude, path) {
				want = append(want, f.ID)
			}
		}
		var got []string
		for _, w := range resolved(t, src, p).Wanted {
			got = append(got, w.File)
		}
		slices.Sort(want)
		slices.Sort(got)
		if want = slices.Compact(want); !slices.Equal(got, want) {
			rt.Fatalf("%s finds %q, not %q", rule, got, want)
		}
		found += len(got)
	})
	if found == 0 {
		t.Error("nothing was ever found")
	}
}

// matchesAlone asks the library alone.
func matchesAlone(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		return doublestar.MatchUnvalidated(norm.NFC.String(p), norm.NFC.String(path))
	})
}

// quotedList is a list as YAML has it.
func quotedList(texts []string) string {
	list := make([]string, len(texts))
	for i, text := range texts {
		list[i] = fmt.Sprintf("%q", text)
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// naive tries every rule on every file.
func naive(src *tree, p *plan.Plan) map[string]string {
	want := map[string]string{}
	for fileID, f := range src.nodes {
		if f.Folder {
			continue
		}
		var copies [][2]string // rule and location
		mover, moved := "", ""
		for _, rule := range p.Rules {
			if rule.CopyOnly || mover == "" {
				location, ok := tried(rule, f, strings.ReplaceAll(strings.TrimPrefix(fileID, "id:"), "|", "/"))
				switch {
				case !ok:
				case rule.CopyOnly:
					copies = append(copies, [2]string{rule.Name, location})
				default:
					mover, moved = rule.Name, location
				}
			}
		}
		if moved != "" {
			want[mover+" "+fileID] = moved
		}
		taken := map[string]bool{moved: true, "": true}
		for _, c := range copies {
			if !taken[c[1]] {
				want[c[0]+" "+fileID] = c[1]
			}
			taken[c[1]] = true
		}
	}
	return want
}

// tried tries one rule on one file; the location is empty when there is none.
func tried(rule *plan.Rule, f *platform.File, path string) (location string, ok bool) {
	named := slices.Contains(rule.Files, f.ID)
	at := plan.PathOf(path)
	if !named && (!rule.Paths().Match(at) || rule.Paths().Exclude(at, nil) || !rule.Accepts(f, now)) {
		return "", false
	}
	location, _, _ = rule.To.Location(plan.Values{File: f, Path: path, Rule: rule.Name})
	return location, true
}
