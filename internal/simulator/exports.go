package simulator

import (
	"net/http"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// exportView is a job as one request sees it.
type exportView struct {
	c *call
	j *job
}

// exportFields are the properties of an export job (vendor pages "Start an
// export job" and "Get details of an export job"). Whether a job is copy-only
// is not among them.
var exportFields = []field[exportView]{
	inBrief(text("href", func(v exportView) string { return v.c.base + "/storage/exports/" + v.j.id })),
	inBrief(text("id", func(v exportView) string { return v.j.id })),
	inBrief(text("state", func(v exportView) string { return v.c.spelled(v.j.state(v.c.now)) })),
	{name: "source", value: func(v exportView, b []byte) []byte {
		return append(appendString(append(b, `{"file":`...), v.c.s.nodes[v.j.node].id.String()), '}')
	}},
	{name: "destination", value: func(v exportView, b []byte) []byte {
		b = appendString(append(b, `{"volume":`...), v.j.volume.seed.id)
		return append(appendString(append(b, `,"location":`...), v.j.location), '}')
	}},
	{name: "started_on", value: exportView.started},
	{name: "finished_on", value: func(v exportView, b []byte) []byte {
		if v.j.final == "" {
			return b
		}
		return appendTime(b, v.j.end)
	}},
	{name: "overwrite", value: func(v exportView, b []byte) []byte { return appendBool(b, v.j.overwrite) }},
	{name: "properties", value: exportView.properties},
	{name: "result", value: exportView.result},
	{name: "error", value: func(v exportView, b []byte) []byte {
		if v.j.failure == nil || v.c.s.seed.quirks.noErrorInFailedJob {
			return b
		}
		return v.j.failure.appendTo(b)
	}},
}

// spelled is a job's state in the letter case of this platform.
func (c *call) spelled(state string) string {
	if c.s.seed.quirks.lowerCaseStates {
		return strings.ToLower(state)
	}
	return state
}

func (v exportView) started(b []byte) []byte {
	switch {
	case v.j.state(v.c.now) != statePending:
		return appendTime(b, v.j.start)
	case v.j.bulk:
		return b
	}
	return appendTime(b, v.j.created)
}

// properties appends the job's storage properties with what holds by default.
func (v exportView) properties(b []byte) []byte {
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

// result appends the file that was exported, without its storage.
func (v exportView) result(b []byte) []byte {
	if v.j.final != stateCompleted {
		return b
	}
	n := &v.c.s.nodes[v.j.node]
	file := fileView{v.c, n}
	b = appendString(append(b, `{"href":`...), v.c.base+"/files/"+n.id.String())
	b = appendString(append(b, `,"id":`...), n.id.String())
	b = appendString(append(b, `,"name":`...), file.name())
	b = strconv.AppendInt(append(b, `,"size":`...), n.size, 10)
	b = appendString(append(b, `,"project":`...), v.c.s.projects[n.project].seed.id)
	return append(b, '}')
}

// copyOnly reads the parameter, in any letter case: an official client sends
// True and False.
func (c *call) copyOnly() (bool, *failure) {
	text, given := c.query["copy_only"]
	switch {
	case !given || strings.EqualFold(text[0], "false"):
		return false, nil
	case !strings.EqualFold(text[0], "true"):
		return false, refusef(90000, "Bad request: copy_only must be true or false.")
	case c.s.seed.quirks.copyOnlyNeedsAdvance && !c.advance():
		return false, refusef(90000, "Bad request: copy_only needs the header X-SBG-Advance-Access: advance.")
	}
	return true, nil
}

// submission reads one export from a request.
func (s shape) submission() (*submission, *failure) {
	parts, refusal := s.object(2, "source", "destination", "overwrite", "properties")
	if refusal != nil {
		return nil, refusal
	}
	source, refusal := parts["source"].object(1, "file")
	if refusal != nil {
		return nil, refusal
	}
	destination, refusal := parts["destination"].object(2, "volume", "location")
	if refusal != nil {
		return nil, refusal
	}
	sub := &submission{}
	var refusals [5]*failure
	sub.file, refusals[0] = source["file"].text()
	sub.volume, refusals[1] = destination["volume"].text()
	sub.location, refusals[2] = destination["location"].text()
	if overwrite, given := parts["overwrite"]; given {
		sub.overwrite, refusals[3] = overwrite.boolean()
	}
	if properties, given := parts["properties"]; given {
		sub.properties, refusals[4] = properties.properties()
	}
	for _, refusal := range refusals {
		if refusal != nil {
			return nil, refusal
		}
	}
	return sub, nil
}

// createExport answers POST /storage/exports.
func (c *call) createExport() (*answer, *failure) {
	copyOnly, refusal := c.copyOnly()
	if refusal != nil {
		return nil, refusal
	}
	body, refusal := c.decodeBody()
	if refusal != nil {
		return nil, refusal
	}
	sub, refusal := body.submission()
	if refusal != nil {
		return nil, refusal
	}
	c.items = 1
	sub.copyOnly = copyOnly
	j, refusal := c.submit(sub)
	if refusal != nil {
		return nil, refusal
	}
	a := ok(appendObject(nil, exportFields, exportView{c: c, j: j}))
	if c.s.seed.quirks.submissionAnswers201 {
		a.status = http.StatusCreated
	}
	return a, nil
}

// createExports answers POST /bulk/storage/exports/create. A malformed item
// refuses the whole request; an item that cannot be exported, itself alone.
func (c *call) createExports() (*answer, *failure) {
	copyOnly, refusal := c.copyOnly()
	if refusal != nil {
		return nil, refusal
	}
	shapes, refusal := c.bulkItems("items")
	if refusal != nil {
		return nil, refusal
	}
	subs := make([]*submission, len(shapes))
	for i, shape := range shapes {
		if subs[i], refusal = shape.submission(); refusal != nil {
			return nil, refusal
		}
		subs[i].copyOnly, subs[i].bulk = copyOnly, true
	}
	items := make([]bulkItem, len(subs))
	for i, sub := range subs {
		j, refusal := c.submit(sub)
		items[i].failure = refusal
		if refusal == nil {
			items[i].resource = appendObject(nil, exportFields, exportView{c: c, j: j})
		}
	}
	return c.writeBulk(items), nil
}

// getExport answers GET /storage/exports/{id}.
func (c *call) getExport() (*answer, *failure) {
	j, refusal := c.ownJob(c.args[0])
	if refusal != nil {
		return nil, refusal
	}
	fields, refusal := choose(c, exportFields, false)
	if refusal != nil {
		return nil, refusal
	}
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
	ids, refusal := c.texts("export_ids")
	if refusal != nil {
		return nil, refusal
	}
	items := make([]bulkItem, len(ids))
	for i, id := range ids {
		j, refusal := c.ownJob(id)
		items[i].failure = refusal
		if refusal == nil {
			items[i].resource = appendObject(nil, exportFields, exportView{c: c, j: j})
		}
	}
	return c.writeBulk(items), nil
}

// listExports answers GET /storage/exports with jobs of the calling user.
func (c *call) listExports() (*answer, *failure) {
	p, refusal := c.span()
	if refusal != nil {
		return nil, refusal
	}
	fields, refusal := choose(c, exportFields, true)
	if refusal != nil {
		return nil, refusal
	}
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
	return writeList(c, p, len(jobs), fields, views), nil
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
