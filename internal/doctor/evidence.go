package doctor

import (
	"slices"
	"strings"

	"sbexport/internal/platform"
)

// evidence are the answers that everything is told by. Each is there, missing if
// it was not asked for.
type evidence struct {
	root, rate, user *answer
	projects         []*subject
	volumes          []*subject

	// Of the first project and the first volume that can be read.
	usual    *answer   // a page of files with nothing said of its size
	over     *answer   // a page with more than the largest size asked for
	folders  []*answer // pages of files: of the root, then of folders
	short    *answer   // a page of one item, which has a link to a next one
	second   *answer   // the page of the next item
	jobs     *answer
	files    *answer // files in bulk, and one that there is none of
	asked    []string
	object   *answer // an object at an alias's place
	billing  *answer
	tasks    *answer
	bulk     *answer // the tasks in bulk
	task     *answer // one of them
	children *answer // the tasks of a batch

	heard []*answer
}

// subject is one project or volume and what was answered about it.
type subject struct {
	id      string
	itself  *answer
	member  *answer // the user's membership of a volume
	objects *answer // the first objects on a volume
}

const (
	// each is how many projects, and how many volumes, are looked at.
	each = 3
	// levels is how many folders below the root are listed to find something that
	// shows a fact.
	levels = 3
	// nobody is an ID that no file has.
	nobody = "000000000000000000000000"
)

// look asks everything, in the order of what is most needed.
func (v *visit) look() *evidence {
	e := &evidence{
		user: missing, rate: missing, usual: missing, over: missing, short: missing, second: missing, jobs: missing,
		files: missing, object: missing, billing: missing, tasks: missing, bulk: missing, task: missing, children: missing,
	}
	defer func() { e.heard = v.heard }()
	if e.root = v.get(""); e.root.err != nil || v.patient.Anonymous {
		return e
	}
	e.user = v.get("/user")
	if !e.user.ok() {
		return e
	}
	if e.rate = v.get("/rate_limit"); spent(e.rate) {
		return e
	}
	v.subjects(e)
	v.exports(e)
	v.listings(e)
	v.tasksOf(e)
	return e
}

// spent reports whether too few requests are left to look at everything.
func spent(rate *answer) bool {
	remaining, told := whole(rate.body, "rate", "remaining")
	return told && remaining < MaxRequests
}

// subjects asks about the projects and volumes.
func (v *visit) subjects(e *evidence) {
	projects, volumes := v.patient.Projects, v.patient.Volumes
	if len(projects) == 0 {
		for _, p := range v.get("/projects", "limit", "100", "fields", "id,tags").items() {
			if project := projectOf(p); v.patient.Wanted == nil || v.patient.Wanted(&project) {
				projects = append(projects, project.ID)
			}
		}
		if v.patient.Wanted == nil {
			projects = projects[:min(1, len(projects))]
		}
	}
	if len(volumes) == 0 {
		for _, found := range v.get("/storage/volumes", "limit", "1", "fields", "id").items() {
			volumes = append(volumes, text(found, "id"))
		}
	}
	for _, id := range projects[:min(each, len(projects))] {
		e.projects = append(e.projects, &subject{id: id, itself: v.get("/projects/" + id)})
	}
	user := text(e.user.body, "username")
	for _, id := range volumes[:min(each, len(volumes))] {
		path := "/storage/volumes/" + id
		s := &subject{id: id, itself: v.get(path), member: missing, objects: missing}
		if s.itself.ok() {
			s.objects = v.get(path+"/list", "limit", "10", "fields", "_all")
			s.member = v.get(path + "/members/" + user)
		}
		e.volumes = append(e.volumes, s)
	}
}

// projectOf is what is known of a project in a list.
func projectOf(item map[string]any) platform.Project {
	p := platform.Project{ID: text(item, "id")}
	tags, _ := item["tags"].([]any)
	for _, tag := range tags {
		if tag, ok := tag.(string); ok {
			p.Tags = append(p.Tags, tag)
		}
	}
	return p
}

// project and volume are the first that can be read.
func (e *evidence) project() *subject { return readable(e.projects) }
func (e *evidence) volume() *subject  { return readable(e.volumes) }

func readable(all []*subject) *subject {
	for _, s := range all {
		if s.itself.ok() {
			return s
		}
	}
	return nil
}

// exports asks for the user's export jobs.
func (v *visit) exports(e *evidence) {
	query := []string{"limit", "100", "fields", "_all"}
	if s := e.volume(); s != nil {
		query = append(query, "volume", s.id)
	}
	e.jobs = v.get("/storage/exports", query...)
}

