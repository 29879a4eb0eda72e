package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"sbexport/internal/observe"
	"sbexport/internal/platform"
	"sbexport/internal/starter"
	"sbexport/internal/state"
	"sbexport/internal/view"
	"sbexport/plan"
)

// writePlan writes a plan of what a project has on volumes already.
func (c *adoptCmd) writePlan(ctx context.Context, a *app) error {
	everything, err := everythingIn(c.Project)
	if err != nil {
		return err
	}
	everything.Name = c.WritePlan // its directory is the one to work in
	if a.globals.File != "" {
		return fail(ExitInvalid, "--write-plan names the plan that is written; leave -f out", "--file and --write-plan do not go together")
	}
	if err := c.refuseExisting(); err != nil {
		return err
	}
	return c.whileLocked(ctx, a, c.WritePlan, func() error {
		if err := c.refuseExisting(); err != nil { // again, now that nobody else may write
			return err
		}
		return a.onPlatform(everything, func(remote *remote) error {
			s, err := a.infer(ctx, remote, everything, c.Project)
			if err != nil {
				return err
			}
			return c.write(a, remote, s)
		})
	})
}

// everythingIn is a plan that wants every file of a project. Its volume is never
// used.
func everythingIn(project string) (*plan.Plan, error) {
	text := fmt.Sprintf(`{version: 1, project: %s, volume: any/any, exports: [{match: "**", to: "{id}"}]}`, scalar(project))
	p, err := plan.Load("", []byte(text), nil)
	if err != nil {
		// The problem is not passed on: it is about a plan that the user has not written.
		return nil, fail(ExitInvalid, "write OWNER/NAME, as in the project's web address", "--project %q is not a project's ID", project)
	}
	p.Rules[0].Line = 0 // of no plan that the user could look at
	return p, nil
}

// refuseExisting refuses to write over files.
func (c *adoptCmd) refuseExisting() error {
	for _, name := range []string{c.WritePlan, state.LockfileName(c.WritePlan)} {
		if _, err := os.Lstat(name); err == nil {
			return fail(ExitInvalid, "name another file with --write-plan, or move this one away; for a plan that exists, sbexport adopt -f FILE writes the lockfile",
				"%q exists already, and adopt overwrites nothing", name)
		}
	}
	return nil
}

// infer lists the project and infers a plan from its aliases.
func (a *app) infer(ctx context.Context, r *remote, everything *plan.Plan, project string) (*starter.Plan, error) {
	found, err := a.list(ctx, r, everything)
	if err != nil {
		return nil, err
	}
	files := make([]starter.File, len(found.Wanted))
	var ask observe.Question
	for i := range found.Wanted {
		w := &found.Wanted[i]
		files[i] = starter.File{ID: w.File, Path: w.Path, Size: w.Size}
		if !w.Storage.Alias() {
			continue
		}
		files[i].Volume, files[i].Location = w.Storage.Volume, w.Storage.Location
		ask.Volumes = append(ask.Volumes, w.Storage.Volume)
	}
	found.Wanted = nil
	if len(ask.Volumes) == 0 {
		return nil, fail(ExitError, "check the project's ID; copies leave no trace in a project: write a plan that wants them, then run sbexport adopt --check-volume",
			"project %q has no files on volumes, so there is nothing to adopt", project)
	}
	seen, err := a.look(ctx, r, ask, nil)
	if err == nil {
		seen, err = a.look(ctx, r, starter.AskLocations(files, seen.Volumes), seen)
	}
	if err != nil {
		return nil, err
	}
	starter.SettleLocations(files, seen)
	s := starter.Infer(project, files)
	return s, a.credit(ctx, r, s, seen)
}

// credit finds the jobs that brought the files to their volumes, where the
// volumes can be read.
func (a *app) credit(ctx context.Context, r *remote, s *starter.Plan, seen *observe.Observed) error {
	live := a.doing(func() string { return "reading jobs: " + view.Number(int(r.Requests()), "request") })
	defer live.Stop()
	var all []platform.Export
	for _, id := range slices.Sorted(maps.Keys(seen.Volumes)) {
		v := seen.Volumes[id]
		if v.Volume == nil {
			a.warn(fmt.Sprintf("volume %s cannot be read: %v; its locations are taken as the platform tells them", id, v.Err))
			continue
		}
		jobs, err := r.VolumeJobs(ctx, id)
		if err != nil {
			return err
		}
		all = append(all, jobs...)
	}
	s.Credit(all)
	return nil
}

// write writes the plan, then its lockfile, and shows what it wrote. Should it be
// cut off between the two, adopt with that plan writes the lockfile.
func (c *adoptCmd) write(a *app, r *remote, s *starter.Plan) error {
	if len(s.Rules) == 0 {
		return fail(ExitError, "a location must be text without empty segments and control characters, of at most 1024 bytes",
			"none of the %s of project %q on volumes is at a place that a plan can name", view.Number(len(s.Leftover), "file"), c.Project)
	}
	var text bytes.Buffer
	if err := view.StarterPlan(&text, s, r.planPlatform()); err != nil {
		return err
	}
	p, err := plan.Load(c.WritePlan, text.Bytes(), nil)
	if err != nil {
		return fmt.Errorf("the plan that was made is not valid, and was not written: %w", errors.New(err.Error()))
	}
	lock, err := a.loadLockfile(c.WritePlan)
	if err != nil {
		return err
	}
	if err := a.toWrite(c.WritePlan, lock); err != nil {
		return err
	}
	if !c.DryRun {
		if err := create(c.WritePlan, text.Bytes()); err != nil {
			return err
		}
		if err := record(lock, s.Entries); err != nil {
			return err
		}
	}
	shown := &onRecord{remote: r, plan: p, lock: lock, began: time.Now()}
	options := view.AdoptionOptions{AuditOptions: shown.auditOptions(c.Full), DryRun: c.DryRun}
	switch {
	case a.globals.JSON:
		return view.StarterJSON(a.term.Out.W, shown.header(), s, options)
	case c.DryRun:
		_, err := text.WriteTo(a.term.Out.W)
		return err
	}
	return view.StarterSummary(a.term.Out, s, c.WritePlan, options.AuditOptions)
}

// planPlatform is what a plan calls the platform. It is empty for a local one,
// which a plan should not name: it is not there for long.
func (r *remote) planPlatform() string {
	switch {
	case r.deployment != "":
		return string(r.deployment)
	case strings.HasPrefix(r.endpoint, "https://"):
		return r.endpoint
	}
	return ""
}
