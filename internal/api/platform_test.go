package api_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"

	"sbexport/internal/api"
	"sbexport/internal/credentials"
	"sbexport/internal/simulator"
)

// What the client makes of a whole platform: the simulator, under every quirk.

// Volumes of the usual platform.
const (
	good     = "lab/archive"   // prefix "cohort/"
	bare     = "lab/bare"      // prefix "run-7", without a slash
	flat     = "lab/flat"      // no prefix
	readOnly = "lab/reference" // not writable
	inactive = "lab/retired"
	google   = "lab/google" // of another cloud than the project
)

const project = "lab/rna-seq"

// platforms runs a test under no quirk, under each alone, under some at random
// and under all.
func platforms(t *testing.T, test func(t *testing.T, quirks []string)) {
	t.Helper()
	all := simulator.Quirks()
	sets := map[string][]string{"none": nil, "all": all}
	for _, quirk := range all {
		sets[quirk] = []string{quirk}
	}
	for n := range 4 {
		dice := rand.New(rand.NewPCG(7, uint64(n)))
		some := slices.DeleteFunc(slices.Clone(all), func(string) bool { return dice.IntN(2) == 0 })
		sets[fmt.Sprint("some ", n)] = some
	}
	for name, quirks := range sets {
		t.Run(name, func(t *testing.T) { test(t, quirks) })
	}
}

// object is a JSON object, as which a seed may be written.
type object = map[string]any

// start makes a platform: a seed, with more keys at its top, under quirks.
func start(t testing.TB, quirks []string, seed object, more ...object) *simulator.Server {
	t.Helper()
	return started(t, quirks, seed, more)
}

func started(t testing.TB, quirks []string, seed object, more []object, o ...simulator.Option) *simulator.Server {
	t.Helper()
	on := object{}
	for _, quirk := range quirks {
		on[quirk] = true
	}
	whole := object{"user": "lab", "quirks": on}
	for _, part := range append([]object{seed}, more...) {
		for key, value := range part {
			whole[key] = value
		}
	}
	text, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := simulator.ParseSeed("seed.yaml", text, ".")
	if err != nil {
		t.Fatal(err)
	}
	s, err := simulator.New(parsed, o...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// behaves is the part of a seed that says how the platform behaves.
func behaves(behavior object) object { return object{"behavior": behavior} }

// usual is a project with 26 folders up to three deep, one of them empty, and
// files by the page: none, 86, one page, one over it, several. Among them are
// public and archived files, and aliases at their own path and elsewhere; an
// object is at the place of some. A few names break whoever is careless with
// URLs, bytes or characters.
func usual() object {
	volume := func(id string, more object) object {
		more["id"] = id
		return more
	}
	return object{
		"projects": []object{{
			"id": project, "location": "aws:us-east-1",
			"folders": []string{"empty"}, "files": specials(), "generate": ordinary(),
		}},
		"volumes": []object{
			volume(good, object{"prefix": "cohort/", "objects": []string{"batch-1/taken-1.bam", "batch-1/taken-2.bam"}}),
			volume(bare, object{"prefix": "run-7"}), volume(flat, object{}),
			volume(readOnly, object{"access_mode": "RO"}), volume(inactive, object{"active": false}), volume(google, object{"type": "gcs"}),
		},
	}
}

var oddNames = []string{
	"with space.txt", "hash#1.bam", "what?.vcf", "100%.csv", "per%20cent.txt", "café.tsv", "データ.fastq.gz", "a&b=c.txt",
	"plus+plus.txt", "semi;colon.txt", `back\slash.txt`, `quo"te.txt`, "{brace}.txt", "~tilde.txt", "..dots",
}

// specials are the files that are not simply exported, and those with odd names.
func specials() []object {
	var all []object
	add := func(path string, more object) {
		more["path"] = path
		all = append(all, more)
	}
	for i := range 5 {
		at := func(kind string) string { return fmt.Sprintf("batch-1/%s-%d.bam", kind, i) }
		alias := func(volume, location string) object { return object{"volume": volume, "location": location} }
		add(at("public"), object{"size": 1000, "public": true, "metadata": object{"sbg_public_files_category": "test"}})
		add(at("archived"), object{"size": 1001, "archived": true})
		add(at("here"), object{"size": 1002, "alias": alias(good, at("here"))})
		add(at("moved"), object{"size": 1003, "alias": alias(good, "old/"+at("moved"))})
		add(at("other"), object{"size": 1004, "alias": alias(bare, at("other"))})
		add(at("taken"), object{"size": 1005})
	}
	for i, name := range oddNames {
		for _, folder := range []string{"", "batch-1/", "batch-2/raw/"} {
			add(folder+name, object{"size": i, "tags": []string{"draft", "naïve"}, "task": "0b0a5c3e-5d0c-4b1c-9f6b-0e3c8d1d2f11"})
		}
	}
	return all
}

// ordinary are blocks of files that are simply exported.
func ordinary() []object {
	var all []object
	add := func(folder string, count int) {
		all = append(all, object{
			"count": count, "path": folder + "/reads_{n:4}.fastq.gz", "size": object{"min": "1 kB", "max": "2 GB"},
			"metadata": object{"sample_id": "S{n}", "sample_type": []string{"Tumor", "Normal"}, "note": nil}, "tags": []string{"final"},
		})
	}
	for i, count := range []int{320, 86, 100, 101, 200} {
		top := fmt.Sprintf("batch-%d", i+1)
		add(top, count)
		add(top+"/raw/v1.0_final", 17)
		add(top+"/results/v1.0_final", 3)
	}
	return all
}

// everything is all that a state of the platform can tell.
var everything = simulator.Detail{Jobs: true, IDs: true, Times: true}

// truth is the platform's files by path.
func truth(s *simulator.Server) map[string]simulator.FileState {
	all := map[string]simulator.FileState{}
	for _, f := range s.State(everything).Files {
		all[f.Path] = f
	}
	return all
}

// jobs are the platform's jobs by ID.
func jobs(s *simulator.Server) map[string]simulator.JobState {
	all := map[string]simulator.JobState{}
	for _, j := range s.State(everything).Jobs {
		all[j.ID] = j
	}
	return all
}

// requests counts the requests of a call that were answered.
func requests(s *simulator.Server, method, path string) (n int) {
	for _, r := range s.Requests() {
		if r.Method == method && r.Path == path {
			n++
		}
	}
	return n
}

const (
	create   = "/bulk/storage/exports/create"
	endpoint = "http://127.0.0.1/v2"
)

// connect makes the client of a platform without a network.
func connect(t *testing.T, s *simulator.Server, o api.Options) *api.Client {
	t.Helper()
	return connectTo(t, endpoint, s.Transport(), o)
}

// connectTo makes the client of an endpoint.
func connectTo(t *testing.T, endpoint string, transport http.RoundTripper, o api.Options) *api.Client {
	t.Helper()
	who, err := credentials.New(endpoint, "simulator", "the test")
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

// inOrder fails the test for what a client must never do.
func inOrder(t *testing.T, s *simulator.Server) {
	t.Helper()
	for _, v := range s.Violations() {
		t.Errorf("violation: %s", v)
	}
}
