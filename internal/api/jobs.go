package api

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"sbexport/internal/platform"
)

// wireExport is an export job as the platform sends it.
type wireExport struct {
	ID     text `json:"id"`
	State  text `json:"state"`
	Source object[struct {
		File text `json:"file"`
	}] `json:"source"`
	Destination object[struct {
		Volume   text `json:"volume"`
		Location text `json:"location"`
	}] `json:"destination"`
	Overwrite  flag       `json:"overwrite"`
	StartedOn  instant    `json:"started_on"`
	FinishedOn instant    `json:"finished_on"`
	Error      *wireError `json:"error"`
}

// jobs are read in bulk at a path that one page prints with "export" in the
// singular; its own example and every client have the plural.
var jobs = &kind[wireExport, platform.Export]{
	noun: "export job", path: "/storage/exports", parts: 1, none: 9008,
	bulk: "/bulk/storage/exports/get", ids: "export_ids", own: true, listed: true,
	id:    func(e *wireExport) string { return string(e.ID) },
	flaw:  func(e *wireExport) string { return badID(e.ID, 1) },
	value: (*wireExport).export,
}

// export translates it.
func (e *wireExport) export() platform.Export {
	out := platform.Export{
		ID:         string(e.ID),
		State:      platform.State(strings.ToUpper(shared(e.State))),
		File:       string(e.Source.value.File),
		Volume:     shared(e.Destination.value.Volume),
		Location:   string(e.Destination.value.Location),
		Overwrite:  e.Overwrite.value,
		StartedOn:  e.StartedOn.Time,
		FinishedOn: e.FinishedOn.Time,
	}
	if !e.Error.empty() {
		out.Err = e.Error.platformError()
	}
	return out
}

// Jobs reads any number of export jobs; results[i] answers ids[i]. A job that
// cannot be read, also if in passing, is a result, not an error.
func (c *Client) Jobs(ctx context.Context, ids []string) ([]platform.ExportResult, error) {
	all, err := jobs.many(ctx, c, ids)
	if err != nil {
		return nil, err
	}
	results := make([]platform.ExportResult, len(ids))
	for i, id := range ids {
		results[i] = platform.ExportResult{Export: all[id].value, Err: all[id].err}
	}
	return results, nil
}

// VolumeJobs lists the caller's export jobs on a volume, in every state.
// Colleagues' jobs are not shown by the platform.
func (c *Client) VolumeJobs(ctx context.Context, volume string) ([]platform.Export, error) {
	return c.volumeJobs(ctx, volume)
}

// OpenJobs lists the caller's export jobs on a volume that have not ended. Each
// job that is open from before the call until after it is among them; one that
// ends meanwhile may be.
func (c *Client) OpenJobs(ctx context.Context, volume string) ([]platform.Export, error) {
	jobs, err := c.volumeJobs(ctx, volume, platform.Pending, platform.Running)
	return slices.DeleteFunc(jobs, func(e platform.Export) bool { return e.State.Terminal() }), err
}

func (c *Client) volumeJobs(ctx context.Context, volume string, states ...platform.State) ([]platform.Export, error) {
	query := url.Values{"volume": {volume}}
	for _, s := range states {
		query.Add("state", string(s))
	}
	l := newList(c, jobs, fmt.Sprintf("listing the export jobs on volume %q", volume), jobs.path, query)
	l.shrinks = len(states) > 0
	all, err := l.all(ctx)
	if err != nil {
		return nil, err
	}
	if all, err = c.complete(ctx, all); err != nil {
		return nil, fmt.Errorf("%s: %w", l.what, err)
	}
	// The platform filters; should it not know the filter, all jobs came.
	return slices.DeleteFunc(all, func(e platform.Export) bool { return e.Volume != volume }), nil
}

// complete reads the jobs of which a listing has told the ID and the state only,
// as it does by default. Those that are gone since are left out; one that cannot
// be read may be open, so that there is no list without it.
func (c *Client) complete(ctx context.Context, listed []platform.Export) ([]platform.Export, error) {
	bare := func(e platform.Export) bool { return e.File == "" || e.Volume == "" || e.Location == "" }
	var ids []string
	for _, e := range listed {
		if bare(e) {
			ids = append(ids, e.ID)
		}
	}
	all, err := jobs.many(ctx, c, ids)
	if err != nil {
		return nil, err
	}
	var out []platform.Export
	for _, e := range listed {
		f, asked := all[e.ID]
		switch {
		case !asked:
		case f.err.NotThere():
			continue
		case f.err != nil:
			return nil, fmt.Errorf("reading export job %q: %w", e.ID, f.err)
		default:
			e = *f.value
		}
		if bare(e) {
			return nil, &oddListError{fmt.Sprintf("job %q does not say what it exports, and where to", e.ID)}
		}
		out = append(out, e)
	}
	return out, nil
}
