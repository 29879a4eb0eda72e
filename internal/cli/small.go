package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/alecthomas/kong"

	"sbexport/internal/atomicfile"
	"sbexport/internal/completion"
	"sbexport/internal/simulator"
	"sbexport/internal/state"
	"sbexport/internal/view"
	"sbexport/plan"
	"sbexport/schema"
)

// validateCmd checks the plan offline.
type validateCmd struct{}

func (validateCmd) Help() string {
	return `Reports every problem at once, each with its line and column. Needs no network and no credentials.

Example: sbexport validate -f archive.yaml`
}

// Run checks the plan. Problems are its error.
func (validateCmd) Run(_ context.Context, a *app) error {
	p, err := a.loadPlan()
	var problems *plan.Problems
	if a.globals.JSON && (err == nil || errors.As(err, &problems)) {
		return a.validateJSON(p, problems)
	}
	if err != nil {
		return err
	}
	return a.answer(nil, "%s is valid: %s", view.Safe(p.Name), view.Number(len(p.Rules), "rule"))
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
	if err := a.answer(verdict, ""); err != nil || problems == nil {
		return err
	}
	return errors.Join(a.annotateProblems(problems), exitError(ExitInvalid))
}

// schemaCmd prints a JSON Schema.
type schemaCmd struct {
	Of string `arg:"" enum:"plan,lockfile,saved-plan" help:"Whose schema: plan, lockfile or saved-plan."`
}

func (schemaCmd) Help() string {
	return `Editors with a YAML language server complete and explain a plan by this schema:

  sbexport schema plan > sbexport.schema.json

and in the plan's first line

  # yaml-language-server: $schema=sbexport.schema.json`
}

func (c schemaCmd) Run(_ context.Context, a *app) error {
	text := map[string]func() []byte{
		"plan": schema.Plan, "lockfile": schema.Lockfile, "saved-plan": schema.SavedPlan,
	}[c.Of]()
	_, err := a.term.Out.W.Write(text)
	return err
}

// completionCmd prints a shell's completion script.
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"For which shell: bash, zsh or fish."`
}

func (completionCmd) Help() string {
	return `Completes commands, flags, their values, files, and with --only and --skip the names of the plan's rules.

  bash, in ~/.bashrc:                    source <(sbexport completion bash)
  zsh, into a directory of your $fpath:  sbexport completion zsh > _sbexport
  fish:                                  sbexport completion fish > ~/.config/fish/completions/sbexport.fish`
}

func (c *completionCmd) Run(_ context.Context, a *app) error {
	script, err := completion.Script(c.Shell)
	if err != nil {
		return err
	}
	_, err = a.term.Out.W.Write(script)
	return err
}

// completeCmd says what can stand at the end of a command line. The completion
// scripts call it.
type completeCmd struct {
	Words []string `arg:"" optional:"" help:"The line's words, up to the one at the cursor."`
}

func (c *completeCmd) Run(_ context.Context, a *app, parsed *kong.Context) error {
	answer, err := completion.Complete(parsed.Kong, c.Words)
	if err != nil {
		return err
	}
	if answer.Rules {
		for _, name := range a.ruleNames(answer.Plan) {
			answer.Candidates = append(answer.Candidates, completion.Candidate{Word: answer.Prefix + name})
		}
	}
	_, err = io.WriteString(a.term.Out.W, answer.String())
	return err
}

// ruleNames are the names of a plan's rules, as far as they can be typed; none
// where the plan cannot be read.
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
	return slices.DeleteFunc(ruleNames(p), func(name string) bool { return view.Safe(name) != name })
}

// simulateCmd serves the local platform.
type simulateCmd struct {
	Seed   string `arg:"" help:"The seed: a YAML file that says what is on the platform."`
	Listen string `default:"127.0.0.1:8080" placeholder:"ADDRESS" help:"Where to listen."`
	TLS    bool   `name:"tls" help:"Serve https, with a certificate made on the spot."`
}

func (simulateCmd) Help() string {
	return `Serves a platform made from a seed, for any client of the Seven Bridges API. Its state is kept in .sbexport here, between runs.

A seed says what is there:

  user: rfranklin
  projects: [{id: rfranklin/rna-seq, files: [{path: results/a.vcf, size: 3 MB}]}]
  volumes: [{id: rfranklin/archive, prefix: cohort}]

Example:
  sbexport simulate seed.yaml --listen 127.0.0.1:8080
  SB_API_ENDPOINT=http://127.0.0.1:8080/v2 SB_AUTH_TOKEN=simulator sbexport plan

Other clients insist on https: --tls serves it and says how to have them trust its certificate. Some take no port in
the address of a platform: --listen 127.0.0.1:443 needs none. Net::SB turns to the production host, silently, when it
does not like the address: look where its requests go before you let it export.`
}

func (c *simulateCmd) Validate() error {
	_, port, err := net.SplitHostPort(c.Listen)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("--listen needs an address with a port, such as 127.0.0.1:8080, and %q is none", c.Listen)
	}
	return nil
}

func (c *simulateCmd) Run(ctx context.Context, a *app) (err error) {
	dir := state.Dir(".")
	server, err := a.openSimulator(c.Seed, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fail(ExitError, "choose another address with --listen", "%w", err)
	}
	scheme := "http"
	if c.TLS {
		scheme = "https"
		if listener, err = a.encrypted(listener, c.Listen, dir); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(a.term.Out.W, "serving %s://%s/v2 (token %s); stop with Ctrl-C\n", scheme, listener.Addr(), server.Token()); err != nil {
		return err
	}
	web := &http.Server{Handler: server, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(a.term.Err.W, "", 0)}
	context.AfterFunc(ctx, func() { _ = web.Close() })
	if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	return nil
}

// encrypted puts TLS on a listener, and says how to trust its certificate.
func (a *app) encrypted(listener net.Listener, address, dir string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("serving https: %w", err)
	}
	certificate, text, err := simulator.Certificate(host)
	if err != nil {
		return nil, fmt.Errorf("serving https: %w", err)
	}
	path, err := filepath.Abs(filepath.Join(dir, "simulator-certificate.pem"))
	if err != nil {
		return nil, fmt.Errorf("serving https: %w", err)
	}
	if err := atomicfile.WriteOwn(path, text, 0o644); err != nil {
		return nil, fmt.Errorf("writing the simulator's certificate: %w", err)
	}
	a.say("the certificate is good until the next start; to have it trusted by")
	for _, how := range []string{
		"curl: CURL_CA_BUNDLE=%s", "Perl and sbexport: SSL_CERT_FILE=%s", "Python: REQUESTS_CA_BUNDLE=%s",
		`R: httr::set_config(httr::config(cainfo = "%s"))`,
	} {
		a.say(how, view.Safe(path))
	}
	return tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}), nil
}
