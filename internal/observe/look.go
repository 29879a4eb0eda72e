package observe

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/sourcegraph/conc/pool"

	"sbexport/internal/platform"
)

// Source is what Look needs of the platform. Where any number of IDs is asked for,
// results[i] answers ids[i].
type Source interface {
	Volume(ctx context.Context, id string) (*platform.Volume, error)
	// OpenJobs lists the caller's jobs on a volume that are pending or running, and
	// VolumeJobs those in every state.
	OpenJobs(ctx context.Context, volume string) ([]platform.Export, error)
	VolumeJobs(ctx context.Context, volume string) ([]platform.Export, error)
	Jobs(ctx context.Context, ids []string) ([]platform.ExportResult, error)
	Files(ctx context.Context, ids []string) ([]platform.FileResult, error)
	// Objects lists the objects directly under a prefix that is a folder
	// ("a/b/"), or at the top of the volume when it is empty.
	Objects(ctx context.Context, volume, prefix string, yield func([]platform.Object) error) error
	// Object looks at one object; it is nil when there is none.
	Object(ctx context.Context, volume, location string) (*platform.Object, error)
}

// chunk is how many files are read and put away before the next are, so that
// what is not needed of a hundred thousand of them is not held.
const chunk = 10 * platform.MaxBulk

// atOnce is how many requests are in flight, or, of those that are bulk reads,
// how many chunks.
const atOnce = 6

// Look looks at what is asked and adds it to what was seen before. That the
// platform does not show a volume, its jobs, a file, a job or a place is part of
// the answer; anything else is an error. So is that the platform fails at every
// volume: that concerns more than single ones.
func Look(ctx context.Context, src Source, q Question, seen *Observed) error {
	l := &looking{src: src, details: q.Details, seen: seen}
	volumes := unique(q.Volumes)
	// What was seen is read only while nothing is under way that adds to it.
	unseen := slices.DeleteFunc(slices.Clone(volumes), func(id string) bool {
		_, known := seen.Volumes[id]
		return known
	})
	p := newPool(ctx)
	for _, id := range unseen {
		p.Go(func(ctx context.Context) error { return l.volume(ctx, id) })
	}
	if err := p.Wait(); err != nil {
		return err
	}
	searches := searches(unique(q.Objects), seen.Volumes)
	p = newPool(ctx)
	for id, list := range l.lists(&q) {
		p.Go(func(ctx context.Context) error { return l.jobsOn(ctx, id, list) })
	}
	for ids := range slices.Chunk(unique(q.Files), chunk) {
		p.Go(func(ctx context.Context) error { return l.files(ctx, ids) })
	}
	for _, s := range searches {
		p.Go(func(ctx context.Context) error { return l.objects(ctx, s) })
	}
	if err := p.Wait(); err != nil {
		return err
	}
	p = newPool(ctx)
	for ids := range slices.Chunk(l.notListed(unique(q.Jobs)), chunk) {
		p.Go(func(ctx context.Context) error { return l.jobs(ctx, ids) })
	}
	if err := p.Wait(); err != nil {
		return err
	}
	return l.brokenEverywhere(volumes)
}

// brokenEverywhere is the platform's failure if it has failed at every volume that
// may be read.
func (l *looking) brokenEverywhere(ids []string) (broken error) {
	for _, id := range ids {
		switch v := l.seen.Volumes[id]; {
		case v.Err.Broken():
			broken = fmt.Errorf("reading volume %q: %w", id, v.Err)
		case v.Volume != nil:
			return nil
		}
	}
	return broken
}

// newPool runs requests a few at a time and stops at the first error.
func newPool(ctx context.Context) *pool.ContextPool {
	return pool.New().WithContext(ctx).WithMaxGoroutines(atOnce).WithCancelOnError().WithFirstError()
}

// unique is a list without what it repeats.
func unique[T comparable](list []T) []T {
	had := make(map[T]struct{}, len(list))
	return slices.DeleteFunc(slices.Clone(list), func(item T) bool {
		_, again := had[item]
		had[item] = struct{}{}
		return again
	})
}

// looking is one call of Look.
type looking struct {
	src     Source
	details bool

	mu   sync.Mutex // guards seen
	seen *Observed
}

func (l *looking) volume(ctx context.Context, id string) error {
	v, err := l.src.Volume(ctx, id)
	hidden, err := split(err)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen.Volumes[id] = Volume{Volume: v, Err: hidden}
	return err
}

// split takes an error for what it is: that the platform does not show something,
// or a failure.
func split(err error) (hidden *platform.Error, failure error) {
	if refusal := platform.Refusal(err); refusal.Hidden() {
		return refusal, nil
	}
	return nil, err
}

type listJobs = func(ctx context.Context, volume string) ([]platform.Export, error)

// lists are the volumes on which to list jobs, and how. All jobs of a volume that
// cannot be read are not asked for, as nothing can be on it that is wanted.
func (l *looking) lists(q *Question) map[string]listJobs {
	all := map[string]listJobs{}
	for _, id := range q.OpenJobs {
		all[id] = l.src.OpenJobs
	}
	for _, id := range q.AllJobs {
		if l.seen.Volumes[id].Volume != nil {
			all[id] = l.src.VolumeJobs
		}
	}
	return all
}

func (l *looking) jobsOn(ctx context.Context, volume string, list listJobs) error {
	jobs, err := list(ctx, volume)
	hidden, err := split(err)
	l.mu.Lock()
	defer l.mu.Unlock()
	if v := l.seen.Volumes[volume]; hidden != nil && v.Volume != nil {
		l.seen.Volumes[volume] = Volume{v.Volume, hidden}
	}
	for _, job := range jobs {
		l.seen.Jobs.Add(job)
	}
	return err
}

// notListed are the jobs that the lists did not show: they have ended, or are
// somebody else's.
func (l *looking) notListed(ids []string) []string {
	if len(ids) == 0 {
		return nil
	}
	listed := map[string]*platform.Export{}
	for _, jobs := range l.seen.Jobs.ByFile {
		for i := range jobs {
			listed[jobs[i].ID] = &jobs[i]
		}
	}
	return slices.DeleteFunc(ids, func(id string) bool {
		job := listed[id]
		if job != nil {
			l.seen.Jobs.AddAsked(id, platform.ExportResult{Export: job})
		}
		return job != nil
	})
}

func (l *looking) jobs(ctx context.Context, ids []string) error {
	results, err := l.src.Jobs(ctx, ids)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, result := range results {
		l.seen.Jobs.AddAsked(ids[i], result)
	}
	return nil
}

func (l *looking) files(ctx context.Context, ids []string) error {
	results, err := l.src.Files(ctx, ids)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, result := range results {
		if f := result.File; f != nil && !l.details {
			result.File = &platform.File{ID: f.ID, Folder: f.Folder, Storage: f.Storage}
		}
		l.seen.Files[ids[i]] = result
	}
	return nil
}
