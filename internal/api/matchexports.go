package api

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sbexport/internal/platform"
)

// exportMatcher finds out which item of a submission's answer is whose.
type exportMatcher struct {
	requests []platform.ExportRequest
	byFile   map[string][]int // requests of each file, in order
	placed   map[int]int      // request → place in the answer
	jobs     map[text]int     // request of each job
	doubtful bool             // one job stands for two requests
	results  []platform.ExportResult
}

// matchExports gives each request its answer. An answer that leaves out a
// request is an error: what became of that one is not known.
func matchExports(requests []platform.ExportRequest, items []bulkItem[wireExport]) ([]platform.ExportResult, error) {
	m := &exportMatcher{
		requests: requests,
		byFile:   make(map[string][]int, len(requests)),
		placed:   make(map[int]int, len(requests)),
		jobs:     make(map[text]int, len(requests)),
		results:  make([]platform.ExportResult, len(requests)),
	}
	for i := range requests {
		m.byFile[requests[i].File] = append(m.byFile[requests[i].File], i)
	}
	var errs []refusedItem
	var nameless []int // jobs that do not say what they export
	for at, item := range items {
		switch job := item.Resource; {
		case !item.Error.empty():
			errs = append(errs, refusedItem{at, item.Error.platformError()})
		case job == nil || job.flaw() != "":
			// No answer at all.
		case job.Source.value.File == "":
			nameless = append(nameless, at)
		default:
			if i, ok := m.find(job); ok {
				m.place(i, at, job)
			}
		}
	}
	m.placeNameless(nameless, items)
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
	if other, again := m.jobs[job.ID]; again && other != i {
		m.doubtful = true
	}
	m.jobs[job.ID] = i
	m.placed[i] = at
	m.results[i].Export = export
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

// placeNameless gives jobs that do not say what they export to the requests at
// their places, if the others show that the answer has kept the order.
func (m *exportMatcher) placeNameless(nameless []int, items []bulkItem[wireExport]) {
	if len(items) != len(m.requests) || len(items) > 1 && !inOrder(m.placed) {
		return
	}
	for _, at := range nameless {
		if _, taken := m.placed[at]; !taken {
			m.place(at, at, items[at].Resource)
		}
	}
}

// blame gives the requests without a job their errors.
func (m *exportMatcher) blame(errs []refusedItem, answered int) error {
	var left []int
	for i := range m.requests {
		if m.results[i].Export == nil {
			left = append(left, i)
		}
	}
	blamed := assign(m.placed, left, errs, len(m.requests), answered)
	passing := slices.IndexFunc(errs, func(e refusedItem) bool { return e.err.Passing() })
	for i, b := range blamed {
		if b.unsure && passing >= 0 {
			b.err = errs[passing].err // nothing is refused for good on a guess
		}
		m.results[i].Err, m.results[i].Ambiguous = b.err, b.unsure
	}
	switch {
	case m.doubtful:
		return errors.New("the answer gives one job to two exports")
	case len(left) > len(blamed):
		return fmt.Errorf("the answer does not say for certain what became of %d of %d exports", len(left), len(m.requests))
	}
	return nil
}
