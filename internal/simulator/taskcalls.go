package simulator

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// getTask answers GET /tasks/{id}.
func (c *call) getTask() (*answer, *failure) {
	v, refusal := c.task(c.args[0])
	return tell(c, taskFields, v, refusal)
}

// getInputs answers GET /tasks/{id}/inputs.
func (c *call) getInputs() (*answer, *failure) {
	v, refusal := c.task(c.args[0])
	if refusal != nil {
		return nil, refusal
	}
	return ok(v.ports(nil, v.t.inputs)), nil
}

// task finds a task of a project that the user may read.
func (c *call) task(id string) (taskView, *failure) {
	t := c.s.taskByID[id]
	switch {
	case t == nil && !taskIDForm.MatchString(strings.ToLower(id)):
		return taskView{}, refuse(7005)
	case t == nil:
		return taskView{}, refuse(7002)
	case !c.s.projects[t.project].may("read"):
		return taskView{}, refuse(7001)
	}
	return taskView{c, t}, nil
}

// bulkTasks answers POST /bulk/tasks/get.
func (c *call) bulkTasks() (*answer, *failure) {
	return tellBulk(c, "task_ids", c.withOutputs(!c.s.seed.quirks.outputsOnlySingle), c.task)
}

// withOutputs are the properties of a task, with those of its files or without.
func (c *call) withOutputs(with bool) []field[taskView] {
	if with {
		return taskFields
	}
	untold := slices.Clone(taskFields)
	for i := range untold {
		if untold[i].name == "outputs" { // a known name all the same
			untold[i].value = func(_ taskView, b []byte) []byte { return b }
		}
	}
	return untold
}

// taskFilters are the parameters of the calls that list tasks.
var taskFilters = []string{
	"project", "status", "batch", "parent", "created_from", "created_to", "started_from", "started_to",
	"ended_from", "ended_to", "order_by", "order", "origin_id", "limit", "offset", "fields",
}

// listTasks answers GET /tasks and GET /projects/{owner}/{project}/tasks.
func (c *call) listTasks() (*answer, *failure) {
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
	q := &c.s.seed.quirks
	return tellPage(c, c.withOutputs(!q.outputsNotListed && !q.outputsOnlySingle), all)
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

// appView is an app as one request sees it.
type appView struct {
	c        *call
	a        *app
	revision int
}

func (v appView) id() string { return v.a.id + "/" + strconv.Itoa(v.revision) }

// appFields are the properties of an app (vendor page "Get details of an app").
var appFields = []field[appView]{
	inBrief(text("href", func(v appView) string { return v.c.base + "/apps/" + v.id() })),
	inBrief(text("id", appView.id)),
	inBrief(text("project", func(v appView) string { return v.a.project })),
	inBrief(text("name", func(v appView) string { return v.a.name })),
	inBrief(field[appView]{name: "revision", value: func(v appView, b []byte) []byte { return strconv.AppendInt(b, int64(v.revision), 10) }}),
	{name: "raw", value: appView.raw},
}

// raw appends the app's workflow, of which there is no more than its name.
func (v appView) raw(b []byte) []byte {
	return appendPlain(b, map[string]any{
		"class": "Workflow", "cwlVersion": "v1.2", "label": v.a.name, "inputs": []any{}, "outputs": []any{}, "steps": []any{},
		"sbg:id": v.id(), "sbg:project": v.a.project, "sbg:revision": v.revision, "sbg:latestRevision": v.a.revision,
	})
}

// getApp answers GET /apps/{owner}/{project}/{name}[/{revision}].
func (c *call) getApp() (*answer, *failure) {
	v, refusal := c.app()
	return tell(c, appFields, v, refusal)
}

// getRaw answers GET /apps/{owner}/{project}/{name}[/{revision}]/raw.
func (c *call) getRaw() (*answer, *failure) {
	v, refusal := c.app()
	if refusal != nil {
		return nil, refusal
	}
	return ok(v.raw(nil)), nil
}

// app is the app that the path names; without a revision, in its latest.
func (c *call) app() (v appView, refusal *failure) {
	a := c.s.apps[strings.Join(c.args[:3], "/")]
	if a == nil {
		return v, refuse(6002)
	}
	if p := c.s.projectByID[a.project]; p != nil && !p.may("read") {
		return v, refuse(6001)
	}
	revision := a.revision
	if text := c.arg(3); text != "" {
		n, err := strconv.Atoi(text)
		switch {
		case err != nil || n < 0:
			return v, refuse(6011)
		case n > a.revision:
			return v, refuse(6002)
		}
		revision = n
	}
	return appView{c, a, revision}, nil
}

// listApps answers GET /apps with the latest revisions: of the user's projects,
// or of the public project.
func (c *call) listApps() (*answer, *failure) {
	visibility := strings.ToLower(c.param("visibility"))
	if !slices.Contains([]string{"", "private", "public"}, visibility) {
		return nil, refuse(6012)
	}
	var all []appView
	for _, id := range slices.Sorted(maps.Keys(c.s.apps)) {
		a := c.s.apps[id]
		project := c.s.projectByID[a.project]
		if (a.project == publicProject) == (visibility == "public") && (project == nil || project.may("read")) && c.wantsApp(a) {
			all = append(all, appView{c, a, a.revision})
		}
	}
	return tellPage(c, appFields, all)
}

// wantsApp reports whether an app passes the filters of a list call. Every word
// of q must be in its name or ID.
func (c *call) wantsApp(a *app) bool {
	project, owner, ids := c.param("project"), c.param("project_owner"), c.query["id"]
	named := len(ids) == 0 || slices.ContainsFunc(ids, func(id string) bool { return id == a.id || strings.HasPrefix(id, a.id+"/") })
	for word := range strings.FieldsSeq(strings.ToLower(strings.Join(c.query["q"], " "))) {
		named = named && strings.Contains(strings.ToLower(a.id+" "+a.name), word)
	}
	return named && (project == "" || project == a.project) && (owner == "" || strings.HasPrefix(a.project, owner+"/"))
}
