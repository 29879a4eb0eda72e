package simulator

import (
	"path"
	"strings"
)

// importing is what an import job does, beside what it has in common with an
// export: its volume and location are where it reads, and its node is the folder
// that it writes to.
type importing struct {
	Project    string `json:"project,omitempty"` // as the request named it, or
	Parent     string `json:"parent,omitempty"`
	Name       string `json:"name,omitempty"`
	Autorename bool   `json:"autorename,omitempty"`
	Flat       bool   `json:"flat,omitempty"` // forget the folders of the source
}

// importFields are the properties of an import job (vendor page "Start an import
// job").
var importFields = []field[jobView]{
	inBrief(text("href", func(v jobView) string { return v.c.base + "/storage/imports/" + v.j.id })),
	inBrief(text("id", func(v jobView) string { return v.j.id })),
	inBrief(text("state", jobView.state)),
	{name: "overwrite", value: func(v jobView, b []byte) []byte { return appendBool(b, v.j.overwrite) }},
	{name: "autorename", value: func(v jobView, b []byte) []byte { return appendBool(b, v.j.imports.Autorename) }},
	{name: "preserve_folder_structure", value: func(v jobView, b []byte) []byte {
		return appendBool(b, strings.HasSuffix(v.j.location, "/") && !v.j.imports.Flat)
	}},
	{name: "source", value: jobView.onVolume},
	{name: "destination", value: func(v jobView, b []byte) []byte { return appendObject(b, importTargetFields, v.j.imports) }},
	{name: "started_on", value: jobView.started},
	{name: "finished_on", value: jobView.finished},
	{name: "result", value: jobView.result},
	{name: "error", value: jobView.error},
}

// importTargetFields are the properties of an import's destination.
var importTargetFields = []field[*importing]{
	text("project", func(i *importing) string { return i.Project }),
	text("parent", func(i *importing) string { return i.Parent }),
	text("name", func(i *importing) string { return i.Name }),
}

// createImport answers POST /storage/imports.
func (c *call) createImport() (*answer, *failure) {
	body, refusal := c.decodeBody()
	if refusal != nil {
		return nil, refusal
	}
	c.items = 1
	return answered(c.submitImport(body, false))
}

// createImports answers POST /bulk/storage/imports/create.
func (c *call) createImports() (*answer, *failure) {
	return c.bulk("items", func(item bodyValue) ([]byte, *failure) { return c.submitImport(item, true) })
}

// getImport answers GET /storage/imports/{id}.
func (c *call) getImport() (*answer, *failure) {
	v, refusal := c.ownImport(c.args[0])
	return tell(c, importFields, v, refusal)
}

func (c *call) ownImport(id string) (jobView, *failure) { return c.ownJob(id, true) }

// bulkImports answers POST /bulk/storage/imports/get.
func (c *call) bulkImports() (*answer, *failure) {
	return tellBulk(c, "import_ids", importFields, c.ownImport)
}

// submitImport starts an import job and tells it, or says why there is none.
func (c *call) submitImport(item bodyValue, bulk bool) ([]byte, *failure) {
	j, refusal := c.readImport(item)
	if refusal != nil {
		c.s.count("items refused")
		return nil, refusal
	}
	j.bulk = bulk
	c.launch(j)
	return appendObject(nil, importFields, jobView{c, j}), nil
}

// readImport reads a job from a request and checks it as the platform does
// before it starts one.
func (c *call) readImport(item bodyValue) (*job, *failure) {
	parts, refusal := item.object(2, "source", "destination", "overwrite", "autorename", "preserve_folder_structure", "properties")
	if refusal != nil {
		return nil, refusal
	}
	j := &job{user: c.user, imports: &importing{}}
	if j.volume, j.location, refusal = c.importSource(parts["source"]); refusal != nil {
		return nil, refusal
	}
	if j.node, refusal = c.importTarget(parts["destination"], j.imports); refusal != nil {
		return nil, refusal
	}
	preserve := true
	for key, to := range map[string]*bool{
		"overwrite": &j.overwrite, "autorename": &j.imports.Autorename, "preserve_folder_structure": &preserve,
	} {
		if value, given := parts[key]; given {
			if *to, refusal = value.boolean(); refusal != nil {
				return nil, refusal
			}
		}
	}
	j.imports.Flat = !preserve
	switch name := j.imports.Name; {
	case name == "" && path.Base(j.location) == "/":
		return nil, refuse(9018)
	case name != "" && !goodName(name, strings.HasSuffix(j.location, "/")):
		return nil, refusef(9011, "The name %.64q is not one that a file can have.", name)
	}
	return j, nil
}

