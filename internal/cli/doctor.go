package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sbexport/internal/api"
	"sbexport/internal/credentials"
	"sbexport/internal/doctor"
	"sbexport/internal/platform"
	"sbexport/internal/state"
	"sbexport/internal/view"
	"sbexport/plan"
)

// doctorCmd looks whether everything is in order.
type doctorCmd struct {
	Project []string `placeholder:"OWNER/NAME" help:"A project to look at, besides those of the plan."`
	Volume  []string `placeholder:"OWNER/NAME" help:"A volume to look at, besides those of the plan."`
	Full    bool     `help:"Show also how the platform behaves where its pages leave it open."`
	Quirks  bool     `help:"Print the block for a seed that has the simulator behave as this platform does."`
}

func (doctorCmd) Help() string {
	return fmt.Sprintf(`Looks at the credentials, the host, the clocks, the request budget, the projects, the volumes and your rights on them, and at `+
		`what an earlier run left behind, and says for each what to do. It changes nothing and sends at most %d requests. It works without a plan, `+
		`and without credentials as far as the host. Exit code 1 when something stands in the way of exports.

--json writes the same without any name, to be sent with a bug report.

Example: sbexport doctor --project rfranklin/rna-seq --volume rfranklin/archive`, doctor.MaxRequests)
}

func (c *doctorCmd) Run(ctx context.Context, a *app) error {
	if err := owned(slices.Concat(c.Project, c.Volume)); err != nil {
		return err
	}
	p, lines, err := a.examinedPlan()
	if err != nil {
		return err
	}
	lines = append(lines, a.atHome(p.Name)...)
	remote, line, err := a.examined(p)
	if err != nil {
		return err
	}
	lines = append([]doctor.Line{line}, lines...)
	report := &doctor.Report{}
	if remote != nil {
		patient := doctor.Patient{
			Endpoint: remote.name, Deployment: remote.deployment, Anonymous: line.Status == doctor.Failure,
			Projects: c.Project, Volumes: c.Volume,
		}
		var patterns []*plan.Projects
		for _, r := range p.Rules {
			patient.Projects, patient.Volumes = append(patient.Projects, r.Project), append(patient.Volumes, r.Volume)
			if r.Projects != nil {
				patterns = append(patterns, r.Projects)
			}
		}
		patient.Projects, patient.Volumes = once(patient.Projects), once(patient.Volumes)
		if len(patterns) > 0 {
			patient.Wanted = func(project *platform.Project) bool {
				return slices.ContainsFunc(patterns, func(of *plan.Projects) bool { return of.Takes(project, nil) })
			}
		}
		live := a.doing(func() string { return "looking: " + view.Number(int(remote.Requests()), "request") })
		report = doctor.Examine(ctx, remote, patient)
		live.Stop()
		if err := errors.Join(ctx.Err(), remote.Close()); err != nil {
			return err
		}
	}
	report.Health = append(lines, report.Health...)
	return c.show(a, report)
}

func (c *doctorCmd) show(a *app, report *doctor.Report) (err error) {
	switch {
	case c.Quirks:
		err = quirksBlock(a, report.Quirks())
	case a.globals.JSON:
		err = view.DoctorJSON(a.term.Out.W, report)
	default:
		err = view.Doctor(a.term.Out, report, c.Full)
	}
	if err == nil && report.Failed() {
		err = exitError(ExitError)
	}
	return err
}

// quirksBlock prints a block of a seed.
func quirksBlock(a *app, names []string) error {
	text := "quirks: {} # none: this platform does as the simulator does unasked\n"
	if len(names) > 0 {
		slices.Sort(names)
		text = "quirks:\n  " + strings.Join(names, ": true\n  ") + ": true\n"
	}
	_, err := fmt.Fprint(a.term.Out.W, text)
	return err
}

