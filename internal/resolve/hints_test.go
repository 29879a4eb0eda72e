package resolve_test

import (
	"fmt"
	"testing"
)

func TestRulesThatMatchNothing(t *testing.T) {
	for _, c := range []struct {
		name, plan string
		files      []string
		want       []string
		listed     int // folders; 0 when it does not matter
	}{
		{
			name: "no hint", plan: `[{match: "*.bam", to: "{name}"}]`, files: []string{"a.txt"},
			want: []string{`rule "exports[0]" matches no file of project me/p`},
		},
		{
			name: "another case", plan: `[{match: "*.BAM", to: "{name}"}]`, files: []string{"a.txt", "b.bam"},
			want: []string{`rule "exports[0]" matches no file of project me/p; did you mean "*.bam"?`},
		},
		{
			name:   "in a folder that another rule reaches",
			plan:   `[{match: "**/*.txt", to: "{name}"}, {match: "x.bam", to: "{name}"}]`,
			files:  []string{"a/b/x.bam", "a/b/y.txt"},
			want:   []string{`rule "exports[1]" matches no file of project me/p; did you mean "**/x.bam"?`},
			listed: 3 + 3,
		},
		{
			name: "in a folder that no rule reaches", plan: `[{match: "*.bam", to: "{name}"}]`,
			files:  []string{"z.txt", "a/b/x.bam", "a/y.txt"},
			want:   []string{`rule "exports[0]" matches no file of project me/p; did you mean "**/*.bam"?`},
			listed: 1 + 3,
		},
		{
			name: "in a folder in another case, among many", plan: `[{match: "Results/*.bam", to: "{name}"}]`,
			files:  append(many("a%03d/x.txt", 500), "results/x.bam"),
			want:   []string{`rule "exports[0]" matches no file of project me/p; did you mean "results/*.bam"?`},
			listed: 1 + 2,
		},
		{
			name: "a bounded search", plan: `[{match: "*.bam", to: "{name}"}]`, files: many("a%03d/x.txt", 500),
			want:   []string{`rule "exports[0]" matches no file of project me/p`},
			listed: 1 + 8,
		},
		{
			name: "no search when all is well", plan: `[{match: "*.txt", to: "{name}"}]`, files: []string{"z.txt", "a/b.txt"},
			listed: 1,
		},
		{
			name: "only what is not shadowed", plan: `[{match: "**", to: "{path}"}, {match: "*.txt", to: "{name}"}]`, files: []string{"z.txt"},
		},
		{
			name: "conditions", plan: `[{match: "*.txt", where: {tags: [final]}, to: "{name}"}]`, files: []string{"z.txt"},
			want: []string{`rule "exports[0]": its patterns match 1 file, but "where" accepts none of them`},
		},
		{
			name: "the folder's name alone", plan: `[{match: "Results", to: "{name}"}]`, files: []string{"results/x.bam"},
			want: []string{`rule "exports[0]" matches no file of project me/p; did you mean "results/**"?`},
		},
		{
			name: "more than is excluded", plan: `[{match: "*.txt", exclude: "*", to: "{name}"}]`, files: []string{"z.txt"},
			want: []string{`rule "exports[0]": its patterns match 1 file, and its excludes leave out all of them`},
		},
		{
			name: "outside of an excluded folder", plan: `[{match: "tmp/*.txt", exclude: "**/tmp/**", to: "{name}"}]`, files: []string{"tmp/z.txt"},
			want: []string{`rule "exports[0]" matches no file of project me/p beside what it excludes`},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := newTree(c.files...)
			res := resolved(t, src, load(t, c.plan))
			expect(t, "warnings", res.Warnings, c.want)
			if n := len(src.made("list ")); c.listed > 0 && n != c.listed {
				t.Errorf("%d folders were listed, not %d", n, c.listed)
			}
		})
	}
}

