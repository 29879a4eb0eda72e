package executor

import (
	"cmp"
	"math"
	"slices"
	"time"

	"sbexport/internal/platform"
)

// pacer decides when to look at which open jobs. It is pure policy: it is told
// the time, what was submitted and what looks showed, and it neither waits nor
// asks.
//
// A look at a job that is still open is a request wasted, and a job that ended
// long ago is time wasted. So it first looks at a panel, one call's worth of
// jobs drawn evenly from all that was submitted, at times that grow by a factor,
// until it has learned how long jobs take; then it sweeps over the rest in full
// calls when most of them are likely to have ended, and looks out for the end of
// the last ones when it is likely that all have. How much it may waste is an
// allowance, in calls: the more is left of it, the closer together the looks.
type pacer struct {
	total    int // jobs that there will be
	min, max time.Duration

	taken     survival
	curve     curve
	dither    float64 // from 0 to 1
	allowance float64

	panel  *group
	newest time.Time // the latest submission of a job of the panel
	groups []*group  // the others, in order of submission
	open   int
	mark   time.Time // when to look next even if nothing is likely to have ended
}

// group is jobs that were submitted at one time and are looked at together.
type group struct {
	submitted time.Time
	looked    time.Time // zero when never
	jobs      []*item
}

const (
	// wasteShare is how much of the requests that a run needs at the least
	// may be wasted on looks at open jobs: each file takes a share of three
	// calls, of its listing, its submission and its last look.
	wasteShare = 0.25
	// overhead is what a run needs beside those: the project, the volume, the
	// open jobs.
	overhead = 3
	// smallRun is the number of jobs below which a run may be wasteful, as
	// requests are plentiful then and people are watching.
	smallRun = 2000
	// smallAllowance is what a small run may always waste.
	smallAllowance = 12
	// Jobs are swept over when this share of them is likely to have ended, the
	// smaller the more may be wasted on the others.
	leastLikely, mostLikely = 0.8, 0.95
)

func newPacer(total int, o Options) *pacer {
	p := &pacer{total: total, min: o.PollMin, max: o.PollMax, panel: &group{}}
	listed := calls(total)
	if o.Spent > overhead {
		listed = o.Spent - overhead
	}
	fewest := listed + 2*calls(total)
	// Three calls are for rounding. What a small run may waste shrinks evenly to
	// what one that is not small may.
	p.allowance = wasteShare*float64(fewest) - overhead - 3
	p.allowance = max(p.allowance, 90-81*float64(min(total, smallRun))/smallRun)
	return p
}

// add takes in jobs that were submitted together. Some of them go to the panel.
func (p *pacer) add(jobs []*item, now time.Time) {
	p.open += len(jobs)
	if p.panel.submitted.IsZero() {
		p.panel.submitted = now
		p.mark = now.Add(p.first())
	}
	share := max(1, (len(jobs)*platform.MaxBulk+p.total-1)/max(1, p.total))
	share = min(share, len(jobs), platform.MaxBulk-len(p.panel.jobs))
	g := &group{submitted: now}
	for i, job := range jobs {
		// Every so many-th job, so that the panel is as mixed as the batch.
		if share > 0 && i*share/len(jobs) != (i+1)*share/len(jobs) {
			p.panel.jobs = append(p.panel.jobs, job)
		} else {
			g.jobs = append(g.jobs, job)
		}
	}
	if len(g.jobs) < len(jobs) {
		p.newest = now
	}
	if len(g.jobs) > 0 {
		p.groups = append(p.groups, g)
	}
}

// all yields the groups, the panel first.
func (p *pacer) all() []*group { return append([]*group{p.panel}, p.groups...) }

// likely is the chance of having ended from which a job is worth a look.
func (p *pacer) likely() float64 {
	return min(max(1-p.left()/5/float64(calls(p.open)), leastLikely), mostLikely)
}

// age is how old a group was when it was looked at last; 0 when it never was.
func (g *group) age() time.Duration {
	if g.looked.IsZero() {
		return 0
	}
	return g.looked.Sub(g.submitted)
}

// due is when a group has ended with a chance.
func (p *pacer) due(g *group, likely float64) time.Time {
	at := g.submitted.Add(p.curve.when(g.age(), likely))
	if again := g.looked.Add(p.min / 4); !g.looked.IsZero() && at.Before(again) {
		return again
	}
	return at
}

// next is when take has something to look at; it is false when no job is open.
func (p *pacer) next() (time.Time, bool) {
	if p.open == 0 {
		return time.Time{}, false
	}
	at, worthIt := p.nextDue()
	if worthIt && at.Before(p.mark) {
		return at, true
	}
	return p.mark, true
}