// once drops what is empty or there already.
func once(all []string) []string {
	var out []string
	for _, s := range all {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// examinedPlan is the plan, or an empty one where there is none, and what there
// is to say about it.
func (a *app) examinedPlan() (*plan.Plan, []doctor.Line, error) {
	name, err := a.planFile()
	if err != nil {
		return &plan.Plan{Name: defaultPlans[0]}, nil, nil //nolint:nilerr // it works without a plan
	}
	p, err := a.loadPlan()
	problems, invalid := errors.AsType[*plan.Problems](err)
	switch {
	case invalid:
		first := problems.List[0]
		return &plan.Plan{Name: name}, []doctor.Line{{
			Name: "plan", Status: doctor.Failure,
			Detail: doctor.Say("%s is not valid: line %d: %s", doctor.Name("plan", name), first.Line, doctor.Name("problem", first.Message)),
			Remedy: doctor.Say("sbexport validate lists all problems"),
		}}, nil
	case err != nil:
		return nil, nil, err
	}
	return p, []doctor.Line{{Name: "plan", Status: doctor.OK, Detail: doctor.Say("%s is valid", doctor.Name("plan", name))}}, nil
}

// examined connects to the platform: as the user, or where there are no
// credentials as nobody, if it is known where the platform is. Else it is nil.
func (a *app) examined(p *plan.Plan) (*remote, doctor.Line, error) {
	options := api.Options{}
	line := doctor.Line{Name: "credentials", Status: doctor.OK}
	remote, err := a.connect(p, options)
	if err == nil {
		line.Detail = doctor.Say("found: %s", doctor.Name("source", remote.source))
		return remote, line, nil
	}
	if a.globals.Simulator != "" {
		return nil, line, err
	}
	f := a.failure(err)
	line.Status = doctor.Failure
	line.Detail, line.Remedy = doctor.Say("%s", doctor.Name("error", f.Message)), doctor.Say("%s", doctor.Name("remedy", hintOf(err)))
	if hintOf(err) == "" {
		line.Remedy = doctor.Say("put SB_AUTH_TOKEN and SB_API_ENDPOINT into the environment, or a profile into ~/.sevenbridges/credentials")
	}
	endpoint, err := credentials.ParseEndpoint(cmp.Or(p.Endpoint, a.streams.Getenv("SB_API_ENDPOINT")))
	if err != nil {
		return nil, line, nil //nolint:nilerr // there is nobody to ask
	}
	options.Anonymous = true
	remote, err = a.client(credentials.Credentials{Endpoint: endpoint}, platform.DeploymentAt(endpoint), a.streams.Transport, options)
	return remote, line, err
}

// atHome looks at what lies beside the plan.
func (a *app) atHome(planName string) []doctor.Line {
	return []doctor.Line{a.disk(planName), a.lockfileLine(planName), a.runLine(planName)}
}

// roomNeeded is what has to fit beside the plan, in bytes: the journal of some
// thousand files.
const roomNeeded = 4 << 20

// disk tries to write where the lockfile and the journal go.
func (a *app) disk(planName string) doctor.Line {
	l := doctor.Line{Name: "disk", Status: doctor.OK}
	dirs := []string{filepath.Dir(planName)}
	if info, err := os.Stat(state.Dir(planName)); err == nil && info.IsDir() {
		dirs = append(dirs, state.Dir(planName))
	}
	for _, dir := range dirs {
		if err := tryDisk(dir); err != nil {
			l.Status = doctor.Failure
			l.Detail = doctor.Say("results cannot be written: %v", doctor.Name("error", err.Error()))
			l.Remedy = doctor.Say("make room there, or give yourself permission to write")
			return l
		}
	}
	l.Detail = doctor.Say("results can be written")
	return l
}

// tryDisk writes a file and removes it.
func tryDisk(dir string) (err error) {
	f, err := os.CreateTemp(dir, ".sbexport-doctor-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	if _, err := f.Write(make([]byte, roomNeeded)); err != nil {
		return err
	}
	return f.Sync()
}

func (a *app) lockfileLine(planName string) doctor.Line {
	l := doctor.Line{Name: "lockfile", Status: doctor.OK}
	lock, err := a.loadLockfile(planName)
	switch {
	case err != nil:
		f := a.failure(err)
		l.Status = doctor.Failure
		l.Detail, l.Remedy = doctor.Say("%s", doctor.Name("error", f.Message)), doctor.Say("%s", doctor.Name("remedy", f.Hint))
	case lock.Len() == 0:
		l.Detail = doctor.Say("nothing is on record yet")
	default:
		l.Detail = doctor.Say("%s on record", view.Number(lock.Len(), "export"))
	}
	return l
}

// runLine says whether a run has not come to its end.
func (a *app) runLine(planName string) doctor.Line {
	l := doctor.Line{Name: "run", Status: doctor.OK, Detail: doctor.Say("no run is unfinished")}
	records, err := state.ReadJournal(a.journalName(planName))
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		f := a.failure(err)
		l.Status = doctor.Failure
		l.Detail, l.Remedy = doctor.Say("%s", doctor.Name("error", f.Message)), doctor.Say("%s", doctor.Name("remedy", f.Hint))
	case len(records) > 0:
		l.Status = doctor.Warning
		l.Detail = doctor.Say("an apply is running or was cut off: its journal has %s", view.Number(len(records), "record"))
		l.Remedy = doctor.Say("if none is running, sbexport apply goes on where it stopped")
	}
	return l
}

var _ doctor.Asker = (*api.Client)(nil)
