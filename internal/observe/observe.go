// Package observe asks the platform what the comparison has to know beyond the
// files themselves: the volumes, this user's export jobs, and objects on the
// volumes. It asks only for what package diff says it needs, each thing once,
// several at a time, and judges nothing.
package observe

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sourcegraph/conc/pool"

	"sbexport/internal/diff"
	"sbexport/internal/platform"
	"sbexport/internal/resolve"
)

// Source is what observe needs of the platform.
type Source interface {
	// Volume reads one volume.
	Volume(ctx context.Context, id string) (*platform.Volume, error)
	// OpenJobs lists the caller's jobs on a volume that are pending or running.
	OpenJobs(ctx context.Context, volume string) ([]platform.Export, error)
	// VolumeJobs lists the caller's jobs on a volume, in every state.
	VolumeJobs(ctx context.Context, volume string) ([]platform.Export, error)
	// Jobs reads up to platform.MaxBulk jobs; results[i] answers ids[i].
	Jobs(ctx context.Context, ids []string) ([]platform.ExportResult, error)
	// Objects lists the objects directly under a prefix that is a folder
	// ("a/b/"), or at the top of the volume when it is empty.
	Objects(ctx context.Context, volume, prefix string, yield func([]platform.Object) error) error
	// Object looks at one object; it is nil when there is none.
	Object(ctx context.Context, volume, location string) (*platform.Object, error)
}

// Options say what to look at.
type Options struct {
	Now         time.Time
	Deployment  platform.Deployment
	CheckVolume bool // look for every file's object
}

// Run looks at what the comparison of these wanted files needs.
func Run(ctx context.Context, src Source, found *resolve.Result, lock diff.Lockfile, o Options) (*diff.Observed, error) {
	r := &run{src: src, options: o, seen: &diff.Observed{
		Now: o.Now, Deployment: o.Deployment, Projects: found.Projects, Volumes: map[string]diff.Volume{},
	}}
	if err := r.volumes(ctx, diff.Volumes(found, lock)); err != nil {
		return nil, err
	}
	needs := r.gather(found.Wanted, lock)
	if err := r.objects(ctx, needs); err != nil {
		return nil, err
	}
	for _, id := range diff.Occupied(found, r.seen, lock) {
		needs.volumes[id] = true
	}
	if err := r.jobs(ctx, needs); err != nil {
		return nil, err
	}
	return r.seen, nil
}

// run is one look at the platform.
type run struct {
	src     Source
	options Options

	mu   sync.Mutex // guards seen
	seen *diff.Observed
}

// pool runs requests a few at a time and stops at the first error.
func (r *run) pool(ctx context.Context) *pool.ContextPool {
	return pool.New().WithContext(ctx).WithMaxGoroutines(AtOnce).WithCancelOnError().WithFirstError()
}

