package resolve_test

import (
	"fmt"
	"strings"
	"testing"

	"sbexport/internal/platform"
	"sbexport/plan"
)

func TestSecondaryFilesGoWithTheirPrimaries(t *testing.T) {
	for _, c := range []struct {
		name, plan string
		files      string // "PATH@SAMPLE#TAG=SECONDARY,…", separated by spaces
		more       func(*tree)
		only       []int
		want       []string
		shadowed   map[string]int // by rule
		bulk       []string       // IDs read at once
		warnings   []string
	}{
		{
			name:  "to the folder of the primary's location, whatever the conditions",
			plan:  `[{name: r, match: "*/*.bam", where: {tags: [final]}, to: "{metadata.sample_id}/x.bam", secondary_files: true}]`,
			files: "a/1.bam@S1#final=a/1.bam.bai,a/0.csi a/1.bam.bai a/0.csi a/2.bam=a/2.bam.bai a/2.bam.bai",
			want:  []string{"r: a/0.csi -> S1/0.csi", "r: a/1.bam -> S1/x.bam", "r: a/1.bam.bai -> S1/1.bam.bai"},
		},
		{
			name:  "at the top of the volume",
			plan:  `[{name: r, match: "*.bam", to: "{name}", secondary_files: true}]`,
			files: "1.bai 1.bam=1.bai",
			want:  []string{"r: 1.bai -> 1.bai", "r: 1.bam -> 1.bam"},
		},
		{
			name:  "rather than where the same rule takes them directly",
			plan:  `[{name: r, match: "*", to: "{id}/{name}", secondary_files: true}]`,
			files: "a.bam=z.bai z.bai q.bam=b.bai b.bai",
			want: []string{
				"r: a.bam -> id:a.bam/a.bam", "r: b.bai -> id:q.bam/b.bai",
				"r: q.bam -> id:q.bam/q.bam", "r: z.bai -> id:a.bam/z.bai",
			},
		},
		{
			name:     "unless an earlier rule takes them",
			plan:     `[{name: index, match: "*.bai", to: "index/{name}"}, {name: r, match: "*.ba[mi]", to: "r/{name}", secondary_files: true}]`,
			files:    "1.bam=1.bai 1.bai",
			want:     []string{"index: 1.bai -> index/1.bai", "r: 1.bam -> r/1.bam"},
			shadowed: map[string]int{"r": 1},
		},
		{
			name:     "before a later rule takes them",
			plan:     `[{name: r, match: "*.bam", to: "r/{name}", secondary_files: true}, {name: index, match: "*.bai", to: "index/{name}"}]`,
			files:    "1.bai 1.bam=1.bai 2.bai",
			want:     []string{"r: 1.bai -> r/1.bai", "r: 1.bam -> r/1.bam", "index: 2.bai -> index/2.bai"},
			shadowed: map[string]int{"index": 1},
		},
		{
			name:     "which holds when the earlier rule is left out",
			plan:     `[{name: r, match: "a/*.bam", to: "r/{name}", secondary_files: true}, {name: index, match: "b/*.bai", to: "index/{name}"}]`,
			files:    "a/1.bam=b/1.bai b/1.bai b/2.bai",
			only:     []int{1},
			want:     []string{"index: b/2.bai -> index/2.bai"},
			shadowed: map[string]int{"index": 1},
		},
		{
			name:     "but not with a rule that does not get the primary",
			plan:     `[{name: first, match: "*.bam", to: "first/{name}"}, {name: r, match: "*.bam", to: "r/{name}", secondary_files: true}, {name: rest, match: "*", to: "rest/{name}"}]`,
			files:    "1.bam=1.bai 1.bai",
			want:     []string{"first: 1.bam -> first/1.bam", "rest: 1.bai -> rest/1.bai"},
			shadowed: map[string]int{"r": 1, "rest": 1},
		},
		{
			name:  "copied and moved each for itself",
			plan:  `[{name: c, match: "*.bam", to: "c/{name}", secondary_files: true, copy_only: true}, {name: m, match: "*.bam", to: "m/{name}", secondary_files: true}]`,
			files: "1.bam=1.bai 1.bai",
			want:  []string{"c: 1.bai -> c/1.bai", "c: 1.bam -> c/1.bam", "m: 1.bai -> m/1.bai", "m: 1.bam -> m/1.bam"},
		},
		{
			name:     "but their own are not followed",
			plan:     `[{name: r, match: "*.bam", to: "r/{name}", secondary_files: true}, {name: rest, match: "**", to: "rest/{path}"}]`,
			files:    "1.bam=x/1.bai x/1.bai=x/1.tbi x/1.tbi",
			want:     []string{"r: 1.bam -> r/1.bam", "r: x/1.bai -> r/1.bai", "rest: x/1.tbi -> rest/x/1.tbi"},
			shadowed: map[string]int{"rest": 2},
		},
		{
			name:  "and in a chain of files the ends decide",
			plan:  `[{name: r, match: "*", to: "{id}/{name}", secondary_files: true}]`,
			files: "c=b b=a a",
			want:  []string{"r: a -> id:a/a", "r: b -> id:c/b", "r: c -> id:c/c"},
		},
		{
			name:  "and of files that name each other the first is the primary",
			plan:  `[{name: r, match: "*", to: "{id}/{name}", secondary_files: true}]`,
			files: "b=a,b a=b,a",
			want:  []string{"r: a -> id:a/a", "r: b -> id:a/b"},
		},
		{
			name:  "and so in a circle of them",
			plan:  `[{name: r, match: "*", to: "{id}/{name}", secondary_files: true}]`,
			files: "a=b b=c c=a",
			want:  []string{"r: a -> id:a/a", "r: b -> id:a/b", "r: c -> id:c/c"},
		},
		{
			name:     "but not with a primary that an earlier rule takes along",
			plan:     `[{name: 1st, match: "1.bam", to: "1/{name}", secondary_files: true}, {name: 2nd, match: "2.bam", to: "2/{name}", secondary_files: true}, {name: 3rd, match: "*", to: "3/{name}"}]`,
			files:    "1.bam=2.bam 2.bam=2.bai 2.bai",
			want:     []string{"1st: 1.bam -> 1/1.bam", "1st: 2.bam -> 1/2.bam", "3rd: 2.bai -> 3/2.bai"},
			shadowed: map[string]int{"2nd": 1, "3rd": 2},
		},
		{
			name:     "unless they have no ID",
			plan:     `[{name: r, match: "*.bam", to: "{name}", secondary_files: true}]`,
			more:     func(s *tree) { s.add("1.bam").Secondary = []platform.File{{Name: "1.bai"}} },
			want:     []string{"r: 1.bam -> 1.bam"},
			warnings: []string{`rule "r": secondary_files is set, and the platform names no secondary file of what the rule selects; select index files by a pattern of their own if they should come along`},
		},
		{
			name:  "from another folder, read once for all",
			plan:  `[{name: r, match: "a/*.bam", to: "r/{name}", secondary_files: true}]`,
			files: "a/1.bam=i/j/1.bai a/2.bam=i/j/2.bai,gone.bai,i/secret.bai i/j/1.bai i/j/2.bai i/secret.bai",
			more:  func(s *tree) { s.refuse["id:i|secret.bai"] = errNoRight },
			want: []string{
				"r: a/1.bam -> r/1.bam", "r: a/2.bam -> r/2.bam", "r: gone.bai x not_found",
				"r: i/j/1.bai -> r/1.bai", "r: i/j/2.bai -> r/2.bai", "r: secret.bai x forbidden",
			},
			bulk: []string{"id:gone.bai id:i|j|1.bai id:i|j|2.bai id:i|secret.bai"},
		},
		{
			name:     "or stays with a primary that has no place",
			plan:     `[{name: r, match: "*.bam", to: "{metadata.sample_id}/{name}", secondary_files: true}, {name: rest, match: "*", to: "rest/{name}"}]`,
			files:    "1.bam=1.bai 1.bai",
			want:     []string{"r: 1.bai x missing_value", "r: 1.bam x missing_value"},
			shadowed: map[string]int{"rest": 2},
		},
		{
			name:  "and one of two primaries goes with the first",
			plan:  `[{name: r, match: "*.bam", to: "{metadata.sample_id}/{name}", secondary_files: true}]`,
			files: "2.bam@S2=all.bai 1.bam@S1=all.bai,same.bai 3.bam@S1=same.bai all.bai same.bai",
			want: []string{
				"r: 1.bam -> S1/1.bam", "r: 2.bam -> S2/2.bam", "r: 3.bam -> S1/3.bam",
				"r: all.bai -> S1/all.bai", "r: same.bai -> S1/same.bai",
			},
			warnings: []string{`rule "r": 1 secondary file is asked for in different folders by different primary files; ` +
				`the first primary by path decides (all.bai is a secondary file of 1.bam and 2.bam)`},
		},
		{
			name:     "of files that are named by ID",
			plan:     `[{name: r, file: "id:a|1.bam", to: "r/{name}", secondary_files: true}, {name: rest, match: "b/*", to: "rest/{name}"}]`,
			files:    "a/1.bam=a/1.bai,b/2.bai a/1.bai b/2.bai",
			want:     []string{"r: a/1.bai -> r/1.bai", "r: a/1.bam -> r/1.bam", "r: b/2.bai -> r/2.bai"},
			shadowed: map[string]int{"rest": 1},
			bulk:     []string{"id:a|1.bai", "id:a|1.bam"},
		},
		{
			name: "whatever becomes of rules that look for them elsewhere",
			plan: `[{name: lost, file: "id:1.bai", to: "lost/{name}", project: you/q}, {name: r, match: "*.bam", to: "r/{name}", secondary_files: true}]`,
			more: func(s *tree) {
				s.project("you/q")
				s.add("1.bam", with("1.bai"))
				s.add("1.bai")
			},
			want: []string{"lost: 1.bai x not_found", "r: 1.bai -> r/1.bai", "r: 1.bam -> r/1.bam"},
		},
		{
			name: "but never out of another project",
			plan: `[{name: r, match: "*.bam", to: "r/{name}", secondary_files: true}, {name: q, project: you/q, match: "1.*", to: "q/{name}", secondary_files: true}]`,
			more: func(s *tree) {
				s.project("you/q")
				s.project("them/x")
				q := s.addTo("you/q", "1.bai", with("own"))
				q.Secondary[0].ID = s.addTo("you/q", "d/own").ID
				x := s.addTo("them/x", "a/b.bai")
				s.add("1.bam").Secondary = []platform.File{{ID: q.ID, Name: "1.bai"}, {ID: x.ID, Name: "b.bai"}}
			},
			want: []string{"r: 1.bam -> r/1.bam", "q: 1.bai -> q/1.bai", "q: d/own -> q/own"},
			bulk: []string{"dir:them|x:a dir:you|q:d", "id:them|x:a|b.bai id:you|q:d|own"},
			warnings: []string{`rule "r": not taken along: 2 secondary files in another project than the rule's ` +
				`(a/b.bai is a secondary file of 1.bam)`},
		},
		{
			name: "nor out of one whose owner differs in case only",
			plan: `[{name: r, match: "*.bam", to: "r/{name}", secondary_files: true}]`,
			more: func(s *tree) {
				s.project("them/x")
				x := s.addTo("them/x", "1.bai")
				x.Project = "Me/p"
				s.add("1.bam").Secondary = []platform.File{{ID: x.ID, Name: "1.bai"}}
			},
			want: []string{"r: 1.bam -> r/1.bam"},
			bulk: []string{"id:them|x:1.bai"},
			warnings: []string{`rule "r": not taken along: 1 secondary file in another project than the rule's ` +
				`(1.bai is a secondary file of 1.bam)`},
		},
		{
			name:  "nor what the rule excludes",
			plan:  `[{name: r, match: "*.bam", exclude: ["tmp/**", "*.bai"], to: "r/{name}", secondary_files: true}]`,
			files: "1.bam=1.bai,tmp/1.csi,i/1.tbi,1.md5,gone.bai 1.bai 1.md5 tmp/1.csi i/1.tbi",
			more:  func(s *tree) { s.refuse["dir:i"] = errNoRight },
			want:  []string{"r: 1.bam -> r/1.bam", "r: 1.md5 -> r/1.md5", "r: gone.bai x not_found"},
			bulk:  []string{"dir:i dir:tmp", "id:gone.bai id:i|1.tbi id:tmp|1.csi"},
			warnings: []string{
				`rule "r": not taken along: 2 secondary files that the rule excludes (1.bai is a secondary file of 1.bam)`,
				`rule "r": not taken along: 1 secondary file whose folder cannot be read, ` +
					`so that nobody knows whether the rule excludes it (1.tbi is a secondary file of 1.bam)`,
			},
		},
		{
			name: "and a folder among them is blocked",
			plan: `[{name: r, match: "*.bam", to: "r/{name}", secondary_files: true}]`,
			more: func(s *tree) {
				s.add("1.bam").Secondary = []platform.File{{ID: "dir:d", Name: "d"}}
				s.add("d/x")
			},
			want: []string{"r: 1.bam -> r/1.bam", "r: d x folder"},
			bulk: []string{"dir:d"},
		},
		{
			name: "but not to a bad location",
			plan: `[{name: r, match: "*.bam", to: "r/{name}", secondary_files: true}]`,
			more: func(s *tree) {
				s.add("1.bam", with("1\x02.bai"))
				s.add("1\x02.bai")
			},
			want: []string{"r: 1\x02.bai x bad_location", "r: 1.bam -> r/1.bam"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := newTree(strings.Fields(c.files)...)
			if c.more != nil {
				c.more(src)
			}
			res := resolved(t, src, load(t, c.plan), c.only...)
			expect(t, "wanted", lines(res), c.want)
			for _, r := range res.Rules {
				expect(t, "files of "+r.Rule, r.Selected, strings.Count("\n"+strings.Join(c.want, "\n"), "\n"+r.Rule+": "))
				expect(t, "shadowed files of "+r.Rule, r.Shadowed, c.shadowed[r.Rule])
			}
			expect(t, "read by ID", src.made("bulk "), c.bulk)
			expect(t, "warnings", res.Warnings, c.warnings)
		})
	}
}

