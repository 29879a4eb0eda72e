//go:build unix

package chaos

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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

// vague reports whether the platform does not tell which refusal is whose.
func (s scenario) vague() bool {
	return slices.Contains(s.quirks, "shuffled_bulk") || strings.Contains(strings.Join(s.faults, ""), "_item")
}

// entries are what a lockfile says, without what differs from run to run.
func (s scenario) entries(dir string) (map[change.Target]state.Entry, error) {
	lock, err := state.Load(filepath.Join(dir, lockName))
	if err != nil {
		return nil, err
	}
	all := map[change.Target]state.Entry{}
	for e := range lock.All() {
		// Whether it was to replace something depends on what was there when it was
		// submitted for the last time.
		e.Overwrite, e.ModeUnknown = false, false
		e.ExportID, e.StartedOn, e.FinishedOn = "", time.Time{}, time.Time{}
		if e.Error != nil {
			e.Error = &state.Failure{Code: e.Error.Code, Permanent: e.Error.Permanent}
			if s.vague() {
				e.Error.Code = 0
			}
		}
		all[e.Target()] = e
	}
	return all, nil
}

// settled reports whether a lockfile says the last word about every file.
func (s scenario) settled(dir string) bool {
	all, err := s.entries(dir)
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
	all, err := s.entries(dir)
	if err != nil {
		return err
	}
	found := map[change.Target]ending{}
	want := s.endings()
	for t, end := range want {
		if s.vague() {
			want[t] = ending{State: end.State}
		}
	}
	for t, e := range all {
		end := ending{State: string(e.State)}
		if e.Error != nil {
			end.Code = e.Error.Code
		}
		found[t] = end
	}
	if diff := cmp.Diff(want, found); diff != "" {
		return fmt.Errorf("the lockfile does not say how every file has ended (-want +got):\n%s", diff)
	}
	return nil
}

// alike compares platform and lockfile with those of the twin.
func (s scenario) alike(server *simulator.Server, dir string, twin twin) error {
	if diff := cmp.Diff(twin.platform, string(server.Snapshot(simulator.Detail{}))); diff != "" {
		return fmt.Errorf("the platform is not what an undisturbed run has made of it (-twin +got):\n%s", diff)
	}
	all, err := s.entries(dir)
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

// changed are the lines that two lockfiles do not have in common.
func changed(before, after []byte) string {
	all := func(text []byte) []string { return slices.Collect(strings.Lines(string(text))) }
	var b strings.Builder
	for _, side := range []struct {
		sign         string
		these, those []string
	}{{"- ", all(before), all(after)}, {"+ ", all(after), all(before)}} {
		for _, line := range side.these {
			if !slices.Contains(side.those, line) {
				b.WriteString(side.sign + line)
			}
		}
	}
	return b.String()
}

// next leaves to the next life what the memory keeps, and says in which of two
// directories that lives.
func (m memory) next(dir, other string) (here, there string, err error) {
	switch m {
	case kept:
	case lost:
		return dir, other, os.RemoveAll(filepath.Join(dir, ".sbexport"))
	case machines:
		return other, dir, bring(dir, other)
	}
	return dir, other, nil
}

// bring brings what is committed to another machine.
func bring(from, to string) error {
	for _, name := range []string{planName, lockName, savedName} {
		text, err := os.ReadFile(filepath.Join(from, name))
		switch {
		case errors.Is(err, os.ErrNotExist):
			err = os.RemoveAll(filepath.Join(to, name))
		case err == nil:
			err = os.WriteFile(filepath.Join(to, name), text, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// forbidden are the violations that nothing excuses. Whoever cannot know that he
// has submitted a file submits it again.
func (s scenario) forbidden(violations []string) []string {
	if !s.blind() {
		return violations
	}
	return slices.DeleteFunc(slices.Clone(violations), func(v string) bool {
		for _, again := range []string{"submitted while a job", "an alias was submitted", "two jobs to one place", "exported to one place"} {
			if strings.HasPrefix(v, again) {
				return true
			}
		}
		return false
	})
}

// verdict is everything that must hold when a scenario is over.
func (s scenario) verdict(server *simulator.Server, dir string, twin twin) error {
	if v := s.forbidden(server.Violations()); len(v) > 0 {
		return fmt.Errorf("the platform has seen what it must never see:\n  %s", strings.Join(v, "\n  "))
	}
	if err := honest(server, dir, false); err != nil {
		return err
	}
	if err := s.sound(dir); err != nil {
		return err
	}
	if err := s.alike(server, dir, twin); err != nil {
		return err
	}
	return tidy(dir)
}
