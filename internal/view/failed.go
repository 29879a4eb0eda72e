package view

import (
	"cmp"
	"fmt"
	"slices"

	"sbexport/internal/platform"
)

// failures shows failed files by cause.
func (p *printer) failures(failures []FailedFile) {
	if len(failures) == 0 {
		return
	}
	p.line(p.strong("Failed"), ": ", Number(len(failures), "file"))
	for _, g := range groupByCause(failures, p.keep()) {
		p.cause(g)
	}
	p.line()
}

// cause shows one cause of failures, its files and its remedy.
func (p *printer) cause(g *causeGroup) {
	p.prose(2, nil, g.name()+": "+Number(g.count, "file"))
	p.rows(rows{
		count: g.count, kept: len(g.kept), rest: "the lockfile has them all",
		show: func(i int) {
			a := g.kept[i].Action
			p.pair(p.bad("x"), path(a.Path, a.File), destination(a), "")
		},
		said: func(i int) string { return said(g.kept[i]) },
	})
	p.prose(6, nil, "what to do: "+g.advice())
}

// causeGroup is the failed files of one cause. Only the first are kept.
type causeGroup struct {
	code      int
	cause     string
	fix       string
	permanent bool
	count     int
	kept      []FailedFile
}

// unnamed is the cause of errors that are only a sentence; the sentences follow
// file by file.
const unnamed = "failed without an error code"

// worded reports whether an error is only a sentence.
func worded(err *platform.Error) bool {
	return err != nil && err.Code == 0 && err.Status == 0 && err.Message != ""
}

// explain is what an error means, also when there is none.
func explain(err *platform.Error) platform.Explanation {
	if err == nil {
		err = &platform.Error{}
	}
	return err.Explain()
}

// clause is why one file failed.
func clause(err *platform.Error) string {
	if worded(err) {
		return Safe(err.Message)
	}
	return Safe(explain(err).Cause)
}

// said is the platform's own sentence about a file, if it tells more than the
// cause does.
func said(f FailedFile) string {
	switch {
	case f.Err == nil || f.Err.Message == explain(f.Err).Cause:
		return ""
	case worded(f.Err):
		return Safe(f.Err.Message)
	case f.Err.Message == "":
		return ""
	}
	return "the platform said: " + Safe(f.Err.Message)
}

// groupByCause sorts failed files by what the platform's error means, the most
// frequent cause first, and keeps the first files of each.
func groupByCause(failures []FailedFile, keep int) []*causeGroup {
	type key struct {
		code      int
		cause     string
		permanent bool
	}
	byKey := make(map[key]*causeGroup)
	var groups []*causeGroup
	for _, f := range failures {
		x := explain(f.Err)
		of := causeGroup{cause: Safe(x.Cause), fix: Safe(x.Fix), permanent: f.Permanent}
		if f.Err != nil {
			of.code = f.Err.Code
		}
		if worded(f.Err) {
			of.cause, of.fix = unnamed, "run again"
		}
		g := byKey[key{of.code, of.cause, of.permanent}]
		if g == nil {
			g = &of
			byKey[key{of.code, of.cause, of.permanent}] = g
			groups = append(groups, g)
		}
		g.count++
		if len(g.kept) < keep {
			g.kept = append(g.kept, f)
		}
	}
	slices.SortStableFunc(groups, func(a, b *causeGroup) int { return cmp.Compare(b.count, a.count) })
	return groups
}

// advice is what to do about a cause.
func (g *causeGroup) advice() string { return Advice(g.fix, g.permanent) }

// Advice is what to do about failed files: the fix, and what a permanent failure
// takes beside it.
func Advice(fix string, permanent bool) string {
	if permanent {
		return fix + "; then run again, with --retry-failed if the plan stays as it is"
	}
	return fix
}

// name is the cause with the platform's code.
func (g *causeGroup) name() string {
	if g.code == 0 {
		return g.cause
	}
	return fmt.Sprintf("%s (code %d)", g.cause, g.code)
}
