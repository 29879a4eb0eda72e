package coverage

import (
	"cmp"
	"slices"
	"strings"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/state"
)

// Class is what a plan makes of a file.
type Class string

// The classes. A file that is wanted at several places is in that of the place where
// most is left to do: Failed before Blocked, Todo, Open and Exported.
const (
	Exported   Class = "exported"   // where the plan wants it
	Open       Class = "open"       // carried by a job that has not ended, or may be
	Todo       Class = "todo"       // to be exported by the next apply
	Blocked    Class = "blocked"    // cannot or must not be exported
	Failed     Class = "failed"     // not there, and failed on record
	Unselected Class = "unselected" // no rule selects it
)

// Classes lists every class, in the order they are shown in.
var Classes = []Class{Exported, Open, Todo, Blocked, Failed, Unselected}

// Share is a part of a project's files.
type Share struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

func (s Share) plus(t Share) Share { return Share{s.Files + t.Files, s.Bytes + t.Bytes} }

// Folder is a folder and a part of the files in it.
type Folder struct {
	Path string `json:"path"` // empty for the project's root
	Share
}

// Project is what a plan makes of the files of a project.
type Project struct {
	ID      string          `json:"project"`
	Classes map[Class]Share `json:"classes"` // every class, and each file in one of them
	// Folders are the folders that have files which no rule selects, with their own
	// such files, by path.
	Folders []Folder `json:"unselected_folders"`
	// Rest is the same in fewer lines: a folder in which no rule selects anything, at
	// whatever depth, stands for all that is in it. The largest come first.
	Rest []Rest `json:"-"`
	// OnPlatform are the files that are not exported and that are no aliases: their
	// bytes are on the platform.
	OnPlatform Share `json:"-"`
	// OfFailed and Intermediate are parts of the files that no rule selects, once
	// AddTasks was called: those of tasks that failed or were aborted, and those of
	// completed tasks that are not among their outputs.
	OfFailed     Share `json:"-"`
	Intermediate Share `json:"-"`

	ofTask map[string][]string // the files that no rule selects, by the task that made them
}

// Rest is a folder with files that no rule selects.
type Rest struct {
	Folder
	Whole bool // all that is in it, and not only files directly in it
}

// Files is how many files a project has, and their size.
func (p *Project) Files() (all Share) {
	for _, s := range p.Classes {
		all = all.plus(s)
	}
	return all
}

// Listing is all files of a plan's projects, each once. The zero value is empty.
type Listing struct {
	projects []string // in the plan's order
	files    map[string]file
	folders  map[string]string // path by ID
}

// file is what is kept of a file.
type file struct {
	project, folder string // shared between files
	task            string // that made it; may be empty
	size            int64
	alias           bool
}

// Add adds files of one folder of a project. Of a file that is told twice, for it was
// moved meanwhile, the folder that sorts first counts.
func (l *Listing) Add(project *platform.Project, folder string, page []platform.File) {
	if !slices.Contains(l.projects, project.ID) {
		l.projects = append(l.projects, project.ID)
	}
	if l.files == nil {
		l.files, l.folders = map[string]file{}, map[string]string{}
	}
	for i := range page {
		f := &page[i]
		switch old, told := l.files[f.ID]; {
		case f.Folder:
			l.folders[f.ID] = strings.TrimPrefix(folder+"/"+f.Name, "/")
		case !told || folder < old.folder:
			l.files[f.ID] = file{project.ID, folder, f.Task, f.Size, f.Storage.Alias()}
		}
	}
}

// Lockfile is what is on record of a plan's exports.
type Lockfile interface {
	// Get is the entry for a target.
	Get(change.Target) (state.Entry, bool)
}

// Unread are the projects that could not be read to their end, as a changeset has
// them: blocked, without a file.
func Unread(c *change.Changeset) (list []change.Blocked) {
	for i := range c.Blocked {
		if c.Blocked[i].File == "" {
			list = append(list, c.Blocked[i])
		}
	}
	return list
}

// Of tells what a plan makes of the files of its projects, without those that could not
// be read. The changes must be those of all its rules. Unsettled are submissions whose
// answers nobody has seen.
func Of(l *Listing, c *change.Changeset, lock Lockfile, unsettled []state.Record) []Project {
	classes := classify(c, lock, unsettled)
	ids := slices.Clone(l.projects)
	for _, b := range Unread(c) {
		ids = slices.DeleteFunc(ids, func(id string) bool { return strings.EqualFold(id, b.Project) })
	}
	projects := make([]Project, len(ids))
	trees := map[string]tree{}
	at := map[string]*Project{}
	for i, id := range ids {
		projects[i] = Project{ID: id, Classes: map[Class]Share{}, ofTask: map[string][]string{}}
		for _, class := range Classes {
			projects[i].Classes[class] = Share{}
		}
		at[id], trees[id] = &projects[i], tree{}
	}
	for id, f := range l.files {
		class := cmp.Or(classes[id], Unselected)
		one, p := Share{1, f.size}, at[f.project]
		if p == nil { // its project could not be read to the end
			continue
		}
		p.Classes[class] = p.Classes[class].plus(one)
		if class != Exported && !f.alias {
			p.OnPlatform = p.OnPlatform.plus(one)
		}
		trees[f.project].add(f.folder, one, class != Unselected)
		if class == Unselected && f.task != "" {
			p.ofTask[f.task] = append(p.ofTask[f.task], id)
		}
	}
	for i := range projects {
		p := &projects[i]
		p.Folders, p.Rest = trees[p.ID].folders(), trees[p.ID].rest()
	}
	return projects
}

// classify is the class of every file that a rule selects, by ID.
func classify(c *change.Changeset, lock Lockfile, unsettled []state.Record) map[string]Class {
	classes := make(map[string]Class, len(c.Unchanged)+len(c.Actions)+len(c.Blocked))
	urgency := map[Class]int{Exported: 1, Open: 2, Todo: 3, Blocked: 4, Failed: 5}
	note := func(file string, class Class) {
		if urgency[class] > urgency[classes[file]] {
			classes[file] = class
		}
	}
	doubtful := map[change.Target]bool{}
	for i := range unsettled {
		doubtful[unsettled[i].Entry.Target()] = true
	}
	for i := range c.Unchanged {
		note(c.Unchanged[i].File, Exported)
	}
	for i := range c.Actions {
		a := &c.Actions[i]
		switch e, _ := lock.Get(a.Target()); {
		case a.Kind == change.Follow, doubtful[a.Target()]:
			note(a.File, Open)
		case e.State == platform.Failed:
			note(a.File, Failed)
		default:
			note(a.File, Todo)
		}
	}
	for i := range c.Blocked {
		b := &c.Blocked[i]
		if b.Reason == change.Refused {
			note(b.File, Failed)
		} else {
			note(b.File, Blocked)
		}
	}
	return classes
}

// Sum adds projects up, without their folders.
func Sum(projects []Project) Project {
	sum := Project{Classes: map[Class]Share{}}
	for i := range projects {
		for class, s := range projects[i].Classes {
			sum.Classes[class] = sum.Classes[class].plus(s)
		}
		sum.OnPlatform = sum.OnPlatform.plus(projects[i].OnPlatform)
		sum.OfFailed = sum.OfFailed.plus(projects[i].OfFailed)
		sum.Intermediate = sum.Intermediate.plus(projects[i].Intermediate)
	}
	return sum
}
