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
// long ago is time wasted. So it first looks at samples, one call's worth of jobs
// that were not looked at yet, at times that grow by a factor, until it has
// learned how long jobs take. Then it sweeps over the rest in full calls when most
// of them are likely to have ended, and looks out for the end of the last ones
// when it is likely that all have. How much it may waste is an allowance, in
// calls: the more is left of it, the closer together the looks.
type pacer struct {
	total    int // jobs that there will be
	min, max time.Duration

	taken     survival
	curve     curve
	tail      tail
	known     time.Duration // the greatest age at which a job was looked at
	dither    float64       // from 0 to 1
	allowance float64

	awaited bool // whether something is to be submitted when a job has ended

	groups []*group // in order of submission; none is empty
	open   int
	mark   time.Time // when to look next even if nothing is likely to have ended
}

// group is jobs that were submitted at about one time and are looked at together.
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
	// rounding is how many calls of the allowance are for calls that are not full.
	rounding = 1.5
	// Jobs are swept over when so large a share of them is likely to have ended
	// that those that are open cost one part in sweepPart of what is left of the
	// allowance, within bounds; and when they were found open before, when it is
	// less by lesser.
	sweepPart, leastLikely, mostLikely, lesser = 25, 0.8, 0.98, 0.04
	// surely is by how much the age at which jobs are due may exceed that of all
	// that were looked at, for them to be swept over.
	surely = 1.03
	// overdueBy is the share of their age by which jobs may be due before they
	// are looked at, in a call that is not full.
	overdueBy = 0.1
	// sampled is the share of their age by which jobs of a sample may differ.
	sampled = 0.1
)

func newPacer(total int, o Options) *pacer {
	p := &pacer{total: total, min: o.PollMin, max: o.PollMax}
	listed := calls(total)
	if o.Spent > overhead {
		listed = o.Spent - overhead
	}
	fewest := listed + 2*calls(total)
	p.allowance = wasteShare*float64(fewest) - overhead - rounding
	// What a small run may waste shrinks evenly to what one that is not small may.
	p.allowance = max(p.allowance, 90-81*float64(min(total, smallRun))/smallRun)
	return p
}

// add takes in jobs that were submitted together.
func (p *pacer) add(jobs []*item, now time.Time) {
	if p.open == 0 {
		p.mark = now.Add(p.first())
	}
	p.open += len(jobs)
	p.groups = append(p.groups, &group{submitted: now, jobs: slices.Clone(jobs)})
}

// likely is the chance of having ended from which a job is worth a look.
func (p *pacer) likely() float64 {
	return min(max(1-p.left()/sweepPart/float64(calls(p.open)), leastLikely), mostLikely)
}

// age is how old a group was when it was looked at last; 0 when it never was.
func (g *group) age() time.Duration {
	if g.looked.IsZero() {
		return 0
	}
	return g.looked.Sub(g.submitted)
}

