package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"sbexport/internal/credentials"
	"sbexport/internal/platform"
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

func (initCmd) Help() string {
	return `Writes a commented plan (sbexport.yaml, or the file of -f), its schema for editors beside it (` + schemaFile + `; commit both), ` +
		`and .sbexport/.gitignore. What is there already is never overwritten: with a plan there it refuses (exit code 5).

With credentials at hand it also looks whether they work, and lists the projects and volumes that you can see where none is named: ` +
		`of what there is only one, that is taken. What is wrong there is a warning: the plan is written all the same, offline too.

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
	filled := strings.NewReplacer(unnamedProject, "any/any", unnamedVolume, "any/any").Replace(text)
	if _, err := plan.Load(name, []byte(filled), a.streams.LookupEnv); err != nil {
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
			return "", fail(ExitRefused, "edit it, or name another file with -f", "there is a plan %q already; nothing was written", name)
		}
	}
	return names[0], nil
}

// checkFlags makes a plan of the flags, and refuses those that no plan can have.
func (c *initCmd) checkFlags(name string, env func(string) (string, bool)) (*plan.Plan, error) {
	p, err := plan.Load(name, []byte(blanks{c.Platform, cmp.Or(c.Project, "any/any"), cmp.Or(c.Volume, "any/any")}.text()), env)
	if problems, bad := errors.AsType[*plan.Problems](err); bad {
		return nil, fail(ExitInvalid, "projects and volumes are written as OWNER/NAME, as in their web addresses; a platform is us, eu, cn, cgc, cavatica, bdc or a URL",
			"no plan can have that: %s", problems.List[0].Message)
	}
	return p, err
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
		found.warn("nothing was checked, for %v: %s", err, hintOf(err))
		return found, nil
	case err != nil && a.globals.Profile == "" && a.globals.Simulator == "" && c.Platform == "":
		found.warn("nothing was checked: %v", err)
		return found, nil
	case err != nil:
		return nil, err
	}
	found.Platform = cmp.Or(found.Platform, remote.planPlatform())
	return found, errors.Join(found.look(ctx, remote), remote.Close())
}

const (
	// lookLimit bounds how long init asks the platform: it has to work where
	// there is none to be reached.
	lookLimit = 20 * time.Second
	// offered is how many projects or volumes are listed to choose from.
	offered = 20
)

// look finds out whether the credentials work, and what there is for what is not
// named. It fails only when the user does not want to wait.
func (s *started) look(ctx context.Context, r *remote) error {
	limited, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	user, err := r.User(limited)
	if err != nil {
		s.trouble(limited, "the credentials could not be checked", err)
		return ctx.Err()
	}
	s.User = user
	if s.Project == "" {
		visible := func(ctx context.Context) ([]platform.Project, error) {
			all, _, err := r.Projects(ctx)
			return all, err
		}
		s.Project, s.Projects = choose(limited, s, "projects", visible, func(p platform.Project) string { return p.ID })
	}
	if s.Volume == "" {
		s.Volume, s.Volumes = choose(limited, s, "volumes", r.Volumes, func(v platform.Volume) string { return v.ID })
	}
	return ctx.Err()
}

// choose is the only one there is, or else what there is to choose from.
func choose[T any](ctx context.Context, s *started, what string, list func(context.Context) ([]T, error), id func(T) string) (only string, some []string) {
	found, err := list(ctx)
	if err != nil {
		s.trouble(ctx, "the "+what+" could not be listed", err)
	}
	if len(found) == 1 {
		return id(found[0]), nil
	}
	for _, item := range found[:min(len(found), offered)] {
		some = append(some, id(item))
	}
	return "", some
}

// trouble warns of an error, with what to do about it.
func (s *started) trouble(ctx context.Context, what string, err error) {
	refused := platform.Refusal(err)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		s.warn("%s: the platform did not answer within %v", what, lookLimit)
	case refused != nil:
		s.warn("%s: %v: %s", what, err, refused.Explain().Fix)
	default:
		s.warn("%s: %v", what, err)
	}
}

func (s *started) warn(format string, args ...any) {
	s.Warnings = append(s.Warnings, fmt.Sprintf(format, args...))
}

// write writes everything, the plan last: where there is a plan, nothing else is
// missing.
func (s *started) write(name, text string) error {
	if err := state.EnsureDir(state.Dir(name)); err != nil {
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
	if err == nil {
		_, err = f.Write(content)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return fmt.Errorf("making a new file: %w", err)
	}
	return nil
}

// started says what was found out and what comes next.
func (a *app) started(s *started) error {
	text := make([]string, len(s.Wrote))
	for i, name := range s.Wrote {
		text[i] = "wrote " + view.Safe(name)
	}
	if err := a.answer(s, "%s", strings.Join(text, "\n")); err != nil || a.globals.JSON {
		return err
	}
	if s.User != "" {
		a.say("the credentials work: you are %s", s.User)
	}
	for _, w := range s.Warnings {
		a.warn(w)
	}
	a.offer("projects", s.Projects)
	a.offer("volumes", s.Volumes)
	next := ""
	if s.Project == "" || s.Volume == "" {
		next = "fill in what is missing in it, then "
	}
	a.say("%slook whether all is in order with: sbexport doctor%s", next, a.sameFlags())
	a.say("look at what it would do with: sbexport plan%s", a.sameFlags())
	return nil
}

// sameFlags are the flags by which another command works on the same plan and
// platform.
func (a *app) sameFlags() string {
	flags := ""
	for _, f := range [...][2]string{{"-f", a.globals.File}, {"--profile", a.globals.Profile}, {"--simulator", a.globals.Simulator}} {
		if f[1] != "" {
			flags += " " + f[0] + " " + shellWord(f[1])
		}
	}
	return flags
}

// plainWord is what every shell reads as it stands.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]+$`)

// shellWord is text as it is typed in a shell.
func shellWord(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// offer lists what there is to choose from.
func (a *app) offer(what string, ids []string) {
	for i, id := range ids {
		if i == 0 {
			a.say("%s that you can see:", what)
		}
		a.say("  %s", id)
	}
}
