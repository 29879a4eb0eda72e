package executor

import (
	"cmp"
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
// until it has learned how long jobs take; then it looks at the rest in full
// calls when most of them are likely to have ended. How much it may waste is an
// allowance, in calls: the more is left of it, the closer together the looks.
type pacer struct {
	total    int // jobs that there will be
	min, max time.Duration

	taken     survival
	curve     curve
	allowance float64

	panel  *group
	groups []*group // the others, in order of submission
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
	// likely is the chance of having ended from which a job is worth a look.
	likely = 0.93
	// latestFirst is the most of the least pauses that a run waits before its
	// first look; the bigger the run, the more a wasted look counts.
	latestFirst = 2
	// Above thrift the allowance is spent freely, on looks a tenth of the time
	// gone apart; what is left then is for the run's last jobs, whose end is the
	// run's end. Above lastWords even they are looked at freely.
	thrift, lastWords = 9, 5
	// The pauses between looks that may be wasted, as shares of the time gone:
	// while nothing is known of how long jobs take; the same without allowance;
	// when the end is foreseen and will be looked for in time; and for the last
	// jobs, with and without allowance.
	blind, blindThrifty, foreseen, closing, closingThrifty = 0.13, 1.0, 0.3, 0.1, 0.2
	// wasteShare is how much of the requests that a run needs at the least
	// may be wasted on looks at open jobs. A file takes at least a share of
	// three calls: of its listing, its submission and its last look.
	wasteShare = 0.25
	// overhead is what a run needs beside those: the project, the volume, the
	// open jobs.
	overhead = 3
)

func newPacer(total int, o Options) *pacer {
	p := &pacer{total: total, min: o.PollMin, max: o.PollMax, panel: &group{}}
	p.allowance = max(wasteShare*3*float64(total)/platform.MaxBulk-overhead, small(total))
	return p
}

// small is the least allowance: small runs may be wasteful, as requests are
// plentiful then and people are watching.
func small(total int) float64 { return max(12, 60-48*float64(total)/2000) }

// add takes in jobs that were submitted together. Some of them go to the panel.
func (p *pacer) add(jobs []*item, now time.Time) {
	p.open += len(jobs)
	if p.panel.submitted.IsZero() {
		p.panel.submitted = now
		p.mark = now.Add(time.Duration(float64(p.min) * min(max(float64(p.total)/1000, 0.5), latestFirst)))
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
	if len(g.jobs) > 0 {
		p.groups = append(p.groups, g)
	}
}

// all yields the groups, the panel first.
func (p *pacer) all() []*group { return append([]*group{p.panel}, p.groups...) }

// due is when a group is likely to have ended.
func (p *pacer) due(g *group) time.Time {
	seen := time.Duration(0)
	if !g.looked.IsZero() {
		seen = g.looked.Sub(g.submitted)
	}
	at := g.submitted.Add(p.curve.when(seen, likely))
	if again := g.looked.Add(p.min); !g.looked.IsZero() && at.Before(again) {
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

// nextDue is when enough jobs for a full call, or all, are likely to have ended.
func (p *pacer) nextDue() (time.Time, bool) {
	if p.curve == nil {
		return time.Time{}, false
	}
	type dueAt struct {
		at   time.Time
		jobs int
	}
	dues := make([]dueAt, 0, len(p.groups)+1)
	for _, g := range p.all() {
		if len(g.jobs) > 0 {
			dues = append(dues, dueAt{p.due(g), len(g.jobs)})
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
		return p.calls(now, func(g *group) bool { return !now.Before(p.due(g)) })
	}
	if now.Before(p.mark) {
		return nil
	}
	if p.wasteOfAll(now) <= max(1, p.allowance/6) {
		return p.calls(now, func(*group) bool { return true })
	}
	if len(p.panel.jobs) == 0 {
		// The panel has ended and the others are not likely to have: look at
		// those that have waited longest.
		p.promote()
	}
	return p.calls(now, func(g *group) bool { return g == p.panel })
}

// promote makes the oldest group the panel.
func (p *pacer) promote() {
	if len(p.groups) > 0 {
		p.panel, p.groups = p.groups[0], p.groups[1:]
	}
}

// wasteOfAll is how many calls a look at everything would waste.
func (p *pacer) wasteOfAll(now time.Time) float64 {
	ended := 0.0
	for _, g := range p.all() {
		seen := time.Duration(0)
		if !g.looked.IsZero() {
			seen = g.looked.Sub(g.submitted)
		}
		ended += float64(len(g.jobs)) * p.curve.done(seen, now.Sub(g.submitted))
	}
	return float64(calls(p.open)) - ended/platform.MaxBulk
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
	p.allowance = max(p.floor(), p.allowance-float64(calls)+float64(ended)/platform.MaxBulk)
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

// floor is what the allowance never falls below.
func (p *pacer) floor() float64 {
	if p.total < 2000 {
		return 12
	}
	return 1.5
}

// pause is how long to wait for the next look when nothing is likely to have
// ended: in proportion to how long the oldest open job has taken already, so
// that an end is noticed late by a small share of the run at the most.
func (p *pacer) pause(now time.Time) time.Duration {
	oldest := now
	for _, g := range p.all() {
		if len(g.jobs) > 0 && g.submitted.Before(oldest) {
			oldest = g.submitted
		}
	}
	share := p.share()
	return min(max(time.Duration(share*float64(now.Sub(oldest))), p.min/4), p.max)
}

// share is the pause as a share of the time gone.
func (p *pacer) share() float64 {
	plenty := p.allowance > thrift
	switch {
	case p.curve != nil && float64(calls(p.open)) <= max(1, p.allowance/4):
		if p.allowance > lastWords {
			return closing
		}
		return closingThrifty
	case p.curve != nil && plenty:
		return foreseen
	case plenty:
		return blind
	}
	return blindThrifty
}

// saw takes in what a look at one job showed: whether it has ended, and if so
// how long it took as far as the platform's own times tell (0 when they do not).
func (p *pacer) saw(it *item, now time.Time, ended bool, took time.Duration) {
	age := now.Sub(it.submitted)
	if !ended {
		p.taken.sawOpen(it.seen, age)
		it.seen = age
		return
	}
	// The platform's clock counts whole seconds and is not ours: its word is
	// taken only between the two looks that enclose the end.
	if took <= it.seen || took > age {
		took = (it.seen + age) / 2
	}
	p.taken.sawEnded(it.seen, took)
}

// calls is how many bulk calls so many items take.
func calls(items int) int { return (items + platform.MaxBulk - 1) / platform.MaxBulk }

// bySize orders items with the biggest files first, which shortens a run whose
// jobs take the longer the bigger their files are.
func bySize(a, b *item) int { return cmp.Compare(b.action.Size, a.action.Size) }
