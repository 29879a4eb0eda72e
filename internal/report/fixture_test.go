package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sbexport/internal/platform"
	"sbexport/internal/state"
)

// began is when the runs of these tests begin.
var began = time.Date(2026, 11, 18, 21, 0, 0, 0, time.UTC)

// lockfile is a lockfile with the entries.
func lockfile(t testing.TB, entries ...state.Entry) *state.Lockfile {
	t.Helper()
	l, err := state.Load(filepath.Join(t.TempDir(), "sbexport.lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		l.Put(e)
	}
	return l
}

// entry is a completed export of the path, which took a minute from the given
// second of the run on.
func entry(path string, second int) state.Entry {
	start := began.Add(time.Duration(second) * time.Second)
	return state.Entry{
		File: "id-" + path, Project: "rfranklin/rna-seq", Path: path, Size: 1000, Volume: "rfranklin/archive",
		Location: "vcf/" + path, State: platform.Completed, ExportID: "job-" + path, Rule: "variant-calls",
		StartedOn: start, FinishedOn: start.Add(time.Minute),
	}
}

// failing makes an entry one that failed.
func failing(e state.Entry, code int, message string, permanent bool) state.Entry {
	e.State = platform.Failed
	e.Error = &state.Failure{Code: code, Message: message, Permanent: permanent}
	return e
}

// cohort is n entries as a cohort of sequenced samples has them: three rules, two
// volumes, some files failed and some under way.
func cohort(n int) []state.Entry {
	kinds := [...]struct {
		rule, dir, ending, volume string
		size                      int64
	}{
		{"variant-calls", "results", ".vcf.gz", "rfranklin/archive", 30e6},
		{"alignments", "aligned", ".bam", "rfranklin/archive", 4e9},
		{"raw-reads", "fastq", ".fastq.gz", "rfranklin/deep-archive", 3e9},
	}
	entries := make([]state.Entry, n)
	for i := range entries {
		k := kinds[i%len(kinds)]
		sample := fmt.Sprintf("TCGA-%s-%04d", [...]string{"A2", "BH", "E9", "D8"}[i/7%4], i/3%700)
		e := entry(fmt.Sprintf("%s/%s/%s_%d%s", k.dir, sample, sample, i, k.ending), i/10)
		// Identifiers as the platform makes them: without anything in common.
		e.File = fmt.Sprintf("%024x", uint64(i)*0x9e3779b97f4a7c15)
		e.ExportID = fmt.Sprintf("%016x%016x", uint64(i)*0xbf58476d1ce4e5b9, uint64(i)*0x94d049bb133111eb)
		e.Rule, e.Volume, e.Location = k.rule, k.volume, k.rule+"/"+sample+"/"+filepath.Base(e.Path)
		e.Size = k.size + int64(i)*1000
		switch {
		case i%400 == 7:
			e = failing(e, 9107, "Location on volume already contains a file.", true)
		case i%700 == 11:
			e = failing(e, 9100, "Error while talking to cloud.", false)
		case i%150 == 3:
			e.State, e.FinishedOn = platform.Running, time.Time{}
		}
		entries[i] = e
	}
	return entries
}

// written is the page as text.
func written(t testing.TB, in Input) string {
	t.Helper()
	var b bytes.Buffer
	if err := New(in).Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// between is what stands between two marks, each of which must be there once.
func between(t testing.TB, text, begin, end string) string {
	t.Helper()
	if n := strings.Count(text, begin); n != 1 {
		t.Fatalf("%q is there %d times, want once", begin, n)
	}
	_, after, _ := strings.Cut(text, begin)
	inside, _, found := strings.Cut(after, end)
	if !found {
		t.Fatalf("%q has no end %q", begin, end)
	}
	return inside
}

// dataOf reads the data out of a page.
func dataOf(t testing.TB, page string) data {
	t.Helper()
	var d data
	text := between(t, page, `<script type="application/json" id="data">`, "</script>")
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("the page's data: %v", err)
	}
	return d
}
