package executor

import (
	"fmt"
	"slices"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

// A call may be refused as a whole, for one item that the platform cannot stand
// or for something that all of them share, and the answer does not say which. A
// trial finds out, for one volume and mode, one call after the other, while the
// volume's other files wait and all other volumes go on. It halves what was
// refused, so that one bad item of a full call costs 14 more, and gives the
// volume up as soon as it is plain that it takes nothing.
type trial struct {
	volume   string
	copyOnly bool
	calls    [][]*item // to be made, the larger first
	shelf    []*item   // of the volume, to be submitted after the trial
	busy     bool      // one of the calls is under way

	taken   bool     // the volume has taken one of the calls
	refused int      // calls that it has not taken, in a row from the first
	alone   int      // files among them that were asked alone
	verdict *Outcome // what every further file of the volume comes to; nil while it is tried
}

const (
	// A volume that has refused so many calls, and then so many files from its
	// beginning, its middle and its end, takes nothing.
	suspicious = 3
	convincing = 3
)

// trialOf is the trial that an action's volume is on, or nil.
func (r *run) trialOf(a *change.Action) *trial {
	for _, t := range r.trials {
		if t.volume == a.Volume && t.copyOnly == a.CopyOnly {
			return t
		}
	}
	return nil
}

// trying reports whether a trial has calls to make or to wait for.
func (r *run) trying() bool {
	return slices.ContainsFunc(r.trials, func(t *trial) bool { return t.verdict == nil })
}

// try begins a trial of the items' volume, unless it is on one. What is ready of
// it waits from now on.
func (r *run) try(a *change.Action) *trial {
	if t := r.trialOf(a); t != nil {
		return t
	}
	t := &trial{volume: a.Volume, copyOnly: a.CopyOnly}
	r.trials = append(r.trials, t)
	var others []*item
	for _, it := range r.ready[mode(a)] {
		if it.action.Volume == a.Volume {
			t.shelf = append(t.shelf, it)
		} else {
			others = append(others, it)
		}
	}
	r.ready[mode(a)] = others
	return t
}

// refusedWhole deals with a call that was refused as a whole; t is its trial, or
// nil. The refusal of a single item is on record.
func (r *run) refusedWhole(batch []*item, t *trial, err *platform.Error) {
	if len(batch) == 1 {
		r.refused(batch[0], refusal(batch[0].action, err))
		if t == nil && !err.AboutVolume() {
			return // one file by itself says nothing about the volume
		}
	} else {
		for _, it := range batch {
			it.attempts-- // it was not this item's fault, as far as is known
			it.phase = phaseReady
		}
	}
	parts := byVolume(batch)
	for _, part := range parts {
		t := r.try(part[0].action)
		switch {
		case len(parts) > 1:
			t.calls = append(t.calls, part) // which of the volumes it was is not known
		case len(batch) > 1:
			t.calls = slices.AppendSeq(t.calls, slices.Chunk(part, (len(part)+1)/2))
		}
		if len(parts) == 1 && t.verdict == nil {
			t.judge(err, len(batch) == 1)
		}
		r.goOn(t)
	}
}

// judge takes the refusal of a call, and gives the volume up where that is plain.
func (t *trial) judge(err *platform.Error, alone bool) {
	t.refused++
	if alone {
		t.alone++
	}
	switch {
	case err.AboutVolume():
		t.verdict = &Outcome{State: platform.Failed, Err: err, Permanent: err.Permanent()}
	case !t.taken && t.alone >= convincing:
		t.verdict = &Outcome{State: platform.Failed, Err: &platform.Error{
			Message: fmt.Sprintf("not submitted, because volume %s took none of the files that were tried; the last was refused with: %v", t.volume, err),
		}}
	}
}

// goOn lets the volume's files go again after the last call of a trial, or fails
// them with its verdict.
func (r *run) goOn(t *trial) {
	items := t.shelf
	switch {
	case t.verdict != nil:
		items = slices.Concat(slices.Concat(t.calls...), t.shelf)
		t.calls, t.shelf = nil, nil
		r.giveUp(items, *t.verdict)
	case !t.busy && len(t.calls) == 0:
		r.trials = slices.DeleteFunc(r.trials, func(other *trial) bool { return other == t })
		for _, it := range items {
			r.makeReady(it)
		}
	}
}

// giveUp gives items the outcome of all files of their volume.
func (r *run) giveUp(items []*item, verdict Outcome) {
	var ended []*item
	var outcomes []Outcome
	for _, it := range items {
		o := verdict
		o.Action = it.action
		if !r.doubt(it, o) {
			ended, outcomes = append(ended, it), append(outcomes, o)
		}
	}
	if len(outcomes) == 0 {
		return
	}
	if err := r.Recorder.Record(outcomes); err != nil {
		r.halt(fmt.Errorf("recording a refusal: %w", err))
	}
	for i, it := range ended {
		r.finish(it, outcomes[i])
	}
}

// tried ends a call of a trial; t may be nil.
func (r *run) tried(t *trial, taken bool) {
	if t == nil {
		return
	}
	t.busy = false
	t.taken = t.taken || taken
	r.goOn(t)
}

// startTrials makes the next call of each trial.
func (r *run) startTrials() {
	for _, t := range r.trials {
		if !t.busy && len(t.calls) > 0 && r.mayStart() {
			t.busy = true
			r.submit(t.next(), t)
		}
	}
}

// next is the trial's next call: the halves in turn, or single files from
// different places when it looks as if none were taken.
func (t *trial) next() []*item {
	if t.taken || t.refused < suspicious {
		call := t.calls[0]
		t.calls = t.calls[1:]
		return call
	}
	i := t.alone * (len(t.calls) - 1) / (convincing - 1)
	call := t.calls[i]
	n := t.alone * (len(call) - 1) / (convincing - 1)
	it := call[n]
	if rest := slices.Delete(slices.Clone(call), n, n+1); len(rest) > 0 {
		t.calls[i] = rest
	} else {
		t.calls = slices.Delete(t.calls, i, i+1)
	}
	return []*item{it}
}

// judgeVolumes gives up the volumes of which a call was taken and every item
// refused, each for the same reason that lies with the volume.
func (r *run) judgeVolumes(batch []*item, results []platform.ExportResult) {
	whole := map[string]*platform.Error{}
	for i, it := range batch {
		err := results[i].Err
		before, seen := whole[it.action.Volume]
		if err == nil || !err.AboutVolume() || results[i].Ambiguous || seen && (before == nil || before.Code != err.Code) {
			err = nil
		}
		whole[it.action.Volume] = err
	}
	for _, part := range byVolume(batch) {
		if err := whole[part[0].action.Volume]; err != nil {
			t := r.try(part[0].action)
			t.judge(err, false)
			r.goOn(t)
		}
	}
}

// byVolume cuts a call into those of each volume.
func byVolume(batch []*item) (parts [][]*item) {
	at := map[string]int{}
	for _, it := range batch {
		i, known := at[it.action.Volume]
		if !known {
			i = len(parts)
			at[it.action.Volume] = i
			parts = append(parts, nil)
		}
		parts[i] = append(parts[i], it)
	}
	return parts
}
