package resolve_test

import (
	"errors"
	"strings"
	"testing"

	"sbexport/internal/platform"
	"sbexport/internal/resolve"
	"sbexport/plan"
)

// portfolio has projects beside the default one: lab/rna-1 to lab/rna-3, lab/dna
// and other/rna-4, with a file a/1.bam each and one more in the first.
func portfolio() *tree {
	src := newTree("home.bam")
	for _, name := range []string{"lab/rna-1", "lab/rna-2", "lab/rna-3", "lab/dna", "other/rna-4", platform.PublicProject} {
		src.project(name)
		src.addTo(name, "a/1.bam")
	}
	src.addTo("lab/rna-1", "b/2.txt")
	src.projects["lab/rna-2"].Tags = []string{"done", "big"}
	return src
}

// acrossPlan is a plan without a project of its own, unless head names some.
func acrossPlan(t *testing.T, head, exports string) *plan.Plan {
	t.Helper()
	p, err := plan.Load("sbexport.yaml", []byte("version: 1\nvolume: me/v\n"+head+"\nexports: "+exports), nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// places are the files with their projects, and where they go or why they do not.
func places(res *resolve.Result) (ls []string) {
	for _, w := range res.Wanted {
		line := w.Project + " " + w.Path + " -> " + w.Location
		if w.Blocked != "" {
			line = w.Project + " " + w.Path + " x " + string(w.Blocked)
		}
		ls = append(ls, line)
	}
	return ls
}

func TestProjectsByPatterns(t *testing.T) {
	for name, test := range map[string]struct {
		head, exports string
		want          []string
	}{
		"of the plan": {`projects: ["lab/rna-*"]`, `[{match: "a/*", to: "{project.name}/{path}"}]`, []string{
			"lab/rna-1 a/1.bam -> rna-1/a/1.bam", "lab/rna-2 a/1.bam -> rna-2/a/1.bam", "lab/rna-3 a/1.bam -> rna-3/a/1.bam",
		}},
		"case":    {`projects: LAB/DNA`, `[{match: "**", to: "{project}/{name}"}]`, []string{"lab/dna a/1.bam -> lab/dna/1.bam"}},
		"exclude": {`projects: {match: "*/*", exclude: ["lab/*", me/p]}`, `[{match: "**", to: "{project}/{name}"}]`, []string{"other/rna-4 a/1.bam -> other/rna-4/1.bam"}},
		"tags":    {`projects: {tags: [done]}`, `[{match: "**", to: "{project}/{name}"}]`, []string{"lab/rna-2 a/1.bam -> lab/rna-2/1.bam"}},
		"of a rule": {`project: lab/dna`, `[{match: "**", to: "1/{name}"}, {projects: [other/*, lab/dna], match: "**", to: "2/{name}"}]`, []string{
			"lab/dna a/1.bam -> 1/1.bam", "other/rna-4 a/1.bam -> 2/1.bam",
		}},
		"files": {`projects: lab/*`, `[{file: ["id:lab|dna:a|1.bam", "id:other|rna-4:a|1.bam", gone], to: "{id}"}]`, []string{
			"  x not_found", "lab/dna a/1.bam -> id:lab|dna:a|1.bam", "other/rna-4 a/1.bam x not_found",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			src := portfolio()
			res := resolved(t, src, acrossPlan(t, test.head, test.exports))
			expect(t, "files", places(res), test.want)
			expect(t, "single projects read", len(src.made("project ")), strings.Count(test.head, "project:"))
			expect(t, "warnings", res.Warnings, nil)
		})
	}
}

// A project that cannot be read is left out and reported; the others are read.
func TestUnreadableProjectsHoldNothingBack(t *testing.T) {
	for name, refusal := range map[string]error{
		"forbidden": errNoRight,
		"broken":    &platform.Error{Status: 500, Code: 90004, Lasting: true},
		"odd":       platform.ErrOddAnswer,
	} {
		t.Run(name, func(t *testing.T) {
			src := portfolio()
			src.refuse["dir:lab|rna-1:b"] = refusal // its first folder is read all the same
			src.refuse["dir:lab|rna-3:"] = refusal
			res := resolved(t, src, acrossPlan(t, `projects: ["lab/rna-*"]`, `[{match: "**", to: "{project.name}/{path}"}]`))
			expect(t, "files", places(res), []string{"lab/rna-1  x forbidden", "lab/rna-3  x forbidden", "lab/rna-2 a/1.bam -> rna-2/a/1.bam"})
			expectMessage(t, res.Wanted[0].Message, "the project cannot be read, and is left out")
		})
	}
	src := portfolio()
	src.refuse["dir:lab|rna-3:"] = errCut
	if err := failure(t, src, acrossPlan(t, `projects: ["lab/*"]`, `[{match: "**", to: "{path}"}]`)); !errors.Is(err, errCut) {
		t.Errorf("an outage gives %v", err)
	}
	src.refuse["dir:lab|rna-3:"] = errNoRight
	_ = failure(t, src, acrossPlan(t, `project: lab/rna-3`, `[{match: "**", to: "{path}"}]`))
}

// A project that is named without special characters is read where it is not
// listed, and reported where it is not there.
func TestNamedProjectsAmongPatterns(t *testing.T) {
	src := portfolio()
	src.hidden = map[string]bool{"lab/dna": true}
	res := resolved(t, src, acrossPlan(t, `projects: [lab/dna, lab/gone, "lab/rna-1"]`, `[{match: "a/*", to: "{project.name}/{path}"}]`))
	expect(t, "files", places(res), []string{"lab/gone  x not_found", "lab/dna a/1.bam -> dna/a/1.bam", "lab/rna-1 a/1.bam -> rna-1/a/1.bam"})
	expectMessage(t, strings.Join(res.Warnings, "\n"), "fails to list 1 project")
}

func TestProjectWarnings(t *testing.T) {
	for head, want := range map[string]string{
		`projects: ["lab/xna-*"]`:                           `none of the 7 projects that you can see is one of the projects lab/xna-*`,
		`projects: {match: "lab/*", exclude: "lab/test-*"}`: `projects lab/*: exclude "lab/test-*" leaves out no project`,
	} {
		res := resolved(t, portfolio(), acrossPlan(t, head, `[{match: "a/*", to: "{project}/{path}"}]`))
		expectMessage(t, strings.Join(res.Warnings, "\n"), want)
	}
	res := resolved(t, portfolio(), acrossPlan(t, `projects: lab/*`, `[{match: "*.bam", to: "{project}/{path}"}]`))
	expect(t, "warnings", res.Warnings, []string{`rule "exports[0]" matches no file of projects lab/*; did you mean "**/*.bam"?`})
}

// Of the projects that are not asked for nothing is read.
func TestOnlyProjects(t *testing.T) {
	src := portfolio()
	p := acrossPlan(t, `projects: ["lab/*"]`, `[{match: "**", to: "{project.name}/{path}"}, {project: other/rna-4, match: "**", to: "{path}"}, {project: other/rna-4, file: "id:other|rna-4:a|1.bam", to: x}, {file: "id:lab|rna-2:a|1.bam", to: y}]`)
	res := resolvedWith(t, src, p, resolve.Options{Now: now, Projects: []string{"Lab/rna-1"}})
	expect(t, "files", places(res), []string{"lab/rna-1 a/1.bam -> rna-1/a/1.bam", "lab/rna-1 b/2.txt -> rna-1/b/2.txt"})
	expect(t, "listings", src.made("list "), []string{"", "dir:lab|rna-1:a", "dir:lab|rna-1:b"})
	expect(t, "projects", src.made("project "), nil)
	expect(t, "files by ID", src.made("bulk "), []string{"id:lab|rna-2:a|1.bam"})
	expect(t, "warnings", res.Warnings, nil)
	if _, err := resolve.Run(t.Context(), src, p, resolve.Options{Now: now, Projects: []string{"me/nowhere"}}); err == nil {
		t.Error("a project that no rule is about is taken")
	}
}

func TestTasksOfManyProjects(t *testing.T) {
	src := portfolio()
	for _, name := range []string{"lab/rna-1", "lab/rna-2", "lab/rna-3"} {
		task := src.task("t"+name, "STAR", 1, "bam=x")
		task.Project, task.App = name, name+"/star/1"
		task.Outputs[0].Files = []platform.Output{{ID: id("id", name, "a/1.bam")}}
	}
	src.refuse["tasks lab/rna-2"] = errNoRight
	res := resolved(t, src, acrossPlan(t, `projects: ["lab/rna-*"]`, `[{tasks: {app: star, latest: true}, to: "{project.name}/{name}"}]`))
	expect(t, "files", places(res), []string{"lab/rna-2  x forbidden", "lab/rna-1 a/1.bam -> rna-1/1.bam", "lab/rna-3 a/1.bam -> rna-3/1.bam"})
}
