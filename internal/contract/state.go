package contract

import "time"

// FileState is a file or folder as it truly is, lags apart.
type FileState struct {
	ID, Name, Project, Path string
	Folder                  bool
	Size                    int64
	Public, Archived        bool
	Alias                   Place // zero while the bytes are on the platform
}

// Exportable reports whether the platform would take the file.
func (f FileState) Exportable() bool {
	return !f.Folder && !f.Public && !f.Archived && f.Alias == Place{}
}

// JobState is an export job as it truly is.
type JobState struct {
	ID, File, Volume, Location string
	CopyOnly, Overwrite        bool
	State                      string // in upper case
	Code                       int    // of a failed one
	Created, Finish            time.Time
}

// Files are all files and folders but the roots, by ID.
func (s *Server) Files() map[string]FileState {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(time.Now())
	all := make(map[string]FileState, len(s.c.nodes))
	for id, n := range s.c.nodes {
		if n.parent == nil {
			continue
		}
		f := FileState{
			ID: id, Name: n.name, Project: n.project, Path: n.path, Folder: n.folder, Size: n.size,
			Public: n.file.Public, Archived: n.file.Archived,
		}
		if n.onVolume {
			f.Alias = n.file.Alias
		}
		all[id] = f
	}
	return all
}

// Jobs are all export jobs, in the order of submission.
func (s *Server) Jobs() []JobState {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.settle(now)
	all := make([]JobState, len(s.jobs.all))
	for i, j := range s.jobs.all {
		all[i] = JobState{
			ID: j.id, File: j.file, Volume: j.volume, Location: j.location, CopyOnly: j.copyOnly, Overwrite: j.overwrite,
			State: j.state(now), Code: j.why.code, Created: j.created, Finish: j.finish,
		}
	}
	return all
}

// Objects are the objects of a volume's bucket, inside its prefix or not: the
// full key, and the ID of the file that was exported there, or nothing.
func (s *Server) Objects(volume string) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(time.Now())
	v := s.c.volumes[volume]
	if v == nil {
		return nil
	}
	all := make(map[string]string, len(s.c.objects[v.Bucket]))
	for key, o := range s.c.objects[v.Bucket] {
		all[key] = o.file
	}
	return all
}

// Key is the full key of a location on a volume, as this server joins the two.
func (s *Server) Key(volume, location string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.c.volumes[volume]; v != nil {
		return s.key(v, location)
	}
	return location
}
