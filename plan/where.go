package plan

import (
	"slices"
	"strings"
	"time"

	"sbexport/internal/platform"
)

// Where is a rule's conditions. All of them must hold; the zero Where asks for
// nothing.
type Where struct {
	Metadata    []MetadataCondition
	Tags        OneOf  // the file has one of these
	Tasks       OneOf  // one of these produced the file
	LargerThan  *int64 // bytes
	SmallerThan *int64 // bytes
	OlderThan   *Moment
	NewerThan   *Moment
}

// MetadataCondition asks for a metadata key with one of some values.
type MetadataCondition struct {
	Key    string
	Values OneOf // as written in the plan
	Any    bool  // any value will do
}

// OneOf is a set of values of which one is enough. Lists of thousands of
// samples are real, and every file is held against them.
type OneOf map[string]struct{}

// Has reports whether the value is one of them.
func (o OneOf) Has(value string) bool {
	_, ok := o[value]
	return ok
}

// Moment is a point in time: a date, or a span before now.
type Moment struct {
	Ago  time.Duration
	Date time.Time // zero with Ago
}

// time is the moment's point in time.
func (m *Moment) time(now time.Time) time.Time {
	if m.Date.IsZero() {
		return now.Add(-m.Ago)
	}
	return m.Date
}

// accepts reports whether every condition holds for the file.
func (w *Where) accepts(f *platform.File, now time.Time) bool {
	return w.acceptsSize(f.Size) && w.acceptsTime(f.CreatedOn, now) && w.acceptsOrigin(f) && w.acceptsMetadata(f.Metadata)
}

func (w *Where) acceptsSize(size int64) bool {
	return (w.LargerThan == nil || size > *w.LargerThan) && (w.SmallerThan == nil || size < *w.SmallerThan)
}

// acceptsTime compares the creation time. A file without one is neither older
// nor newer than anything.
func (w *Where) acceptsTime(created, now time.Time) bool {
	if w.OlderThan != nil && (created.IsZero() || !created.Before(w.OlderThan.time(now))) {
		return false
	}
	return w.NewerThan == nil || !created.IsZero() && created.After(w.NewerThan.time(now))
}

func (w *Where) acceptsOrigin(f *platform.File) bool {
	if len(w.Tasks) > 0 && !w.Tasks.Has(f.Task) {
		return false
	}
	return len(w.Tags) == 0 || slices.ContainsFunc(f.Tags, w.Tags.Has)
}

func (w *Where) acceptsMetadata(metadata map[string][]string) bool {
	for i := range w.Metadata {
		c := &w.Metadata[i]
		values := metadata[c.Key]
		if c.Any && len(values) == 0 || !c.Any && !slices.ContainsFunc(values, c.Values.Has) {
			return false
		}
	}
	return true
}

// Need is a value that a condition asks a file for. A file has several traits:
// its task, its tags and its metadata, by key.
type Need struct{ Trait, Value string }

const (
	taskTrait = "task"
	tagTrait  = "tag"
)

// Needs are the needs of each condition that asks for one of some values: a file
// that is accepted has at least one of each list. It is for finding the rules
// that may accept a file without trying all.
func (w *Where) Needs() [][]Need {
	var all [][]Need
	add := func(trait string, values OneOf) {
		if len(values) == 0 {
			return
		}
		needs := make([]Need, 0, len(values))
		for v := range values {
			needs = append(needs, Need{trait, v})
		}
		all = append(all, needs)
	}
	add(taskTrait, w.Tasks)
	add(tagTrait, w.Tags)
	for i := range w.Metadata {
		add(metadataPrefix+w.Metadata[i].Key, w.Metadata[i].Values)
	}
	return all
}

// Traits are the values of a file's trait.
func Traits(f *platform.File, trait string) []string {
	switch trait {
	case taskTrait:
		return []string{f.Task}
	case tagTrait:
		return f.Tags
	}
	return f.Metadata[strings.TrimPrefix(trait, metadataPrefix)]
}
