package snapshot

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"sbexport/internal/platform"
)

// seedTask is a task as a seed has it. A batch has children.
type seedTask struct {
	ID         string            `json:"id,omitempty"`
	Name       string            `json:"name"`
	App        string            `json:"app,omitempty"`
	Status     string            `json:"status,omitempty"`
	EndedOn    string            `json:"ended_on,omitempty"`
	Outputs    map[string][]any  `json:"outputs,omitempty"`
	BatchInput string            `json:"batch_input,omitempty"`
	BatchBy    []string          `json:"batch_by,omitempty"`
	Group      map[string]string `json:"group,omitempty"`
	Children   []seedTask        `json:"children,omitempty"`
}

var (
	// taskID is the form of task IDs, appID that of the apps that tasks name.
	taskID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	appID  = regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+(/[0-9]{1,6})?$`)

	revisionForm = regexp.MustCompile(`/[0-9]+$`)
)

// tasks reads the tasks of a project, in every status, with what they have put out.
func (s *snapshot) tasks(ctx context.Context, project string) ([]platform.Task, error) {
	all, err := s.src.Tasks(ctx, project, "")
	if platform.Refusal(err).Hidden() {
		s.summary.Notes = append(s.summary.Notes, fmt.Sprintf("the tasks of project %q could not be read, and are not in the seed", project))
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var run []*platform.Task
	for i := range all {
		if !all[i].Batch {
			run = append(run, &all[i])
		}
	}
	return all, s.src.Outputs(ctx, run)
}

// tasks writes the tasks of a project, those of a batch below it.
func (w *projectWriter) tasks(all []platform.Task) {
	batches := map[string]bool{}
	for _, t := range all {
		batches[t.ID] = t.Batch
	}
	children := map[string][]seedTask{}
	var top []platform.Task
	for _, t := range all {
		if !batches[t.Parent] {
			top = append(top, t)
		} else if child, ok := w.task(t); ok {
			children[t.Parent] = append(children[t.Parent], child)
		}
	}
	first := true
	for _, t := range top {
		out, ok := w.task(t)
		if !ok {
			continue
		}
		if t.Batch {
			w.batch(&out, children[t.ID])
		}
		if first {
			w.line("    tasks:")
			first = false
		}
		w.line("      - ", flow(out))
	}
}

// batch makes a task one. Which input it was split by is not known.
func (w *projectWriter) batch(t *seedTask, children []seedTask) {
	keys := map[string]bool{}
	for _, child := range children {
		for key := range child.Group {
			keys[key] = true
		}
	}
	t.BatchInput, t.BatchBy = "input", slices.Sorted(maps.Keys(keys))
	t.Children = slices.Clip(append([]seedTask{}, children...))
	if len(t.BatchBy) == 0 {
		t.BatchBy = []string{"item"}
	}
}

// task is a task as the seed has it; it is false for one that a seed cannot hold.
func (w *projectWriter) task(t platform.Task) (seedTask, bool) {
	d := w.o.Disguise
	out := seedTask{
		Name: literal(d.value(t.Name)), App: d.app(t.App), Status: t.Status, EndedOn: moment(t.EndedOn),
	}
	if id := d.task(t.ID); taskID.MatchString(id) {
		out.ID = id
	}
	if out.Name == "" || !appID.MatchString(out.App) {
		w.left.tasks++
		return out, false
	}
	for key, value := range t.Group {
		if out.Group == nil {
			out.Group = map[string]string{}
		}
		out.Group[key] = literal(d.value(value))
	}
	for _, port := range t.Outputs {
		if out.Outputs == nil {
			out.Outputs = map[string][]any{}
		}
		out.Outputs[port.Name] = []any{}
		along := map[string]bool{} // secondary files, which come with their primary
		for _, f := range port.Files {
			if along[f.ID] {
				continue
			}
			out.Outputs[port.Name] = append(out.Outputs[port.Name], w.output(f))
			for _, id := range w.secondary[f.ID] {
				along[id] = true
			}
		}
	}
	w.summary.Tasks++
	return out, true
}

// app is the pseudonym of an app's ID, whose revision is no word.
func (d *Disguise) app(id string) string {
	revision := revisionForm.FindString(id)
	return d.owned(strings.TrimSuffix(id, revision)) + revision
}

// output is a file or folder that a task has put out: its path, or that it is
// gone from the project.
func (w *projectWriter) output(f platform.Output) any {
	path, here := w.paths[f.ID]
	if f.Folder {
		path, here = w.folders[f.ID]
		path += "/"
	}
	if !here {
		return map[string]string{"deleted": "gone"}
	}
	return literal(path)
}

// literal is a text in which a seed sees no placeholders.
func literal(s string) string { return strings.ReplaceAll(s, "{", "{{") }
