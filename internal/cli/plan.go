package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"sbexport/internal/atomicfile"
	"sbexport/internal/change"
	"sbexport/internal/diff"
	"sbexport/internal/view"
	"sbexport/plan"
)

// planCmd compares and shows.
type planCmd struct {
	selection
	Full             bool   `help:"Show every file, and those with nothing to do."`
	DetailedExitcode bool   `help:"Exit with 2 when there are changes to apply, with 3 or 5 when apply would."`
	Out              string `placeholder:"FILE" help:"Save the changeset, for apply FILE."`
	Summary          string `placeholder:"FILE" help:"Append a Markdown summary to FILE. Default: $GITHUB_STEP_SUMMARY."`
}

// Help is the long help.
func (planCmd) Help() string {
	return `Lists the projects, compares what the plan wants with what is exported already, and shows the difference: ` +
		`+ will be moved or copied, ! replaces an object on the volume, ~ is carried by an open job, x is blocked. Nothing is changed anywhere.

Example: sbexport plan --out tonight.plan && sbexport apply tonight.plan`
}

// Run makes the changeset and shows it.
func (c *planCmd) Run(ctx context.Context, a *app) (err error) {
	p, err := a.loadPlan()
	if err != nil {
		return err
	}
	if err := a.outputs(p.Name, c.Out, a.summaryFile(c.Summary)); err != nil {
		return err
	}
	lock, err := a.loadLockfile(p.Name)
	if err != nil {
		return err
	}
	remote, err := a.connect(p, connectOptions{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remote.Close()) }()
	comparison := comparison{plan: p, selection: c.selection, remote: remote, lock: lock, now: time.Now()}
	cs, err := a.compare(ctx, comparison)
	if err != nil {
		return err
	}
	cs.AtLeast = remote.Budget().Least(cs.Requests, time.Now())
	a.unfinished(p.Name, cs)
	document := comparison.document(cs, c.Full)
	if err := c.show(a, cs, document, remote.name); err != nil {
		return err
	}
	if err := a.annotateFiles(p, cs.Blocked, nil); err != nil {
		return err
	}
	if c.DetailedExitcode {
		return detailed(cs, p.Limits)
	}
	return nil
}

// detailed is the exit code that says what apply would have to do, and whether
// it could do all of it.
func detailed(cs *change.Changeset, limits plan.Limits) error {
	switch {
	case len(diff.Exceeded(cs, limits)) > 0:
		return status(ExitRefused)
	case cs.Incomplete() > 0:
		return status(ExitIncomplete)
	case len(cs.Actions) > 0:
		return status(ExitChanges)
	}
	return nil
}

// unfinished warns of a run that has left its journal behind.
func (a *app) unfinished(plan string, cs *change.Changeset) {
	if info, err := os.Stat(a.journalName(plan)); err == nil && info.Size() > 0 {
		cs.Warnings = append(cs.Warnings, "an apply of this plan is running or did not end by itself; the next apply finds out what became of its last submissions")
	}
}

// show writes the answer wherever it is wanted.
func (c *planCmd) show(a *app, cs *change.Changeset, d *change.Document, where string) error {
	options := view.ChangesetOptions{Plan: d.Plan.File, Endpoint: where, Full: c.Full}
	if c.Out != "" {
		if err := atomicfile.WriteFunc(c.Out, 0o644, func(w io.Writer) error { return d.Write(w) }); err != nil {
			return outError("saving the plan", c.Out, err)
		}
	}
	if err := a.summarize(c.Summary, view.ChangesetMarkdown(cs, options)); err != nil {
		return err
	}
	if a.globals.JSON {
		return d.Write(a.term.Out.W)
	}
	if err := view.Changeset(a.term.Out, cs, options); err != nil {
		return err
	}
	if c.Out != "" {
		a.say("saved as %s; carry it out with: sbexport apply %s%s", c.Out, c.Out, a.sameFlags())
	}
	return nil
}

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
