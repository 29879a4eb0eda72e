package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"

	"sbexport/internal/api"
	"sbexport/internal/credentials"
	"sbexport/internal/simulator"
)

// The platform that the client is tested on.

// Volumes of the usual platform.
const (
	good     = "lab/archive"   // prefix "cohort/"
	bare     = "lab/bare"      // prefix "run-7", without a slash
	flat     = "lab/flat"      // no prefix
	readOnly = "lab/reference" // not writable
	inactive = "lab/retired"
	google   = "lab/google" // of another cloud than the project
	bucket   = "lab/bucket" // full of oddly named objects
)

const project = "lab/rna-seq"

// object is a JSON object, as which a seed may be written.
type object = map[string]any

// start makes a platform: a seed, with more keys at its top, under quirks.
func start(t testing.TB, quirks []string, parts []object, o ...simulator.Option) *simulator.Server {
	t.Helper()
	on := object{}
	for _, quirk := range quirks {
		on[quirk] = true
	}
	whole := object{"user": "lab", "quirks": on}
	for _, part := range parts {
		maps.Copy(whole, part)
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

// usual is a project with 17 folders up to three deep, one of them empty, and
// files by the page: none, part of one, several. Among them are public and
// archived files, and aliases at their own path and elsewhere; an object is at the
// place of some. A few names break whoever is careless with URLs, bytes or
// characters.
func usual() object {
	volume := func(id string, more object) object {
		more["id"] = id
		return more
	}
	return object{
		"projects": []object{{
			"id": project, "location": "aws:us-east-1",
			"folders": []string{"empty"}, "files": specials(), "generate": ordinary(), "tasks": runs(),
		}},
		"volumes": []object{
			volume(good, object{"prefix": "cohort/", "objects": []string{"batch-1/taken-1.bam", "batch-1/taken-2.bam"}}),
			volume(bare, object{"prefix": "run-7"}), volume(flat, object{}),
			volume(bucket, object{"prefix": "pre/", "objects": oddObjects()}),
			volume(readOnly, object{"access_mode": "RO"}), volume(inactive, object{"active": false}), volume(google, object{"type": "gcs"}),
		},
	}
}

// runs are tasks: some alone, one without files, one that failed, and a batch.
func runs() []object {
	task := func(name string, more object) object {
		more["name"], more["app"], more["ended_on"] = name, "star-align", "9d ago"
		return more
	}
	return []object{
		task("alone", object{"outputs": object{
			"bam":    "batch-1/taken-0.bam",
			"lists":  []any{"batch-1/taken-1.bam", []any{"batch-1/taken-2.bam"}},
			"folder": "batch-2/raw/", "gone": object{"deleted": "x.bam"}, "reads": 1200,
		}}),
		task("nothing", object{"outputs": object{"reads": 5}}),
		task("failed", object{"status": "FAILED"}),
		task("batch", object{"batch_input": "fastq", "batch_by": []string{"metadata.sample_id"}, "children": []object{
			{"count": 130, "name": "child {n}", "group": object{"metadata.sample_id": "S{n}"}, "outputs": object{"bam": "batch-1/taken-0.bam"}},
		}}),
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
	add("described/a.bam.bai", object{"size": 1})
	add("described/a.bam", object{
		"size": 5, "tags": []string{"final", "naïve"}, "task": "t-9", "secondary_files": []string{"described/a.bam.bai"},
		"metadata": object{"sample_id": "S1", "type": "Mixed", "many": []string{"a", "b"}, "nothing": nil, "empty": ""},
	})
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
	for i, count := range []int{150, 60, 5} {
		top := fmt.Sprintf("batch-%d", i+1)
		add(top, count)
		add(top+"/raw/v1.0_final", 5)
		add(top+"/results/v1.0_final", 3)
	}
	return all
}

// inBucket are the objects of a volume, by directory.
var inBucket = map[string][]string{
	"":    {"a b.txt", "plus+.txt", "hash#1", "what?", "100%", "é.txt", "データ", "a&b=c", "%41"},
	"d/":  {"d/x", "d/y z", "d/é"},
	"d/e": {},
	"m n/": {
		"m n/0", "m n/1", "m n/2", "m n/3", "m n/4", "m n/5", "m n/6", "m n/7", "m n/8", "m n/9", "m n/a", "m n/b", "m n/c", "m n/d",
	},
}

func oddObjects() (all []object) {
	for _, locations := range inBucket {
		for _, l := range locations {
			all = append(all, object{"location": l, "size": len(l)})
		}
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

const endpoint = "http://127.0.0.1/v2"

// connect makes the client of a platform without a network.
func connect(t *testing.T, s *simulator.Server, o api.Options) *api.Client {
	t.Helper()
	who, err := credentials.New(endpoint, "simulator", "the test")
	if err != nil {
		t.Fatal(err)
	}
	o.Credentials, o.Transport = who, s.Transport()
	c, err := api.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}
