package simulator

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// task is a task that has run, runs or is to run. Tasks do not change.
type task struct {
	seed                    *taskSeed
	id, name, app           string
	project                 int32
	number                  int // in its block, from 1
	parent                  *task
	children                []*task
	created, started, ended time.Time // zero for what has not happened
	inputs, outputs         []port
}

// port is what a task took in or put out. The value is made of lists, files,
// and what JSON has.
type port struct {
	name  string
	value any
}

// fileValue is a file or folder at a port; deletedFile is one that is gone.
type (
	fileValue   int32
	deletedFile string
)

// app is an app of a project, with all revisions up to the latest.
type app struct {
	id       string // owner/project/name
	project  string
	name     string
	revision int
}

// taskIndex holds the tasks and apps.
type taskIndex struct {
	tasks    []*task
	taskByID map[string]*task
	apps     map[string]*app // by ID without revision
}

// makeTasks makes the tasks and apps of a seed.
func (s *Server) makeTasks(r *reader) {
	s.taskIndex = taskIndex{taskByID: map[string]*task{}, apps: map[string]*app{}}
	sameName := map[string]int{}
	for project, p := range s.projects {
		for _, a := range p.seed.apps {
			s.useApp(p.seed.id+"/"+a.id, a.revision).name = a.name
		}
		m := &taskMaker{s: s, r: r, project: int32(project), sameName: sameName}
		for _, seed := range p.seed.tasks {
			m.block(seed, nil)
		}
	}
}

// useApp finds or makes an app, which has a revision at least.
func (s *Server) useApp(id string, revision int) *app {
	a := s.apps[id]
	if a == nil {
		slash := strings.LastIndexByte(id, '/')
		a = &app{id: id, project: id[:slash], name: id[slash+1:]}
		s.apps[id] = a
	}
	a.revision = max(a.revision, revision)
	return a
}

// appOf is the app that a task names, with its revision.
func (s *Server) appOf(project, text string) string {
	parts := strings.Split(text, "/")
	revision, last := -1, len(parts)-1
	if n, err := strconv.Atoi(parts[last]); err == nil && (last == 1 || last == 3) {
		revision, parts = n, parts[:last]
	}
	id := strings.Join(parts, "/")
	if len(parts) == 1 {
		id = project + "/" + id
	}
	a := s.useApp(id, revision)
	if revision < 0 {
		revision = a.revision
	}
	return a.id + "/" + strconv.Itoa(revision)
}

// taskMaker makes the tasks of one project.
type taskMaker struct {
	s        *Server
	r        *reader
	project  int32
	sameName map[string]int
}

// block makes the tasks of one entry of the seed.
func (m *taskMaker) block(seed *taskSeed, parent *task) {
	for n := 1; n <= seed.count && len(m.r.problems) <= maxProblems; n++ {
		t := m.task(seed, n)
		t.parent = parent
		if parent != nil {
			parent.children = append(parent.children, t)
		}
		if m.s.taskByID[t.id] != nil {
			m.r.failAt(seed.line, "the ID %s of a task stands twice: give one of them another", t.id)
		}
		m.s.taskByID[t.id] = t
		m.s.tasks = append(m.s.tasks, t)
		for _, child := range seed.children {
			m.block(child, t)
		}
	}
}

func (m *taskMaker) task(seed *taskSeed, n int) *task {
	project := m.s.projects[m.project].seed.id
	t := &task{seed: seed, id: seed.id, number: n, project: m.project, app: m.s.appOf(project, seed.app)}
	t.name = m.fill(t, seed.name)
	if t.id == "" {
		key := project + "\x00" + t.name
		t.id = madeTaskID(key + "\x00" + strconv.Itoa(m.sameName[key]))
		m.sameName[key]++
	}
	m.date(t)
	if seed.children != nil {
		return t // what the seed says of ports is for the children
	}
	t.inputs = m.ports(t, seed.inputs)
	t.outputs = m.ports(t, seed.outputs)
	for _, p := range t.outputs {
		m.setOrigin(t, p.value)
	}
	return t
}

