package cli

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sbexport/internal/atomicfile"
	"sbexport/internal/platform"
	"sbexport/internal/resolve"
	"sbexport/internal/snapshot"
	"sbexport/internal/state"
	"sbexport/internal/view"
	"sbexport/plan"
)

// snapshotCmd writes a seed of what is on the platform.
type snapshotCmd struct {
	Project   []string `placeholder:"OWNER/NAME" sep:"none" help:"A project to take (repeatable). Default: those of the plan."`
	Volume    []string `placeholder:"OWNER/NAME" sep:"none" help:"A volume to take (repeatable). Default: those of the plan. Volumes that aliases point to come by themselves."`
	Objects   bool     `help:"List the volumes' objects too."`
	Anonymise bool     `help:"Replace names, tags, tasks, IDs and values of metadata by pseudonyms."`
	Out       string   `required:"" placeholder:"FILE" help:"Where to write the seed."`
	Force     bool     `help:"Overwrite FILE if it is there."`
}

func (snapshotCmd) Help() string {
	return `Lists projects, with their tasks, and volumes and writes what it finds as a seed of the local platform: rehearse a plan on a likeness of the real ` +
		`data, or show a fault to others. It only reads; no file's content is read, and the token is nowhere in the seed.

With --anonymise every word of a name gets a pseudonym, the same everywhere, so that folders, equal names and locations made of them stay ` +
		`what they are; extensions of known formats and what the plan itself says stay. Sizes, times and metadata keys stay as well. ` +
		`The key of the pseudonyms is kept in .sbexport, so that the next snapshot has the same; do not give it away with the seed.

Example: sbexport snapshot --anonymise --out seed.yaml && sbexport plan --simulator seed.yaml`
}

func (c *snapshotCmd) Run(ctx context.Context, a *app) error {
	p, err := c.plan(a)
	if err != nil {
		return err
	}
	options, err := c.options(a, p)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(c.Out); err == nil && !c.Force {
		return fail(ExitRefused, "name another file with --out, or overwrite it with --force", "there is a file %q already; nothing was written", c.Out)
	}
	if err := atomicfile.Check(c.Out); err != nil {
		return err
	}
	return a.onPlatform(p, func(remote *remote) error {
		options.Deployment = remote.deployment
		if len(c.Project)+len(c.Volume) == 0 {
			var err error
			if options.Projects, err = remote.projects(ctx, p); err != nil {
				return fmt.Errorf("taking the snapshot: %w", err)
			}
		}
		sum, err := c.take(ctx, a, remote, options)
		if err != nil {
			return err
		}
		return c.tell(a, sum)
	})
}

// plan loads the plan. With --project or --volume there need not be one: then it is
// empty.
func (c *snapshotCmd) plan(a *app) (*plan.Plan, error) {
	p, err := a.loadPlan()
	var own *Error
	if errors.As(err, &own) && a.globals.File == "" && len(c.Project)+len(c.Volume) > 0 {
		return &plan.Plan{Name: defaultPlans[0]}, nil
	}
	return p, err
}

// options are what the flags ask for, or else what the plan names.
func (c *snapshotCmd) options(a *app, p *plan.Plan) (snapshot.Options, error) {
	o := snapshot.Options{Projects: c.Project, Volumes: c.Volume, Objects: c.Objects}
	if len(c.Project)+len(c.Volume) == 0 {
		for _, r := range p.Rules {
			if r.Project == "" && r.Projects == nil {
				a.warn(fmt.Sprintf("rule %q names files by their IDs and no project: add theirs with --project", r.Name))
			}
			o.Volumes = append(o.Volumes, r.Volume)
		}
	}
	if err := owned(slices.Concat(o.Projects, o.Volumes)); err != nil {
		return o, err
	}
	if c.Anonymise {
		key, err := anonymisingKey(state.Dir(p.Name))
		if err != nil {
			return o, err
		}
		o.Disguise = snapshot.NewDisguise(key, keptBy(p))
	}
	return o, nil
}

// owned makes sure that IDs are of the form that projects and volumes have.
func owned(ids []string) error {
	for _, id := range ids {
		if owner, name, ok := strings.Cut(id, "/"); !ok || owner == "" || name == "" {
			return fail(ExitInvalid, "they are written as OWNER/NAME, as in their web addresses", "%q is not the ID of a project or a volume", id)
		}
	}
	return nil
}

