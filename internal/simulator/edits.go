package simulator

import (
	"net/http"
)

// change carries out a change that a request asks for.
func (c *call) change(e *change) *failure {
	e.At = c.now.UTC()
	if err := c.s.alter(e); err != nil {
		return refusef(90004, "The simulator cannot do that: %v.", err)
	}
	c.s.record(event{Change: e})
	return nil
}

// told is a file as it is now, as the answer to a call that changed it.
func (c *call) told(id string) ([]byte, *failure) {
	i, refusal := c.s.find(id, 5002)
	if refusal != nil {
		return nil, refusal
	}
	return appendObject(nil, fileFields, fileView{c, &c.s.nodes[i]}), nil
}

// answered makes an answer of what was told.
func answered(body []byte, refusal *failure) (*answer, *failure) {
	if refusal != nil {
		return nil, refusal
	}
	return ok(body), nil
}

// writable finds a file or folder that the user may change; otherwise the code
// says why not.
func (c *call) writable(id string, code int) (int32, *failure) {
	i, refusal := c.readable(id)
	if refusal != nil {
		return -1, refusal
	}
	if n := &c.s.nodes[i]; !c.s.projects[n.project].may("write") || n.parent < 0 {
		return -1, refuse(code)
	}
	return i, nil
}

// editFile answers PATCH /files/{id}, which replaces what it names (vendor page
// "Update file details").
func (c *call) editFile() (*answer, *failure) {
	body, refusal := c.decodeBody()
	if refusal != nil {
		return nil, refusal
	}
	if refusal := c.edit(c.args[0], body, false); refusal != nil {
		return nil, refusal
	}
	return answered(c.told(c.args[0]))
}

// edit changes name, tags and metadata of a file, or the name of a folder. With
// merge, metadata of which the request says nothing stays.
func (c *call) edit(id string, body shape, merge bool) *failure {
	parts, refusal := body.object(0, "name", "tags", "metadata", "id", "file_id")
	if refusal != nil {
		return refusal
	}
	i, refusal := c.writable(id, 5008)
	if refusal != nil {
		return refusal
	}
	n := &c.s.nodes[i]
	e := &change{ID: id}
	if name, given := parts["name"]; given {
		if e.Name, refusal = name.text(); refusal != nil {
			return refusal
		}
		if !goodName(e.Name, n.folder != nil) {
			return refuse(5024)
		}
		if other, taken := c.s.childNamed(n.parent, e.Name); taken && other != i {
			return refuse(5003)
		}
	}
	if tags, given := parts["tags"]; given {
		if e.Tags, refusal = tags.tags(n); refusal != nil {
			return refusal
		}
	}
	if metadata, given := parts["metadata"]; given {
		if e.Metadata, refusal = metadata.metadata(n, merge); refusal != nil {
			return refusal
		}
	}
	return c.change(e)
}

// tags reads the tags of a file.
func (s shape) tags(n *node) (*[]string, *failure) {
	list, ok := s.value.([]any)
	switch {
	case !ok:
		return nil, refusef(90000, "Bad request: %s must be a list.", s.at)
	case n.folder != nil && len(list) > 0:
		return nil, refuse(5027)
	}
	tags := []string{}
	for _, item := range list {
		tag, ok := item.(string)
		if !ok {
			return nil, refusef(90000, "Bad request: %s must be texts.", s.at)
		}
		tags = append(tags, tag)
	}
	return &tags, nil
}

// metadata reads the metadata of a file. Keys with null count as not there.
func (s shape) metadata(n *node, merge bool) (*map[string]any, *failure) {
	given, ok := s.value.(map[string]any)
	switch {
	case !ok:
		return nil, refusef(90000, "Bad request: %s must be an object.", s.at)
	case n.folder != nil && len(given) > 0:
		return nil, refuse(5025)
	}
	all := map[string]any{}
	if merge {
		all = n.metadataMap()
	}
	for key, value := range given {
		if _, isObject := value.(map[string]any); isObject || key == "" {
			return nil, refuse(5006)
		}
		all[key] = value
		if value == nil {
			delete(all, key)
		}
	}
	return &all, nil
}

// getMetadata answers GET /files/{id}/metadata.
func (c *call) getMetadata() (*answer, *failure) {
	i, refusal := c.readable(c.args[0])
	if refusal != nil {
		return nil, refusal
	}
	return ok(fileView{c, &c.s.nodes[i]}.metadata(nil)), nil
}

