package contract

import (
	"cmp"
	"container/heap"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// job is an export job.
type job struct {
	id, file, volume, location string
	key                        Place // the bucket and the full key
	copyOnly, overwrite        bool
	properties                 map[string]any
	single                     bool // not submitted in bulk

	created, listed, started, finish time.Time
	settled                          bool
	why                              refusal // once settled: none if it completed
	polls                            int     // single reads
}

// jobs are the caller's export jobs.
type jobs struct {
	byID     map[string]*job
	all      []*job            // in the order of submission
	byVolume map[string][]*job // the same
	open     due               // not settled
	files    map[string]int    // open jobs of a file
	keys     map[Place]int     // open jobs to a key
}

func (j *jobs) init() {
	j.byID, j.byVolume = map[string]*job{}, map[string][]*job{}
	j.files, j.keys = map[string]int{}, map[Place]int{}
}

// due is a heap of jobs, the first to finish on top.
type due []*job

func (d due) Len() int           { return len(d) }
func (d due) Less(i, j int) bool { return d[i].finish.Before(d[j].finish) }
func (d due) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }
func (d *due) Push(x any)        { *d = append(*d, x.(*job)) }
func (d *due) Pop() any {
	last := (*d)[len(*d)-1]
	*d = (*d)[:len(*d)-1]
	return last
}

// start takes a job on.
func (s *Server) start(j *job, n *node, now time.Time) {
	duration := s.duration(n)
	j.id = s.jobID(len(s.jobs.all))
	j.created, j.started, j.finish = now, now.Add(duration/5), now.Add(duration)
	j.listed = now.Add(s.lag(LateJobs, s.o.JobLag))
	s.jobs.byID[j.id] = j
	s.jobs.all = append(s.jobs.all, j)
	s.jobs.byVolume[j.volume] = append(s.jobs.byVolume[j.volume], j)
	s.jobs.files[j.file]++
	s.jobs.keys[j.key]++
	heap.Push(&s.jobs.open, j)
}

// jobID is 32 letters and digits, the serial number among them.
func (s *Server) jobID(serial int) string {
	id := []byte(strconv.FormatInt(int64(serial), 36) + "Z")
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	for len(id) < 32 {
		id = append(id, letters[s.roll("job", string(id))%uint64(len(letters))])
	}
	return string(id)
}

// settle ends the jobs whose time has come, in the order in which they end.
func (s *Server) settle(now time.Time) {
	for len(s.jobs.open) > 0 && !s.jobs.open[0].finish.After(now) {
		j := heap.Pop(&s.jobs.open).(*job)
		j.settled = true
		j.why = s.end(j)
		release(s.jobs.files, j.file)
		release(s.jobs.keys, j.key)
	}
}

func release[K comparable](count map[K]int, k K) {
	if count[k]--; count[k] == 0 {
		delete(count, k)
	}
}

// end does what a job is for, or says why it cannot.
func (s *Server) end(j *job) refusal {
	n := s.c.nodes[j.file]
	if n.onVolume {
		return refusal{http.StatusNotFound, 9106, "Requested file does not exist."}
	}
	if _, there := s.c.objects[j.key.Volume][j.key.Location]; there && !j.overwrite {
		return refusal{http.StatusConflict, 9107, "Requested location on the volume already contains a file."}
	}
	s.c.put(j.key.Volume, j.key.Location, object{size: n.size, file: n.id})
	if j.copyOnly {
		return none
	}
	n.onVolume = true
	n.file.Alias = Place{j.volume, j.location}
	n.seen = j.finish.Add(s.lag(LateAliases, s.o.AliasLag))
	if s.free(NewModified) {
		n.modified = j.finish
	}
	return none
}

// state is what the job is in.
func (j *job) state(now time.Time) string {
	switch {
	case j.settled && j.why != none:
		return "FAILED"
	case j.settled:
		return "COMPLETED"
	case now.Before(j.started):
		return "PENDING"
	}
	return "RUNNING"
}

// visible are the jobs of a list that have appeared by now, the newest first
// unless the order is tamed.
func (s *Server) visible(list []*job, now time.Time) (n int, at func(i int) *job) {
	n, _ = slices.BinarySearchFunc(list, now, func(j *job, t time.Time) int {
		return cmp.Or(j.listed.Compare(t), -1) // those listed right now count
	})
	if s.free(ListOrder) {
		return n, func(i int) *job { return list[n-1-i] }
	}
	return n, func(i int) *job { return list[i] }
}
