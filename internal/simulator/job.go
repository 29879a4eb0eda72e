package simulator

import (
	"container/heap"
	"crypto/sha256"
	"time"
)

// The states of an export job.
const (
	statePending   = "PENDING"
	stateRunning   = "RUNNING"
	stateCompleted = "COMPLETED"
	stateFailed    = "FAILED"
)

// job is an export job. When it starts and ends is settled when it is
// submitted; how it ends is found out at the first request after its end.
type job struct {
	number              int
	id, user            string
	node                int32
	volume              *volume
	location            string
	overwrite, copyOnly bool
	bulk                bool // submitted in a bulk request
	properties          properties

	created, start, end time.Time

	final   string   // the state it ended in; empty while it is open
	failure *failure // why it failed
	fate    *fate    // what it is to fail with, or nil
	// writing tells that its object may be half written or written already: an
	// earlier process was killed at that point.
	writing bool
}

// fate is the failure that a rule of the seed has in store for a job.
type fate struct {
	Rule    int     `json:"rule"`
	Failure failure `json:"failure"`
}

// state is the job's state at a time.
func (j *job) state(now time.Time) string {
	switch {
	case j.final != "":
		return j.final
	case now.Before(j.start):
		return statePending
	}
	return stateRunning
}

// destination is where an export goes, whatever volume it goes through.
type destination struct{ place, key string }

func (j *job) destination() destination {
	return destination{j.volume.place, j.volume.key(j.location)}
}

// userVolume selects the jobs of one user, on one volume or (nil) on all.
type userVolume struct {
	user   string
	volume *volume
}

// delivery is one file at one place.
type delivery struct {
	node int32
	to   destination
}

// book holds the jobs and what has to be found among them quickly.
type book struct {
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

func newBook() book {
	return book{
		jobByID: map[string]*job{}, byVolume: map[userVolume][]*job{},
		openFiles: map[int32]int{}, openKeys: map[destination]int{}, deliveries: map[delivery]int{},
	}
}

// enter writes a job into the book.
func (b *book) enter(j *job) {
	b.jobs = append(b.jobs, j)
	b.jobByID[j.id] = j
	for _, v := range []*volume{nil, j.volume} {
		of := userVolume{j.user, v}
		b.byVolume[of] = append(b.byVolume[of], j)
	}
	if j.final != "" {
		return
	}
	b.open = append(b.open, j)
	b.opened++
	b.openFiles[j.node]++
	b.openKeys[j.destination()]++
	heap.Push(&b.due, j)
}

// close takes a job that has ended off the open ones.
func (b *book) close(j *job) {
	b.opened--
	if b.openFiles[j.node]--; b.openFiles[j.node] == 0 {
		delete(b.openFiles, j.node)
	}
	to := j.destination()
	if b.openKeys[to]--; b.openKeys[to] == 0 {
		delete(b.openKeys, to)
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
func (d *dueJobs) Push(x any)   { *d = append(*d, x.(*job)) }
func (d *dueJobs) Pop() any {
	last := len(*d) - 1
	j := (*d)[last]
	(*d)[last] = nil
	*d = (*d)[:last]
	return j
}

// slots is a heap of the times at which running jobs end.
type slots []time.Time

func (s slots) Len() int           { return len(s) }
func (s slots) Less(i, j int) bool { return s[i].Before(s[j]) }
func (s slots) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *slots) Push(x any)        { *s = append(*s, x.(time.Time)) }
func (s *slots) Pop() any {
	last := len(*s) - 1
	t := (*s)[last]
	*s = (*s)[:last]
	return t
}

// schedule settles when a new job starts and ends.
func (s *Server) schedule(j *job) {
	b := &s.seed.behavior
	j.start = j.created.Add(b.pending)
	if b.atOnce > 0 && len(s.slots) >= b.atOnce && s.slots[0].After(j.start) {
		j.start = s.slots[0]
	}
	j.end = j.start.Add(b.duration.draw(b.dice(diceJob, uint64(j.number)), s.nodes[j.node].size))
}

// occupy takes the place among the running jobs that schedule found.
func (s *Server) occupy(j *job) {
	atOnce := s.seed.behavior.atOnce
	if atOnce == 0 {
		return
	}
	if len(s.slots) >= atOnce {
		heap.Pop(&s.slots)
	}
	heap.Push(&s.slots, j.end)
}

// letters are the characters of job IDs.
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// madeJobID is the ID of the job with a number: 32 letters and digits, like
// those of the real service. Other seeds give other IDs.
func (s *Server) madeJobID(number int) string {
	var count [8]byte
	for i := range count {
		count[i] = byte(number >> (8 * i))
	}
	sum := sha256.Sum256(append(count[:], s.seed.digest...))
	id := make([]byte, len(sum))
	for i, b := range sum {
		id[i] = letters[int(b)%len(letters)]
	}
	return string(id)
}

// makeJobs enters the jobs that the seed has from the beginning.
func (s *Server) makeJobs(r *reader) {
	for _, seed := range s.seed.jobs {
		node, ok := s.jobFile(seed)
		v := s.volumeByID[seed.volume]
		if !ok || v == nil {
			r.failAt(seed.line, "the job names a file or a volume that the seed does not have")
			continue
		}
		j := &job{
			number: len(s.jobs), id: seed.id, user: seed.user, node: node, volume: v, location: seed.location,
			overwrite: seed.overwrite, copyOnly: seed.copyOnly, failure: seed.failure,
		}
		if j.id == "" {
			j.id = s.madeJobID(j.number)
		}
		if j.user == "" {
			j.user = s.seed.user
		}
		if s.jobByID[j.id] != nil {
			r.failAt(seed.line, "the job ID %q stands twice: give one of the jobs another id", j.id)
			continue
		}
		s.dateJob(j, seed)
		s.enter(j)
	}
}

// dateJob sets a seeded job's times and state.
func (s *Server) dateJob(j *job, seed *jobSeed) {
	j.start = seed.started.resolve(s.began, longAgo)
	j.created = j.start
	switch seed.state {
	case stateCompleted, stateFailed:
		j.final = seed.state
		j.end = seed.finished.resolve(s.began, j.start.Add(time.Minute))
		return
	case statePending:
		j.created, j.start = s.began, s.began.Add(seed.takes/2)
	case stateRunning:
		j.created, j.start = s.began, s.began
	}
	j.end = s.began.Add(seed.takes)
	if j.failure != nil {
		j.fate = &fate{Rule: -1, Failure: *j.failure}
		j.failure = nil
	}
}

// jobFile finds the file of a seeded job.
func (s *Server) jobFile(seed *jobSeed) (int32, bool) {
	if seed.file != "" {
		i, failure := s.find(seed.file, 5002)
		return i, failure == nil
	}
	i, ok := s.nodeByID[madeFileID(seed.project, seed.path)]
	if ok {
		return i, true
	}
	for i := range s.nodes { // files with an ID of their own are not found by path
		n := &s.nodes[i]
		if s.projects[n.project].seed.id == seed.project && n.folder == nil && s.path(int32(i)) == seed.path {
			return int32(i), true
		}
	}
	return -1, false
}