// A rule that names files and no project takes along what is in their projects.
func TestSecondaryFilesOfRulesWithoutAProject(t *testing.T) {
	src := newTree()
	src.project("you/q")
	q := src.addTo("you/q", "2.bai")
	q.Secondary = []platform.File{*src.addTo("you/q", "d/3.md5")}
	bam := src.add("1.bam", with("1.bai"))
	bam.Secondary = append(bam.Secondary, *q)
	src.add("1.bai")
	text := `{version: 1, volume: me/v, exports: [{name: r, file: ["id:1.bam", %q], to: "{id}/{name}", secondary_files: true}]}`
	p, err := plan.Load("p", fmt.Appendf(nil, text, q.ID), nil)
	if err != nil {
		t.Fatal(err)
	}
	res := resolved(t, src, p)
	expect(t, "wanted", lines(res), []string{
		"r: 1.bai -> id:1.bam/1.bai", "r: 1.bam -> id:1.bam/1.bam", "r: 2.bai -> id:you|q:2.bai/2.bai", "r: d/3.md5 -> id:you|q:2.bai/3.md5",
	})
	expect(t, "warnings", len(res.Warnings), 1)
}

func TestMessagesOfSecondaryFiles(t *testing.T) {
	src := newTree("1.bam@S1=gone.bai", "2.bam=2.bai", "2.bai")
	res := resolved(t, src, load(t, `[{match: "*.bam", to: "{metadata.sample_id}/{name}", secondary_files: true}]`))
	messages := map[string]string{}
	for _, w := range res.Wanted {
		messages[w.Path] = w.Message
	}
	expectMessage(t, messages["gone.bai"], "1.bam names it as a secondary file", "no file with this ID")
	expectMessage(t, messages["2.bai"], "its primary file 2.bam", "{metadata.sample_id}")
}

