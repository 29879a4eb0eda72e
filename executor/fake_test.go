package executor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

// fake is a platform and a recorder in memory, on the clock of its bubble.
type fake struct {
	*testing.T
	latency time.Duration
	// queue is how long a submission waits before it leaves, as it does when the
	// request budget is spent.
	queue time.Duration
	// takes is how long the job of a file runs.
	takes func(file string) time.Duration
	// refuse is asked for every item of a submission.
	refuse func(r platform.ExportRequest) *platform.Error
	// ends is asked how a job that has run its time ends; nil means well.
	ends func(job platform.Export) *platform.Error
	// whole is asked for every call of a submission.
	whole func(items []platform.ExportRequest) error
	// lose is asked for every submission: whether its answer is lost, and
	// whether it is carried out all the same.
	lose func(call int) (lost, carriedOut bool)
	// blind is asked for every look: whether it fails, and what single jobs
	// cannot be read for.
	blind func(ids []string) ([]*platform.Error, error)
	// lag is how long a new job is not listed.
	lag time.Duration
	// aliasLag is how long a moved file is shown as it was before.
	aliasLag time.Duration
	arrivals map[string]time.Time // when files were moved

	fileLooks int
	// unread is asked for every look at files: why none can be read.
	unread func(look int) *platform.Error

	mu        sync.Mutex
	jobs      []*platform.Export
	byID      map[string]*platform.Export
	byFile    map[string][]*platform.Export
	copied    map[string]bool // job IDs of copies
	moved     map[string]platform.Storage
	submits   int
	looks     int
	lists     int
	submitted [][]platform.ExportRequest
	intended  map[change.Target]int
	records   []Outcome
	events    []Event
	recordErr error
	// unchecked allows a second open job of a file.
	unchecked bool
}

func newFake(t *testing.T) *fake {
	t.Helper()
	return &fake{
		T: t, latency: 40 * time.Millisecond,
		takes:    func(string) time.Duration { return 5 * time.Second },
		byID:     map[string]*platform.Export{},
		byFile:   map[string][]*platform.Export{},
		copied:   map[string]bool{},
		moved:    map[string]platform.Storage{},
		arrivals: map[string]time.Time{},
		intended: map[change.Target]int{},
	}
}

func (f *fake) executor(o Options) *Executor {
	o.Emit = func(e Event) { f.events = append(f.events, e) }
	return &Executor{Platform: f, Recorder: f, Options: o}
}

// stopping is an executor that is told to stop after a while.
func (f *fake) stopping(o Options, after time.Duration) *Executor {
	e, stop := f.executor(o), make(chan struct{})
	e.Stop = stop
	time.AfterFunc(after, func() { close(stop) })
	return e
}

// blindFor has one job unreadable.
func (f *fake) blindFor(job string, err *platform.Error) {
	f.blind = func(ids []string) ([]*platform.Error, error) {
		unread := make([]*platform.Error, len(ids))
		if i := slices.Index(ids, job); i >= 0 {
			unread[i] = err
		}
		return unread, nil
	}
}

// play gives a test a platform of its own, in a bubble of time.
func play(t *testing.T, test func(f *fake)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(newFake(t)) })
}

func playCase(t *testing.T, name string, test func(f *fake)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { play(t, test) })
}

// refusing refuses what is bad, with an error.
func refusing(err *platform.Error, bad func(r platform.ExportRequest) bool) func(platform.ExportRequest) *platform.Error {
	return func(r platform.ExportRequest) *platform.Error {
		if bad(r) {
			return err
		}
		return nil
	}
}

// run runs actions, which must not fail as a whole.
func (f *fake) run(o Options, actions []change.Action) Result {
	f.Helper()
	return f.runOf(f.executor(o), actions)
}

func (f *fake) runOf(e *Executor, actions []change.Action) Result {
	f.Helper()
	result, err := e.Run(f.Context(), actions)
	if err != nil {
		f.Fatal(err)
	}
	return result
}

