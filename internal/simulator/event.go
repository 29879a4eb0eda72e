package simulator

import (
	"fmt"
	"time"
)

// event is one change of the platform, a line of the state file. Exactly one of
// its parts is set. What follows from the seed and earlier events is left out.
type event struct {
	Job       *jobEvent     `json:"job,omitempty"`
	Done      *doneEvent    `json:"done,omitempty"`
	Writing   *int          `json:"writing,omitempty"` // number of the job that begins to write a real file
	Refused   *refusedEvent `json:"refused,omitempty"`
	Object    *objectEvent  `json:"object,omitempty"`
	Change    *change       `json:"change,omitempty"`
	Violation string        `json:"violation,omitempty"`
	Counts    *countsEvent  `json:"counts,omitempty"`
}

// jobEvent tells of a job that was submitted.
type jobEvent struct {
	Number     int        `json:"n"`
	User       string     `json:"user"`
	File       string     `json:"file"`
	Volume     string     `json:"volume"`
	Location   string     `json:"location"`
	Overwrite  bool       `json:"overwrite,omitempty"`
	CopyOnly   bool       `json:"copy_only,omitempty"`
	Bulk       bool       `json:"bulk,omitempty"`
	Properties properties `json:"properties,omitempty"`
	Created    time.Time  `json:"created"`
	Start      time.Time  `json:"start"`
	End        time.Time  `json:"end"`
	Fate       *fate      `json:"fate,omitempty"`
	Import     *importing `json:"import,omitempty"`
}

// doneEvent tells how a job ended.
type doneEvent struct {
	Job int `json:"n"`
	outcome
}

// refusedEvent tells that a failure rule refused a file.
type refusedEvent struct {
	Rule int    `json:"rule"`
	File string `json:"file"`
}

// objectEvent tells of an object that was put (or, with size -1, removed)
// behind the platform's back.
type objectEvent struct {
	Volume   string `json:"volume"`
	Location string `json:"location"`
	Size     int64  `json:"size"`
}

// countsEvent adds to what is counted. Counts are saved as differences, so that
// several processes can add to them.
type countsEvent struct {
	Counters map[string]int    `json:"counters,omitempty"`
	Faults   []faultState      `json:"faults,omitempty"`
	Windows  map[string]window `json:"windows,omitempty"`
}

// event is the event that tells of the job.
func (j *job) event(s *Server) *jobEvent {
	return &jobEvent{
		Number: j.number, User: j.user, File: s.nodes[j.node].id.String(), Volume: j.volume.seed.id,
		Location: j.location, Overwrite: j.overwrite, CopyOnly: j.copyOnly, Bulk: j.bulk, Properties: j.properties,
		Created: j.created, Start: j.start, End: j.end, Fate: j.fate, Import: j.imports,
	}
}

// apply does what an event tells. An event that does not fit the seed is an
// error: the state file is damaged.
func (s *Server) apply(e *event) error {
	switch {
	case e.Job != nil:
		return s.applyJob(e.Job)
	case e.Done != nil:
		if e.Done.Job < 0 || e.Done.Job >= len(s.jobs) || s.jobs[e.Done.Job].final != "" {
			return fmt.Errorf("job %d cannot end", e.Done.Job)
		}
		s.conclude(s.jobs[e.Done.Job], e.Done.outcome)
	case e.Writing != nil:
		if *e.Writing < 0 || *e.Writing >= len(s.jobs) {
			return fmt.Errorf("there is no job %d", *e.Writing)
		}
		s.jobs[*e.Writing].writing = true
	case e.Refused != nil:
		node, unknown := s.find(e.Refused.File, 9009)
		if unknown != nil {
			return fmt.Errorf("there is no file %q", e.Refused.File)
		}
		s.misfortunes[misfortune{e.Refused.Rule, node}]++
	case e.Change != nil:
		return s.alter(e.Change)
	case e.Object != nil:
		s.applyObject(e.Object)
	case e.Violation != "":
		s.noteViolation(e.Violation)
	case e.Counts != nil:
		s.applyCounts(e.Counts)
	}
	return nil
}

func (s *Server) applyJob(e *jobEvent) error {
	node, unknown := s.find(e.File, 9009)
	v := s.volumeByID[e.Volume]
	if unknown != nil || v == nil || e.Number != len(s.jobs) {
		return fmt.Errorf("job %d does not fit the seed", e.Number)
	}
	s.start(&job{
		number: e.Number, id: s.madeJobID(e.Number), user: e.User, node: node, volume: v, location: e.Location,
		overwrite: e.Overwrite, copyOnly: e.CopyOnly, bulk: e.Bulk, properties: e.Properties,
		created: e.Created, start: e.Start, end: e.End, fate: e.Fate, imports: e.Import,
	})
	return nil
}
