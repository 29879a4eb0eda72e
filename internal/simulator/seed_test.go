package simulator

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Mistakes in seeds, and what is said of them.
func TestSeedMistakes(t *testing.T) {
	tests := []struct{ name, seed, want string }{
		{"empty", "", "seed.yaml:1: the seed is empty"},
		{"only a comment", "# nothing", "seed.yaml:1: the seed is empty"},
		{"not YAML", "user: me\nprojects: [\n", "seed.yaml: the seed is not valid YAML: line"},
		{"two documents", "user: me\n---\nuser: you\n", "seed.yaml:2: a seed is one YAML document"},
		{"a list", "- user\n", "seed.yaml:1: the seed must be a mapping"},
		{"no user", "projects: []\n", "seed.yaml:1: the seed names no user: add a line such as user: rfranklin"},
		{"unknown key", "user: me\nvolume: []\n", `seed.yaml:2: unknown key "volume" in the seed: use one of behavior, failures,`},
		{"twice", "user: me\nuser: me\n", `seed.yaml:2: the key "user" stands twice`},
		{"anchor", "user: &u me\ntoken: *u\n", "seed.yaml:2: token must be a single value (anchors"},
		{"two users", "user: me\nusers: {me: x}\n", `the user "me" or their token is given twice`},
		{"platform", "user: me\nplatform: mars\n", `seed.yaml:2: platform is "mars": use one of us, eu`},
		{"no project id", "user: me\nprojects:\n- name: x\n", "seed.yaml:3: a project has no id"},
		{"project id", "user: me\nprojects:\n- id: x\n", `seed.yaml:3: a project's id is "x": write owner/name`},
		{"project twice", "user: me\nprojects: [{id: a/b}, {id: a/b}]\n", `the project "a/b" stands twice`},
		{"file without path", in("- size: 3\n"), "seed.yaml:5: a file has no path"},
		{"bad path", in("- path: a//b\n"), `seed.yaml:5: the path "a//b" must be names`},
		{"long path", in("- path: " + strings.Repeat("a/", 3000) + "b\n"), "longer than 4096 bytes"},
		{"file twice", in("- path: a\n  - path: a\n"), `seed.yaml:6: the path "a" stands twice`},
		{"file and folder", in("- path: a\n  - path: a/b\n"), `seed.yaml:6: "a" is a file and a folder at once`},
		{"id form", in("- {path: a, id: xyz}\n"), `the id of a file is "xyz": write 24 characters`},
		{"id twice", in("- {path: a, id: " + fileA + "}\n  - {path: b, id: " + fileA + "}\n"), "has the ID " + fileA + ", which another file has"},
		{"size", in("- {path: a, size: big}\n"), `size: "big" is not a size`},
		{"negative size", in("- {path: a, size: -4}\n"), `size: "-4" is not a size`},
		{"content and from", in("- {path: a, content: x, from: y}\n"), "both from and content"},
		{"from", in("- {path: a, from: nowhere.txt}\n"), "not a readable file (relative to the seed's folder)"},
		{"size and content", in("- {path: a, content: xx, size: 3}\n"), "size says 3 bytes but the content has 2"},
		{"secondary", in("- {path: a, secondary_files: b}\n"), `names "b", which is not a file`},
		{"alias volume", in("- {path: a, alias: {volume: x/y, location: z}}\n"), `the alias names the volume "x/y", which the seed does not have`},
		{"half an alias", in("- {path: a, alias: {volume: x/y}}\n"), "an alias needs a volume and a location"},
		{"time", in("- {path: a, created_on: yesterday}\n"), `"yesterday" is not a time: write 2024-06-01`},
		{"boolean", in("- {path: a, public: yes}\n"), "public must be true or false"},
		{"metadata", in("- {path: a, metadata: [x]}\n"), "metadata must be a mapping"},
		{"count", made("path: '{n}'"), "a generate block has no count"},
		{"no n", made("path: a, count: 2"), "the path of a generate block needs {n}"},
		{"placeholder", made("path: '{m}', count: 2"), `unknown placeholder "{m}"`},
		{"folders", made("path: '{n}', count: 2, folders: 2"), "folders spreads the files over {folder}"},
		{"range", made("path: '{n}', count: 2, size: {min: 3, max: 2}"), "size has a max below its min"},
		{"too many", made("path: '{n}', count: 1000001"), "count must be a whole number from 1 to 1000000"},
		{"meeting files", in("- path: x/1\n  generate: [{count: 1, path: 'x/{n}'}]\n"), "two entries name one path"},
		{"volume id", "user: me\nvolumes: [{type: s3}]\n", "seed.yaml:2: a volume has no id"},
		{"volume twice", "user: me\nvolumes: [{id: a/b}, {id: a/b}]\n", `the volume "a/b" stands twice`},
		{"volume type", "user: me\nvolumes: [{id: a/b, type: ftp}]\n", `type is "ftp": use one of s3, gcs`},
		{"rights", "user: me\nvolumes: [{id: a/b, members: {me: [own]}}]\n", `unknown right "own"`},
		{"directory", "user: me\nvolumes: [{id: a/b, directory: x, bucket: y}]\n", "takes neither bucket nor objects"},
		{"objects", "user: me\nvolumes: [{id: a/b, generate: [{count: 3, location: x}]}]\n", "needs a count and a location with {n}"},
		{"object", "user: me\nvolumes: [{id: a/b, objects: [{size: 3}]}]\n", "an object has no location"},
		{"job", "user: me\njobs: [{volume: a/b}]\n", "a job needs volume, location, and either file"},
		{"job of nothing", "user: me\njobs: [{volume: a/b, location: x, file: " + fileA + "}]\n", "a file or a volume that the seed does not have"},
		{"job id", "user: me\njobs: [{id: x}]\n", `the id of a job is "x": write 32 letters`},
		{"duration", "user: me\nbehavior: {latency: fast}\n", `latency: "fast" is not a duration`},
		{"durations", "user: me\nbehavior: {latency: {min: 2s, max: 1s}}\n", "in rising order"},
		{"window", "user: me\nbehavior: {rate_limit: {window: 0s}}\n", "longer than nothing"},
		{"match", "user: me\nfaults: [{match: get /user}]\n", `match is "get /user": write METHOD /path`},
		{"match pattern", "user: me\nfaults: [{match: '/[a'}]\n", "a bracket is not closed"},
		{"probability", "user: me\nfaults: [{probability: 2}]\n", "probability must be a number from 0 to 1"},
		{"action", "user: me\nfaults: [{action: explode}]\n", `action is "explode": use one of status, html`},
		{"failure", "user: me\nfailures: [{times: 1}]\n", "a failure needs either file (an ID) or path"},
		{"quirk", "user: me\nquirks: {shuffeled: true}\n", `unknown key "shuffeled" in quirks: use one of alias_location_is_key`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			seed, err := ParseSeed("seed.yaml", []byte(test.seed), t.TempDir())
			if err == nil {
				_, err = New(seed)
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v\nwant %s", err, test.want)
			}
		})
	}
}

