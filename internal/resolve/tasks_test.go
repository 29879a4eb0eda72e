package resolve_test

import (
	"slices"
	"strings"
	"testing"

	"sbexport/internal/platform"
	"sbexport/internal/resolve"
)

// aligned has tasks whose outputs are files, lists and folders, two of them run
// again, and a batch.
func aligned() *tree {
	src := newTree("out/S1.bam", "out/S1.bai", "again/S1.bam", "out/S2.bam", "reports/S2/a.html", "reports/S2/deep/b.html", "other/x.bam", "inputs/ref.fa")
	src.task("t1", "STAR S1", 9, "aligned_bam=out/S1.bam,out/S1.bai", "counts=gone.txt")
	src.task("t2", "STAR S2", 8, "aligned_bam=out/S2.bam", "reports=reports/S2/,inputs/ref.fa", "log=")
	src.task("t3", "STAR S1", 3, "aligned_bam=again/S1.bam").App = home + "/star/2"
	src.task("t4", "GATK S1", 2, "vcf=other/x.bam,out/S2.bam").App = home + "/gatk/0"
	src.task("t5", "STAR S9", 2, "aligned_bam=inputs/ref.fa").Status = "FAILED"
	batch := src.task("t6", "STAR batch", 1, "aligned_bam=inputs/ref.fa")
	batch.Batch, batch.EndedOn = true, now
	return src
}

func TestTasksSelectOutputs(t *testing.T) {
	for name, test := range map[string]struct {
		rule string
		want []string
	}{
		"all": {`tasks: {}, to: "{id}"`, []string{
			"exports[0]:  x not_found", "exports[0]: again/S1.bam", "exports[0]: inputs/ref.fa", "exports[0]: other/x.bam", "exports[0]: out/S1.bai",
			"exports[0]: out/S1.bam", "exports[0]: out/S2.bam", "exports[0]: reports/S2/a.html", "exports[0]: reports/S2/deep/b.html",
		}},
		"app":              {`tasks: {app: "*/gatk"}, to: "{id}"`, []string{"exports[0]: other/x.bam", "exports[0]: out/S2.bam"}},
		"app by its name":  {`tasks: {app: gatk}, to: "{id}"`, []string{"exports[0]: other/x.bam", "exports[0]: out/S2.bam"}},
		"revision":         {`tasks: {app: me/p/star/2}, to: "{id}"`, []string{"exports[0]: again/S1.bam"}},
		"name":             {`tasks: {name: "STAR ?1", app: star}, outputs: "*_bam", to: "{id}"`, []string{"exports[0]: again/S1.bam", "exports[0]: out/S1.bai", "exports[0]: out/S1.bam"}},
		"outputs in tasks": {`tasks: {outputs: [vcf]}, to: "{id}"`, []string{"exports[0]: other/x.bam", "exports[0]: out/S2.bam"}},
		"status":           {`tasks: {status: [FAILED, ABORTED]}, to: "{id}"`, []string{"exports[0]: inputs/ref.fa"}},
		"newer":            {`tasks: {newer_than: 4d}, to: "{id}"`, []string{"exports[0]: again/S1.bam", "exports[0]: other/x.bam", "exports[0]: out/S2.bam"}},
		"older":            {`tasks: {older_than: 4d}, outputs: aligned_bam, to: "{id}"`, []string{"exports[0]: out/S1.bai", "exports[0]: out/S1.bam", "exports[0]: out/S2.bam"}},
		"latest":           {`tasks: {latest: true, app: "*/star"}, outputs: aligned_bam, to: "{id}"`, []string{"exports[0]: again/S1.bam", "exports[0]: out/S2.bam"}},
		"exclude":          {`tasks: {latest: true}, exclude: ["**/deep/**", "out/*"], outputs: [reports, aligned_bam], to: "{id}"`, []string{"exports[0]: again/S1.bam", "exports[0]: inputs/ref.fa", "exports[0]: reports/S2/a.html"}},
		"where":            {`tasks: {app: star}, where: {larger_than: 21}, to: "{id}"`, []string{"exports[0]:  x not_found", "exports[0]: reports/S2/deep/b.html"}},
	} {
		for _, where := range []string{"", "bulk"} {
			t.Run(strings.TrimSpace(name+" "+where), func(t *testing.T) {
				src := aligned()
				src.outputs = where
				expect(t, "files", selectedFiles(resolved(t, src, load(t, "[{"+test.rule+"}]")).Wanted), test.want)
			})
		}
	}
}

