package api

import (
	"fmt"
	"slices"

	"sbexport/internal/platform"
)

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
	var errs []refusedItem
	var nameless []int // jobs that do not say what they export
	for at, item := range items {
		switch job := item.Resource; {
		case !item.Error.empty():
			errs = append(errs, refusedItem{at, item.Error.platformError()})
		case job == nil || job.ID == "":
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
	m.placed[i] = at
	m.results[i].Export = export
}

// find is the request that a job answers: the only one for its file, or of
// several the one with its destination, which is told as it was sent.
func (m *exportMatcher) find(job *wireExport) (int, bool) {
	candidates, to := m.byFile[string(job.Source.value.File)], job.Destination.value
	for _, i := range candidates {
		r := &m.requests[i]
		_, taken := m.placed[i]
		if !taken && (len(candidates) == 1 || to.Location == text(r.Location) && (to.Volume == "" || to.Volume == text(r.Volume))) {
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
	passing := slices.IndexFunc(errs, func(e refusedItem) bool { return !e.err.Explain().Permanent })
	for i, b := range blamed {
		if b.unsure && passing >= 0 {
			b.err = errs[passing].err // nothing is refused for good on a guess
		}
		m.results[i].Err, m.results[i].Ambiguous = b.err, b.unsure
	}
	if missing := len(left) - len(blamed); missing > 0 {
		return fmt.Errorf("the answer says nothing about %d of %d exports", missing, len(m.requests))
	}
	return nil
}
