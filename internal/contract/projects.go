package contract

import (
	"net/http"
	"slices"
	"strings"
)

var projectShape = shape{
	known: []string{"href", "id", "name", "type", "category", "root_folder", "tags", "created_by", "created_on", "modified_on", "permissions", "settings"},
	brief: []string{"href", "id", "name"},
}

func serveRoot(c *call) {
	c.ok(obj{
		{"rate_limit_url", c.base + "/rate_limit"},
		{"user_url", c.base + "/user"},
		{"projects_url", c.base + "/projects"},
		{"files_url", c.base + "/files"},
	})
}

func serveUser(c *call) {
	c.ok(obj{{"href", c.base + "/users/tester"}, {"username", "tester"}, {"email", "tester@contract.test"}})
}

// serveProjects lists the projects the caller may see, of one owner or of all.
func serveProjects(c *call) {
	for _, filter := range []string{"name", "tags", "category"} {
		if c.q.Has(filter) {
			c.note("projects are filtered by %s, whose meaning is not documented", filter)
		}
	}
	var ids []string
	for id, p := range c.s.c.projects {
		owner, _, _ := strings.Cut(id, "/")
		if !p.forbidden && (len(c.args) == 0 || c.args[0] == owner) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	c.page(listing{"projects", len(ids), 0, func(i int) obj { return c.project(c.s.c.projects[ids[i]]) }, projectShape})
}

func serveProject(c *call) {
	if p := c.findProject(c.args[0] + "/" + c.args[1]); p != nil {
		c.one(c.project(p), projectShape)
	}
}

// findProject is a project by ID, or nil with the refusal answered.
func (c *call) findProject(id string) *project {
	if owner, name, ok := strings.Cut(id, "/"); !ok || owner == "" || name == "" {
		c.breach("malformed project %q", id)
		c.fail(refusal{http.StatusBadRequest, 3012, "Malformed project id."})
		return nil
	}
	p := c.s.c.projects[id]
	switch {
	case p == nil:
		c.fail(refusal{http.StatusNotFound, 3002, "Requested project or member does not exist."})
		return nil
	case p.forbidden:
		c.fail(refusal{http.StatusForbidden, 3001, "Insufficient privileges to access the requested project or member."})
		return nil
	}
	return p
}

func (c *call) project(p *project) obj {
	settings := obj{{"locked", false}, {"controlled", false}}
	if p.location != "" {
		settings = append(settings, member{"location", p.location})
	}
	return obj{
		{"href", c.base + "/projects/" + p.id},
		{"id", p.id},
		{"name", p.root.name},
		{"type", "v2"},
		{"category", "PRIVATE"},
		{"root_folder", p.root.id},
		{"tags", []string{}},
		{"created_by", "tester"},
		{"created_on", c.s.date(p.root.created)},
		{"modified_on", c.s.date(p.root.modified)},
		{"permissions", obj{{"write", true}, {"copy", true}, {"execute", true}, {"admin", true}, {"read", true}}},
		{"settings", settings},
	}
}
