package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"sbexport/internal/view"
	"sbexport/plan"
)

// validateCmd checks the plan offline.
type validateCmd struct{}

// Help is the long help.
func (validateCmd) Help() string {
	return `Reports every problem at once, each with its line and column. Needs no network and no credentials.

Example: sbexport validate -f archive.yaml`
}

// Run checks the plan; problems are the error.
func (validateCmd) Run(_ context.Context, a *app) error {
	p, err := a.loadPlan()
	var problems *plan.Problems
	if a.globals.JSON && (err == nil || errors.As(err, &problems)) {
		return a.validateJSON(p, problems)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.term.Out.W, "%s is valid: %s\n", view.Safe(p.Name), view.Number(len(p.Rules), "rule"))
	return err
}

// validateJSON writes the verdict as one JSON document.
func (a *app) validateJSON(p *plan.Plan, problems *plan.Problems) error {
	type problem struct {
		Line    int    `json:"line"`
		Column  int    `json:"column"`
		Message string `json:"message"`
		Hint    string `json:"hint,omitempty"`
	}
	verdict := struct {
		File     string    `json:"file"`
		Valid    bool      `json:"valid"`
		Rules    int       `json:"rules"`
		Problems []problem `json:"problems"`
	}{Valid: problems == nil, Problems: []problem{}}
	if problems == nil {
		verdict.File, verdict.Rules = p.Name, len(p.Rules)
	} else {
		verdict.File = problems.Name
		for _, q := range problems.List {
			verdict.Problems = append(verdict.Problems, problem(q))
		}
	}
	if err := json.NewEncoder(a.term.Out.W).Encode(verdict); err != nil {
		return fmt.Errorf("writing the verdict: %w", err)
	}
	if problems == nil {
		return nil
	}
	return errors.Join(a.annotateProblems(problems), status(ExitInvalid))
}