func (f *fake) Now() time.Time { return time.Now() }

func (f *fake) wait(ctx context.Context) error {
	select {
	case <-time.After(f.latency):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *fake) Submit(ctx, leave context.Context, copyOnly bool, items []platform.ExportRequest) ([]platform.ExportResult, error) {
	if f.queue > 0 {
		select {
		case <-time.After(f.queue):
		case <-leave.Done():
		}
	}
	if err := leave.Err(); err != nil {
		return nil, err
	}
	results, lost, err := f.take(copyOnly, items)
	if err != nil {
		return nil, err
	}
	if err := f.wait(ctx); err != nil || lost {
		return nil, fmt.Errorf("%w: connection cut", platform.ErrOutcomeUnknown)
	}
	return results, nil
}

// take takes a submission, or refuses it, or does neither.
func (f *fake) take(copyOnly bool, items []platform.ExportRequest) (results []platform.ExportResult, lost bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.submits++
	if f.whole != nil {
		if err := f.whole(items); err != nil {
			return nil, false, err
		}
	}
	carriedOut := true
	if f.lose != nil {
		lost, carriedOut = f.lose(f.submits)
	}
	if carriedOut {
		results = f.carryOut(copyOnly, items)
	}
	return results, lost, nil
}

func (f *fake) carryOut(copyOnly bool, items []platform.ExportRequest) []platform.ExportResult {
	f.submitted = append(f.submitted, items)
	results := make([]platform.ExportResult, len(items))
	for i, item := range items {
		target := change.Target{File: item.File, Volume: item.Volume, Location: item.Location}
		if f.intended[target] == 0 {
			f.Errorf("%v was submitted without being on record", target)
		}
		if len(items) > platform.MaxBulk {
			f.Errorf("a call of %d items", len(items))
		}
		for _, job := range f.byFile[item.File] {
			if !f.unchecked && !f.state(job).Terminal() {
				f.Errorf("%s was submitted while its job %s was open", item.File, job.ID)
			}
		}
		if _, ok := f.moved[item.File]; ok {
			results[i] = platform.ExportResult{Err: &platform.Error{Status: 403, Code: 9006}}
			continue
		}
		if f.refuse != nil {
			if err := f.refuse(item); err != nil {
				results[i] = platform.ExportResult{Err: err}
				continue
			}
		}
		job := &platform.Export{
			ID: fmt.Sprintf("job%d", len(f.jobs)), State: platform.Pending, File: item.File,
			Volume: item.Volume, Location: item.Location, StartedOn: time.Now(),
		}
		f.add(job, copyOnly)
		shown := *job
		results[i] = platform.ExportResult{Export: &shown}
	}
	return results
}

func (f *fake) add(job *platform.Export, copied bool) {
	f.jobs = append(f.jobs, job)
	f.byFile[job.File] = append(f.byFile[job.File], job)
	f.byID[job.ID], f.copied[job.ID] = job, copied
}

// state brings a job up to date.
func (f *fake) state(job *platform.Export) platform.State {
	takes := f.takes(job.File)
	if !job.State.Terminal() && time.Since(job.StartedOn) >= takes {
		job.State, job.FinishedOn = platform.Completed, job.StartedOn.Add(takes)
		if f.ends != nil {
			if err := f.ends(*job); err != nil {
				job.State, job.Err = platform.Failed, err
			}
		}
		if job.State == platform.Completed && !f.copied[job.ID] {
			f.moved[job.File] = platform.Storage{Type: platform.OnVolume, Volume: job.Volume, Location: job.Location}
			f.arrivals[job.File] = job.FinishedOn
		}
	}
	return job.State
}

func (f *fake) Jobs(ctx context.Context, ids []string) ([]platform.ExportResult, error) {
	if err := f.wait(ctx); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looks++
	results := make([]platform.ExportResult, len(ids))
	unread := make([]*platform.Error, len(ids))
	if f.blind != nil {
		var err error
		if unread, err = f.blind(ids); err != nil {
			return nil, err
		}
	}
	for i, id := range ids {
		if results[i].Err = unread[i]; unread[i] != nil {
			continue
		}
		job := f.byID[id]
		if job == nil {
			results[i].Err = &platform.Error{Status: 404, Code: 9008}
			continue
		}
		f.state(job)
		shown := *job
		results[i].Export = &shown
	}
	return results, nil
}

func (f *fake) list(ctx context.Context, volume string, openOnly bool) ([]platform.Export, error) {
	if err := f.wait(ctx); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lists++
	var jobs []platform.Export
	for _, job := range f.jobs {
		if job.Volume == volume && time.Since(job.StartedOn) >= f.lag && !(f.state(job).Terminal() && openOnly) {
			jobs = append(jobs, *job)
		}
	}
	return jobs, nil
}

func (f *fake) OpenJobs(ctx context.Context, volume string) ([]platform.Export, error) {
	return f.list(ctx, volume, true)
}

func (f *fake) VolumeJobs(ctx context.Context, volume string) ([]platform.Export, error) {
	return f.list(ctx, volume, false)
}

func (f *fake) Files(ctx context.Context, ids []string) ([]platform.FileResult, error) {
	if err := f.wait(ctx); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fileLooks++
	for _, job := range f.jobs {
		f.state(job)
	}
	results := make([]platform.FileResult, len(ids))
	for i, id := range ids {
		file := &platform.File{ID: id, Storage: platform.Storage{Type: platform.OnPlatform}}
		if s, ok := f.moved[id]; ok && time.Since(f.arrivals[id]) >= f.aliasLag {
			file.Storage = s
		}
		results[i] = platform.FileResult{ID: id, File: file}
		if f.unread != nil && f.unread(f.fileLooks) != nil {
			results[i] = platform.FileResult{ID: id, Err: f.unread(f.fileLooks)}
		}
	}
	return results, nil
}

func (f *fake) Intend(actions []*change.Action) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range actions {
		f.intended[a.Target()]++
	}
	return f.recordErr
}

