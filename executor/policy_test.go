package executor

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sbexport/internal/platform"
)

// played is what the policy alone came to: requests, listing included, and the
// time at which the last end was noticed, as multiples of the least.
type played struct{ requests, time float64 }

// play lets a pacer look at jobs of the given durations, submitted four calls at
// a time after a listing of so many pages.
func play(durations []time.Duration, listed int) played {
	const latency = 40 * time.Millisecond
	p := newPacer(len(durations), Options{Spent: listed + overhead}.withDefaults())
	began := time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)
	now := began.Add(3 * latency)
	ends := make(map[*item]time.Time, len(durations))
	var last time.Time
	for i, batch := range slices.Collect(slices.Chunk(durations, platform.MaxBulk)) {
		sent := began.Add(time.Duration(3+i/4) * latency)
		now = sent.Add(latency)
		jobs := submitted(len(batch), now)
		for k, it := range jobs {
			ends[it] = sent.Add(latency/2 + batch[k])
			if ends[it].After(last) {
				last = ends[it]
			}
		}
		p.add(jobs, now)
	}
	looks := 0
	for p.open > 0 {
		if at, _ := p.next(); at.After(now) {
			now = at
		}
		calls := p.take(now)
		asked := now.Add(latency / 2)
		now = now.Add(time.Duration((len(calls)+looksAtOnce-1)/looksAtOnce) * latency)
		ended := 0
		for _, it := range slices.Concat(calls...) {
			over, finish := !ends[it].After(asked), time.Time{}
			if over {
				it.phase, finish = phaseEnded, ends[it].Truncate(time.Second)
				ended++
			}
			p.saw(it, now, over, finish)
		}
		looks += len(calls)
		p.looked(now, len(calls), ended)
	}
	submissions := calls(len(durations))
	return played{
		float64(listed+overhead+submissions+looks) / float64(listed+2*submissions),
		float64(now.Sub(began)) / float64(last.Sub(began)),
	}
}

// draw is n durations of a shape.
func draw(n int, seed uint64, shape func(u float64) time.Duration) []time.Duration {
	random := rand.New(rand.NewPCG(seed, 7))
	durations := make([]time.Duration, n)
	for i := range durations {
		durations[i] = shape(0.0005 + 0.999*random.Float64())
	}
	return durations
}

// playedShapes are those that the policy is played with.
func playedShapes() map[string]func(u float64) time.Duration {
	shapes := maps.Clone(durationShapes)
	shapes["uniform 1-60s"] = between(time.Second, time.Minute)
	shapes["uniform 20-40s"] = between(20*time.Second, 40*time.Second)
	shapes["two kinds"] = twoKinds
	return shapes
}

// TestPolicyKeepsToThePromise plays many runs with durations drawn anew. Requests
// are never to be more than promised. The time depends on luck where a few jobs
// take very long: it is to be as promised nine times in ten, and not far off ever.
func TestPolicyKeepsToThePromise(t *testing.T) {
	const runs = 10
	for name, shape := range playedShapes() {
		for _, n := range []int{2000, 3000} {
			t.Run(fmt.Sprintf("%s, %d files", name, n), func(t *testing.T) {
				t.Parallel()
				late := 0
				for seed := range uint64(runs) {
					got := play(draw(n, seed, shape), calls(n)+folders)
					if got.requests > 1.25 || got.time > 1.5 {
						t.Errorf("seed %d: %.3f times the fewest requests, %.3f times the least time", seed, got.requests, got.time)
					}
					if got.time > 1.15 {
						late++
					}
				}
				if late > runs/10 {
					t.Errorf("%d of %d runs ended after more than 1.15 times the least time", late, runs)
				}
			})
		}
	}
}

