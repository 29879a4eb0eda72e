package api

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/sourcegraph/conc/pool"

	"sbexport/internal/platform"
)

// wireTask is a task as the platform sends it.
type wireTask struct {
	ID      text           `json:"id"`
	Name    text           `json:"name"`
	App     text           `json:"app"`
	Project text           `json:"project"`
	Status  text           `json:"status"`
	Batch   flag           `json:"batch"`
	Parent  text           `json:"parent"`
	Group   object[groups] `json:"batch_group"`
	EndTime instant        `json:"end_time"`
	Outputs outputs        `json:"outputs"`
}

// groups are the "fields" of a batch group.
type groups struct {
	Fields object[map[string]word] `json:"fields"`
}

var tasks = &kind[wireTask, platform.Task]{
	noun: "task", path: "/tasks", parts: 1, none: 90000,
	bulk: "/bulk/tasks/get", ids: "task_ids", own: true,
	id:    func(t *wireTask) string { return string(t.ID) },
	flaw:  func(t *wireTask) string { return badID(t.ID, 1) },
	value: (*wireTask).task,
}

func (t *wireTask) task() platform.Task {
	out := platform.Task{
		ID: string(t.ID), Name: string(t.Name), App: string(t.App), Project: string(t.Project),
		Status: strings.ToUpper(string(t.Status)), Batch: t.Batch.value, Parent: string(t.Parent), EndedOn: t.EndTime.Time,
		Outputs: t.Outputs.ports, Told: t.Outputs.told,
	}
	for key, value := range t.Group.value.Fields.value {
		if out.Group == nil {
			out.Group = map[string]string{}
		}
		out.Group[key] = string(value.text)
	}
	return out
}

// outputs are a task's outputs: by port a file, a folder, a plain value, or lists
// of them, nested at will. Null may stand for outputs that are not told here.
type outputs struct {
	ports []platform.Port
	told  bool
}

// UnmarshalJSON never fails on valid JSON.
func (o *outputs) UnmarshalJSON(raw []byte) error {
	*o = outputs{}
	var ports map[string]any
	if json.Unmarshal(raw, &ports) != nil || ports == nil {
		return nil
	}
	o.told = true
	for _, name := range slices.Sorted(maps.Keys(ports)) {
		o.ports = append(o.ports, platform.Port{Name: name, Files: appendOutputs(nil, ports[name])})
	}
	return nil
}

// appendOutputs collects the files and folders in a value. Their class comes in
// any case, and their IDs stand where CWL has paths.
func appendOutputs(all []platform.Output, value any) []platform.Output {
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			all = appendOutputs(all, element)
		}
	case map[string]any:
		class, _ := v["class"].(string)
		folder := strings.EqualFold(class, "directory")
		id, _ := v["path"].(string)
		if (folder || strings.EqualFold(class, "file")) && badID(text(id), 1) == "" {
			all = append(all, platform.Output{ID: id, Folder: folder})
		}
		all = appendOutputs(all, v["secondaryFiles"])
	}
	return all
}

// Tasks lists the tasks of a project that have a status, or all where it is empty,
// the children of batches among them. Their outputs are Told where the platform's list has them.
func (c *Client) Tasks(ctx context.Context, project, status string) ([]platform.Task, error) {
	all, err := c.tasks(ctx, url.Values{"project": {project}, "status": {status}})
	if slices.ContainsFunc(all, func(t platform.Task) bool { return t.Parent != "" }) {
		c.childrenListed.Store(true)
	}
	if err != nil || c.childrenListed.Load() {
		return all, err
	}
	// Either there is no batch, or this platform lists a batch's children only
	// where they are asked for.
	batches, err := c.tasks(ctx, url.Values{"project": {project}, "batch": {"true"}})
	if err != nil {
		return nil, err
	}
	for _, batch := range batches {
		children, err := c.tasks(ctx, url.Values{"parent": {batch.ID}, "status": {status}})
		if err != nil {
			return nil, err
		}
		all = append(all, children...)
	}
	return all, nil
}

// tasks lists tasks in the order of their creation: without one, pages repeat and
// miss tasks while others run.
func (c *Client) tasks(ctx context.Context, query url.Values) ([]platform.Task, error) {
	if query.Get("status") == "" {
		query.Del("status")
	}
	query.Set("order_by", "created_time")
	query.Set("order", "asc")
	query.Set("fields", "id,name,status,app,batch,parent,batch_group,outputs,end_time,project")
	return newList(c, tasks, "listing the tasks", tasks.path, query).all(ctx)
}

// Outputs reads into those of the tasks that do not tell it what they have put
// out. Not every platform tells it in bulk; there each task is read by itself. A
// task that cannot be read stays without.
func (c *Client) Outputs(ctx context.Context, wanted []*platform.Task) error {
	untold := map[string][]*platform.Task{}
	for _, t := range wanted {
		if !t.Told {
			untold[t.ID] = append(untold[t.ID], t)
		}
	}
	tell := func(id string, ports []platform.Port) {
		for _, t := range untold[id] {
			t.Outputs, t.Told = ports, true
		}
	}
	left := slices.Sorted(maps.Keys(untold))
	if len(left) > 0 && !c.outputsAlone.Load() {
		all, err := tasks.many(ctx, c, left)
		if err != nil {
			return err
		}
		told := false
		left = nil
		for id, found := range all {
			switch {
			case found.value == nil:
			case found.value.Told:
				tell(id, found.value.Outputs)
				told = true
			default:
				left = append(left, id)
			}
		}
		c.outputsAlone.Store(len(left) > 0 && !told)
	}
	p := pool.New().WithContext(ctx).WithMaxGoroutines(pagesAtOnce).WithCancelOnError().WithFirstError()
	for _, id := range left {
		p.Go(func(ctx context.Context) error {
			t, err := tasks.one(ctx, c, id)
			switch {
			case platform.Refusal(err).Hidden():
			case err != nil:
				return err
			default:
				tell(id, t.Outputs)
			}
			return nil
		})
	}
	return p.Wait()
}
