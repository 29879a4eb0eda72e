package executor

import (
	"cmp"
	"context"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

// Platform is what the executor needs of the Seven Bridges side.
type Platform interface {
	// Submit starts up to platform.MaxBulk exports of one mode; results[i]
	// answers items[i]. It does not leave after the context leave has ended; once
	// it has begun to, its answer is waited for until ctx ends. After an error
	// nothing was started, unless the error is platform.ErrOutcomeUnknown: then
	// some or all may have been.
	Submit(ctx, leave context.Context, copyOnly bool, items []platform.ExportRequest) ([]platform.ExportResult, error)
	// Jobs reads up to platform.MaxBulk jobs; results[i] answers ids[i]. A job that
	// cannot be read is a result. After an error nothing was learned of any.
	Jobs(ctx context.Context, ids []string) ([]platform.ExportResult, error)
	// VolumeJobs lists the caller's jobs on a volume, in every state.
	VolumeJobs(ctx context.Context, volume string) ([]platform.Export, error)
	// Files reads any number of files; results[i] answers ids[i].
	Files(ctx context.Context, ids []string) ([]platform.FileResult, error)
	// OpenJobs lists the caller's jobs on a volume that are pending or running.
	OpenJobs(ctx context.Context, volume string) ([]platform.Export, error)
	// Now is the time on the platform's clock, as well as it is known.
	Now() time.Time
}

// Recorder makes what the executor does durable.
type Recorder interface {
	// Intend has on disk, when it returns, that these actions are about to be
	// submitted. After an error nothing may be submitted.
	Intend(actions []*change.Action) error
	// Record takes outcomes, terminal or not (a job that is open). They are on
	// disk when it returns.
	Record(outcomes []Outcome) error
}

// Outcome is what is known of an action's job.
type Outcome struct {
	Action *change.Action
	// State is Pending, Running, Completed or Failed; empty when the action was
	// intended and certainly never became a job.
	State      platform.State
	ExportID   string // empty when it never became a job
	StartedOn  time.Time
	FinishedOn time.Time
	Err        *platform.Error // of a failed one
	Permanent  bool            // trying again would fail again

	ambiguous bool      // Err may be another file's
	ended     time.Time // when a completed job of unknown mode had ended at the latest
}

// Unknown reports that nobody can tell what became of a submission. It is not to
// be recorded: the intent stays as it is on record.
func (o Outcome) Unknown() bool { return o.State == "" && o.Err != nil }

// EventType is the kind of an Event.
type EventType string

// The events of a run.
const (
	Submitted    EventType = "submitted" // the platform took the file; or a Follow began
	FileDone     EventType = "completed" // the file is on the volume
	FileFailed   EventType = "failed"    // the file failed for good in this run
	FileRetrying EventType = "retrying"  // the file failed and will be tried again
	Waiting      EventType = "waiting"   // nothing to do for a while; see Event.Until and Event.Message
)

// Event is something that happened. Action is nil for Waiting.
type Event struct {
	Type     EventType
	Time     time.Time
	Action   *change.Action
	ExportID string
	Err      *platform.Error
	// Permanent tells of FileFailed that trying again would fail again.
	Permanent bool
	Attempt   int       // of Submitted and FileRetrying: the number of the attempt, from 1
	Until     time.Time // of FileRetrying and Waiting; zero when not known
	Message   string    // of Waiting: a clause that says for what
}

// Executor runs changesets.
type Executor struct {
	Platform Platform
	Recorder Recorder
	Options  Options
	// Stop, once closed, makes a run submit nothing more, whatever a submission
	// waits for, wait a moment for the answers that are under way, and end with
	// what is open on record. It may be nil.
	Stop <-chan struct{}
}

// Options tune a run. The zero value of each field means its default.
type Options struct {
	// Parallel is how many submissions are in flight at once; 4 by default.
	Parallel int
	// Retries is how often a file that failed for a passing reason is submitted
	// again in this run. Negative means never.
	Retries int
	// NoWait ends the run when everything that can be submitted is submitted
	// and on record; the jobs go on by themselves.
	NoWait bool
	// PollMin and PollMax bound the time between two looks at the same job; 0.6
	// seconds and an hour by default. An end may be noticed as late as PollMin, and
	// jobs that take longer than PollMax cost more looks.
	PollMin, PollMax time.Duration
	// Settle is how long a submission whose answer was lost is looked for
	// before it counts as never having happened; a minute by default.
	Settle time.Duration
	// Emit takes the events of the run, one at a time; it must be quick.
	Emit func(Event)
}

// The defaults of Options.
const (
	defaultParallel = 4
	defaultPollMin  = 600 * time.Millisecond
	defaultPollMax  = time.Hour
	defaultSettle   = time.Minute
)

func (o Options) withDefaults() Options {
	o.Parallel = cmp.Or(o.Parallel, defaultParallel)
	o.PollMin = cmp.Or(o.PollMin, defaultPollMin)
	o.PollMax = max(o.PollMin, cmp.Or(o.PollMax, defaultPollMax))
	o.Settle = cmp.Or(o.Settle, defaultSettle)
	if o.Emit == nil {
		o.Emit = func(Event) {}
	}
	return o
}

// Result is what a run came to. Every action is counted once.
type Result struct {
	Completed int   // on the volume
	Failed    int   // failed for good in this run
	Open      int   // submitted and not ended, on record
	Unsent    int   // never submitted, because the run stopped or did not wait
	Bytes     int64 // of the completed ones
	Failures  []Outcome
	Stopped   bool // told to stop before the end
}

// Calls is how many requests it takes at the least to run actions: their
// submissions, and one look at every job.
func Calls(actions []change.Action) int {
	submitted := map[queueKey]int{}
	for i := range actions {
		if a := &actions[i]; a.Kind != change.Follow {
			submitted[queueKey{a.Volume, a.CopyOnly}]++
		}
	}
	n := calls(len(actions))
	for _, items := range submitted {
		n += calls(items)
	}
	return n
}

// calls is how many bulk calls so many items take.
func calls(items int) int { return (items + platform.MaxBulk - 1) / platform.MaxBulk }
