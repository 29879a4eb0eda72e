package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"sbexport/internal/view"
)

// Streams connect the program with what is around it.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// Getenv reads the environment.
	Getenv func(string) string
	// LookupEnv reads the environment and tells unset from empty.
	LookupEnv func(string) (string, bool)
	// InTTY tells that a person can type an answer.
	InTTY bool
	// Transport carries requests to the platform; nil for the network.
	Transport http.RoundTripper
}

// root is the command line.
type root struct {
	Globals

	Doctor   doctorCmd   `cmd:"" help:"Say whether everything is in order before anything is moved. Changes nothing."`
	Init     initCmd     `cmd:"" help:"Write a starter plan."`
	Validate validateCmd `cmd:"" help:"Check the plan, offline."`
	Plan     planCmd     `cmd:"" help:"Compare the plan with the platform and show what an apply would do. Changes nothing."`
	Apply    applyCmd    `cmd:"" help:"Carry the plan out: export what is not exported yet, and record the results."`
	Status   statusCmd   `cmd:"" help:"Show where the plan's exports stand: done, open, failed, drifted. Changes nothing."`
	Verify   verifyCmd   `cmd:"" help:"Audit what is on record as exported: aliases and objects still in place. Changes nothing."`
	Coverage coverageCmd `cmd:"" help:"Tell what the plan makes of every file of its projects, and which ones no rule selects. Changes nothing."`
	Adopt    adoptCmd    `cmd:"" help:"Put on record what is exported already, or write a plan for it."`
	Manifest manifestCmd `cmd:"" help:"List the exported files with tags and metadata, as CSV, TSV or JSON Lines."`
	Lockfile lockfileCmd `cmd:"" help:"Check and merge lockfiles."`
	Report   reportCmd   `cmd:"" help:"Write a page of what the exports have come to."`
	Simulate simulateCmd `cmd:"" help:"Serve a local platform to rehearse on."`
	Snapshot snapshotCmd `cmd:"" help:"Make a seed for the local platform of what is on the real one."`
	Schema   schemaCmd   `cmd:"" help:"Print the JSON Schema of a file that sbexport reads or writes."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
	Topics   helpCmd     `cmd:"" name:"help" help:"Explain a topic: the plan, patterns, exit codes and more."`

	Completion completionCmd `cmd:"" help:"Print a completion script for bash, zsh or fish."`
	Complete   completeCmd   `cmd:"" name:"__complete" hidden:"" help:"Say what can stand at the end of a line, for completion scripts."`
}

// Globals are the flags of every command.
type Globals struct {
	File      string `short:"f" placeholder:"FILE" help:"The plan. Default: sbexport.yaml, then sbexport.yml."`
	Profile   string `placeholder:"NAME" help:"Profile of ~/.sevenbridges/credentials to use."`
	Simulator string `placeholder:"SEED" help:"Run on a local platform made from this seed instead of the real one."`
	JSON      bool   `name:"json" help:"Write the answer, and errors, as JSON."`
	NoColor   bool   `name:"no-color" help:"No colours."`
	Verbose   int    `short:"v" type:"counter" help:"Show requests; twice: also why they are repeated."`
	Quiet     bool   `short:"q" help:"No progress and no notes, only the answer and errors."`
}

const description = `Move files from Seven Bridges projects to your own cloud volumes, as a plan says.

Write a plan (sbexport.yaml), look at what it would do (sbexport plan), then do it (sbexport apply). ` +
	`Results go to a lockfile beside the plan; commit both.`

// exited is what the parser panics with where it would end the process.
type exited struct{ code int }

// Main runs the program and returns its exit code. The context ends when the
// program is to leave at once; this package deals with signals itself. A command
// that was told to leave, but waits for something that no context ends (a pipe
// that nobody reads), is left where it is.
func Main(ctx context.Context, args []string, s Streams) int {
	// Nothing of ours writes to the log of the standard library, but net/http
	// does, whatever its settings: it writes what a server sends unasked, which may
	// be our request with the token in it.
	log.SetOutput(io.Discard)
	limitMemory(s.Getenv)
	in := newInterrupts(ctx)
	defer in.close()
	ended := make(chan int, 1)
	go func() { ended <- run(in, args, s) }()
	select {
	case code := <-ended:
		return code
	case <-in.overdue:
		return in.exit()
	}
}

// run runs the command for as long as it takes.
func run(in *interrupts, args []string, s Streams) (code int) {
	app := &app{streams: s, interrupts: in, term: view.NewTerminal(s.Out, s.Err, view.TerminalOptions{
		Getenv: s.Getenv, NoColor: hasFlag(args, "--no-color"),
	})}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(exited)
			if !ok {
				panic(r)
			}
			code = e.code
		}
	}()
	command, err := parse(app, args)
	if err == nil {
		command.BindTo(in.ctx, (*context.Context)(nil))
		err = command.Run()
	}
	return app.end(err)
}

// limitMemory has garbage collected more eagerly from a size on that only plans
// of about a million files reach. What needs more memory still gets it.
func limitMemory(getenv func(string) string) {
	const eager = 900 << 20
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(eager)
	}
}

// parse reads the command line.
func parse(app *app, args []string) (*kong.Context, error) {
	var r root
	parser, err := newParser(&r, app)
	if err != nil {
		return nil, fmt.Errorf("reading the command line: %w", err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		app.globals.JSON = hasFlag(args, "--json")
		return nil, usageError(err)
	}
	app.globals = r.Globals
	return parsed, noEmptyValues(parsed)
}

// noEmptyValues refuses flags with an empty value: a script that has lost a
// variable must not work on another plan, or on the real platform.
func noEmptyValues(parsed *kong.Context) error {
	for _, at := range parsed.Path {
		if at.Flag == nil || at.Flag.Target.Kind() != reflect.String || parsed.FlagValue(at.Flag) != "" {
			continue
		}
		return fail(ExitInvalid, "give it one, or leave the flag out", "--%s has an empty value", at.Flag.Name)
	}
	return nil
}

// newParser makes the parser of the command line, which fills r.
func newParser(r *root, app *app) (*kong.Kong, error) {
	return kong.New(r,
		kong.Name("sbexport"), kong.Description(description), kong.UsageOnError(),
		kong.Writers(app.streams.Out, app.streams.Err),
		kong.Exit(func(code int) { panic(exited{code}) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 100}),
		kong.ShortUsageOnError(),
		kong.Bind(app),
	)
}

// usageError says what is wrong with the command line, and where help is.
func usageError(err error) error {
	message, hint := err.Error(), "sbexport --help lists the commands and flags"
	for _, r := range rewordings {
		message = r.of.ReplaceAllString(message, r.to)
	}
	if _, printing := errors.AsType[*fs.PathError](err); printing { // the help
		return err
	}
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context.Selected() != nil {
		command := parse.Context.Selected()
		hint = command.FullPath() + " --help shows how it is used"
		for _, argument := range command.Positional {
			if strings.HasPrefix(message, `expected "<`+argument.Name+">") {
				message = fmt.Sprintf("an argument of %s is missing: %s", command.FullPath(), strings.TrimSuffix(argument.Help, "."))
			}
		}
	}
	if name, extra := strings.CutPrefix(message, "unexpected argument "); extra && isYAML(name) && parse.Context.Selected() != nil {
		hint = fmt.Sprintf("a plan is named with -f: %s -f %s", parse.Context.Selected().FullPath(), name)
	}
	if strings.HasPrefix(message, "unknown flag --dry-run") {
		hint = "sbexport plan shows what an apply would do, and changes nothing"
	}
	return fail(ExitInvalid, hint, "%s", message)
}

