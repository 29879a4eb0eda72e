package executor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sbexport/internal/platform"
)

// The promise: the end of a run is noticed late by a share of its time at the
// most, or by so little that nobody minds; and it takes few more requests than the
// fewest it could do with, which is three for a hundred files: a page of the
// listing, a submission, a look.
const (
	promisedTime     = 1.15
	promisedRequests = 1.15
	promisedSamples  = 70
	nobodyMinds      = firstLook * defaultPollMin
	folders          = 5 // pages that the listing takes beside the full ones
	overhead         = 3 // requests for the project, the volume, the open jobs
)

// game is a run as the policy sees it. It is played without any waiting.
type game struct {
	name    string
	latency time.Duration
	every   time.Duration // a submission is sent so often; 0 is four at a time
	takes   []time.Duration
	atOnce  int // so many jobs run at once; 0 is all
	options Options
	// ask is told of every look at a job.
	ask func(it *item, now time.Time)

	epoch, now time.Time
	pace       *pacer
	sent       int // submissions so far
	ends       map[*item]time.Time
	submitted  map[*item]time.Time
	running    []time.Time // when each of the jobs that run at once ends
	looks      int
	last, seen time.Time // the last end, and when it was noticed
}

// play plays a game to its end.
func (g *game) play() {
	g.epoch = time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)
	g.now = g.epoch
	g.pace = newPacer(g.options.withDefaults())
	g.ends, g.submitted = map[*item]time.Time{}, map[*item]time.Time{}
	for {
		g.submit()
		more := g.nextSubmission()
		at, due := g.pace.next()
		switch {
		case !due && more.IsZero():
			return
		case due && (more.IsZero() || !at.After(more)):
			g.now = later(g.now, at)
			g.look()
		default:
			g.now = more
		}
	}
}

// nextSubmission is when the answer to the next submission comes; zero when there
// is none.
func (g *game) nextSubmission() time.Time {
	if g.sent == calls(len(g.takes)) {
		return time.Time{}
	}
	after := time.Duration(g.sent) * g.every
	if g.every == 0 {
		after = time.Duration(g.sent/defaultParallel) * g.latency
	}
	return g.epoch.Add(4*g.latency + after) // the listing takes three
}

// submit takes in what has been submitted by now.
func (g *game) submit() {
	for at := g.nextSubmission(); !at.IsZero() && !at.After(g.now); at = g.nextSubmission() {
		takes := g.takes[g.sent*platform.MaxBulk:]
		jobs := opened(min(platform.MaxBulk, len(takes)))
		for i, it := range jobs {
			g.ends[it], g.submitted[it] = g.end(at.Add(-g.latency/2), takes[i]), g.now
			g.last = later(g.last, g.ends[it])
		}
		g.pace.add(jobs, g.now, false)
		g.sent++
	}
}

// end is when a job ends that is submitted at a time.
func (g *game) end(at time.Time, takes time.Duration) time.Time {
	if g.atOnce == 0 {
		return at.Add(takes)
	}
	if len(g.running) < g.atOnce {
		g.running = append(g.running, at.Add(takes))
		return at.Add(takes)
	}
	first := 0
	for i := range g.running {
		if g.running[i].Before(g.running[first]) {
			first = i
		}
	}
	g.running[first] = later(at, g.running[first]).Add(takes)
	return g.running[first]
}

// look plays a round of looks.
func (g *game) look() {
	round := g.pace.take(g.now)
	g.looks += len(round)
	for i, call := range round {
		asked := g.now.Add(time.Duration(i/looksAtOnce)*g.latency + g.latency/2)
		for _, it := range call {
			if g.ask != nil {
				g.ask(it, asked)
			}
			if !g.ends[it].After(asked) {
				it.open = false
				g.seen = later(g.seen, asked.Add(g.latency/2))
			}
		}
	}
	g.now = g.now.Add(time.Duration((len(round)+looksAtOnce-1)/looksAtOnce) * g.latency)
	g.submit()
	g.pace.looked(g.now)
}

