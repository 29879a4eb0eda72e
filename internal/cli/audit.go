package cli

import (
	"context"
	"time"

	"sbexport/internal/audit"
	"sbexport/internal/change"
	"sbexport/internal/observe"
	"sbexport/internal/state"
	"sbexport/internal/view"
	"sbexport/plan"
)

// onRecord is what a plan and its files say of its exports. The lockfile has
// what a run has left in its journal, and is not for saving.
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

// look looks at what an audit has asked for, and shows that it does.
func (a *app) look(ctx context.Context, r *remote, q audit.Question) (*audit.Observed, error) {
	live := a.status(func() string { return "looking: " + view.Number(int(r.Requests()), "request") })
	defer live.Stop()
	return observe.Look(ctx, r, q, r.Now())
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
