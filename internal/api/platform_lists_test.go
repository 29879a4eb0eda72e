package api_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/api"
	"sbexport/internal/platform"
	"sbexport/internal/simulator"
)

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
					continue
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

func TestClientListsAllAndNothingElse(t *testing.T) {
	platforms(t, func(t *testing.T, quirks []string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			pages := []int{33, 0}[len(quirks)%2]
			s := start(t, quirks, usual(), behaves(object{"latency": object{"min": "20ms", "max": "60ms"}, "page_cap": pages}))
			got, err := tree(t.Context(), connect(t, s, api.Options{}), project)
			if err != nil {
				t.Fatal(err)
			}
			want := truth(s)
			for path, f := range want {
				if wrong := compare(got[path], f); wrong != "" {
					t.Errorf("%s: %s", path, wrong)
				}
			}
			if folders := 1 + 5*5; len(got) != len(want)+folders {
				t.Errorf("%d paths, want %d files and %d folders", len(got), len(want), folders)
			}
			inOrder(t, s)
		})
	})
}

func TestClientReadsMetadata(t *testing.T) {
	platforms(t, func(t *testing.T, quirks []string) {
		t.Helper()
		s := start(t, quirks, object{"projects": []object{{"id": "lab/p", "files": []object{
			{"path": "a.bam.bai"},
			{
				"path": "a.bam", "size": 5, "tags": []string{"final", "naïve"}, "task": "t-9", "secondary_files": []string{"a.bam.bai"},
				"metadata": object{"sample_id": "S1", "type": "Mixed", "many": []string{"a", "b"}, "nothing": nil, "empty": ""},
			},
		}}}})
		files := truth(s)
		f, err := connect(t, s, api.Options{}).File(t.Context(), files["a.bam"].ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string][]string{"sample_id": {"S1"}, "type": {"Mixed"}, "many": {"a", "b"}}, f.Metadata); diff != "" {
			t.Errorf("metadata (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"final", "naïve"}, f.Tags); diff != "" || f.Task != "t-9" {
			t.Errorf("task %q, tags (-want +got):\n%s", f.Task, diff)
		}
		if len(f.Secondary) != 1 || f.Secondary[0].ID != files["a.bam.bai"].ID || f.Secondary[0].Name != "a.bam.bai" {
			t.Errorf("secondary files %+v", f.Secondary)
		}
	})
}

func TestClientReadsAnyNumberOfFiles(t *testing.T) {
	platforms(t, func(t *testing.T, quirks []string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			s := start(t, quirks, usual(), behaves(object{"latency": "40ms"}))
			all := map[string]simulator.FileState{}
			for _, f := range truth(s) {
				all[f.ID] = f
			}
			ids := slices.Sorted(maps.Keys(all))
			ids = append(ids, "0123", ids[0], "ffffffffffffffffffffffff", ids[1], "0123")
			got, err := connect(t, s, api.Options{}).Files(t.Context(), ids)
			if err != nil || len(got) != len(ids) {
				t.Fatalf("%d results, error %v", len(got), err)
			}
			for i, r := range got {
				want, known := all[ids[i]]
				switch {
				case r.ID != ids[i] || (r.File == nil) == (r.Err == nil) || known != (r.File != nil):
					t.Errorf("%s: file %v, error %v", ids[i], r.File, r.Err)
				case known:
					if wrong := compare(*r.File, want); wrong != "" {
						t.Errorf("%s: %s", want.Path, wrong)
					}
				case r.Err.Code != 5002:
					t.Errorf("%s: %v", ids[i], r.Err)
				}
			}
			if n := requests(s, "POST", "/bulk/files/get"); n > (len(ids)+99)/100 {
				t.Errorf("%d requests for %d files", n, len(ids))
			}
			inOrder(t, s)
		})
	})
}

func TestClientReadsAVolume(t *testing.T) {
	platforms(t, func(t *testing.T, quirks []string) {
		t.Helper()
		s := start(t, quirks, usual())
		c := connect(t, s, api.Options{})
		for id, want := range map[string]string{
			good:     "s3 cohort/ RW true",
			bare:     "s3 run-7 RW true",
			readOnly: "s3  RO true",
			inactive: "s3  RW false",
			google:   "gcs  RW true",
		} {
			v, err := c.Volume(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprintf("%s %s %s %v", v.Service.Type, v.Service.Prefix, v.AccessMode, !v.Inactive)
			if got != want || v.ID != id {
				t.Errorf("%s: %q, want %q", id, got, want)
			}
		}
		location := "aws:us-east-1"
		if slices.Contains(quirks, "no_project_location") {
			location = ""
		}
		if p, err := c.Project(t.Context(), project); err != nil || p.Location != location || p.RootFolder == "" || p.ID != project {
			t.Errorf("project %+v, error %v", p, err)
		}
		if _, err := c.User(t.Context()); err != nil {
			t.Error(err)
		}
		var refused *platform.Error
		if _, err := c.Volume(t.Context(), "lab/none"); !errors.As(err, &refused) || refused.Code != 9007 {
			t.Errorf("unknown volume: %v", err)
		}
		if _, err := c.Project(t.Context(), "lab/none"); !errors.As(err, &refused) || refused.Code != 3002 {
			t.Errorf("unknown project: %v", err)
		}
		if o, err := c.Object(t.Context(), good, "no/such"); o != nil || err != nil {
			t.Errorf("unknown object: %v, %v", o, err)
		}
	})
}

// Directories are listed page by page, and each object is looked for by itself.
func TestClientReadsObjects(t *testing.T) {
	want := map[string][]string{
		"":    {"a b.txt", "plus+.txt", "hash#1", "what?", "100%", "é.txt", "データ", "a&b=c", "%41"},
		"d/":  {"d/x", "d/y z", "d/é"},
		"d/e": {},
	}
	for i := range 25 {
		want["m/é n/"] = append(want["m/é n/"], fmt.Sprintf("m/é n/%03d", i))
	}
	objects := []object{}
	for _, locations := range want {
		for _, l := range locations {
			objects = append(objects, object{"location": l, "size": len(l)})
		}
	}
	volume := object{"volumes": []object{{"id": "lab/bucket", "prefix": "pre/", "objects": objects}}}
	platforms(t, func(t *testing.T, quirks []string) {
		t.Helper()
		sized := !slices.Contains(quirks, "no_object_metadata")
		for _, size := range []int{3, 100} {
			client := connect(t, start(t, quirks, volume, behaves(object{"page_cap": size})), api.Options{})
			for dir, locations := range want {
				got := []string{}
				err := client.Objects(t.Context(), "lab/bucket", dir, func(page []platform.Object) error {
					for _, o := range page {
						got = append(got, o.Location)
						if sized && o.Size != int64(len(o.Location)) || !sized && o.Size != -1 {
							t.Errorf("%q has size %d", o.Location, o.Size)
						}
					}
					return nil
				})
				slices.Sort(got)
				slices.Sort(locations)
				if diff := cmp.Diff(locations, got); diff != "" || err != nil {
					t.Errorf("%q: error %v (-want +got):\n%s", dir, err, diff)
				}
				for _, l := range locations {
					if o, err := client.Object(t.Context(), "lab/bucket", l); err != nil || o == nil || o.Location != l {
						t.Errorf("%q: %+v, error %v", l, o, err)
					}
				}
			}
			if o, err := client.Object(t.Context(), "lab/none", "x"); err == nil {
				t.Errorf("object on no volume: %+v", o)
			}
		}
	})
}
