package contract

import (
	"net/http"
	"slices"
)

// politePolls is how often a job may be read singly before it is noted; bulk
// reading costs a hundredth.
const politePolls = 3

var noJob = refusal{http.StatusNotFound, 9008, "Requested job does not exist."}

// serveExports lists the caller's jobs. There is no filter but these two.
func serveExports(c *call) {
	list := c.s.jobs.all
	if c.q.Has("volume") {
		list = c.s.jobs.byVolume[c.q.Get("volume")]
		if c.s.c.volumes[c.q.Get("volume")] == nil {
			c.fail(noVolume)
			return
		}
	}
	for _, state := range c.q["state"] {
		if !slices.Contains([]string{"PENDING", "RUNNING", "COMPLETED", "FAILED"}, state) {
			c.refuse("state %q", state)
			return
		}
	}
	n, at := c.s.visible(list, c.now)
	if c.q.Has("state") {
		n, at = c.inStates(n, at)
	}
	c.page(listing{"exports " + c.q.Get("volume"), n, 0, func(i int) obj { return c.export(at(i), false) }, exportShape})
}

func (c *call) inStates(n int, at func(int) *job) (int, func(int) *job) {
	var found []*job
	for i := range n {
		if j := at(i); slices.Contains(c.q["state"], j.state(c.now)) {
			found = append(found, j)
		}
	}
	return len(found), func(i int) *job { return found[i] }
}

func serveExport(c *call) {
	j := c.s.jobs.byID[c.args[0]]
	if j == nil {
		c.fail(noJob)
		return
	}
	if j.polls++; j.polls > politePolls {
		c.note("job %s is polled singly", j.id)
	}
	c.one(c.export(j, false), exportShape)
}

func serveBulkExports(c *call) {
	ids, ok := c.ids("export_ids")
	if !ok {
		return
	}
	c.bulk(ids, func(i int) (obj, refusal) {
		if j := c.s.jobs.byID[ids[i]]; j != nil {
			return c.export(j, false), none
		}
		return nil, noJob
	})
}