// selectedFiles are the files without their places.
func selectedFiles(res []resolve.Wanted) []string {
	var ls []string
	for _, w := range res {
		line := w.Rule.Name + ": " + w.Path
		if w.Blocked != "" {
			line += " x " + string(w.Blocked)
		}
		ls = append(ls, line)
	}
	return ls
}

func TestTasksNameTheirOutputs(t *testing.T) {
	src := newTree("a/1.bam", "a/2.bam", "b/3.bam")
	child := src.task("c1", "STAR batch: S1", 2, "bam=a/1.bam")
	child.Parent, child.Group = "b", map[string]string{"metadata.sample_id": "S1"}
	src.task("c2", "solo", 2, "bam=a/2.bam", "all=a/,b/3.bam")
	p := load(t, `[{tasks: {}, to: "{task.app}/{task.name}/{task.batch.sample_id|none}/{output}/{task}/{name}"}]`)
	expect(t, "places", lines(resolved(t, src, p)), []string{
		"exports[0]: a/1.bam -> star/STAR batch: S1/S1/bam/c1/1.bam",
		"exports[0]: a/2.bam -> star/solo/none/bam/c2/2.bam",
		"exports[0]: b/3.bam -> star/solo/none/all/c2/3.bam",
	})
}

// What the listing has seen is not read again, by ID or as a folder; what it has
// not is read in bulk, and folders within folders once.
func TestTasksCostWhatIsNotListed(t *testing.T) {
	src := aligned()
	resolved(t, src, load(t, `[{match: "**", where: {tags: [none]}, to: "{path}"}, {tasks: {}, to: "{id}"}, {tasks: {latest: true}, to: "{id}"}]`))
	expect(t, "lists of tasks", src.made("tasks"), []string{" me/p COMPLETED"})
	expect(t, "folders", len(src.made("list ")), 8)
	expect(t, "bulk reads", src.made("bulk "), []string{idOf("gone.txt")})
	expect(t, "single reads", src.made("get "), nil)

	src = newTree("a/b/1", "a/b/c/2", "d/3")
	src.task("t1", "T", 1, "x=a/b/c/", "y=a/b/,a/b/1,d/3")
	res := resolved(t, src, load(t, `[{tasks: {}, to: "{path}"}]`))
	expect(t, "files", lines(res), []string{"exports[0]: a/b/1 -> a/b/1", "exports[0]: a/b/c/2 -> a/b/c/2", "exports[0]: d/3 -> d/3"})
	expect(t, "folders", src.made("list "), []string{"dir:a|b", "dir:a|b|c"})
	expect(t, "bulk reads", src.made("bulk "), []string{"dir:a dir:a|b", "dir:a|b dir:a|b|c", "id:d|3"})
}

// What is in a folder of a folder that was put out belongs to both, whether the
// listing has seen them or not.
func TestOutputsWithinOutputs(t *testing.T) {
	for _, listed := range []string{"", `, {match: "**", where: {tags: [none]}, to: "{path}"}`} {
		src := newTree("a/b/1", "a/b/c/2")
		src.task("t1", "T", 1, "x=a/b/c/", "y=a/b/")
		res := resolved(t, src, load(t, `[{tasks: {}, outputs: y, to: "y/{path}", copy_only: true}, {tasks: {}, outputs: x, to: "x/{path}"}`+listed+`]`))
		expect(t, "files", lines(res), []string{"exports[0]: a/b/1 -> y/a/b/1", "exports[0]: a/b/c/2 -> y/a/b/c/2", "exports[1]: a/b/c/2 -> x/a/b/c/2"})
	}
}

// Where the path of an output is not known, nobody knows whether it is excluded.
func TestOutputsOfUnknownPath(t *testing.T) {
	src := newTree("a/tmp/1")
	src.task("t1", "T", 1, "x=a/tmp/1")
	src.refuse["dir:a"] = errNoRight
	res := resolved(t, src, load(t, `[{tasks: {}, exclude: "a/**", to: "{name}"}]`))
	expect(t, "files", lines(res), []string{"exports[0]: tmp/1 x missing_value"})
	expectMessage(t, res.Wanted[0].Message, "nobody knows whether the rule excludes it")
}

