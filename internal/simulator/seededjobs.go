package simulator

import (
	"time"
)

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
		j.created = seed.started.resolve(s.began, s.began)
		j.start = j.created
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
	return s.atPath(seed.project, seed.path)
}
