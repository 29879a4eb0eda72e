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
	imports             *importing // nil for an export
	made                int32      // the file or folder that an import has made

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

// schedule settles when a new job starts and ends.
func (s *Server) schedule(j *job) {
	b := &s.seed.behavior
	j.start = j.created.Add(b.pending)
	if b.atOnce > 0 && len(s.slots) >= b.atOnce && s.slots[0].After(j.start) {
		j.start = s.slots[0]
	}
	n := &s.nodes[j.node]
	if s.takes != nil {
		j.end = j.start.Add(s.takes(n.id.String(), n.size))
		return
	}
	j.end = j.start.Add(b.duration.draw(b.dice(diceJob, uint64(j.number)), n.size))
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
