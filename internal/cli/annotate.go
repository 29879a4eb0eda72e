package cli

import (
	"errors"
	"io"
	"path/filepath"
	"strings"

	"sbexport/internal/change"
	"sbexport/internal/view"
	"sbexport/plan"
)

// annotates reports whether GitHub Actions shows the output, and would show
// annotations beside the plan's lines.
func (a *app) annotates() bool { return a.streams.Getenv("GITHUB_ACTIONS") == "true" }

// annotations is the stream that annotations go to: the runner reads both, but
// standard output must stay JSON where it is.
func (a *app) annotations() io.Writer {
	if a.globals.JSON {
		return a.term.Err.W
	}
	return a.term.Out.W
}

// annotateProblems annotates what is wrong with a plan.
func (a *app) annotateProblems(p *plan.Problems) error {
	if !a.annotates() {
		return nil
	}
	return view.ProblemAnnotations(a.annotations(), a.inRepository(p.Name), p)
}

// annotateFiles annotates what hinders files.
func (a *app) annotateFiles(p *plan.Plan, blocked []change.Blocked, failures []view.FailedFile) error {
	if !a.annotates() {
		return nil
	}
	source := view.AnnotationSource{Plan: a.inRepository(p.Name), Lines: make(map[string]int, len(p.Rules))}
	for _, r := range p.Rules {
		source.Lines[r.Name] = r.Line
	}
	return view.FileAnnotations(a.annotations(), source, blocked, failures)
}

// annotateResult annotates how an apply ended.
func (w *work) annotateResult(r *view.Result, err error) error {
	return errors.Join(err, w.annotateFiles(w.plan, r.Changeset.Blocked, r.Failures))
}

// inRepository is a file's name relative to the checked out repository, as
// annotations want it; steps may run in a folder of it.
func (a *app) inRepository(name string) string {
	root := a.streams.Getenv("GITHUB_WORKSPACE")
	absolute, err := filepath.Abs(name)
	if root == "" || err != nil {
		return filepath.ToSlash(name)
	}
	inside, err := filepath.Rel(root, absolute)
	if err != nil || strings.HasPrefix(inside, "..") {
		return filepath.ToSlash(name)
	}
	return filepath.ToSlash(inside)
}
