package simulator

import (
	"container/heap"
	"crypto/sha256"
	"fmt"
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

// takeSlot takes the place among the running jobs that schedule found.
func (s *Server) takeSlot(j *job) {
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

// outcome is how a job ended.
type outcome struct {
	State   string   `json:"state"`
	Failure *failure `json:"failure,omitempty"`
	// Removed tells that the object that was at the destination is gone.
	Removed bool `json:"removed,omitempty"`
	// Changes are those of an import, and Result is the file or folder it made.
	Changes []*change `json:"changes,omitempty"`
	Result  string    `json:"result,omitempty"`
}

// advance ends the jobs whose time has come, in the order of their ends.
func (s *Server) advance(now time.Time) {
	for len(s.due) > 0 && !s.due[0].end.After(now) {
		j := heap.Pop(&s.due).(*job)
		if j.final != "" {
			continue // another process has ended it
		}
		result := s.carryOut(j)
		s.conclude(j, result)
		s.record(event{Done: &doneEvent{Job: j.number, outcome: result}})
		s.noteRepeated(j)
	}
}

// carryOut finds out how a job ends and, where the volume is a real folder,
// does what it does there. Buckets in memory are left to conclude.
func (s *Server) carryOut(j *job) outcome {
	if j.imports != nil {
		return s.carryOutImport(j)
	}
	if s.nodes[j.node].deleted {
		return outcome{State: stateFailed, Failure: refuse(9106)}
	}
	if s.nodes[j.node].alias != nil {
		return outcome{State: stateFailed, Failure: refuse(9109)}
	}
	key := j.volume.key(j.location)
	_, exists, err := j.volume.bucket.stat(key)
	switch {
	case err != nil:
		return outcome{State: stateFailed, Failure: writeError(err)}
	case exists && !j.overwrite && !j.writing:
		return outcome{State: stateFailed, Failure: refuse(9107)}
	}
	result := outcome{State: stateCompleted, Removed: exists && j.overwrite}
	if j.fate != nil {
		f := j.fate.Failure
		result.State, result.Failure = stateFailed, &f
	}
	if j.volume.directory() {
		err = s.writeOut(j, result)
	}
	if err != nil {
		return outcome{State: stateFailed, Failure: writeError(err), Removed: result.Removed}
	}
	return result
}

// writeOut does in a real folder what a job does.
func (s *Server) writeOut(j *job, result outcome) error {
	if result.Removed {
		if err := j.volume.bucket.remove(j.volume.key(j.location)); err != nil {
			return err
		}
	}
	if result.State != stateCompleted {
		return nil
	}
	// Should the process be killed from here on, the next one must not take
	// the job's own object for somebody else's.
	s.record(event{Writing: &j.number})
	if err := s.flush(); err != nil {
		return err
	}
	return s.deliver(j)
}

// deliver writes the object of a job.
func (s *Server) deliver(j *job) error {
	n := &s.nodes[j.node]
	o := object{size: n.size, modified: j.end, source: j.node}
	return j.volume.bucket.put(j.volume.key(j.location), o, payload{n.content, n.id})
}

// conclude records how a job ended. It is what a later process does when it reads
// of the end in the log; objects in a folder are there then already.
func (s *Server) conclude(j *job, result outcome) {
	j.final, j.failure = result.State, result.Failure
	s.close(j)
	inMemory := !j.volume.directory()
	if result.Removed {
		s.count("objects replaced")
		if inMemory {
			_ = j.volume.bucket.remove(j.volume.key(j.location))
		}
	}
	if result.State != stateCompleted {
		s.count("jobs failed")
		return
	}
	s.count("jobs completed")
	if j.imports != nil {
		s.concludeImport(j, result)
		return
	}
	if inMemory {
		_ = s.deliver(j) // a bucket in memory takes every object
	}
	if !j.copyOnly {
		s.nodes[j.node].alias = &alias{
			volume: j.volume, location: j.location, visible: j.end.Add(s.seed.behavior.aliasLag),
		}
	}
	s.deliveries[delivery{j.node, j.destination()}]++
}

// concludeImport makes the changes of an import. That they fit the tree was made
// sure when they were found.
func (s *Server) concludeImport(j *job, result outcome) {
	for _, e := range result.Changes {
		_ = s.alter(e)
	}
	j.made, _ = s.find(result.Result, 9009)
}

// noteRepeated notes what a client must never bring about by a finished job.
func (s *Server) noteRepeated(j *job) {
	if j.imports != nil {
		return
	}
	if n := s.deliveries[delivery{j.node, j.destination()}]; n > 1 && j.final == stateCompleted {
		s.violate("exported to one place %d times: %s to %s", n, s.title(j.node), j.destination().text())
	}
}

func (d destination) text() string { return fmt.Sprintf("%s/%s", d.place, d.key) }

// title names a file for people.
func (s *Server) title(node int32) string {
	n := &s.nodes[node]
	return s.projects[n.project].seed.id + ":" + s.path(node)
}
