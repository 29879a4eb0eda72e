package simulator

import (
	"container/heap"
	"time"
)

// userVolume selects the exports or imports of one user, on one volume or (nil)
// on all.
type userVolume struct {
	user    string
	volume  *volume
	imports bool
}

// delivery is one file at one place.
type delivery struct {
	node int32
	to   destination
}

// jobIndex holds the jobs, and finds some of them quickly.
type jobIndex struct {
	jobs     []*job
	jobByID  map[string]*job
	byVolume map[userVolume][]*job // in order of submission
	open     []*job                // and some that have ended since
	due      dueJobs               // open jobs, the next to end first
	slots    slots                 // when the running jobs end, if only so many run at once

	openFiles  map[int32]int
	openKeys   map[destination]int
	deliveries map[delivery]int // completed
	opened     int              // how many jobs are open
}

func newJobIndex() jobIndex {
	return jobIndex{
		jobByID: map[string]*job{}, byVolume: map[userVolume][]*job{},
		openFiles: map[int32]int{}, openKeys: map[destination]int{}, deliveries: map[delivery]int{},
	}
}

// add adds a job.
func (b *jobIndex) add(j *job) {
	b.jobs = append(b.jobs, j)
	b.jobByID[j.id] = j
	for _, v := range []*volume{nil, j.volume} {
		of := userVolume{j.user, v, j.imports != nil}
		b.byVolume[of] = append(b.byVolume[of], j)
	}
	if j.final != "" {
		return
	}
	b.open = append(b.open, j)
	b.opened++
	heap.Push(&b.due, j)
	if j.imports == nil {
		b.openFiles[j.node]++
		b.openKeys[j.destination()]++
	}
}

// close removes a job that has ended from the open ones.
func (b *jobIndex) close(j *job) {
	b.opened--
	if j.imports == nil {
		decrease(b.openFiles, j.node)
		decrease(b.openKeys, j.destination())
	}
	if len(b.open) > 2*b.opened+64 {
		kept := make([]*job, 0, b.opened)
		for _, other := range b.open {
			if other.final == "" {
				kept = append(kept, other)
			}
		}
		b.open = kept
	}
}

// decrease lowers a count, and forgets it at zero.
func decrease[K comparable](counts map[K]int, key K) {
	if counts[key]--; counts[key] == 0 {
		delete(counts, key)
	}
}

// dueJobs is a heap of jobs by their end.
type dueJobs []*job

func (d dueJobs) Len() int { return len(d) }

func (d dueJobs) Less(i, j int) bool {
	if !d[i].end.Equal(d[j].end) {
		return d[i].end.Before(d[j].end)
	}
	return d[i].number < d[j].number
}

func (d dueJobs) Swap(i, j int) { d[i], d[j] = d[j], d[i] }

func (d *dueJobs) Push(x any) { *d = append(*d, x.(*job)) }

func (d *dueJobs) Pop() any {
	last := len(*d) - 1
	j := (*d)[last]
	(*d)[last] = nil
	*d = (*d)[:last]
	return j
}

// slots is a heap of the times at which running jobs end.
type slots []time.Time

func (s slots) Len() int { return len(s) }

func (s slots) Less(i, j int) bool { return s[i].Before(s[j]) }

func (s slots) Swap(i, j int) { s[i], s[j] = s[j], s[i] }

func (s *slots) Push(x any) { *s = append(*s, x.(time.Time)) }

func (s *slots) Pop() any {
	last := len(*s) - 1
	t := (*s)[last]
	*s = (*s)[:last]
	return t
}