// nextDue is when enough jobs for a full call are likely to have ended. The
// last ones of a run are not waited for so.
func (p *pacer) nextDue() (time.Time, bool) {
	if p.curve == nil || p.closing() {
		return time.Time{}, false
	}
	type dueAt struct {
		at   time.Time
		jobs int
	}
	likely := p.likely()
	dues := make([]dueAt, 0, len(p.groups)+1)
	for _, g := range p.all() {
		if len(g.jobs) > 0 {
			dues = append(dues, dueAt{p.due(g, likely), len(g.jobs)})
		}
	}
	slices.SortFunc(dues, func(a, b dueAt) int { return a.at.Compare(b.at) })
	jobs := 0
	for _, d := range dues {
		if jobs += d.jobs; jobs >= min(platform.MaxBulk, p.open) {
			return d.at, true
		}
	}
	return time.Time{}, false
}

// take returns the jobs to look at now, in calls.
func (p *pacer) take(now time.Time) [][]*item {
	if at, worthIt := p.nextDue(); worthIt && !now.Before(at) {
		likely := p.likely()
		return p.calls(now, func(g *group) bool { return !now.Before(p.due(g, likely)) })
	}
	if now.Before(p.mark) {
		return nil
	}
	if p.closing() || float64(calls(p.open))-p.ended(now)/platform.MaxBulk <= max(1, p.left()/12) {
		return p.calls(now, func(*group) bool { return true })
	}
	p.fill(now)
	return p.calls(now, func(g *group) bool { return g == p.panel || g.looked.Equal(now) })
}

// closing reports whether so few jobs are open that all can be looked at each
// time.
func (p *pacer) closing() bool {
	return p.curve != nil && float64(calls(p.open)) <= max(2, p.left()/4)
}

// fill marks jobs beside the panel to be looked at, so that the call is full:
// those that were submitted first.
func (p *pacer) fill(now time.Time) {
	room := platform.MaxBulk - len(p.panel.jobs)
	for i, g := range p.groups {
		if room == 0 {
			return
		}
		if len(g.jobs) > room {
			rest := *g
			rest.jobs = g.jobs[room:]
			g.jobs = g.jobs[:room:room]
			p.groups = slices.Insert(p.groups, i+1, &rest)
		}
		g.looked = now
		room -= len(g.jobs)
	}
}

// ended is how many of the open jobs are likely to have ended by a time.
func (p *pacer) ended(at time.Time) float64 {
	ended := 0.0
	for _, g := range p.all() {
		ended += float64(len(g.jobs)) * p.curve.done(g.age(), at.Sub(g.submitted))
	}
	return ended
}

// calls cuts the chosen groups' jobs into calls.
func (p *pacer) calls(now time.Time, choose func(*group) bool) [][]*item {
	var jobs []*item
	for _, g := range p.all() {
		if len(g.jobs) > 0 && choose(g) {
			g.looked = now
			jobs = append(jobs, g.jobs...)
		}
	}
	return slices.Collect(slices.Chunk(jobs, platform.MaxBulk))
}

// looked takes in that a round of looks is over: how many calls it took and how
// many jobs it found ended. The ended ones are dropped.
func (p *pacer) looked(now time.Time, calls, ended int) {
	p.allowance += float64(ended)/platform.MaxBulk - float64(calls)
	if p.total < smallRun {
		p.allowance = max(p.allowance, smallAllowance)
	}
	p.open = 0
	live := p.groups[:0]
	for _, g := range p.all() {
		g.jobs = slices.DeleteFunc(g.jobs, func(it *item) bool { return it.phase != phaseOpen })
		p.open += len(g.jobs)
		if g != p.panel && len(g.jobs) > 0 {
			live = append(live, g)
		}
	}
	p.groups = live
	p.curve = p.taken.curve()
	p.mark = now.Add(p.pause(now))
}

// saw takes in what a look at one job showed: whether it has ended, and if so
// when, on this clock, as far as the platform has told (zero when it has not).
func (p *pacer) saw(it *item, now time.Time, ended bool, finish time.Time) {
	age := now.Sub(it.submitted)
	if !ended {
		p.taken.sawOpen(it.seen, age)
		it.seen = age
		return
	}
	// The end lies between two looks; the platform's word narrows that down to a
	// second, unless its clock and ours contradict each other.
	from, to := it.seen, age
	if !finish.IsZero() {
		told := finish.Sub(it.submitted)
		if lower, upper := max(from, told), min(to, told+time.Second); lower < upper {
			from, to = lower, upper
		}
	}
	// Spread evenly over that time, many jobs show how they truly ended; put all
	// at one time of it, they would seem to have ended in steps.
	_, p.dither = math.Modf(p.dither + math.Phi)
	p.taken.sawEnded(it.seen, from+time.Duration(p.dither*float64(to-from)))
}

// calls is how many bulk calls so many items take.
func calls(items int) int { return (items + platform.MaxBulk - 1) / platform.MaxBulk }

// bySize orders items with the biggest files first, which shortens a run whose
// jobs take the longer the bigger their files are.
func bySize(a, b *item) int { return cmp.Compare(b.action.Size, a.action.Size) }
