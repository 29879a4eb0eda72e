package executor

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

// queue is what goes to one volume in one mode; the mode is for a whole call.
// Calls do not mix volumes, so that what one of them refuses is no other's affair.
type queue struct {
	queueKey
	ready []*item   // in order of size, but for those that were added later
	since time.Time // when the first of them became ready
	held  int       // items that wait for an earlier action on their file

	trial   trial
	verdict *Outcome // what every further item comes to; nil while the volume takes any
}

type queueKey struct {
	volume   string
	copyOnly bool
}

// A call may be refused as a whole, for one item that the platform cannot stand
// or for something that all of them share, and the answer does not say which. A
// trial finds out, one call after the other, while the rest of the queue waits. It
// halves what was refused, so that one bad item of a full call costs 14 more, and
// gives the volume up as soon as it is plain that it takes nothing.
type trial struct {
	calls   [][]*item // to be made
	busy    bool      // one of them is under way
	taken   bool      // the volume has taken one of them
	refused int       // calls that it has refused
	alone   int       // of these, the ones with a single file
}

const (
	// A volume that has refused so many calls, and then so many single files from
	// the beginning, the middle and the end of them, takes nothing.
	suspicious = 3
	convincing = 3

	// linger is how long a submission that is not full waits for actions that are
	// held back by an earlier one on their file.
	linger = 5 * time.Second
)

// item is one action on its way through a run.
type item struct {
	// Attempt is what would be searched for if the item's last submission is lost
	// or leaves a doubt.
	Attempt
	queue *queue
	// after is the action on the same file that may begin when this one has
	// ended: at most one job of a file is open at a time, and the move is last.
	after *item

	attempts   int            // submissions so far
	losses     int            // of these, the ones that were lost and never happened
	restsUntil time.Time      // of a resting item
	verdict    *Outcome       // a failure that is to stand if the lost submission is not found, or the file not in place
	copyFailed *change.Action // a copy of the same file that has failed in this run

	open    bool      // a job carries it
	job     string    // of an open item
	unsure  bool      // the job is not known to be the action's own, and nobody knows its mode
	looked  time.Time // when it was last in a round of looks; zero when never
	missing time.Time // the first of the looks in a row that did not show it
}

// chain makes items of the actions and links those on one file: follows first,
// as their jobs are open already, then copies, and the move last.
func chain(actions []change.Action) (heads []*item) {
	rank := func(it *item) int {
		switch {
		case it.Action.Kind == change.Follow:
			return 0
		case it.Action.CopyOnly:
			return 1
		}
		return 2
	}
	items := make([]*item, len(actions))
	for i := range actions {
		a := &actions[i]
		items[i] = &item{Attempt: Attempt{Action: a}, unsure: a.ModeUnknown}
		if a.Earlier != "" {
			items[i].Jobs = []string{a.Earlier}
		}
	}
	slices.SortStableFunc(items, func(a, b *item) int { return cmp.Compare(rank(a), rank(b)) })
	last := make(map[string]*item, len(items))
	for _, it := range items {
		if before := last[it.Action.File]; before != nil {
			before.after = it
		} else {
			heads = append(heads, it)
		}
		last[it.Action.File] = it
	}
	return heads
}

// begin puts the first action of each file where it belongs: the biggest files
// first, which shortens a run whose jobs take the longer the bigger their files are.
func (r *run) begin(heads []*item) {
	slices.SortStableFunc(heads, func(a, b *item) int { return cmp.Compare(b.Action.Size, a.Action.Size) })
	queues := map[queueKey]*queue{}
	var follows []*item
	for _, it := range heads {
		for next := it; next != nil; next = next.after {
			key := queueKey{next.Action.Volume, next.Action.CopyOnly}
			if queues[key] == nil {
				queues[key] = &queue{queueKey: key}
				r.queues = append(r.queues, queues[key])
			}
			next.queue = queues[key]
			next.queue.held++
		}
		it.queue.held--
		if it.Action.Kind == change.Follow {
			follows = append(follows, it)
		} else {
			r.makeReady(it)
		}
	}
	r.follow(follows)
}

func (r *run) makeReady(it *item) {
	q := it.queue
	if q.verdict != nil {
		r.giveUp([]*item{it}, *q.verdict)
		return
	}
	if len(q.ready) == 0 {
		q.since = time.Now()
	}
	q.ready = append(q.ready, it)
}

