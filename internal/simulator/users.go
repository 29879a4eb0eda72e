package simulator

import (
	"maps"
	"slices"
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
	return ok(appendObject(nil, choose(c, userFields, false), userView{c, c.user})), nil
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
		return ok(appendObject(nil, choose(c, memberFields, false), view(name))), nil
	}
	p, refusal := c.span()
	if refusal != nil {
		return nil, refusal
	}
	all := make([]memberView, len(names))
	for i, name := range names {
		all[i] = view(name)
	}
	from, to := p.window(len(all))
	return writeList(c, listing[memberView]{p, len(all), choose(c, memberFields, true), all[from:to]}), nil
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
