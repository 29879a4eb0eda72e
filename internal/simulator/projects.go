package simulator

import (
	"maps"
	"slices"
	"strings"
)

// projectView is a project as one request sees it.
type projectView struct {
	c *call
	p *project
}

// projectFields are the properties of a project (vendor page "Get project
// details").
var projectFields = []field[projectView]{
	inBrief(text("href", func(v projectView) string { return v.c.base + "/projects/" + v.p.seed.id })),
	inBrief(text("id", func(v projectView) string { return v.p.seed.id })),
	inBrief(text("name", func(v projectView) string { return v.p.title() })),
	constant[projectView]("type", `"v2"`),
	text("category", func(v projectView) string { return v.p.category() }),
	constant[projectView]("description", `""`),
	constant[projectView]("billing_group", `"00000000-0000-4000-8000-000000000000"`),
	text("root_folder", func(v projectView) string { return v.c.s.nodes[v.p.root].id.String() }),
	constant[projectView]("tags", `[]`),
	text("created_by", func(v projectView) string { return v.c.s.seed.user }),
	{name: "created_on", value: projectTime},
	{name: "modified_on", value: projectTime},
	{name: "permissions", value: projectPermissions},
	{name: "settings", value: projectSettings},
}

func (p *project) title() string {
	if p.seed.name != "" {
		return p.seed.name
	}
	_, name, _ := strings.Cut(p.seed.id, "/")
	return name
}

func (p *project) category() string {
	if p.seed.id == publicProject {
		return "PUBLIC"
	}
	return "PRIVATE"
}

func projectTime(v projectView, b []byte) []byte {
	return appendTime(b, v.p.seed.created.resolve(v.c.s.began, longAgo))
}

func projectPermissions(v projectView, b []byte) []byte {
	for i, right := range projectRights {
		b = append(b, `{,`[min(i, 1)], '"')
		b = append(b, right...)
		b = append(b, `":`...)
		b = appendBool(b, v.p.may(right))
	}
	return append(b, '}')
}

func projectSettings(v projectView, b []byte) []byte {
	b = append(b, `{"locked":false,"controlled":false`...)
	if v.p.seed.location != "" && !v.c.s.seed.quirks.noProjectLocation {
		b = append(b, `,"location":`...)
		b = appendString(b, v.p.seed.location)
	}
	return append(b, `,"use_interruptible_instances":true,"use_memoization":false,"use_elastic_disk":false,`+
		`"allow_network_access":true,"intermediate_files":{"retention":"LIMITED","duration":24}}`...)
}

// getProject answers GET /projects/{owner}/{project}.
func (c *call) getProject() (*answer, *failure) {
	p, refusal := c.project(c.args[0] + "/" + c.args[1])
	if refusal != nil {
		return nil, refusal
	}
	fields := choose(c, projectFields, false)
	return ok(appendObject(nil, fields, projectView{c, p})), nil
}

// project finds a project that the user may read.
func (c *call) project(id string) (*project, *failure) {
	if !ownedID.MatchString(id) {
		return nil, refuse(3012)
	}
	p := c.s.projectByID[id]
	switch {
	case p == nil:
		return nil, refusef(3002, "Requested project %q does not exist.", id)
	case !p.may("read"):
		return nil, refuse(3001)
	}
	return p, nil
}

// listProjects answers GET /projects and GET /projects/{owner}. The name filter
// takes a part of the name; simulated projects have no tags.
func (c *call) listProjects() (*answer, *failure) {
	p, refusal := c.span()
	if refusal != nil {
		return nil, refusal
	}
	fields := choose(c, projectFields, true)
	var all []projectView
	for _, id := range slices.Sorted(maps.Keys(c.s.projectByID)) {
		if project := c.s.projectByID[id]; project.may("read") && c.wants(project) {
			all = append(all, projectView{c, project})
		}
	}
	from, to := p.window(len(all))
	return writeList(c, listing[projectView]{p, len(all), fields, all[from:to]}), nil
}

// wants reports whether a project passes the filters of a list call.
func (c *call) wants(p *project) bool {
	owner, _, _ := strings.Cut(p.seed.id, "/")
	names := c.query["name"]
	named := slices.ContainsFunc(names, func(part string) bool {
		return strings.Contains(strings.ToLower(p.title()), strings.ToLower(part))
	})
	category := c.param("category")
	return (len(c.args) == 0 || c.args[0] == owner) && (len(names) == 0 || named) &&
		(category == "" || strings.EqualFold(category, p.category())) && len(c.query["tags"]) == 0
}