// misses are what a game does not keep of the promise.
func (g *game) misses() (all []string) {
	least, took := g.last.Sub(g.epoch), g.seen.Sub(g.epoch)
	if took > max(part(least, promisedTime), least+nobodyMinds+2*g.latency) {
		all = append(all, fmt.Sprintf("ended after %v, %.3f times the least, %v", took, float64(took)/float64(least), least))
	}
	fewest := 3*calls(len(g.takes)) + folders
	requests := 2*calls(len(g.takes)) + folders + overhead + g.looks
	if float64(requests) > promisedRequests*float64(fewest)+promisedSamples {
		all = append(all, fmt.Sprintf("%d requests, where %d are the fewest", requests, fewest))
	}
	return all
}

func (g *game) String() string {
	return fmt.Sprintf("%s, %d files, %d at once, submitted every %v, %v away", g.name, len(g.takes), g.atOnce, g.every, g.latency)
}

// opened are n open jobs.
func opened(n int) []*item {
	items := make([]*item, n)
	for i := range items {
		items[i] = &item{open: true}
	}
	return items
}

// shape is a way in which the times that jobs take are spread.
type shape func(*rand.Rand) time.Duration

func seconds(s float64) time.Duration { return time.Duration(min(s, 3600) * float64(time.Second)) }

func uniform(from, to float64) shape {
	return func(r *rand.Rand) time.Duration { return seconds(from + (to-from)*r.Float64()) }
}

func logNormal(median, sigma float64) shape {
	return func(r *rand.Rand) time.Duration { return seconds(median * math.Exp(sigma*r.NormFloat64())) }
}

func exponential(mean float64) shape {
	return func(r *rand.Rand) time.Duration { return seconds(mean * r.ExpFloat64()) }
}

// longTail is mostly the shortest, and seldom nearly the longest.
func longTail(from, to float64) shape {
	return func(r *rand.Rand) time.Duration { return seconds(from * math.Pow(to/from, math.Pow(r.Float64(), 3))) }
}

func mixed(share float64, a, b shape) shape {
	return func(r *rand.Rand) time.Duration {
		if r.Float64() < share {
			return a(r)
		}
		return b(r)
	}
}

// anyShape is one of all sorts of shapes.
func anyShape(r *rand.Rand) (name string, s shape) {
	scale := math.Exp(r.Float64() * math.Log(3600))
	spread := r.Float64()
	switch r.IntN(6) {
	case 0:
		return fmt.Sprintf("constant %.1f s", scale), uniform(scale, scale)
	case 1:
		return fmt.Sprintf("uniform %.1f-%.1f s", scale*spread, scale), uniform(scale*spread, scale)
	case 2:
		return fmt.Sprintf("log-normal %.1f s, %.2f", scale, 2.5*spread), logNormal(scale, 2.5*spread)
	case 3:
		return fmt.Sprintf("exponential %.1f s", scale), exponential(scale)
	case 4:
		return fmt.Sprintf("long tail %.1f-%.1f s", scale*spread/10, scale), longTail(scale*spread/10, scale)
	}
	one, a := anyShape(r)
	other, b := anyShape(r)
	return fmt.Sprintf("%.2f of %s, else %s", spread, one, other), mixed(spread, a, b)
}

// anyGame is a run of any size, whose jobs take times of any shape.
func anyGame(r *rand.Rand) *game {
	name, s := anyShape(r)
	g := &game{name: name, latency: time.Duration(5+r.IntN(100)) * time.Millisecond}
	n := int(math.Exp(r.Float64() * math.Log(10_000)))
	for range n {
		g.takes = append(g.takes, s(r))
	}
	if r.IntN(3) == 0 { // the biggest files come first
		slices.SortFunc(g.takes, func(a, b time.Duration) int { return int(b - a) })
		g.name += ", in order"
	}
	if r.IntN(3) == 0 {
		g.every = time.Duration(r.Float64() * float64(15*time.Minute) / float64(calls(n)))
	}
	if total := sum(g.takes); r.IntN(4) == 0 {
		g.atOnce = 1 + int(total/(30*time.Minute)) + r.IntN(200)
	}
	return g
}

func sum(all []time.Duration) (total time.Duration) {
	for _, d := range all {
		total += d
	}
	return total
}

// However long jobs take and however they are submitted, the promise is kept.
func TestPolicyKeepsThePromise(t *testing.T) {
	const games = 120
	for seed := range uint64(games) {
		g := anyGame(rand.New(rand.NewPCG(seed, 7)))
		g.play()
		for _, miss := range g.misses() {
			t.Errorf("seed %d: %v: %s", seed, g, miss)
		}
	}
}