// take writes the seed.
func (c *snapshotCmd) take(ctx context.Context, a *app, src snapshot.Source, o snapshot.Options) (sum snapshot.Summary, err error) {
	progress, stop := a.listing()
	o.Progress = func(files, folders int) { progress(resolve.Progress{Items: files, Folders: folders}) }
	var taking error // of the platform; errors of the file are others
	err = atomicfile.WriteFunc(c.Out, 0o644, func(w io.Writer) error {
		sum, taking = snapshot.Write(ctx, w, src, o)
		return taking
	})
	stop()
	if taking != nil {
		err = taking
	}
	if errors.Is(err, snapshot.ErrTooLarge) {
		return sum, fail(ExitError, "take fewer projects at a time, with --project", "%w", err)
	}
	if err != nil {
		return sum, fmt.Errorf("taking the snapshot: %w", err)
	}
	return sum, nil
}

func (c *snapshotCmd) tell(a *app, sum snapshot.Summary) error {
	objects := ""
	if c.Objects {
		objects = " with " + view.Number(sum.Objects, "object")
	}
	err := a.answer(struct {
		File string `json:"file"`
		snapshot.Summary
	}{c.Out, sum}, "wrote %s: %s in %s of %s, %s%s", view.Safe(c.Out), view.Number(sum.Files, "file"),
		view.Number(sum.Folders, "folder"), view.Number(sum.Projects, "project"), view.Number(sum.Volumes, "volume"), objects)
	if a.globals.JSON { // the notes are part of it
		return err
	}
	for _, note := range sum.Notes {
		a.warn(note)
	}
	a.say("rehearse on it with: sbexport plan --simulator %s", c.Out)
	return err
}

var _ snapshot.Source = (*remote)(nil)

// keptBy is what a disguised snapshot must keep, so that the plan still works on
// it.
func keptBy(p *plan.Plan) snapshot.Kept {
	var k snapshot.Kept
	for _, r := range p.Rules {
		k.Files = append(k.Files, r.Files...)
		k.Patterns = slices.Concat(k.Patterns, r.Match, r.Exclude)
		k.Values = append(k.Values, r.Project, r.Volume)
		tags := []plan.OneOf{r.Where.Tags, r.Where.Tasks}
		if r.Projects != nil {
			k.Patterns = slices.Concat(k.Patterns, r.Projects.Match, r.Projects.Exclude)
			tags = append(tags, r.Projects.Tags)
		}
		if r.Tasks != nil {
			for _, name := range slices.Concat(r.Tasks.App, r.Tasks.Name, r.Tasks.Outputs) {
				k.Patterns = append(k.Patterns, name.Written)
			}
		}
		for _, set := range tags {
			for value := range set {
				k.Values = append(k.Values, value)
			}
		}
		for _, condition := range r.Where.Metadata {
			for value := range condition.Values {
				k.Values = append(k.Values, value)
			}
		}
		to := r.To.String()
		k.Templates = append(k.Templates, to)
		if strings.Contains(to, "{rule}") {
			k.Templates = append(k.Templates, r.Name)
		}
		for _, part := range []string{"{year}", "{month}", "{day}"} {
			k.Dates = k.Dates || strings.Contains(to, part)
		}
	}
	// A public file is known by its project.
	k.Values = append(k.Values, platform.PublicProject)
	return k
}

// keyLength is the length of the key of pseudonyms, in bytes.
const keyLength = 32

// anonymisingKey is the key that pseudonyms are made with. It is made once for
// each plan's directory and never leaves it.
func anonymisingKey(dir string) ([]byte, error) {
	if err := state.EnsureDir(dir); err != nil {
		return nil, err
	}
	name := filepath.Join(dir, "anonymise.key")
	text, _, err := atomicfile.ReadOwn(name, 1<<10)
	if errors.Is(err, os.ErrNotExist) {
		key := make([]byte, keyLength)
		_, _ = rand.Read(key) // never fails
		if err := atomicfile.WriteOwn(name, []byte(hex.EncodeToString(key)+"\n"), 0o600); err != nil {
			return nil, fmt.Errorf("keeping the key of the pseudonyms: %w", err)
		}
		return key, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the key of the pseudonyms: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != keyLength {
		return nil, fail(ExitError, "delete it; the next snapshot then has other pseudonyms", "%q does not hold a key of pseudonyms", name)
	}
	return key, nil
}
