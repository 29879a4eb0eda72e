package api_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/api"
	"sbexport/internal/platform"
	"sbexport/internal/simulator"
)

// view is a client's view of a platform under some quirks.
type view struct {
	*testing.T
	s      *simulator.Server
	c      *api.Client
	quirks []string
	files  map[string]simulator.FileState // by path, before any export
}

// What the client makes of a whole platform, under no quirk, under each alone,
// under some at random and under all.
func TestClientUnderEveryQuirk(t *testing.T) {
	t.Parallel()
	all := simulator.Quirks()
	sets := map[string][]string{"none": nil, "all": all}
	for _, quirk := range all {
		sets[quirk] = []string{quirk}
	}
	for n := range 4 {
		dice := rand.New(rand.NewPCG(7, uint64(n)))
		sets[fmt.Sprint("some ", n)] = slices.DeleteFunc(slices.Clone(all), func(string) bool { return dice.IntN(2) == 0 })
	}
	n := 0
	for name, quirks := range sets {
		n++
		pages := []int{0, 37, 11}[n%3]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := start(t, quirks, []object{usual(), behaves(object{
					"latency": object{"min": "20ms", "max": "60ms"}, "page_cap": pages, "jobs": within, "rate_limit": object{"limit": 100_000},
				})})
				v := &view{t, s, connect(t, s, api.Options{}), quirks, truth(s)}
				v.listsFiles()
				v.readsFiles()
				v.readsMetadata()
				v.readsVolumes()
				v.readsObjects()
				v.readsTasks()
				v.submits()
				v.followsJobs()
				for _, violation := range s.Violations() {
					t.Errorf("violation: %s", violation)
				}
			})
		})
	}
}

// listsFiles lists all files and folders and nothing else.
func (v *view) listsFiles() {
	v.Helper()
	got, err := tree(v.Context(), v.c, project)
	if err != nil {
		v.Fatal(err)
	}
	for path, f := range v.files {
		if wrong := compare(got[path], f); wrong != "" {
			v.Errorf("%s: %s", path, wrong)
		}
	}
	if folders := 2 + 3*5; len(got) != len(v.files)+folders {
		v.Errorf("%d paths, want %d files and %d folders", len(got), len(v.files), folders)
	}
}

// readsTasks lists the completed tasks, children of batches among them and no
// batch more than once, and reads what they have put out wherever that is told.
func (v *view) readsTasks() {
	v.Helper()
	all, err := v.c.Tasks(v.Context(), project, platform.TaskCompleted)
	if err != nil {
		v.Fatal(err)
	}
	byName := map[string]platform.Task{}
	var run []*platform.Task
	for i, t := range all {
		byName[t.Name] = t
		if !t.Batch {
			run = append(run, &all[i], &t) // the same task twice, as two rules may want it
		}
	}
	if len(all) != 3+130 || len(byName) != len(all) {
		v.Errorf("%d tasks of %d names, want 133 of 133", len(all), len(byName))
	}
	child := byName["child 7"]
	if child.Parent != byName["batch"].ID || child.Group["metadata.sample_id"] != "S7" || child.EndedOn.IsZero() ||
		child.App != project+"/star-align/0" || child.Status != platform.TaskCompleted {
		v.Errorf("child: %+v", child)
	}
	if err := v.c.Outputs(v.Context(), run); err != nil {
		v.Fatal(err)
	}
	told := map[string][]platform.Port{}
	for i := 0; i < len(run); i += 2 {
		if told[run[i].Name] = run[i].Outputs; !run[i].Told || len(run[i].Outputs) != len(run[i+1].Outputs) {
			v.Errorf("task %q tells no outputs, or not everywhere", run[i].Name)
		}
	}
	ports := func(name string) map[string]int {
		counts := map[string]int{}
		for _, port := range told[name] {
			counts[port.Name] = len(port.Files)
		}
		return counts
	}
	want := map[string]int{"bam": 1, "lists": 2, "folder": 1, "gone": 1, "reads": 0}
	if got := ports("alone"); !maps.Equal(got, want) {
		v.Errorf("outputs %v, want %v", got, want)
	}
	if got := ports("child 130")["bam"]; got != 1 {
		v.Errorf("%d outputs of a child", got)
	}
}

// tree lists a project, folders side by side, and returns every file and folder
// by its path.
func tree(ctx context.Context, c *api.Client, project string) (map[string]platform.File, error) {
	var (
		mu    sync.Mutex
		all   = map[string]platform.File{}
		errs  []error
		walks sync.WaitGroup
		list  func(id, path string)
	)
	list = func(id, path string) {
		err := c.Folder(ctx, project, id, func(page []platform.File) error {
			mu.Lock()
			defer mu.Unlock()
			for _, f := range page {
				at := strings.TrimPrefix(path+"/"+f.Name, "/")
				if _, twice := all[at]; twice {
					errs = append(errs, fmt.Errorf("%s came twice", at))
				}
				all[at] = f
				if f.Folder {
					walks.Go(func() { list(f.ID, at) })
				}
			}
			return nil
		})
		mu.Lock()
		defer mu.Unlock()
		errs = append(errs, err)
	}
	walks.Go(func() { list("", "") })
	walks.Wait()
	return all, errors.Join(errs...)
}