// due is when a group has ended with a chance. One that was found open is likelier
// to be open than others of its age, but also smaller.
func (p *pacer) due(g *group, likely float64) time.Time {
	if g.looked.IsZero() {
		return g.submitted.Add(p.curve.when(0, likely))
	}
	at := g.submitted.Add(p.curve.when(g.age(), likely-lesser))
	if again := g.looked.Add(p.min / 4); at.Before(again) {
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

// nextDue is when enough jobs for a full call are likely to have ended, or fewer
// for so long that it is worth a call when others wait for their end.
func (p *pacer) nextDue() (time.Time, bool) {
	if p.curve == nil {
		return time.Time{}, false
	}
	type dueAt struct {
		at   time.Time
		jobs int
	}
	likely := p.likely()
	var overdue time.Time
	dues := make([]dueAt, 0, len(p.groups))
	for _, g := range p.groups {
		at := p.due(g, likely)
		if at.Sub(g.submitted) >= bound(buckets-1) {
			continue // it is older than anything can be foreseen for
		}
		dues = append(dues, dueAt{at, len(g.jobs)})
		if late := at.Add(part(at.Sub(g.submitted), overdueBy)); overdue.IsZero() || late.Before(overdue) {
			overdue = late
		}
	}
	slices.SortFunc(dues, func(a, b dueAt) int { return a.at.Compare(b.at) })
	jobs := 0
	for _, d := range dues {
		if jobs += d.jobs; jobs >= min(platform.MaxBulk, p.open) {
			if p.awaited && overdue.Before(d.at) {
				return overdue, true
			}
			return d.at, true
		}
	}
	return time.Time{}, false
}

// take returns the jobs to look at now, in calls.
func (p *pacer) take(now time.Time) [][]*item {
	if at, worthIt := p.nextDue(); worthIt && !now.Before(at) {
		likely := p.likely()
		var due, known []*group
		for _, g := range p.groups {
			if now.Before(p.due(g, likely)) {
				continue
			}
			due = append(due, g)
			if p.curve.when(g.age(), likely) <= part(p.known, surely) {
				known = append(known, g)
			}
		}
		if len(known) > 0 {
			return p.calls(known, now)
		}
		// No job was looked at yet at the age at which these are due: some of them
		// show whether it is true.
		return p.sample(due, now)
	}
	if now.Before(p.mark) {
		return nil
	}
	if p.open <= platform.MaxBulk ||
		p.curve != nil && float64(calls(p.open))-p.ended(now)/platform.MaxBulk <= max(1, p.left()/12) {
		return p.calls(slices.Clone(p.groups), now)
	}
	return p.sample(p.groups, now)
}

// fresh are the groups that a sample is drawn from first, and how many jobs they
// hold: those that were not looked at yet and were submitted at about one time.
// The groups to choose among are in order of submission.
func fresh(among []*group, now time.Time) (groups []*group, jobs int) {
	for _, g := range among {
		if !g.looked.IsZero() {
			continue
		}
		if len(groups) > 0 && g.submitted.Sub(groups[0].submitted) > part(now.Sub(groups[0].submitted), sampled) {
			break
		}
		groups = append(groups, g)
		jobs += len(g.jobs)
	}
	return groups, jobs
}

// sample returns a call's worth of the groups' jobs: some of each fresh group, as
// jobs that were submitted together may be alike, and for want of those the ones
// that were not looked at for the longest time.
func (p *pacer) sample(among []*group, now time.Time) [][]*item {
	drawn := &group{looked: now}
	groups, left := fresh(among, now)
	want := min(platform.MaxBulk, left)
	for _, g := range groups {
		n := (len(g.jobs)*want + left - 1) / left
		left -= len(g.jobs)
		want -= n
		drawn.submitted = g.submitted
		var rest []*item
		for i, job := range g.jobs {
			// Every so many-th job, so that the sample is as mixed as the group.
			if i*n/len(g.jobs) != (i+1)*n/len(g.jobs) {
				drawn.jobs = append(drawn.jobs, job)
			} else {
				rest = append(rest, job)
			}
		}
		g.jobs = rest
	}
	jobs := slices.Clone(drawn.jobs)
	looked := slices.Clone(among)
	slices.SortStableFunc(looked, func(a, b *group) int { return a.looked.Compare(b.looked) })
	for _, g := range looked {
		if len(jobs) == platform.MaxBulk {
			break
		}
		p.split(g, platform.MaxBulk-len(jobs))
		g.looked = now
		jobs = append(jobs, g.jobs...)
	}
	p.groups = append(p.groups, drawn)
	p.groups = slices.DeleteFunc(p.groups, func(g *group) bool { return len(g.jobs) == 0 })
	slices.SortStableFunc(p.groups, func(a, b *group) int { return a.submitted.Compare(b.submitted) })
	return [][]*item{jobs}
}

// sampleCost is what a sample is likely to cost of the allowance at a time: the
// share of its call that does not carry a job that has ended.
func (p *pacer) sampleCost(now, at time.Time) float64 {
	groups, unseen := fresh(p.groups, now)
	jobs := min(p.open, platform.MaxBulk)
	unseen = min(unseen, jobs)
	ended := 0.0
	if unseen > 0 {
		ended = float64(unseen) * p.curve.done(0, at.Sub(groups[0].submitted))
	}
	if jobs > unseen {
		looked, gone := 0.0, 0.0
		for _, g := range p.groups {
			if !g.looked.IsZero() {
				looked += float64(len(g.jobs))
				gone += float64(len(g.jobs)) * p.curve.done(g.age(), at.Sub(g.submitted))
			}
		}
		ended += float64(jobs-unseen) * gone / max(looked, 1)
	}
	return 1 - ended/platform.MaxBulk
}

// ended is how many of the open jobs are likely to have ended by a time.
func (p *pacer) ended(at time.Time) float64 {
	ended := 0.0
	for _, g := range p.groups {
		ended += float64(len(g.jobs)) * p.curve.done(g.age(), at.Sub(g.submitted))
	}
	return ended
}

// calls cuts the chosen groups' jobs into full calls; only when all are chosen
// may the last one be smaller.
func (p *pacer) calls(chosen []*group, now time.Time) [][]*item {
	n := 0
	for _, g := range chosen {
		n += len(g.jobs)
	}
	if n < p.open && n > platform.MaxBulk {
		n -= n % platform.MaxBulk
	}
	var jobs []*item
	for _, g := range chosen {
		if n == 0 {
			break
		}
		p.split(g, n)
		g.looked = now
		jobs = append(jobs, g.jobs...)
		n -= len(g.jobs)
	}
	return slices.Collect(slices.Chunk(jobs, platform.MaxBulk))
}

// split leaves at most so many jobs in a group and makes a new one of the others.
func (p *pacer) split(g *group, most int) {
	if len(g.jobs) <= most {
		return
	}
	rest := *g
	rest.jobs = g.jobs[most:]
	g.jobs = g.jobs[:most:most]
	p.groups = slices.Insert(p.groups, slices.Index(p.groups, g)+1, &rest)
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
	for _, g := range p.groups {
		g.jobs = slices.DeleteFunc(g.jobs, func(it *item) bool { return it.phase != phaseOpen })
		p.open += len(g.jobs)
		if len(g.jobs) > 0 {
			live = append(live, g)
		}
	}
	p.groups = live
	p.curve, p.tail = p.taken.estimate()
	if p.open > 0 {
		p.mark = now.Add(p.pause(now))
	}
}

// saw takes in what a look at one job showed: whether it has ended, and if so
// when, on this clock, as far as the platform has told (zero when it has not).
func (p *pacer) saw(it *item, now time.Time, ended bool, finish time.Time) {
	age := now.Sub(it.submitted)
	p.known = max(p.known, age)
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
