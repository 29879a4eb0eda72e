//go:build unix

package bench

import (
	"fmt"
	"slices"
	"testing"
	"time"
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
