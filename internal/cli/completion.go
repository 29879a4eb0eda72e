package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"sbexport/internal/completion"
	"sbexport/internal/view"
)

// completionCmd prints a shell's completion script.
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"For which shell: bash, zsh or fish."`
}

// Help is the long help.
func (completionCmd) Help() string {
	return `Completes commands, flags, their values, files, and with --only and --skip the names of the plan's rules.

  bash, in ~/.bashrc:                    source <(sbexport completion bash)
  zsh, into a directory of your $fpath:  sbexport completion zsh > _sbexport
  fish:                                  sbexport completion fish > ~/.config/fish/completions/sbexport.fish`
}

// Run prints the script.
func (c *completionCmd) Run(_ context.Context, a *app) error {
	script, err := completion.Script(c.Shell)
	if err != nil {
		return err
	}
	if _, err := a.term.Out.W.Write(script); err != nil {
		return fmt.Errorf("writing the completion script: %w", err)
	}
	return nil
}

// completeCmd says what can stand at the end of a line. It is what the scripts
// call, and answers with nothing where there is nothing to complete.
type completeCmd struct {
	Words []string `arg:"" optional:"" help:"The line's words, up to the one at the cursor."`
}

// Run answers.
func (c *completeCmd) Run(_ context.Context, a *app, parsed *kong.Context) error {
	answer := completion.Complete(parsed.Model.Node, c.Words)
	if answer.Rules {
		for _, name := range a.ruleNames(answer.Plan) {
			answer.Candidates = append(answer.Candidates, completion.Candidate{Word: answer.Prefix + name})
		}
	}
	_, err := io.WriteString(a.term.Out.W, answer.String())
	return err
}

// ruleNames are the names of a plan's rules that can be written on a command
// line; none where there is no such plan.
func (a *app) ruleNames(file string) []string {
	a.globals.File = file
	p, err := a.loadPlan()
	if err != nil {
		// A plan that needs the environment to be set still has its names.
		a.streams.LookupEnv = func(string) (string, bool) { return "any/any", true }
		if p, err = a.loadPlan(); err != nil {
			return nil
		}
	}
	var names []string
	for _, r := range p.Rules {
		if view.Safe(r.Name) == r.Name {
			names = append(names, r.Name)
		}
	}
	return names
}
