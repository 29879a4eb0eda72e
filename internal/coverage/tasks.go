package coverage

import (
	"slices"
	"strings"

	"sbexport/internal/platform"
)

// HasTasks reports whether a task made any of the files that no rule selects.
func (p *Project) HasTasks() bool { return len(p.ofTask) > 0 }

// Untold are those of a project's tasks whose outputs AddTasks needs to know and that
// do not tell them.
func (p *Project) Untold(tasks []platform.Task) (ids []string) {
	for i := range tasks {
		t := &tasks[i]
		if t.Status == platform.TaskCompleted && !t.Told && len(p.ofTask[t.ID]) > 0 {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// AddTasks parts the files that no rule selects by what became of the tasks that made
// them: the project's tasks, and the outputs of those that do not tell them.
func (p *Project) AddTasks(l *Listing, tasks []platform.Task, untold map[string][]platform.Port) {
	for i := range tasks {
		t := &tasks[i]
		ports, known := t.Outputs, t.Told
		if !known {
			ports, known = untold[t.ID]
		}
		for _, id := range p.ofTask[t.ID] {
			f := l.files[id]
			switch one := (Share{1, f.size}); {
			case t.Status == platform.TaskFailed, t.Status == platform.TaskAborted:
				p.OfFailed = p.OfFailed.plus(one)
			case t.Status == platform.TaskCompleted && known && !l.among(ports, id, f.folder):
				p.Intermediate = p.Intermediate.plus(one)
			}
		}
	}
}

// among reports whether a file is one of a task's outputs, or in a folder that is.
func (l *Listing) among(ports []platform.Port, id, folder string) bool {
	return slices.ContainsFunc(ports, func(p platform.Port) bool {
		return slices.ContainsFunc(p.Files, func(o platform.Output) bool {
			return o.ID == id || o.Folder && l.folders[o.ID] != "" && strings.HasPrefix(folder+"/", l.folders[o.ID]+"/")
		})
	})
}
