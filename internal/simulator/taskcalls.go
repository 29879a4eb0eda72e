package simulator

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
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

// getTask answers GET /tasks/{id}.
func (c *call) getTask() (*answer, *failure) {
	t, refusal := c.task(c.args[0])
	if refusal != nil {
		return nil, refusal
	}
	return ok(appendObject(nil, choose(c, taskFields, false), taskView{c, t})), nil
}

// task finds a task of a project that the user may read.
func (c *call) task(id string) (*task, *failure) {
	t := c.s.taskByID[id]
	switch {
	case t == nil && !taskIDForm.MatchString(strings.ToLower(id)):
		return nil, refuse(7005)
	case t == nil:
		return nil, refuse(7002)
	case !c.s.projects[t.project].may("read"):
		return nil, refuse(7001)
	}
	return t, nil
}

// bulkTasks answers POST /bulk/tasks/get.
func (c *call) bulkTasks() (*answer, *failure) {
	fields := c.withOutputs(!c.s.seed.quirks.outputsOnlySingle)
	return c.bulkByID("task_ids", func(id string) ([]byte, *failure) {
		t, refusal := c.task(id)
		if refusal != nil {
			return nil, refusal
		}
		return appendObject(nil, fields, taskView{c, t}), nil
	})
}

// withOutputs are the properties of a task, with those of its files or without.
func (c *call) withOutputs(with bool) []field[taskView] {
	if with {
		return taskFields
	}
	return slices.DeleteFunc(slices.Clone(taskFields), func(f field[taskView]) bool { return f.name == "outputs" })
}

// taskFilters are the parameters of the calls that list tasks.
var taskFilters = []string{
	"project", "status", "batch", "parent", "created_from", "created_to", "started_from", "started_to",
	"ended_from", "ended_to", "order_by", "order", "origin_id", "limit", "offset", "fields",
}

// listTasks answers GET /tasks and GET /projects/{owner}/{project}/tasks.
func (c *call) listTasks() (*answer, *failure) {
	p, refusal := c.span()
	if refusal != nil {
		return nil, refusal
	}
	wanted, refusal := c.taskFilter()
	if refusal != nil {
		return nil, refusal
	}
	less, refusal := c.taskOrder()
	if refusal != nil {
		return nil, refusal
	}
	var all []taskView
	for _, t := range c.s.tasks {
		if c.s.projects[t.project].may("read") && wanted(t) {
			all = append(all, taskView{c, t})
		}
	}
	slices.SortStableFunc(all, func(a, b taskView) int { return less(a, b) })
	from, to := p.window(len(all))
	q := &c.s.seed.quirks
	fields := choose(c, c.withOutputs(!q.outputsNotListed && !q.outputsOnlySingle), true)
	return writeList(c, listing[taskView]{p, len(all), fields, all[from:to]}), nil
}

// taskFilter reads which tasks a list call is about.
func (c *call) taskFilter() (func(*task) bool, *failure) {
	project, parent, status := c.param("project"), c.param("parent"), strings.ToUpper(c.param("status"))
	if len(c.args) == 2 {
		project = c.args[0] + "/" + c.args[1]
	}
	if project != "" {
		if _, refusal := c.project(project); refusal != nil {
			return nil, refusal
		}
	}
	if status != "" && !slices.Contains(taskStates, status) {
		return nil, refuse(7006)
	}
	ranges, refusal := c.taskRanges()
	if refusal != nil {
		return nil, refusal
	}
	batch := strings.ToLower(c.param("batch"))
	hidden := c.s.seed.quirks.batchChildrenNotListed && parent == ""
	return func(t *task) bool {
		return (project == "" || c.s.projects[t.project].seed.id == project) &&
			(status == "" || t.seed.status == status) &&
			(parent == "" || t.parent != nil && t.parent.id == parent) &&
			(batch == "" || strconv.FormatBool(t.batch()) == batch) &&
			!(hidden && t.parent != nil) && c.param("origin_id") == "" && ranges(t)
	}, nil
}

// taskRanges reads from when to when tasks were created, started and ended.
func (c *call) taskRanges() (func(*task) bool, *failure) {
	happened := map[string]func(*task) time.Time{
		"created": func(t *task) time.Time { return t.created },
		"started": func(t *task) time.Time { return t.started },
		"ended":   func(t *task) time.Time { return t.ended },
	}
	bounds := map[string]time.Time{}
	for _, what := range slices.Sorted(maps.Keys(happened)) {
		for _, end := range []string{"_from", "_to"} {
			text := c.param(what + end)
			if text == "" {
				continue
			}
			at, ok := parseTime(text)
			if !ok {
				return nil, refusef(90000, "Bad request: %s must be a time such as 2016-04-01T14:25:50.", what+end)
			}
			bounds[what+end] = at
		}
	}
	return func(t *task) bool {
		for what, when := range happened {
			from, hasFrom := bounds[what+"_from"]
			to, hasTo := bounds[what+"_to"]
			at := when(t).Truncate(time.Second)
			if (hasFrom || hasTo) && at.IsZero() || hasFrom && at.Before(from) || hasTo && at.After(to) {
				return false
			}
		}
		return true
	}, nil
}

// parseTime reads a time in the forms of the vendor's page "List tasks you can
// access". A plus that was not escaped comes as a space.
func parseTime(text string) (time.Time, bool) {
	text = strings.ReplaceAll(text, " ", "+")
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// taskOrder reads in which order tasks are listed: the newest first, unless the
// request says otherwise.
func (c *call) taskOrder() (func(a, b taskView) int, *failure) {
	compare, known := map[string]func(a, b taskView) int{
		"created_time": func(a, b taskView) int { return a.t.created.Compare(b.t.created) },
		"start_time":   func(a, b taskView) int { return a.t.started.Compare(b.t.started) },
		"end_time":     func(a, b taskView) int { return a.t.ended.Compare(b.t.ended) },
		"name":         func(a, b taskView) int { return strings.Compare(a.t.name, b.t.name) },
		"created_by":   func(a, b taskView) int { return strings.Compare(a.user(), b.user()) },
	}[cmp.Or(c.param("order_by"), "created_time")]
	order := strings.ToLower(cmp.Or(c.param("order"), "desc"))
	switch {
	case !known:
		return nil, refusef(90000, "Bad request: unknown order_by %q.", c.param("order_by"))
	case order == "asc":
		return compare, nil
	case order == "desc":
		return func(a, b taskView) int { return compare(b, a) }, nil
	}
	return nil, refusef(90000, "Bad request: order must be asc or desc.")
}
