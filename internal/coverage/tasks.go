package coverage

import (
	"slices"
	"strings"

	"sbexport/internal/platform"
)

// HasTasks reports whether a task made any of the files that no rule selects.
func (p *Project) HasTasks() bool { return len(p.ofTask) > 0 }

// Makers are those of a project's tasks whose outputs AddTasks needs to know.
func (p *Project) Makers(tasks []platform.Task) (makers []*platform.Task) {
	for i := range tasks {
		if t := &tasks[i]; t.Status == platform.TaskCompleted && len(p.ofTask[t.ID]) > 0 {
			makers = append(makers, t)
		}
	}
	return makers
}

// AddTasks parts the files that no rule selects by what became of the tasks that made
// them, which are the project's.
func (p *Project) AddTasks(l *Listing, tasks []platform.Task) {
	for i := range tasks {
		t := &tasks[i]
		for _, id := range p.ofTask[t.ID] {
			f := l.files[id]
			switch one := (Share{1, f.size}); {
			case t.Status == platform.TaskFailed, t.Status == platform.TaskAborted:
				p.OfFailed = p.OfFailed.plus(one)
			case t.Status == platform.TaskCompleted && t.Told && !l.among(t.Outputs, id, f.folder):
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
