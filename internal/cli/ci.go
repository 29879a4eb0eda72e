package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

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

// summarize appends a Markdown summary to a file, if there is one to append to.
func (a *app) summarize(name, markdown string) error {
	if name = a.summaryFile(name); name == "" {
		return nil
	}
	if err := writable(name); err != nil {
		return err
	}
	f, err := atomicfile.Append(name, 0o644)
	if err != nil {
		return fmt.Errorf("writing the summary: %w", err)
	}
	_, err = f.WriteString(markdown)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing the summary: %w", err)
	}
	return nil
}

// writable makes sure that a summary can be appended to a file, before anything is
// done that cannot be undone.
func writable(name string) error {
	if name == "" {
		return nil
	}
	f, err := atomicfile.Append(name, 0o644)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return &Error{Exit: ExitError, Message: fmt.Sprintf("writing the summary: %v", err), Advice: "name another file with --summary", err: err}
	}
	return nil
}

// annotates reports whether GitHub Actions runs the command: it shows annotations
// beside the plan's lines.
func (a *app) annotates() bool { return a.streams.Getenv("GITHUB_ACTIONS") == "true" }

// annotations is the stream that annotations go to. The runner reads both; standard
// output is kept free for JSON.
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

// annotateFiles annotates which files are blocked or failed, and why.
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
