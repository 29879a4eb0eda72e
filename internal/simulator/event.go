package simulator

import (
	"encoding/json"
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
		s.ruleHits[ruleHit{e.Refused.Rule, node}]++
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

// unsaved is what the state file does not know yet: events in the order they
// happened, and what was counted since the last save.
type unsaved struct {
	lines    []byte
	durable  bool // the events have to outlive a power cut
	counters map[string]int
	faults   []faultState      // as the file knows them
	windows  map[string]window // as the file knows them
}

func (u *unsaved) count(name string) {
	if u.counters == nil {
		u.counters = map[string]int{}
	}
	u.counters[name]++
}

// record notes an event for the next flush. What is kept in memory only has no
// events.
func (s *Server) record(e event) {
	if s.log == nil {
		return
	}
	line, err := json.Marshal(e)
	if err != nil {
		s.broken = fmt.Errorf("write an event: %w", err)
		return
	}
	s.unsaved.lines = append(append(s.unsaved.lines, line...), '\n')
	s.unsaved.durable = s.unsaved.durable || e.Job != nil || e.Object != nil || e.Change != nil || e.Writing != nil
}

// flush writes the events noted to the state file, so that whoever opens it
// after the process was killed finds everything that was ever answered.
func (s *Server) flush() error {
	if s.log == nil || s.broken != nil {
		return s.broken
	}
	if len(s.unsaved.lines) == 0 && !s.dirty {
		return nil
	}
	s.recordCounts()
	if s.broken == nil {
		s.broken = s.log.append(s.unsaved.lines, s.unsaved.durable)
	}
	s.unsaved.lines, s.unsaved.durable, s.dirty = s.unsaved.lines[:0], false, false
	return s.broken
}

// recordCounts notes what was counted since the last time.
func (s *Server) recordCounts() {
	u := &s.unsaved
	counts := &countsEvent{Counters: u.counters, Windows: map[string]window{}}
	for i, now := range s.faultStates {
		if i >= len(u.faults) {
			u.faults = append(u.faults, faultState{})
		}
		counts.Faults = append(counts.Faults, faultState{
			Seen: now.Seen - u.faults[i].Seen, Fired: now.Fired - u.faults[i].Fired, Until: now.Until,
		})
		u.faults[i] = now
	}
	for user, now := range s.windows {
		before := u.windows[user]
		if !before.Start.Equal(now.Start) {
			before.Used = 0
		}
		counts.Windows[user] = window{Start: now.Start, Used: now.Used - before.Used}
	}
	u.counters = nil
	s.rememberWindows()
	s.record(event{Counts: counts})
}

// rememberWindows remembers the rate limit's windows as the file knows them.
func (s *Server) rememberWindows() {
	if s.unsaved.windows == nil {
		s.unsaved.windows = map[string]window{}
	}
	for user, w := range s.windows {
		s.unsaved.windows[user] = *w
	}
}

// applyCounts adds what another process, or an earlier one, counted.
func (s *Server) applyCounts(e *countsEvent) {
	for name, n := range e.Counters {
		s.counters[name] += n
	}
	for i, theirs := range e.Faults {
		if i >= len(s.faultStates) {
			break
		}
		if i >= len(s.unsaved.faults) {
			s.unsaved.faults = append(s.unsaved.faults, faultState{})
		}
		for _, f := range []*faultState{&s.faultStates[i], &s.unsaved.faults[i]} {
			f.Seen += theirs.Seen
			f.Fired += theirs.Fired
			if theirs.Until.After(f.Until) {
				f.Until = theirs.Until
			}
		}
	}
	for user, theirs := range e.Windows {
		s.applyWindow(user, theirs)
	}
}

// applyWindow joins a rate limit window of another process with this one's:
// requests of one window add up, and a later window replaces an earlier one.
func (s *Server) applyWindow(user string, theirs window) {
	if s.unsaved.windows == nil {
		s.unsaved.windows = map[string]window{}
	}
	mine, saved := s.windows[user], s.unsaved.windows[user]
	switch {
	case mine == nil || theirs.Start.After(mine.Start):
		s.windows[user] = &window{Start: theirs.Start, Used: theirs.Used}
		s.unsaved.windows[user] = theirs
	case theirs.Start.Equal(mine.Start):
		mine.Used += theirs.Used
		if !saved.Start.Equal(mine.Start) {
			saved = window{Start: mine.Start}
		}
		saved.Used += theirs.Used
		s.unsaved.windows[user] = saved
	}
}
