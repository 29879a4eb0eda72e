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
// another volume as "VOLUME:LOCATION". Behind the path may stand metadata (KEY=VALUE),
// tags (#TAG) and the day of creation. The ID of a file is "id-" and its path.
func scanned(lines ...string) []starter.File {
	files := make([]starter.File, len(lines))
	for i, line := range lines {
		from, to, alias := strings.Cut(line, " > ")
		words := strings.Fields(from)
		f := file("id-"+strings.ReplaceAll(words[0], "/", "-"), words[0])
		for _, word := range words[1:] {
			if key, value, is := strings.Cut(word, "="); is {
				f.Metadata[key] = []string{value}
			} else if tag, is := strings.CutPrefix(word, "#"); is {
				f.Tags = append(f.Tags, tag)
			} else {
				f.CreatedOn, _ = time.Parse(time.DateOnly, word)
			}
		}
		if alias {
			f.Volume, f.Location = archive, to
		}
		if volume, location, other := strings.Cut(to, ":"); other {
			f.Volume, f.Location = volume, location
		}
		files[i] = f
	}
	return files
}

// times is a line for several numbers in the place of N.
func times(n int, line string, from int) string {
	var lines []string
	for i := from; i < from+n; i++ {
		lines = append(lines, strings.ReplaceAll(line, "N", fmt.Sprint(i)))
	}
	return strings.Join(lines, ", ")
}

func file(id, at string) starter.File {
	return starter.File{File: &platform.File{ID: id, Name: path.Base(at), Size: 10, Metadata: map[string][]string{}}, Path: at}
}

