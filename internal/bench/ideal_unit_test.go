package bench

import (
	"testing"
	"time"
)

func TestFewestRequests(t *testing.T) {
	for _, c := range []struct{ files, folders, want int }{
		{1, 1, 2 + 1 + 1},          // the root, the folder, a submission, a look
		{100, 1, 2 + 1 + 1},        //
		{101, 1, 3 + 2 + 2},        // one more of everything
		{200, 4, 5 + 2 + 2},        // a page for each folder
		{2000, 101, 2 + 101 + 40},  // two pages of folders
		{202, 2, 1 + 4 + 3 + 3},    // each folder is one over a page
		{50, 100, 1 + 100 + 1 + 1}, // empty folders are read too
	} {
		if got := (job{files: c.files, folders: c.folders}).requests(); got != c.want {
			t.Errorf("%d files in %d folders: %d requests, want %d", c.files, c.folders, got, c.want)
		}
	}
}

func TestIdealEnd(t *testing.T) {
	const latency = 40 * time.Millisecond
	seconds := func(n int, first ...int) []time.Duration {
		all := make([]time.Duration, n)
		for i := range all {
			all[i] = time.Second
		}
		for i, s := range first {
			all[n-1-i] = time.Duration(s) * time.Second
		}
		return all
	}
	tight := budget{limit: 5, reserve: 1, window: time.Minute}
	for _, c := range []struct {
		name      string
		job       job
		durations []time.Duration
		want      time.Duration
		bound     bool
	}{
		{"root, folder, submission and the job", job{100, 1, latency, budget{}}, seconds(100), 2*latency + latency/2 + time.Second, false},
		{"the last one is long", job{600, 1, latency, budget{}}, seconds(600, 30), 3*latency + latency/2 + 30*time.Second, false},
		{"the fifth submission waits for a lane", job{500, 1, latency, budget{}}, seconds(500), 3*latency + latency/2 + time.Second, false},
		// 1 + 2 pages and 1 submission in the first window, 1 and 2 looks in the second.
		{"the second submission waits for a window", job{200, 1, latency, tight}, seconds(200), time.Minute + latency/2 + time.Second, true},
		{"a window that has begun ends earlier", job{200, 1, latency, budget{5, 1, time.Minute, 9 * time.Second}}, seconds(200), 9*time.Second + latency/2 + time.Second, true},
		// 1 + 2 pages take two latencies, and the second window begins before the submissions.
		{"what a window has left is lost", job{200, 1, latency, budget{4, 0, time.Minute, latency}}, seconds(200), time.Minute + latency, true},
		// 1 + 1 pages, 1 submission and 1 look are exactly a window.
		{"a budget that is enough", job{100, 1, latency, tight}, seconds(100), 2*latency + latency/2 + time.Second, false},
		// 1 + 3 pages, 3 submissions and the first look fill two windows.
		{"the looks wait", job{300, 1, latency, tight}, seconds(300), 2 * time.Minute, true},
	} {
		if got := c.job.end(c.durations); got != c.want {
			t.Errorf("%s: ends after %v, want %v", c.name, got, c.want)
		}
		if got := c.job.bound(c.durations); got != c.bound {
			t.Errorf("%s: budget is the bound: %v, want %v", c.name, got, c.bound)
		}
	}
}
