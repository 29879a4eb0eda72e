package executor

import (
	"time"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

// phase is where an item stands.
type phase int

const (
	phaseHeld    phase = iota // waits for an earlier action on the same file
	phaseReady                // may be submitted
	phaseResting              // failed for a passing reason; will be ready again
	phaseSending              // in a submission whose answer is not in
	phaseLost                 // in a submission whose answer was lost
	phaseOpen                 // a job carries it
	phaseEnded                // has its outcome
)

// item is one action on its way through a run.
type item struct {
	action *change.Action
	phase  phase
	// after is the action on the same file that may begin when this one has
	// ended: at most one job of a file is open at a time, and the move is last.
	after *item

	attempts   int            // submissions so far
	restsUntil time.Time      // of a resting item
	losses     int            // submissions of it that were lost and never happened
	jobs       []string       // its earlier jobs, which have failed, or made what the lockfile says
	lostAt     time.Time      // when a submission whose answer was lost may first have left, on the platform's clock
	lostBy     time.Time      // when the last such answer was given up, on the same clock
	verdict    *Outcome       // a failure that is to stand if the lost submission is not found, or the file not in place
	done       *Outcome       // its job of unknown mode, which has completed
	copyFailed *change.Action // a copy of the same file that has failed in this run

	job       string    // of an open item
	unsure    bool      // the job is not known to be the action's own, and nobody knows its mode
	submitted time.Time // when the job was first known, or began, if it was followed
	looked    time.Time // when it was last in a round of looks; zero when never
	missing   time.Time // the first of the looks in a row that did not show it
}

// lastLook is when the job was last looked at, or else submitted.
func (it *item) lastLook() time.Time {
	return later(it.looked, it.submitted)
}

func (it *item) request() platform.ExportRequest {
	a := it.action
	return platform.ExportRequest{
		File: a.File, Volume: a.Volume, Location: a.Location,
		Overwrite: a.Overwrite, Properties: a.Properties,
	}
}

// chain makes items of the actions and links those on one file: follows first,
// as their jobs are open already, then copies, and the move last.
func chain(actions []change.Action) (heads []*item) {
	block := make([]item, len(actions))
	last := make(map[string]*item, len(actions))
	for _, rank := range []func(*change.Action) bool{
		func(a *change.Action) bool { return a.Kind == change.Follow },
		func(a *change.Action) bool { return a.Kind != change.Follow && a.CopyOnly },
		func(a *change.Action) bool { return a.Kind != change.Follow && !a.CopyOnly },
	} {
		for i := range actions {
			a := &actions[i]
			if a.Kind == change.Unchanged || !rank(a) {
				continue
			}
			it := &block[i]
			it.action, it.unsure = a, a.ModeUnknown
			if a.Earlier != "" {
				it.jobs = []string{a.Earlier}
			}
			if before := last[a.File]; before != nil {
				before.after = it
			} else {
				heads = append(heads, it)
			}
			last[a.File] = it
		}
	}
	return heads
}
