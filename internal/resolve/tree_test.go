package resolve_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"sbexport/internal/platform"
	"sbexport/internal/resolve"
	"sbexport/plan"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

var (
	now     = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	created = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

	errNotThere  = &platform.Error{Status: 404, Code: 5002, Message: "Requested file does not exist."}
	errNoRight   = &platform.Error{Status: 403, Code: 5001, Message: "Insufficient privileges on file."}
	errCut       = errors.New("the connection was cut")
	errNoProject = &platform.Error{Status: 404, Code: 3002, Message: "Requested project does not exist."}
)

// tree is a Source that holds its projects in memory. Files are made by path;
// the ID of a file is "id:" and its path, of a folder "dir:" and its path, both
// after the project's name when it is not the default one, with "|" for "/".
type tree struct {
	pageSize int
	shuffle  *rand.Rand // nil: in the order they were made

	projects map[string]*platform.Project
	nodes    map[string]*platform.File
	children map[string][]string // by folder ID, in the order they were made
	hidden   map[string]bool     // projects that are not listed
	tasks    []platform.Task
	outputs  string           // where tasks tell their outputs: "" in lists, "bulk" only where they are asked for
	refuse   map[string]error // by ID: what reading or listing it answers; "bulk": what every bulk call does

	mu       sync.Mutex
	calls    []string // "project me/p", "list dir:a", "get id:…", "bulk 3"
	pages    int
	inFlight int
	most     int
}

const home = "me/p"

// newTree makes a project with files. Each is "PATH@SAMPLE#TAG=SECONDARY,…", of
// which the path is enough.
func newTree(specs ...string) *tree {
	t := &tree{
		pageSize: 100, projects: map[string]*platform.Project{}, nodes: map[string]*platform.File{},
		children: map[string][]string{}, refuse: map[string]error{},
	}
	t.project(home)
	for _, spec := range specs {
		spec, secondary, _ := strings.Cut(spec, "=")
		spec, tag, _ := strings.Cut(spec, "#")
		p, s, _ := strings.Cut(spec, "@")
		f := t.add(p)
		if tag != "" {
			f.Tags = []string{tag}
		}
		if s != "" {
			sample(s)(f)
		}
		if secondary != "" {
			with(strings.Split(secondary, ",")...)(f)
		}
	}
	return t
}

func id(kind, project, p string) string {
	if project != home {
		p = project + ":" + p
	}
	return kind + ":" + strings.ReplaceAll(p, "/", "|")
}

func (t *tree) project(name string) {
	root := id("dir", name, "")
	t.projects[name] = &platform.Project{ID: name, RootFolder: root}
	t.nodes[root] = &platform.File{ID: root, Name: path.Base(name), Project: name, Folder: true}
}

// add makes a file, with the folders above it.
func (t *tree) add(p string, set ...func(*platform.File)) *platform.File {
	return t.addTo(home, p, set...)
}

func (t *tree) addTo(project, p string, set ...func(*platform.File)) *platform.File {
	f := &platform.File{
		ID: id("id", project, p), Name: path.Base(p), Project: project, Parent: t.folder(project, dirOf(p)),
		Size: int64(len(p)), CreatedOn: created, ModifiedOn: created,
		Storage: platform.Storage{Type: platform.OnPlatform, HostedOn: []string{"aws:us-east-1"}},
	}
	for _, s := range set {
		s(f)
	}
	t.nodes[f.ID] = f
	t.children[f.Parent] = append(t.children[f.Parent], f.ID)
	return f
}

func (t *tree) folder(project, p string) string {
	folder := id("dir", project, p)
	if t.nodes[folder] == nil {
		parent := t.folder(project, dirOf(p))
		t.nodes[folder] = &platform.File{ID: folder, Name: path.Base(p), Project: project, Parent: parent, Folder: true}
		t.children[parent] = append(t.children[parent], folder)
	}
	return folder
}

func dirOf(p string) string {
	return strings.TrimSuffix(p[:strings.LastIndexByte(p, '/')+1], "/")
}

func tagged(tags ...string) func(*platform.File) {
	return func(f *platform.File) { f.Tags = tags }
}

func sample(s string) func(*platform.File) {
	return func(f *platform.File) { f.Metadata = map[string][]string{"sample_id": {s}} }
}

