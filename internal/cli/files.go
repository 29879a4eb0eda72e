package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
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
	if name == "-" {
		return nil, fail(ExitInvalid, "save it as a file and name that with -f: what an apply has done is recorded beside it", "the plan cannot be read from standard input")
	}
	source, _, err := atomicfile.Read(name, maxPlan)
	_, special := errors.AsType[*atomicfile.KindError](err)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return nil, fail(ExitInvalid, "name the plan with -f FILE, or change to the directory that it was saved in", "there is no plan %q", name)
	case special, errors.Is(err, atomicfile.ErrTooLarge):
		return nil, fail(ExitInvalid, "name the plan with -f FILE", "reading the plan: %w", err)
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
		return nil, fail(ExitInvalid, "make one with: sbexport plan --out FILE", "reading the saved plan: %w", err)
	}
	if isYAML(name) {
		return nil, fail(ExitInvalid, fmt.Sprintf("save it first: sbexport plan -f %s --out FILE; or carry it out: sbexport apply -f %s", name, name),
			"%q is a plan, and no saved one", name)
	}
	d, err := change.ReadDocument(text)
	if err != nil {
		return nil, fail(ExitInvalid, "", "%s: %w", name, err)
	}
	if a.globals.File == "" {
		a.globals.File = d.Plan.File
	}
	return d, nil
}

// isYAML reports whether a file is named as plans are.
func isYAML(name string) bool {
	ending := filepath.Ext(name)
	return ending == ".yaml" || ending == ".yml"
}

// runLock keeps other runs out of a plan's files while a command writes them.
func (a *app) runLock(ctx context.Context, command, planName string, wait time.Duration) (*state.RunLock, error) {
	if err := state.EnsureDir(state.Dir(planName)); err != nil {
		return nil, err
	}
	if wait > 0 {
		live := a.doing(func() string { return fmt.Sprintf("waiting for another run of this plan to end, for %v at most", wait) })
		defer live.Stop()
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
		return nil, fail(ExitRefused, "delete it, or restore the real one from version control",
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
		return err
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
				return fail(ExitInvalid, "name another file to write to", "%q is the plan's own file %q, which would be lost", name, keep)
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
	a, errX = filepath.Abs(a)
	b, errY = filepath.Abs(b)
	return errX == nil && errY == nil && a == b
}
