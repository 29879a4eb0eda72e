package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sbexport/internal/audit"
	"sbexport/internal/change"
	"sbexport/internal/observe"
	"sbexport/internal/state"
	"sbexport/internal/view"
	"sbexport/plan"
)

// onRecord is what a plan, its lockfile and its journal say of its exports. The
// journal is folded into the lockfile, which must not be saved.
type onRecord struct {
	plan      *plan.Plan
	lock      *state.Lockfile
	unsettled []state.Record
}

// readRecord reads the plan, its lockfile and its journal, and changes nothing.
func (a *app) readRecord() (*onRecord, error) {
	p, err := a.loadPlan()
	if err != nil {
		return nil, err
	}
	lock, err := a.loadLockfile(p.Name)
	if err != nil {
		return nil, err
	}
	records, err := state.ReadJournal(a.journalName(p.Name))
	if err != nil {
		return nil, err
	}
	return &onRecord{p, lock, state.Fold(records, lock)}, nil
}

// look looks at what an audit asks for and adds it to what was seen before, which
// may be nil; it shows that it is doing so.
func (a *app) look(ctx context.Context, r *remote, q observe.Question, seen *observe.Observed) (*observe.Observed, error) {
	live := a.doing(func() string { return "looking: " + view.Number(int(r.Requests()), "request") })
	defer live.Stop()
	if seen == nil {
		seen = observe.New(r.Now())
	}
	return seen, observe.Look(ctx, r, q, seen)
}

// header is what a document about a plan's exports begins with.
func (r *onRecord) header(remote *remote, now time.Time) view.Header {
	return view.Header{
		FormatVersion: change.FormatVersion, ToolVersion: version(),
		CreatedOn: now.UTC().Truncate(time.Second), Endpoint: remote.endpoint,
		Plan:     change.Digest{File: r.plan.Name, SHA256: r.plan.SHA256},
		Lockfile: change.Digest{File: r.lock.Path(), SHA256: r.lock.SHA256()},
	}
}

// auditOptions are what views of this record need.
func (r *onRecord) auditOptions(remote *remote, full bool) view.AuditOptions {
	return view.AuditOptions{
		Lockfile: r.lock.Path(), Endpoint: remote.name, Requests: int(remote.Requests()), Full: full,
	}
}

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

// Run compares the record with the platform, and shows how it stands.
func (c *statusCmd) Run(ctx context.Context, a *app) (err error) {
	now := time.Now()
	record, err := a.readRecord()
	if err != nil {
		return err
	}
	remote, err := a.connect(record.plan, forLooking)
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
	seen, err := a.look(ctx, remote, audit.AskStatus(ledger), nil)
	if err != nil {
		return err
	}
	standing := audit.Status(ledger, seen)
	if err := c.show(a, record, remote, standing, now); err != nil {
		return err
	}
	if len(standing.Drifted) > 0 && c.DetailedExitcode {
		return exitError(ExitChanges)
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

// verifyCmd audits what is on record as exported.
type verifyCmd struct {
	Only             []string `placeholder:"RULE" sep:"none" help:"Only what this rule has exported (repeatable)."`
	Full             bool     `help:"Show every file that is not in order."`
	DetailedExitcode bool     `help:"Exit with 2 when something is no longer as recorded; verify always does."`
}

// Help is the long help.
func (verifyCmd) Help() string {
	return `Looks at every export that the lockfile has as completed. A moved file must still be an alias to its place, and the object must be there; ` +
		`of a copy, the object must be there. Sizes are compared where the platform tells them; contents are not. Nothing is changed anywhere.

It tells apart: broken (alias without its object), missing (copy gone), changed (another size), moved (alias elsewhere), ` +
		`restored (file back on the platform), deleted (file gone), and unreadable (you may not look).

Exit code: 0 when all is in order; 2 when something is no longer as recorded; 3 when something could not be looked at.

Example: sbexport verify --detailed-exitcode --json > audit.json`
}

// Run compares the record with the platform, and shows how it stands.
func (c *verifyCmd) Run(ctx context.Context, a *app) (err error) {
	now := time.Now()
	record, err := a.readRecord()
	if err != nil {
		return err
	}
	if err := c.checkRules(record); err != nil {
		return err
	}
	remote, err := a.connect(record.plan, forLooking)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remote.Close()) }()
	entries := audit.Completed(record.lock.All(), c.Only...)
	seen, err := a.look(ctx, remote, audit.AskVerify(entries), nil)
	if err != nil {
		return err
	}
	result := audit.Verify(entries, seen)
	if err := c.show(a, record, remote, result, now); err != nil {
		return err
	}
	switch {
	case result.Drift() > 0:
		return exitError(ExitChanges)
	case len(result.Verdicts) > 0:
		return exitError(ExitIncomplete)
	}
	return nil
}

func (c *verifyCmd) show(a *app, record *onRecord, remote *remote, result *audit.Verification, now time.Time) error {
	options := record.auditOptions(remote, c.Full)
	if a.globals.JSON {
		return view.VerificationJSON(a.term.Out.W, record.header(remote, now), result, options.Requests)
	}
	return view.Verification(a.term.Out, result, options)
}

// checkRules refuses rules that neither the plan nor the lockfile knows. What a
// rule has exported stays on record when the rule is gone.
func (c *verifyCmd) checkRules(record *onRecord) error {
	if len(c.Only) == 0 {
		return nil
	}
	var names []string
	for _, r := range record.plan.Rules {
		names = append(names, r.Name)
	}
	known := map[string]bool{}
	for e := range record.lock.All() {
		known[e.Rule] = true
	}
	for _, name := range c.Only {
		if !known[name] && !slices.Contains(names, name) {
			return &Error{
				Exit: ExitInvalid, Message: fmt.Sprintf("neither the plan nor the lockfile has a rule %q", name),
				Advice: fmt.Sprintf("the plan's rules are %s", sample(names, 20)),
			}
		}
	}
	return nil
}
