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
			listed: 3,
		},
		{
			name: "in a folder that no rule reaches", plan: `[{match: "*.bam", to: "{name}"}]`,
			files:  []string{"z.txt", "a/b/x.bam", "a/y.txt"},
			want:   []string{`rule "exports[0]" matches no file of project me/p; did you mean "**/*.bam"?`},
			listed: 3,
		},
		{
			name: "in a folder in another case, among many", plan: `[{match: "Results/*.bam", to: "{name}"}]`,
			files:  append(many("a%03d/x.txt", 500), "results/x.bam"),
			want:   []string{`rule "exports[0]" matches no file of project me/p; did you mean "results/*.bam"?`},
			listed: 2,
		},
		{
			name: "a bounded search", plan: `[{match: "*.bam", to: "{name}"}]`, files: many("a%03d/x.txt", 500),
			want:   []string{`rule "exports[0]" matches no file of project me/p`},
			listed: 9,
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
	} {
		t.Run(c.name, func(t *testing.T) {
			src := newTree()
			for _, f := range c.files {
				src.add(f)
			}
			res := resolved(t, src, load(t, c.plan))
			expect(t, "warnings", res.Warnings, c.want)
			if n := len(src.made("list ")); c.listed > 0 && n != c.listed {
				t.Errorf("%d folders were listed, not %d", n, c.listed)
			}
		})
	}
}

func TestTheSearchForAHintMayFail(t *testing.T) {
	src := newTree()
	src.add("a/x.bam")
	src.refuse["dir:a"] = errNoRight
	res := resolved(t, src, load(t, `[{match: "*.bam", to: "{name}"}]`))
	expect(t, "warnings", res.Warnings, []string{`rule "exports[0]" matches no file of project me/p`})
}

func TestTheSearchForAHintStopsInAFullFolder(t *testing.T) {
	src := newTree()
	for _, f := range many("a/%03d.txt", 1000) {
		src.add(f)
	}
	src.add("b/x.bam")
	res := resolved(t, src, load(t, `[{match: "*.bam", to: "{name}"}]`))
	expect(t, "warnings", res.Warnings, []string{`rule "exports[0]" matches no file of project me/p`})
	expect(t, "pages", src.pages, 1+5)
}

func TestRulesLeftOutDoNotWarn(t *testing.T) {
	src := newTree()
	src.add("a/x.bam")
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
