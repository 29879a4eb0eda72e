package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"sbexport/internal/platform"
	"sbexport/internal/state"
	"sbexport/internal/view"
)

// lockfileCmd are the commands about the lockfile itself. They need neither the
// plan nor the platform.
type lockfileCmd struct {
	Check lockfileCheckCmd `cmd:"" help:"Check that a lockfile can be read."`
	Merge lockfileMergeCmd `cmd:"" help:"Merge two lockfiles that were changed apart, as a git merge driver too."`
}

// lockfileCheckCmd checks a lockfile.
type lockfileCheckCmd struct {
	Lockfile string `arg:"" optional:"" placeholder:"FILE" help:"The lockfile. Default: that of the plan."`
}

func (lockfileCheckCmd) Help() string {
	return `Reads the lockfile as every other command does and counts what is in it. Needs no network and no credentials. ` +
		`A lockfile that cannot be read is told with its line and with what to do.

Example: sbexport lockfile check sbexport.lock.json`
}

func (c *lockfileCheckCmd) Run(_ context.Context, a *app) error {
	name, load := c.Lockfile, state.LoadSide
	if name == "" {
		p, err := a.planFile()
		if err != nil {
			return err
		}
		// Before the first apply there is none, which is as good as an empty one.
		name, load = state.LockfileName(p), state.Load
	}
	lock, err := load(name)
	if err != nil {
		return err
	}
	verdict := struct {
		File      string `json:"file"`
		Exports   int    `json:"exports"`
		Completed int    `json:"completed"`
		Failed    int    `json:"failed"`
		Open      int    `json:"open"`
	}{File: name}
	for e := range lock.All() {
		verdict.Exports++
		switch e.State {
		case platform.Completed:
			verdict.Completed++
		case platform.Failed:
			verdict.Failed++
		case platform.Pending, platform.Running, platform.Aborted:
			verdict.Open++
		}
	}
	return a.answer(verdict, "%s is good: %s (%d completed, %d failed, %d open)",
		view.Safe(name), view.Number(verdict.Exports, "export"), verdict.Completed, verdict.Failed, verdict.Open)
}

// lockfileMergeCmd merges lockfiles.
type lockfileMergeCmd struct {
	Base   string `arg:"" placeholder:"FILE" help:"The common ancestor; an empty file for none."`
	Ours   string `arg:"" placeholder:"FILE" help:"One side. The result is written to it."`
	Theirs string `arg:"" placeholder:"FILE" help:"The other side."`
	Out    string `placeholder:"FILE" help:"Write the result to FILE instead."`
}

func (lockfileMergeCmd) Help() string {
	return `Joins the results of both sides, export by export: what only one side changed is as that side has it; ` +
		`where both did, COMPLETED beats every other state and the later result the earlier. ` +
		`Exits with 1 when that does not decide; of each export in question both lines are then in the file.

As a git merge driver:

  git config merge.sbexport.driver "sbexport lockfile merge %O %A %B"
  echo "*.lock.json merge=sbexport" >> .gitattributes

A lockfile that has conflict markers already is merged anew by the driver:

  git checkout --merge sbexport.lock.json`
}

func (c *lockfileMergeCmd) Run(_ context.Context, a *app) error {
	base, ours, theirs, err := c.sides()
	if err != nil {
		return err
	}
	out := cmp.Or(c.Out, ours.Path())
	merged, err := state.ThreeWay(base, ours, theirs)
	if err != nil {
		hint := "merge with the newest version of sbexport that either side was written by"
		if errors.Is(err, state.ErrRehearsal) {
			hint = "take the side with the real exports: git checkout --ours, or --theirs"
		}
		return fail(ExitError, hint, "merging into %q: %w", out, err)
	}
	if err := merged.Write(out); err != nil {
		return fmt.Errorf("writing the merged lockfile: %w", err)
	}
	return a.merged(out, merged)
}

// sides loads what is to be merged.
func (c *lockfileMergeCmd) sides() (base, ours, theirs *state.Lockfile, err error) {
	if base, err = state.LoadBase(c.Base); err != nil {
		return nil, nil, nil, err
	}
	if ours, err = state.LoadSide(c.Ours); err != nil {
		return nil, nil, nil, err
	}
	theirs, err = state.LoadSide(c.Theirs)
	return base, ours, theirs, err
}

// merged tells how a merge ended.
func (a *app) merged(out string, m *state.Merged) error {
	if a.globals.JSON {
		err := a.answer(struct {
			File      string `json:"file"`
			Exports   int    `json:"exports"`
			Ours      int    `json:"ours"`
			Theirs    int    `json:"theirs"`
			Deleted   int    `json:"deleted"`
			Conflicts int    `json:"conflicts"`
		}{out, m.Len(), m.Ours, m.Theirs, m.Deleted, len(m.Conflicts)}, "")
		if err != nil {
			return err
		}
	} else if a.globals.Verbose > 0 {
		a.say("%s: %s; of those in which the sides differ %d are ours and %d theirs, %d deleted, %d in conflict",
			out, view.Number(m.Len(), "export"), m.Ours, m.Theirs, m.Deleted, len(m.Conflicts))
	}
	if len(m.Conflicts) == 0 {
		return nil
	}
	first := m.Conflicts[0].Ours
	return fail(ExitError, "edit the file: it has both lines of each; delete one of the two",
		"%s of %q cannot be merged, such as file %q to %q on %q: both sides have a result, and neither is later",
		view.Number(len(m.Conflicts), "export"), out, first.File, first.Location, first.Volume)
}
