package executor

import (
	"testing"
	"time"

	"sbexport/internal/platform"
)

// submitted are n open jobs that were submitted at a time.
func submitted(n int, at time.Time) []*item {
	items := make([]*item, n)
	for i := range items {
		items[i] = &item{phase: phaseOpen, submitted: at}
	}
	return items
}

// A look carries as many jobs as a call can, as long as there are any, and none
// twice.
func TestLooksAreFullCalls(t *testing.T) {
	began := time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)
	p := newPacer(2000, Options{}.withDefaults())
	for range 20 {
		p.add(submitted(platform.MaxBulk, began), began)
	}
	now := began
	for open := 2000; open > 0; {
		at, any := p.next()
		if !any || !at.After(now) {
			t.Fatalf("with %d jobs open the next look is at %v", open, at)
		}
		now = at
		calls := p.take(now)
		seen, ended := map[*item]bool{}, 0
		for _, call := range calls {
			for i, it := range call {
				if seen[it] {
					t.Fatal("a job is looked at twice in one round")
				}
				seen[it] = true
				done := i%2 == 0 // half of what is looked at has ended, whenever that is
				p.saw(it, now, done, time.Time{})
				if done {
					it.phase = phaseEnded
					ended++
				}
			}
		}
		if len(seen) < min(platform.MaxBulk, open) {
			t.Fatalf("%d jobs are looked at while %d are open", len(seen), open)
		}
		p.looked(now, len(calls), ended)
		if open -= ended; p.open != open {
			t.Fatalf("%d jobs are open, want %d", p.open, open)
		}
	}
	if _, any := p.next(); any {
		t.Error("there is a next look with no job open")
	}
}

// Where the platform tells of an end, it counts only as far as it agrees with
// what was seen.
func TestEndsLieBetweenLooks(t *testing.T) {
	began := time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)
	after := func(s float64) time.Time { return began.Add(time.Duration(s * float64(time.Second))) }
	for name, c := range map[string]struct {
		finish   time.Time
		from, to float64 // seconds
	}{
		"not told":           {time.Time{}, 10, 20},
		"told":               {after(14), 14, 15},
		"before it was open": {after(5), 10, 20},
		"after it had ended": {after(25), 10, 20},
		"just before":        {after(9.5), 10, 10.5},
		"just after":         {after(19.5), 19.5, 20},
	} {
		p := newPacer(1000, Options{}.withDefaults())
		for range 100 {
			it := &item{submitted: began, seen: 10 * time.Second}
			p.taken.sawOpen(0, it.seen)
			p.saw(it, after(20), true, c.finish)
		}
		ended := 0
		for b := bucket(after(c.from).Sub(began)); b <= bucket(after(c.to).Sub(began)); b++ {
			ended += p.taken.ended[b]
		}
		if ended != 100 {
			t.Errorf("%s: %d of 100 jobs ended between %v s and %v s", name, ended, c.from, c.to)
		}
	}
}

// A sample takes as many jobs of each submission, spread over it, and no job
// twice as long as there are others.
func TestSampleIsMixed(t *testing.T) {
	began := time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)
	p := newPacer(2000, Options{}.withDefaults())
	batch := map[*item]int{}
	for i := range 20 {
		jobs := submitted(platform.MaxBulk, began)
		for _, it := range jobs {
			batch[it] = i
		}
		p.add(jobs, began)
	}
	seen := map[*item]bool{}
	for round := range 20 {
		of := map[int]int{}
		for _, it := range p.sample(p.groups, began.Add(time.Duration(round+1)*time.Second))[0] {
			if seen[it] {
				t.Fatalf("sample %d holds a job that was looked at", round)
			}
			seen[it] = true
			of[batch[it]]++
		}
		for i := range 20 {
			if of[i] != 5 {
				t.Fatalf("sample %d holds %d jobs of submission %d", round, of[i], i)
			}
		}
	}
	if len(seen) != 2000 {
		t.Errorf("20 samples hold %d jobs", len(seen))
	}
	if again := p.sample(p.groups, began.Add(time.Minute))[0]; len(again) != platform.MaxBulk {
		t.Errorf("a sample of jobs that were all looked at holds %d", len(again))
	}
}

// However likely it seems that jobs have ended, all are looked at only after a
// sample has shown it.
func TestSweepComesAfterASample(t *testing.T) {
	began := time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)
	p := newPacer(2000, Options{}.withDefaults())
	for range 20 {
		p.add(submitted(platform.MaxBulk, began), began)
	}
	look := func(now time.Time, ended func(i int) bool) int {
		calls := p.take(now)
		n := 0
		for _, call := range calls {
			for i, it := range call {
				if ended(i) {
					it.phase = phaseEnded
					n++
				}
				p.saw(it, now, ended(i), time.Time{})
			}
		}
		p.looked(now, len(calls), n)
		return len(calls)
	}
	at, _ := p.next()
	if n := look(at, func(i int) bool { return i < 60 }); n != 1 {
		t.Fatalf("the first look is %d calls", n)
	}
	late := at.Add(time.Hour)
	if n := look(late, func(int) bool { return true }); n != 1 {
		t.Errorf("an hour later %d calls come before a sample", n)
	}
	if n := look(late, func(int) bool { return true }); n < 19 {
		t.Errorf("after the sample %d calls are made", n)
	}
}
