package view

import (
	"testing"
	"time"
)

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{
		-1: "unknown size", 0: "0 B", 999: "999 B", 1000: "1.0 kB", 1_500_000: "1.5 MB",
		1e9: "1.0 GB", 12_300_000_000: "12 GB", 1e12: "1.0 TB", 1<<63 - 1: "9.2 EB",
	} {
		if got := Size(n); got != want {
			t.Errorf("Size(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[int]string{0: "0 files", 1: "1 file", 2: "2 files", 1_234_567: "1,234,567 files"} {
		if got := Number(n, "file"); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for _, test := range []struct {
		d           time.Duration
		want, rough string
	}{
		{-time.Hour, "less than 1 s", "less than a minute"},
		{999 * time.Millisecond, "less than 1 s", "less than a minute"},
		{42 * time.Second, "42 s", "less than a minute"},
		{time.Minute, "1 min", "about 1 min"},
		{754 * time.Second, "12 min 34 s", "about 13 min"},
		{3 * time.Hour, "3 h", "about 3 h"},
		{3*time.Hour + 12*time.Minute + 50*time.Second, "3 h 12 min", "about 3 h"},
		{50 * time.Hour, "2 d 2 h", "about 2 days"},
	} {
		if got := duration(test.d); got != test.want {
			t.Errorf("duration(%v) = %q, want %q", test.d, got, test.want)
		}
		if got := roughly(test.d); got != test.rough {
			t.Errorf("roughly(%v) = %q, want %q", test.d, got, test.rough)
		}
	}
}

func TestColumns(t *testing.T) {
	for _, test := range []struct {
		s    Stream
		want int
	}{
		{Stream{}, 0},
		{Stream{size: fixed(100)}, 0},
		{Stream{TTY: true, size: fixed(100)}, 100},
		{Stream{TTY: true, size: fixed(3)}, minWidth},
		{Stream{TTY: true, size: fixed(0)}, defaultWidth},
	} {
		if got := test.s.columns(); got != test.want {
			t.Errorf("%+v: %d columns, want %d", test.s, got, test.want)
		}
	}
}
