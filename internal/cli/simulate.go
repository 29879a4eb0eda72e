package cli

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"sbexport/internal/simulator"
	"sbexport/internal/state"
)

// simulateCmd serves the local platform.
type simulateCmd struct {
	Seed   string `arg:"" help:"The seed: a YAML file that says what is on the platform."`
	Listen string `default:"127.0.0.1:8080" placeholder:"ADDRESS" help:"Where to listen."`
}

// Help is the long help.
func (simulateCmd) Help() string {
	return `Serves a platform made from a seed, for any client of the Seven Bridges API. Its state is kept in .sbexport here, between runs.

Example:
  sbexport simulate seed.yaml --listen 127.0.0.1:8080
  SB_API_ENDPOINT=http://127.0.0.1:8080/v2 SB_AUTH_TOKEN=simulator sbexport plan`
}

// Run serves until it is told to stop.
func (c *simulateCmd) Run(ctx context.Context, a *app) (err error) {
	dir := state.Dir(".")
	if err := state.EnsureDir(dir); err != nil {
		return fmt.Errorf("making room for the simulator's state: %w", err)
	}
	server, err := simulator.Open(c.Seed, dir)
	if err != nil {
		return notStarted(err)
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	if note := server.Note(); note != "" {
		a.say("%s", note)
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return &Error{Exit: ExitError, Message: err.Error(), Hint: "choose another address with --listen", err: err}
	}
	if _, err := fmt.Fprintf(a.term.Out.W, "serving http://%s/v2 (token %s); stop with Ctrl-C\n", listener.Addr(), server.Token()); err != nil {
		return err
	}
	web := &http.Server{Handler: server, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(a.term.Err.W, "", 0)}
	context.AfterFunc(ctx, func() { _ = web.Close() })
	if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	return nil
}

// notStarted is why there is no simulator.
func notStarted(err error) error {
	return &Error{
		Exit: ExitError, Message: fmt.Sprintf("starting the simulator: %v", err), err: err,
		Hint: "the package documentation of internal/simulator says what a seed may hold, and examples has some",
	}
}
