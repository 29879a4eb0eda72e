package simulator

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// bulky is a platform with so many generated files in ten folders.
func bulky(count int) string {
	return fmt.Sprintf(`
	user: me
	projects:
	- id: me/proj
	  generate:
	  - count: %d
	    path: bulk/batch-{folder:3}/sample-{n:6}.bam
	    folders: 10
	    size: {min: 1 MB, max: 2 GB}
	    metadata: {sample_id: "S{n}", lane: "{folder}"}
	volumes:
	- id: me/vol
	behavior:
	  rate_limit: {limit: 0}
	`, count)
}

// A million files must fit into well under 700 MB, which leaves each less than
// 500 bytes.
func TestFilesAreSmall(t *testing.T) {
	const files = 100_000
	heap := func() uint64 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	before := heap()
	c := start(t, bulky(files))
	if each := (heap() - before) / files; each > 400 {
		t.Errorf("%d bytes a file", each)
	}
	if total := c.get("/files?limit=1&parent=" + folderID("me/proj", "bulk/batch-007")).header.Get("X-Total-Matching-Query"); total != "10000" {
		t.Errorf("%s files in a folder", total)
	}
}

// Everything of a large project is exported, and the platform ends in the
// expected state.
func TestManyExports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, bulky(3000))
		for folder := range 10 {
			parent := folderID("me/proj", fmt.Sprintf("bulk/batch-%03d", folder+1))
			for page := range 3 {
				list := c.get("/files?limit=100&fields=id,name&parent=" + parent + "&offset=" + strconv.Itoa(100*page))
				var items []map[string]any
				for _, item := range list.items() {
					items = append(items, export(at(item, "id").(string), "to/"+at(item, "name").(string), false))
				}
				c.do(200, "POST", "/bulk/storage/exports/create", bulk(items...))
			}
		}
		wait(time.Minute)
		counters := c.s.Counters()
		if counters["items submitted"] != 3000 || counters["jobs completed"] != 3000 {
			t.Errorf("counters %v", counters)
		}
		snapshot := string(c.s.Snapshot(Detail{}))
		if n := strings.Count(snapshot, `"from": "me/proj:bulk/batch-`); n != 3000 {
			t.Errorf("%d objects", n)
		}
		if len(c.s.open) > 64 {
			t.Errorf("%d jobs kept as open", len(c.s.open))
		}
		c.noViolations()
	})
}

// The order in which the same comes about leaves no trace in a snapshot.
func TestSnapshotIsCanonical(t *testing.T) {
	run := func(order []string) (text string) {
		synctest.Test(t, func(t *testing.T) {
			c := start(t, small+"failures: [{file: "+fileC+"}]\n")
			for _, file := range order {
				wait(time.Second)
				c.submit("", export(file, "to/"+file, false))
			}
			wait(time.Minute)
			text = string(c.s.Snapshot(Detail{Jobs: true}))
		})
		return text
	}
	one, two := run([]string{fileA, fileB, fileC}), run([]string{fileC, fileA, fileB})
	if one != two {
		t.Errorf("%s\n%s", one, two)
	}
	for _, want := range []string{`"state": "FAILED"`, `"code": 9100`, `"volume": "me/vol"`} {
		if !strings.Contains(one, want) {
			t.Errorf("no %s in %s", want, one)
		}
	}
	for _, not := range []string{fileA + `",`, "2000-01-01"} {
		if strings.Contains(strings.ReplaceAll(one, "to/"+fileA, ""), not) {
			t.Errorf("%s in %s", not, one)
		}
	}
}

// BenchmarkMillionFiles measures making and listing a million files.
func BenchmarkMillionFiles(b *testing.B) {
	parsed, err := ParseSeed("seed.yaml", []byte(outdent(bulky(1_000_000))), ".")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := New(parsed)
		if err != nil {
			b.Fatal(err)
		}
		c := &call{s: s, now: time.Now()}
		var out []byte
		for i := range s.nodes {
			out = appendObject(out[:0], fileFields, fileView{c, &s.nodes[i]})
		}
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		b.ReportMetric(float64(stats.HeapAlloc)/1e6, "MB")
		runtime.KeepAlive(s)
	}
}
