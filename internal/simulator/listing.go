package simulator

import (
	"slices"
	"strings"
)

// readable finds a file that the user may read.
func (c *call) readable(id string) (int32, *failure) {
	i, refusal := c.s.find(id, 5002)
	if refusal != nil {
		return -1, refusal
	}
	if n := &c.s.nodes[i]; n.forbidden || !c.s.projects[n.project].may("read") {
		return -1, refuse(5001)
	}
	return i, nil
}

// getFile answers GET /files/{id}.
func (c *call) getFile() (*answer, *failure) {
	i, refusal := c.readable(c.args[0])
	if refusal != nil {
		return nil, refusal
	}
	fields := choose(c, fileFields, false)
	return ok(appendObject(nil, fields, fileView{c, &c.s.nodes[i]})), nil
}

// bulkFiles answers POST /bulk/files/get.
func (c *call) bulkFiles() (*answer, *failure) {
	return c.bulkByID("file_ids", func(id string) ([]byte, *failure) {
		i, refusal := c.readable(id)
		if refusal != nil {
			return nil, refusal
		}
		return appendObject(nil, fileFields, fileView{c, &c.s.nodes[i]}), nil
	})
}

// listFiles answers GET /files: the direct children of a project's root folder
// or of a folder.
func (c *call) listFiles() (*answer, *failure) {
	parent, refusal := c.listed()
	if refusal != nil {
		return nil, refusal
	}
	return c.listChildren(parent)
}

// listed is the folder that project or parent names.
func (c *call) listed() (int32, *failure) {
	project, parent := c.param("project"), c.param("parent")
	switch {
	case (project == "") == (parent == ""):
		return -1, refusef(90000, "Bad request: give exactly one of project and parent.")
	case parent != "":
		return c.parent(parent)
	case !ownedID.MatchString(project):
		return -1, refuse(5005)
	}
	p, refusal := c.project(project)
	if refusal != nil {
		return -1, refusal
	}
	return p.root, nil
}

// parent finds a folder that the user may read.
func (c *call) parent(id string) (int32, *failure) {
	i, refusal := c.readable(id)
	switch {
	case refusal != nil:
		return -1, refusal
	case c.s.nodes[i].folder == nil:
		return -1, refuse(5022)
	}
	return i, nil
}

// listProjectFiles answers GET /projects/{owner}/{project}/files.
func (c *call) listProjectFiles() (*answer, *failure) {
	p, refusal := c.project(c.args[0] + "/" + c.args[1])
	if refusal != nil {
		return nil, refusal
	}
	return c.listChildren(p.root)
}

// listFolder answers GET /files/{id}/list.
func (c *call) listFolder() (*answer, *failure) {
	parent, refusal := c.parent(c.args[0])
	if refusal != nil {
		return nil, refusal
	}
	return c.listChildren(parent)
}

// listChildren answers a list call with a page of a folder's children.
func (c *call) listChildren(parent int32) (*answer, *failure) {
	p, refusal := c.span()
	if refusal != nil {
		return nil, refusal
	}
	fields := choose(c, fileFields, true)
	children := c.filtered(c.s.nodes[parent].folder.children)
	from, to := p.window(len(children))
	return writeList(c, listing[fileView]{p, len(children), fields, c.views(children, from, to)}), nil
}

// views are the children of a page.
func (c *call) views(children []int32, from, to int) []fileView {
	step := c.stride(len(children))
	views := make([]fileView, 0, to-from)
	for i := from; i < to; i++ {
		views = append(views, fileView{c, &c.s.nodes[children[i*step%len(children)]]})
	}
	return views
}

// stride is how far apart, in the folder's own order, neighbors in a listing
// are: 1, or what gives an order of no use that is the same at every request.
func (c *call) stride(n int) int {
	if !c.s.seed.quirks.shuffledLists {
		return 1
	}
	step := n/2 + n/8 + 1
	for divisor(step, n) > 1 {
		step++
	}
	return step
}

// divisor is the greatest common divisor.
func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// filtered are the children that pass the request's filters: several values of
// one filter mean any of them, several filters mean all of them (vendor page
// "List files").
func (c *call) filtered(children []int32) []int32 {
	filters := map[string][]string{}
	for key, values := range c.query {
		if key == "name" || key == "tag" || key == "origin.task" || strings.HasPrefix(key, "metadata.") {
			filters[key] = values
		}
	}
	if len(filters) == 0 {
		return children
	}
	var kept []int32
	for _, i := range children {
		if c.s.nodes[i].passes(filters) {
			kept = append(kept, i)
		}
	}
	return kept
}

func (n *node) passes(filters map[string][]string) bool {
	for key, wanted := range filters {
		var has []string
		switch key {
		case "name":
			has = []string{n.name}
		case "tag":
			has = n.tags
		case "origin.task":
			has = []string{n.task}
		default:
			has = n.metadataValues(strings.TrimPrefix(key, "metadata."))
		}
		if !slices.ContainsFunc(has, func(value string) bool { return slices.Contains(wanted, value) }) {
			return false
		}
	}
	return true
}

func (n *node) metadataValues(key string) []string {
	for i := range n.attributes.metadata {
		if m := &n.attributes.metadata[i]; m.key == key {
			return m.expand(n)
		}
	}
	return nil
}
