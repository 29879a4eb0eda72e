package cli

import (
	"context"
	"slices"

	"sbexport/internal/platform"
)

// jobsFirst is the platform with the jobs that were open before the files were
// listed. Files and jobs cannot be seen at one moment: were the jobs listed
// last, one that ends in between would be seen nowhere, as its file was still on
// the platform then and the job is no longer open now. A job that has ended in
// the meantime is followed, and found to have ended.
type jobsFirst struct {
	*remote
	open   []platform.Export
	barred map[string]error // volumes whose jobs may not be listed
}

// jobsFirst lists the open jobs wherever one could carry a file of the plan.
func (c comparison) jobsFirst(ctx context.Context) (*jobsFirst, error) {
	volumes := map[string]bool{}
	for _, r := range c.plan.Rules {
		volumes[r.Volume] = true
	}
	for e := range c.lock.All() {
		if !e.State.Terminal() {
			volumes[e.Volume] = true
		}
	}
	first := &jobsFirst{remote: c.remote, barred: map[string]error{}}
	for id := range volumes {
		jobs, err := c.remote.OpenJobs(ctx, id)
		if platform.Refusal(err).Hidden() {
			first.barred[id] = err // that is the matter of the files wanted there
			continue
		}
		if err != nil {
			return nil, err
		}
		first.open = append(first.open, jobs...)
	}
	return first, nil
}

// OpenJobs are those of all volumes: a file must not be submitted while a job
// takes it anywhere.
func (f *jobsFirst) OpenJobs(_ context.Context, volume string) ([]platform.Export, error) {
	return f.open, f.barred[volume]
}

// VolumeJobs are the jobs on a volume, in every state, and all open ones. One
// that was open counts as open, as the files were listed while it was.
func (f *jobsFirst) VolumeJobs(ctx context.Context, volume string) ([]platform.Export, error) {
	jobs, err := f.remote.VolumeJobs(ctx, volume)
	if err != nil {
		return nil, err
	}
	open := make(map[string]bool, len(f.open))
	for _, job := range f.open {
		open[job.ID] = true
	}
	jobs = slices.DeleteFunc(jobs, func(job platform.Export) bool { return open[job.ID] })
	return slices.Concat(f.open, jobs), nil
}
