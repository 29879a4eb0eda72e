package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sbexport/internal/apply"
	"sbexport/internal/audit"
	"sbexport/internal/observe"
	"sbexport/internal/state"
	"sbexport/internal/view"
)

// adoptCmd puts on record what is exported already.
type adoptCmd struct {
	CheckVolume bool          `help:"Also adopt copies by objects of the right size at the wanted keys."`
	WritePlan   string        `placeholder:"FILE" help:"Write a plan of what --project has on volumes already, and its lockfile."`
	Project     string        `placeholder:"OWNER/NAME" help:"The project for --write-plan."`
	DryRun      bool          `help:"Show what would be adopted; write nothing."`
	Full        bool          `help:"Show every file."`
	LockTimeout time.Duration `placeholder:"D" help:"How long to wait for an apply of this plan to end (not at all)."`
}

func (adoptCmd) Help() string {
	return `Writes lockfile entries for what is exported already, for projects that were exported before there was a plan, or when the lockfile is lost: ` +
		`wanted files that are aliases at their place, copies that completed jobs of this user have made, ` +
		`and with --check-volume copies whose objects are there in the right size (contents are not compared). ` +
		`Nothing is exported, and nothing on the platform changes.

With --write-plan there need be no plan: one is written whose rules want the project's aliases just where they are, beside its lockfile. ` +
		`Its rules are few: they select by patterns and conditions that no other file of the project meets today, or else by IDs. Files that would take a rule each are left out, and listed. ` +
		`The plan's limits let nothing move until you raise them. No file is overwritten.

Examples:
  sbexport adopt --dry-run
  sbexport adopt --project rfranklin/rna-seq --write-plan sbexport.yaml`
}

func (c *adoptCmd) Validate() error {
	switch {
	case (c.WritePlan == "") != (c.Project == ""):
		return errors.New("--write-plan and --project go together")
	case c.WritePlan != "" && c.CheckVolume:
		return errors.New("--check-volume is for the copies that a plan wants; --write-plan goes by aliases alone")
	case c.LockTimeout < 0:
		return errors.New("--lock-timeout must not be negative")
	}
	return nil
}

func (c *adoptCmd) Run(ctx context.Context, a *app) error {
	if c.WritePlan != "" {
		return c.writePlan(ctx, a)
	}
	p, err := a.loadPlan()
	if err != nil {
		return err
	}
	return c.whileLocked(ctx, a, p.Name, func() error {
		lock, err := a.loadLockfile(p.Name)
		if err != nil {
			return err
		}
		if !c.DryRun {
			if err := a.toWrite(p.Name, lock); err != nil {
				return err
			}
		}
		return a.onPlatform(p, func(remote *remote) error {
			return c.adopt(ctx, a, &onRecord{remote: remote, plan: p, lock: lock, began: time.Now()})
		})
	})
}

// whileLocked runs do while no other run is at work on the plan. A dry run writes
// nothing and needs no lock.
func (c *adoptCmd) whileLocked(ctx context.Context, a *app, planName string, do func() error) (err error) {
	if c.DryRun {
		return do()
	}
	lock, err := a.runLock(ctx, "adopt", planName, c.LockTimeout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	return do()
}

// adopt compares as plan does, looks for the objects of copies, writes the lockfile,
// and shows what was adopted.
func (c *adoptCmd) adopt(ctx context.Context, a *app, r *onRecord) error {
	changes, err := a.compare(ctx, r.comparison(r.plan, r.lock, r.began))
	if err != nil {
		return err
	}
	var seen *observe.Observed
	if c.CheckVolume {
		if seen, err = a.look(ctx, r.remote, audit.AskCopies(changes), nil); err != nil {
			return err
		}
	}
	adopted, doubts := audit.Adopt(changes, seen)
	entries := make([]state.Entry, len(adopted))
	for i, found := range adopted {
		entries[i] = apply.Completed(found.Action)
	}
	if !c.DryRun {
		if err := record(r.lock, entries); err != nil {
			return err
		}
	}
	options := view.AdoptionOptions{AuditOptions: r.auditOptions(c.Full), DryRun: c.DryRun}
	if a.globals.JSON {
		return view.AdoptionJSON(a.term.Out.W, r.header(), adopted, entries, doubts, options)
	}
	return view.Adoption(a.term.Out, adopted, doubts, options)
}

// record writes entries into a lockfile.
func record(lock *state.Lockfile, entries []state.Entry) error {
	for _, e := range entries {
		lock.Put(e)
	}
	if _, err := lock.Save(); err != nil {
		return fmt.Errorf("saving the lockfile: %w", err)
	}
	return nil
}