// listings asks for files in every way that tells something.
func (v *visit) listings(e *evidence) {
	s := e.project()
	if s == nil {
		return
	}
	e.folders = append(e.folders, v.get("/files", "project", s.id, "limit", "100", "fields", "_all"))
	e.usual = v.get("/files", "project", s.id)
	e.over = v.get("/files", "project", s.id, "limit", "101", "fields", "id")
	e.short = v.get("/files", "project", s.id, "limit", "1", "fields", "id,name")
	if link, _ := e.short.next(); link != nil {
		e.second = v.get("/files", "project", s.id, "limit", "1", "offset", "1", "fields", "id,name")
	} else {
		e.short = v.get("/projects", "limit", "1", "fields", "id,name")
	}
	for i := 0; i < len(e.folders) && len(e.folders) <= levels; i++ {
		for _, item := range e.folders[i].items() {
			if len(e.folders) <= levels && strings.EqualFold(text(item, "type"), "folder") {
				e.folders = append(e.folders, v.get("/files", "parent", text(item, "id"), "limit", "100", "fields", "_all"))
			}
		}
	}
	v.inBulk(e)
	if group := text(s.itself.body, "billing_group"); group != "" {
		e.billing = v.get("/billing/groups/"+group+"/breakdown/storage", "limit", "1")
	}
}

// inBulk gets in one call the files that were listed or exported.
func (v *visit) inBulk(e *evidence) {
	for _, job := range e.jobs.items() {
		if strings.EqualFold(text(job, "state"), "completed") {
			e.asked = append(e.asked, text(job, "source", "file"))
		}
	}
	e.asked = e.asked[:min(len(e.asked), 50)]
	for _, f := range e.listed() {
		if strings.EqualFold(text(f, "type"), "file") {
			e.asked = append(e.asked, text(f, "id"))
		}
	}
	slices.Sort(e.asked)
	e.asked = slices.DeleteFunc(slices.Compact(e.asked), func(id string) bool { return id == "" })
	e.asked = append(e.asked[:min(len(e.asked), 99)], nobody)
	e.files = v.ask("/bulk/files/get", nil, map[string]any{"file_ids": e.asked})
	if _, alias := e.alias(); alias != nil {
		path := "/storage/volumes/" + text(alias, "storage", "volume") + "/object"
		e.object = v.get(path, "location", text(alias, "storage", "location"))
	}
}

// tasksOf asks for tasks, in the three ways in which their outputs may be told,
// and for the children of a batch.
func (v *visit) tasksOf(e *evidence) {
	s := e.project()
	if s == nil {
		return
	}
	e.tasks = v.get("/tasks", "project", s.id, "status", "COMPLETED", "order_by", "created_time", "order", "asc",
		"limit", "100", "fields", "id,name,status,app,batch,parent,batch_group,outputs,end_time,project")
	var ids []string
	batch := ""
	for _, t := range e.tasks.items() {
		if isBatch, _ := at(t, "batch").(bool); isBatch {
			batch = text(t, "id")
		} else if len(ids) < 100 {
			ids = append(ids, text(t, "id"))
		}
	}
	if batch != "" {
		e.children = v.get("/tasks", "parent", batch, "limit", "100", "fields", "id,outputs")
	}
	if e.taskWithOutputs() == nil && len(ids) > 0 {
		e.bulk = v.ask("/bulk/tasks/get", nil, map[string]any{"task_ids": ids})
	}
	if e.taskWithOutputs() == nil && len(ids) > 0 {
		e.task = v.get("/tasks/" + ids[0])
	}
}

// taskWithOutputs is a task whose outputs were told, or nil.
func (e *evidence) taskWithOutputs() map[string]any {
	single, _ := e.task.body.(map[string]any)
	for _, t := range slices.Concat(e.tasks.items(), e.bulk.resources(), []map[string]any{single}) {
		if at(t, "outputs") != nil {
			return t
		}
	}
	return nil
}

// listed are the files and folders of all pages of files.
func (e *evidence) listed() []map[string]any {
	var out []map[string]any
	for _, page := range e.folders {
		out = append(out, page.items()...)
	}
	return out
}

// known are all files and folders that were told in full.
func (e *evidence) known() []map[string]any { return append(e.listed(), e.files.resources()...) }

// alias is a file on a volume, with the volume's prefix; one on a volume with a
// prefix if there is any. It is nil if there is none.
func (e *evidence) alias() (prefix string, alias map[string]any) {
	prefixes := map[string]string{}
	for _, s := range e.volumes {
		prefixes[s.id] = text(s.itself.body, "service", "prefix")
	}
	for _, f := range e.known() {
		of, looked := prefixes[text(f, "storage", "volume")]
		if looked && (alias == nil || prefix == "" && of != "") {
			prefix, alias = of, f
		}
	}
	return prefix, alias
}

// jobOf is the completed job that made an alias, or nil.
func (e *evidence) jobOf(alias map[string]any) map[string]any {
	for _, job := range e.jobs.items() {
		if text(job, "source", "file") == text(alias, "id") && strings.EqualFold(text(job, "state"), "completed") &&
			text(job, "destination", "volume") == text(alias, "storage", "volume") {
			return job
		}
	}
	return nil
}
