package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sbexport/internal/apply"
	"sbexport/internal/atomicfile"
	"sbexport/internal/change"
	"sbexport/internal/diff"
	"sbexport/internal/platform"
	"sbexport/internal/resolve"
	"sbexport/internal/state"
	"sbexport/internal/view"
	"sbexport/plan"
)

// planCmd compares and shows.
type planCmd struct {
	selection
	Full             bool   `help:"Show every file, and those with nothing to do."`
	DetailedExitcode bool   `help:"Exit with 2 when there are changes to apply, with 3 or 5 when apply would."`
	Savings          bool   `help:"Say what the moves free on the platform at the most; with prices in the plan, how much money that is."`
	Out              string `placeholder:"FILE" help:"Save the changeset, for apply FILE."`
	Summary          string `placeholder:"FILE" help:"Append a Markdown summary to FILE. Default: $GITHUB_STEP_SUMMARY."`
}

func (planCmd) Help() string {
	return `Lists the projects, compares what the plan wants with what is exported already, and shows the difference: ` +
		`> will be moved, + will be copied, ! replaces an object on the volume, ~ is carried by an open job, x is blocked. Nothing is changed anywhere.

Example: sbexport plan --out tonight.plan && sbexport apply tonight.plan`
}

func (c *planCmd) Run(ctx context.Context, a *app) error {
	p, err := a.loadPlan()
	if err != nil {
		return err
	}
	rules, err := c.rules(p)
	if err != nil {
		return err
	}
	if err := a.outputs(p.Name, c.Out, a.summaryFile(c.Summary)); err != nil {
		return err
	}
	lock, err := a.loadLockfile(p.Name)
	if err != nil {
		return err
	}
	return a.onPlatform(p, func(remote *remote) error {
		comparison := remote.comparison(p, lock, time.Now())
		comparison.Rules, comparison.Options = rules, change.Options(c.selection)
		savings := &savings{namesakes: diff.Namesakes{}}
		if c.Savings {
			comparison.Every = savings.add
		}
		changes, err := a.compare(ctx, comparison)
		if err != nil {
			return err
		}
		if c.Savings {
			savings.tell(ctx, remote, changes, p.Prices)
		}
		if a.unfinished(p.Name) {
			changes.Warnings = append(changes.Warnings, "an apply of this plan is running or did not end by itself; the next apply finds out what became of its last submissions")
		}
		document := comparison.Document(changes, c.Full)
		document.ToolVersion = version()
		if err := c.show(a, changes, document, remote.name); err != nil {
			return err
		}
		if err := a.annotateFiles(p, changes.Blocked, nil); err != nil || !c.DetailedExitcode {
			return err
		}
		return detailed(changes)
	})
}

// detailed is the exit code that says what apply would have to do, and whether
// it could do all of it.
func detailed(changes *change.Changeset) error {
	switch {
	case len(changes.Refusals) > 0:
		return exitError(ExitRefused)
	case changes.Incomplete() > 0:
		return exitError(ExitIncomplete)
	case len(changes.Actions) > 0 && len(changes.Refusals) == 0:
		return exitError(ExitChanges)
	}
	return nil
}

// comparison compares a plan and its lockfile with this platform.
func (r *remote) comparison(p *plan.Plan, lock *state.Lockfile, now time.Time) *apply.Comparison {
	return &apply.Comparison{
		Plan: p, Lockfile: lock, Platform: r, Endpoint: r.endpoint, Deployment: r.deployment, Now: now,
	}
}

// compare computes the changeset, and shows that it is doing so.
func (a *app) compare(ctx context.Context, c *apply.Comparison) (*change.Changeset, error) {
	progress, stop := a.listing()
	defer stop()
	c.Listing = progress
	return c.Changeset(ctx)
}

// list works out what a plan wants, and shows that it is doing so.
func (a *app) list(ctx context.Context, r *remote, p *plan.Plan) (*resolve.Result, error) {
	progress, stop := a.listing()
	defer stop()
	return resolve.Run(ctx, r, p, resolve.Options{Now: time.Now(), Progress: progress})
}

// projects are the projects that a plan takes files from, with those that its
// patterns find.
func (r *remote) projects(ctx context.Context, p *plan.Plan) (ids []string, err error) {
	var visible []platform.Project
	for _, rule := range p.Rules {
		switch {
		case rule.Project != "":
			ids = append(ids, rule.Project)
		case rule.Projects != nil:
			if visible == nil {
				if visible, _, err = r.Projects(ctx); err != nil {
					return nil, err
				}
			}
			for i := range visible {
				if rule.Projects.Takes(&visible[i], nil) {
					ids = append(ids, visible[i].ID)
				}
			}
		}
	}
	return once(ids), nil
}