// Small files that end at once take few looks before they do.
func TestPolicyWithShortJobs(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 7))
		g := &game{latency: time.Duration(2+r.IntN(100)) * time.Millisecond}
		for range 1000 {
			g.takes = append(g.takes, uniform(2, 8)(r))
		}
		g.play()
		// One page of the root and two of folders, ten submissions.
		if requests := 12 + overhead + 10 + g.looks; requests > 45 || len(g.misses()) > 0 {
			t.Errorf("seed %d: %d requests %v away; %v", seed, requests, g.latency, g.misses())
		}
	}
}

// No job is looked at twice within the least time, nor later than the most, and
// none is lost.
func TestLooksKeepTheirDistance(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		g := anyGame(r)
		g.takes = g.takes[:min(len(g.takes), 1000)]
		o := &g.options
		o.PollMin = time.Duration((0.1 + r.Float64()) * float64(10*time.Second))
		o.PollMax = o.PollMin
		if r.IntN(3) > 0 {
			o.PollMax += time.Duration(r.Float64() * float64(20*time.Minute))
		}
		// The round before may last, and no job of it is looked at again at once.
		most := o.PollMax + o.PollMin + time.Duration(2+calls(len(g.takes))/looksAtOnce)*2*g.latency
		looked := make(map[*item]time.Time, len(g.takes))
		g.ask = func(it *item, now time.Time) {
			if !it.open {
				t.Fatalf("seed %d: a job is looked at after its end", seed)
			}
			before, again := looked[it]
			if !again {
				before = g.submitted[it]
			}
			if apart := now.Sub(before); again && apart < o.PollMin || apart > most {
				t.Fatalf("seed %d: %v: looks at a job are %v apart, want %v to %v", seed, g, apart, o.PollMin, o.PollMax)
			}
			looked[it] = now
		}
		g.play()
		if len(looked) != len(g.takes) || g.seen.Before(g.last) {
			t.Errorf("seed %d: %d of %d jobs were looked at", seed, len(looked), len(g.takes))
		}
	}
}

// A sample takes one job of each stretch of those that are open, so that no
// submission is left out.
func TestSampleIsMixed(t *testing.T) {
	p, now := newPacer(Options{}.withDefaults()), time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)
	from, odd := map[*item]int{}, map[*item]bool{}
	for i := range 20 {
		jobs := opened(platform.MaxBulk)
		for k, it := range jobs {
			from[it], odd[it] = i, k%2 == 1
		}
		p.add(jobs, now, false)
	}
	of, odds := map[int]int{}, 0
	for _, it := range p.take(now.Add(time.Minute))[0] {
		of[from[it]]++
		if odd[it] {
			odds++
		}
	}
	if odds < 30 || odds > 70 {
		t.Errorf("of each second job the sample holds %d, as if it kept step", odds)
	}
	for i := range 20 {
		if of[i] != 5 {
			t.Errorf("the sample holds %d jobs of submission %d, want 5", of[i], i)
		}
	}
}

// Where most of one part of a sample have ended, that part is swept over, in full
// calls, and the others are not.
func TestSweepIsOverWhatHasEnded(t *testing.T) {
	p, now := newPacer(Options{}.withDefaults()), time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)
	jobs := opened(2000)
	p.add(jobs, now, false)
	order := map[*item]int{}
	for i, it := range jobs {
		order[it] = i
	}
	now = now.Add(time.Minute)
	for _, it := range p.take(now)[0] {
		if i := order[it]; i >= 800 && i < 1200 {
			it.open = false
		}
	}
	p.looked(now)
	if at, _ := p.next(); at.After(now) {
		t.Fatalf("the sweep is due %v after the sample", at.Sub(now))
	}
	sweep := p.take(now)
	if len(sweep) != 3 { // of 400 without the 20 of the sample
		t.Errorf("the sweep is %d calls, want 3 full ones", len(sweep))
	}
	for _, it := range slices.Concat(sweep...) {
		if i := order[it]; i < 800 || i >= 1200 || !it.open {
			t.Fatalf("job %d is swept over", i)
		}
	}
}
