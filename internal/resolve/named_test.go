package resolve_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/resolve"
)

func TestFilesNamedByID(t *testing.T) {
	src := newTree()
	src.project("you/q")
	src.add("a/b/c.html")
	src.add("top.txt")
	src.add("secret.txt")
	src.refuse["id:secret.txt"] = errNoRight
	src.addTo("you/q", "d/e.txt")
	p := load(t, `
- name: named
  file: ["id:a|b|c.html", "id:top.txt", "id:gone", "id:secret.txt", "dir:a|b", "id:you|q:d|e.txt"]
  to: out/{path}
- {name: again, file: ["id:top.txt", "id:gone", "id:you|q:d|e.txt"], project: you/q, to: "again/{name}"}
- {name: copies, file: "id:gone", to: "copies/{name}", copy_only: true}
`)
	res := resolved(t, src, p)
	expect(t, "wanted", lines(res), []string{
		"named:  x not_found",
		"named:  x forbidden",
		"named: a/b x folder",
		"named: a/b/c.html -> out/a/b/c.html",
		"named: d/e.txt x not_found",
		"named: top.txt -> out/top.txt",
		"again: d/e.txt -> again/e.txt",
		"again: top.txt x not_found",
		"copies:  x not_found",
	})
	expect(t, "counts", tally(res), map[string]string{"named": "6/0", "again": "2/1", "copies": "1/0"})
	expectMessage(t, res.Wanted[0].Message, "no file with this ID")
	expectMessage(t, res.Wanted[1].Message, "Insufficient privileges", "ask for access")
	expectMessage(t, res.Wanted[2].Message, "folder", `match: "a/b/**"`)
	expectMessage(t, res.Wanted[4].Message, "you/q", "me/p", "set project: you/q")
	if w := res.Wanted[0]; w.File != "id:gone" || w.Project != home {
		t.Errorf("the missing file is %q of project %q", w.File, w.Project)
	}
	expect(t, "listed", src.made("list "), nil)
	expect(t, "folders read by themselves", src.made("get "), nil)
	bulk := src.made("bulk ")
	expect(t, "bulk calls", len(bulk), 2)
	expect(t, "folders read, roots of known projects left out", bulk[0], "dir:a dir:a|b dir:you|q:d")
}

func TestNamedFilesThatTheWalkSees(t *testing.T) {
	src := newTree("a/1.bam", "a/2.bam", "a/3.bam")
	p := load(t, `
- {name: bam, match: "a/[12].bam", to: "bam/{path}"}
- {name: named, file: ["id:a|2.bam", "id:a|3.bam", "dir:a"], to: "named/{path}"}
`)
	res := resolved(t, src, p)
	expect(t, "wanted", lines(res), []string{
		"bam: a/1.bam -> bam/a/1.bam", "bam: a/2.bam -> bam/a/2.bam",
		"named: a x folder", "named: a/3.bam -> named/a/3.bam",
	})
	expect(t, "counts", tally(res), map[string]string{"bam": "2/0", "named": "2/1"})
	expect(t, "reads by ID", append(src.made("bulk "), src.made("get ")...), nil)
}

func TestAProjectNeedNotBeNamed(t *testing.T) {
	src := newTree()
	src.project("you/q")
	src.projects["you/q"].RootFolder = ""
	src.addTo("you/q", "d/e.txt")
	src.addTo("you/q", "f.txt", func(f *platform.File) { f.Project = "You/Q" })
	p := load(t, `
- {file: ["id:you|q:d|e.txt", "id:you|q:f.txt"], to: "{path}"}
`)
	p.Rules[0].Project = ""
	res := resolved(t, src, p)
	expect(t, "wanted", lines(res), []string{"exports[0]: d/e.txt -> d/e.txt", "exports[0]: f.txt -> f.txt"})
	expect(t, "projects read", src.made("project "), nil)
	expect(t, "folders read", src.made("get "), []string{"dir:you|q:"}) // a root has no parent, and is read again to be sure
}

