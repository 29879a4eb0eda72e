package view

import (
	"testing"
	"time"
)

// How many of 1000 files of 1 kB are done after some seconds, and what is to be
// said of the time that is left.
func TestPace(t *testing.T) {
	steady := func(s int) int { return 2 * s }
	for _, test := range []struct {
		name     string
		done     func(second int) int
		at       int
		bytes    int64 // of a file
		low, top time.Duration
	}{
		{"too early", steady, 14, 1000, 0, 0},
		{"steady", steady, 60, 1000, 440 * time.Second, 440 * time.Second},
		{"steady for hours", func(s int) int { return s / 36 }, 7200, 1000, 28500 * time.Second, 29000 * time.Second},
		{"empty files", steady, 60, 0, 440 * time.Second, 440 * time.Second},
		{"nothing yet", func(int) int { return 0 }, 300, 1000, 0, 0},
		{"too few files", func(s int) int { return s / 50 }, 300, 1000, 0, 0},
		{"the first jobs still run", func(s int) int { return s * s / 50 }, 40, 1000, 0, 0},
		{"the last jobs still run", func(s int) int { return min(2*s, 100) }, 100, 1000, 0, 0},
		{"nothing ends any more", func(s int) int { return min(s, 990) }, 1005, 1000, 0, 0},
		{"absurdly long", func(s int) int { return s / 1e6 }, 150e6, 1000, 0, 0},
		{"all done", func(int) int { return 1000 }, 60, 1000, 0, 0},
	} {
		counts := func(second int) Counts {
			done := test.done(second)
			return Counts{Files: 1000, Bytes: 1000 * test.bytes, Done: done, DoneBytes: int64(done) * test.bytes}
		}
		start := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
		var p pace
		step := max(test.at/7200, 1)
		for s := 0; s <= test.at; s += step {
			p.see(start.Add(time.Duration(s)*time.Second), counts(s))
		}
		got, known := p.left(start.Add(time.Duration(test.at)*time.Second), counts(test.at))
		if known != (test.top > 0) || got < test.low || got > test.top {
			t.Errorf("%s: %v, %v; want %v to %v", test.name, got, known, test.low, test.top)
		}
		if n := len(p.samples); n > 500 {
			t.Errorf("%s: %d samples are kept", test.name, n)
		}
	}
}

// Few large files can be left as well as many small ones.
func TestPaceGoesByTheSlowerCount(t *testing.T) {
	start := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for _, size := range []int64{100, 10_000} { // of those done, where 1000 is the average
		counts := func(second int) Counts {
			return Counts{Files: 1000, Bytes: 1e6 + 1, Done: second, DoneBytes: int64(second) * size}
		}
		var p pace
		for s := range 61 {
			p.see(start.Add(time.Duration(s)*time.Second), counts(s))
		}
		want := 940 * time.Second
		if size < 1000 {
			want = 9940 * time.Second
		}
		if got, known := p.left(start.Add(time.Minute), counts(60)); !known || got.Round(time.Second) != want {
			t.Errorf("%d bytes a file: %v, %v; want %v", size, got, known, want)
		}
	}
}
