package simulator

// createFolder answers POST /files.
func (c *call) createFolder() (*answer, *failure) {
	parts, refusal := c.bodyParts(2, "name", "type", "parent", "project")
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
	id := c.s.nodes[parent].id.String()
	return answered(c.change(&change{ID: c.s.newFileID(0), Parent: id, Name: name, Folder: true}))
}

// target is the folder that parent or project of a request names, if the user
// may write there.
func (c *call) target(parts map[string]bodyValue) (int32, *failure) {
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
	_, told, refusal := c.copyTo(c.args[0], parent, name)
	return answered(told, refusal)
}

// destination reads the folder and, unless it stays, the name that a file is to
// have.
func (c *call) destination(known ...string) (parent int32, name string, refusal *failure) {
	parts, refusal := c.bodyParts(0, known...)
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
func (c *call) copyTo(id string, parent int32, name string) (made *change, told []byte, refusal *failure) {
	i, refusal := c.readable(id)
	if refusal != nil {
		return nil, nil, refusal
	}
	n := &c.s.nodes[i]
	switch {
	case n.folder != nil:
		return nil, nil, refuse(5018)
	case !c.s.projects[n.project].may("copy"):
		return nil, nil, refuse(5014)
	case name == "":
		name = n.name
	}
	made = &change{ID: c.s.newFileID(0), Copy: id, Parent: c.s.nodes[parent].id.String(), Name: c.s.freeName(parent, name)}
	told, refusal = c.change(made)
	return made, told, refusal
}

// copyFiles answers POST /action/files/copy: many files into one project.
func (c *call) copyFiles() (*answer, *failure) {
	parts, refusal := c.bodyParts(2, "project", "file_ids")
	if refusal != nil {
		return nil, refusal
	}
	parent, refusal := c.target(map[string]bodyValue{"project": parts["project"]})
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
		made, _, refusal := c.copyTo(id, parent, "")
		if refusal != nil {
			results[id] = map[string]any{"status": "ERROR"}
			continue
		}
		results[id] = map[string]any{"status": "OK", "new_file_id": made.ID, "new_file_name": made.Name}
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
	return answered(c.change(&change{ID: c.args[0], Parent: c.s.nodes[parent].id.String(), Name: name}))
}
