package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"sbexport/internal/atomicfile"
	"sbexport/internal/change"
	"sbexport/internal/state"
	"sbexport/plan"
)

// maxPlan is more than any plan that can be loaded has, in bytes.
const maxPlan = 256 << 20

// maxSaved is more than any saved plan has, in bytes: one of a million files is
// half of it.
const maxSaved = 1 << 30

// loadPlan reads and validates the plan.
func (a *app) loadPlan() (*plan.Plan, error) {
	name, err := a.planFile()
	if err != nil {
		return nil, err
	}
	source, _, err := atomicfile.Read(name, maxPlan)
	_, special := errors.AsType[*atomicfile.KindError](err)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &Error{
			Exit: ExitInvalid, Message: fmt.Sprintf("there is no plan %q", name),
			Advice: "name the plan with -f FILE, or change to the directory that it was saved in",
		}
	case special, errors.Is(err, atomicfile.ErrTooLarge):
		return nil, &Error{Exit: ExitInvalid, Message: fmt.Sprintf("reading the plan: %v", err), Advice: "name the plan with -f FILE", err: err}
	case err != nil:
		return nil, fmt.Errorf("reading the plan: %w", err)
	}
	return plan.Load(name, source, a.streams.LookupEnv)
}

// readSavedPlan reads a changeset saved with plan --out, or nothing where none is
// named. The plan that it was made of is the one to load, unless another is named.
func (a *app) readSavedPlan(name string) (*change.Document, error) {
	if name == "" {
		return nil, nil //nolint:nilnil // documented
	}
	text, _, err := atomicfile.Read(name, maxSaved)
	if err != nil {
		return nil, &Error{Exit: ExitInvalid, Message: fmt.Sprintf("reading the saved plan: %v", err), Advice: "make one with: sbexport plan --out FILE", err: err}
	}
	d, err := change.ReadDocument(text)
	if err != nil {
		return nil, &Error{Exit: ExitInvalid, Message: fmt.Sprintf("%s: %v", name, err), err: err}
	}
	if a.globals.File == "" {
		a.globals.File = d.Plan.File
	}
	return d, nil
}

// runLock keeps other runs out of a plan's files while a command writes them.
func runLock(ctx context.Context, command, planName string, wait time.Duration) (*state.RunLock, error) {
	if err := state.EnsureDir(state.Dir(planName)); errors.Is(err, fs.ErrNotExist) {
		return nil, &Error{Exit: ExitError, Message: err.Error(), Advice: "make the plan's directory first", err: err}
	} else if err != nil {
		return nil, fmt.Errorf("making room for the run lock: %w", err)
	}
	return state.Lock(ctx, state.RunLockName(planName), state.NewHolder(command+" "+planName), wait)
}

// loadLockfile reads the lockfile of a plan. What a rehearsal on the simulator
// has written never passes for real exports.
func (a *app) loadLockfile(planName string) (*state.Lockfile, error) {
	lock, err := state.Load(state.LockfileName(planName))
	switch {
	case err != nil:
		return nil, err
	case a.globals.Simulator != "":
	case lock.Rehearsal():
		return nil, refuse("delete it, or restore the real one from version control",
			"%s records a rehearsal on the simulator, not real exports", lock.Path())
	}
	return lock, nil
}

// toWrite prepares a lockfile for results. That of a rehearsal is marked as one, and
// what it overwrites of real exports is put aside first.
func (a *app) toWrite(planName string, lock *state.Lockfile) error {
	if a.globals.Simulator == "" {
		return nil
	}
	rehearsed := lock.Rehearsal()
	lock.MarkRehearsal()
	if rehearsed || lock.Len() == 0 {
		return nil
	}
	if err := state.EnsureDir(state.Dir(planName)); err != nil {
		return fmt.Errorf("making room for a copy of the lockfile: %w", err)
	}
	aside := filepath.Join(state.Dir(planName), filepath.Base(lock.Path())+".real")
	if err := lock.Keep(aside); err != nil {
		return fmt.Errorf("keeping a copy of the lockfile: %w", err)
	}
	a.warn(fmt.Sprintf("%s records real exports, and this rehearsal writes its own results into it; the real one is kept as %s", lock.Path(), aside))
	return nil
}

// journalName is the path of a plan's journal; a rehearsal has its own.
func (a *app) journalName(planName string) string {
	if a.globals.Simulator != "" {
		return state.JournalName(planName) + "-rehearsal"
	}
	return state.JournalName(planName)
}

// unfinished reports whether a run of the plan has left its journal behind, or is
// at work.
func (a *app) unfinished(planName string) bool {
	info, err := os.Stat(a.journalName(planName))
	return err == nil && info.Size() > 0
}

// outputs refuses to write an answer over the plan, its lockfile or the seed, by
// whatever name, or where no file can be.
func (a *app) outputs(planName string, names ...string) error {
	kept := []string{planName, state.LockfileName(planName), a.globals.Simulator}
	for _, name := range names {
		if name == "" || name == "-" {
			continue
		}
		if err := atomicfile.Check(name); err != nil {
			return err
		}
		for _, keep := range kept {
			if keep != "" && sameFile(name, keep) {
				return &Error{
					Exit: ExitInvalid, Message: fmt.Sprintf("%q is the plan's own file %q, which would be lost", name, keep),
					Advice: "name another file to write to",
				}
			}
		}
	}
	return nil
}

// sameFile reports whether two names are, or would be, one file.
func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	if errX == nil && errY == nil {
		return os.SameFile(x, y)
	}
	whole := func(name string) string {
		if abs, err := filepath.Abs(name); err == nil {
			return abs
		}
		return filepath.Clean(name)
	}
	return whole(a) == whole(b)
}

// outError explains why a file named with --out could not be written.
func outError(doing, name string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return &Error{
		Exit: ExitError, Message: fmt.Sprintf("%s: there is no directory %q", doing, filepath.Dir(name)),
		Advice: "name another file with --out", err: err,
	}
}