// importSource is where an import reads, if the user may.
func (c *call) importSource(source bodyValue) (*volume, string, *failure) {
	parts, refusal := source.object(2, "volume", "location")
	if refusal != nil {
		return nil, "", refusal
	}
	id, refusal := parts["volume"].text()
	if refusal != nil {
		return nil, "", refusal
	}
	location, refusal := parts["location"].text()
	v := c.s.volumeByID[id]
	switch {
	case refusal != nil:
		return nil, "", refusal
	case v == nil:
		return nil, "", refusef(9007, "Requested volume %q does not exist.", id)
	case !v.may(c.user, "copy"):
		return nil, "", refuse(9020)
	case v.seed.inactive:
		return nil, "", refusef(9020, "Requested volume is not active.")
	case location == "" || len(location) > maxLocation:
		return nil, "", refusef(9011, "Location must have 1 to %d bytes.", maxLocation)
	}
	return v, location, nil
}

// importTarget is the folder that an import writes to, if the user may.
func (c *call) importTarget(destination bodyValue, to *importing) (int32, *failure) {
	parts, refusal := destination.object(0, "project", "parent", "name")
	if refusal != nil {
		return -1, refusal
	}
	for key, into := range map[string]*string{"project": &to.Project, "parent": &to.Parent, "name": &to.Name} {
		if value, given := parts[key]; given {
			if *into, refusal = value.text(); refusal != nil {
				return -1, refusal
			}
		}
	}
	if (to.Project == "") == (to.Parent == "") {
		return -1, refusef(9011, "Give exactly one of project and parent.")
	}
	node, refusal := int32(-1), refuse(9012)
	if p := c.s.projectByID[to.Project]; p != nil {
		node, refusal = p.root, nil
	}
	if to.Parent != "" {
		node, refusal = c.s.find(to.Parent, 9009)
	}
	switch {
	case refusal != nil:
		return -1, refusal
	case c.s.nodes[node].folder == nil:
		return -1, refuse(5022)
	case !c.s.projects[c.s.nodes[node].project].may("write"):
		return -1, refuse(9003)
	}
	return node, nil
}

// importer finds out what the end of an import changes.
type importer struct {
	s       *Server
	j       *job
	changes []*change
	made    int                // how many of them make a file or folder
	names   map[[2]string]bool // made in this import, by folder and name
	failure *failure
}

// carryOutImport finds out how an import ends.
func (s *Server) carryOutImport(j *job) outcome {
	im := &importer{s: s, j: j, names: map[[2]string]bool{}}
	name := j.imports.Name
	if name == "" {
		name = path.Base(j.location)
	}
	result := ""
	switch parent := s.nodes[j.node].id.String(); {
	case s.nodes[j.node].deleted:
		im.failure = refuse(9106)
	case !strings.HasSuffix(j.location, "/"):
		result = im.file(parent, name, j.location)
	case j.imports.Flat:
		result = parent
		im.folder(parent, j.volume.key(j.location))
	default:
		if result = im.add(parent, name, change{Folder: true}); im.failure == nil {
			im.folder(result, j.volume.key(j.location))
		}
	}
	if im.failure != nil {
		return outcome{State: stateFailed, Failure: im.failure}
	}
	return outcome{State: stateCompleted, Changes: im.changes, Result: result}
}

// file imports one object.
func (im *importer) file(parent, name, location string) (id string) {
	o, exists, err := im.j.volume.bucket.stat(im.j.volume.key(location))
	switch {
	case err != nil:
		im.failure = refuse(9100)
	case !exists:
		im.failure = refuse(9105)
	}
	return im.add(parent, name, change{Alias: &objectEvent{Volume: im.j.volume.seed.id, Location: location, Size: o.size}})
}

// folder imports all objects below a key that ends in a slash.
func (im *importer) folder(parent, key string) {
	entries, _, err := im.j.volume.bucket.list(key, "", maxFiles)
	if err != nil || len(entries) == 0 {
		im.failure = refuse(9105)
	}
	for _, e := range entries {
		name := strings.TrimSuffix(strings.TrimPrefix(e.key, key), "/")
		switch {
		case im.failure != nil:
			return
		case !e.prefix:
			im.file(parent, name, strings.TrimPrefix(e.key, im.j.volume.base))
		case im.j.imports.Flat:
			im.folder(parent, e.key)
		default:
			im.folder(im.add(parent, name, change{Folder: true}), e.key)
		}
	}
}

// add makes a file or folder with a name in a folder. One of that name that is
// there already is replaced or makes way, or fails the job.
func (im *importer) add(parent, name string, e change) (id string) {
	if im.failure != nil {
		return ""
	}
	taken := im.names[[2]string{parent, name}]
	if folder, unknown := im.s.find(parent, 5026); unknown == nil {
		other, there := im.s.childNamed(folder, name)
		switch {
		case there && im.j.imports.Autorename:
			name = im.s.freeName(folder, name)
		case there && im.j.overwrite && im.s.nodes[other].folder == nil:
			im.changes = append(im.changes, &change{ID: im.s.nodes[other].id.String(), At: im.j.end, Delete: true})
		case there:
			taken = true
		}
	}
	if taken {
		im.failure = refuse(9108)
		return ""
	}
	im.names[[2]string{parent, name}] = true
	e.ID, e.Parent, e.Name, e.At = im.s.newFileID(im.made), parent, name, im.j.end
	im.made++
	im.changes = append(im.changes, &e)
	return e.ID
}