// with gives a file secondary files of the default project, by path.
func with(paths ...string) func(*platform.File) {
	return func(f *platform.File) {
		for _, p := range paths {
			f.Secondary = append(f.Secondary, platform.File{ID: id("id", home, p), Name: path.Base(p)})
		}
	}
}

func (t *tree) enter(call string) func() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls = append(t.calls, call)
	t.inFlight++
	t.most = max(t.most, t.inFlight)
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.inFlight--
	}
}

// made returns the calls that start so, sorted.
func (t *tree) made(start string) []string {
	var calls []string
	for _, c := range t.calls {
		if strings.HasPrefix(c, start) {
			calls = append(calls, strings.TrimPrefix(c, start))
		}
	}
	slices.Sort(calls)
	return calls
}

func (t *tree) Project(ctx context.Context, id string) (*platform.Project, error) {
	defer t.enter("project " + id)()
	if err := t.refuse[id]; err != nil {
		return nil, err
	}
	for name, p := range t.projects {
		if strings.EqualFold(name, id) {
			return p, ctx.Err()
		}
	}
	return nil, errNoProject
}

func (t *tree) Projects(ctx context.Context) (all []platform.Project, broken int, err error) {
	defer t.enter("projects")()
	for _, name := range slices.Sorted(maps.Keys(t.projects)) {
		if t.hidden[name] {
			broken++
			continue
		}
		all = append(all, *t.projects[name])
	}
	return all, broken, ctx.Err()
}

func (t *tree) Folder(ctx context.Context, project, folder string, yield func([]platform.File) error) error {
	defer t.enter("list " + folder)()
	if folder == "" {
		folder = t.projects[project].RootFolder
		if folder == "" {
			folder = id("dir", project, "")
		}
	}
	if err := t.refuse[folder]; err != nil {
		return err
	}
	ids := slices.Clone(t.children[folder])
	if t.shuffle != nil {
		t.mu.Lock()
		t.shuffle.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		t.mu.Unlock()
	}
	for chunk := range slices.Chunk(ids, t.pageSize) {
		if err := ctx.Err(); err != nil {
			return err
		}
		var page []platform.File
		for _, id := range chunk {
			page = append(page, *t.nodes[id])
		}
		t.mu.Lock()
		t.pages++
		t.mu.Unlock()
		if err := yield(slices.Clone(page)); err != nil {
			return err
		}
	}
	return nil
}

func (t *tree) File(ctx context.Context, id string) (*platform.File, error) {
	defer t.enter("get " + id)()
	if err := t.refuse[id]; err != nil {
		return nil, err
	}
	if f := t.nodes[id]; f != nil {
		clone := *f
		return &clone, ctx.Err()
	}
	return nil, errNotThere
}

func (t *tree) Files(ctx context.Context, ids []string) ([]platform.FileResult, error) {
	defer t.enter("bulk " + strings.Join(ids, " "))()
	if err := t.refuse["bulk"]; err != nil {
		return nil, err
	}
	results := make([]platform.FileResult, len(ids))
	for i, id := range ids {
		results[i].ID = id
		var refused *platform.Error
		switch {
		case errors.As(t.refuse[id], &refused):
			results[i].Err = refused
		case t.nodes[id] != nil:
			clone := *t.nodes[id]
			results[i].File = &clone
		default:
			results[i].Err = errNotThere
		}
	}
	return results, ctx.Err()
}

func (t *tree) Tasks(ctx context.Context, project, status string) ([]platform.Task, error) {
	defer t.enter("tasks " + project + " " + status)()
	if err := t.refuse["tasks "+project]; err != nil {
		return nil, err
	}
	var list []platform.Task
	for _, task := range t.tasks {
		if task.Project == project && task.Status == status {
			if task.Told = t.outputs == ""; !task.Told {
				task.Outputs = nil
			}
			list = append(list, task)
		}
	}
	if t.shuffle != nil {
		t.mu.Lock()
		t.shuffle.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		t.mu.Unlock()
	}
	return list, ctx.Err()
}

func (t *tree) Outputs(ctx context.Context, wanted []*platform.Task) error {
	var untold []string
	for _, task := range wanted {
		if !task.Told {
			untold = append(untold, task.ID)
		}
	}
	if len(untold) == 0 {
		return ctx.Err()
	}
	slices.Sort(untold)
	untold = slices.Compact(untold)
	defer t.enter("outputs " + strings.Join(untold, " "))()
	for _, task := range t.tasks {
		for _, w := range wanted {
			if !w.Told && w.ID == task.ID && t.refuse[task.ID] == nil {
				w.Outputs, w.Told = task.Outputs, true
			}
		}
	}
	return ctx.Err()
}

