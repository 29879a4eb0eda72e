package simulator

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Detail says what a snapshot tells beside where files and objects are.
type Detail struct {
	Jobs  bool // the export jobs
	IDs   bool // the IDs of files and jobs
	Times bool // when jobs began and ended, and objects were written
}

// The parts of a snapshot. Their order of fields is the order in the JSON.
type (
	snapshot struct {
		Files   []snapFile   `json:"files"`
		Volumes []snapVolume `json:"volumes"`
		Jobs    []snapJob    `json:"jobs,omitempty"`
	}
	snapFile struct {
		Project  string `json:"project"`
		Path     string `json:"path"`
		ID       string `json:"id,omitempty"`
		Size     int64  `json:"size"`
		Volume   string `json:"volume,omitempty"` // of an alias
		Location string `json:"location,omitempty"`
	}
	snapVolume struct {
		ID      string       `json:"id"`
		Objects []snapObject `json:"objects"`
	}
	snapObject struct {
		Location string    `json:"location"`
		Size     int64     `json:"size"`
		From     string    `json:"from,omitempty"` // the file whose bytes it holds, as project:path
		Modified time.Time `json:"modified,omitzero"`
	}
	snapJob struct {
		ID       string    `json:"id,omitempty"`
		User     string    `json:"user"`
		File     string    `json:"file"` // project:path
		Volume   string    `json:"volume"`
		Location string    `json:"location"`
		CopyOnly bool      `json:"copy_only"`
		State    string    `json:"state"`
		Code     int       `json:"code,omitempty"` // of the error of a failed job
		Created  time.Time `json:"created,omitzero"`
		Ended    time.Time `json:"ended,omitzero"`
	}
)

// Snapshot is the state of the platform as JSON, in one order whatever the
// order of events was: where each file's bytes are (an alias shows at once,
// whatever lag readers see), what is on the volumes, and the jobs. Without IDs
// and times, two runs that brought about the same are byte for byte the same.
func (s *Server) Snapshot(detail Detail) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catchUp()
	now := time.Now()
	snap := snapshot{Files: s.snapFiles(detail), Volumes: []snapVolume{}}
	for _, v := range s.volumes {
		snap.Volumes = append(snap.Volumes, snapVolume{ID: v.seed.id, Objects: s.snapObjects(v, v.base, detail)})
	}
	if detail.Jobs {
		snap.Jobs = s.snapJobs(detail, now)
	}
	text, err := json.MarshalIndent(snap, "", " ")
	if err != nil { // cannot be: the parts are plain strings and numbers
		return []byte(err.Error())
	}
	return append(text, '\n')
}

func (s *Server) snapFiles(detail Detail) []snapFile {
	files := []snapFile{}
	for i := range s.nodes {
		n := &s.nodes[i]
		if n.folder != nil {
			continue
		}
		f := snapFile{Project: s.projects[n.project].seed.id, Path: s.path(int32(i)), Size: n.size}
		if detail.IDs {
			f.ID = n.id.String()
		}
		if n.alias != nil {
			f.Volume, f.Location = n.alias.volume.seed.id, n.alias.location
		}
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b snapFile) int {
		if a.Project != b.Project {
			return strings.Compare(a.Project, b.Project)
		}
		return strings.Compare(a.Path, b.Path)
	})
	return files
}

// snapObjects are the objects of a volume below a prefix, in order.
func (s *Server) snapObjects(v *volume, prefix string, detail Detail) []snapObject {
	objects := []snapObject{}
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
			o := snapObject{Location: strings.TrimPrefix(e.key, v.base), Size: e.object.size}
			if e.object.source >= 0 {
				o.From = s.title(e.object.source)
			}
			if detail.Times {
				o.Modified = e.object.lastModified().UTC()
			}
			objects = append(objects, o)
		}
	}
	slices.SortFunc(objects, func(a, b snapObject) int { return strings.Compare(a.Location, b.Location) })
	return objects
}

func (s *Server) snapJobs(detail Detail, now time.Time) []snapJob {
	jobs := []snapJob{}
	for _, j := range s.jobs {
		snap := snapJob{
			User: j.user, File: s.title(j.node), Volume: j.volume.seed.id, Location: j.location,
			CopyOnly: j.copyOnly, State: j.state(now),
		}
		if j.failure != nil {
			snap.Code = j.failure.Code
		}
		if detail.IDs {
			snap.ID = j.id
		}
		if detail.Times {
			snap.Created, snap.Ended = j.created.UTC(), j.end.UTC()
		}
		jobs = append(jobs, snap)
	}
	slices.SortStableFunc(jobs, func(a, b snapJob) int {
		return strings.Compare(a.File+"\x00"+a.Volume+"\x00"+a.Location+"\x00"+a.State,
			b.File+"\x00"+b.Volume+"\x00"+b.Location+"\x00"+b.State)
	})
	return jobs
}