// Tasks are put to rules like anything else: the first rule that moves a file gets
// it, and a file put out by many is taken once.
func TestTasksAmongOtherRules(t *testing.T) {
	src := aligned()
	res := resolved(t, src, load(t, `[{file: `+idOf("again/S1.bam")+`, to: "1/{name}"}, {tasks: {app: gatk}, to: "2/{name}"}, {tasks: {}, outputs: "{aligned_bam,vcf}", to: "3/{id}"}, {match: "out/*", to: "4/{path}"}]`))
	expect(t, "tally", tally(res), map[string]string{"exports[0]": "1/0", "exports[1]": "2/0", "exports[2]": "2/3", "exports[3]": "0/3"})
}

func TestTasksElsewhere(t *testing.T) {
	src := aligned()
	src.project("me/q")
	far := src.addTo("me/q", "x/y.bam")
	src.tasks = nil
	src.task("t1", "T", 1, "bam=x").Outputs[0].Files = []platform.Output{{ID: far.ID}, {ID: src.folder("me/q", "x"), Folder: true}}
	res := resolved(t, src, load(t, `[{tasks: {}, to: "{id}"}]`))
	expect(t, "files", lines(res), []string{"exports[0]: x x not_found", "exports[0]: x/y.bam x not_found"})
	expectMessage(t, res.Wanted[1].Message, "the file is in project me/q, not in me/p", "project: me/q")
	expect(t, "folders", src.made("list "), nil)
}

func TestGoneOutputs(t *testing.T) {
	res := resolved(t, aligned(), load(t, `[{tasks: {}, outputs: counts, to: "{id}"}]`))
	expectMessage(t, res.Wanted[0].Message, `task "STAR S1" put it out as counts, but there is no file with this ID`, "tolerate: [not_found]")
}

func TestTaskWarnings(t *testing.T) {
	for rule, want := range map[string]string{
		`tasks: {app: "*/satr"}`:                 `rule "exports[0]": none of the 4 tasks in project me/p that are COMPLETED ran such an app; they ran me/p/gatk, me/p/star; did you mean "me/p/star"?`,
		`tasks: {app: "*/STAR"}`:                 `did you mean "me/p/star"?`,
		`tasks: {app: star, name: "star *"}`:     `no task of such a name ran the app in project me/p; there are STAR S1, STAR S2; did you mean "STAR S1"?`,
		`tasks: {older_than: 50d}`:               `no task in project me/p ended when`,
		`tasks: {status: ABORTED}`:               `there is no task in project me/p that is ABORTED`,
		`tasks: {app: gatk}, outputs: [vfc]`:     `none of the 1 task that match has an output "vfc"; they have vcf; did you mean "vcf"?`,
		`tasks: {app: gatk}, exclude: "o*/**"`:   `its tasks have put out 2 files, and its excludes leave out all of them`,
		`tasks: {app: gatk}, exclude: "no/**"`:   `exclude "no/**" leaves out no file`,
		`tasks: {app: gatk}, where: {tags: [x]}`: `its tasks have put out 2 files, but "where" accepts none of them`,
	} {
		res := resolved(t, aligned(), load(t, `[{`+rule+`, to: "{id}"}]`))
		expect(t, "number of warnings for "+rule, len(res.Warnings), 1)
		expectMessage(t, strings.Join(res.Warnings, "\n"), want)
	}
	src := aligned()
	src.outputs, src.refuse["t4"] = "bulk", errNotThere
	res := resolved(t, src, load(t, `[{tasks: {app: gatk}, to: "{id}"}]`))
	expectMessage(t, strings.Join(res.Warnings, "\n"), "1 task that matches cannot be read")
}

// Of batches that were run again the last child of each group counts; children of
// one name in one batch are all different.
func TestLatestOfBatches(t *testing.T) {
	src := newTree("1", "2", "3", "4", "5")
	for i, sample := range []string{"S1", "S2", "S1", "S1", ""} {
		child := src.task("c"+string(rune('1'+i)), "STAR", 9-i, "x="+string(rune('1'+i)))
		if sample != "" {
			child.Group = map[string]string{"sample_id": sample}
		}
	}
	p := load(t, `[{tasks: {latest: true}, to: "{id}"}]`)
	last := src.tasks[4]
	src.tasks = src.tasks[:4]
	src.task("c0", "STAR", 20, "x=3") // before there were batches
	expect(t, "latest", selectedFiles(resolved(t, src, p).Wanted), []string{"exports[0]: 2", "exports[0]: 4"})
	src.tasks = append(src.tasks, last)
	expect(t, "latest by itself", selectedFiles(resolved(t, src, p).Wanted), []string{"exports[0]: 5"})
	slices.Reverse(src.tasks)
	expect(t, "in another order", selectedFiles(resolved(t, src, p).Wanted), []string{"exports[0]: 5"})
}
