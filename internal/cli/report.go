package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"sbexport/internal/atomicfile"
	"sbexport/internal/report"
	"sbexport/internal/state"
	"sbexport/internal/view"
)

// reportCmd writes a page of what the exports have come to.
type reportCmd struct {
	Out    string `default:"report.html" placeholder:"FILE" help:"Where to write the page (report.html); - for standard output."`
	Events string `placeholder:"FILE" help:"What apply --json has written, for the run's course, what was blocked and the keys in the bucket."`
	Saved  string `placeholder:"FILE" help:"A changeset saved with plan --out, for what is still to be done and what is blocked."`
}

func (reportCmd) Help() string {
	return `Makes one HTML page of the lockfile: what went where, how the runs went, what failed and what to do about it, and every file in a table to search. ` +
		`The page is one file that loads nothing from anywhere. Needs no network and no credentials.

Example: sbexport apply --json -y > apply.jsonl; sbexport report --events apply.jsonl`
}

func (c *reportCmd) Run(_ context.Context, a *app) error {
	if c.Out == "-" && a.globals.JSON {
		return fail(ExitInvalid, "write the page to a file", "--json and --out - both want standard output")
	}
	in, err := c.input(a)
	if err != nil {
		return err
	}
	if planName, err := a.planFile(); err == nil {
		if err := a.outputs(planName, c.Out); err != nil {
			return err
		}
	}
	r := report.New(in)
	if c.Out == "-" {
		return r.Write(a.term.Out.W)
	}
	err = atomicfile.WriteFunc(c.Out, 0o644, func(w io.Writer) error { return r.Write(w) })
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	t := r.Totals()
	return a.answer(struct {
		Report string `json:"report"`
		report.Totals
	}{c.Out, t}, "%s: %s, %s; %s completed, %s failed, %s blocked", view.Safe(c.Out), view.Number(t.Files, "file"),
		view.Size(t.Bytes), view.Count(t.Completed.Files), view.Count(t.Failed.Files), view.Count(t.Blocked.Files))
}

// input reads what the page is made from.
func (c *reportCmd) input(a *app) (report.Input, error) {
	in := report.Input{ToolVersion: version()}
	var err error
	if in.Saved, err = a.readSavedPlan(c.Saved); err != nil {
		return in, err
	}
	planName, err := a.planFile()
	if err != nil {
		return in, err
	}
	in.Plan = filepath.Base(planName)
	if d := in.Saved; d != nil && filepath.Base(d.Plan.File) != in.Plan {
		return in, fail(ExitInvalid, "name the plan that it was made of with -f, or leave -f out", "%s is a saved plan of %s, not of %s", c.Saved, d.Plan.File, in.Plan)
	}
	// That of a rehearsal is welcome: the page says what it is.
	if in.Lockfile, err = state.Load(state.LockfileName(planName)); err != nil {
		return in, err
	}
	if in.Lockfile.SHA256() == "" && in.Saved == nil {
		return in, fail(ExitError, "run sbexport apply first, or report a plan: sbexport plan --out FILE, then sbexport report --saved FILE",
			"there is nothing to report: there is no %s yet", in.Lockfile.Path())
	}
	if a.unfinished(planName) {
		a.say("note: an apply of this plan is running or did not end by itself; the report shows what is in the lockfile by now")
	}
	if p, err := a.loadPlan(); err == nil { // what it was made from may be there no more
		in.PlanSHA256, in.Endpoint = p.SHA256, p.Endpoint
	}
	if in.Events, err = c.readEvents(); err == nil && in.Events != nil {
		err = in.Events.Belong(&in)
	}
	if _, bad := errors.AsType[*report.EventsError](err); bad {
		return in, fail(ExitInvalid, "", "%s: %w", c.Events, err)
	}
	return in, err
}

// readEvents reads the events, if any are named.
func (c *reportCmd) readEvents() (*report.Events, error) {
	if c.Events == "" {
		return nil, nil //nolint:nilnil // no events were named
	}
	f, err := atomicfile.Open(c.Events)
	if err != nil {
		return nil, fail(ExitInvalid, "make them with: sbexport apply --json > FILE", "reading the events: %w", err)
	}
	defer f.Close() //nolint:errcheck // nothing was written
	return report.ReadEvents(f)
}
