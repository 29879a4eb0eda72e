package resolve_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/platform"
	"sbexport/internal/resolve"
	"sbexport/plan"
)

func TestFirstRuleThatMovesAFileWins(t *testing.T) {
	src := newTree("b/2.bam", "a.bam", "b/1.bam", "b/1.txt")
	p := load(t, `
- {name: top, match: "*.bam", to: "top/{name}"}
- {name: all, match: "**/*.bam", to: "all/{path}"}
- {name: copy, match: "b/*", to: "copy/{name}", copy_only: true}
- {name: late, match: ["**", "b/*"], to: "late/{path}"}
`)
	res := resolved(t, src, p)
	expect(t, "wanted", lines(res), []string{
		"top: a.bam -> top/a.bam",
		"all: b/1.bam -> all/b/1.bam",
		"all: b/2.bam -> all/b/2.bam",
		"copy: b/1.bam -> copy/1.bam",
		"copy: b/1.txt -> copy/1.txt",
		"copy: b/2.bam -> copy/2.bam",
		"late: b/1.txt -> late/b/1.txt",
	})
	expect(t, "counts", tally(res), map[string]string{"top": "1/0", "all": "2/1", "copy": "3/0", "late": "1/3"})
	expect(t, "selected and listed", [2]int{res.Selected, res.Listed}, [2]int{4, 4})
	expect(t, "warnings", res.Warnings, nil)
}

func TestWantedTellsWhatIsKnownOfTheFile(t *testing.T) {
	src := newTree()
	src.project(platform.PublicProject)
	alias := platform.Storage{Type: platform.OnVolume, Volume: "me/v", Location: "x/a.bam"}
	other := platform.Storage{Type: platform.OnVolume, Volume: "me/v", Location: "x/z.bam"}
	src.add("a.bam", func(f *platform.File) { f.Storage = alias })
	src.add("A.bam", func(f *platform.File) { f.Storage = other })
	src.add("b.bam", func(f *platform.File) { f.Storage.HostedOn = nil })
	src.add("c.bam", func(f *platform.File) {
		f.Metadata = map[string][]string{"sbg_public_files_category": {"test"}}
	})
	src.addTo(platform.PublicProject, "d.bam", func(f *platform.File) { f.Storage.HostedOn = nil })
	p := load(t, `
- {name: own, match: "*.bam", to: "{name}"}
- {name: public, match: "*.bam", to: "{name}", project: admin/sbg-public-data}
`)
	res := resolved(t, src, p)
	own, public := p.Rules[0], p.Rules[1]
	hosted := platform.Storage{Type: platform.OnPlatform, HostedOn: []string{"aws:us-east-1"}}
	unhosted := platform.Storage{Type: platform.OnPlatform}
	want := []resolve.Wanted{
		{Rule: own, File: "id:A.bam", Project: home, Path: "A.bam", Size: 5, Modified: created, Storage: other, Location: "A.bam"},
		{Rule: own, File: "id:a.bam", Project: home, Path: "a.bam", Size: 5, Modified: created, Storage: alias, Location: "a.bam"},
		{Rule: own, File: "id:b.bam", Project: home, Path: "b.bam", Size: 5, Modified: created, Storage: unhosted, Location: "b.bam", MaybeArchived: true},
		{Rule: own, File: "id:c.bam", Project: home, Path: "c.bam", Size: 5, Modified: created, Storage: hosted, Location: "c.bam", MaybePublic: true},
		// No file of this project has a hosting location, so its absence means nothing.
		{Rule: public, File: "id:admin|sbg-public-data:d.bam", Project: platform.PublicProject, Path: "d.bam", Size: 5, Modified: created, Storage: unhosted, Location: "d.bam", Public: true},
	}
	if len(res.Wanted) != len(want) {
		t.Fatalf("got %d files: %v", len(res.Wanted), lines(res))
	}
	for i := range want {
		got := res.Wanted[i]
		if got.Rule != want[i].Rule {
			t.Errorf("file %d is of rule %q", i, got.Rule.Name)
		}
		got.Rule, want[i].Rule = nil, nil
		expect(t, got.Path, got, want[i])
	}
	expect(t, "projects", res.Projects, src.projects)
}

