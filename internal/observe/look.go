package observe

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/sourcegraph/conc/pool"

	"sbexport/internal/audit"
	"sbexport/internal/diff"
	"sbexport/internal/platform"
)

// AuditSource is what Look needs of the platform.
type AuditSource interface {
	objectSource
	// Volume reads one volume.
	Volume(ctx context.Context, id string) (*platform.Volume, error)
	// Files reads any number of files; results[i] answers ids[i].
	Files(ctx context.Context, ids []string) ([]platform.FileResult, error)
	// Jobs reads any number of jobs; results[i] answers ids[i].
	Jobs(ctx context.Context, ids []string) ([]platform.ExportResult, error)
}

// chunk is how many files are read and put away before the next are, so that
// what is not needed of a hundred thousand of them is not held.
const chunk = 10 * platform.MaxBulk

// Look looks at what an audit has asked for. A refusal to show a volume, a file,
// a job or a place is part of the answer; anything else is an error.
func Look(ctx context.Context, src AuditSource, q audit.Question, now time.Time) (*audit.Observed, error) {
	l := &looking{src: src, details: q.Details, seen: &audit.Observed{
		Now:     now,
		Volumes: make(map[string]diff.Volume, len(q.Volumes)),
		Files:   make(map[string]platform.FileResult, len(q.Files)),
		Jobs:    make(map[string]platform.ExportResult, len(q.Jobs)),
		Objects: make(map[audit.Place]audit.Sighting, len(q.Objects)),
	}}
	p := l.pool(ctx)
	for _, id := range q.Volumes {
		p.Go(func(ctx context.Context) error { return l.volume(ctx, id) })
	}
	if err := p.Wait(); err != nil {
		return nil, err
	}
	if err := allBroken(l.seen.Volumes); err != nil {
		return nil, err
	}
	p = l.pool(ctx)
	for ids := range slices.Chunk(q.Jobs, chunk) {
		p.Go(func(ctx context.Context) error { return l.jobs(ctx, ids) })
	}
	for ids := range slices.Chunk(q.Files, chunk) {
		p.Go(func(ctx context.Context) error { return l.files(ctx, ids) })
	}
	for f, locations := range l.folders(q.Objects) {
		p.Go(func(ctx context.Context) error { return l.objects(ctx, f, locations) })
	}
	if err := p.Wait(); err != nil {
		return nil, err
	}
	return l.seen, nil
}

// looking is one call of Look.
type looking struct {
	src     AuditSource
	details bool

	mu   sync.Mutex // guards seen, but for its volumes once all of them are read
	seen *audit.Observed
}

// AtOnce is how many requests are in flight, or, of those that are bulk
// reads, how many chunks.
const AtOnce = 6

func (l *looking) pool(ctx context.Context) *pool.ContextPool {
	return pool.New().WithContext(ctx).WithMaxGoroutines(AtOnce).WithCancelOnError().WithFirstError()
}

func (l *looking) volume(ctx context.Context, id string) error {
	v, err := l.src.Volume(ctx, id)
	refusal := hidden(err)
	if err != nil && refusal == nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen.Volumes[id] = diff.Volume{Volume: v, Err: refusal}
	return nil
}

// hidden is the platform's refusal to show something, because it is not there
// or not for these credentials; nil for every other error.
func hidden(err error) *platform.Error {
	if refusal := platform.Refusal(err); refusal.Hidden() {
		return refusal
	}
	return nil
}

func (l *looking) jobs(ctx context.Context, ids []string) error {
	results, err := l.src.Jobs(ctx, ids)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, result := range results {
		l.seen.Jobs[ids[i]] = result
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

// folders sorts places by the folders they are in. Those on volumes that cannot
// be read are left out: the volume's own refusal stands for them.
func (l *looking) folders(places []audit.Place) map[folder]map[string]struct{} {
	all := map[folder]map[string]struct{}{}
	for _, p := range places {
		if l.seen.Volumes[p.Volume].Volume == nil {
			continue
		}
		f := folder{p.Volume, p.Location[:lastSlash(p.Location)]}
		if all[f] == nil {
			all[f] = map[string]struct{}{}
		}
		all[f][p.Location] = struct{}{}
	}
	return all
}

func (l *looking) objects(ctx context.Context, f folder, locations map[string]struct{}) error {
	found := make(map[string]audit.Sighting, len(locations))
	s := search{l.seen.Volumes[f.volume], f, locations}
	err := seek(ctx, l.src, s, func(location string, object *platform.Object) {
		if object == nil {
			found[location] = audit.Sighting{}
			return
		}
		found[location] = audit.Sighting{There: true, Size: object.Size}
	})
	refusal := hidden(err)
	if err != nil && refusal == nil {
		return fmt.Errorf("looking for what was exported: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for location := range locations {
		sighting, told := found[location]
		if !told {
			sighting = unseen(refusal)
		}
		l.seen.Objects[audit.Place{Volume: f.volume, Location: location}] = sighting
	}
	return nil
}

// codeNoLocation is the platform's code for a location that is not there.
const codeNoLocation = 9105

// unseen is what is known of a place whose folder was not shown: a folder that
// is not there has no objects.
func unseen(refusal *platform.Error) audit.Sighting {
	if refusal.Code == codeNoLocation {
		return audit.Sighting{}
	}
	return audit.Sighting{Err: refusal}
}
