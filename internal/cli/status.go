package cli

import (
	"context"
	"errors"
	"slices"
	"time"

	"sbexport/internal/audit"
	"sbexport/internal/view"
)

// statusCmd tells where a plan's exports stand.
type statusCmd struct {
	Full             bool `help:"Show every file."`
	DetailedExitcode bool `help:"Exit with 2 when something is no longer as recorded."`
}

// Help is the long help.
func (statusCmd) Help() string {
	return `Compares what is on record (the lockfile, and the journal of a run that has not ended) with the platform and with the plan: ` +
		`what is done, what is open and how its jobs stand, what has failed and what to do about it, ` +
		`what has drifted (a file that is no longer an alias to its place), and what no rule wants any more. Nothing is changed anywhere. ` +
		`It does not look at the objects on the volume: sbexport verify does.

Exit code: 0; with --detailed-exitcode 2 when something has drifted.

Example: sbexport status --json`
}

// Run looks and tells.
func (c *statusCmd) Run(ctx context.Context, a *app) (err error) {
	now := time.Now()
	record, err := a.readRecord()
	if err != nil {
		return err
	}
	remote, err := a.connect(record.plan, connectOptions{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remote.Close()) }()
	found, err := a.list(ctx, remote, record.plan)
	if err != nil {
		return err
	}
	ledger := &audit.Ledger{
		Entries: slices.Collect(record.lock.All()), Unsettled: record.unsettled, Wanted: found.Wanted,
	}
	seen, err := a.look(ctx, remote, audit.AskStatus(ledger))
	if err != nil {
		return err
	}
	standing := audit.Status(ledger, seen)
	if err := c.show(a, record, remote, standing, now); err != nil {
		return err
	}
	if len(standing.Drifted) > 0 && c.DetailedExitcode {
		return status(ExitChanges)
	}
	return nil
}

func (c *statusCmd) show(a *app, record *onRecord, remote *remote, standing *audit.Standing, now time.Time) error {
	options := record.auditOptions(remote, c.Full)
	if a.globals.JSON {
		return view.StandingJSON(a.term.Out.W, record.header(remote, now), standing, options.Requests)
	}
	return view.Standing(a.term.Out, standing, options)
}