// Who may replace objects has to know whose they are, selected or not.
func TestAliasesAreToldToRulesThatReplace(t *testing.T) {
	src := newTree()
	src.shuffle = rand.New(rand.NewPCG(1, 2))
	at := func(location string) platform.Storage {
		return platform.Storage{Type: platform.OnVolume, Volume: "me/v", Location: location}
	}
	src.add("week2/r.html")
	src.add("week1/r.html", func(f *platform.File) { f.Storage = at("latest/r.html") })
	src.add("a.html", func(f *platform.File) { f.Storage = at("a.html") })
	want := []resolve.Alias{{File: "id:a.html", Name: "a.html", Storage: at("a.html")}, {File: "id:week1|r.html", Name: "r.html", Storage: at("latest/r.html")}}
	expect(t, "aliases", resolved(t, src, load(t, "\n"+`- {match: "*/*.html", where: {larger_than: 9 GB}, to: x, overwrite: true}`)).Aliases, want)
	expect(t, "aliases when nothing is replaced", len(resolved(t, src, load(t, "\n"+`- {match: "*/*.html", to: "{path}"}`)).Aliases), 0)
}

func TestOnlyReachedFoldersAreListedAndEachOnce(t *testing.T) {
	src := newTree("a/x/1.bam", "a/x/deep/1.bam", "a/y/1.vcf", "b/1.bam", "c/1.bam", "c/d/1.bam")
	p := load(t, `
- {match: "a/x/*.bam", to: "1/{path}"}
- {match: "a/*/*.vcf", to: "2/{path}"}
- {match: "a/x/*", to: "3/{path}", copy_only: true}
- {match: "c/**", to: "4/{path}"}
`)
	resolved(t, src, p)
	expect(t, "projects read", src.made("project "), []string{home})
	expect(t, "folders listed", src.made("list "), []string{"", "dir:a", "dir:a|x", "dir:a|y", "dir:c", "dir:c|d"})
}

func TestRulesLeftOutStillTakeTheirFiles(t *testing.T) {
	src := newTree("a/1.bam", "a/1.txt", "b/2.bam", "c/3.bam")
	p := load(t, `
- {name: bam, match: "{a,b}/*.bam", to: "bam/{name}"}
- {name: named, file: ["id:a|1.bam", "id:c|3.bam"], to: "named/{name}"}
- {name: a, match: "a/*", to: "a/{name}"}
`)
	full := resolved(t, src, p)
	expect(t, "full", lines(full), []string{
		"bam: a/1.bam -> bam/1.bam", "bam: b/2.bam -> bam/2.bam",
		"named: c/3.bam -> named/3.bam",
		"a: a/1.txt -> a/1.txt",
	})
	src.calls = nil
	only := resolved(t, src, p, 2)
	expect(t, "only a", lines(only), []string{"a: a/1.txt -> a/1.txt"})
	expect(t, "counts", tally(only), map[string]string{"a": "1/1"})
	// What they take is read all the same: it may be in the way.
	expect(t, "listed", src.made("list "), []string{"", "dir:a", "dir:b"})
	expect(t, "rivals", lines(&resolve.Result{Wanted: only.Rivals}), []string{
		"bam: a/1.bam -> bam/1.bam", "bam: b/2.bam -> bam/2.bam", "named: c/3.bam -> named/3.bam",
	})

	// A file that is read by its ID is subject to patterns all the same.
	expect(t, "only named", lines(resolved(t, src, p, 1)), []string{"named: c/3.bam -> named/3.bam"})
}

