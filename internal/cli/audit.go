package cli

import (
	"context"
	"slices"
	"time"

	"sbexport/internal/audit"
	"sbexport/internal/change"
	"sbexport/internal/observe"
	"sbexport/internal/state"
	"sbexport/internal/view"
	"sbexport/plan"
)

// onRecord is what a plan, its lockfile and its journal say of its exports, and the
// platform to compare that with. The journal is folded into the lockfile, which
// must not be saved.
type onRecord struct {
	*remote
	plan      *plan.Plan
	lock      *state.Lockfile
	unsettled []state.Record
	began     time.Time
}

// withRecord reads the plan, its lockfile and its journal, connects to the platform
// for as long as do takes, and changes nothing.
func (a *app) withRecord(do func(*onRecord) error) error {
	r := &onRecord{began: time.Now()}
	var err error
	if r.plan, err = a.loadPlan(); err != nil {
		return err
	}
	if r.lock, err = a.loadLockfile(r.plan.Name); err != nil {
		return err
	}
	records, err := state.ReadJournal(a.journalName(r.plan.Name))
	if err != nil {
		return err
	}
	r.unsettled = state.Fold(records, r.lock)
	return a.onPlatform(r.plan, func(remote *remote) error {
		r.remote = remote
		return do(r)
	})
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
func (r *onRecord) header() view.Header {
	return view.Header{
		FormatVersion: change.FormatVersion, ToolVersion: version(),
		CreatedOn: r.began.UTC().Truncate(time.Second), Endpoint: r.endpoint,
		Plan:     change.Digest{File: r.plan.Name, SHA256: r.plan.SHA256},
		Lockfile: change.Digest{File: r.lock.Path(), SHA256: r.lock.SHA256()},
	}
}

// auditOptions are what views of this record need.
func (r *onRecord) auditOptions(full bool) view.AuditOptions {
	return view.AuditOptions{Lockfile: r.lock.Path(), Endpoint: r.name, Requests: int(r.Requests()), Full: full}
}

// statusCmd tells where a plan's exports stand.
type statusCmd struct {
	Full             bool `help:"Show every file."`
	DetailedExitcode bool `help:"Exit with 2 when something is no longer as recorded."`
}

func (statusCmd) Help() string {
	return `Compares what is on record (the lockfile, and the journal of a run that has not ended) with the platform and with the plan: ` +
		`what is done, what is open and how its jobs stand, what has failed and what to do about it, ` +
		`what has drifted (a file that is no longer an alias to its place), and what no rule wants any more. Nothing is changed anywhere. ` +
		`It does not look at the objects on the volume: sbexport verify does.

Exit code: 0; with --detailed-exitcode 2 when something has drifted.

Example: sbexport status --json`
}

func (c *statusCmd) Run(ctx context.Context, a *app) error {
	return a.withRecord(func(r *onRecord) error {
		found, err := a.list(ctx, r.remote, r.plan)
		if err != nil {
			return err
		}
		ledger := &audit.Ledger{Entries: slices.Collect(r.lock.All()), Unsettled: r.unsettled, Wanted: found.Wanted}
		seen, err := a.look(ctx, r.remote, audit.AskStatus(ledger), nil)
		if err != nil {
			return err
		}
		standing := audit.Status(ledger, seen)
		options := r.auditOptions(c.Full)
		if a.globals.JSON {
			err = view.StandingJSON(a.term.Out.W, r.header(), standing, options.Requests)
		} else {
			err = view.Standing(a.term.Out, standing, options)
		}
		if err == nil && len(standing.Drifted) > 0 && c.DetailedExitcode {
			err = exitError(ExitChanges)
		}
		return err
	})
}

// verifyCmd audits what is on record as exported.
type verifyCmd struct {
	Only             []string `placeholder:"RULE" sep:"none" help:"Only what this rule has exported (repeatable)."`
	Full             bool     `help:"Show every file that is not in order."`
	DetailedExitcode bool     `help:"Exit with 2 when something is no longer as recorded; verify always does."`
}

func (verifyCmd) Help() string {
	return `Looks at every export that the lockfile has as completed. A moved file must still be an alias to its place, and the object must be there; ` +
		`of a copy, the object must be there. Sizes are compared where the platform tells them; contents are not. Nothing is changed anywhere.

It tells apart: broken (alias without its object), missing (copy gone), changed (another size), moved (alias elsewhere), ` +
		`restored (file back on the platform), deleted (file gone), and unreadable (you may not look).

Exit code: 0 when all is in order; 2 when something is no longer as recorded; 3 when something could not be looked at.

Example: sbexport verify --detailed-exitcode --json > audit.json`
}

// Run looks at what is on record, and shows what became of it. What a rule has
// exported stays on record when the rule is gone.
func (c *verifyCmd) Run(ctx context.Context, a *app) error {
	return a.withRecord(func(r *onRecord) error {
		var recorded []string
		for e := range r.lock.All() {
			recorded = append(recorded, e.Rule)
		}
		if err := known(c.Only, ruleNames(r.plan), recorded...); err != nil {
			return err
		}
		entries := audit.Completed(r.lock.All(), c.Only...)
		seen, err := a.look(ctx, r.remote, audit.AskVerify(entries), nil)
		if err != nil {
			return err
		}
		result := audit.Verify(entries, seen)
		options := r.auditOptions(c.Full)
		if a.globals.JSON {
			err = view.VerificationJSON(a.term.Out.W, r.header(), result, options.Requests)
		} else {
			err = view.Verification(a.term.Out, result, options)
		}
		switch {
		case err != nil:
			return err
		case result.Drift() > 0:
			return exitError(ExitChanges)
		case len(result.Verdicts) > 0:
			return exitError(ExitIncomplete)
		}
		return nil
	})
}
