package simulator

import (
	"cmp"
	"strings"
	"time"
)

// taskView is a task as one request sees it.
type taskView struct {
	c *call
	t *task
}

// taskFields are the properties of a task (vendor pages "Get details of a task"
// and "Get details of multiple tasks"). More of them would break his older R
// client, which knows these.
var taskFields = []field[taskView]{
	inBrief(text("href", func(v taskView) string { return v.c.base + "/tasks/" + v.t.id })),
	inBrief(text("id", func(v taskView) string { return v.t.id })),
	inBrief(text("name", func(v taskView) string { return v.t.name })),
	{name: "description", value: func(v taskView, b []byte) []byte { return appendString(b, v.t.seed.description) }},
	text("status", func(v taskView) string { return v.t.seed.status }),
	inBrief(text("project", func(v taskView) string { return v.c.s.projects[v.t.project].seed.id })),
	text("app", func(v taskView) string { return v.t.app }),
	constant[taskView]("type", `"v2"`),
	text("created_by", taskView.user),
	text("executed_by", taskView.user),
	when("created_time", func(v taskView) time.Time { return v.t.created }),
	when("start_time", func(v taskView) time.Time { return v.t.started }),
	when("end_time", func(v taskView) time.Time { return v.t.ended }),
	{name: "batch", value: func(v taskView, b []byte) []byte { return appendBool(b, v.t.batch()) }},
	text("batch_input", func(v taskView) string { return v.t.seed.batchInput }),
	{name: "batch_by", value: func(v taskView, b []byte) []byte {
		if !v.t.batch() {
			return b
		}
		return append(appendStrings(append(b, `{"type":"CRITERIA","criteria":`...), v.t.seed.batchBy), '}')
	}},
	{name: "batch_group", value: taskView.group},
	text("parent", taskView.parent),
	constant[taskView]("use_interruptible_instances", `true`),
	constant[taskView]("execution_settings", `{}`),
	{name: "execution_status", value: taskView.progress},
	constant[taskView]("price", `{"currency":"USD","amount":0.1}`),
	constant[taskView]("errors", `[]`),
	constant[taskView]("warnings", `[]`),
	{name: "inputs", value: func(v taskView, b []byte) []byte { return v.ports(b, v.t.inputs) }},
	{name: "outputs", value: func(v taskView, b []byte) []byte { return v.ports(b, v.t.outputs) }},
}

// when makes a field of a time, left out when zero.
func when[T any](name string, value func(T) time.Time) field[T] {
	return field[T]{name: name, value: func(v T, b []byte) []byte {
		if t := value(v); !t.IsZero() {
			return appendTime(b, t)
		}
		return b
	}}
}

func (t *task) batch() bool { return t.seed.children != nil }

func (v taskView) user() string { return cmp.Or(v.t.seed.user, v.c.s.seed.user) }

func (v taskView) parent() string {
	if v.t.parent == nil {
		return ""
	}
	return v.t.parent.id
}

// group appends what the files of a child of a batch have in common.
func (v taskView) group(b []byte) []byte {
	fields, values := map[string]any{}, []string{}
	for _, g := range v.t.seed.group {
		value := g.value.expand(v.t.number, folderNumber(v.t.number, v.t.seed.folders))
		fields[g.key] = value
		values = append(values, value)
	}
	if len(values) == 0 {
		return append(b, `{"fields":{}}`...)
	}
	return appendPlain(b, map[string]any{"value": strings.Join(values, ","), "fields": fields})
}

// progress appends how far the task has come; of a batch, how many children are
// in which state.
func (v taskView) progress(b []byte) []byte {
	done := 0
	if !v.t.ended.IsZero() {
		done = 1
	}
	status := map[string]any{"steps_completed": done, "steps_total": 1, "message": v.t.seed.status}
	if v.t.batch() {
		for _, state := range []string{"QUEUED", "RUNNING", "COMPLETED", "FAILED", "ABORTED"} {
			n := 0
			for _, child := range v.t.children {
				if child.seed.status == state {
					n++
				}
			}
			status[strings.ToLower(state)] = n
		}
	}
	return appendPlain(b, status)
}

func (v taskView) ports(b []byte, ports []port) []byte {
	b = append(b, '{')
	for i, p := range ports {
		if i > 0 {
			b = append(b, ',')
		}
		b = v.value(append(appendString(b, p.name), ':'), p.value)
	}
	return append(b, '}')
}

// value appends a value at a port.
func (v taskView) value(b []byte, value any) []byte {
	switch value := value.(type) {
	case []any:
		b = append(b, '[')
		for i, item := range value {
			if i > 0 {
				b = append(b, ',')
			}
			b = v.value(b, item)
		}
		return append(b, ']')
	case deletedFile:
		project := v.c.s.projects[v.t.project].seed.id
		return append(v.file(b, "File", madeFileID(project, "deleted "+string(value)), string(value)), '}')
	case fileValue:
		n := &v.c.s.nodes[value]
		if n.folder != nil {
			return append(v.file(b, "Directory", n.id, n.name), '}')
		}
		b = v.file(b, "File", n.id, n.name)
		for i, other := range n.secondary {
			b = append(b, []string{`,"secondaryFiles":[`, `,`}[min(i, 1)]...)
			b = v.value(b, fileValue(other))
		}
		if len(n.secondary) > 0 {
			b = append(b, ']')
		}
		return append(b, '}')
	}
	return appendPlain(b, value)
}

// file appends a file or folder, without the end of the object.
func (v taskView) file(b []byte, class string, id fileIdentity, name string) []byte {
	key := "name"
	if v.c.s.seed.quirks.outputBasenames {
		key = "basename"
	}
	b = appendString(append(b, `{"class":`...), class)
	b = appendString(append(b, `,"path":`...), id.String())
	return appendString(append(appendString(append(b, ','), key), ':'), name)
}