func TestAParentThatCannotBeRead(t *testing.T) {
	src := newTree("a/b/c/x.txt")
	src.refuse["dir:a"] = errNoRight
	p := load(t, `
- {name: name, file: "id:a|b|c|x.txt", to: "out/{name}", copy_only: true}
- {name: path, file: "id:a|b|c|x.txt", to: "out/{path}", copy_only: true}
- {name: dir, file: "id:a|b|c|x.txt", to: "out/{dir}/x", copy_only: true}
`)
	res := resolved(t, src, p)
	expect(t, "wanted", lines(res), []string{
		"name: b/c/x.txt -> out/x.txt",
		"path: b/c/x.txt x missing_value",
		"dir: b/c/x.txt x missing_value",
	})
	expectMessage(t, res.Wanted[1].Message, "path is not known", "{path}")

	outage := &platform.Error{Status: 503, Code: 5000}
	src.refuse["dir:a"] = outage
	err := failure(t, src, p)
	if !errors.Is(err, outage) {
		t.Fatalf("after an outage the error is %v", err)
	}
	expectMessage(t, err.Error(), `"dir:a"`)
}

// Only an answer about the thing itself may change where a file goes.
func TestReadsThatFail(t *testing.T) {
	p := load(t, `[{file: "id:a|x.txt", to: "{name}"}]`)
	for _, id := range []string{"bulk", "dir:a"} {
		src := newTree("a/x.txt")
		src.refuse[id] = errCut
		if err := failure(t, src, p); !errors.Is(err, errCut) {
			t.Errorf("with %q cut off, the error is %v", id, err)
		}
	}
}

func TestParentsThatNameEachOther(t *testing.T) {
	src := newTree("a/b/x.txt")
	src.nodes["dir:a"].Parent = "dir:a|b"
	res := resolved(t, src, load(t, `[{file: "id:a|b|x.txt", to: "{name}"}]`))
	if len(res.Wanted) != 1 || res.Wanted[0].Location != "x.txt" {
		t.Errorf("got %v", lines(res))
	}
	expect(t, "folders read", src.made("get "), []string{"dir:a", "dir:a|b"})
}

// Bulk answers may lack the parent.
func TestAFileWithoutAParentIsReadAgain(t *testing.T) {
	src := &orphaning{newTree("a/x.txt")}
	res := resolved(t, src, load(t, `[{file: "id:a|x.txt", to: "{path}"}]`))
	expect(t, "wanted", lines(res), []string{"exports[0]: a/x.txt -> a/x.txt"})
}

func TestCodesOfFilesThatCannotBeRead(t *testing.T) {
	for _, c := range []struct {
		status, code int
		want         change.Reason // empty: an error of the run
	}{
		{404, 0, change.NotFound},
		{0, 5002, change.NotFound},
		{400, 9009, change.NotFound},
		{0, 90003, change.NotFound},
		{403, 0, change.Forbidden},
		{0, 5001, change.Forbidden},
		{403, 9004, change.Forbidden},
		{400, 90000, ""},
		{500, 90004, ""},
		{503, 0, ""},
	} {
		t.Run(fmt.Sprint(c.status, " ", c.code), func(t *testing.T) {
			src := newTree("x")
			refused := &platform.Error{Status: c.status, Code: c.code, Message: "No."}
			src.refuse["id:x"] = refused
			res, err := resolve.Run(t.Context(), src, load(t, `[{file: "id:x", to: "{name}"}]`), resolve.Options{Now: now})
			switch {
			case c.want == "":
				if !errors.Is(err, refused) || !strings.Contains(err.Error(), `"id:x"`) {
					t.Errorf("got error %v", err)
				}
			case err != nil:
				t.Error(err)
			default:
				expect(t, "reason", res.Wanted[0].Blocked, c.want)
			}
		})
	}
}

func TestAnswersThatDoNotFit(t *testing.T) {
	for name, results := range map[string][]platform.FileResult{
		"too few": {},
		"empty":   {{ID: "id:x"}},
	} {
		t.Run(name, func(t *testing.T) {
			src := &misfit{newTree(), results}
			expectMessage(t, failure(t, src, load(t, `[{file: "id:x", to: "{name}"}]`)).Error(), "the platform gave")
		})
	}
}