// compare reports what the client got wrong about a file.
func compare(got platform.File, want simulator.FileState) string {
	var wrong []string
	check := func(what string, got, want any) {
		if got != want {
			wrong = append(wrong, fmt.Sprintf("%s %v, want %v", what, got, want))
		}
	}
	check("id", got.ID, want.ID)
	check("name", got.Name, want.Path[strings.LastIndexByte(want.Path, '/')+1:])
	check("project", got.Project, want.Project)
	check("folder", got.Folder, false)
	check("size", got.Size, want.Size)
	check("alias", got.Storage.Alias(), want.Volume != "")
	check("volume", got.Storage.Volume, want.Volume)
	check("at its location", strings.HasSuffix(got.Storage.Location, want.Location), true)
	check("created", got.CreatedOn.IsZero(), false)
	check("public hint", got.MaybePublic(), strings.Contains(want.Path, "public-"))
	return strings.Join(wrong, "; ")
}

// readsFiles reads files by ID, some of which are none and some asked for twice.
func (v *view) readsFiles() {
	v.Helper()
	all := map[string]simulator.FileState{}
	for _, f := range v.files {
		all[f.ID] = f
	}
	ids := slices.Sorted(maps.Keys(all))
	ids = append(ids, "0123", ids[0], "ffffffffffffffffffffffff", ids[1], "0123")
	got, err := v.c.Files(v.Context(), ids)
	if err != nil || len(got) != len(ids) {
		v.Fatalf("%d results, error %v", len(got), err)
	}
	for i, r := range got {
		want, known := all[ids[i]]
		switch {
		case r.ID != ids[i] || (r.File == nil) == (r.Err == nil) || known != (r.File != nil):
			v.Errorf("%s: file %v, error %v", ids[i], r.File, r.Err)
		case known:
			if wrong := compare(*r.File, want); wrong != "" {
				v.Errorf("%s: %s", want.Path, wrong)
			}
		case r.Err.Code != 5002:
			v.Errorf("%s: %v", ids[i], r.Err)
		}
	}
	if n := requests(v.s, "POST", "/bulk/files/get"); n > (len(ids)+99)/100 {
		v.Errorf("%d requests for %d files", n, len(ids))
	}
}

