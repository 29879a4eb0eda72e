package starter_test

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sbexport/internal/observe"
	"sbexport/internal/platform"
	"sbexport/internal/starter"
	"sbexport/internal/view"
	"sbexport/plan"
)

const (
	project = "me/p"
	archive = "me/archive"
)

// scanned makes files of lines "PATH > LOCATION" or "PATH"; a location may name
// another volume as "VOLUME:LOCATION". The ID of a file is "id-" and its path.
func scanned(lines ...string) []starter.File {
	files := make([]starter.File, len(lines))
	for i, line := range lines {
		p, to, alias := strings.Cut(line, " > ")
		files[i] = starter.File{ID: "id-" + strings.ReplaceAll(p, "/", "-"), Path: p, Size: 10}
		if !alias {
			continue
		}
		files[i].Volume, files[i].Location = archive, to
		if volume, location, other := strings.Cut(to, ":"); other {
			files[i].Volume, files[i].Location = volume, location
		}
	}
	return files
}

func TestInfer(t *testing.T) {
	tests := []struct {
		name, files string
		want        string // "VOLUME TEMPLATE: patterns or IDs", separated by "; "
	}{
		{"everything, by path", "a.bam > x/a.bam, d/b.bam > x/d/b.bam, d/e/c > x/d/e/c", "archive x/{path}: match **"},
		{"twins in both forms of Unicode", "d\u00e9/a > x/a, d\u00e9/b > x/b, de\u0301/c, de\u0301/d > x/d, e", "archive x/{name}: file id-de\u0301-d id-d\u00e9-a id-d\u00e9-b"},
		{"everything, by path, at the top", "a.bam > a.bam, d/b.bam > d/b.bam", "archive {path}: match **"},
		{"everything, by name", "a.bam > x/a.bam, d/b.bam > x/b.bam", "archive x/{name}: match **"},
		{"a folder", "a.txt, d/b.bam > d/b.bam, d/e/c.bam > d/e/c.bam", "archive {path}: match d/**"},
		// Everything that ends in .bam is there too, but folders come first.
		{"a folder without those in it", "d/a.bam > x/a.bam, d/b.bam > x/b.bam, d/e/c.txt, d/e/d.log", "archive x/{name}: match d/*"},
		{"two folders and one mapping", "a/1 > x/1, a/2 > x/2, b/3 > x/3, b/4 > x/4, c/5", "archive x/{name}: match a/** b/**"},
		{"two folders and two mappings", "a/1 > x/1, a/2 > x/2, b/3 > y/3, b/4 > y/4", "archive x/{name}: match a/**; archive y/{name}: match b/**"},
		{"an ending", "a/1.bam > a/1.bam, a/1.log, b/2.bam > b/2.bam, b/2.log", "archive {path}: match **/*.bam"},
		{"a compressed ending", "a/1.vcf.gz > a/1.vcf.gz, a/1.fastq.gz, a/2.vcf.gz > a/2.vcf.gz", "archive {path}: match **/*.vcf.gz"},
		{"an ending in one folder", "a/1.bam > a/1.bam, a/2.bam > a/2.bam, a/1.log, b/2.bam, b/2.log", "archive {path}: match a/*.bam"},
		{"single files by their IDs", "a/1.bam > a/1.bam, a/2.bam, b/3 > b/3, b/4", "archive {path}: file id-a-1.bam id-b-3"},
		{"a folder and a single file", "a/1 > a/1, a/2 > a/2, b/3 > b/3, b/4", "archive {path}: match a/**; archive {path}: file id-b-3"},
		{"renamed files by their IDs", "a/1 > x/one, a/2 > x/two", "archive x/one: file id-a-1; archive x/two: file id-a-2"},
		{"a single file of a project", "a > x/a", "archive x/{path}: file id-a"},
		{"two volumes", "a/1 > a/1, a/2 > me/backup:a/2", "archive {path}: file id-a-1; backup {path}: file id-a-2"},
		{"a part of a name is no folder", "a/1 > xa/1, a/2 > xa/2", "archive xa/{name}: match **"},
		{"characters that mean something", "a*/1 > a*/1, a*/2 > a*/2, b{/3 > {y}/3, b{/4 > {y}/4, c", "archive {path}: file id-a*-1 id-a*-2; archive {{y}}/{name}: file id-b{-3 id-b{-4"},
		{"a file named like a folder", "a, a/1 > x/1, a/2 > x/2, a/b/3 > x/3, a/b/4 > x/4", "archive x/{name}: match a/* a/b/**"},
		{"a location that no rule can have", "a/1 > x//1, a/2 > x/2, a/3 > x/3", "archive x/{name}: file id-a-2 id-a-3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := scanned(strings.Split(tt.files, ", ")...)
			s := starter.Infer(project, files)
			var got []string
			for _, r := range s.Rules {
				kind, items := "match", r.Match
				if len(r.Files) > 0 {
					kind, items = "file", r.Files
				}
				got = append(got, fmt.Sprintf("%s %s: %s %s", path.Base(r.Volume), r.To, kind, strings.Join(items, " ")))
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, "; ")); diff != "" {
				t.Errorf("rules (-want +got):\n%s", diff)
			}
			reproduces(t, files, s)
		})
	}
}

