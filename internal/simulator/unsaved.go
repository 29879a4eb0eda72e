package simulator

import (
	"encoding/json"
	"fmt"
)

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
	s.known()
	s.record(event{Counts: counts})
}

// known remembers the rate limit's windows as the file knows them.
func (s *Server) known() {
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
