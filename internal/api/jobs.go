package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sbexport/internal/platform"
)

// wireExport is an export job as the platform sends it.
type wireExport struct {
	ID          text                    `json:"id"`
	State       text                    `json:"state"`
	Source      object[wireSource]      `json:"source"`
	Destination object[wireDestination] `json:"destination"`
	Overwrite   flag                    `json:"overwrite"`
	StartedOn   instant                 `json:"started_on"`
	FinishedOn  instant                 `json:"finished_on"`
	Error       *wireError              `json:"error"`
}

type wireSource struct {
	File text `json:"file"`
}

type wireDestination struct {
	Volume   text `json:"volume"`
	Location text `json:"location"`
}

func exportID(e *wireExport) string { return string(e.ID) }

// flaw says what makes the job useless, or nothing.
func (e *wireExport) flaw() string {
	if !usable(e.ID, 1) {
		return "has no usable ID"
	}
	return ""
}

// export translates it.
func (e *wireExport) export() *platform.Export {
	out := &platform.Export{
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

// bulkJobs is the bulk read of export jobs. One page prints its path with
// "export" in the singular; its own example and every client have the plural.
func (c *Client) bulkJobs(k class) *bulkRead[wireExport] {
	return &bulkRead[wireExport]{
		c: c, noun: "export jobs", path: "/bulk/storage/exports/get", field: "export_ids", class: k, id: exportID, flaw: (*wireExport).flaw, own: true,
		one: func(ctx context.Context, id string) (*wireExport, error) { return c.job(ctx, id, k) },
	}
}

func (c *Client) job(ctx context.Context, id string, k class) (*wireExport, error) {
	what := fmt.Sprintf("reading export job %q", id)
	path, ok := pathID(id, 1)
	if !ok {
		return nil, fmt.Errorf("%s: %w", what, &platform.Error{Status: http.StatusNotFound, Code: 9008})
	}
	var e wireExport
	if err := c.get(ctx, what, "/storage/exports/"+path, k, &e); err != nil {
		return nil, err
	}
	if string(e.ID) != id {
		return nil, fmt.Errorf("%s: the platform's answer is not this job", what)
	}
	return &e, nil
}

// Jobs reads any number of export jobs; results[i] answers ids[i]. A job that
// cannot be read, and if for a passing reason not when asked again either, is a
// result, not an error.
func (c *Client) Jobs(ctx context.Context, ids []string) ([]platform.ExportResult, error) {
	all, err := c.bulkJobs(polling).read(ctx, ids)
	if err != nil {
		return nil, err
	}
	results := make([]platform.ExportResult, len(ids))
	for i, id := range ids {
		f := all[id]
		results[i].Err = f.err
		if f.resource != nil {
			results[i].Export = f.resource.export()
		}
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
	what := fmt.Sprintf("listing the export jobs on volume %q", volume)
	query := url.Values{"volume": {volume}, "limit": {strconv.Itoa(pageSize)}, "fields": {"_all"}}
	for _, s := range states {
		query.Add("state", string(s))
	}
	u := c.url("/storage/exports", query)
	var jobs []platform.Export
	take := func(items []wireExport) error {
		for i := range items {
			jobs = append(jobs, *items[i].export())
		}
		return nil
	}
	list := walk[wireExport]
	if len(states) > 0 {
		list = walkShrinking[wireExport]
	}
	found := kind[wireExport]{id: exportID, flaw: (*wireExport).flaw, like: c.url("/storage/exports", url.Values{"limit": {"1"}})}
	if err := list(ctx, c, what, u, found, take); err != nil {
		return nil, err
	}
	jobs, err := c.complete(ctx, jobs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	// The platform filters; should it not know the filter, all jobs came.
	return slices.DeleteFunc(jobs, func(e platform.Export) bool { return e.Volume != volume }), nil
}

// complete reads the jobs of which a listing has told the ID and the state only,
// as it does by default. Those that are gone since are left out; one that cannot
// be read may be open, so that there is no list without it.
func (c *Client) complete(ctx context.Context, jobs []platform.Export) ([]platform.Export, error) {
	bare := func(e platform.Export) bool { return e.File == "" || e.Volume == "" || e.Location == "" }
	var ids []string
	for _, e := range jobs {
		if bare(e) {
			ids = append(ids, e.ID)
		}
	}
	if len(ids) == 0 {
		return jobs, nil
	}
	all, err := c.bulkJobs(listing).read(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i := range jobs {
		f, asked := all[jobs[i].ID]
		switch {
		case !asked:
		case f.err.NotThere():
			jobs[i].ID = ""
		case f.err != nil:
			return nil, fmt.Errorf("reading export job %q: %w", jobs[i].ID, f.err)
		default:
			if jobs[i] = *f.resource.export(); bare(jobs[i]) {
				return nil, &oddListError{fmt.Sprintf("job %q does not say what it exports, and where to", jobs[i].ID)}
			}
		}
	}
	return slices.DeleteFunc(jobs, func(e platform.Export) bool { return e.ID == "" }), nil
}
