package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"sbexport/internal/platform"
)

// submission is one item of a bulk submission.
type submission struct {
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
// closed. It does not leave after the context leave has ended, wherever it waits
// then; once it has begun to, its answer is waited for until ctx ends. After an
// error nothing was started, unless the error wraps platform.ErrOutcomeUnknown:
// then some or all exports may have been.
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
	k.answered = ctx
	k.into = func(a *answer) error {
		got = bulkAnswer[wireExport]{}
		return json.Unmarshal(a.body, &got)
	}
	switch err := c.tries.repeat(leave, k, c.once, unseen); {
	case unknown(err):
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
		Items []submission `json:"items"`
	}
	body.Items = make([]submission, len(items))
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
	u, err := c.url("/bulk/storage/exports/create", query)
	return &call{what: what, method: http.MethodPost, url: u, body: text, class: submitting}, err
}

// unknown reports whether a submission that failed so may have started exports:
// unless it was never sent, or refused in the platform's own words, it may.
func unknown(err error) bool {
	var protocol *ProtocolError
	var lost *lostError
	switch refused := platform.Refusal(err); {
	case refused != nil:
		// A gateway may time out, or be left, after the platform has acted.
		gateway := refused.Status == http.StatusRequestTimeout || refused.Status == 499
		return gateway || refused.Status >= 500 && !refused.Maintenance()
	case errors.As(err, &protocol):
		return true
	case errors.As(err, &lost):
		return !lost.unsent
	}
	return false // it failed before it was sent
}

// unseen reports whether the platform has not looked at a submission that failed
// so, and may the next time.
func unseen(err error) bool {
	var lost *lostError
	switch refused := platform.Refusal(err); {
	case unknown(err):
		return false
	case refused != nil:
		return refused.RateLimited() || refused.Maintenance()
	case errors.As(err, &lost):
		return lost.unsent
	}
	return false
}