// rewordings make sentences for users of what the parser says: it names its own
// token for the end of the line, offers flags that have nothing to do with what
// was typed, and lists values that stand for none.
var rewordings = []struct {
	of *regexp.Regexp
	to string
}{
	{regexp.MustCompile(`^(-[-a-z]+): (?:expected .* value but got "EOL" .*|missing value, expecting .*)$`), "$1 needs a value"},
	{regexp.MustCompile(`, did you mean (?:one of "-.*|"--help")\?$`), ""},
	{regexp.MustCompile(`^expected one of (".*)$`), "a command is missing: one of $1"},
	{regexp.MustCompile(`^<([a-z]+)> must be`), "$1 must be"},
	{regexp.MustCompile(`^(-[-a-z]+): expected a counter but got (".*").*$`), "$1 is given once or more, without a value such as $2"},
	{regexp.MustCompile(`,"auto" but got`), " but got"},
	{regexp.MustCompile(`^(-[-a-z]+): expected a valid .* int but got (".*")$`), "$1 needs a whole number, and $2 is none that can be used"},
	{regexp.MustCompile(`^(-[-a-z]+): expected duration but got (".*?"): .*$`), "$1 needs a time with its unit, such as 90s, 15m or 2h, and $2 is none"},
}

// hasFlag reports whether a flag without a value is on the command line, also when
// the line cannot be parsed.
func hasFlag(args []string, flag string) bool {
	if i := slices.Index(args, "--"); i >= 0 {
		args = args[:i]
	}
	return slices.Contains(args, flag)
}

// OS are the streams of this process.
func OS() Streams {
	return Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Getenv: os.Getenv, LookupEnv: os.LookupEnv, InTTY: term.IsTerminal(int(os.Stdin.Fd())),
	}
}
