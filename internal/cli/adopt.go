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

// Help is the long help.
func (adoptCmd) Help() string {
	return `Writes lockfile entries for what is exported already, for projects that were exported before there was a plan, or when the lockfile is lost: ` +
		`wanted files that are aliases at their place, copies that completed jobs of this user have made, ` +
		`and with --check-volume copies whose objects are there in the right size (contents are not compared). ` +
		`Nothing is exported, and nothing on the platform changes.

With --write-plan there need be no plan: one is written whose rules want the project's aliases just where they are, beside its lockfile. ` +
		`Where a file could be named by a pattern or by its ID, it is a pattern only if no other file of the project matches it today. No file is overwritten.

Examples:
  sbexport adopt --dry-run
  sbexport adopt --project rfranklin/rna-seq --write-plan sbexport.yaml`
}

// Validate checks that the flags go together.
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

// Run finds what is exported and writes it down.
func (c *adoptCmd) Run(ctx context.Context, a *app) error {
	if c.WritePlan != "" {
		return c.writePlan(ctx, a)
	}
	p, err := a.loadPlan()
	if err != nil {
		return err
	}
	return c.whileLocked(ctx, a, p.Name, func() (err error) {
		lock, err := a.loadLockfile(p.Name)
		if err != nil {
			return err
		}
		if !c.DryRun {
			if err := a.toWrite(p.Name, lock); err != nil {
				return err
			}
		}
		remote, err := a.connect(p, forLooking)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, remote.Close()) }()
		ad := &adoption{app: a, flags: c, record: &onRecord{plan: p, lock: lock}, remote: remote, now: time.Now()}
		if err := ad.find(ctx); err != nil {
			return err
		}
		return ad.finish()
	})
}

// whileLocked runs do while no other run is at work on the plan. A dry run writes
// nothing and needs no lock.
func (c *adoptCmd) whileLocked(ctx context.Context, a *app, planName string, do func() error) (err error) {
	if c.DryRun {
		return do()
	}
	lock, err := runLock(ctx, "adopt", planName, c.LockTimeout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	return do()
}

// adoption is one run of adopt with a plan.
type adoption struct {
	*app
	flags  *adoptCmd
	record *onRecord
	remote *remote
	now    time.Time

	adopted []audit.Adoption
	doubts  []audit.Doubt
}

// find compares as plan does, and looks for the objects of copies.
func (ad *adoption) find(ctx context.Context) error {
	cs, err := ad.compare(ctx, ad.remote.comparison(ad.record.plan, ad.record.lock, ad.now))
	if err != nil {
		return err
	}
	var seen *observe.Observed
	if ad.flags.CheckVolume {
		if seen, err = ad.look(ctx, ad.remote, audit.AskCopies(cs), nil); err != nil {
			return err
		}
	}
	ad.adopted, ad.doubts = audit.Adopt(cs, seen)
	return nil
}

// finish writes the lockfile, and shows what was adopted.
func (ad *adoption) finish() error {
	entries := make([]state.Entry, len(ad.adopted))
	for i, found := range ad.adopted {
		entries[i] = apply.Completed(found.Action)
	}
	if !ad.flags.DryRun {
		for _, e := range entries {
			ad.record.lock.Put(e)
		}
		if _, err := ad.record.lock.Save(); err != nil {
			return fmt.Errorf("saving the lockfile: %w", err)
		}
	}
	options := view.AdoptionOptions{AuditOptions: ad.record.auditOptions(ad.remote, ad.flags.Full), DryRun: ad.flags.DryRun}
	if ad.globals.JSON {
		return view.AdoptionJSON(ad.term.Out.W, ad.record.header(ad.remote, ad.now), ad.adopted, entries, ad.doubts, options)
	}
	return view.Adoption(ad.term.Out, ad.adopted, ad.doubts, options)
}
