package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sbexport/internal/credentials"
	"sbexport/internal/state"
	"sbexport/internal/view"
	"sbexport/plan"
	"sbexport/schema"
)

// initCmd writes a starter plan.
type initCmd struct {
	Project  string `placeholder:"OWNER/NAME" help:"The project to export from."`
	Volume   string `placeholder:"OWNER/NAME" help:"The volume to export to."`
	Platform string `placeholder:"NAME" help:"The deployment: us, eu, cn, cgc, cavatica, bdc, or a URL. Default: that of the credentials."`
}

// Help is the long help.
func (initCmd) Help() string {
	return `Writes a commented plan (sbexport.yaml, or the file of -f), its schema for editors beside it (` + schemaFile + `; commit both), ` +
		`and .sbexport/.gitignore. What is there already is never overwritten: with a plan there it refuses (exit code 5).

With credentials at hand it also looks whether they work and whether the project and the volume can be used, and lists those that ` +
		`you can see where none is named. What is wrong there is a warning: the plan is written all the same, offline too.

Example: sbexport init --project rfranklin/rna-seq --volume rfranklin/archive`
}

// Run writes the plan after it has found out what it can.
func (c *initCmd) Run(ctx context.Context, a *app) error {
	name, err := a.newPlanFile()
	if err != nil {
		return err
	}
	p, err := c.checkFlags(name, a.streams.LookupEnv)
	if err != nil {
		return err
	}
	found, err := c.findOut(ctx, a, p)
	if err != nil {
		return err
	}
	text := blanks{found.Platform, found.Project, found.Volume}.text()
	if _, err := plan.Load(name, []byte(text), a.streams.LookupEnv); err != nil {
		return fmt.Errorf("making a plan of what was found: %w", err)
	}
	if err := found.write(name, text); err != nil {
		return err
	}
	return a.started(found)
}

// newPlanFile is the name for the new plan. One that is there is refused.
func (a *app) newPlanFile() (string, error) {
	names := defaultPlans[:]
	if a.globals.File != "" {
		names = []string{a.globals.File}
	}
	for _, name := range names {
		if _, err := os.Lstat(name); err == nil {
			return "", refuse("edit it, or name another file with -f", "there is a plan %q already; nothing was written", name)
		}
	}
	return names[0], nil
}

// checkFlags makes a plan of the flags, and says which of them no plan can have.
func (c *initCmd) checkFlags(name string, env func(string) (string, bool)) (*plan.Plan, error) {
	for flag, s := range map[string]blanks{
		"--project":  {project: c.Project},
		"--volume":   {volume: c.Volume},
		"--platform": {platform: c.Platform},
	} {
		_, err := plan.Load(name, []byte(s.text()), env)
		var problems *plan.Problems
		if errors.As(err, &problems) {
			return nil, &Error{
				Exit: ExitInvalid, Message: fmt.Sprintf("%s: %s", flag, problems.List[0].Message),
				Advice: "projects and volumes are written as OWNER/NAME, as in their web addresses; a platform is us, eu, cn, cgc, cavatica, bdc or a URL",
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return plan.Load(name, []byte(blanks{c.Platform, c.Project, c.Volume}.text()), env)
}

// started is what init has found out and written.
type started struct {
	Plan     string   `json:"plan"`
	Wrote    []string `json:"wrote"`
	Platform string   `json:"platform,omitempty"`
	Project  string   `json:"project,omitempty"`
	Volume   string   `json:"volume,omitempty"`
	User     string   `json:"user,omitempty"`     // empty when that is not known
	Projects []string `json:"projects,omitempty"` // to choose from
	Volumes  []string `json:"volumes,omitempty"`  // to choose from
	Warnings []string `json:"warnings"`
}

// findOut asks the platform, if there are credentials for it.
func (c *initCmd) findOut(ctx context.Context, a *app, p *plan.Plan) (*started, error) {
	found := &started{Platform: c.Platform, Project: c.Project, Volume: c.Volume, Warnings: []string{}}
	remote, err := a.connect(p, forLooking)
	switch {
	case errors.Is(err, credentials.ErrNone) && a.globals.Profile == "":
		found.warn("nothing was checked, for %v", err)
		return found, nil
	case err != nil && a.globals.Profile == "" && a.globals.Simulator == "" && c.Platform == "":
		found.warn("nothing was checked: %v", err)
		return found, nil
	case err != nil:
		return nil, err
	}
	if found.Platform == "" && a.globals.Simulator == "" {
		if found.Platform = string(remote.deployment); found.Platform == "" {
			found.Platform = remote.endpoint
		}
	}
	return found, errors.Join(found.look(ctx, remote), remote.Close())
}

func (s *started) warn(format string, args ...any) {
	s.Warnings = append(s.Warnings, fmt.Sprintf(format, args...))
}

// write writes everything, the plan last: where there is a plan, nothing else is
// missing.
func (s *started) write(name, text string) error {
	if err := state.EnsureDir(state.Dir(name)); errors.Is(err, os.ErrNotExist) {
		return &Error{Exit: ExitError, Message: err.Error(), Advice: "make the plan's directory first, or name another file with -f", err: err}
	} else if err != nil {
		return err
	}
	s.Plan = name
	// A schema that is there was written by an earlier init, or by the user.
	beside := filepath.Join(filepath.Dir(name), schemaFile)
	switch err := create(beside, schema.Plan()); {
	case err == nil:
		s.Wrote = append(s.Wrote, beside)
	case !errors.Is(err, os.ErrExist):
		return err
	}
	if err := create(name, []byte(text)); err != nil {
		return err
	}
	s.Wrote = append(s.Wrote, name)
	return nil
}

// create writes a file that must not be there yet.
func create(name string, content []byte) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return fmt.Errorf("making a new file: %w", err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing %q: %w", name, err)
	}
	return nil
}

// started says what was found out and what comes next.
func (a *app) started(s *started) error {
	if a.globals.JSON {
		return json.NewEncoder(a.term.Out.W).Encode(s)
	}
	for _, name := range s.Wrote {
		if _, err := fmt.Fprintf(a.term.Out.W, "wrote %s\n", view.Safe(name)); err != nil {
			return err
		}
	}
	if s.User != "" {
		a.say("the credentials work: you are %s", s.User)
	}
	for _, w := range s.Warnings {
		a.warn(w)
	}
	a.offer("projects", s.Projects)
	a.offer("volumes", s.Volumes)
	next := "look at what it would do with: sbexport plan" + a.sameFlags()
	if s.Project == "" || s.Volume == "" {
		next = "fill in what is missing in it, then " + next
	}
	a.say("%s", next)
	if len(s.Warnings) > 0 {
		a.say("see whether everything is in order with: sbexport doctor%s", a.sameFlags())
	}
	return nil
}

// sameFlags are the flags by which another command works on the same plan and
// platform.
func (a *app) sameFlags() string {
	var b strings.Builder
	for _, f := range []struct{ name, value string }{
		{"-f", a.globals.File}, {"--profile", a.globals.Profile}, {"--simulator", a.globals.Simulator},
	} {
		if f.value != "" {
			b.WriteString(" " + f.name + " " + f.value)
		}
	}
	return b.String()
}

// offer lists what there is to choose from.
func (a *app) offer(what string, ids []string) {
	if len(ids) == 0 {
		return
	}
	a.say("%s that you can see:", what)
	for _, id := range ids {
		a.say("  %s", id)
	}
}
