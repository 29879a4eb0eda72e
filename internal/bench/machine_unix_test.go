//go:build unix

package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sbexport/internal/change"
)

// The promises about this machine.
const (
	promisedStart  = 20 * time.Millisecond // of "version"
	promisedMemory = 1 << 30               // of the plan for a million files
	promisedCPU    = time.Minute           // the same
)

// BenchmarkStart is the time that "version" takes, the median of many.
func BenchmarkStart(b *testing.B) {
	p := build(b)
	var all []time.Duration
	for b.Loop() {
		for range 21 {
			all = append(all, p.run(b, "version").took)
		}
	}
	slices.Sort(all)
	median := all[len(all)/2]
	b.ReportMetric(float64(median.Microseconds())/1000, "ms")
	table.note("version: %v", median.Round(100*time.Microsecond))
	if median > promisedStart {
		b.Errorf("version takes %v, promised is %v", median, promisedStart)
	}
}

// BenchmarkPlanMillion plans a million files in a thousand folders, served by
// another process.
func BenchmarkPlanMillion(b *testing.B) {
	p := build(b)
	p.simulate(b, fmt.Sprintf(seedText, 1_000_000, 1000, "0s", "", 0, time.Minute, false, ""))
	p.write(b, "sbexport.yaml", planText)
	for b.Loop() {
		c := p.run(b, "plan")
		b.ReportMetric(c.cpu.Seconds(), "cpu-s")
		b.ReportMetric(float64(c.memory)/(1<<20), "MiB")
		table.note("plan of 1,000,000 files in 1,000 folders: %v, %v of CPU, %d MiB", short(c.took), short(c.cpu), c.memory>>20)
		if c.memory > promisedMemory || c.cpu > promisedCPU {
			b.Errorf("the plan took %v of CPU and %d MiB, promised are %v and %d MiB", c.cpu, c.memory>>20, promisedCPU, promisedMemory>>20)
		}
	}
}

// BenchmarkPortfolio plans 300 projects of a thousand files, which patterns find: it
// takes hardly more requests than there are pages, and no more memory than the same
// files in one project.
func BenchmarkPortfolio(b *testing.B) {
	const projects, files = 300, 1000
	var seed strings.Builder
	seed.WriteString("user: me\nbehavior: {rate_limit: {limit: 0}}\nvolumes: [{id: me/v}]\nprojects:\n")
	for i := range projects {
		fmt.Fprintf(&seed, "  - {id: lab/p-%03d, generate: [{count: %d, path: 'f{n:7}.bam'}]}\n", i, files)
	}
	fmt.Fprintf(&seed, "  - {id: one/p, generate: [{count: %d, path: 'f{n:7}.bam'}]}\n", projects*files)
	p := build(b)
	p.simulate(b, seed.String())
	const text = "version: 1\nprojects: [%s]\nvolume: me/v\nexports: [{match: '**', to: '{project}/{path}'}]\n"
	fewest := (projects+pageSize)/pageSize + projects*full(files) + 2*full(projects*files)
	for b.Loop() {
		p.write(b, "sbexport.yaml", fmt.Sprintf(text, "one/p"))
		one := p.run(b, "plan", "--out", "saved")
		p.write(b, "sbexport.yaml", fmt.Sprintf(text, "lab/*"))
		many := p.run(b, "plan", "--out", "saved")
		saved, err := os.ReadFile(filepath.Join(p.dir, "saved"))
		if err != nil {
			b.Fatal(err)
		}
		d, err := change.ReadDocument(saved)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(d.Summary.Requests)/float64(fewest), "requests/fewest")
		b.ReportMetric(float64(many.memory)/float64(one.memory), "memory/one-project")
		table.note("plan of %d projects of %d files: %v, %v of CPU, %d MiB (in one project %d MiB); an apply takes %d requests, the fewest are %d",
			projects, files, short(many.took), short(many.cpu), many.memory>>20, one.memory>>20, d.Summary.Requests, fewest)
		if d.Summary.Requests > int(promisedRequests*float64(fewest)) {
			b.Errorf("an apply takes %d requests, and the fewest are %d", d.Summary.Requests, fewest)
		}
		if many.memory > one.memory*5/4 {
			b.Errorf("the plan took %d MiB, and for the same files in one project %d MiB", many.memory>>20, one.memory>>20)
		}
	}
}

// BenchmarkSecondApply applies a plan that has been applied already.
func BenchmarkSecondApply(b *testing.B) {
	const files, folders = 20_000, 100
	p := build(b)
	p.simulate(b, fmt.Sprintf(seedText, files, folders, "0s", "", 0, time.Minute, false, ""))
	p.write(b, "sbexport.yaml", planText)
	first := p.run(b, "apply", "-y", "-q")
	table.note("apply of %d files: %v, %v of CPU, %d MiB", files, short(first.took), short(first.cpu), first.memory>>20)
	for b.Loop() {
		c := p.run(b, "apply", "-y", "-q")
		b.ReportMetric(c.cpu.Seconds(), "cpu-s")
		table.note("the second apply, with nothing to do: %v, %v of CPU, %d MiB", short(c.took), short(c.cpu), c.memory>>20)
	}
}