// in puts lines at line 5 into the files of a seed; made makes a generate block.
func in(lines string) string {
	return "user: me\nprojects:\n- id: me/proj\n  files:\n  " + lines
}

func made(keys string) string {
	return "user: me\nprojects:\n- id: me/proj\n  generate:\n  - {" + keys + "}\n"
}

func TestAllMistakesAtOnce(t *testing.T) {
	_, err := ParseSeed("s.yaml", []byte("usr: me\nprojects:\n- id: x\n  files: [path: '', size: x]\nvolumes: 3\n"), ".")
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) < 5 || !strings.HasPrefix(lines[0], "s.yaml:1: ") || !strings.HasPrefix(lines[len(lines)-1], "s.yaml:5: ") {
		t.Errorf("mistakes:\n%s", err)
	}
	many := "user: me\n" + strings.Repeat("x: 1\n", 100)
	if _, err := ParseSeed("s.yaml", []byte(many), "."); err == nil || !strings.HasSuffix(err.Error(), "80 more mistakes") {
		t.Errorf("mistakes:\n%s", err)
	}
}

func TestFolderTreesAndTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, `
	user: me
	projects:
	- id: me/proj
	  region: eu-central-1
	  folders: [empty/inner]
	  files:
	  - folder: reports
	    id: 567890abc8a5639cc6722000
	    created_on: 2024-02-03
	    files:
	    - {name: summary.html, created_on: 30d ago, modified_on: "2024-06-01T12:00:00Z", metadata: {n: null, l: [a, b], x: 7}}
	    - folder: deep/er
	      files: [name: x]
	  generate:
	  - {count: 5, folders: 2, path: "g/{folder:2}/{n:3}", size: 2 KiB, alias: {volume: me/vol, location: "old/{n}"}}
	volumes: [{id: me/vol}]
		`)
		summary := c.get("/files?parent=567890abc8a5639cc6722000&fields=name,created_on,modified_on,metadata&name=summary.html")
		equalJSON(t, summary.items(), `[{"name":"summary.html","created_on":"1999-12-02T00:00:00Z",
			"modified_on":"2024-06-01T12:00:00Z","metadata":{"n":null,"l":["a","b"],"x":"7"}}]`)
		equalJSON(t, c.get("/files/567890abc8a5639cc6722000").body["created_on"], `"2024-02-03T00:00:00Z"`)
		equalJSON(t, at(c.get("/projects/me/proj").body, "settings", "location"), `"aws:eu-central-1"`)
		var paths []string
		for i := range c.s.nodes {
			if n := &c.s.nodes[i]; n.folder == nil {
				paths = append(paths, c.s.path(int32(i)))
			}
		}
		want := []string{"reports/summary.html", "reports/deep/er/x", "g/01/001", "g/02/002", "g/01/003", "g/02/004", "g/01/005"}
		if diff := cmp.Diff(want, paths); diff != "" {
			t.Error(diff)
		}
		equalJSON(t, c.get("/files/" + madeFileID("me/proj", "g/01/003").String()).body["storage"],
			`{"type":"VOLUME","volume":"me/vol","location":"old/3"}`)
		c.get("/storage/volumes/me/vol/object?location=old/3")
	})
}