func TestLeavingAllRulesOut(t *testing.T) {
	p := load(t, `[{match: "**", to: "{path}"}]`)
	src := newTree("a")
	res := resolvedWith(t, src, p, resolve.Options{Rules: []*plan.Rule{}})
	if len(res.Wanted)+len(res.Rules)+len(src.calls) > 0 {
		t.Errorf("got %v after %v", lines(res), src.calls)
	}
}

// Rules with the same patterns are tried together, each with its own excludes
// and conditions, and count each file once.
func TestRulesWithTheSamePatterns(t *testing.T) {
	src := newTree()
	both := src.add("a.bam")
	both.Metadata = map[string][]string{"sample_id": {"S1", "S2"}}
	src.add("b.bam", sample("S2"))
	src.add("c.bam", sample("S3"))
	res := resolved(t, src, load(t, `
- {name: 1st, match: "*.bam", exclude: "b.*", where: {metadata: {sample_id: [S1, S2]}}, to: "1/{name}"}
- {name: 2nd, match: "*.bam", where: {metadata: {sample_id: [S2, S1]}}, to: "2/{name}"}
- {name: 3rd, match: "*.bam", exclude: "a.*", to: "3/{name}"}
`))
	expect(t, "wanted", lines(res), []string{"1st: a.bam -> 1/a.bam", "2nd: b.bam -> 2/b.bam", "3rd: c.bam -> 3/c.bam"})
	expect(t, "counts", tally(res), map[string]string{"1st": "1/0", "2nd": "1/1", "3rd": "1/1"})
}

// A fallback is for files that have nothing, and how many they are is told.
func TestFallbacks(t *testing.T) {
	metadata := func(m map[string][]string) func(*platform.File) { return func(f *platform.File) { f.Metadata = m } }
	src := newTree("a.bam@S1", "b.bam")
	src.add("c.bam", metadata(map[string][]string{"SAMPLE_ID": {"S3"}}))
	src.add("d.bam", metadata(map[string][]string{"sample_id": {"S4", "S5"}}))
	src.add("e.bam", tagged("final"))
	src.add("f.bam", metadata(map[string][]string{"run": {"7"}}))
	src.add("g.bam")
	src.add("h/i.bam")
	src.refuse["dir:h"] = errNoRight
	res := resolved(t, src, load(t, `
- {name: half, match: "g.bam", to: "{metadata.sample_id|x}/{metadata.z}"}
- {name: lost, file: "id:h|i.bam", to: "{metadata.sample_id|x}/{name}"}
- {name: tagged, match: "*", where: {tags: [final]}, to: "{metadata.sample_id|none}/{metadata.run|0}/{name}"}
- {name: r, match: "*", to: "{metadata.sample_id|unknown}/{metadata.run|0}/{name}"}
`))
	expect(t, "wanted", lines(res), []string{
		"half: g.bam x missing_value", "lost: i.bam -> x/i.bam", "tagged: e.bam -> none/0/e.bam", "r: a.bam -> S1/0/a.bam", "r: b.bam -> unknown/0/b.bam",
		"r: c.bam x missing_value", "r: d.bam x missing_value", "r: f.bam -> unknown/7/f.bam",
	})
	expectMessage(t, res.Wanted[5].Message, `"SAMPLE_ID"`, "correct the file's metadata")
	expectMessage(t, res.Wanted[6].Message, "2 values", "correct the file's metadata")
	expect(t, "warnings", res.Warnings, []string{
		`rule "lost": the fallback of {metadata.sample_id|x} is taken for 1 file (i.bam)`,
		`rule "tagged": the fallback of {metadata.sample_id|none} and {metadata.run|0} is taken for 1 file (e.bam)`,
		`rule "r": the fallback of {metadata.run|0} is taken for 1 file (a.bam)`,
		`rule "r": the fallback of {metadata.sample_id|unknown} and {metadata.run|0} is taken for 1 file (b.bam)`,
		`rule "r": the fallback of {metadata.sample_id|unknown} is taken for 1 file (f.bam)`,
	})
}

