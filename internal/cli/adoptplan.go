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
	"sync"
	"time"

	"sbexport/internal/observe"
	"sbexport/internal/platform"
	"sbexport/internal/resolve"
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
			s, jobs, err := a.infer(ctx, remote, everything, c.Project)
			if err != nil {
				return err
			}
			return c.write(a, remote, s, jobs)
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

// keeper keeps the files that are listed, with all that a rule may ask of them.
type keeper struct {
	resolve.Source
	mu    sync.Mutex
	files map[string]*platform.File // by ID
}

// Folder lists a folder.
func (k *keeper) Folder(ctx context.Context, project, folder string, yield func([]platform.File) error) error {
	return k.Source.Folder(ctx, project, folder, func(page []platform.File) error {
		k.mu.Lock()
		for _, f := range page {
			k.files[f.ID] = &f
		}
		k.mu.Unlock()
		return yield(page)
	})
}

// infer lists the project and infers a plan from its aliases. The jobs are those
// that may have brought them there.
func (a *app) infer(ctx context.Context, r *remote, everything *plan.Plan, project string) (*starter.Plan, []platform.Export, error) {
	kept := &keeper{Source: r, files: map[string]*platform.File{}}
	progress, stop := a.listing()
	found, err := resolve.Run(ctx, kept, everything, resolve.Options{Now: time.Now(), Progress: progress})
	stop()
	if err != nil {
		return nil, nil, err
	}
	files := make([]starter.File, len(found.Wanted))
	var ask observe.Question
	for i := range found.Wanted {
		w := &found.Wanted[i]
		files[i] = starter.File{File: kept.files[w.File], Path: w.Path}
		if !w.Storage.Alias() {
			continue
		}
		files[i].Volume, files[i].Location = w.Storage.Volume, w.Storage.Location
		ask.Volumes = append(ask.Volumes, w.Storage.Volume)
	}
	if len(ask.Volumes) == 0 {
		return nil, nil, fail(ExitError, "check the project's ID; copies leave no trace in a project: write a plan that wants them, then run sbexport adopt --check-volume",
			"project %q has no files on volumes, so there is nothing to adopt", project)
	}
	seen, err := a.look(ctx, r, ask, nil)
	if err == nil {
		seen, err = a.look(ctx, r, starter.AskLocations(files, seen.Volumes), seen)
	}
	if err != nil {
		return nil, nil, err
	}
	starter.SettleLocations(files, seen)
	jobs, err := a.jobsOf(ctx, r, seen)
	return starter.Infer(project, files), jobs, err
}

// jobsOf lists the jobs of the volumes that can be read.
func (a *app) jobsOf(ctx context.Context, r *remote, seen *observe.Observed) (all []platform.Export, err error) {
	live := a.doing(func() string { return "reading jobs: " + view.Number(int(r.Requests()), "request") })
	defer live.Stop()
	for _, id := range slices.Sorted(maps.Keys(seen.Volumes)) {
		v := seen.Volumes[id]
		if v.Volume == nil {
			a.warn(fmt.Sprintf("volume %s cannot be read: %v; its locations are taken as the platform tells them", id, v.Err))
			continue
		}
		jobs, err := r.VolumeJobs(ctx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, jobs...)
	}
	return all, nil
}

// write writes the plan, then its lockfile, and shows what it wrote. Should it be
// cut off between the two, adopt with that plan writes the lockfile.
func (c *adoptCmd) write(a *app, r *remote, s *starter.Plan, jobs []platform.Export) error {
	if len(s.Rules) == 0 {
		l := s.Leftover[0]
		return fail(ExitError, "write the plan by hand, then: sbexport adopt -f PLAN",
			"no short plan explains where the %s of project %q on volumes are; %s, for one, is at %s:%s: %s",
			view.Number(len(s.Leftover), "file"), c.Project, l.Path, l.Volume, l.Location, l.Message)
	}
	var text bytes.Buffer
	if err := view.StarterPlan(&text, s, r.planPlatform()); err != nil {
		return err
	}
	p, err := plan.Load(c.WritePlan, text.Bytes(), nil)
	if err != nil {
		return fmt.Errorf("the plan that was made is not valid, and was not written: %w", errors.New(err.Error()))
	}
	if err := s.Record(p, time.Now()); err != nil {
		return fmt.Errorf("the plan that was made is not right, and was not written: %w", err)
	}
	s.Credit(jobs)
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
