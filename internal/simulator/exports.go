package simulator

import (
	"slices"
	"sort"
	"strings"
)

// jobView is a job as one request sees it.
type jobView struct {
	c *call
	j *job
}

// exportFields are the properties of an export job (vendor pages "Start an
// export job" and "Get details of an export job"). Whether a job is copy-only
// is not among them.
var exportFields = []field[jobView]{
	inBrief(text("href", func(v jobView) string { return v.c.base + "/storage/exports/" + v.j.id })),
	inBrief(text("id", func(v jobView) string { return v.j.id })),
	inBrief(text("state", jobView.state)),
	{name: "source", value: func(v jobView, b []byte) []byte {
		return append(appendString(append(b, `{"file":`...), v.c.s.nodes[v.j.node].id.String()), '}')
	}},
	{name: "destination", value: jobView.onVolume},
	{name: "started_on", value: jobView.started},
	{name: "finished_on", value: jobView.finished},
	{name: "overwrite", value: func(v jobView, b []byte) []byte { return appendBool(b, v.j.overwrite) }},
	{name: "properties", value: jobView.properties},
	{name: "result", value: jobView.result},
	{name: "error", value: jobView.error},
}

// state is the job's state in the letter case of this platform.
func (v jobView) state() string {
	if state := v.j.state(v.c.now); !v.c.s.seed.quirks.lowerCaseStates {
		return state
	}
	return strings.ToLower(v.j.state(v.c.now))
}

// onVolume appends the job's place on the volume.
func (v jobView) onVolume(b []byte) []byte {
	b = appendString(append(b, `{"volume":`...), v.j.volume.seed.id)
	return append(appendString(append(b, `,"location":`...), v.j.location), '}')
}

func (v jobView) finished(b []byte) []byte {
	if v.j.final == "" {
		return b
	}
	return appendTime(b, v.j.end)
}

func (v jobView) error(b []byte) []byte {
	if v.j.failure == nil || v.c.s.seed.quirks.noErrorInFailedJob {
		return b
	}
	return v.j.failure.appendTo(b)
}

func (v jobView) started(b []byte) []byte {
	switch {
	case v.j.state(v.c.now) != statePending:
		return appendTime(b, v.j.start)
	case v.j.bulk:
		return b
	}
	return appendTime(b, v.j.created)
}

// properties appends the job's storage properties with what holds by default.
func (v jobView) properties(b []byte) []byte {
	b = append(b, '{')
	for i, key := range []string{"sse_algorithm", "sse_aws_kms_key_id", "aws_canned_acl", "aws_storage_class"} {
		value, given := v.j.properties[key]
		if key == "aws_storage_class" && !given {
			continue
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, key), ':')
		switch {
		case value != nil:
			b = appendString(b, *value)
		case key == "sse_algorithm" && !given:
			b = append(b, `"AES256"`...)
		default:
			b = append(b, "null"...)
		}
	}
	return append(b, '}')
}

// result appends the file that was exported or made, without its storage.
func (v jobView) result(b []byte) []byte {
	if v.j.final != stateCompleted {
		return b
	}
	node := v.j.node
	if v.j.imports != nil {
		node = v.j.made
	}
	return appendObject(b, resultFields, fileView{v.c, &v.c.s.nodes[node]})
}

// resultFields are what a job tells of its file.
var resultFields = pick(plainFileFields, "href", "id", "name", "size", "project")

// getExport answers GET /storage/exports/{id}.
func (c *call) getExport() (*answer, *failure) {
	v, refusal := c.ownExport(c.args[0])
	return tell(c, exportFields, v, refusal)
}

func (c *call) ownExport(id string) (jobView, *failure) { return c.ownJob(id, false) }

// ownJob finds an export or import job of the calling user.
func (c *call) ownJob(id string, imports bool) (jobView, *failure) {
	j := c.s.jobByID[id]
	switch {
	case j == nil || imports != (j.imports != nil):
		return jobView{}, refuse(9008)
	case j.user != c.user:
		return jobView{}, refuse(9005)
	}
	return jobView{c, j}, nil
}

// bulkExports answers POST /bulk/storage/exports/get.
func (c *call) bulkExports() (*answer, *failure) {
	return tellBulk(c, "export_ids", exportFields, c.ownExport)
}

// listExports answers GET /storage/exports with jobs of the calling user.
func (c *call) listExports() (*answer, *failure) { return c.listJobs(exportFields, false) }

// listImports answers GET /storage/imports with jobs of the calling user.
func (c *call) listImports() (*answer, *failure) { return c.listJobs(importFields, true) }

func (c *call) listJobs(all []field[jobView], imports bool) (*answer, *failure) {
	p, refusal := c.span()
	if refusal != nil {
		return nil, refusal
	}
	fields := choose(c, all, true)
	jobs, refusal := c.selectedJobs(imports)
	if refusal != nil {
		return nil, refusal
	}
	from, to := p.window(len(jobs))
	views := make([]jobView, 0, to-from)
	for i := from; i < to; i++ {
		j := jobs[i]
		if !c.s.seed.quirks.jobsOldestFirst {
			j = jobs[len(jobs)-1-i]
		}
		views = append(views, jobView{c, j})
	}
	return writeList(c, listing[jobView]{p, len(jobs), fields, views}), nil
}

// selectedJobs are the jobs that the filters of a list call select, the oldest
// first. Without a state there is nothing to search through, and open jobs are
// kept apart, so that pages of a long list stay cheap.
func (c *call) selectedJobs(imports bool) ([]*job, *failure) {
	s := c.s
	var v *volume
	if id := c.param("volume"); id != "" {
		if v = s.volumeByID[id]; v == nil {
			return nil, refuse(9007)
		}
	}
	jobs := s.byVolume[userVolume{c.user, v, imports}]
	if lag := s.seed.behavior.listLag; lag > 0 {
		cut := c.now.Add(-lag)
		jobs = jobs[:sort.Search(len(jobs), func(i int) bool { return jobs[i].created.After(cut) })]
	}
	states, refusal := c.states()
	project := c.param("project")
	if refusal != nil || states == nil && (project == "" || !imports) {
		return jobs, refusal
	}
	if states != nil && !slices.Contains(states, stateCompleted) && !slices.Contains(states, stateFailed) {
		last := -1
		if len(jobs) > 0 {
			last = jobs[len(jobs)-1].number
		}
		jobs = s.open[:sort.Search(len(s.open), func(i int) bool { return s.open[i].number > last })]
	}
	var selected []*job
	for _, j := range jobs {
		if j.user == c.user && (j.imports != nil) == imports && (v == nil || j.volume == v) &&
			(states == nil || slices.Contains(states, j.state(c.now))) &&
			(!imports || project == "" || s.projects[s.nodes[j.node].project].seed.id == project) {
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