func TestFilesWithoutALocationAreBlocked(t *testing.T) {
	src := newTree("a.bam@S1", "b.bam")
	src.add("c\x01.bam", sample("S2"))
	p := load(t, `
- {match: "*.bam", to: "{metadata.sample_id}/{name}"}
- {match: "**", to: "rest/{name}"}
`)
	res := resolved(t, src, p)
	expect(t, "wanted", lines(res), []string{
		"exports[0]: a.bam -> S1/a.bam",
		"exports[0]: b.bam x missing_value",
		"exports[0]: c\x01.bam x bad_location",
	})
	expectMessage(t, res.Wanted[1].Message, "sample_id", "{metadata.sample_id|unknown}")
	expectMessage(t, res.Wanted[2].Message, `\x01`, "control character", `"to"`)
	for _, w := range res.Wanted[1:] {
		if w.Location != "" {
			t.Errorf("%s has location %q", w.Path, w.Location)
		}
	}
	expect(t, "counts", tally(res), map[string]string{"exports[0]": "3/0", "exports[1]": "0/3"})
}

func TestOnePlaceIsWantedOnce(t *testing.T) {
	src := newTree("a.bam", "b.bam")
	p := load(t, `
- {name: c1, match: "*.bam", to: "x/{name}", copy_only: true}
- {name: c2, match: "a.bam", to: "x/{name}", copy_only: true}
- {name: c3, match: "b.bam", to: "y/{name}", copy_only: true}
- {name: elsewhere, match: "a.bam", to: "x/{name}", copy_only: true, volume: me/w}
- {name: move, match: "b.bam", to: "y/{name}"}
`)
	res := resolved(t, src, p)
	expect(t, "wanted", lines(res), []string{
		"c1: a.bam -> x/a.bam", "c1: b.bam -> x/b.bam",
		"elsewhere: a.bam -> x/a.bam",
		"move: b.bam -> y/b.bam",
	})
	expect(t, "warnings", res.Warnings, []string{
		`rule "c3": 1 file is not copied, because rule "move" moves the same file to the same place (b.bam)`,
	})
}

func TestAProjectThatCannotBeReadEndsTheRun(t *testing.T) {
	p := load(t, `
- {match: "*", to: "{name}"}
- {name: other, match: "*", to: "{name}", project: you/q}
`)
	outage := &platform.Error{Status: 503, Code: 3000, Message: "Service unavailable."}
	for _, c := range []struct {
		name    string
		err     error
		passing bool
		want    []string
	}{
		{"missing", errNoProject, false, []string{`rule "other" in line 6`, "Requested project does not exist."}},
		{"forbidden", &platform.Error{Status: 403, Code: 3001}, false, []string{`rule "other" in line 6`}},
		{"connection", errCut, true, []string{"connection was cut"}},
		{"outage", outage, true, []string{"Service unavailable."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := newTree()
			src.refuse["you/q"] = c.err
			err := failure(t, src, p)
			if !errors.Is(err, c.err) {
				t.Fatalf("got error %v", err)
			}
			expectMessage(t, err.Error(), c.want...)
			if len(src.made("list ")) > 0 {
				t.Error("folders were listed")
			}
			if c.passing {
				return // nobody knows then what is in the way of the other rule
			}
			res := resolved(t, src, p, 0)
			expect(t, "wanted", lines(res), nil)
			expectMessage(t, strings.Join(res.Warnings, "\n"), "you/q", "cannot be read")
		})
	}
}

