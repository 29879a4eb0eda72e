package plan

import (
	"strings"
	"testing"
)

// compile makes paths of patterns; excludes begin with "!".
func compile(t testing.TB, patterns ...string) *Paths {
	t.Helper()
	m := &Paths{}
	for _, text := range patterns {
		exclude, isExclude := strings.CutPrefix(text, "!")
		if isExclude {
			text = exclude
		}
		p, problem, _ := newPattern(text)
		if problem != "" {
			t.Fatalf("the pattern %q %s", text, problem)
		}
		if isExclude {
			m.exclude = append(m.exclude, p)
		} else {
			m.match = append(m.match, p)
		}
	}
	return m
}

// matches reports whether a file with a path is selected.
func (p *Paths) matches(path string) bool {
	return p.Match(PathOf(path)) && !p.Exclude(PathOf(path), nil)
}

// walked reports whether the files in a folder are looked at.
func (p *Paths) walked(folder string) bool {
	return p.Reaches(PathOf(folder)) && !p.ExcludeFolder(PathOf(folder), nil)
}

func TestMatches(t *testing.T) {
	tests := []struct {
		patterns string // separated by spaces
		yes, no  string
	}{
		{"a.bam", "a.bam", "A.bam b/a.bam a.bam2 xa.bam"},
		{"*.bam", "a.bam .bam", "a.cram x/a.bam a.BAM"},
		{"**/*.bam", "a.bam x/a.bam x/y/a.bam", "a.bam/b x/a.cram"},
		{"results/**", "results/a results/x/y/z", "result/a xresults/a"},
		{"results/**/*.vcf.gz", "results/a.vcf.gz results/x/y/a.vcf.gz", "a.vcf.gz results/a.vcf results.vcf.gz"},
		{"a/*/c/*.vcf", "a/b/c/d.vcf", "a/c/d.vcf a/b/b/c/d.vcf a/b/c/d/e.vcf"},
		{"s?.bam", "s1.bam", "s.bam s12.bam s/.bam"},
		{"**/s[0-9].bam", "s1.bam x/s2.bam", "sx.bam"},
		{"*.{bam,cram}", "a.bam a.cram", "a.vcf"},
		{"{x,y/z}/*.bam", "x/a.bam y/z/a.bam", "y/a.bam z/a.bam"},
		{`a\*b/\{x\}`, "a*b/{x}", "aab/{x} a*b/x"},
		{"données/*", "données/ü donne\u0301es/x", "donnees/u"},
		{"donne\u0301es/[\u00e9]", "donn\u00e9es/e\u0301 donne\u0301es/\u00e9", "donnees/e"},
		{"** !donn\u00e9es/**", "donnees/x", "donn\u00e9es/x donne\u0301es/x"},
		{"results*{,_old}/**", "results/f.vcf results_1_old/f", "result/f"},
		{"a b !c", "a b", "c"},
		{"** !**/tmp/**", "a x/y xtmp/a", "tmp/a x/tmp/y/z"},
		{"*.bam !b*", "a.bam", "b.bam"},
		{"", "", "a"},
	}
	for _, test := range tests {
		m := compile(t, strings.Fields(test.patterns)...)
		for _, path := range strings.Fields(test.yes) {
			if !m.matches(path) {
				t.Errorf("%q does not match %q", test.patterns, path)
			}
		}
		for _, path := range strings.Fields(test.no) {
			if m.matches(path) {
				t.Errorf("%q matches %q", test.patterns, path)
			}
		}
	}
}

func TestReaches(t *testing.T) {
	const root = "."
	tests := []struct {
		patterns string
		yes, no  string
	}{
		{"*.bam", root, "a a/b x.bam"},
		{"a.bam", root, "a.bam a"},
		{"a/*/c/*.vcf", ". a a/x a/x/c", "b ab a/x/d a/x/c/e x/a"},
		{"a/b/**", ". a a/b a/b/c a/b/c/d", "b a/c ab a/bc"},
		{"**/*.bam", ". a a/b/c", ""},
		{"**", ". a a/b/c", ""},
		{"a/**/z/*.bam", ". a a/b a/b/z/y", "b"},
		{"**/x/y", ". x a x/x", ""},
		{"{a,b}/*.bam", ". a b", "c a/b"},
		{"s[12]/*/f", ". s1 s2/x", "s3 s1/x/y"},
		{"x/{a/b,c}/*.bam", ". x x/a x/a/b x/c", "y"},
		{"x/{a,b}/y/*", ". x x/a x/a/y", "x/c x/a/z x/a/y/b"},
		{"s[!x]t/*.bam", ". s1t s/t sxt", "anything"}, // a negated class also stands for a slash
		{`a\/b/c`, ". a a/b", "x"},
		{"** !**/tmp/**", ". a a/tmpx", "tmp tmp/x a/tmp a/tmp/b"},
		{"** !tmp/**", ". a a/tmp", "tmp tmp/x"},
		{"** !**/*.bam", ". a x.bam", ""},
		{"** !**", root, "a"},
		{"a/* b/*", ". a b", "c"},
		{"", "", ". a"},
		{"results*{,_old}/**", ". results results/x results1_old", "result"},
		{"a{*,x}*/b/c", ". a a/b ax", "b"},
		{"a***/b", ". a ab", "b"},
		{"donn\u00e9es/*", ". donne\u0301es donn\u00e9es", "donnees"},
		{"** !donn\u00e9es/**", ". donnees", "donne\u0301es donn\u00e9es/x"},
		{"\ufffd/x", ". \xff", ""}, // which also stands for bytes that are no text
	}
	for _, test := range tests {
		m := compile(t, strings.Fields(test.patterns)...)
		for _, folder := range strings.Fields(test.yes) {
			if !m.walked(strings.TrimPrefix(folder, root)) {
				t.Errorf("%q does not reach %q", test.patterns, folder)
			}
		}
		for _, folder := range strings.Fields(test.no) {
			if m.walked(strings.TrimPrefix(folder, root)) {
				t.Errorf("%q reaches %q", test.patterns, folder)
			}
		}
	}
}

