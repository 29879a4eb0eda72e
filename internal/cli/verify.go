package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sbexport/internal/audit"
	"sbexport/internal/view"
)

// verifyCmd audits what is on record as exported.
type verifyCmd struct {
	Only             []string `placeholder:"RULE" sep:"none" help:"Only what this rule has exported (repeatable)."`
	Full             bool     `help:"Show every file that is not in order."`
	DetailedExitcode bool     `help:"Exit with 2 when something is no longer as recorded; verify always does."`
}

// Help is the long help.
func (verifyCmd) Help() string {
	return `Looks at every export that the lockfile has as completed. A moved file must still be an alias to its place, and the object must be there; ` +
		`of a copy, the object must be there. Sizes are compared where the platform tells them; contents are not. Nothing is changed anywhere.

It tells apart: broken (alias without its object), missing (copy gone), changed (another size), moved (alias elsewhere), ` +
		`restored (file back on the platform), deleted (file gone), and unreadable (you may not look).

Exit code: 0 when all is in order; 2 when something is no longer as recorded; 3 when something could not be looked at.

Example: sbexport verify --detailed-exitcode --json > audit.json`
}

// Run looks and tells.
func (c *verifyCmd) Run(ctx context.Context, a *app) (err error) {
	now := time.Now()
	record, err := a.readRecord()
	if err != nil {
		return err
	}
	if err := c.checkRules(record); err != nil {
		return err
	}
	remote, err := a.connect(record.plan, connectOptions{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remote.Close()) }()
	entries := audit.Completed(record.lock.All(), c.Only...)
	seen, err := a.look(ctx, remote, audit.AskVerify(entries))
	if err != nil {
		return err
	}
	result := audit.Verify(entries, seen)
	if err := c.show(a, record, remote, result, now); err != nil {
		return err
	}
	switch {
	case result.Drift() > 0:
		return status(ExitChanges)
	case len(result.Verdicts) > 0:
		return status(ExitIncomplete)
	}
	return nil
}

func (c *verifyCmd) show(a *app, record *onRecord, remote *remote, result *audit.Verification, now time.Time) error {
	options := record.auditOptions(remote, c.Full)
	if a.globals.JSON {
		return view.VerificationJSON(a.term.Out.W, record.header(remote, now), result, options.Requests)
	}
	return view.Verification(a.term.Out, result, options)
}

// checkRules refuses rules that neither the plan nor the lockfile knows. What a
// rule has exported stays on record when the rule is gone.
func (c *verifyCmd) checkRules(record *onRecord) error {
	if len(c.Only) == 0 {
		return nil
	}
	var names []string
	for _, r := range record.plan.Rules {
		names = append(names, r.Name)
	}
	known := map[string]bool{}
	for e := range record.lock.All() {
		known[e.Rule] = true
	}
	for _, name := range c.Only {
		if !known[name] && !slices.Contains(names, name) {
			return &Error{
				Exit: ExitInvalid, Message: fmt.Sprintf("neither the plan nor the lockfile has a rule %q", name),
				Hint: fmt.Sprintf("the plan's rules are %s", sample(names, 20)),
			}
		}
	}
	return nil
}
