package cli

import (
	"context"

	"sbexport/internal/coverage"
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

Exit code: 0; with --detailed-exitcode 2 when there are files that no rule selects.

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
		options := view.CoverageOptions{Plan: r.plan.Name, Endpoint: r.name, Requests: int(r.Requests()), Full: c.Full}
		if err := a.summarize(c.Summary, view.CoverageMarkdown(projects, options)); err != nil {
			return err
		}
		if a.globals.JSON {
			err = view.CoverageJSON(a.term.Out.W, projects)
		} else {
			err = view.Coverage(a.term.Out, projects, options)
		}
		if err == nil && c.DetailedExitcode && coverage.Sum(projects).Classes[coverage.Unselected].Files > 0 {
			err = exitError(ExitChanges)
		}
		return err
	})
}
