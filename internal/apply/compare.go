package apply

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/sourcegraph/conc/pool"

	"sbexport/executor"
	"sbexport/internal/change"
	"sbexport/internal/diff"
	"sbexport/internal/observe"
	"sbexport/internal/platform"
	"sbexport/internal/resolve"
	"sbexport/internal/state"
	"sbexport/plan"
)

// Platform is what a comparison and an apply need of the Seven Bridges side.
type Platform interface {
	resolve.Source
	observe.Source
	executor.Platform
	// Requests counts the requests sent so far.
	Requests() int64
	// Budget tells what is left of the platform's request budget.
	Budget() platform.Budget
}

// Comparison is all that changes are computed from.
type Comparison struct {
	Plan     *plan.Plan
	Rules    []*plan.Rule   // the rules whose files are wanted; nil for all
	Options  change.Options // what was asked for, as a saved plan keeps it
	Lockfile *state.Lockfile

	Platform   Platform
	Endpoint   string // its URL
	Deployment platform.Deployment

	Now    time.Time     // what relative times in the plan are counted from
	Settle time.Duration // see executor.Options
	// Listing is told how many items were listed, and how many folders read to
	// their end. It may be nil.
	Listing func(items, folders int)
}

// Changeset compares what the plan wants with what there is. It changes nothing
// anywhere.
func (c *Comparison) Changeset(ctx context.Context) (*change.Changeset, error) {
	before := c.Platform.Requests()
	jobs, err := c.openJobs(ctx)
	if err != nil {
		return nil, err
	}
	found, err := resolve.Run(ctx, c.Platform, c.Plan, resolve.Options{Now: c.Now, Rules: c.Rules, Progress: c.Listing})
	if err != nil {
		return nil, err
	}
	seen, err := c.observe(ctx, jobs, found)
	if err != nil {
		return nil, err
	}
	changes := diff.Compute(found, seen, c.Lockfile, diff.Options{
		RetryFailed: c.Options.RetryFailed, CheckVolume: c.Options.CheckVolume, Settle: c.Settle, Deployment: c.Deployment,
	})
	changes.Rules = found.Rules
	changes.Warnings = slices.Concat(found.Warnings, changes.Warnings)
	for _, broken := range diff.Exceeded(changes, c.Plan.Limits) {
		changes.Warnings = append(changes.Warnings, "over a limit, so that apply will refuse: "+broken)
	}
	changes.Requests = int(c.Platform.Requests()-before) + requests(changes)
	changes.AtLeast = c.Platform.Budget().Least(changes.Requests, time.Now())
	return changes, nil
}

// observe looks at what decides about the files that were found.
func (c *Comparison) observe(ctx context.Context, src observe.Source, found *resolve.Result) (*observe.Observed, error) {
	seen := observe.New(c.Platform.Now())
	for _, ask := range []func() observe.Question{
		func() observe.Question { return diff.AskVolumes(found, c.Lockfile) },
		func() observe.Question { return diff.Ask(found, c.Lockfile, seen, c.Options.CheckVolume) },
		func() observe.Question { return diff.AskOccupants(found, c.Lockfile, seen) },
	} {
		if err := observe.Look(ctx, src, ask(), seen); err != nil {
			return nil, err
		}
	}
	return seen, nil
}

// requests is how many requests it takes at the least to carry out changes.
func requests(changes *change.Changeset) int {
	moves, copies, follows := 0, 0, 0
	for i := range changes.Actions {
		switch a := &changes.Actions[i]; {
		case a.Kind == change.Follow:
			follows++
		case a.CopyOnly:
			copies++
		default:
			moves++
		}
	}
	return executor.Calls(moves, copies, follows)
}

// Document is the changes as they are printed and saved. Which version of the
// tool made it is the caller's to fill in.
func (c *Comparison) Document(changes *change.Changeset, full bool) *change.Document {
	d := change.NewDocument(changes, full)
	d.CreatedOn = c.Now.UTC().Truncate(time.Second)
	d.Endpoint = c.Endpoint
	d.Plan = change.Digest{File: c.Plan.Name, SHA256: c.Plan.SHA256}
	d.Lockfile = change.Digest{File: c.Lockfile.Path(), SHA256: c.Lockfile.SHA256()}
	d.Options = c.Options
	return d
}

// openJobs is the platform with the jobs that were open before the files were
// listed. Files and jobs cannot be seen at one moment: were the jobs listed
// last, one that ends in between would be seen nowhere, as its file was still on
// the platform then and the job is no longer open now. A job that has ended in
// the meantime is followed, and found to have ended.
type openJobs struct {
	Platform
	open   []platform.Export
	hidden map[string]error // by volume: why its jobs may not be listed
}

// openJobs lists the open jobs on all volumes to which one could carry a file of
// the plan.
func (c *Comparison) openJobs(ctx context.Context) (*openJobs, error) {
	volumes := map[string]bool{}
	for _, r := range c.Plan.Rules {
		volumes[r.Volume] = true
	}
	for e := range c.Lockfile.All() {
		if !e.State.Terminal() {
			volumes[e.Volume] = true
		}
	}
	first := &openJobs{Platform: c.Platform, hidden: map[string]error{}}
	var mu sync.Mutex
	p := pool.New().WithContext(ctx).WithMaxGoroutines(observe.AtOnce).WithCancelOnError().WithFirstError()
	for id := range volumes {
		p.Go(func(ctx context.Context) error {
			jobs, err := c.Platform.OpenJobs(ctx, id)
			mu.Lock()
			defer mu.Unlock()
			first.open = append(first.open, jobs...)
			if platform.Refusal(err).Hidden() {
				first.hidden[id] = err // which concerns the files that are wanted there
				return nil
			}
			return err
		})
	}
	if err := p.Wait(); err != nil {
		return nil, err
	}
	for _, err := range first.hidden {
		if platform.Refusal(err).Broken() && len(first.hidden) == len(volumes) {
			return nil, err
		}
	}
	return first, nil
}

// OpenJobs are those on all volumes: a file must not be submitted while a job
// takes it anywhere.
func (o *openJobs) OpenJobs(_ context.Context, volume string) ([]platform.Export, error) {
	return o.open, o.hidden[volume]
}

// VolumeJobs are the jobs on a volume, in every state, and all open ones. One
// that was open counts as open, as the files were listed while it was.
func (o *openJobs) VolumeJobs(ctx context.Context, volume string) ([]platform.Export, error) {
	jobs, err := o.Platform.VolumeJobs(ctx, volume)
	if err != nil {
		return nil, err
	}
	open := make(map[string]bool, len(o.open))
	for _, job := range o.open {
		open[job.ID] = true
	}
	jobs = slices.DeleteFunc(jobs, func(job platform.Export) bool { return open[job.ID] })
	return slices.Concat(o.open, jobs), nil
}