func TestValues(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "512": 512, "1 kB": 1000, "1.5 MB": 1_500_000, "2GiB": 2 << 30, "3 tb": 3e12, " 7 B ": 7, "": -1,
		"MB": -1, "1e300": -1, "inf": -1, "nan": -1, "1 XB": -1,
	} {
		got, err := parseSize(text)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("size %q is %d, want %d", text, got, want)
		}
	}
	for text, want := range map[string]time.Duration{
		"10s": 10 * time.Second, "2d": 48 * time.Hour, "1w": 168 * time.Hour, "-1s": -1, "99999999w": -1, "": -1, "d": -1,
	} {
		got, err := parseDuration(text)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("duration %q is %v, want %v", text, got, want)
		}
	}
}

func TestGlob(t *testing.T) {
	tests := []struct {
		pattern string
		yes, no []string
	}{
		{"a/*.bam", []string{"a/x.bam", "/a/.bam"}, []string{"a/b/x.bam", "a", "x.bam"}},
		{"**/x", []string{"x", "a/x", "a/b/x"}, []string{"ax", "x/a"}},
		{"a/**", []string{"a", "a/b", "a/b/c"}, []string{"b", "ab"}},
		{"a/**/b/**/c", []string{"a/b/c", "a/x/b/y/z/c", "a/b/b/c/c"}, []string{"a/c", "a/b", "a/b/c/d"}},
		{"**", []string{"", "a", "a/b"}, nil},
		{"[ab]?", []string{"ax", "b1"}, []string{"a", "cx"}},
	}
	for _, test := range tests {
		g, err := parseGlob(test.pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range test.yes {
			if !g.match(name) {
				t.Errorf("%s does not match %q", test.pattern, name)
			}
		}
		for _, name := range test.no {
			if g.match(name) {
				t.Errorf("%s matches %q", test.pattern, name)
			}
		}
	}
}

// The sample is what a user may begin with: it has a bit of everything.
func TestSampleSeed(t *testing.T) {
	seed, err := LoadSeed(filepath.Join("testdata", "sample.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(seed)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, s: s, token: "simulator"}
	for target, want := range map[string]int{
		"/projects": 2, "/storage/volumes": 3, "/files?project=rfranklin/rna-seq": 4, "/storage/exports": 1,
		"/storage/volumes/rfranklin/archive/list": 1,
	} {
		page := c.get(target)
		prefixes, _ := page.body["prefixes"].([]any)
		if got := len(page.items()) + len(prefixes); got != want {
			t.Errorf("%s: %d items, want %d", target, got, want)
		}
	}
	report := c.get("/files/567890abc8a5639cc6722063").body
	if report["name"] != "summary.html" {
		t.Errorf("file %v", report)
	}
}

func FuzzParseSeed(f *testing.F) {
	sample, err := os.ReadFile(filepath.Join("testdata", "sample.yaml"))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(sample), outdent(small), outdent(eventful), outdent(many), "user: &a [*a]", "user: me\nquirks: {a: b}"} {
		f.Add(seed)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		seed, err := ParseSeed("seed.yaml", []byte(text), dir)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "seed.yaml:") {
				t.Errorf("the error does not name the file: %v", err)
			}
			return
		}
		files := 0
		for _, p := range seed.projects {
			for _, g := range p.generate {
				files += g.count
			}
		}
		for _, v := range seed.volumes {
			if v.directory != "" {
				return // might be any folder of this machine
			}
			for _, g := range v.generate {
				files += g.count
			}
		}
		if files > 10_000 {
			return // would only be slow
		}
		s, err := New(seed)
		if err != nil {
			return
		}
		for i := range s.nodes {
			if found, failure := s.find(s.nodes[i].id.String(), 5002); failure != nil || found != int32(i) {
				t.Errorf("file %q is not found by its ID", s.path(int32(i)))
			}
		}
		s.Snapshot(Detail{Jobs: true, IDs: true, Times: true})
	})
}
