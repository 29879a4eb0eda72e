package contract

import "strings"

func (s *Server) oddState(j *job, state string) string {
	if !s.free(OddStates) {
		return state
	}
	return []string{state, strings.ToLower(state), state[:1] + strings.ToLower(state[1:])}[s.roll("state", j.id, state)%3]
}

var exportShape = shape{
	known: []string{"href", "id", "state", "source", "destination", "started_on", "finished_on", "overwrite", "properties", "result", "error"},
	brief: []string{"href", "id", "state"},
}

// export is a job as the platform shows it. Whether it was copy-only is never
// told.
func (c *call) export(j *job, fresh bool) obj {
	state := j.state(c.now)
	o := obj{
		{"href", c.base + "/storage/exports/" + j.id},
		{"id", j.id},
		{"state", c.s.oddState(j, state)},
		{"source", obj{{"file", j.file}}},
		{"destination", obj{{"volume", j.volume}, {"location", j.location}}},
		{"overwrite", j.overwrite},
		{"properties", j.properties},
	}
	if !fresh || j.single || !c.s.free(NoStarts) {
		o = append(o, member{"started_on", c.s.date(j.created)})
	}
	switch {
	case state == "COMPLETED":
		o = append(o, member{"finished_on", c.s.date(j.finish)}, member{"result", c.exported(j)})
	case state == "FAILED":
		return append(o, member{"finished_on", c.s.date(j.finish)}, member{"error", j.why.object(false)})
	case c.s.free(NullResults):
		o = append(o, member{"finished_on", nil}, member{"result", nil})
	}
	if c.s.free(NullErrors) {
		o = append(o, member{"error", nil})
	}
	return o
}

func (c *call) exported(j *job) obj {
	o := obj{{"href", c.base + "/files/" + j.file}, {"id", j.file}}
	if n := c.s.c.nodes[j.file]; !c.s.free(StubResults) {
		o = append(o, member{"name", n.name}, member{"project", n.project})
	}
	return o
}