// volumes reads volumes. A refusal is a fact about the volume; anything else
// ends the run.
func (r *run) volumes(ctx context.Context, ids []string) error {
	p := r.pool(ctx)
	for _, id := range ids {
		p.Go(func(ctx context.Context) error {
			v, err := r.src.Volume(ctx, id)
			refusal := hidden(err)
			if err != nil && refusal == nil {
				return err
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			r.seen.Volumes[id] = diff.Volume{Volume: v, Err: refusal}
			return nil
		})
	}
	if err := p.Wait(); err != nil {
		return err
	}
	return allBroken(r.seen.Volumes)
}

// allBroken is the platform's fault if no volume can be read for it: then it
// concerns more than single volumes.
func allBroken(volumes map[string]diff.Volume) error {
	var broken error
	for id, v := range volumes {
		switch {
		case v.Volume != nil:
			return nil
		case v.Err.Broken():
			broken = fmt.Errorf("reading volume %q: %w", id, v.Err)
		}
	}
	return broken
}

// needs is everything that is still to be looked at.
type needs struct {
	volumes map[string]bool                // volumes whose jobs to list: true for all, false for the open ones
	jobs    []jobOf                        // jobs that the lockfile has as open
	folders map[folder]map[string]struct{} // locations to look for, by the folder they are in
	must    map[folder]bool                // whether a refusal to show a folder ends the run
}

// jobOf is a job and the file that it should carry.
type jobOf struct{ id, file string }

// folder is a folder of a volume; prefix is empty or ends in a slash.
type folder struct{ volume, prefix string }

func (r *run) gather(wanted []resolve.Wanted, lock diff.Lockfile) needs {
	n := needs{volumes: map[string]bool{}, folders: map[folder]map[string]struct{}{}, must: map[folder]bool{}}
	open := diff.OpenOnRecord(lock)
	for i := range wanted {
		w := &wanted[i]
		v := r.seen.Volumes[w.Rule.Volume]
		need := diff.Needs(w, v, lock, r.options.CheckVolume)
		if v.Volume == nil {
			continue // nothing on it can be asked for
		}
		if need.OpenJobs || need.AllJobs {
			id := w.Rule.Volume
			n.volumes[id] = n.volumes[id] || need.AllJobs
		}
		if need.OpenJobs {
			// Its jobs to other places matter as much: the file must not be
			// submitted beside them.
			for _, job := range open[w.File] {
				n.jobs = append(n.jobs, jobOf{job, w.File})
			}
		}
		if need.Object {
			n.must[n.object(w.Rule.Volume, w.Location)] = true
		}
		if need.Settles != "" {
			n.object(w.Rule.Volume, need.Settles)
		}
	}
	return n
}

// object has an object looked for, and is the folder that it is in.
func (n needs) object(volume, location string) folder {
	f := folder{volume, location[:lastSlash(location)]}
	if n.folders[f] == nil {
		n.folders[f] = map[string]struct{}{}
	}
	n.folders[f][location] = struct{}{}
	return f
}

// lastSlash is the length of a location's folder, the slash included.
func lastSlash(location string) int { return strings.LastIndexByte(location, '/') + 1 }

// jobs lists the jobs on the volumes, then reads those that the lockfile names
// and the lists did not show: they have ended, or are somebody else's.
func (r *run) jobs(ctx context.Context, n needs) error {
	p := r.pool(ctx)
	for id, all := range n.volumes {
		p.Go(func(ctx context.Context) error {
			list := r.src.OpenJobs
			if all {
				list = r.src.VolumeJobs
			}
			jobs, err := list(ctx, id)
			refusal := hidden(err)
			if err != nil && refusal == nil {
				return err
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			if refusal != nil {
				v := r.seen.Volumes[id]
				v.Err = refusal
				r.seen.Volumes[id] = v
			}
			for _, job := range jobs {
				r.seen.Jobs.Add(job)
			}
			return nil
		})
	}
	if err := p.Wait(); err != nil {
		return err
	}
	var ids []string
	asked := map[string]bool{}
	for _, j := range n.jobs {
		if !asked[j.id] && !r.seen.Jobs.Seen(j.file, j.id) {
			asked[j.id] = true
			ids = append(ids, j.id)
		}
	}
	p = r.pool(ctx)
	for chunk := range slices.Chunk(ids, platform.MaxBulk) {
		p.Go(func(ctx context.Context) error { return r.named(ctx, chunk) })
	}
	return p.Wait()
}

// named reads jobs by their IDs.
func (r *run) named(ctx context.Context, ids []string) error {
	results, err := r.src.Jobs(ctx, ids)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, result := range results {
		if result.Export != nil {
			r.seen.Jobs.Add(*result.Export)
		} else {
			r.seen.Jobs.AddGone(ids[i], result.Err)
		}
	}
	return nil
}

// objects looks for objects, folder by folder.
func (r *run) objects(ctx context.Context, n needs) error {
	p := r.pool(ctx)
	for f, locations := range n.folders {
		p.Go(func(ctx context.Context) error {
			err := seek(ctx, r.src, search{r.seen.Volumes[f.volume], f, locations}, func(location string, object *platform.Object) {
				r.set(f.volume, location, object)
			})
			if platform.Refusal(err).Hidden() && !n.must[f] {
				return nil
			}
			return err
		})
	}
	return p.Wait()
}

func (r *run) set(volume, location string, object *platform.Object) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen.Objects.Set(volume, location, object)
}