func TestNear(t *testing.T) {
	tests := []struct{ pattern, path, better string }{
		{"*.bam", "x/a.bam", "**/*.bam"},
		{"results/*.bam", "2024/results/a.bam", "**/results/*.bam"},
		{"*.BAM", "a.bam", "*.bam"},
		{"Results/*.bam", "results/a.bam", "results/*.bam"},
		{"results/*.vcf", "Results/a.VCF", "Results/*.VCF"},
		{"*.BAM", "x/y/a.bam", "**/*.bam"},
		{"*/mid/*.bam", "x/Mid/[1].bam", "*/Mid/*.bam"},
		{"tmp", "tmp/a", "tmp/**"},
		{"tmp", "x/tmp/a", "**/tmp/**"},
		{"Tmp", "x/tmp/a", "**/tmp/**"},
		{"*.bam", "a.cram", ""},
		{"\u1e9e?", "\u00df", ""}, // in lower case it is shorter
		{"results/*.bam", "results/x/a.bam", ""},
	}
	for _, test := range tests {
		m := compile(t, "no/such/pattern", test.pattern)
		better, ok := m.Near(PathOf(test.path))
		if better != test.better || ok != (test.better != "") {
			t.Errorf("Near(%q) of %q = %q, %v; want %q", test.path, test.pattern, better, ok, test.better)
		}
		if ok && !compile(t, better).matches(test.path) {
			t.Errorf("%q is offered for %q and does not match it", better, test.path)
		}
	}
}

func TestAlternatives(t *testing.T) {
	tests := map[string]int{
		"a": 1, "{a}": 1, "{a,b}": 2, "{a,b}{c,d,e}": 6, "{a,{b,c}d}": 3, "{a,{b,c}{d,e}}": 5, `\{a,b`: 1, "[{,]": 1, "a,b": 1,
		"{[}],b}": 2, strings.Repeat("{a,b}", 100): maxAlternatives + 1, strings.Repeat("{", 50) + "a,b" + strings.Repeat("}", 50): 2,
	}
	for text, want := range tests {
		if got := alternatives(text); got != want {
			t.Errorf("alternatives(%q) = %d, want %d", text, got, want)
		}
	}
}

// TestPatternCost runs a pattern as bad as plans may have on a long path.
func TestPatternCost(t *testing.T) {
	m := compile(t, "**/"+strings.Repeat("*{a,b}", 7)+"*x", "**/*a*a*a*a*a*a*a*b/**/*a*a*a*a*a*c")
	if path := strings.Repeat("a", 1000) + "/" + strings.Repeat("a", 1000); m.matches(path) || m.walked(path) == false {
		t.Error("the pattern does not work")
	}
}

// TestAgainstTheLibrary runs every pattern of up to four of these tokens over
// paths of up to four folders: the same ones match as by the library alone, and
// every folder above a match is reached.
func TestAgainstTheLibrary(t *testing.T) {
	tokens := []string{"a", "b", "/", "*", "**", "?", "{a,b}", "{,b}", "{a/b,c}", "{*,b}", "{**/,a}", "[!a]", "[a-b]", `\/`}
	paths := []string{
		"a", "b", "c", "ab", "a/a", "a/b", "b/a", "ab/b", "c/b", "a/b/a", "a/a/b", "b/ab/a", "a/b/a/b", "b/b/c/a", "aab/b", "a/ab/ba/b",
	}
	matched := 0
	var extend func(text string, more int)
	extend = func(text string, more int) {
		if p, problem, _ := newPattern(text); problem == "" && text != "" {
			for _, path := range paths {
				if agrees(t, &Paths{match: []*pattern{p}}, path) {
					matched++
				}
			}
		}
		if more == 0 {
			return
		}
		for _, token := range tokens {
			extend(text+token, more-1)
		}
	}
	extend("", 4)
	if matched < 10_000 {
		t.Errorf("only %d matches were looked at", matched)
	}
}