// putMetadata answers PUT and PATCH /files/{id}/metadata: the one replaces all
// metadata, the other what it names.
func (c *call) putMetadata() (*answer, *failure) {
	body, refusal := c.decodeBody()
	if refusal != nil {
		return nil, refusal
	}
	i, refusal := c.writable(c.args[0], 5009)
	if refusal != nil {
		return nil, refusal
	}
	e := &change{ID: c.args[0]}
	if e.Metadata, refusal = body.metadata(&c.s.nodes[i], c.r.Method == http.MethodPatch); refusal != nil {
		return nil, refusal
	}
	if refusal := c.change(e); refusal != nil {
		return nil, refusal
	}
	return c.getMetadata()
}

// putTags answers PUT /files/{id}/tags.
func (c *call) putTags() (*answer, *failure) {
	body, refusal := c.decodeBody()
	if refusal != nil {
		return nil, refusal
	}
	i, refusal := c.writable(c.args[0], 5011)
	if refusal != nil {
		return nil, refusal
	}
	e := &change{ID: c.args[0]}
	if e.Tags, refusal = body.tags(&c.s.nodes[i]); refusal != nil {
		return nil, refusal
	}
	if refusal := c.change(e); refusal != nil {
		return nil, refusal
	}
	return ok(appendStrings(nil, *e.Tags)), nil
}

// deleteFile answers DELETE /files/{id}.
func (c *call) deleteFile() (*answer, *failure) {
	if _, refusal := c.remove(c.args[0]); refusal != nil {
		return nil, refusal
	}
	return &answer{status: http.StatusNoContent}, nil
}

// remove deletes a file or an empty folder, and tells what it was.
func (c *call) remove(id string) ([]byte, *failure) {
	i, refusal := c.writable(id, 5001)
	if refusal != nil {
		return nil, refusal
	}
	if f := c.s.nodes[i].folder; f != nil && len(f.children) > 0 {
		return nil, refuse(5021)
	}
	was, refusal := c.told(id)
	if refusal != nil {
		return nil, refusal
	}
	return was, c.change(&change{ID: id, Delete: true})
}

// bulkDelete answers POST /bulk/files/delete.
func (c *call) bulkDelete() (*answer, *failure) { return c.bulkByID("file_ids", c.remove) }

// bulkEdit answers POST /bulk/files/edit, which keeps what a request says nothing
// of.
func (c *call) bulkEdit() (*answer, *failure) { return c.bulk("items", c.edited(true)) }

// bulkUpdate answers POST /bulk/files/update, which does not.
func (c *call) bulkUpdate() (*answer, *failure) { return c.bulk("items", c.edited(false)) }

// edited changes one file of a bulk request. The vendor's page calls its ID
// file_id, his client id.
func (c *call) edited(keep bool) func(item shape) ([]byte, *failure) {
	return func(item shape) ([]byte, *failure) {
		parts, refusal := item.object(0, "id", "file_id", "name", "tags", "metadata")
		if refusal != nil {
			return nil, refusal
		}
		id, given := parts["file_id"]
		if !given {
			id = parts["id"]
		}
		file, refusal := id.text()
		if refusal != nil {
			return nil, refuse(5004)
		}
		if !keep {
			item.value = withDefaults(item.value, map[string]any{"tags": []any{}, "metadata": map[string]any{}})
		}
		if refusal := c.edit(file, item, keep); refusal != nil {
			return nil, refusal
		}
		return c.told(file)
	}
}

// withDefaults is an object with members for those that it lacks.
func withDefaults(value any, defaults map[string]any) any {
	object, _ := value.(map[string]any)
	for key, value := range defaults {
		if object[key] == nil {
			object[key] = value
		}
	}
	return object
}

// createFolder answers POST /files.
func (c *call) createFolder() (*answer, *failure) {
	body, refusal := c.decodeBody()
	if refusal != nil {
		return nil, refusal
	}
	parts, refusal := body.object(2, "name", "type", "parent", "project")
	if refusal != nil {
		return nil, refusal
	}
	parent, refusal := c.target(parts)
	if refusal != nil {
		return nil, refusal
	}
	name, refusal := parts["name"].text()
	if refusal != nil {
		return nil, refusal
	}
	switch {
	case !parts["type"].is("folder"):
		return nil, refuse(5012)
	case !goodName(name, true):
		return nil, refuse(5024)
	}
	if _, taken := c.s.childNamed(parent, name); taken {
		return nil, refuse(5030)
	}
	e := &change{ID: c.s.newFileID(0), Parent: c.s.nodes[parent].id.String(), Name: name, Folder: true}
	if refusal := c.change(e); refusal != nil {
		return nil, refusal
	}
	return answered(c.told(e.ID))
}