// fill is a pattern's text for a task.
func (m *taskMaker) fill(t *task, p pattern) string {
	return p.expand(t.number, folderNumber(t.number, t.seed.folders))
}

// madeTaskID is a UUID made from a text.
func madeTaskID(from string) string {
	sum := sha256.Sum256([]byte(from))
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	text := hex.EncodeToString(sum[:16])
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}

// date settles a task's times, as far as its state has come. Of a block, each
// task comes a second after the one before.
func (m *taskMaker) date(t *task) {
	seed, began := t.seed, m.s.began
	created := longAgo
	switch {
	case seed.created.set:
		created = seed.created.resolve(began, longAgo)
	case seed.started.set:
		created = seed.started.resolve(began, longAgo).Add(-time.Minute)
	case seed.ended.set:
		created = seed.ended.resolve(began, longAgo).Add(-time.Hour)
	}
	later := time.Duration(t.number-1) * time.Second
	t.created = created.Add(later)
	switch seed.status {
	case "DRAFT", "CREATING", "QUEUED":
		return
	}
	t.started = seed.started.resolve(began, created.Add(time.Minute)).Add(later)
	switch seed.status {
	case "COMPLETED", "FAILED", "ABORTED":
		t.ended = seed.ended.resolve(began, created.Add(time.Hour)).Add(later)
	}
}

func (m *taskMaker) ports(t *task, seeds []portSeed) []port {
	ports := make([]port, len(seeds))
	for i, seed := range seeds {
		ports[i] = port{seed.name, m.value(t, seed.value)}
	}
	return ports
}

// value makes a value at a port.
func (m *taskMaker) value(t *task, v *valueSeed) any {
	switch {
	case v.list != nil:
		list := make([]any, len(v.list))
		for i, item := range v.list {
			list[i] = m.value(t, item)
		}
		return list
	case v.deleted != nil:
		return deletedFile(m.fill(t, v.deleted))
	case v.file == nil:
		return v.json
	}
	project := v.project
	if project == "" {
		project = m.s.projects[m.project].seed.id
	}
	path := m.fill(t, v.file)
	node, found := m.s.atPath(project, path)
	if !found {
		m.r.failAt(v.line, "%q is no file of the project %s, which a task names "+
			"(folders end in a slash; {deleted: NAME} is a file that is gone, {value: TEXT} a text)", path, project)
		return nil
	}
	return fileValue(node)
}

// atPath finds a file or, by a path with a slash at the end, a folder; files by
// their ID too.
func (s *Server) atPath(project, path string) (int32, bool) {
	if i, unknown := s.find(path, 5002); unknown == nil {
		return i, true
	}
	bare, isFolder := strings.CutSuffix(path, "/")
	i, found := s.nodeByID[madeFileID(project, bare)]
	if p := s.projectByID[project]; !found && p != nil { // what has an ID of its own is found by its name
		i, found = p.root, true
		for name := range strings.SplitSeq(bare, "/") {
			if found = found && s.nodes[i].folder != nil; found {
				i, found = s.childNamed(i, name)
			}
		}
	}
	return i, found && (s.nodes[i].folder != nil) == isFolder
}

// setOrigin has a file that a task put out, and its secondary files, name the task as
// its origin, unless it names another.
func (m *taskMaker) setOrigin(t *task, value any) {
	if list, ok := value.([]any); ok {
		for _, item := range list {
			m.setOrigin(t, item)
		}
	}
	file, ok := value.(fileValue)
	if !ok {
		return
	}
	n := &m.s.nodes[file]
	if n.folder == nil && n.task == "" {
		changed := *n.attributes // which other files may share
		changed.task = t.id
		n.attributes = &changed
	}
	for _, other := range n.secondary {
		m.setOrigin(t, fileValue(other))
	}
}
