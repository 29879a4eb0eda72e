package executor

import (
	"time"

	"sbexport/internal/platform"
)

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
	// seconds and an hour by default. An end may be noticed as late as the least
	// of them, and jobs that take longer than the most cost more looks.
	PollMin, PollMax time.Duration
	// Settle is how long a submission whose answer was lost is looked for
	// before it counts as never having happened; a minute by default.
	Settle time.Duration
	// Grace is how long a run that is told to stop waits for the answers to
	// submissions that are under way; 5 seconds by default.
	Grace time.Duration
	// Emit takes the events of the run, one at a time; it must be quick.
	Emit func(Event)
}

// The defaults of Options.
const (
	defaultParallel = 4
	defaultPollMin  = 600 * time.Millisecond
	defaultPollMax  = time.Hour
	defaultSettle   = time.Minute
	defaultGrace    = 5 * time.Second

	// looksAtOnce is how many looks are in flight at once, or as many as
	// submissions if that is more.
	looksAtOnce = 16

	// retryPause is how long a file that failed for a passing reason rests
	// before its second attempt; the rest doubles with each further one. So do
	// looks that came to nothing, but not beyond lastPause.
	retryPause = 5 * time.Second
	lastPause  = time.Minute
)

func (o Options) withDefaults() Options {
	if o.Parallel <= 0 {
		o.Parallel = defaultParallel
	}
	if o.PollMin <= 0 {
		o.PollMin = defaultPollMin
	}
	if o.PollMax <= 0 {
		o.PollMax = defaultPollMax
	}
	o.PollMax = max(o.PollMax, o.PollMin)
	if o.Settle <= 0 {
		o.Settle = defaultSettle
	}
	if o.Grace <= 0 {
		o.Grace = defaultGrace
	}
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

// calls is how many bulk calls so many items take.
func calls(items int) int { return (items + platform.MaxBulk - 1) / platform.MaxBulk }

// Calls is how many requests it takes at the least to run actions: their
// submissions, and one look at every job.
func Calls(moves, copies, follows int) int {
	return calls(moves) + calls(copies) + calls(moves+copies+follows)
}
