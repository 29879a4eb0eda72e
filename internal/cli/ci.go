package cli

import (
	"cmp"
	"errors"
	"io"
	"path/filepath"

	"sbexport/internal/atomicfile"
	"sbexport/internal/change"
	"sbexport/internal/view"
	"sbexport/plan"
)

// summaryFile is the file that a summary goes to: the one that was named, or the
// step summary of GitHub Actions; empty when there is neither.
func (a *app) summaryFile(name string) string {
	return cmp.Or(name, a.streams.Getenv("GITHUB_STEP_SUMMARY"))
}

// summarize appends Markdown to the summary, if there is one. Before anything is
// done that cannot be undone, appending nothing makes sure that it can be.
func (a *app) summarize(name, markdown string) error {
	if name = a.summaryFile(name); name == "" {
		return nil
	}
	f, err := atomicfile.Append(name, 0o644)
	if err == nil {
		_, err = f.WriteString(markdown)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return fail(ExitError, "name another file with --summary", "writing the summary: %w", err)
	}
	return nil
}

// annotations is the stream that annotations go to, by which GitHub Actions shows
// something beside the plan's lines. The runner reads both streams; standard output
// is kept free for JSON.
func (a *app) annotations() io.Writer {
	switch {
	case a.streams.Getenv("GITHUB_ACTIONS") != "true":
		return io.Discard
	case a.globals.JSON:
		return a.term.Err.W
	}
	return a.term.Out.W
}

// annotateProblems annotates what is wrong with a plan.
func (a *app) annotateProblems(p *plan.Problems) error {
	return view.ProblemAnnotations(a.annotations(), a.inRepository(p.Name), p)
}

// annotateFiles annotates which files are blocked or failed, and why.
func (a *app) annotateFiles(p *plan.Plan, blocked []change.Blocked, failures []view.FailedFile) error {
	source := view.AnnotationSource{Plan: a.inRepository(p.Name), Lines: make(map[string]int, len(p.Rules))}
	for _, r := range p.Rules {
		source.Lines[r.Name] = r.Line
	}
	return view.FileAnnotations(a.annotations(), source, blocked, failures)
}

// inRepository is a file's name relative to the checked out repository, as
// annotations want it; steps may run in a folder of it.
func (a *app) inRepository(name string) string {
	absolute, err := filepath.Abs(name)
	inside, outside := filepath.Rel(a.streams.Getenv("GITHUB_WORKSPACE"), absolute)
	if err == nil && outside == nil && filepath.IsLocal(inside) {
		name = inside
	}
	return filepath.ToSlash(name)
}
