package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"sbexport/executor"
	"sbexport/internal/api"
	"sbexport/internal/change"
	"sbexport/internal/credentials"
	"sbexport/internal/platform"
	"sbexport/internal/simulator"
	"sbexport/internal/state"
	"sbexport/internal/view"
	"sbexport/plan"
)

// app is what all commands share.
type app struct {
	globals    Globals
	streams    Streams
	term       view.Terminal
	interrupts *interrupts
	live       atomic.Pointer[view.Live] // the last live line, which may have ended; nil before the first
	// address is that of the platform, and source where its credentials were found;
	// empty before there is a client.
	address, source string
}

// defaultPlans are the plans that are looked for when none is named.
var defaultPlans = [...]string{"sbexport.yaml", "sbexport.yml"}

// planFile is the plan's file: the one that was named, or the first default
// that exists.
func (a *app) planFile() (string, error) {
	if a.globals.File != "" {
		return a.globals.File, nil
	}
	for _, name := range defaultPlans {
		if _, err := os.Stat(name); err == nil {
			return name, nil
		}
	}
	return "", fail(ExitInvalid, "name the plan with -f FILE, or change to its directory", "there is no %s here", defaultPlans[0])
}

// remote is the platform that a command talks to.
type remote struct {
	*api.Client
	endpoint   string
	name       string // what to call it to people
	deployment platform.Deployment
	source     string // where the credentials were found
	close      func() error
}

// onPlatform connects to the platform for as long as do takes, which only looks.
func (a *app) onPlatform(p *plan.Plan, do func(*remote) error) (err error) {
	r, err := a.connect(p, forLooking)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return do(r)
}

// connect finds the credentials, or starts the simulator, and makes the client.
func (a *app) connect(p *plan.Plan, o api.Options) (*remote, error) {
	if a.globals.Simulator != "" {
		return a.connectSimulator(p, o)
	}
	home, _ := os.UserHomeDir()
	c, err := credentials.Find(credentials.Options{
		Profile: a.globals.Profile, PlanEndpoint: p.Endpoint, Getenv: a.streams.Getenv, Home: home,
	})
	if a.globals.Profile != "" && errors.Is(err, fs.ErrNotExist) && hintOf(err) == "" {
		return nil, fail(ExitError, "write the profile into it, or leave --profile out", "%w", err)
	}
	if err != nil {
		return nil, err
	}
	if c.Warning != "" {
		a.warn(c.Warning)
	}
	return a.client(c, platform.DeploymentAt(c.Endpoint), a.streams.Transport, o)
}

// forLooking are the options of the commands that only look.
var forLooking = api.Options{Reserve: 25}

// openSimulator starts the simulator; its state is kept in the directory dir.
func (a *app) openSimulator(seed, dir string) (*simulator.Server, error) {
	if _, err := simulator.LoadSeed(seed); err != nil { // before anything is written
		hint := "correct it there; sbexport simulate --help shows a seed"
		if file, about := errors.AsType[*fs.PathError](err); about && file.Path == seed {
			hint, err = "name a seed that is there: sbexport simulate --help shows one, and sbexport snapshot makes one of what is on the platform", file.Err
			return nil, fail(ExitInvalid, hint, "the seed %q cannot be read: %w", seed, err)
		}
		return nil, fail(ExitInvalid, hint, "the seed cannot be used: %w", err)
	}
	if err := state.EnsureDir(dir); err != nil {
		return nil, err
	}
	server, err := simulator.Open(seed, dir)
	if err != nil {
		hint := fmt.Sprintf("its state is in %s; without that it begins anew from the seed", dir)
		return nil, fail(ExitError, cmp.Or(diskHint(err), hint), "starting the simulator: %w", err)
	}
	if note := server.Note(); note != "" {
		a.say("%s", note)
	}
	return server, nil
}

// connectSimulator runs the simulator in this process; its state is kept beside
// the plan. The plan's platform says which deployment it stands for.
func (a *app) connectSimulator(p *plan.Plan, o api.Options) (*remote, error) {
	server, err := a.openSimulator(a.globals.Simulator, state.Dir(p.Name))
	if err != nil {
		return nil, err
	}
	c, err := credentials.New(change.RehearsalEndpoint, server.Token(), "simulator "+filepath.Base(a.globals.Simulator))
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	r, err := a.client(c, platform.DeploymentAt(p.Endpoint), server.Transport(), o)
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	r.name, r.close = "the simulator, "+a.globals.Simulator, server.Close
	return r, nil
}

func (a *app) client(c credentials.Credentials, d platform.Deployment, t http.RoundTripper, o api.Options) (*remote, error) {
	o.Credentials, o.Transport, o.Logger, o.UserAgent = c, t, a.logger(), "sbexport/"+version()
	if o.Waiting == nil {
		o.Waiting = a.waits
	}
	a.address, a.source = c.Endpoint, c.Source
	client, err := api.New(o)
	if err != nil {
		return nil, fmt.Errorf("setting up the connection: %w", err)
	}
	return &remote{Client: client, endpoint: c.Endpoint, name: c.Endpoint, deployment: d, source: c.Source, close: func() error { return nil }}, nil
}

// Close ends the connection.
func (r *remote) Close() error {
	r.Client.Close()
	return r.close()
}

// logger shows requests on standard error, as far as the flags ask for it.
func (a *app) logger() *slog.Logger {
	level := slog.LevelWarn
	switch {
	case a.globals.Verbose >= 2:
		level = slog.LevelDebug
	case a.globals.Verbose == 1:
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(aboveLive{a}, &slog.HandlerOptions{Level: level}))
}

// say tells what is good to know, unless the user wants to hear only the answer.
func (a *app) say(format string, args ...any) {
	if !a.globals.Quiet && !a.globals.JSON {
		_, _ = fmt.Fprintf(a.stderr(), "%s\n", view.Safe(fmt.Sprintf(format, args...)))
	}
}

// answer writes a command's answer, as JSON where that is asked for.
func (a *app) answer(document any, text string, args ...any) error {
	if a.globals.JSON {
		return json.NewEncoder(a.term.Out.W).Encode(document)
	}
	_, err := fmt.Fprintf(a.term.Out.W, "%s\n", fmt.Sprintf(text, args...))
	return err
}

// warn tells something that should not be overlooked.
func (a *app) warn(message string) {
	_, _ = fmt.Fprintf(a.stderr(), "warning: %s\n", view.Safe(message))
}

// stderr is where such lines go: above the live line, if there is one.
func (a *app) stderr() io.Writer {
	if live := a.live.Load(); live != nil {
		return live
	}
	return a.term.Err.W
}

// aboveLive writes to stderr as it is at the time.
type aboveLive struct{ *app }

func (w aboveLive) Write(lines []byte) (int, error) { return w.stderr().Write(lines) }

// waits tells that the client waits for the platform or, without a reason, that
// it no longer does.
func (a *app) waits(until time.Time, why string) {
	if why == "" {
		a.say("the platform answers again")
		return
	}
	a.say("%s", view.WaitText(executor.Event{Until: until, Message: why}))
}

// doing shows what the command is doing, until the line is stopped.
func (a *app) doing(text func() string) *view.Live {
	live := view.NewStatus(a.term.Err, a.globals.Quiet || a.globals.JSON, text)
	a.live.Store(live)
	return live
}
