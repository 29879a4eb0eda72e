package cli

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"sbexport/executor"
	"sbexport/internal/change"
	"sbexport/internal/diff"
	"sbexport/internal/observe"
	"sbexport/internal/resolve"
	"sbexport/internal/state"
	"sbexport/internal/view"
	"sbexport/plan"
)

// selection are the flags of plan and apply that change what is compared.
type selection struct {
	Only        []string `placeholder:"RULE" sep:"none" help:"Only this rule (repeatable)."`
	Skip        []string `placeholder:"RULE" sep:"none" help:"Not this rule (repeatable)."`
	RetryFailed bool     `help:"Want files again that the platform refused for good before."`
	CheckVolume bool     `help:"Look on the volume for every file's object."`
}

// options are the flags as a saved plan keeps them.
func (s selection) options() change.Options {
	return change.Options{Only: s.Only, Skip: s.Skip, RetryFailed: s.RetryFailed, CheckVolume: s.CheckVolume}
}

// rules are the plan's rules that the flags leave; nil means all.
func (s selection) rules(p *plan.Plan) ([]*plan.Rule, error) {
	if len(s.Only) == 0 && len(s.Skip) == 0 {
		return nil, nil
	}
	names := make([]string, len(p.Rules))
	for i, r := range p.Rules {
		names[i] = r.Name
	}
	for _, name := range slices.Concat(s.Only, s.Skip) {
		if !slices.Contains(names, name) {
			return nil, &Error{
				Exit: ExitInvalid, Message: fmt.Sprintf("the plan has no rule %q", name),
				Hint: fmt.Sprintf("its rules are %s", sample(names, 20)),
			}
		}
	}
	rules := []*plan.Rule{}
	for _, r := range p.Rules {
		if (len(s.Only) == 0 || slices.Contains(s.Only, r.Name)) && !slices.Contains(s.Skip, r.Name) {
			rules = append(rules, r)
		}
	}
	if len(rules) == 0 {
		return nil, &Error{Exit: ExitInvalid, Message: "--only and --skip leave no rule", Hint: "drop one of them"}
	}
	return rules, nil
}

// sample lists some names in a sentence.
func sample(names []string, most int) string {
	list, more := names, ""
	if len(names) > most {
		list, more = names[:most], fmt.Sprintf(" and %d more", len(names)-most)
	}
	text := ""
	for i, n := range list {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%q", n)
	}
	return text + more
}

// comparison is everything that a changeset is made from.
type comparison struct {
	plan      *plan.Plan
	selection selection
	remote    *remote
	lock      *state.Lockfile
	now       time.Time
	settle    time.Duration // see executor.Options
}

// compare makes the changeset. It changes nothing anywhere.
func (a *app) compare(ctx context.Context, c comparison) (*change.Changeset, error) {
	rules, err := c.selection.rules(c.plan)
	if err != nil {
		return nil, err
	}
	before := c.remote.Requests()
	jobs, err := c.jobsFirst(ctx)
	if err != nil {
		return nil, err
	}
	found, err := a.list(ctx, c.remote, c.plan, resolve.Options{Now: c.now, Rules: rules})
	if err != nil {
		return nil, err
	}
	seen, err := observe.Run(ctx, jobs, found, c.lock, observe.Options{
		Now: c.remote.Now(), Deployment: c.remote.deployment, CheckVolume: c.selection.CheckVolume,
	})
	if err != nil {
		return nil, err
	}
	cs := diff.Compute(found, seen, c.lock, diff.Options{
		RetryFailed: c.selection.RetryFailed, CheckVolume: c.selection.CheckVolume, Settle: c.settle,
	})
	cs.Rules = found.Rules
	cs.Warnings = slices.Concat(found.Warnings, cs.Warnings)
	for _, broken := range diff.Exceeded(cs, c.plan.Limits) {
		cs.Warnings = append(cs.Warnings, "over a limit, so that apply will refuse: "+broken)
	}
	cs.Requests = int(c.remote.Requests()-before) + calls(cs)
	return cs, nil
}

// list works out what the plan wants, and shows that it does.
func (a *app) list(ctx context.Context, r *remote, p *plan.Plan, o resolve.Options) (*resolve.Result, error) {
	var listed, folders atomic.Int64
	live := a.status(func() string {
		return fmt.Sprintf("listing: %s in %s", view.Number(int(listed.Load()), "item"), view.Number(int(folders.Load()), "folder"))
	})
	defer live.Stop()
	o.Progress = func(files, dirs int) { listed.Store(int64(files)); folders.Store(int64(dirs)) }
	return resolve.Run(ctx, r, p, o)
}

// calls is how many requests it takes at the least to run a changeset.
func calls(cs *change.Changeset) int {
	moves, copies, follows := 0, 0, 0
	for i := range cs.Actions {
		switch a := &cs.Actions[i]; {
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

// document is the changeset as it is printed and saved.
func (c comparison) document(cs *change.Changeset, full bool) *change.Document {
	d := change.NewDocument(cs, full)
	d.ToolVersion = version()
	d.CreatedOn = c.now.UTC().Truncate(time.Second)
	d.Endpoint = c.remote.endpoint
	d.Plan = change.Digest{File: c.plan.Name, SHA256: c.plan.SHA256}
	d.Lockfile = change.Digest{File: c.lock.Path(), SHA256: c.lock.SHA256()}
	d.Options = c.selection.options()
	return d
}
