package apply

import (
	"context"
	"errors"
	"slices"
	"time"

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
	// User reads the name of the user that acts.
	User(ctx context.Context) (string, error)
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
	// Listing is told how far the listing is. It may be nil.
	Listing func(resolve.Progress)
	// Every is told of every file of the projects, see resolve.Options. It may be nil.
	Every func(project *platform.Project, folder string, page []platform.File)
}

// Changeset compares what the plan wants with what there is. It changes nothing
// anywhere.
func (c *Comparison) Changeset(ctx context.Context) (*change.Changeset, error) {
	before := c.Platform.Requests()
	user, err := c.user(ctx)
	if err != nil {
		return nil, err
	}
	seen := observe.New(c.Platform.Now())
	if err := observe.Look(ctx, c.Platform, diff.AskFirst(c.Plan.Rules, c.Lockfile), seen); err != nil {
		return nil, err
	}
	found, err := resolve.Run(ctx, c.Platform, c.Plan, resolve.Options{
		Now: c.Now, Rules: c.Rules, Projects: c.Options.OnlyProject, Progress: c.Listing, Every: c.Every,
	})
	if err != nil {
		return nil, err
	}
	if err := observe.Look(ctx, c.Platform, diff.Ask(found, c.Lockfile, seen, c.Options.CheckVolume), seen); err != nil {
		return nil, err
	}
	if err := observe.Look(ctx, c.Platform, diff.AskOccupants(found, c.Lockfile, seen), seen); err != nil {
		return nil, err
	}
	changes := diff.Compute(found, seen, c.Lockfile, diff.Options{
		RetryFailed: c.Options.RetryFailed, Settle: c.Settle, Deployment: c.Deployment,
	})
	changes.Rules = found.Rules
	changes.Identity = c.identity(user, found, seen)
	changes.Warnings = slices.Concat(found.Warnings, changes.Warnings)
	for _, broken := range diff.Exceeded(changes, c.Plan.Limits) {
		changes.Refusals = append(changes.Refusals, "over a limit, so that apply will refuse: "+broken)
	}
	changes.Requests = int(c.Platform.Requests()-before) + executor.Calls(changes.Actions)
	changes.AtLeast = c.Platform.Budget().Least(changes.Requests, time.Now())
	return changes, nil
}

// user is the name of the user that acts. It is empty where the platform answers
// without telling it, or not soon: that hinders nothing. A token that is not
// taken here is taken nowhere.
func (c *Comparison) user(ctx context.Context) (string, error) {
	const soon = 20 * time.Second
	limited, cancel := context.WithTimeout(ctx, soon)
	defer cancel()
	name, err := c.Platform.User(limited)
	var transport interface{ Timeout() bool } // what the network's errors have
	if ctx.Err() == nil && !platform.Refusal(err).Unauthorized() && (limited.Err() != nil || !errors.As(err, &transport)) {
		err = nil
	}
	return name, err
}

// identity is who acts, on what, and whereto.
func (c *Comparison) identity(user string, found *resolve.Result, seen *observe.Observed) change.Identity {
	i := change.Identity{User: user, Selected: found.Selected, Listed: found.Listed}
	rules := c.Rules
	if rules == nil {
		rules = c.Plan.Rules
	}
	named := map[string]bool{}
	project := func(id string) {
		if id != "" && !named[id] {
			named[id] = true
			i.Projects = append(i.Projects, id)
		}
	}
	for _, r := range rules {
		if c.Options.OnlyProject == nil {
			project(r.Project)
		}
		if slices.ContainsFunc(i.Volumes, func(d change.Destination) bool { return d.Volume == r.Volume }) {
			continue
		}
		to := change.Destination{Volume: r.Volume}
		if v := seen.Volumes[r.Volume]; v.Volume != nil {
			to.URL, to.Prefix = v.URL(), v.Key("")
		}
		i.Volumes = append(i.Volumes, to)
	}
	for _, id := range found.Found {
		project(id)
	}
	for n := range found.Wanted {
		project(found.Wanted[n].Project)
	}
	return i
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
