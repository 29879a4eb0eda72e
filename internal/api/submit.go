package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sbexport/internal/platform"
)

// submissionItem is one item of a bulk submission.
type submissionItem struct {
	Source struct {
		File string `json:"file"`
	} `json:"source"`
	Destination struct {
		Volume   string `json:"volume"`
		Location string `json:"location"`
	} `json:"destination"`
	Overwrite  bool                `json:"overwrite"`
	Properties platform.Properties `json:"properties"`
}

// Submit starts up to platform.MaxBulk exports of one mode; results[i] answers
// items[i].
//
// It is sent again only when it is certain that the platform has not looked at
// it: no connection could be made, the budget was spent, or the platform was
// closed. It is not sent once the context leave has ended, wherever it waits at
// that moment; when it is on its way, its answer is waited for until ctx ends.
// After an error nothing was started, unless the error wraps
// platform.ErrOutcomeUnknown: then any of the exports may have been started.
func (c *Client) Submit(ctx, leave context.Context, copyOnly bool, items []platform.ExportRequest) ([]platform.ExportResult, error) {
	if len(items) == 0 {
		return nil, nil
	}
	what := fmt.Sprintf("submitting %d exports", len(items))
	k, err := c.submission(what, copyOnly, items)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	var got bulkAnswer[wireExport]
	k.answered, k.into = ctx, decodeInto(&got)
	switch err := c.tries.repeat(leave, k, c.once, notTaken); {
	case outcomeUnknown(err):
		return nil, fmt.Errorf("%s: %w: %w", what, platform.ErrOutcomeUnknown, err)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	results, err := matchExports(items, got.Items)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", what, platform.ErrOutcomeUnknown, err)
	}
	return results, nil
}

// submission makes the call for a submission.
func (c *Client) submission(what string, copyOnly bool, items []platform.ExportRequest) (*call, error) {
	if len(items) > platform.MaxBulk {
		return nil, fmt.Errorf("the platform takes at most %d at once", platform.MaxBulk)
	}
	var body struct {
		Items []submissionItem `json:"items"`
	}
	body.Items = make([]submissionItem, len(items))
	for i := range items {
		s := &body.Items[i]
		s.Source.File = items[i].File
		s.Destination.Volume, s.Destination.Location = items[i].Volume, items[i].Location
		s.Overwrite, s.Properties = items[i].Overwrite, items[i].Properties
		if s.Properties == nil {
			s.Properties = platform.Properties{}
		}
		if s.Source.File == "" || s.Destination.Volume == "" || s.Destination.Location == "" {
			return nil, fmt.Errorf("export of file %q to %q on volume %q lacks one of the three", s.Source.File, s.Destination.Location, s.Destination.Volume)
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	var query url.Values
	if copyOnly {
		query = url.Values{"copy_only": {"true"}} // in the body it would be ignored, and the files moved
	}
	u := c.url("/bulk/storage/exports/create", query)
	return &call{what: what, method: http.MethodPost, url: u, body: text}, nil
}

// outcomeUnknown reports whether a submission that failed with this error may
// have started exports: it may, unless it was never sent or the platform itself
// refused it.
func outcomeUnknown(err error) bool {
	if refused := platform.Refusal(err); refused != nil {
		// A gateway may time out, or be left, after the platform has acted.
		gateway := refused.Status == http.StatusRequestTimeout || refused.Status == 499
		return gateway || refused.Status >= 500 && !refused.Maintenance()
	}
	var failed *failure
	return errors.As(err, &failed) && !failed.unsent // else it failed before it was sent
}

// notTaken reports whether a submission that failed with this error was certainly
// not looked at, so that it may be sent again.
func notTaken(err error) bool {
	if refused := platform.Refusal(err); refused != nil {
		return !outcomeUnknown(err) && (refused.RateLimited() || refused.Maintenance())
	}
	var failed *failure
	return errors.As(err, &failed) && failed.unsent
}

// exportMatcher finds out which item of a submission's answer is whose.
type exportMatcher struct {
	requests []platform.ExportRequest
	byFile   map[string][]int // requests of each file, in order
	placed   map[int]int      // request → place in the answer
	results  []platform.ExportResult
}

// matchExports gives each request its answer. An answer that leaves out a
// request is an error: what became of that one is not known.
func matchExports(requests []platform.ExportRequest, items []bulkItem[wireExport]) ([]platform.ExportResult, error) {
	m := &exportMatcher{
		requests: requests,
		byFile:   make(map[string][]int, len(requests)),
		placed:   make(map[int]int, len(requests)),
		results:  make([]platform.ExportResult, len(requests)),
	}
	for i := range requests {
		m.byFile[requests[i].File] = append(m.byFile[requests[i].File], i)
	}
	var errs []*platform.Error
	for at, item := range items {
		switch job := item.Resource; {
		case !item.Error.empty():
			errs = append(errs, item.Error.platformError())
		case job == nil || jobs.flaw(job) != "":
			// No answer at all.
		default:
			if i, ok := m.find(job); ok {
				m.place(i, at, job)
			}
		}
	}
	return m.results, m.blame(errs, len(items))
}

// place gives a request its job. What the job is for is told in the request's
// words: the platform may name a location by its full key.
func (m *exportMatcher) place(i, at int, job *wireExport) {
	export := job.export()
	r := &m.requests[i]
	export.File, export.Volume, export.Location = r.File, r.Volume, r.Location
	if export.State == "" {
		export.State = platform.Pending
	}
	m.placed[i] = at
	m.results[i].Export = &export
}

// find is the request that a job answers: of several for its file the one with
// its destination, which is told as it was sent. The only one for its file may be
// told by the full key, or without a destination, but not with another one.
func (m *exportMatcher) find(job *wireExport) (int, bool) {
	candidates, to := m.byFile[string(job.Source.value.File)], job.Destination.value
	for _, i := range candidates {
		r := &m.requests[i]
		volume, location := text(r.Volume), text(r.Location)
		there := to.Location == location || len(candidates) == 1 && (to.Location == "" || strings.HasSuffix(string(to.Location), r.Location))
		if _, taken := m.placed[i]; !taken && there && (to.Volume == "" || to.Volume == volume) {
			return i, true
		}
	}
	return 0, false
}

// blame gives the requests without a job their errors.
func (m *exportMatcher) blame(errs []*platform.Error, answered int) error {
	var left []int
	jobs := make(map[string]bool, len(m.requests))
	for i := range m.results {
		switch job := m.results[i].Export; {
		case job == nil:
			left = append(left, i)
		case jobs[job.ID]:
			return errors.New("the answer gives one job to two exports")
		default:
			jobs[job.ID] = true
		}
	}
	blamed := assign(m.placed, left, errs, len(m.requests), answered)
	passing := slices.IndexFunc(errs, (*platform.Error).Passing)
	for i, b := range blamed {
		if b.unsure && passing >= 0 {
			b.err = errs[passing] // nothing is refused for good on a guess
		}
		m.results[i].Err, m.results[i].Ambiguous = b.err, b.unsure
	}
	if len(left) > len(blamed) {
		return fmt.Errorf("the answer does not say for certain what became of %d of %d exports", len(left), len(m.requests))
	}
	return nil
}