func TestAFolderThatCannotBeListedEndsTheRun(t *testing.T) {
	for folder, want := range map[string][]string{
		"dir:":    {"top", `"me/p"`},
		"dir:a|b": {`"a/b"`, `"me/p"`},
	} {
		src := newTree(append(many("a/b/%d/x", 20), many("a/%d/x", 20)...)...)
		src.refuse[folder] = errNoRight
		err := failure(t, src, load(t, `[{match: "**", to: "{path}"}]`))
		if !errors.Is(err, errNoRight) {
			t.Fatalf("got error %v", err)
		}
		expectMessage(t, err.Error(), want...)
	}
}

func TestCancellation(t *testing.T) {
	src := newTree(many("a/%d/x", 50)...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o := resolve.Options{Now: now, Progress: func(p resolve.Progress) {
		if p.Folders == 5 {
			cancel()
		}
	}}
	_, err := resolve.Run(ctx, src, load(t, `[{match: "**", to: "{path}"}]`), o)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v", err)
	}
	if n := len(src.made("list ")); n > 20 {
		t.Errorf("%d folders were listed", n)
	}
}

func TestParallelBoundsTheRequestsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := slow{newTree(many("%d/x", 20)...)}
		var folders int
		o := resolve.Options{Now: now, Parallel: 3, Progress: func(p resolve.Progress) { folders = p.Folders }}
		resolvedWith(t, src, load(t, `[{match: "**", to: "{path}"}]`), o)
		if src.most != 3 {
			t.Errorf("%d requests were in flight", src.most)
		}
		if folders != 21 {
			t.Errorf("%d folders were read to the end", folders)
		}
	})
}

// slow takes its time for each page.
type slow struct{ *tree }

func (s slow) Folder(ctx context.Context, project, folder string, yield func([]platform.File) error) error {
	return s.tree.Folder(ctx, project, folder, func(page []platform.File) error {
		time.Sleep(time.Second)
		return yield(page)
	})
}

func TestFoldersThatContainThemselves(t *testing.T) {
	src := newTree("a/b/x")
	src.children["dir:a|b"] = append(src.children["dir:a|b"], "dir:a")
	res := resolved(t, src, load(t, `[{match: "**", to: "{path}"}]`))
	expect(t, "wanted", lines(res), []string{"exports[0]: a/b/x -> a/b/x"})
	expect(t, "listed", src.made("list "), []string{"", "dir:a", "dir:a|b"})
}

func TestFoldersWithoutEnd(t *testing.T) {
	err := failure(t, bottomless{newTree()}, load(t, `[{match: "**", to: "{path}"}]`))
	expectMessage(t, err.Error(), home, "500 folders deep")
}

// bottomless has a new folder in every folder.
type bottomless struct{ *tree }

func (b bottomless) Folder(_ context.Context, _, folder string, yield func([]platform.File) error) error {
	return yield([]platform.File{{ID: folder + "x", Name: "d", Folder: true}})
}

func TestAFileThatIsMovedDuringTheWalk(t *testing.T) {
	src := newTree("a/x", "b/y")
	src.children["dir:b"] = append(src.children["dir:b"], "id:a|x")
	res := resolvedWith(t, src, load(t, `[{match: "**", to: "{path}"}]`), resolve.Options{Now: now, Parallel: 1})
	expect(t, "wanted", lines(res), []string{"exports[0]: a/x -> a/x", "exports[0]: b/y -> b/y"})
}

func TestProjectsAreComparedWithoutCase(t *testing.T) {
	src := newTree("a", "b")
	p := load(t, `
- {match: "a", to: "{path}", project: Me/P}
- {match: "b", to: "{path}", project: ME/p}
`)
	res := resolved(t, src, p)
	expect(t, "projects read", len(src.made("project ")), 1)
	expect(t, "folders listed", src.made("list "), []string{""})
	for _, w := range res.Wanted {
		if w.Project != home {
			t.Errorf("%s is in project %q", w.Path, w.Project)
		}
		if res.Projects[w.Project] == nil || res.Projects[w.Rule.Project] == nil {
			t.Errorf("the project of %s is missing from %v", w.Path, res.Projects)
		}
	}
}