// A folder's files are read once, in whatever order its secondary files come.
func TestSecondaryFilesOfOneFolderCostNoRequests(t *testing.T) {
	for _, last := range []bool{true, false} {
		src := newTree()
		src.pageSize = 3
		for _, s := range strings.Fields("a b c d e f") {
			if !last {
				src.add(s + ".bai")
			}
			src.add(s+".bam", with(s+".bai"))
			if last {
				src.add(s + ".bai")
			}
		}
		res := resolved(t, src, load(t, `[{match: "*.bam", to: "{name}", secondary_files: true}]`))
		expect(t, "files", len(res.Wanted), 12)
		expect(t, "read by ID", src.made("bulk "), nil)
	}
}

// Of a folder too full to be remembered, secondary files are read by ID.
func TestSecondaryFilesOfAFullFolder(t *testing.T) {
	src := newTree()
	src.pageSize = 10_000
	for i := range 100_000 {
		src.add(fmt.Sprintf("%d.log", i))
	}
	src.add("1.bai")
	src.add("1.bam", with("1.bai", "1.log"))
	src.add("2.bam", with("2.bai"))
	src.add("2.bai")
	res := resolved(t, src, load(t, `[{match: "*.bam", to: "{name}", secondary_files: true}]`))
	expect(t, "wanted", lines(res), []string{
		"exports[0]: 1.bai -> 1.bai", "exports[0]: 1.bam -> 1.bam", "exports[0]: 1.log -> 1.log",
		"exports[0]: 2.bai -> 2.bai", "exports[0]: 2.bam -> 2.bam",
	})
	expect(t, "read by ID", src.made("bulk "), []string{"id:1.bai id:2.bai"})
}
