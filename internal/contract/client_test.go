package contract_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sbexport/internal/api"
	"sbexport/internal/contract"
	"sbexport/internal/credentials"
	"sbexport/internal/platform"
)

// connect makes the real client for a server without a network.
func connect(t *testing.T, s *contract.Server, o api.Options) *api.Client {
	t.Helper()
	return connectTo(t, contract.Endpoint, s.Transport(), o)
}

// connectTo makes the real client for an endpoint.
func connectTo(t *testing.T, endpoint string, transport http.RoundTripper, o api.Options) *api.Client {
	t.Helper()
	who, err := credentials.New(endpoint, contract.Token, "the test")
	if err != nil {
		t.Fatal(err)
	}
	o.Credentials, o.Transport = who, transport
	c, err := api.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// tree lists a project through the client, folders side by side, and returns
// every file and folder by its path.
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

// truth is the server's files by path.
func truth(s *contract.Server) map[string]contract.FileState {
	all := map[string]contract.FileState{}
	for _, f := range s.Files() {
		all[f.Path] = f
	}
	return all
}

// compare reports what the client got wrong about a file.
func compare(got platform.File, want contract.FileState) string {
	var wrong []string
	check := func(what string, got, want any) {
		if got != want {
			wrong = append(wrong, fmt.Sprintf("%s %v, want %v", what, got, want))
		}
	}
	check("id", got.ID, want.ID)
	check("name", got.Name, want.Name)
	check("project", got.Project, want.Project)
	check("folder", got.Folder, want.Folder)
	check("size", got.Size, want.Size)
	if want.Folder {
		return strings.Join(wrong, "; ")
	}
	check("alias", got.Storage.Alias(), want.Alias != contract.Place{})
	check("volume", got.Storage.Volume, want.Alias.Volume)
	v := platform.Volume{Service: platform.Service{Prefix: map[string]string{contract.Good: "cohort/", contract.Bare: "run-7"}[want.Alias.Volume]}}
	check("at its location", v.At(got.Storage.Location, want.Alias.Location), true)
	check("created", got.CreatedOn.IsZero(), false)
	check("public hint", got.MaybePublic(), want.Public)
	return strings.Join(wrong, "; ")
}

func TestClientListsAllAndNothingElse(t *testing.T) {
	options := map[string]contract.Options{
		"free":       {Latency: 40 * time.Millisecond},
		"other seed": {Seed: 7, Latency: 40 * time.Millisecond},
		"third seed": {Seed: 8, Latency: 40 * time.Millisecond},
		"small page": {PageCap: 33, Latency: 40 * time.Millisecond},
		"no totals":  {Tame: contract.All &^ contract.NoTotals, PageCap: 10},
		"tame":       {Tame: contract.All},
	}
	for name, o := range options {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := contract.New(o)
				got, err := tree(t.Context(), connect(t, s, api.Options{}), contract.Project)
				if err != nil {
					t.Fatal(err)
				}
				want := truth(s)
				for path, f := range want {
					if wrong := compare(got[path], f); wrong != "" {
						t.Errorf("%s: %s", path, wrong)
					}
				}
				if len(got) != len(want) {
					t.Errorf("%d paths, want %d", len(got), len(want))
				}
				s.Check(t)
				if notes := s.Notes(); len(notes) > 0 {
					t.Errorf("notes: %q", notes)
				}
			})
		})
	}
}

func TestClientReadsMetadata(t *testing.T) {
	c := contract.NewContents()
	index := c.File("lab/p", "a.bam.bai", contract.File{})
	id := c.File("lab/p", "a.bam", contract.File{
		Size: 5, Tags: []string{"final", "naïve"}, Task: "t-9", Secondary: []string{index},
		Metadata: map[string]any{"sample_id": "S1", "many": []string{"a", "b"}, "nothing": nil, "empty": ""},
	})
	s := contract.New(contract.Options{Contents: c})
	f, err := connect(t, s, api.Options{}).File(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string][]string{"sample_id": {"S1"}, "many": {"a", "b"}}, f.Metadata); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"final", "naïve"}, f.Tags); diff != "" || f.Task != "t-9" {
		t.Errorf("task %q, tags (-want +got):\n%s", f.Task, diff)
	}
	if len(f.Secondary) != 1 || f.Secondary[0].ID != index || f.Secondary[0].Name != "a.bam.bai" {
		t.Errorf("secondary files %+v", f.Secondary)
	}
	s.Check(t)
}

func TestClientReadsAnyNumberOfFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := contract.New(contract.Options{Latency: 40 * time.Millisecond})
		all := s.Files()
		ids := slices.Sorted(maps.Keys(all))
		ids = append(ids, "0123", ids[0], "ffffffffffffffffffffffff", ids[1], "0123")
		got, err := connect(t, s, api.Options{}).Files(t.Context(), ids)
		if err != nil || len(got) != len(ids) {
			t.Fatalf("%d results, error %v", len(got), err)
		}
		for i, r := range got {
			want, known := all[ids[i]]
			switch {
			case r.ID != ids[i] || (r.File == nil) == (r.Err == nil):
				t.Errorf("result %d: %+v", i, r)
			case known != (r.File != nil):
				t.Errorf("%s: file %v, error %v", ids[i], r.File, r.Err)
			case known:
				if wrong := compare(*r.File, want); wrong != "" {
					t.Errorf("%s: %s", want.Path, wrong)
				}
			case r.Err.Code != 5002:
				t.Errorf("%s: %v", ids[i], r.Err)
			}
		}
		if n := len(s.Requests(contract.BulkFiles)); n > (len(ids)+99)/100 {
			t.Errorf("%d requests for %d files", n, len(ids))
		}
		s.Check(t)
	})
}
