//go:build unix

package chaos

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/simulator"
	"sbexport/internal/state"
)

const (
	planName    = "plan.yaml"
	lockName    = "plan.lock.json"
	stateName   = ".sbexport"
	journalName = "plan.journal"
)

// entries are what a lockfile says, without what differs from run to run.
func entries(dir string) (map[change.Target]state.Entry, error) {
	lock, err := state.Load(filepath.Join(dir, lockName))
	if err != nil {
		return nil, err
	}
	all := map[change.Target]state.Entry{}
	for e := range lock.All() {
		// Whether it was to replace something depends on what was there when it was
		// submitted for the last time.
		e.Overwrite = false
		e.ExportID, e.StartedOn, e.FinishedOn = "", time.Time{}, time.Time{}
		all[e.Target()] = e
	}
	return all, nil
}

// settled reports whether a lockfile says the last word about every file.
func settled(dir string) bool {
	all, err := entries(dir)
	if err != nil {
		return false
	}
	for _, e := range all {
		if e.State != platform.Completed && (e.Error == nil || !e.Error.Permanent) {
			return false
		}
	}
	return true
}

// sound compares a lockfile with what the scenario says it must be.
func (s scenario) sound(dir string) error {
	all, err := entries(dir)
	if err != nil {
		return err
	}
	found := map[change.Target]ending{}
	for t, e := range all {
		end := ending{State: string(e.State)}
		if e.Error != nil {
			end.Code = e.Error.Code
		}
		found[t] = end
	}
	if diff := cmp.Diff(s.endings(), found); diff != "" {
		return fmt.Errorf("the lockfile does not say how every file has ended (-want +got):\n%s", diff)
	}
	return nil
}

// alike compares platform and lockfile with those of the twin.
func alike(server *simulator.Server, dir string, twin twin) error {
	if diff := cmp.Diff(twin.platform, string(server.Snapshot(simulator.Detail{}))); diff != "" {
		return fmt.Errorf("the platform is not what an undisturbed run has made of it (-twin +got):\n%s", diff)
	}
	all, err := entries(dir)
	if err != nil {
		return err
	}
	if diff := cmp.Diff(twin.lock, all, cmp.AllowUnexported(state.Entry{})); diff != "" {
		return fmt.Errorf("the lockfile is not what an undisturbed run has written (-twin +got):\n%s", diff)
	}
	return nil
}

// tidy reports what an apply that has ended by itself must not leave behind.
func tidy(dir string) error {
	return filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		switch name {
		case planName, lockName, savedName, ".sbexport/.gitignore", ".sbexport/plan.lock":
			return nil
		}
		if strings.HasPrefix(name, ".sbexport/..gitignore.tmp-") {
			return nil // of a run that died as it made the directory, which nobody commits
		}
		return fmt.Errorf("the run has left %s behind", name)
	})
}

// verdict is everything that must hold when a scenario is over.
func (s scenario) verdict(server *simulator.Server, dir string, twin twin) error {
	if v := server.Violations(); len(v) > 0 {
		return fmt.Errorf("the platform has seen what it must never see:\n  %s", strings.Join(v, "\n  "))
	}
	if err := s.sound(dir); err != nil {
		return err
	}
	if err := alike(server, dir, twin); err != nil {
		return err
	}
	return tidy(dir)
}