// waiting reports whether there is anything to submit.
func (q *queue) waiting() bool { return len(q.ready)+len(q.trial.calls) > 0 }

// due is when the next call may leave; zero when none may, until something happens.
func (q *queue) due(now time.Time) time.Time {
	switch {
	case q.trial.busy || !q.waiting():
		return time.Time{}
	case len(q.trial.calls) == 0 && len(q.ready) < platform.MaxBulk && q.held > 0:
		return q.since.Add(linger)
	}
	return now
}

// rank orders queues: trials first, for others wait for them, then the biggest files.
func (q *queue) rank() int64 {
	if len(q.trial.calls) > 0 {
		return math.MaxInt64
	}
	return q.ready[0].Action.Size
}

// next takes the next call.
func (q *queue) next() []*item {
	if len(q.trial.calls) > 0 {
		return q.trial.next()
	}
	n := min(len(q.ready), platform.MaxBulk)
	batch := q.ready[:n:n]
	q.ready, q.since = q.ready[n:], time.Now()
	return batch
}

// next is the trial's next call: the halves in turn, or single files from
// different places when it looks as if none were taken.
func (t *trial) next() []*item {
	t.busy = true
	if t.taken || t.refused < suspicious {
		call := t.calls[0]
		t.calls = t.calls[1:]
		return call
	}
	i := t.alone * (len(t.calls) - 1) / (convincing - 1)
	call := t.calls[i]
	n := t.alone * (len(call) - 1) / (convincing - 1)
	t.calls[i] = slices.Concat(call[:n], call[n+1:])
	t.calls = slices.DeleteFunc(t.calls, func(rest []*item) bool { return len(rest) == 0 })
	return call[n : n+1 : n+1]
}

// tried ends a call of a trial. After the last one the queue goes on.
func (q *queue) tried(taken bool) {
	q.trial.busy = false
	q.trial.taken = q.trial.taken || taken
	if len(q.trial.calls) == 0 {
		q.trial = trial{}
	}
}

// refusedWhole deals with a call that was refused as a whole. The refusal of a
// single item is on record.
func (r *run) refusedWhole(batch []*item, err *platform.Error) {
	q, alone := batch[0].queue, len(batch) == 1
	if alone {
		r.refused(batch[0], refusal(batch[0].Action, err))
		if !q.trial.busy && !err.AboutVolume() {
			return // one file by itself says nothing about the volume
		}
		q.trial.alone++
	} else {
		for _, it := range batch {
			it.attempts-- // it was not this item's fault, as far as is known
		}
		q.trial.calls = slices.AppendSeq(q.trial.calls, slices.Chunk(batch, (len(batch)+1)/2))
	}
	q.trial.refused++
	switch {
	case q.verdict != nil:
	case err.AboutVolume():
		q.verdict = &Outcome{State: platform.Failed, Err: err, Permanent: err.Permanent()}
	case !q.trial.taken && q.trial.alone >= convincing:
		q.verdict = &Outcome{State: platform.Failed, Err: &platform.Error{
			Message: fmt.Sprintf("not submitted, because volume %s took none of the files that were tried; the last was refused with: %v", q.volume, err),
		}}
	default:
		return
	}
	r.giveUpRest(q)
}

// aboutVolume is why every item of a call that was taken was refused, if that is
// one reason and lies with the volume.
func aboutVolume(results []platform.ExportResult) *platform.Error {
	for _, result := range results {
		if err := result.Err; err == nil || result.Ambiguous || !err.AboutVolume() || err.Code != results[0].Err.Code {
			return nil
		}
	}
	return results[0].Err
}

// giveUpRest gives up all that is still to go to a volume.
func (r *run) giveUpRest(q *queue) {
	items := slices.Concat(slices.Concat(q.trial.calls...), q.ready)
	q.trial.calls, q.ready = nil, nil
	r.giveUp(items, *q.verdict)
}

// giveUp gives items an outcome that they share, without an attempt.
func (r *run) giveUp(items []*item, verdict Outcome) {
	outcomes := make([]Outcome, 0, len(items))
	items = slices.DeleteFunc(items, func(it *item) bool {
		o := verdict
		o.Action = it.Action
		if r.doubt(it, o) {
			return true
		}
		outcomes = append(outcomes, o)
		return false
	})
	if len(outcomes) == 0 {
		return
	}
	r.check("recording a refusal", r.Recorder.Record(outcomes))
	for i, it := range items {
		r.finish(it, outcomes[i])
	}
}
