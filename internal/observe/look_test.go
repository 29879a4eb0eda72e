package observe_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"sbexport/internal/observe"
	"sbexport/internal/platform"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	errCut    = errors.New("the connection was cut")
	forbidden = &platform.Error{Status: 403, Code: 9020, Message: "No."}
)

// shelf is a Source in memory. Every volume has the prefix "cohort".
type shelf struct {
	objects map[string]int64 // sizes by volume and location, as "v:a/b"
	keys    bool             // listings tell full keys
	refuse  map[string]error // by call, as it is recorded
	jobs    map[string][]platform.Export

	mu    sync.Mutex
	calls []string
}

// call records a call and is how it is refused.
func (s *shelf) call(format string, args ...any) error {
	name := fmt.Sprintf(format, args...)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, name)
	return s.refuse[name]
}

func (s *shelf) count(prefix string) (n int) {
	for _, c := range s.calls {
		if strings.HasPrefix(c, prefix) {
			n++
		}
	}
	return n
}

func (s *shelf) Volume(_ context.Context, id string) (*platform.Volume, error) {
	if err := s.call("volume %s", id); err != nil {
		return nil, fmt.Errorf("reading a volume: %w", err)
	}
	return &platform.Volume{ID: id, Service: platform.Service{Prefix: "cohort"}}, nil
}

func (s *shelf) Files(_ context.Context, ids []string) ([]platform.FileResult, error) {
	results := make([]platform.FileResult, len(ids))
	for i, id := range ids {
		results[i] = platform.FileResult{ID: id, File: &platform.File{ID: id, Tags: []string{"t"}, Storage: platform.Storage{Type: platform.OnPlatform}}}
		if id == "gone" {
			results[i] = platform.FileResult{ID: id, Err: &platform.Error{Code: 5002}}
		}
	}
	return results, s.call("files %d", len(ids))
}

func (s *shelf) Jobs(_ context.Context, ids []string) ([]platform.ExportResult, error) {
	results := make([]platform.ExportResult, len(ids))
	for i, id := range ids {
		results[i].Export = &platform.Export{ID: id}
	}
	return results, s.call("jobs %d", len(ids))
}

func (s *shelf) Objects(_ context.Context, volume, prefix string, yield func([]platform.Object) error) error {
	if err := s.call("list %s:%s", volume, prefix); err != nil {
		return err
	}
	for at, size := range s.objects {
		location, ok := strings.CutPrefix(at, volume+":"+prefix)
		if !ok || strings.Contains(location, "/") {
			continue
		}
		if location = prefix + location; s.keys {
			location = "cohort/" + location
		}
		if err := yield([]platform.Object{{Location: location, Size: size}}); err != nil {
			return err
		}
	}
	return nil
}

func (s *shelf) Object(_ context.Context, volume, location string) (*platform.Object, error) {
	if err := s.call("object %s:%s", volume, location); err != nil {
		return nil, err
	}
	if size, ok := s.objects[volume+":"+location]; ok {
		return &platform.Object{Location: location, Size: size}, nil
	}
	return nil, nil //nolint:nilnil // there is none
}

// places makes places of "v:a/b".
func places(all ...string) []platform.Place {
	list := make([]platform.Place, len(all))
	for i, at := range all {
		list[i].Volume, list[i].Location, _ = strings.Cut(at, ":")
	}
	return list
}

func TestLookAtObjects(t *testing.T) {
	here := func(size int64) observe.Sighting { return observe.Sighting{Object: &platform.Object{Size: size}} }
	notTold := observe.Sighting{Err: forbidden}
	for _, keys := range []bool{false, true} {
		s := &shelf{keys: keys, objects: map[string]int64{
			"v:top": 1, "v:a/1": 11, "v:a/2": 12, "v:a/4": 14, "v:b/1": -1, "v:a/b/1": 99, "w:x/1": 7,
		}, refuse: map[string]error{
			"volume hidden": forbidden, "list w:x/": forbidden, "object w:y/1": forbidden,
			"list w:z/": &platform.Error{Status: 404, Code: 9105},
		}}
		asked := places("v:top", "v:a/1", "v:a/2", "v:a/3", "v:b/1", "v:b/2", "w:x/1", "w:x/2", "w:x/3", "w:y/1", "w:z/1", "w:z/2", "w:z/3", "hidden:a")
		seen := observe.New(time.Time{})
		if err := observe.Look(t.Context(), s, observe.Question{Volumes: []string{"v", "w", "hidden"}, Objects: asked}, seen); err != nil {
			t.Fatal(err)
		}
		got := map[string]observe.Sighting{}
		for at, s := range seen.Objects {
			got[at.Volume+":"+at.Location] = s
		}
		want := map[string]observe.Sighting{
			"v:top": here(1), "v:a/1": here(11), "v:a/2": here(12), "v:a/3": {}, "v:b/1": here(-1), "v:b/2": {},
			"w:x/1": notTold, "w:x/2": notTold, "w:x/3": notTold, "w:y/1": notTold, "w:z/1": {}, "w:z/2": {}, "w:z/3": {},
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(platform.Object{}, "Location")); diff != "" {
			t.Errorf("full keys %v: objects (-want +got):\n%s", keys, diff)
		}
		if v := seen.Volumes["hidden"]; v.Volume != nil || v.Err != forbidden {
			t.Errorf("the hidden volume is %+v", v)
		}
		if lists, singles := s.count("list"), s.count("object"); lists != 3 || singles != 4 {
			t.Errorf("%d listings and %d single looks, want 3 and 4: %q", lists, singles, s.calls)
		}
	}
}

// Ten thousand files cost a hundred requests, and as much of them is kept as was
// asked for.
func TestLookAtFiles(t *testing.T) {
	ids := []string{"gone"}
	for i := range 2 * 10 * platform.MaxBulk {
		ids = append(ids, fmt.Sprint(i))
	}
	for _, details := range []bool{false, true} {
		s := &shelf{}
		seen := observe.New(time.Unix(7, 0))
		if err := observe.Look(t.Context(), s, observe.Question{Files: ids, Jobs: []string{"J"}, Details: details}, seen); err != nil {
			t.Fatal(err)
		}
		if s.count("files") != 3 || s.count("jobs") != 1 || len(seen.Files) != len(ids) || !seen.Now.Equal(time.Unix(7, 0)) {
			t.Errorf("%q for %d files", s.calls, len(seen.Files))
		}
		if f := seen.Files["1"].File; f == nil || f.Storage.Type != platform.OnPlatform || (len(f.Tags) == 1) != details {
			t.Errorf("with details %v a file is %+v", details, f)
		}
		if seen.Files["gone"].Err == nil || seen.Jobs.Asked["J"].Export == nil {
			t.Error("an answer is missing")
		}
	}
}

// What is no refusal ends the look.
func TestLookFails(t *testing.T) {
	q := observe.Question{Volumes: []string{"v"}, Files: []string{"f"}, Jobs: []string{"J"}, Objects: places("v:a", "v:b/1", "v:b/2", "v:b/3")}
	for _, call := range []string{"volume v", "files 1", "jobs 1", "object v:a", "list v:b/"} {
		for _, why := range []error{errCut, &platform.Error{Status: 503, Code: 9000}} {
			s := &shelf{refuse: map[string]error{call: why}}
			if err := observe.Look(t.Context(), s, q, observe.New(time.Time{})); !errors.Is(err, why) {
				t.Errorf("%s fails with %v, and the look with %v", call, why, err)
			}
		}
	}
}
