package contract

import (
	"net/http"
	"slices"
	"strings"
)

// fileShape: without fields a listing shows neither size nor storage (vendor
// page "List folder contents").
var fileShape = shape{
	known: []string{"href", "id", "name", "size", "project", "parent", "type", "created_on", "modified_on", "storage", "origin", "tags", "metadata", "_secondary_files", "url"},
	brief: []string{"href", "id", "name", "project", "parent", "type"},
}

var noFile = refusal{http.StatusNotFound, 5002, "Requested file does not exist."}

// serveFiles lists a project's root or a folder, by exactly one parameter.
func serveFiles(c *call) {
	if f := c.listed(); f != nil {
		c.page(c.children(f))
	}
}

func serveScroll(c *call) {
	if f := c.listed(); f != nil {
		c.scroll(c.children(f))
	}
}

// listed is the folder that project or parent names, or nil with the refusal
// answered.
func (c *call) listed() *node {
	project, parent := c.q.Get("project"), c.q.Get("parent")
	switch {
	case project == "" && parent == "" || project != "" && parent != "":
		c.refuse("project %q and parent %q: exactly one must be given", project, parent)
		return nil
	case parent != "":
		return c.findFolder(parent)
	}
	if p := c.findProject(project); p != nil {
		return p.root
	}
	return nil
}

func serveProjectFiles(c *call) {
	if p := c.findProject(c.args[0] + "/" + c.args[1]); p != nil {
		c.page(c.children(p.root))
	}
}

func serveFolder(c *call) {
	if f := c.findFolder(c.args[0]); f != nil {
		c.page(c.children(f))
	}
}

func serveFolderScroll(c *call) {
	if f := c.findFolder(c.args[0]); f != nil {
		c.scroll(c.children(f))
	}
}

func serveFile(c *call) {
	n, why := c.findFile(c.args[0])
	if why != none {
		c.fail(why)
		return
	}
	c.one(c.file(n), fileShape)
}

func serveBulkFiles(c *call) {
	ids, ok := c.ids("file_ids")
	if !ok {
		return
	}
	c.bulk(ids, func(i int) (obj, refusal) {
		n, why := c.findFile(ids[i])
		if why != none {
			return nil, why
		}
		return c.file(n), none
	})
}

func (c *call) findFile(id string) (*node, refusal) {
	n := c.s.c.nodes[id]
	switch {
	case n == nil:
		return nil, noFile
	case c.s.c.projects[n.project].forbidden:
		return nil, refusal{http.StatusForbidden, 5001, "Insufficient privileges to access the requested file."}
	}
	return n, none
}

func (c *call) findFolder(id string) *node {
	n, why := c.findFile(id)
	switch {
	case why != none:
		c.fail(why)
		return nil
	case !n.folder:
		c.fail(refusal{http.StatusBadRequest, 5022, "Parent is not a folder."})
		return nil
	}
	return n
}

// children lists a folder, filtered.
func (c *call) children(f *node) listing {
	found := f.listed(c.s)
	if c.filtered() {
		found = slices.DeleteFunc(slices.Clone(found), func(n *node) bool { return !c.passes(n) })
	}
	again := 0
	if c.s.free(Repeats) && len(found) > maxPage {
		again = 1 // the first item once more at the end
	}
	item := func(i int) obj { return c.file(found[i%len(found)]) }
	return listing{f.id, len(found) + again, again, item, fileShape}
}

// listed is the folder's children in the order in which they are listed, which
// never changes.
func (n *node) listed(s *Server) []*node {
	if s.free(ListOrder) && !n.ordered {
		slices.SortFunc(n.children, func(a, b *node) int {
			return strings.Compare(a.id[12:]+a.id, b.id[12:]+b.id)
		})
		n.ordered = true
	}
	return n.children
}

func (c *call) filtered() bool {
	for name := range c.q {
		if !slices.Contains([]string{"project", "parent", "token", "limit", "offset", "fields"}, name) {
			return true
		}
	}
	return false
}

// passes reports whether a node has, for each filter, one of its values.
func (c *call) passes(n *node) bool {
	for name, wanted := range c.q {
		key, isMetadata := strings.CutPrefix(name, "metadata.")
		var has []string
		switch {
		case isMetadata:
			has = texts(n.file.Metadata[key])
		case name == "name":
			has = []string{n.name}
		case name == "tag":
			has = n.file.Tags
		case name == "origin.task":
			has = []string{n.file.Task}
		default:
			continue
		}
		if !slices.ContainsFunc(has, func(v string) bool { return slices.Contains(wanted, v) }) {
			return false
		}
	}
	return true
}

func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []string:
		return v
	}
	return nil
}
