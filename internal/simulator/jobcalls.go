package simulator

import (
	"slices"
	"sort"
	"strings"
)

// getExport answers GET /storage/exports/{id}.
func (c *call) getExport() (*answer, *failure) {
	j, refusal := c.ownJob(c.args[0])
	if refusal != nil {
		return nil, refusal
	}
	fields := choose(c, exportFields, false)
	return ok(appendObject(nil, fields, exportView{c: c, j: j})), nil
}

// ownJob finds a job of the calling user.
func (c *call) ownJob(id string) (*job, *failure) {
	j := c.s.jobByID[id]
	switch {
	case j == nil:
		return nil, refuse(9008)
	case j.user != c.user:
		return nil, refuse(9005)
	}
	return j, nil
}

// bulkExports answers POST /bulk/storage/exports/get.
func (c *call) bulkExports() (*answer, *failure) {
	return c.bulkByID("export_ids", func(id string) ([]byte, *failure) {
		j, refusal := c.ownJob(id)
		if refusal != nil {
			return nil, refusal
		}
		return appendObject(nil, exportFields, exportView{c: c, j: j}), nil
	})
}

// listExports answers GET /storage/exports with jobs of the calling user.
func (c *call) listExports() (*answer, *failure) {
	p, refusal := c.span()
	if refusal != nil {
		return nil, refusal
	}
	fields := choose(c, exportFields, true)
	jobs, refusal := c.selectedJobs()
	if refusal != nil {
		return nil, refusal
	}
	from, to := p.window(len(jobs))
	views := make([]exportView, 0, to-from)
	for i := from; i < to; i++ {
		j := jobs[i]
		if !c.s.seed.quirks.jobsOldestFirst {
			j = jobs[len(jobs)-1-i]
		}
		views = append(views, exportView{c: c, j: j})
	}
	return writeList(c, listing[exportView]{p, len(jobs), fields, views}), nil
}

// selectedJobs are the jobs that the filters of a list call select, the oldest
// first. Without a state there is nothing to search through, and open jobs are
// kept apart, so that pages of a long list stay cheap.
func (c *call) selectedJobs() ([]*job, *failure) {
	s := c.s
	var v *volume
	if id := c.param("volume"); id != "" {
		if v = s.volumeByID[id]; v == nil {
			return nil, refuse(9007)
		}
	}
	jobs := s.byVolume[userVolume{c.user, v}]
	if lag := s.seed.behavior.listLag; lag > 0 {
		cut := c.now.Add(-lag)
		jobs = jobs[:sort.Search(len(jobs), func(i int) bool { return jobs[i].created.After(cut) })]
	}
	states, refusal := c.states()
	if refusal != nil || states == nil {
		return jobs, refusal
	}
	if !slices.Contains(states, stateCompleted) && !slices.Contains(states, stateFailed) {
		last := -1
		if len(jobs) > 0 {
			last = jobs[len(jobs)-1].number
		}
		jobs = s.open[:sort.Search(len(s.open), func(i int) bool { return s.open[i].number > last })]
	}
	var selected []*job
	for _, j := range jobs {
		if j.user == c.user && (v == nil || j.volume == v) && slices.Contains(states, j.state(c.now)) {
			selected = append(selected, j)
		}
	}
	return selected, nil
}

// states are the states that a list call asks for; nil for all.
func (c *call) states() ([]string, *failure) {
	var states []string
	for _, value := range c.query["state"] {
		state := strings.ToUpper(value)
		if !slices.Contains([]string{statePending, stateRunning, stateCompleted, stateFailed}, state) {
			return nil, refusef(90000, "Bad request: unknown state %q.", value)
		}
		states = append(states, state)
	}
	return states, nil
}
