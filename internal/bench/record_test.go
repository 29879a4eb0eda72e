package bench

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sbexport/internal/platform"
	"sbexport/internal/state"
)

// recorded is how many exports records are measured with.
const recorded = 100_000

func entries() []state.Entry {
	all := make([]state.Entry, recorded)
	for i := range all {
		all[i] = state.Entry{
			File: fmt.Sprintf("%024x", i), Project: "lab/lake", Path: fmt.Sprintf("batch-%03d/sample-%06d.bam", i%100, i), Size: 1 << 30,
			Volume: "lab/archive", Location: fmt.Sprintf("bam/%06d.bam", (i*7919)%recorded), Rule: "all", State: platform.Completed,
			ExportID:  fmt.Sprintf("%032x", i),
			StartedOn: time.Unix(1.7e9, 0), FinishedOn: time.Unix(1.7e9+60, 0),
		}
	}
	return all
}

// BenchmarkLockfile reads, merges and writes a lockfile of 100 000 entries.
func BenchmarkLockfile(b *testing.B) {
	all := entries()
	path := filepath.Join(b.TempDir(), "sbexport.lock.json")
	load := func() *state.Lockfile {
		lock, err := state.Load(path)
		if err != nil {
			b.Fatal(err)
		}
		return lock
	}
	step := func(what string, do func()) {
		began := time.Now()
		do()
		table.note("lockfile of %d entries, %s: %v", recorded, what, short(time.Since(began)))
	}
	for b.Loop() {
		lock := load()
		step("filled and written", func() {
			for _, e := range all {
				e.Size += int64(b.N)
				lock.Put(e)
			}
			if _, err := lock.Save(); err != nil {
				b.Fatal(err)
			}
		})
		base, ours, theirs := load(), load(), load()
		step("read", func() { load() })
		for i, e := range all {
			e.Size--
			if i%2 == 0 {
				ours.Put(e)
			} else {
				theirs.Put(e)
			}
		}
		step("merged with another, both half changed", func() {
			m, err := state.ThreeWay(base, ours, theirs)
			if err != nil || m.Ours+m.Theirs != recorded {
				b.Fatalf("merged %+v: %v", m, err)
			}
		})
	}
}

// BenchmarkJournal writes a journal of 100 000 exports in submissions of a
// hundred, each durable twice, and brings it into a lockfile.
func BenchmarkJournal(b *testing.B) {
	all := entries()
	for b.Loop() {
		dir := b.TempDir()
		path := filepath.Join(dir, "sbexport.journal")
		journal, _, err := state.OpenJournal(path)
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		for batch := range slices.Chunk(all, platform.MaxBulk) {
			intents, outcomes := make([]state.Record, len(batch)), make([]state.Record, len(batch))
			for i, e := range batch {
				outcomes[i] = state.Record{Type: state.Outcome, On: began, Entry: e}
				e.State, e.ExportID, e.StartedOn, e.FinishedOn = "", "", time.Time{}, time.Time{}
				intents[i] = state.Record{Type: state.Intent, On: began, Entry: e}
			}
			for _, records := range [][]state.Record{intents, outcomes} {
				if err := journal.Append(records...); err != nil {
					b.Fatal(err)
				}
			}
		}
		written := time.Since(began)
		if err := journal.Close(); err != nil {
			b.Fatal(err)
		}
		began = time.Now()
		journal, records, err := state.OpenJournal(path)
		if err != nil {
			b.Fatal(err)
		}
		lock, err := state.Load(filepath.Join(dir, "sbexport.lock.json"))
		if err != nil {
			b.Fatal(err)
		}
		if unknown := state.Fold(records, lock); len(unknown) > 0 || lock.Len() != recorded {
			b.Fatalf("%d entries and %d unknown of %d", lock.Len(), len(unknown), recorded)
		}
		table.note("journal of %d exports, written: %v; read back: %v", recorded, short(written), short(time.Since(began)))
		if err := journal.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