// reproduces fails unless the written plan is valid and wants every alias just
// where it is, and nothing else.
func reproduces(t interface {
	Helper()
	Fatalf(string, ...any)
	Errorf(string, ...any)
}, files []starter.File, s *starter.Plan,
) {
	t.Helper()
	var text bytes.Buffer
	if err := view.StarterPlan(&text, s, "cavatica"); err != nil {
		t.Fatalf("%v", err)
	}
	left := map[string]bool{}
	for _, l := range s.Leftover {
		left[l.ID] = true
	}
	rules := map[string]string{} // of the entries, by file
	for _, e := range s.Entries {
		rules[e.File] = e.Rule
	}
	if len(s.Rules) == 0 {
		for _, f := range files {
			if f.Volume != "" && !left[f.ID] {
				t.Errorf("no rule wants %q", f.Path)
			}
		}
		return
	}
	p, err := plan.Load("starter.yaml", text.Bytes(), nil)
	if err != nil {
		t.Fatalf("the plan is not valid: %v\n%s", err, text.Bytes())
	}
	if p.Endpoint != platform.CAVATICA.Endpoint() {
		t.Errorf("the plan is for %q", p.Endpoint)
	}
	for _, f := range files {
		wanted := ""
		for _, r := range p.Rules {
			if !r.Paths().Match(plan.PathOf(f.Path)) && !slices.Contains(r.Files, f.ID) {
				continue
			}
			location, _, blocked := r.To.Location(plan.Values{File: &platform.File{ID: f.ID, Name: path.Base(f.Path)}, Path: f.Path, Rule: r.Name})
			if blocked != nil {
				t.Errorf("rule %s for %q: %v", r.Name, f.Path, blocked)
			}
			if got := r.Volume + ":" + location; wanted == "" {
				wanted = got
				if rules[f.ID] != r.Name && rules[f.ID] != "" {
					// Of two rules that bring it to one place, either may be on record.
					t.Errorf("%q is on record with rule %q, and %q takes it", f.Path, rules[f.ID], r.Name)
				}
			}
		}
		want := ""
		if f.Volume != "" && !left[f.ID] {
			want = f.Volume + ":" + f.Location
		}
		if wanted != want {
			t.Errorf("%q is wanted at %q, want %q\n%s", f.Path, wanted, want, text.Bytes())
		}
		if _, recorded := rules[f.ID]; recorded != (want != "") {
			t.Errorf("%q on record: %v", f.Path, recorded)
		}
	}
}

// Whatever is in a project, the starter plan wants its aliases just where they
// are, and nothing else.
func TestInferReproduces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dirs := rapid.SampledFrom([]string{"", "a/", "a/b/", "a/b/c/", "d/", "d/e.bam/", "x*y/", "ä$HOME/", "a\u0308$HOME/", `q"u\o/`})
		names := rapid.SampledFrom([]string{
			"1.bam", "2.bam", "3.bam", "1.vcf.gz", "2.vcf.gz", "x.gz", ".gz", ".vcf.gz", "..gz", "a", "b", "e.bam", "no ending", "ü{n}.txt", "$A.log", "tab\t.bam",
		})
		heads := rapid.SampledFrom([]string{"", "x/", "cohort/y/", "{z}/", "$A/", "bad//"})
		seen := map[string]bool{}
		var files []starter.File
		for i := range rapid.IntRange(0, 25).Draw(t, "files") {
			f := starter.File{ID: fmt.Sprintf("f%d", i), Path: dirs.Draw(t, "dir") + names.Draw(t, "name")}
			if seen[f.Path] {
				continue
			}
			seen[f.Path] = true
			head := heads.Draw(t, "head")
			switch rapid.IntRange(0, 5).Draw(t, "kind") {
			case 0:
			case 1:
				f.Volume, f.Location = archive, head+"renamed"
			case 2:
				f.Volume, f.Location = "me/backup", head+path.Base(f.Path)
			case 3:
				f.Volume, f.Location = archive, head+path.Base(f.Path)
			default:
				f.Volume, f.Location = archive, head+f.Path
			}
			files = append(files, f)
		}
		reproduces(t, files, starter.Infer(project, files))
	})
}

