package snapshot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"sbexport/internal/api"
	"sbexport/internal/credentials"
	"sbexport/internal/platform"
	"sbexport/internal/simulator"
	"sbexport/internal/snapshot"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// started is a client of the local platform made from a seed.
func started(t testing.TB, seed string) *api.Client {
	t.Helper()
	parsed, err := simulator.ParseSeed("seed.yaml", []byte(seed), t.TempDir())
	if err != nil {
		t.Fatalf("the seed cannot be read: %v\n%.3000s", err, seed)
	}
	server, err := simulator.New(parsed)
	if err != nil {
		t.Fatalf("the seed cannot be started: %v\n%.3000s", err, seed)
	}
	c, err := credentials.New("http://127.0.0.1/v2", "simulator", "test")
	if err != nil {
		t.Fatal(err)
	}
	client, err := api.New(api.Options{Credentials: c, Transport: server.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

// taken is a snapshot as text.
func taken(t testing.TB, src snapshot.Source, o snapshot.Options) (string, snapshot.Summary) {
	t.Helper()
	var b bytes.Buffer
	sum, err := snapshot.Write(t.Context(), &b, src, o)
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), sum
}

// listed is all that a client can see of a project, by path. IDs of projects'
// root folders are made up anew, so those are left out.
func listed(t testing.TB, c *api.Client, project string) map[string]platform.File {
	t.Helper()
	all := map[string]platform.File{}
	var walk func(folder, path string)
	walk = func(folder, path string) {
		var below []platform.File
		err := c.Folder(t.Context(), project, folder, func(page []platform.File) error {
			for _, f := range page {
				if folder == "" {
					f.Parent = ""
				}
				for i, s := range f.Secondary {
					f.Secondary[i] = platform.File{ID: s.ID, Name: s.Name}
				}
				all[path+f.Name] = f
				if f.Folder {
					below = append(below, f)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range below {
			walk(f.ID, path+f.Name+"/")
		}
	}
	walk("", "")
	return all
}

// runs are the tasks of a project by name.
func runs(t testing.TB, c *api.Client, project string) map[string]platform.Task {
	t.Helper()
	tasks, err := c.Tasks(t.Context(), project, "")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]platform.Task{}
	for _, task := range tasks {
		for i, port := range task.Outputs {
			for j := range port.Files {
				if port.Name == "gone" {
					task.Outputs[i].Files[j].ID = "" // that of a file that is nowhere
				}
			}
		}
		all[task.Name] = task
	}
	return all
}

func objects(t testing.TB, c *api.Client, volume string) map[string]int64 {
	t.Helper()
	all := map[string]int64{}
	if err := c.ObjectTree(t.Context(), volume, func(page []platform.Object) error {
		for _, o := range page {
			all[o.Location] = o.Size
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// A snapshot, started, lists the same as what it was taken of, and a snapshot of
// that is the same.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	seed, err := os.ReadFile("testdata/rich.yaml")
	if err != nil {
		t.Fatal(err)
	}
	live := started(t, string(seed))
	o := snapshot.Options{Projects: []string{"ann/one", "ann/two"}, Volumes: []string{"ann/archive", "ann/frozen"}, Objects: true, Deployment: platform.CAVATICA}
	text, sum := taken(t, live, o)
	again := started(t, text)
	for _, project := range o.Projects {
		if diff := cmp.Diff(listed(t, live, project), listed(t, again, project)); diff != "" {
			t.Errorf("project %s (-live +snapshot):\n%s", project, diff)
		}
		was, err := live.Project(t.Context(), project)
		if err != nil {
			t.Fatal(err)
		}
		is, err := again.Project(t.Context(), project)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(runs(t, live, project), runs(t, again, project)); diff != "" {
			t.Errorf("tasks of project %s (-live +snapshot):\n%s", project, diff)
		}
		was.RootFolder, is.RootFolder = "", ""
		if diff := cmp.Diff(was, is); diff != "" {
			t.Errorf("project %s (-live +snapshot):\n%s", project, diff)
		}
	}
	for _, volume := range []string{"ann/archive", "ann/frozen", "ben/far"} {
		was, err := live.Volume(t.Context(), volume)
		if err != nil {
			t.Fatal(err)
		}
		is, err := again.Volume(t.Context(), volume)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(was, is); diff != "" {
			t.Errorf("volume %s (-live +snapshot):\n%s", volume, diff)
		}
	}
	if diff := cmp.Diff(objects(t, live, "ann/archive"), objects(t, again, "ann/archive")); diff != "" {
		t.Errorf("objects (-live +snapshot):\n%s", diff)
	}
	twice, _ := taken(t, again, o)
	if diff := cmp.Diff(text, twice); diff != "" {
		t.Errorf("a snapshot of the snapshot differs:\n%s", diff)
	}
	want := snapshot.Summary{Projects: 2, Folders: 7, Files: 22, Aliases: 2, Tasks: 6, Volumes: 3, Objects: 3, Notes: []string{}}
	if diff := cmp.Diff(want, sum); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
}

// fake is a platform that shows what the local one cannot be made to.
type fake struct {
	files   map[string][]platform.File // by folder
	volumes map[string]*platform.Volume
	tasks   []platform.Task
	failure error
}

func (f *fake) User(context.Context) (string, error) { return "ann", nil }

func (f *fake) Project(_ context.Context, id string) (*platform.Project, error) {
	return &platform.Project{ID: id, Location: "aws:us-east-1"}, nil
}

func (f *fake) Folder(_ context.Context, _, folder string, yield func([]platform.File) error) error {
	if f.failure != nil && folder != "" {
		return f.failure
	}
	return yield(f.files[folder])
}

func (f *fake) Volume(_ context.Context, id string) (*platform.Volume, error) {
	if v := f.volumes[id]; v != nil {
		return v, nil
	}
	return nil, &platform.Error{Status: 403, Code: 9020}
}

func (f *fake) Tasks(context.Context, string, string) ([]platform.Task, error) { return f.tasks, nil }

func (f *fake) Outputs(_ context.Context, tasks []*platform.Task) error {
	for _, task := range tasks {
		if task.ID == "t1" {
			task.Outputs = []platform.Port{{Name: "bam", Files: []platform.Output{{ID: fmt.Sprintf("%024x", 1)}}}}
		}
	}
	return nil
}

func (f *fake) ObjectTree(context.Context, string, func([]platform.Object) error) error { return nil }

// What a seed cannot hold is left out, and told.
func TestLeavesOutWhatASeedCannotHold(t *testing.T) {
	t.Parallel()
	id := func(n int) string { return fmt.Sprintf("%024x", n) }
	on := platform.Storage{Type: platform.OnPlatform}
	src := &fake{
		volumes: map[string]*platform.Volume{"ann/odd": {ID: "ann/odd", AccessMode: "WO", Service: platform.Service{Type: "tape"}}},
		files: map[string][]platform.File{
			"": {
				{ID: id(1), Name: "good", Storage: on},
				{ID: id(2), Name: "good", Storage: on},                   // a twin
				{ID: id(3), Name: "..", Storage: on},                     // no name
				{ID: id(4), Name: strings.Repeat("x", 300), Storage: on}, // too long
				{ID: "NOT-HEX", Name: "named", Storage: on},              // another ID
				{ID: id(5), Name: "cold", Storage: platform.Storage{Type: "GLACIER"}},
				{ID: id(6), Name: "new", Storage: platform.Storage{Type: "TELEPATHY"}},
				{ID: id(7), Name: "lent", Storage: platform.Storage{Type: platform.OnVolume, Volume: "ben/hidden", Location: "a/b"}},
				{ID: id(8), Name: "keys", Storage: on, Metadata: map[string][]string{strings.Repeat("k", 2000): {"v"}, "ok": {"a", "b"}}},
				{ID: id(9), Name: "odd\x00\x85\u2028\ufeff\x7f: {#", Storage: on, Tags: []string{"\xff", "- x"}},
				{ID: id(10), Name: "loop", Folder: true},
				{ID: id(11), Name: ".", Folder: true},
			},
			id(10): {{ID: id(10), Name: "loop", Folder: true}, {ID: id(12), Name: "inside", Storage: on, Secondary: []platform.File{{ID: id(1)}, {ID: id(99)}}}},
			id(11): {{ID: id(13), Name: "lost", Storage: on}},
		},
	}
	src.tasks = []platform.Task{
		{ID: "t1", Name: "kept", App: "ann/one/star/1", Status: "COMPLETED"},
		{ID: "t2", Name: "no app", App: "?", Status: "COMPLETED"},
		{ID: "t3", App: "ann/one/star/1", Status: "COMPLETED"},
	}
	text, sum := taken(t, src, snapshot.Options{Projects: []string{"ann/one"}, Volumes: []string{"ann/odd"}})
	local := started(t, text)
	if tasks := runs(t, local, "ann/one"); len(tasks) != 1 || tasks["kept"].Outputs[0].Files[0].ID != id(1) {
		t.Errorf("tasks %v", tasks)
	}
	again := listed(t, local, "ann/one")
	var paths []string
	for path := range again {
		paths = append(paths, path)
	}
	want := []string{"cold", "good", "keys", "lent", "loop", "loop/inside", "named", "new", "odd\x00\u0085\u2028\ufeff\x7f: {#"}
	want[8] = "odd\x00\ufffd\u2028\ufeff\x7f: {#"
	if diff := cmp.Diff(want, sorted(paths)); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	inside := again["loop/inside"]
	if s := inside.Secondary; len(s) != 1 || s[0].ID != id(1) {
		t.Errorf("secondary files %v", s)
	}
	for _, note := range []string{
		"2 tasks are left out", "3 files or folders are left out", "1 files are left out", "1 files or folders get other IDs",
		"1 metadata keys", "1 files have a storage type", `volume "ben/hidden"`,
	} {
		if !strings.Contains(strings.Join(sum.Notes, "\n"), note) {
			t.Errorf("no note %q in %q", note, sum.Notes)
		}
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	broken := errors.New("no luck")
	src := &fake{failure: broken, files: map[string][]platform.File{"": {{ID: "a", Name: "a", Folder: true}, {ID: "b", Name: "b", Folder: true}}}}
	if _, err := snapshot.Write(t.Context(), new(bytes.Buffer), src, snapshot.Options{Projects: []string{"a/b"}}); !errors.Is(err, broken) {
		t.Errorf("listing: %v", err)
	}
	if _, err := snapshot.Write(t.Context(), new(bytes.Buffer), &fake{}, snapshot.Options{Projects: []string{"a b/c"}}); err == nil {
		t.Error("an ID that no seed takes was written")
	}
	// A volume that was asked for must be there; one that is only pointed to not.
	if _, err := snapshot.Write(t.Context(), new(bytes.Buffer), &fake{}, snapshot.Options{Volumes: []string{"a/b"}}); err == nil {
		t.Error("no error for a volume that cannot be read")
	}
	full := writerFunc(func([]byte) (int, error) { return 0, broken })
	if _, err := snapshot.Write(t.Context(), full, &fake{}, snapshot.Options{}); !errors.Is(err, broken) {
		t.Errorf("writing: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := snapshot.Write(ctx, new(bytes.Buffer), &fake{}, snapshot.Options{Projects: []string{"a/b"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// What the local platform would refuse to read is not written to its end.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	var files []platform.File
	metadata := map[string][]string{"long": {strings.Repeat("n", 1<<20)}}
	for i := range 65 {
		files = append(files, platform.File{ID: fmt.Sprintf("%024x", i), Name: fmt.Sprint(i), Metadata: metadata})
	}
	src := &fake{files: map[string][]platform.File{"": files}}
	if _, err := snapshot.Write(t.Context(), new(bytes.Buffer), src, snapshot.Options{Projects: []string{"a/b"}}); !errors.Is(err, snapshot.ErrTooLarge) {
		t.Errorf("error %v", err)
	}
}

// many is a seed with files by the thousand.
func many(count int) string {
	return fmt.Sprintf(`
user: ann
projects: [{id: ann/one, generate: [{count: %d, folders: 50, path: "d{folder}/s-{n}.bam", metadata: {sample_id: "S{n}"}}]}]
behavior: {rate_limit: {limit: 0}}
`, count)
}

func TestManyFiles(t *testing.T) {
	t.Parallel()
	const count = 3_000
	live := started(t, many(count))
	text, sum := taken(t, live, snapshot.Options{Projects: []string{"ann/one"}})
	if sum.Files != count || sum.Folders != 50 {
		t.Errorf("summary %+v", sum)
	}
	started(t, text)
}