// listing shows how far a listing is, from the first call of progress to that of
// stop.
func (a *app) listing() (progress func(resolve.Progress), stop func()) {
	var now atomic.Pointer[resolve.Progress]
	now.Store(&resolve.Progress{})
	show := sync.OnceValue(func() *view.Live {
		return a.doing(func() string {
			p := now.Load()
			text := fmt.Sprintf("listing: %s in %s", view.Number(p.Items, "item"), view.Number(p.Folders, "folder"))
			if p.Projects > 1 {
				text += fmt.Sprintf(", %s of %s", view.Count(p.Read), view.Number(p.Projects, "project"))
			}
			return text
		})
	})
	progress = func(p resolve.Progress) {
		now.Store(&p)
		show()
	}
	return progress, func() { show().Stop() }
}

// show writes the answer wherever it is wanted.
func (c *planCmd) show(a *app, changes *change.Changeset, d *change.Document, where string) error {
	options := view.ChangesetOptions{Plan: d.Plan.File, Endpoint: where, Full: c.Full}
	if c.Out != "" {
		if err := atomicfile.WriteFunc(c.Out, 0o644, func(w io.Writer) error { return d.Write(w) }); err != nil {
			return fmt.Errorf("saving the plan: %w", err)
		}
	}
	if err := a.summarize(c.Summary, view.ChangesetMarkdown(changes, options)); err != nil {
		return err
	}
	if a.globals.JSON {
		return d.Write(a.term.Out.W)
	}
	if err := view.Changeset(a.term.Out, changes, options); err != nil {
		return err
	}
	switch {
	case c.Out != "":
		a.say("saved as %s; carry it out with: sbexport apply %s%s", c.Out, shellWord(c.Out), a.sameFlags())
	case len(changes.Actions) > 0 && len(changes.Refusals) == 0:
		a.say("carry it out with: sbexport apply%s%s", a.sameFlags(), c.flags())
	}
	return nil
}

// selection are the flags of plan and apply that change what is compared. A saved
// plan keeps them, as change.Options.
type selection struct {
	Only        []string `placeholder:"RULE" sep:"none" help:"Only this rule (repeatable)."`
	Skip        []string `placeholder:"RULE" sep:"none" help:"Not this rule (repeatable)."`
	OnlyProject []string `placeholder:"OWNER/NAME" sep:"none" help:"Only files of this project (repeatable). The others are not read."`
	RetryFailed bool     `help:"Want files again that the platform refused for good before."`
	CheckVolume bool     `help:"Look on the volume for every file's object."`
}

// flags are the flags as they are typed.
func (s selection) flags() string {
	text := ""
	for _, name := range s.Only {
		text += " --only " + shellWord(name)
	}
	for _, name := range s.Skip {
		text += " --skip " + shellWord(name)
	}
	for _, id := range s.OnlyProject {
		text += " --only-project " + shellWord(id)
	}
	if s.RetryFailed {
		text += " --retry-failed"
	}
	if s.CheckVolume {
		text += " --check-volume"
	}
	return text
}

// rules are the plan's rules that the flags leave; nil means all.
func (s selection) rules(p *plan.Plan) ([]*plan.Rule, error) {
	if len(s.Only) == 0 && len(s.Skip) == 0 {
		return nil, nil
	}
	if err := known(slices.Concat(s.Only, s.Skip), ruleNames(p)); err != nil {
		return nil, err
	}
	rules := []*plan.Rule{}
	for _, r := range p.Rules {
		if (len(s.Only) == 0 || slices.Contains(s.Only, r.Name)) && !slices.Contains(s.Skip, r.Name) {
			rules = append(rules, r)
		}
	}
	if len(rules) == 0 {
		return nil, fail(ExitInvalid, "drop one of them", "--only and --skip leave no rule")
	}
	return rules, nil
}

func ruleNames(p *plan.Plan) []string {
	names := make([]string, len(p.Rules))
	for i, r := range p.Rules {
		names[i] = r.Name
	}
	return names
}

// known refuses names of rules that are not among those of the plan, nor among
// others that may be named.
func known(wanted, names []string, others ...string) error {
	for _, name := range wanted {
		if !slices.Contains(names, name) && !slices.Contains(others, name) {
			return fail(ExitInvalid, "its rules are "+quotedList(names[:min(len(names), 20)]), "the plan has no rule %q", name)
		}
	}
	return nil
}

func quotedList(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	return strings.Join(quoted, ", ")
}