func (f *fake) Record(outcomes []Outcome) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.records = append(f.records, outcomes...)
	return f.recordErr
}

// last is the last state on record of each action.
func (f *fake) last() map[change.Target]Outcome {
	last := map[change.Target]Outcome{}
	for _, o := range f.records {
		last[o.Action.Target()] = o
	}
	return last
}

// happened counts the events of a type.
func (f *fake) happened(typ EventType) int {
	n := 0
	for _, e := range f.events {
		if e.Type == typ {
			n++
		}
	}
	return n
}

// completions is how often each file arrived at each place.
func (f *fake) completions() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := map[string]int{}
	for _, job := range f.jobs {
		if f.state(job) == platform.Completed {
			n[job.File+" "+job.Location]++
		}
	}
	return n
}

// moves makes n moves of files of different sizes.
func moves(n int) []change.Action {
	actions := make([]change.Action, n)
	for i := range actions {
		actions[i] = change.Action{
			Kind: change.Export, Rule: "r", File: fmt.Sprintf("f%d", i), Path: fmt.Sprintf("p/%d", i),
			Size: int64(i * 7919 % 1000), Volume: "me/v", Location: fmt.Sprintf("x/%d", i), Key: fmt.Sprintf("pre/x/%d", i),
		}
	}
	return actions
}

// exactlyOnce checks that every action's file arrived once where it should.
func (f *fake) exactlyOnce(actions []change.Action) {
	f.Helper()
	n, last := f.completions(), f.last()
	for i := range actions {
		a := &actions[i]
		if got := n[a.File+" "+a.Location]; got != 1 {
			f.Errorf("%s arrived at %s %d times, want once", a.File, a.Location, got)
		}
		if o := last[a.Target()]; o.State != platform.Completed {
			f.Errorf("%s is on record as %q, want COMPLETED", a.File, o.State)
		}
	}
}

var errDisk = errors.New("no space left on device")