func TestInfer(t *testing.T) {
	tests := []struct {
		name, files string
		want        string // "VOLUME TEMPLATE: patterns or IDs", separated by "; "
	}{
		{"everything, by path", "a.bam > x/a.bam, d/b.bam > x/d/b.bam, d/e/c > x/d/e/c", "archive x/{path}: match **"},
		{"twins in both forms of Unicode", "d\u00e9/a > x/a, d\u00e9/b > x/b, de\u0301/c, de\u0301/d > x/d, e", "archive x/{name}: file id-de\u0301-d id-d\u00e9-a id-d\u00e9-b"},
		{"an ending", "a.bam > a.bam, d/b.bam > d/b.bam", "archive {path}: match **/*.bam"},
		{"an ending, by name", "a.bam > x/a.bam, d/b.bam > x/b.bam", "archive x/{name}: match **/*.bam"},
		{"an ending below a folder", "a.txt, d/b.bam > d/b.bam, d/e/c.bam > d/e/c.bam", "archive {path}: match d/**/*.bam"},
		{"a folder without those in it", "d/a.bam > x/a.bam, d/b.txt > x/b.txt, d/e/c.txt, d/e/d.log", "archive x/{name}: match d/*"},
		{"two folders and one template", "a/1 > x/1, a/2 > x/2, b/3 > x/3, b/4 > x/4, c/5", "archive x/{name}: match a/* b/*"},
		{"two folders and two templates", "a/1 > x/1, a/2 > x/2, b/3 > y/3, b/4 > y/4", "archive x/{name}: match a/*; archive y/{name}: match b/*"},
		{"folders of the same name", "1/out/a > x/a, 1/tmp/b, 2/out/c > x/c, 2/tmp/d", "archive x/{name}: match **/out/*"},
		{"files of the same name", "1/sum.txt > x/1/sum.txt, 1/a.txt, 2/sum.txt > x/2/sum.txt, 2/b.txt", "archive x/{path}: match **/sum.txt"},
		{"names that end alike", "a.x.bam > x/a.x.bam, b.x.bam > x/b.x.bam, c.y.bam", "archive x/{name}: match *.x.bam"},
		{"an ending in some folders", "a/1.bam > a/1.bam, a/1.log, b/2.bam > b/2.bam, b/2.log", "archive {path}: match **/*.bam"},
		{"a compressed ending", "a/1.vcf.gz > a/1.vcf.gz, a/1.fastq.gz, a/2.vcf.gz > a/2.vcf.gz", "archive {path}: match a/*.vcf.gz"},
		{"single files by their IDs", "a/1.bam > a/1.bam, a/2.bam, b/3 > b/3, b/4", "archive {path}: file id-a-1.bam id-b-3"},
		{"a folder and a single file", "a/1 > a/1, a/2 > a/2, b/3 > b/3, b/4", "archive {path}: match a/*; archive {path}: file id-b-3"},
		{"all but one", "a/0.bam, " + times(11, "a/N.bam > x/N.bam", 1), "archive x/{name}: match a/*.bam without a/0.bam"},
		{"all but some", "a/tmp/0.bam, a/tmp/1.bam, " + times(21, "a/N.bam > x/N.bam", 1) + ", a/s/1.bam > x/s1.bam", "archive x/s1.bam: file id-a-s-1.bam; archive x/{name}: match a/*.bam"},
		{"renamed files by their IDs", "a/1 > x/one, a/2 > x/two", "archive x/one: file id-a-1; archive x/two: file id-a-2"},
		{"two volumes", "a/1 > a/1, a/2 > me/backup:a/2", "archive a/1: file id-a-1; backup a/2: file id-a-2"},
		{"a part of a name is no folder", "a/1 > xa/1, a/2 > xa/2", "archive xa/{name}: match a/*"},
		{"characters that mean something", "a*/1 > a*/1, a*/2 > a*/2, b{/3 > {y}/3, b{/4 > {y}/4, c", `archive {path}: match a\*/*; archive {{y}}/{name}: match b\{/*`},
		{"a file named like a folder", "a, a/1 > x/1, a/2 > x/2, a/b/3 > x/3, a/b/4 > x/4", "archive x/{name}: match a/* a/b/*"},
		{"a location that no rule can have", "a/1 > x//1, a/2 > x/2, a/3 > x/3", "archive x/{name}: file id-a-2 id-a-3"},
		{"two files at one place", "a/1 > x/1, a/2 > x/2, b/2 > x/2", "archive x/{name}: match a/*"},
		{"parts of names", "a/S1.vcf.gz > S1/S1_final.vcf.gz, b/S2.txt > S2/S2_final.txt", "archive {stem}/{stem}_final{ext}: match **"},
		{"folders in other words", "a/b/1.x > x/a/b_1.x, c/2.x > x/c_2.x, d", "archive x/{dir}_{name}: match **/*.x"},
		{"IDs", "a/1 > x/id-a-1, a/2 > x/id-a-2", "archive x/{id}: match a/*"},
		{"metadata", "a/1 sample_id=S1 k=S1 > x/S1/1, a/2 sample_id=S2 k=S2 > x/S2/2", "archive x/{metadata.sample_id}/{name}: match a/*"},
		{"what is the same everywhere is written as it is", "a/1 k=v > v/1, a/2 k=v > v/2", "archive v/{name}: match a/*"},
		{"a part of a word is no metadata", "a/1 k=S > S1/1, a/2 k=T > T1/2", "archive S1/1: file id-a-1; archive T1/2: file id-a-2"},
		{"dates", "a/1 2024-01-31 > 2024/0131/1, a/2 2023-12-01 > 2023/1201/2", "archive {year}/{month}{day}/{name}: match a/*"},
		{"days without years are no dates", "a/1 2024-01-31 > 31/1, a/2 2023-12-01 > 01/2", "archive 01/2: file id-a-2; archive 31/1: file id-a-1"},
		{"several tags", times(3, "a/xN #t #s > x/xN", 0) + ", " + times(3, "a/yN #u #s", 0) + ", a/z #v #s > x/z", "archive x/{name}: match a/* where tags  [t v]"},
		{"by metadata", times(3, "a/xN k=big > x/xN", 0) + ", " + times(3, "a/yN k=small > y/yN", 0), "archive x/{name}: match a/* where metadata k [big]; archive y/{name}: match a/* where metadata k [small]"},
		{"by tags", times(3, "a/xN #t > x/xN", 0) + ", " + times(3, "a/yN #u", 0), "archive x/{name}: match a/* where tags  [t]"},
		{"by date", times(3, "a/xN 2024-01-01 > x/xN", 0) + ", " + times(3, "a/yN 2024-02-01", 0), "archive x/{name}: match a/* where older_than  [2024-02-01T00:00:00Z]"},
		{"only files that have a value", times(3, "a/xN k=KN > KN/xN", 0) + ", a/y", "archive {metadata.k}/{name}: match a/* where metadata k [K0 K1 K2]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := scanned(strings.Split(tt.files, ", ")...)
			s := starter.Infer(project, files)
			var got []string
			for _, r := range s.Rules {
				text := fmt.Sprintf("%s %s: match %s", path.Base(r.Volume), r.To, strings.Join(r.Match, " "))
				if len(r.Files) > 0 {
					text = fmt.Sprintf("%s %s: file %s", path.Base(r.Volume), r.To, strings.Join(r.Files, " "))
				}
				if len(r.Exclude) > 0 {
					text += " without " + strings.Join(r.Exclude, " ")
				}
				if c := r.Where; c.Kind != "" {
					text += fmt.Sprintf(" where %s %s %v", c.Kind, c.Key, c.Values)
				}
				got = append(got, text)
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
	p := &plan.Plan{}
	if len(s.Rules) > 0 {
		var err error
		if p, err = plan.Load("starter.yaml", text.Bytes(), nil); err != nil {
			t.Fatalf("the plan is not valid: %v\n%s", err, text.Bytes())
		}
	}
	if err := s.Record(p, time.Now()); err != nil {
		t.Fatalf("%v\n%s", err, text.Bytes())
	}
	recorded := map[string]bool{}
	for _, e := range s.Entries {
		recorded[e.File] = true
	}
	for _, f := range files {
		wanted := 0
		for _, r := range p.Rules {
			at := plan.PathOf(f.Path)
			if (!r.Paths().Match(at) || r.Paths().Exclude(at, nil) || !r.Accepts(f.File, time.Now())) && !slices.Contains(r.Files, f.ID) {
				continue
			}
			wanted++
			location, _, blocked := r.To.Location(plan.Values{File: f.File, Path: f.Path, Rule: r.Name})
			if blocked != nil || location != f.Location || r.Volume != f.Volume {
				t.Errorf("rule %s wants %q at %s:%s (blocked: %v), and it is at %s:%s\n%s", r.Name, f.Path, r.Volume, location, blocked, f.Volume, f.Location, text.Bytes())
			}
		}
		if want := f.Volume != "" && !left[f.ID]; want != (wanted > 0) || want != recorded[f.ID] {
			t.Errorf("%q is wanted by %d rules, on record: %v; left out: %v\n%s", f.Path, wanted, recorded[f.ID], left[f.ID], text.Bytes())
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
			f := file(fmt.Sprintf("f%d", i), dirs.Draw(t, "dir")+names.Draw(t, "name"))
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

// Where many files each would take a rule of their own, they are left out, and the
// others are not.
func TestInferLeavesOutWhatItCannotExplain(t *testing.T) {
	var lines []string
	for i := range 30 {
		lines = append(lines, fmt.Sprintf("a/%d.csv > x/%c.csv", i, 'A'+i), fmt.Sprintf("b/%d.bam > bam/%d.bam", i, i))
	}
	files := scanned(lines...)
	s := starter.Infer(project, files)
	reproduces(t, files, s)
	if len(s.Rules) != 1 || len(s.Leftover) != 30 || len(s.Entries) != 30 {
		t.Errorf("%d rules, %d files left out, %d on record: %+v", len(s.Rules), len(s.Leftover), len(s.Entries), s.Rules)
	}
	var text bytes.Buffer
	if err := view.StarterPlan(&text, s, ""); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# Left out: 30 files.", "#   a/0.csv → me/archive:x/A.csv\n", "#   and 20 files more,"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the plan does not say %q:\n%s", want, text.Bytes())
		}
	}
}

// What is left out because of its kind is not selected along with others.
func TestInferSelectsNothingThatIsLeftOut(t *testing.T) {
	lines := []string{"d0/0.q k=o0 > o0/0.q", "e/x.q k=p > p/x.q", "g/y.q k=r > r/y.q"}
	for i := range 30 {
		for j := range 3 {
			if i+j > 0 {
				lines = append(lines, fmt.Sprintf("d%d/%d.z > o%d/%d.z", i, j, i, j))
			}
		}
	}
	files := scanned(lines...)
	s := starter.Infer(project, files)
	reproduces(t, files, s)
	if len(s.Rules) != 1 || s.Rules[0].To != "{metadata.k}/{name}" || len(s.Leftover) != 90 {
		t.Errorf("%d left out, rules %+v", len(s.Leftover), s.Rules)
	}
}

// Whatever plan a project was exported with, the plan that is inferred explains all,
// and in not many more rules.
func TestInferExplainsPlans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		heads := []string{"", "x/", "x/y_", "{metadata.sample_id}/", "v-{metadata.case_id}/", "{year}/{month}/", "{year}{month}{day}_", "{metadata.kind}/"}
		tails := []string{"{name}", "{path}", "{stem}_final{ext}", "{dir}/{id}{ext}", "{id}", "{metadata.sample_id}.{name}"}
		folders, exts := []string{"", "a/", "a/b/", "raw data/"}, []string{".bam", ".bam.bai", ".vcf.gz", ".txt"}
		type class struct{ folder, ext string }
		to := map[class]string{}
		for _, folder := range folders {
			for _, ext := range exts {
				if rapid.IntRange(0, 3).Draw(t, "exported") > 0 {
					to[class{folder, ext}] = rapid.SampledFrom(heads).Draw(t, "head") + rapid.SampledFrom(tails).Draw(t, "tail")
				}
			}
		}
		var files []starter.File
		used := map[string]bool{}
		for i := range rapid.IntRange(0, 150).Draw(t, "files") {
			c := class{rapid.SampledFrom(folders).Draw(t, "folder"), rapid.SampledFrom(exts).Draw(t, "ext")}
			sample := fmt.Sprintf("S%d", rapid.IntRange(0, 20).Draw(t, "sample"))
			f := file(fmt.Sprintf("%06x", i*7919), fmt.Sprintf("%s%s-%d%s", c.folder, sample, i, c.ext))
			f.CreatedOn = time.Date(2023, time.Month(i), i%5, 0, 0, 0, 0, time.UTC)
			f.Metadata = map[string][]string{"sample_id": {sample}, "case_id": {"C" + sample}, "kind": {[]string{"x", "a", "Tumor"}[i%3]}}
			if text := to[c]; text != "" {
				location, _, blocked := plan.NewTemplate(text).Location(plan.Values{File: f.File, Path: f.Path})
				if blocked == nil && !used[location] {
					used[location] = true
					f.Volume, f.Location = archive, location
				} else if blocked == nil {
					continue
				}
			}
			files = append(files, f)
		}
		s := starter.Infer(project, files)
		reproduces(t, files, s)
		if len(s.Leftover) > 0 || len(s.Rules) > 2*len(to) {
			t.Errorf("%d templates became %d rules, and %d files are left out: %v, %+v", len(to), len(s.Rules), len(s.Leftover), to, s.Rules)
		}
	})
}

func TestCredit(t *testing.T) {
	files := scanned("a/1 > x/1", "a/2 > x/2", "a/3 > x/3")
	s := starter.Infer(project, files)
	reproduces(t, files, s)
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
			files := []starter.File{file("p", "on/platform")}
			for i, location := range tt.told {
				f := file(fmt.Sprint(i), fmt.Sprint(i))
				f.Volume, f.Location = archive, location
				files = append(files, f)
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
