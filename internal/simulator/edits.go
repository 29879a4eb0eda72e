package simulator

import (
	"net/http"
)

// change carries out a change that a request asks for, and tells what has become
// of the file.
func (c *call) change(e *change) (told []byte, refusal *failure) {
	e.At = c.now.UTC()
	if err := c.s.alter(e); err != nil {
		return nil, refusef(90004, "The simulator cannot do that: %v.", err)
	}
	c.s.record(event{Change: e})
	if i, gone := c.s.find(e.ID, 5002); gone == nil {
		told = appendObject(nil, choose(c, fileFields, false), fileView{c, &c.s.nodes[i]})
	}
	return told, nil
}

// answered makes an answer of a JSON text, unless the call was refused.
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
	return answered(c.edit(c.args[0], body, false))
}

// edit changes name, tags and metadata of a file, or the name of a folder. With
// merge, metadata of which the request says nothing stays.
func (c *call) edit(id string, body bodyValue, merge bool) ([]byte, *failure) {
	parts, refusal := body.object(0, "name", "tags", "metadata", "id", "file_id")
	if refusal != nil {
		return nil, refusal
	}
	i, refusal := c.writable(id, 5008)
	if refusal != nil {
		return nil, refusal
	}
	n := &c.s.nodes[i]
	e := &change{ID: id}
	var refusals [3]*failure
	if name, given := parts["name"]; given {
		e.Name, refusals[0] = c.newName(name, i)
	}
	if tags, given := parts["tags"]; given {
		e.Tags, refusals[1] = tags.tags(n)
	}
	if metadata, given := parts["metadata"]; given {
		e.Metadata, refusals[2] = metadata.metadata(n, merge)
	}
	for _, refusal := range refusals {
		if refusal != nil {
			return nil, refusal
		}
	}
	return c.change(e)
}

// newName reads the new name of a file or folder.
func (c *call) newName(given bodyValue, i int32) (string, *failure) {
	name, refusal := given.text()
	if refusal != nil {
		return "", refusal
	}
	n := &c.s.nodes[i]
	if !goodName(name, n.folder != nil) {
		return "", refuse(5024)
	}
	if other, taken := c.s.childNamed(n.parent, name); taken && other != i {
		return "", refuse(5003)
	}
	return name, nil
}

// tags reads the tags of a file.
func (s bodyValue) tags(n *node) (*[]string, *failure) {
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
func (s bodyValue) metadata(n *node, merge bool) (*map[string]any, *failure) {
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
	v, refusal := c.file(c.args[0])
	if refusal != nil {
		return nil, refusal
	}
	return ok(v.metadata(nil)), nil
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
	if _, refusal := c.change(e); refusal != nil {
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
	if _, refusal := c.change(e); refusal != nil {
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
	was := appendObject(nil, fileFields, fileView{c, &c.s.nodes[i]})
	_, refusal = c.change(&change{ID: id, Delete: true})
	return was, refusal
}

// bulkDelete answers POST /bulk/files/delete.
func (c *call) bulkDelete() (*answer, *failure) { return c.bulkByID("file_ids", c.remove) }

// bulkEdit answers POST /bulk/files/edit, which keeps what a request says nothing
// of.
func (c *call) bulkEdit() (*answer, *failure) { return c.bulk("items", c.edited(true)) }

// bulkUpdate answers POST /bulk/files/update, which erases that.
func (c *call) bulkUpdate() (*answer, *failure) { return c.bulk("items", c.edited(false)) }

// edited changes one file of a bulk request. The vendor's page calls its ID
// file_id, the Python client calls it id.
func (c *call) edited(keep bool) func(item bodyValue) ([]byte, *failure) {
	return func(item bodyValue) ([]byte, *failure) {
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
		return c.edit(file, item, keep)
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
