package simulator

import (
	"math"
	"regexp"

	"gopkg.in/yaml.v3"
)

// taskSeed is a task, a block of tasks made from patterns, or a batch of tasks.
type taskSeed struct {
	line                    int
	id, app, status, user   string
	description             string
	name                    pattern
	created, started, ended moment
	count, folders          int
	inputs, outputs         []portSeed
	batchInput              string
	batchBy                 []string
	children                []*taskSeed // of a batch; nil for a task that is none
	group                   []groupSeed // of a child of a batch
}

// portSeed is what a task takes in or puts out at a port.
type portSeed struct {
	name  string
	value *valueSeed
}

// groupSeed is one property that the files of a child of a batch have in common.
type groupSeed struct {
	key   string
	value pattern
}

// valueSeed is a value at a port: one of these.
type valueSeed struct {
	line    int
	file    pattern // path or ID of a file; the path of a folder ends in a slash
	project string  // of the path, if not that of the task
	deleted pattern // name of a file that is gone
	list    []*valueSeed
	json    any // what else there is: texts, numbers, null, objects
}

// appSeed is an app of a project.
type appSeed struct {
	id, name string
	revision int // the latest
}

// taskStates are the states of tasks; those that have ended come last.
var taskStates = []string{"DRAFT", "CREATING", "QUEUED", "RUNNING", "ABORTING", "COMPLETED", "FAILED", "ABORTED"}

var taskIDForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// appIDForm is the form of what tasks call their app: an app of their own
// project, or one with owner and project; each with a revision or without.
var appIDForm = regexp.MustCompile(`^([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+/)?[A-Za-z0-9_.-]+(/[0-9]{1,6})?$`)

// app reads one entry of apps.
func (r *reader) app(n *yaml.Node) *appSeed {
	a := &appSeed{}
	r.mapping(n, "an app", keys{
		"id":       func(n *yaml.Node) { a.id = r.text(n, "id") },
		"name":     func(n *yaml.Node) { a.name = r.text(n, "name") },
		"revision": func(n *yaml.Node) { a.revision = r.integer(n, "revision", [2]int{0, 999_999}) },
	})
	if !regexp.MustCompile(`^[A-Za-z0-9_.-]+$`).MatchString(a.id) {
		r.fail(n, "the id of an app is %q: write its short name, such as star-align", a.id)
	}
	if a.name == "" {
		a.name = a.id
	}
	return a
}

// task reads one entry of tasks, or of the children of a batch, which inherit
// from it.
func (r *reader) task(n *yaml.Node, batch *taskSeed) *taskSeed {
	t := &taskSeed{status: "COMPLETED", count: 1, folders: 1}
	if batch != nil {
		*t = *batch
		t.id, t.name, t.count, t.folders, t.children = "", nil, 1, 1, nil
	}
	t.line = n.Line
	known := keys{
		"id":          func(n *yaml.Node) { t.id = r.taskID(n) },
		"name":        func(n *yaml.Node) { t.name = parsed(r, n, "name", parsePattern) },
		"app":         func(n *yaml.Node) { t.app = r.text(n, "app") },
		"status":      func(n *yaml.Node) { t.status = r.oneOf(n, "status", taskStates...) },
		"user":        func(n *yaml.Node) { t.user = r.text(n, "user") },
		"description": func(n *yaml.Node) { t.description = r.text(n, "description") },
		"created_on":  func(n *yaml.Node) { t.created = parsed(r, n, "created_on", parseMoment) },
		"started_on":  func(n *yaml.Node) { t.started = parsed(r, n, "started_on", parseMoment) },
		"ended_on":    func(n *yaml.Node) { t.ended = parsed(r, n, "ended_on", parseMoment) },
		"count":       func(n *yaml.Node) { t.count = r.integer(n, "count", [2]int{1, 1_000_000}) },
		"folders":     func(n *yaml.Node) { t.folders = r.integer(n, "folders", [2]int{1, math.MaxInt32}) },
		"inputs":      func(n *yaml.Node) { t.inputs = r.ports(n, "inputs") },
		"outputs":     func(n *yaml.Node) { t.outputs = r.ports(n, "outputs") },
	}
	var children *yaml.Node
	if batch == nil {
		known["batch_input"] = func(n *yaml.Node) { t.batchInput = r.text(n, "batch_input") }
		known["batch_by"] = func(n *yaml.Node) { t.batchBy = r.texts(n, "batch_by") }
		known["children"] = func(n *yaml.Node) { children = n }
	} else {
		known["group"] = func(n *yaml.Node) { t.group = r.group(n) }
	}
	r.mapping(n, "a task", known)
	switch {
	case len(t.name) == 0 || !appIDForm.MatchString(t.app):
		r.fail(n, "a task needs a name, and an app such as star-align, star-align/3 or owner/project/star-align/3")
	case t.count > 1 && t.id != "":
		r.fail(n, "a block of tasks has no id: leave it out")
	}
	if children != nil {
		t.children = []*taskSeed{}
		r.sequence(children, "children", func(n *yaml.Node) { t.children = append(t.children, r.task(n, t)) })
	}
	if children != nil && t.count > 1 {
		r.fail(n, "a batch has no count: give one to its children")
	}
	return t
}

func (r *reader) taskID(n *yaml.Node) string {
	id := r.text(n, "id")
	if !taskIDForm.MatchString(id) {
		r.fail(n, "the id of a task is %q: write a UUID in lower case, or leave it out", id)
	}
	return id
}

// ports reads inputs or outputs.
func (r *reader) ports(n *yaml.Node, what string) []portSeed {
	ports := []portSeed{}
	r.entries(n, what, func(key, n *yaml.Node) { ports = append(ports, portSeed{key.Value, r.value(n)}) })
	return ports
}

// value reads a value at a port. A text is the path of a file.
func (r *reader) value(n *yaml.Node) *valueSeed {
	v := &valueSeed{line: n.Line}
	pattern := func(to *pattern) func(*yaml.Node) {
		return func(n *yaml.Node) { *to = parsed(r, n, "a path", parsePattern) }
	}
	switch {
	case n.Kind == yaml.SequenceNode:
		v.list = []*valueSeed{}
		for _, item := range n.Content {
			v.list = append(v.list, r.value(item))
		}
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str":
		pattern(&v.file)(n)
	case n.Kind == yaml.ScalarNode:
		v.json = r.json(n)
	default:
		r.mapping(n, "a value", keys{
			"file":    pattern(&v.file),
			"project": func(n *yaml.Node) { v.project = r.ownedID(n, "the project of a file") },
			"deleted": pattern(&v.deleted),
			"value":   func(n *yaml.Node) { v.json = r.json(n) },
		})
	}
	return v
}

// json reads any value, as JSON could have it.
func (r *reader) json(n *yaml.Node) any {
	var v any
	if err := n.Decode(&v); err != nil || string(appendPlain(nil, v)) == "null" && n.ShortTag() != "!!null" {
		r.fail(n, "this is not a value that JSON can have")
		return nil
	}
	return v
}

// group reads what the files of a child of a batch have in common.
func (r *reader) group(n *yaml.Node) []groupSeed {
	var group []groupSeed
	r.entries(n, "group", func(key, n *yaml.Node) {
		group = append(group, groupSeed{key.Value, parsed(r, n, "a value of group", parsePattern)})
	})
	return group
}