// task makes a completed task that ended so many days ago. Each output is
// "PORT=PATH,…", of files, of folders with a slash at the end, or of nothing that
// there is.
func (t *tree) task(id, name string, days int, outputs ...string) *platform.Task {
	task := platform.Task{
		ID: id, Name: name, App: home + "/star/1", Project: home, Status: platform.TaskCompleted, EndedOn: now.AddDate(0, 0, -days),
	}
	for _, output := range outputs {
		port, paths, _ := strings.Cut(output, "=")
		p := platform.Port{Name: port}
		for path := range strings.SplitSeq(paths, ",") {
			if folder, ok := strings.CutSuffix(path, "/"); ok {
				p.Files = append(p.Files, platform.Output{ID: t.folder(home, folder), Folder: true})
			} else if path != "" {
				p.Files = append(p.Files, platform.Output{ID: idOf(path)})
			}
		}
		task.Outputs = append(task.Outputs, p)
	}
	t.tasks = append(t.tasks, task)
	return &t.tasks[len(t.tasks)-1]
}

// idOf is the ID of a file of the default project.
func idOf(path string) string { return id("id", home, path) }

// load makes a plan of its exports.
func load(tb testing.TB, exports string) *plan.Plan {
	tb.Helper()
	src := "version: 1\nproject: " + home + "\nvolume: me/v\nexports: " + exports
	p, err := plan.Load("sbexport.yaml", []byte(src), os.LookupEnv)
	if err != nil {
		tb.Fatalf("loading the plan: %v", err)
	}
	return p
}

// resolved runs and fails the test on an error.
func resolved(tb testing.TB, src resolve.Source, p *plan.Plan, only ...int) *resolve.Result {
	tb.Helper()
	o := resolve.Options{Now: now}
	for _, i := range only {
		o.Rules = append(o.Rules, p.Rules[i])
	}
	return resolvedWith(tb, src, p, o)
}

func resolvedWith(tb testing.TB, src resolve.Source, p *plan.Plan, o resolve.Options) *resolve.Result {
	tb.Helper()
	res, err := resolve.Run(tb.Context(), src, p, o)
	if err != nil {
		tb.Fatalf("Run: %v", err)
	}
	return res
}

// failure runs and returns the error.
func failure(tb testing.TB, src resolve.Source, p *plan.Plan) error {
	tb.Helper()
	_, err := resolve.Run(tb.Context(), src, p, resolve.Options{Now: now})
	if err == nil {
		tb.Fatal("no error")
	}
	return err
}

// lines puts the wanted files in a readable form: "rule: path -> location", or
// "rule: path x reason".
func lines(res *resolve.Result) []string {
	var ls []string
	for _, w := range res.Wanted {
		if w.Blocked != "" {
			ls = append(ls, fmt.Sprintf("%s: %s x %s", w.Rule.Name, w.Path, w.Blocked))
			continue
		}
		ls = append(ls, fmt.Sprintf("%s: %s -> %s", w.Rule.Name, w.Path, w.Location))
	}
	return ls
}

func expect[T any](tb testing.TB, what string, got, want T) {
	tb.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		tb.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// expectMessage checks that a text has all of some parts.
func expectMessage(tb testing.TB, got string, parts ...string) {
	tb.Helper()
	for _, part := range parts {
		if !strings.Contains(got, part) {
			tb.Errorf("message %q does not have %q", got, part)
		}
	}
}

// tally is the counts of the rules, as "selected/shadowed" by rule.
func tally(res *resolve.Result) map[string]string {
	m := map[string]string{}
	for _, c := range res.Rules {
		m[c.Rule] = fmt.Sprintf("%d/%d", c.Selected, c.Shadowed)
	}
	return m
}

// orphaning leaves the parent out of bulk answers.
type orphaning struct{ *tree }

func (o orphaning) Files(ctx context.Context, ids []string) ([]platform.FileResult, error) {
	results, err := o.tree.Files(ctx, ids)
	for _, r := range results {
		if r.File != nil {
			r.File.Parent = ""
		}
	}
	return results, err
}

// misfit answers every bulk call alike.
type misfit struct {
	*tree
	results []platform.FileResult
}

func (m misfit) Files(context.Context, []string) ([]platform.FileResult, error) {
	return m.results, nil
}
