package cli

import (
	"context"
	"fmt"

	"sbexport/internal/coverage"
	"sbexport/internal/platform"
	"sbexport/internal/view"
)

// coverageCmd tells what a plan makes of every file of its projects.
type coverageCmd struct {
	Full             bool   `help:"Show every folder with files that no rule selects."`
	DetailedExitcode bool   `help:"Exit with 2 when there are files that no rule selects."`
	Summary          string `placeholder:"FILE" help:"Append a Markdown summary to FILE. Default: $GITHUB_STEP_SUMMARY."`
}

func (coverageCmd) Help() string {
	return `Lists the plan's projects whole, and puts each of their files in exactly one class: exported (where the plan wants it), open (a job carries it), ` +
		`to do, blocked, failed, or selected by no rule; with the folders where the last ones are. ` +
		`So one sees before a project or a licence ends that nothing is forgotten. Nothing is changed anywhere.

Exit code: 0; with --detailed-exitcode 2 when there are files that no rule selects; 3 when a project could not be read.

Example: sbexport coverage --json`
}

func (c *coverageCmd) Run(ctx context.Context, a *app) error {
	return a.withRecord(func(r *onRecord) error {
		if err := a.outputs(r.plan.Name, a.summaryFile(c.Summary)); err != nil {
			return err
		}
		var listing coverage.Listing
		comparison := r.comparison(r.plan, r.lock, r.began)
		comparison.Every = listing.Add
		changes, err := a.compare(ctx, comparison)
		if err != nil {
			return err
		}
		projects := coverage.Of(&listing, changes, r.lock, r.unsettled)
		if err := a.addTasks(ctx, r.remote, &listing, projects); err != nil {
			return err
		}
		unread := coverage.Unread(changes)
		options := view.CoverageOptions{
			Plan: r.plan.Name, Endpoint: r.name, Requests: int(r.Requests()), Full: c.Full,
			Unread: unread, Warnings: changes.Warnings,
		}
		if err := a.summarize(c.Summary, view.CoverageMarkdown(projects, options)); err != nil {
			return err
		}
		if a.globals.JSON {
			for i := range unread { // the document has no place for it
				a.warn(fmt.Sprintf("%s: %s", unread[i].Project, unread[i].Message))
			}
			err = view.CoverageJSON(a.term.Out.W, projects)
		} else {
			err = view.Coverage(a.term.Out, projects, options)
		}
		switch {
		case err != nil:
			return err
		case c.DetailedExitcode && coverage.Sum(projects).Classes[coverage.Unselected].Files > 0:
			return exitError(ExitChanges)
		case len(unread) > 0:
			return exitError(ExitIncomplete)
		}
		return nil
	})
}

// addTasks finds out what became of the tasks that made files which no rule selects,
// where the user may read tasks.
func (a *app) addTasks(ctx context.Context, r *remote, l *coverage.Listing, projects []coverage.Project) error {
	live := a.doing(func() string { return "reading tasks: " + view.Number(int(r.Requests()), "request") })
	defer live.Stop()
	for i := range projects {
		p := &projects[i]
		if !p.HasTasks() {
			continue
		}
		tasks, err := r.Tasks(ctx, p.ID, "")
		if platform.Refusal(err) != nil {
			continue
		}
		if err != nil {
			return fmt.Errorf("listing the tasks of project %q: %w", p.ID, err)
		}
		if err := r.Outputs(ctx, p.Makers(tasks)); err != nil {
			return fmt.Errorf("reading what tasks of project %q put out: %w", p.ID, err)
		}
		p.AddTasks(l, tasks)
	}
	return nil
}
