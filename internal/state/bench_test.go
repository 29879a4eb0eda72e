package state

import (
	"fmt"
	"path/filepath"
	"testing"

	"sbexport/internal/platform"
)

// many is the number of exports that lockfile and journal are measured with.
const many = 100_000

func manyEntries() []Entry {
	all := make([]Entry, many)
	for i := range all {
		all[i] = full()
		all[i].File = fmt.Sprintf("%024x", i)
		all[i].Path = fmt.Sprintf("results/run-%03d/sample-%06d/calls.vcf.gz", i%100, i)
		all[i].Location = fmt.Sprintf("vcf/%06d/calls.vcf.gz", (i*7919)%many)
		all[i].State, all[i].Error = platform.Completed, nil
	}
	return all
}

func BenchmarkLockfile(b *testing.B) {
	path := filepath.Join(b.TempDir(), "x.lock.json")
	entries := manyEntries()
	fill := func(b *testing.B) *Lockfile {
		b.Helper()
		l := newLockfile(path)
		for _, e := range entries {
			l.Put(e)
		}
		return l
	}
	if _, err := fill(b).Save(); err != nil {
		b.Fatal(err)
	}
	b.Run("put", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			fill(b)
		}
	})
	b.Run("load", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Load(path); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("save", func(b *testing.B) {
		b.ReportAllocs()
		l, err := Load(path)
		if err != nil {
			b.Fatal(err)
		}
		e := entries[many/2]
		for b.Loop() {
			e.Size++
			l.Put(e)
			if changed, err := l.Save(); err != nil || !changed {
				b.Fatal(changed, err)
			}
		}
	})
}
