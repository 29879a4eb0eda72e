package view

import (
	"maps"
	"slices"
	"sync"

	"sbexport/executor"
	"sbexport/internal/change"
)

// Counts is where a run stands.
type Counts struct {
	Files       int   // of all actions
	Bytes       int64 // of all actions
	Done        int   // files that are where they are wanted
	DoneBytes   int64
	Failed      int // files that failed for good in this run
	Open        int // files with a job on the platform
	FailedBytes int64
}

// Pending is the number of files that neither are done nor have failed.
func (c Counts) Pending() int { return c.Files - c.Done - c.Failed }

// LeftBytes is the bytes of those.
func (c Counts) LeftBytes() int64 { return c.Bytes - c.DoneBytes - c.FailedBytes }

// ProjectCounts is where a run stands with the files of one project. Open jobs are
// not counted.
type ProjectCounts struct {
	Project string
	Counts
}

// Tally counts the events of a run. Its methods may be called at once from
// several goroutines.
type Tally struct {
	mu       sync.Mutex
	counts   Counts
	open     map[change.Target]struct{}
	failures []FailedFile
	projects map[string]*Counts
}

// share is how much of the work is over, from 0 to 1: of the files or of the
// bytes, whichever is less. It is 1 only when all is over.
func (c Counts) share() float64 {
	if c.Pending() <= 0 {
		return 1
	}
	share := float64(c.Done+c.Failed) / float64(c.Files)
	if c.Bytes > 0 {
		share = min(share, float64(c.DoneBytes+c.FailedBytes)/float64(c.Bytes))
	}
	return min(share, 0.99)
}

// NewTally starts the count of a run of these actions.
func NewTally(actions []change.Action) *Tally {
	t := &Tally{open: make(map[change.Target]struct{}), projects: map[string]*Counts{}}
	for i := range actions {
		a := &actions[i]
		if t.projects[a.Project] == nil {
			t.projects[a.Project] = &Counts{}
		}
		for _, c := range t.of(a) {
			c.Files++
			c.Bytes += a.Size
		}
	}
	return t
}

// of are the counts that an action belongs to.
func (t *Tally) of(a *change.Action) []*Counts {
	if p := t.projects[a.Project]; p != nil {
		return []*Counts{&t.counts, p}
	}
	return []*Counts{&t.counts}
}

// Event counts an event; it is an event sink for the executor.
func (t *Tally) Event(e executor.Event) {
	if e.Action == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e.Type {
	case executor.Submitted:
		t.open[e.Action.Target()] = struct{}{}
	case executor.FileDone:
		delete(t.open, e.Action.Target())
		for _, c := range t.of(e.Action) {
			c.Done++
			c.DoneBytes += e.Action.Size
		}
	case executor.FileFailed:
		delete(t.open, e.Action.Target())
		for _, c := range t.of(e.Action) {
			c.Failed++
			c.FailedBytes += e.Action.Size
		}
		t.failures = append(t.failures, FailedFile{e.Action, e.Err, e.Permanent})
	case executor.FileRetrying:
		delete(t.open, e.Action.Target())
	case executor.Waiting:
	}
}

// Counts is where the run stands now.
func (t *Tally) Counts() Counts {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.counts
	c.Open = len(t.open)
	return c
}

// Projects are the counts by project, in the order of their IDs; none if there is
// only one project.
func (t *Tally) Projects() (all []ProjectCounts) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.projects) < 2 {
		return nil
	}
	for _, project := range slices.Sorted(maps.Keys(t.projects)) {
		all = append(all, ProjectCounts{project, *t.projects[project]})
	}
	return all
}

// Failures are the files that have failed so far, in the order they did.
func (t *Tally) Failures() []FailedFile {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.failures)
}