// target is the folder that parent or project of a request names, if the user
// may write there.
func (c *call) target(parts map[string]shape) (int32, *failure) {
	parent, hasParent := parts["parent"]
	project, hasProject := parts["project"]
	switch {
	case hasParent && hasProject:
		return -1, refuse(5031)
	case !hasParent && !hasProject:
		return -1, refuse(5029)
	case hasParent:
		id, refusal := parent.text()
		if refusal != nil {
			return -1, refusal
		}
		return c.folder(id)
	}
	id, refusal := project.text()
	if refusal != nil {
		return -1, refusal
	}
	p, refusal := c.project(id)
	switch {
	case refusal != nil:
		return -1, refusal
	case !p.may("write"):
		return -1, refuse(3001)
	}
	return p.root, nil
}

// folder finds a folder that the user may write to.
func (c *call) folder(id string) (int32, *failure) {
	i, refusal := c.s.find(id, 5026)
	if refusal != nil {
		return -1, refusal
	}
	n := &c.s.nodes[i]
	switch {
	case n.folder == nil:
		return -1, refuse(5022)
	case !c.s.projects[n.project].may("write"):
		return -1, refuse(3001)
	}
	return i, nil
}

// copyFile answers POST /files/{id}/actions/copy: into a folder, or the root
// folder of a project.
func (c *call) copyFile() (*answer, *failure) {
	parent, name, refusal := c.destination("parent", "project", "name")
	if refusal != nil {
		return nil, refusal
	}
	e, refusal := c.copyTo(c.args[0], parent, name)
	if refusal != nil {
		return nil, refusal
	}
	return answered(c.told(e.ID))
}

// destination reads the folder and, unless it stays, the name that a file is to
// have.
func (c *call) destination(known ...string) (parent int32, name string, refusal *failure) {
	body, refusal := c.decodeBody()
	if refusal != nil {
		return -1, "", refusal
	}
	parts, refusal := body.object(0, known...)
	if refusal != nil {
		return -1, "", refusal
	}
	if parent, refusal = c.target(parts); refusal != nil {
		return -1, "", refusal
	}
	if given, ok := parts["name"]; ok {
		if name, refusal = given.text(); refusal == nil && name != "" && !goodName(name, false) {
			refusal = refuse(5024)
		}
	}
	return parent, name, refusal
}

// copyTo copies a file into a folder.
func (c *call) copyTo(id string, parent int32, name string) (*change, *failure) {
	i, refusal := c.readable(id)
	if refusal != nil {
		return nil, refusal
	}
	n := &c.s.nodes[i]
	switch {
	case n.folder != nil:
		return nil, refuse(5018)
	case !c.s.projects[n.project].may("copy"):
		return nil, refuse(5014)
	case name == "":
		name = n.name
	}
	e := &change{ID: c.s.newFileID(0), Copy: id, Parent: c.s.nodes[parent].id.String(), Name: c.s.freeName(parent, name)}
	return e, c.change(e)
}

// copyFiles answers POST /action/files/copy: many files into one project.
func (c *call) copyFiles() (*answer, *failure) {
	body, refusal := c.decodeBody()
	if refusal != nil {
		return nil, refusal
	}
	parts, refusal := body.object(2, "project", "file_ids")
	if refusal != nil {
		return nil, refusal
	}
	parent, refusal := c.target(map[string]shape{"project": parts["project"]})
	if refusal != nil {
		return nil, refusal
	}
	list, refusal := parts["file_ids"].list()
	if refusal != nil {
		return nil, refusal
	}
	results := map[string]any{}
	for _, item := range list {
		id, refusal := item.text()
		if refusal != nil {
			return nil, refusal
		}
		e, refusal := c.copyTo(id, parent, "")
		if refusal != nil {
			results[id] = map[string]any{"status": "ERROR"}
			continue
		}
		results[id] = map[string]any{"status": "OK", "new_file_id": e.ID, "new_file_name": e.Name}
	}
	return ok(appendPlain(nil, results)), nil
}

// moveFile answers POST /files/{id}/actions/move: into another folder of the
// project, keeping the ID.
func (c *call) moveFile() (*answer, *failure) {
	parent, name, refusal := c.destination("parent", "name")
	if refusal != nil {
		return nil, refusal
	}
	i, refusal := c.writable(c.args[0], 5032)
	if refusal != nil {
		return nil, refusal
	}
	n := &c.s.nodes[i]
	switch {
	case n.project != c.s.nodes[parent].project:
		return nil, refuse(5015)
	case c.s.inside(parent, i):
		return nil, refuse(5033)
	case name == "":
		name = n.name
	}
	if other, taken := c.s.childNamed(parent, name); taken && other != i {
		name = c.s.freeName(parent, name)
	}
	if refusal := c.change(&change{ID: c.args[0], Parent: c.s.nodes[parent].id.String(), Name: name}); refusal != nil {
		return nil, refusal
	}
	return answered(c.told(c.args[0]))
}
