package simulator

import (
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
