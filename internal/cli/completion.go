package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"sbexport/internal/view"
	"sbexport/plan"
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
func (c *completionCmd) Run(_ context.Context, a *app, parsed *kong.Context) error {
	commands := completable(parsed.Model.Node)
	write := map[string]func(io.Writer, []command) error{"bash": writeBash, "zsh": writeZsh, "fish": writeFish}[c.Shell]
	if err := write(a.term.Out.W, commands); err != nil {
		return fmt.Errorf("writing the completion script: %w", err)
	}
	return nil
}

// rulesCmd prints the names of the plan's rules, one a line. It is what the
// scripts call, and answers with nothing where there is nothing to complete.
type rulesCmd struct{}

// Run prints the names.
func (rulesCmd) Run(_ context.Context, a *app) error {
	p, err := a.loadPlan()
	if err != nil {
		// A plan that needs the environment to be set still has its names.
		a.streams.LookupEnv = func(string) (string, bool) { return "any/any", true }
		p, err = a.loadPlan()
	}
	if err != nil {
		return status(ExitInvalid)
	}
	return printRules(a.term.Out.W, p)
}

// printRules prints the names that can be written on a command line.
func printRules(w io.Writer, p *plan.Plan) error {
	for _, r := range p.Rules {
		if view.Safe(r.Name) != r.Name {
			continue
		}
		if _, err := fmt.Fprintln(w, r.Name); err != nil {
			return fmt.Errorf("writing the rules' names: %w", err)
		}
	}
	return nil
}

// command is what the scripts know of a command; the first one is the program
// itself.
type command struct {
	path  []string // its names, from the outermost
	help  string
	flags []option // its own and those of the commands around it
	args  []takes
	subs  []command // direct ones, for their names and helps only
}

// name is the command's path as one word of shell identifiers.
func (c command) name() string { return strings.Join(append([]string{"sbexport"}, c.path...), "_") }

// option is what the scripts know of a flag.
type option struct {
	name, help string
	short      rune // 0 for none
	repeats    bool
	metavar    string // what its value is called
	takes      takes
}

// takes says what can follow a flag, or stand for an argument.
type takes struct {
	kind  kind
	words []string // with takesWords
}

type kind string

const (
	takesNothing kind = ""      // a flag without a value
	takesText    kind = "text"  // what nobody can guess
	takesFile    kind = "file"  // a file's name
	takesRule    kind = "rule"  // a rule's name
	takesWords   kind = "words" // one of a few words
)

// completable are the program and its visible commands.
func completable(n *kong.Node) []command {
	c := command{help: n.Help}
	for at := n; at.Parent != nil; at = at.Parent {
		c.path = append([]string{at.Name}, c.path...)
	}
	for _, group := range n.AllFlags(true) {
		for _, f := range group {
			c.flags = append(c.flags, completableFlag(f))
		}
	}
	for _, p := range n.Positional {
		c.args = append(c.args, takesOf(p, takesFile))
	}
	all := []command{}
	for _, child := range n.Children {
		if child.Hidden {
			continue
		}
		below := completable(child)
		c.subs = append(c.subs, below[0])
		all = append(all, below...)
	}
	return append([]command{c}, all...)
}

func completableFlag(f *kong.Flag) option {
	made := option{name: f.Name, help: f.Help, short: f.Short, repeats: f.IsCumulative() || f.IsCounter(), metavar: f.PlaceHolder}
	switch {
	case f.IsBool() || f.IsCounter():
	case f.PlaceHolder == "FILE" || f.PlaceHolder == "SEED":
		made.takes = takes{kind: takesFile}
	case f.PlaceHolder == "RULE":
		made.takes = takes{kind: takesRule}
	default:
		made.takes = takesOf(f.Value, takesText)
	}
	if made.metavar == "" {
		made.metavar = "VALUE"
	}
	return made
}

// takesOf is what a value may be: one of its words, or else otherwise.
func takesOf(v *kong.Value, otherwise kind) takes {
	if v.Enum != "" {
		return takes{takesWords, v.EnumSlice()}
	}
	return takes{kind: otherwise}
}

// script is a completion script under construction.
type script struct{ strings.Builder }

func (s *script) line(format string, args ...any) {
	_, _ = fmt.Fprintf(s, format, args...) // to memory
	s.WriteByte('\n')
}

func (s *script) writeTo(w io.Writer) error {
	_, err := io.WriteString(w, s.String())
	return err
}

// quoted is text in single quotes, as bash and zsh read it.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
