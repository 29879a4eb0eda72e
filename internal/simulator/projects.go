package simulator

import (
	"maps"
	"slices"
	"strings"
)

// endpoints answers GET /, which lists the places to begin at; not all of them
// are served.
func (c *call) endpoints() (*answer, *failure) {
	b := []byte{'{'}
	for i, name := range []string{
		"rate_limit", "user", "users", "billing", "projects", "files", "tasks", "apps", "action", "upload",
	} {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, name+"_url")
		b = append(b, ':')
		b = appendString(b, c.base+"/"+name)
	}
	return ok(append(b, '}')), nil
}

// userView is a user as one request sees them.
type userView struct {
	c    *call
	name string
}

func (v userView) email() string { return v.name + "@example.org" }

// userFields are the properties of a user (vendor page "Get my information").
var userFields = []field[userView]{
	text("href", func(v userView) string { return v.c.base + "/users/" + v.name }),
	text("username", func(v userView) string { return v.name }),
	text("email", userView.email),
	constant[userView]("first_name", `"Simulated"`),
	constant[userView]("last_name", `"User"`),
	constant[userView]("affiliation", `"Simulator"`),
	constant[userView]("phone", `""`),
	constant[userView]("address", `""`),
	constant[userView]("city", `""`),
	constant[userView]("state", `""`),
	constant[userView]("country", `""`),
	constant[userView]("zip_code", `""`),
}

// whoAmI answers GET /user and GET /users/{username}. Users may look at
// themselves only.
func (c *call) whoAmI() (*answer, *failure) {
	if len(c.args) > 0 && c.args[0] != c.user {
		if slices.Contains(c.s.users(), c.args[0]) {
			return nil, refuse(2001)
		}
		return nil, refuse(2002)
	}
	return tell(c, userFields, userView{c, c.user}, nil)
}

// users are all users of the platform, in order.
func (s *Server) users() []string {
	return slices.Sorted(maps.Values(s.seed.tokens))
}

// memberView is a member of a project or a volume.
type memberView struct {
	userView
	href   string
	rights []string // in the order they are told in
	may    func(user, right string) bool
}

// memberFields are the properties of a member (vendor pages "List members of a
// project" and "Manage members for a volume"; email, type and ID as answers show
// them).
var memberFields = []field[memberView]{
	inBrief(text("href", func(v memberView) string { return v.href + "/members/" + v.name })),
	inBrief(text("id", func(v memberView) string { return v.name })),
	inBrief(text("username", func(v memberView) string { return v.name })),
	inBrief(text("email", func(v memberView) string { return v.email() })),
	inBrief(constant[memberView]("type", `"USER"`)),
	inBrief(field[memberView]{name: "permissions", value: func(v memberView, b []byte) []byte {
		for i, right := range v.rights {
			b = append(b, `{,`[min(i, 1)])
			b = appendBool(append(appendString(b, right), ':'), v.may(v.name, right))
		}
		return append(b, '}')
	}}),
}

// members answers the calls that list the members of something, or get one.
func (c *call) members(of memberView, names []string, name string) (*answer, *failure) {
	view := func(name string) memberView {
		of.userView = userView{c, name}
		return of
	}
	if name != "" {
		if !slices.Contains(names, name) {
			return nil, refusef(9012, "Requested member %q does not exist.", name)
		}
		return tell(c, memberFields, view(name), nil)
	}
	all := make([]memberView, len(names))
	for i, name := range names {
		all[i] = view(name)
	}
	return tellPage(c, memberFields, all)
}

// volumeMembers answers GET /storage/volumes/{owner}/{name}/members[/{username}].
// Members are whom the seed names, or all users.
func (c *call) volumeMembers() (*answer, *failure) {
	v, refusal := c.volume()
	if refusal != nil {
		return nil, refusal
	}
	names := c.s.users()
	if v.seed.members != nil {
		names = sortedKeys(v.seed.members)
	}
	of := memberView{href: c.base + "/storage/volumes/" + v.seed.id, rights: volumeRights, may: v.may}
	return c.members(of, names, c.arg(2))
}

// projectMembers answers GET /projects/{owner}/{project}/members[/{username}].
// All users are members, with the rights that the seed gives.
func (c *call) projectMembers() (*answer, *failure) {
	p, refusal := c.project(c.args[0] + "/" + c.args[1])
	if refusal != nil {
		return nil, refusal
	}
	may := func(_, right string) bool { return p.may(right) }
	return c.members(memberView{href: c.base + "/projects/" + p.seed.id, rights: projectRights, may: may}, c.s.users(), c.arg(2))
}

// The rights of members.
var (
	projectRights = []string{"write", "copy", "execute", "admin", "read"}
	volumeRights  = []string{"read", "copy", "write", "admin"}
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
	text("billing_group", func(projectView) string { return billingGroup }),
	text("root_folder", func(v projectView) string { return v.c.s.nodes[v.p.root].id.String() }),
	{name: "tags", value: func(v projectView, b []byte) []byte { return appendStrings(b, v.p.seed.tags) }},
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
	if refusal == nil && p.seed.broken && c.allFields() {
		return nil, refuse(90004)
	}
	return tell(c, projectFields, projectView{c, p}, refusal)
}

// allFields reports whether everything is asked for, at which the platform fails
// for a broken project.
func (c *call) allFields() bool {
	fields := c.param("fields")
	return fields == "" || strings.Contains(fields, "_all")
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
// takes a part of the name. A broken project fails the page that it is on.
func (c *call) listProjects() (*answer, *failure) {
	var all []projectView
	for _, id := range slices.Sorted(maps.Keys(c.s.projectByID)) {
		if project := c.s.projectByID[id]; project.may("read") && c.wants(project) {
			all = append(all, projectView{c, project})
		}
	}
	if p, refusal := c.span(); refusal == nil && c.allFields() {
		from, to := p.window(len(all))
		if slices.ContainsFunc(all[from:to], func(v projectView) bool { return v.p.seed.broken }) {
			return nil, refuse(90004)
		}
	}
	return tellPage(c, projectFields, all)
}

// wants reports whether a project passes the filters of a list call.
func (c *call) wants(p *project) bool {
	owner, _, _ := strings.Cut(p.seed.id, "/")
	names := c.query["name"]
	named := slices.ContainsFunc(names, func(part string) bool {
		return strings.Contains(strings.ToLower(p.title()), strings.ToLower(part))
	})
	category, tags := c.param("category"), c.query["tags"]
	return (len(c.args) == 0 || c.args[0] == owner) && (len(names) == 0 || named) &&
		(category == "" || strings.EqualFold(category, p.category())) &&
		(len(tags) == 0 || slices.ContainsFunc(tags, func(tag string) bool { return slices.Contains(p.seed.tags, tag) }))
}