func TestCredit(t *testing.T) {
	s := starter.Infer(project, scanned("a/1 > x/1", "a/2 > x/2", "a/3 > x/3"))
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	job := func(id, file string, state platform.State, volume, location string, ended int) platform.Export {
		return platform.Export{ID: id, File: file, State: state, Volume: volume, Location: location, StartedOn: day(ended), FinishedOn: day(ended)}
	}
	s.Credit([]platform.Export{
		job("J1", "id-a-1", platform.Completed, archive, "x/1", 1),
		job("J2", "id-a-1", platform.Completed, archive, "cohort/x/1", 3),
		job("J3", "id-a-1", platform.Completed, archive, "x/1", 2),
		job("J4", "id-a-2", platform.Failed, archive, "x/2", 1),
		job("J5", "id-a-2", platform.Completed, archive, "y/2", 1),
		job("J6", "id-a-3", platform.Completed, "me/backup", "x/3", 1),
	})
	got := map[string]string{}
	for _, e := range s.Entries {
		got[e.Path] = e.ExportID
	}
	if diff := cmp.Diff(map[string]string{"a/1": "J3", "a/2": "", "a/3": ""}, got); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
	if e := s.Entries[0]; !e.FinishedOn.Equal(day(2)) || !e.StartedOn.Equal(day(2)) {
		t.Errorf("the entry's times are %v and %v", e.StartedOn, e.FinishedOn)
	}
}

func TestSettleLocations(t *testing.T) {
	volume := func(prefix string) observe.Volume {
		return observe.Volume{Volume: &platform.Volume{Service: platform.Service{Prefix: prefix}}}
	}
	there := observe.Sighting{Object: &platform.Object{Size: 1}}
	tests := []struct {
		name    string
		volume  observe.Volume
		told    []string
		objects map[string]observe.Sighting // what is there; all else that was asked for is not
		want    []string
		asks    int
	}{
		{"no prefix", volume(""), []string{"cohort/a"}, nil, []string{"cohort/a"}, 0},
		{"without the prefix", volume("cohort"), []string{"a", "b/c"}, nil, []string{"a", "b/c"}, 0},
		{"as keys", volume("cohort"), []string{"cohort/a"}, map[string]observe.Sighting{"a": there}, []string{"a"}, 2},
		{"as keys, prefix with a slash", volume("cohort/"), []string{"cohort/a"}, map[string]observe.Sighting{"a": there}, []string{"a"}, 2},
		{"as keys joined without a slash", volume("run-7"), []string{"run-7a/b"}, map[string]observe.Sighting{"a/b": there}, []string{"a/b"}, 2},
		{"relative, and like the prefix", volume("cohort"), []string{"cohort/a"}, map[string]observe.Sighting{"cohort/a": there}, []string{"cohort/a"}, 2},
		{"both there", volume("cohort"), []string{"cohort/a"}, map[string]observe.Sighting{"cohort/a": there, "a": there}, []string{"cohort/a"}, 2},
		{"gone, and others are keys", volume("cohort"), []string{"cohort/a", "cohort/b"}, map[string]observe.Sighting{"b": there}, []string{"a", "b"}, 4},
		{"gone, and others are of both kinds", volume("cohort"), []string{"cohort/a", "cohort/b", "cohort/c"}, map[string]observe.Sighting{"b": there, "cohort/c": there}, []string{"cohort/a", "b", "cohort/c"}, 6},
		{"gone, and nothing else", volume("cohort"), []string{"cohort/a"}, nil, []string{"cohort/a"}, 2},
		{"a volume that cannot be read", observe.Volume{Err: &platform.Error{Status: 403}}, []string{"cohort/a"}, nil, []string{"cohort/a"}, 0},
		{"the prefix alone", volume("cohort"), []string{"cohort"}, nil, []string{"cohort"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := []starter.File{{ID: "p", Path: "on/platform"}}
			for i, location := range tt.told {
				files = append(files, starter.File{ID: fmt.Sprint(i), Path: fmt.Sprint(i), Volume: archive, Location: location})
			}
			seen := &observe.Observed{Volumes: map[string]observe.Volume{archive: tt.volume}, Objects: map[platform.Place]observe.Sighting{}}
			ask := starter.AskLocations(files, seen.Volumes)
			if len(ask.Objects) != tt.asks {
				t.Errorf("asks for %v, want %d places", ask.Objects, tt.asks)
			}
			for _, p := range ask.Objects {
				seen.Objects[p] = tt.objects[p.Location]
			}
			starter.SettleLocations(files, seen)
			var got []string
			for _, f := range files[1:] {
				got = append(got, f.Location)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("locations (-want +got):\n%s", diff)
			}
			if files[0].Location != "" {
				t.Errorf("a file on the platform got the location %q", files[0].Location)
			}
		})
	}
}
