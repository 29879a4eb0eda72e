package simulator

import (
	"regexp"
	"slices"
	"time"

	"gopkg.in/yaml.v3"
)

// jobIDForm is the form of export job IDs on the real service.
var jobIDForm = regexp.MustCompile(`^[A-Za-z0-9]{32}$`)

// volume reads one entry of volumes.
func (r *reader) volume(n *yaml.Node) *volumeSeed {
	v := &volumeSeed{line: n.Line, kind: "s3", mode: "RW"}
	r.mapping(n, "a volume", keys{
		"id":             func(n *yaml.Node) { v.id = r.ownedID(n, "a volume's id") },
		"type":           func(n *yaml.Node) { v.kind = r.oneOf(n, "type", "s3", "gcs", "azure", "oss") },
		"access_mode":    func(n *yaml.Node) { v.mode = r.oneOf(n, "access_mode", "RO", "RW") },
		"active":         func(n *yaml.Node) { v.inactive = !r.boolean(n, "active") },
		"export_enabled": func(n *yaml.Node) { v.exportDisabled = !r.boolean(n, "export_enabled") },
		"bucket":         func(n *yaml.Node) { v.bucket = r.text(n, "bucket") },
		"prefix":         func(n *yaml.Node) { v.prefix = r.text(n, "prefix") },
		"endpoint":       func(n *yaml.Node) { v.endpoint = r.text(n, "endpoint") },
		"location":       func(n *yaml.Node) { v.location = r.text(n, "location") },
		"directory":      func(n *yaml.Node) { v.directory = r.localFile(n) },
		"created_on":     func(n *yaml.Node) { v.created = parsed(r, n, "created_on", parseMoment) },
		"members":        func(n *yaml.Node) { v.members = r.members(n) },
		"objects": func(n *yaml.Node) {
			r.sequence(n, "objects", func(n *yaml.Node) { v.objects = append(v.objects, r.object(n)) })
		},
		"generate": func(n *yaml.Node) {
			r.sequence(n, "generate", func(n *yaml.Node) { v.generate = append(v.generate, r.objects(n)) })
		},
	})
	if v.id == "" {
		r.fail(n, "a volume has no id: add a line such as id: rfranklin/archive")
	}
	if v.directory != "" && (v.bucket != "" || len(v.objects) > 0 || len(v.generate) > 0) {
		r.fail(n, "a volume with a directory takes neither bucket nor objects: the folder's files are its objects")
	}
	return v
}

// members reads who may do what on a volume.
func (r *reader) members(n *yaml.Node) map[string][]string {
	members := map[string][]string{}
	r.entries(n, "members", func(key, n *yaml.Node) {
		rights := r.texts(n, "the rights of a member")
		for _, right := range rights {
			if !slices.Contains([]string{"read", "copy", "write", "admin"}, right) {
				r.fail(n, "unknown right %q of a member: use read, copy, write, admin", right)
			}
		}
		members[key.Value] = rights
	})
	return members
}

// object reads an object on a volume: its location, or a mapping.
func (r *reader) object(n *yaml.Node) objectSeed {
	o := objectSeed{size: defaultSize}
	if n.Kind == yaml.ScalarNode {
		o.location = r.text(n, "an object")
	} else {
		r.mapping(n, "an object", keys{
			"location": func(n *yaml.Node) { o.location = r.text(n, "location") },
			"size":     func(n *yaml.Node) { o.size = parsed(r, n, "size", parseSize) },
		})
	}
	if o.location == "" {
		r.fail(n, "an object has no location")
	}
	return o
}

// objects reads a block of objects made from a pattern.
func (r *reader) objects(n *yaml.Node) *objectsSeed {
	o := &objectsSeed{size: defaultSize}
	r.mapping(n, "a generate block", keys{
		"count":    func(n *yaml.Node) { o.count = r.integer(n, "count", [2]int{1, maxGenerated}) },
		"location": func(n *yaml.Node) { o.location = parsed(r, n, "location", parsePattern) },
		"size":     func(n *yaml.Node) { o.size = parsed(r, n, "size", parseSize) },
	})
	if o.count == 0 || !o.location.uses("n") {
		r.fail(n, "a generate block of objects needs a count and a location with {n}")
	}
	return o
}

// job reads an export job that exists from the beginning.
func (r *reader) job(n *yaml.Node) *jobSeed {
	j := &jobSeed{line: n.Line, state: "COMPLETED", takes: time.Hour}
	r.mapping(n, "a job", keys{
		"id":          func(n *yaml.Node) { j.id = r.text(n, "id") },
		"user":        func(n *yaml.Node) { j.user = r.text(n, "user") },
		"file":        func(n *yaml.Node) { j.file = r.fileID(n) },
		"project":     func(n *yaml.Node) { j.project = r.ownedID(n, "a job's project") },
		"path":        func(n *yaml.Node) { j.path = r.text(n, "path") },
		"volume":      func(n *yaml.Node) { j.volume = r.ownedID(n, "a job's volume") },
		"location":    func(n *yaml.Node) { j.location = r.text(n, "location") },
		"state":       func(n *yaml.Node) { j.state = r.oneOf(n, "state", "PENDING", "RUNNING", "COMPLETED", "FAILED") },
		"copy_only":   func(n *yaml.Node) { j.copyOnly = r.boolean(n, "copy_only") },
		"overwrite":   func(n *yaml.Node) { j.overwrite = r.boolean(n, "overwrite") },
		"takes":       func(n *yaml.Node) { j.takes = parsed(r, n, "takes", parseDuration) },
		"started_on":  func(n *yaml.Node) { j.started = parsed(r, n, "started_on", parseMoment) },
		"finished_on": func(n *yaml.Node) { j.finished = parsed(r, n, "finished_on", parseMoment) },
		"error":       func(n *yaml.Node) { j.failure = r.failure(n) },
	})
	if j.volume == "" || j.location == "" || (j.file == "") == (j.project == "" || j.path == "") {
		r.fail(n, "a job needs volume, location, and either file (an ID) or project and path")
	}
	if j.id != "" && !jobIDForm.MatchString(j.id) {
		r.fail(n, "the id of a job is %q: write 32 letters and digits, or leave it out", j.id)
	}
	if j.state == "FAILED" && j.failure == nil {
		j.failure = refuse(9100)
	}
	return j
}

// failure reads an error of the platform: a code, or a mapping.
func (r *reader) failure(n *yaml.Node) *failure {
	if n.Kind == yaml.ScalarNode {
		return refuse(r.integer(n, "a code", [2]int{0, 99999}))
	}
	f := refuse(9100)
	status, message := 0, ""
	r.mapping(n, "an error", keys{
		"code":    func(n *yaml.Node) { f = refuse(r.integer(n, "code", [2]int{0, 99999})) },
		"status":  func(n *yaml.Node) { status = r.integer(n, "status", [2]int{400, 599}) },
		"message": func(n *yaml.Node) { message = r.text(n, "message") },
	})
	if status != 0 {
		f.Status = status
	}
	if message != "" {
		f.Message = message
	}
	return f
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
		s.jobIndex.add(j)
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
