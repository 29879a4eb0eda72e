package simulator

import (
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"time"
)

// Detail says what a State tells beside where files and objects are.
type Detail struct {
	Jobs  bool // the export jobs
	IDs   bool // the IDs of files and jobs
	Times bool // when jobs began and ended, and objects were written
}

// State is what is true of the platform, whatever lag its readers see: where
// each file's bytes are, what is on the volumes, and the jobs. The order of
// fields is that of the JSON.
type State struct {
	Files   []FileState   `json:"files"`
	Stored  int64         `json:"stored"` // bytes on the platform; those of copies once
	Volumes []VolumeState `json:"volumes"`
	Jobs    []JobState    `json:"jobs,omitempty"`
}

// FileState is a file; volume and location are those of an alias.
type FileState struct {
	Project  string `json:"project"`
	Path     string `json:"path"`
	ID       string `json:"id,omitempty"`
	Size     int64  `json:"size"`
	Volume   string `json:"volume,omitempty"`
	Location string `json:"location,omitempty"`
}

// VolumeState is a volume with its objects.
type VolumeState struct {
	ID      string        `json:"id"`
	Objects []ObjectState `json:"objects"`
}

// ObjectState is an object on a volume.
type ObjectState struct {
	Location string    `json:"location"`
	Size     int64     `json:"size"`
	From     string    `json:"from,omitempty"` // the file whose bytes it holds, as project:path
	Modified time.Time `json:"modified,omitzero"`
}

// JobState is an export job.
type JobState struct {
	ID       string    `json:"id,omitempty"`
	User     string    `json:"user"`
	File     string    `json:"file"` // project:path
	FileID   string    `json:"file_id,omitempty"`
	Volume   string    `json:"volume"`
	Location string    `json:"location"`
	CopyOnly bool      `json:"copy_only"`
	Import   bool      `json:"import,omitempty"` // from the volume; File is the folder
	State    string    `json:"state"`
	Code     int       `json:"code,omitempty"` // of the error of a failed job
	Created  time.Time `json:"created,omitzero"`
	Ended    time.Time `json:"ended,omitzero"`
}

// State is the state of the platform, in one order whatever the order of events
// was. Without IDs and times, two runs that brought about the same are alike.
func (s *Server) State(detail Detail) State {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catchUp()
	now := time.Now()
	state := State{Files: s.fileStates(detail), Volumes: []VolumeState{}}
	for n := range s.stored() {
		state.Stored += n.size
	}
	for _, v := range s.volumes {
		state.Volumes = append(state.Volumes, VolumeState{ID: v.seed.id, Objects: s.objectStates(v, v.base, detail)})
	}
	if detail.Jobs {
		state.Jobs = s.jobStates(detail, now)
	}
	return state
}

// Snapshot is the state as JSON.
func (s *Server) Snapshot(detail Detail) []byte {
	text, err := json.MarshalIndent(s.State(detail), "", " ")
	if err != nil { // cannot be: the parts are plain strings and numbers
		return []byte(err.Error())
	}
	return append(text, '\n')
}

// stored yields the files whose bytes the platform keeps, one of each that share
// them: those of every file that is no alias, until the last copy is gone.
func (s *Server) stored() iter.Seq[*node] {
	return func(yield func(*node) bool) {
		copied := map[int32]bool{} // what has been yielded and may have copies
		for i := len(s.nodes) - 1; i >= 0; i-- {
			n := &s.nodes[i]
			content := int32(i)
			if n.bytesOf > 0 {
				content = n.bytesOf
			}
			if n.folder != nil || n.deleted || n.alias != nil || copied[content] {
				continue
			}
			if n.bytesOf > 0 {
				copied[content] = true
			}
			if !yield(n) {
				return
			}
		}
	}
}

func (s *Server) fileStates(detail Detail) []FileState {
	files := []FileState{}
	for i := range s.nodes {
		n := &s.nodes[i]
		if n.folder != nil || n.deleted {
			continue
		}
		f := FileState{Project: s.projects[n.project].seed.id, Path: s.path(int32(i)), Size: n.size}
		if detail.IDs {
			f.ID = n.id.String()
		}
		if n.alias != nil {
			f.Volume, f.Location = n.alias.volume.seed.id, n.alias.location
		}
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b FileState) int {
		if a.Project != b.Project {
			return strings.Compare(a.Project, b.Project)
		}
		return strings.Compare(a.Path, b.Path)
	})
	return files
}

// objectStates are the objects of a volume below a prefix, in order.
func (s *Server) objectStates(v *volume, prefix string, detail Detail) []ObjectState {
	objects := []ObjectState{}
	pending := []string{prefix}
	for len(pending) > 0 {
		prefix := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		entries, _, err := v.bucket.list(prefix, "", 1<<31-1)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if e.prefix {
				pending = append(pending, e.key)
				continue
			}
			o := ObjectState{Location: strings.TrimPrefix(e.key, v.base), Size: e.object.size}
			if e.object.source >= 0 {
				o.From = s.title(e.object.source)
			}
			if detail.Times {
				o.Modified = e.object.lastModified().UTC()
			}
			objects = append(objects, o)
		}
	}
	slices.SortFunc(objects, func(a, b ObjectState) int { return strings.Compare(a.Location, b.Location) })
	return objects
}

func (s *Server) jobStates(detail Detail, now time.Time) []JobState {
	jobs := []JobState{}
	for _, j := range s.jobs {
		state := JobState{
			User: j.user, File: s.title(j.node), Volume: j.volume.seed.id, Location: j.location,
			CopyOnly: j.copyOnly, Import: j.imports != nil, State: j.state(now),
		}
		if j.failure != nil {
			state.Code = j.failure.Code
		}
		if detail.IDs {
			state.ID, state.FileID = j.id, s.nodes[j.node].id.String()
		}
		if detail.Times {
			state.Created, state.Ended = j.created.UTC(), j.end.UTC()
		}
		jobs = append(jobs, state)
	}
	slices.SortStableFunc(jobs, func(a, b JobState) int {
		return strings.Compare(a.File+"\x00"+a.Volume+"\x00"+a.Location+"\x00"+a.State,
			b.File+"\x00"+b.Volume+"\x00"+b.Location+"\x00"+b.State)
	})
	return jobs
}
