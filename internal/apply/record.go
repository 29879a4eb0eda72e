package apply

import (
	"cmp"
	"errors"
	"fmt"
	"sync"
	"time"

	"sbexport/executor"
	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/internal/state"
)

// recorder records what the executor does: at once in the journal, and from time
// to time and at the end in the lockfile.
type recorder struct {
	journal *state.Journal
	lock    *state.Lockfile

	mu       sync.Mutex
	open     map[change.Target]state.Record // intents whose outcome is not known yet
	saved    time.Time                      // when the lockfile was saved last
	saveCost time.Duration                  // how long that took
}

const (
	// While an apply goes on, the lockfile is saved at most this often, and that
	// takes no more than this share of the time (a twentieth).
	saveEvery = 5 * time.Second
	saveShare = 20
)

// openRecorder opens the journal and brings what an earlier run has left in it
// into the lockfile.
func openRecorder(journalName string, lock *state.Lockfile) (*recorder, error) {
	journal, records, err := state.OpenJournal(journalName)
	if err != nil {
		return nil, err
	}
	r := &recorder{journal: journal, lock: lock, saved: time.Now(), open: map[change.Target]state.Record{}}
	for _, left := range state.Fold(records, lock) {
		r.open[left.Entry.Target()] = left
	}
	if _, err := lock.Save(); err != nil {
		return nil, errors.Join(err, journal.Close())
	}
	return r, nil
}

// unknown are the submissions of an earlier run whose answers nobody has seen.
func (r *recorder) unknown() []executor.Attempt {
	r.mu.Lock()
	defer r.mu.Unlock()
	attempts := make([]executor.Attempt, 0, len(r.open))
	for _, record := range r.open {
		e := record.Entry
		a := &change.Action{
			Kind: change.Export, Rule: e.Rule, File: e.File, Project: e.Project, Path: e.Path, Size: e.Size,
			Volume: e.Volume, Location: e.Location, Key: e.Location,
			CopyOnly: e.CopyOnly, Overwrite: e.Overwrite, Properties: e.Properties,
		}
		attempt := executor.Attempt{Action: a, Sent: record.On}
		if record.Earlier != "" {
			attempt.Jobs = []string{record.Earlier}
		}
		if old, ok := r.lock.Get(e.Target()); ok && old.ExportID != "" && old.ExportID != record.Earlier {
			attempt.Jobs = append(attempt.Jobs, old.ExportID) // the lockfile knows whose it is
		}
		attempts = append(attempts, attempt)
	}
	return attempts
}

// movedBefore reports whether a file is only found to be where another job has
// moved it, which the lockfile knows.
func (r *recorder) movedBefore(o *executor.Outcome) bool {
	if o.State != platform.Completed || o.ExportID != "" || o.Action.CopyOnly {
		return false
	}
	old, ok := r.lock.Get(o.Action.Target())
	intent := r.open[o.Action.Target()]
	return ok && old.State == platform.Completed && !old.CopyOnly && !intent.Knew(&old)
}

// Intend has the actions on disk before they are submitted.
func (r *recorder) Intend(actions []*change.Action) error {
	records := make([]state.Record, len(actions))
	now := time.Now()
	for i, a := range actions {
		records[i] = state.Record{Type: state.Intent, On: now, Entry: entry(a)}
		if old, ok := r.lock.Get(a.Target()); ok && old.State.Terminal() {
			records[i].Earlier, records[i].Again = old.ExportID, old.State == platform.Completed
		}
	}
	r.mu.Lock()
	for _, record := range records {
		r.open[record.Entry.Target()] = record
	}
	r.mu.Unlock()
	return r.journal.Append(records...)
}

// Record has the outcomes on disk.
func (r *recorder) Record(outcomes []executor.Outcome) error {
	records := make([]state.Record, 0, len(outcomes))
	now := time.Now()
	for i := range outcomes {
		o := &outcomes[i]
		record := state.Record{Type: state.Outcome, On: now, Entry: entry(o.Action)}
		if o.State == "" {
			record.Type = state.Withdrawal
		} else {
			setOutcome(&record.Entry, o)
			if r.known(record.Entry) {
				continue
			}
		}
		records = append(records, record)
	}
	if len(records) == 0 {
		return nil
	}
	if err := r.journal.Append(records...); err != nil {
		return err
	}
	return r.keep(records)
}

// keep brings records that are in the journal into the lockfile.
func (r *recorder) keep(records []state.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, record := range records {
		delete(r.open, record.Entry.Target())
		if record.Type == state.Outcome {
			r.lock.Record(record.Entry)
		}
	}
	if time.Since(r.saved) < max(saveEvery, saveShare*r.saveCost) {
		return nil
	}
	return r.save()
}

// known reports whether an entry says only that a job is open which the lockfile has
// as open already: an earlier run has submitted it.
func (r *recorder) known(e state.Entry) bool {
	old, ok := r.lock.Get(e.Target())
	return ok && !e.State.Terminal() && !old.State.Terminal() && old.ExportID == e.ExportID
}

// save saves the lockfile.
func (r *recorder) save() error {
	began := time.Now()
	_, err := r.lock.Save()
	r.saved = time.Now()
	r.saveCost = r.saved.Sub(began)
	if err != nil {
		return fmt.Errorf("saving the lockfile: %w", err)
	}
	return nil
}

// inPlace records files that are where they are wanted and that the lockfile
// does not know yet, or has otherwise.
func (r *recorder) inPlace(unchanged []change.Action) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range unchanged {
		if a := &unchanged[i]; a.Record {
			r.lock.Put(Completed(a))
		}
	}
	return r.save()
}

// close saves the lockfile and removes the journal, which stays only when there
// is a submission of which nobody knows what became.
func (r *recorder) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.save(); err != nil {
		return err // the journal has everything
	}
	if len(r.open) > 0 {
		return r.journal.Close()
	}
	return r.journal.Remove()
}

// Completed is what the lockfile says of an export that is done.
func Completed(a *change.Action) state.Entry {
	e := entry(a)
	e.State, e.ExportID, e.FinishedOn = platform.Completed, a.ExportID, a.FinishedOn
	return e
}

// entry is what a record says of an action, whatever becomes of it.
func entry(a *change.Action) state.Entry {
	return state.Entry{
		File: a.File, Project: a.Project, Path: a.Path, Size: a.Size,
		Volume: a.Volume, Location: a.Location, CopyOnly: a.CopyOnly, ModeUnknown: a.ModeUnknown,
		Overwrite: a.Overwrite, Properties: a.Properties, Rule: a.Rule,
	}
}

// setOutcome adds an outcome to an entry.
func setOutcome(e *state.Entry, o *executor.Outcome) {
	e.State, e.ExportID = o.State, o.ExportID
	e.StartedOn, e.FinishedOn = o.StartedOn, o.FinishedOn
	if o.Err != nil {
		e.Error = &state.Failure{
			Code: o.Err.Code, Status: o.Err.Status, Permanent: o.Permanent,
			Message: cmp.Or(o.Err.Message, o.Err.Explain().Cause),
		}
	}
}