func (v *view) readsMetadata() {
	v.Helper()
	f, err := v.c.File(v.Context(), v.files["described/a.bam"].ID)
	if err != nil {
		v.Fatal(err)
	}
	if diff := cmp.Diff(map[string][]string{"sample_id": {"S1"}, "type": {"Mixed"}, "many": {"a", "b"}}, f.Metadata); diff != "" {
		v.Errorf("metadata (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"final", "naïve"}, f.Tags); diff != "" || f.Task != "t-9" {
		v.Errorf("task %q, tags (-want +got):\n%s", f.Task, diff)
	}
	if len(f.Secondary) != 1 || f.Secondary[0].ID != v.files["described/a.bam.bai"].ID || f.Secondary[0].Name != "a.bam.bai" {
		v.Errorf("secondary files %+v", f.Secondary)
	}
}

// readsVolumes reads what is read one by one, there or not.
func (v *view) readsVolumes() {
	v.Helper()
	for id, want := range map[string]string{
		good: "s3 cohort/ RW true", bare: "s3 run-7 RW true", readOnly: "s3  RO true", inactive: "s3  RW false", google: "gcs  RW true",
	} {
		volume, err := v.c.Volume(v.Context(), id)
		if err != nil {
			v.Fatal(err)
		}
		got := fmt.Sprintf("%s %s %s %v", volume.Service.Type, volume.Service.Prefix, volume.AccessMode, !volume.Inactive)
		if got != want || volume.ID != id {
			v.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	location := "aws:us-east-1"
	if slices.Contains(v.quirks, "no_project_location") {
		location = ""
	}
	if p, err := v.c.Project(v.Context(), project); err != nil || p.Location != location || p.RootFolder == "" || p.ID != project {
		v.Errorf("project %+v, error %v", p, err)
	}
	if name, err := v.c.User(v.Context()); err != nil || name != "lab" {
		v.Errorf("user %q, error %v", name, err)
	}
	if _, err := v.c.Volume(v.Context(), "lab/none"); platform.Refusal(err) == nil || platform.Refusal(err).Code != 9007 {
		v.Errorf("unknown volume: %v", err)
	}
	if _, err := v.c.Project(v.Context(), "lab/none"); platform.Refusal(err) == nil || platform.Refusal(err).Code != 3002 {
		v.Errorf("unknown project: %v", err)
	}
}

// readsObjects lists directories, and looks for each object by itself.
func (v *view) readsObjects() {
	v.Helper()
	sized := !slices.Contains(v.quirks, "no_object_metadata")
	for directory, locations := range inBucket {
		got := []string{}
		err := v.c.Objects(v.Context(), bucket, directory, func(page []platform.Object) error {
			for _, o := range page {
				got = append(got, o.Location)
				if sized && o.Size != int64(len(o.Location)) || !sized && o.Size != -1 {
					v.Errorf("%q has size %d", o.Location, o.Size)
				}
			}
			return nil
		})
		slices.Sort(got)
		want := append([]string{}, slices.Sorted(slices.Values(locations))...)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			v.Errorf("%q: error %v (-want +got):\n%s", directory, err, diff)
		}
		for _, l := range locations {
			if o, err := v.c.Object(v.Context(), bucket, l); err != nil || o == nil || o.Location != l {
				v.Errorf("%q: %+v, error %v", l, o, err)
			}
		}
	}
	if o, err := v.c.Object(v.Context(), bucket, "no/such"); o != nil || err != nil {
		v.Errorf("unknown object: %v, %v", o, err)
	}
	if o, err := v.c.Object(v.Context(), "lab/none", "x"); err == nil {
		v.Errorf("object on no volume: %+v", o)
	}
}

// submits has each item of a mixed call get its own outcome, wherever in the
// answer that stands; one whose refusal might be another's says so.
func (v *view) submits() {
	v.Helper()
	items, codes := mixed(v.files)
	rand.New(rand.NewPCG(1, uint64(len(v.quirks)))).Shuffle(len(items), func(i, j int) {
		items[i], items[j] = items[j], items[i]
		codes[i], codes[j] = codes[j], codes[i]
	})
	got, err := v.c.Submit(v.Context(), v.Context(), false, items)
	if err != nil || len(got) != len(items) {
		v.Fatalf("%d results, error %v", len(got), err)
	}
	now := jobs(v.s)
	for i, r := range got {
		checkResult(v.T, r, items[i], codes[i], now)
		if r.Ambiguous && !slices.Contains(v.quirks, "shuffled_bulk") {
			v.Errorf("result %d is ambiguous although the answer kept the order", i)
		}
	}
}

// followsJobs looks at jobs until they have ended, and lists them.
func (v *view) followsJobs() {
	v.Helper()
	var items []platform.ExportRequest
	for _, f := range v.files {
		if strings.HasPrefix(f.Path, "batch-1/reads_") {
			items = append(items, platform.ExportRequest{File: f.ID, Volume: flat, Location: f.Path})
		}
	}
	before, err := v.c.VolumeJobs(v.Context(), flat)
	if err != nil {
		v.Fatal(err)
	}
	ids := append(exportAll(v.T, v.c, items), strings.Repeat("x", 32))
	slices.Reverse(ids)
	for range 2 {
		got, err := v.c.Jobs(v.Context(), ids)
		if err != nil {
			v.Fatal(err)
		}
		if first := got[0]; first.Err == nil || first.Err.Code != 9008 {
			v.Errorf("unknown job: %+v, %v", first.Export, first.Err)
		}
		now := jobs(v.s)
		for i, r := range got[1:] {
			checkJob(v.T, r.Export, now[ids[i+1]])
		}
		listed, err := v.c.VolumeJobs(v.Context(), flat)
		if want := len(before) + len(items); err != nil || len(listed) != want {
			v.Errorf("%d jobs are listed, want %d; error %v", len(listed), want, err)
		}
		for _, j := range listed {
			if want := now[j.ID]; want.FileID != j.File || want.Location != j.Location || want.Volume != flat {
				v.Errorf("job %+v, want %+v", j, want)
			}
		}
		time.Sleep(5 * time.Second)
	}
	if still, err := v.c.OpenJobs(v.Context(), flat); err != nil || len(still) != 0 {
		v.Errorf("%d open at the end, error %v", len(still), err)
	}
}

// checkJob holds a job against the platform's, which may have gone on meanwhile.
func checkJob(t *testing.T, got *platform.Export, want simulator.JobState) {
	t.Helper()
	if got == nil {
		t.Errorf("job %s: none", want.ID)
		return
	}
	seen := fmt.Sprint(got.ID, got.File, got.Volume, got.Location)
	if is := fmt.Sprint(want.ID, want.FileID, want.Volume, want.Location); seen != is {
		t.Errorf("job %s, want %s", seen, is)
	}
	if got.State.Terminal() && string(got.State) != want.State || !got.State.Terminal() && got.State != platform.Pending && got.State != platform.Running {
		t.Errorf("job %s is %s, want %s", got.ID, got.State, want.State)
	}
	// A job of a bulk call tells no start before it has started.
	if got.State.Terminal() == got.FinishedOn.IsZero() || got.State != platform.Pending && got.StartedOn.IsZero() {
		t.Errorf("job %s: %s, started %v, finished %v", got.ID, got.State, got.StartedOn, got.FinishedOn)
	}
}
