package bench

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sbexport/executor"
	"sbexport/internal/api"
	"sbexport/internal/change"
	"sbexport/internal/credentials"
	"sbexport/internal/diff"
	"sbexport/internal/observe"
	"sbexport/internal/resolve"
	"sbexport/internal/state"
	"sbexport/plan"
)

// apply does what the command does, with a record in memory.
type apply struct {
	client *api.Client
	plan   *plan.Plan
	lock   *state.Lockfile
}

func newApply(t testing.TB, l *local, reserve int) *apply {
	t.Helper()
	who, err := credentials.New(endpoint, "simulator", "the benchmark")
	if err != nil {
		t.Fatal(err)
	}
	client, err := api.New(api.Options{Credentials: who, Transport: l.server.Transport(), Reserve: reserve})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	p, err := plan.Load("sbexport.yaml", []byte(l.plan), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	lock, err := state.Load(filepath.Join(t.TempDir(), "sbexport.lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	return &apply{client, p, lock}
}

// run compares and executes.
func (a *apply) run(t testing.TB) executor.Result {
	t.Helper()
	now := time.Now()
	seen := observe.New(now)
	if err := observe.Look(t.Context(), a.client, diff.AskFirst(a.plan.Rules, a.lock), seen); err != nil {
		t.Fatal(err)
	}
	found, err := resolve.Run(t.Context(), a.client, a.plan, resolve.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if err := observe.Look(t.Context(), a.client, diff.Ask(found, a.lock, seen, false), seen); err != nil {
		t.Fatal(err)
	}
	cs := diff.Compute(found, seen, a.lock, diff.Options{})
	e := executor.Executor{Platform: a.client, Recorder: &memory{lock: a.lock}}
	result, err := e.Run(t.Context(), cs.Actions)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// memory is a recorder without a disk.
type memory struct {
	mu   sync.Mutex
	lock *state.Lockfile
}

// Intend takes no time.
func (*memory) Intend([]*change.Action) error { return nil }

// Record keeps the outcomes.
func (m *memory) Record(outcomes []executor.Outcome) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, o := range outcomes {
		if o.State == "" {
			continue
		}
		a := o.Action
		m.lock.Put(state.Entry{
			File: a.File, Project: a.Project, Path: a.Path, Size: a.Size, Volume: a.Volume, Location: a.Location,
			Rule: a.Rule, State: o.State, ExportID: o.ExportID, StartedOn: o.StartedOn, FinishedOn: o.FinishedOn,
		})
	}
	return nil
}