// BenchmarkPolicy tells how often luck is against a run: how many of the runs
// with 2000 files end later than promised, and the worst of them.
func BenchmarkPolicy(b *testing.B) {
	for _, name := range slices.Sorted(maps.Keys(playedShapes())) {
		shape := playedShapes()[name]
		b.Run(name, func(b *testing.B) {
			var worst played
			late, dear, runs := 0, 0, 0
			for b.Loop() {
				got := play(draw(smallRun, uint64(runs), shape), calls(smallRun)+folders)
				runs++
				worst = played{max(worst.requests, got.requests), max(worst.time, got.time)}
				if got.time > 1.15 {
					late++
				}
				if got.requests > 1.25 {
					dear++
				}
			}
			b.ReportMetric(100*float64(late)/float64(runs), "%late")
			b.ReportMetric(100*float64(dear)/float64(runs), "%dear")
			b.ReportMetric(worst.requests, "requests/fewest")
			b.ReportMetric(worst.time, "time/least")
		})
	}
}

// between is all times between two alike.
func between(from, to time.Duration) func(float64) time.Duration {
	return func(u float64) time.Duration { return from + time.Duration(u*float64(to-from)) }
}

// twoKinds is small files that take 5 to 10 s and, one in ten, large ones that
// take 60 to 90 s.
func twoKinds(u float64) time.Duration {
	if u < 0.9 {
		return between(5*time.Second, 10*time.Second)(u / 0.9)
	}
	return between(time.Minute, 90*time.Second)((u - 0.9) / 0.1)
}

// TestPacerLosesNoJob lets jobs come and end at random, in the middle of a round
// too, some of them without ever being found. Each open job is in one group, is
// looked at once in a round, and the next look is always ahead.
func TestPacerLosesNoJob(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 11))
		total := []int{1, 2, 99, 100, 101, 350, 1999, 2000, 4000}[random.IntN(9)]
		o := Options{Spent: random.IntN(200)}
		if random.IntN(3) == 0 {
			o.PollMin = time.Duration(1+random.IntN(5000)) * time.Millisecond
			o.PollMax = o.PollMin + time.Duration(1+random.IntN(30))*time.Minute
		}
		p := newPacer(total, o.withDefaults())
		now := time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)
		median := math.Exp(random.Float64() * 6)
		ends := map[*item]time.Time{}
		left := total
		add := func() {
			n := min(1+random.IntN(platform.MaxBulk), left)
			jobs := submitted(n, now)
			for _, it := range jobs {
				ends[it] = now.Add(time.Duration(median * math.Exp(2*random.NormFloat64()) * float64(time.Second)))
			}
			p.add(jobs, now)
			left -= n
		}
		add()
		for rounds := 0; len(ends) > 0 || left > 0; rounds++ {
			if rounds > 20_000 {
				t.Fatalf("seed %d: %d of %d jobs are open after %d rounds", seed, len(ends), total, rounds)
			}
			for left > 0 && random.IntN(3) > 0 || left > 0 && p.open == 0 {
				add()
			}
			at, any := p.next()
			if !any {
				t.Fatalf("seed %d: there is no next look while %d jobs are open", seed, p.open)
			}
			if at.After(now) {
				now = at
			}
			calls, seen, ended := p.take(now), map[*item]bool{}, 0
			now = now.Add(time.Duration(random.IntN(300)) * time.Millisecond)
			for _, it := range slices.Concat(calls...) {
				if seen[it] || it.phase != phaseOpen {
					t.Fatalf("seed %d: a job is looked at twice, or after its end", seed)
				}
				seen[it] = true
				switch over := !ends[it].After(now); {
				case over:
					it.phase = phaseEnded
					delete(ends, it)
					ended++
					if random.IntN(10) > 0 { // else it was never found, and is given up
						p.saw(it, now, true, now.Add(-time.Duration(random.IntN(9000))*time.Millisecond))
					}
				case random.IntN(10) > 0:
					p.saw(it, now, false, time.Time{})
				}
			}
			if left > 0 && random.IntN(4) == 0 {
				add() // while the round is under way
			}
			p.looked(now, len(calls), ended)
			held := 0
			for _, g := range p.groups {
				held += len(g.jobs)
			}
			if p.open != len(ends) || held != len(ends) {
				t.Fatalf("seed %d: of %d open jobs %d are counted and %d are held", seed, len(ends), p.open, held)
			}
			if p.open > 0 && !p.mark.After(now) {
				t.Fatalf("seed %d: the next look is due at %v, now is %v", seed, p.mark, now)
			}
		}
	}
}