func TestExcludesThatLeaveOutNothing(t *testing.T) {
	for _, c := range []struct {
		name, plan string
		want       []string
	}{
		{name: "used", plan: `[{match: "**", exclude: ["tmp/**", "**/*.log", "x/[a-c].bam"], to: "{path}"}]`},
		{name: "used for files that the conditions refuse", plan: `[{match: "**", exclude: "tmp/**", where: {larger_than: 1 TB}, to: "{path}"}, {match: "**", to: "{path}"}]`, want: []string{
			`rule "exports[0]": its patterns match 4 files, but "where" accepts none of them`,
		}},
		{name: "used twice", plan: `[{match: "**/*.log", exclude: ["**/r.log", "x/**", "tmp/**"], to: "{path}"}]`, want: []string{
			`rule "exports[0]" matches no file of project me/p beside what it excludes`,
		}},
		{name: "another case", plan: `[{name: r, match: "**", exclude: ["Tmp/**", "**/*.LOG"], to: "{path}"}]`, want: []string{
			`rule "r": exclude "Tmp/**" leaves out no file; did you mean "tmp/**"?`,
			`rule "r": exclude "**/*.LOG" leaves out no file; did you mean "**/*.log"?`,
		}},
		{name: "another depth", plan: `[{name: r, match: "**", exclude: ["b.bam", "*.log"], to: "{path}"}]`, want: []string{
			`rule "r": exclude "b.bam" leaves out no file; did you mean "**/b.bam"?`,
			`rule "r": exclude "*.log" leaves out no file; did you mean "**/*.log"?`,
		}},
		{name: "a folder's name alone", plan: `[{name: r, match: "**", exclude: "tmp", to: "{path}"}]`, want: []string{
			`rule "r": exclude "tmp" leaves out no file; did you mean "tmp/**"?`,
		}},
		{name: "nothing near", plan: `[{name: r, match: "x/*", exclude: ["tmp/**", "**/r.log"], to: "{path}"}]`, want: []string{
			`rule "r": exclude "tmp/**" leaves out no file`,
		}},
		{name: "for each of the rules", plan: `[{name: r, match: "x/*", exclude: "q", to: "{path}"}, {name: s, match: "x/*", exclude: "q", to: "{path}"}]`, want: []string{
			`rule "r": exclude "q" leaves out no file`, `rule "s": exclude "q" leaves out no file`,
		}},
		{name: "but not for a rule that matches nothing", plan: `[{name: r, match: "x/*.vcf", exclude: "tmp/**", to: "{path}"}]`, want: []string{
			`rule "r" matches no file of project me/p`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := newTree("tmp/a.bam", "x/a.bam", "x/b.bam", "x/r.log", "y/e.bam")
			expect(t, "warnings", resolved(t, src, load(t, c.plan)).Warnings, c.want)
		})
	}
}

// Leaving out a secondary file is a use of an exclude.
func TestExcludesOfSecondaryFiles(t *testing.T) {
	src := newTree("1.bam=1.bai", "1.bai")
	res := resolved(t, src, load(t, `[{name: r, match: "*.bam", exclude: ["*.bai", "*.csi"], to: "{name}", secondary_files: true}]`))
	expect(t, "warnings", res.Warnings, []string{
		`rule "r": exclude "*.csi" leaves out no file`,
		`rule "r": not taken along: 1 secondary file that the rule excludes (1.bai is a secondary file of 1.bam)`,
	})
}

func TestTheSearchForAHintMayFail(t *testing.T) {
	src := newTree("a/x.bam")
	src.refuse["dir:a"] = errNoRight
	res := resolved(t, src, load(t, `[{match: "*.bam", to: "{name}"}]`))
	expect(t, "warnings", res.Warnings, []string{`rule "exports[0]" matches no file of project me/p`})
}

func TestTheSearchForAHintStopsInAFullFolder(t *testing.T) {
	src := newTree(append(many("a/%04d.txt", 3000), "b/x.bam")...)
	res := resolved(t, src, load(t, `[{match: "*.bam", to: "{name}"}]`))
	expect(t, "warnings", res.Warnings, []string{`rule "exports[0]" matches no file of project me/p`})
	expect(t, "pages", src.pages, 1+1+20)
}

func TestRulesLeftOutDoNotWarn(t *testing.T) {
	src := newTree("a/x.bam")
	p := load(t, `[{match: "*.bam", to: "{name}"}, {match: "a/*", to: "{name}"}]`)
	res := resolved(t, src, p, 1)
	expect(t, "warnings", res.Warnings, nil)
}

func many(format string, n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf(format, i))
	}
	return names
}
