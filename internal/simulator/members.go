package simulator

import (
	"slices"
)

// memberView is a member of a volume.
type memberView struct {
	volumeView
	name string
}

// memberFields are the properties of a member (vendor page "Manage members for
// a volume").
var memberFields = []field[memberView]{
	inBrief(text("href", func(v memberView) string {
		return v.c.base + "/storage/volumes/" + v.v.seed.id + "/members/" + v.name
	})),
	inBrief(text("username", func(v memberView) string { return v.name })),
	inBrief(field[memberView]{name: "permissions", value: func(v memberView, b []byte) []byte {
		for i, right := range []string{"read", "copy", "write", "admin"} {
			b = append(b, `{,`[min(i, 1)])
			b = appendBool(append(appendString(b, right), ':'), v.v.may(v.name, right))
		}
		return append(b, '}')
	}}),
}

// memberNames are the members of a volume: whom the seed names, or all users.
func (c *call) memberNames(v *volume) []string {
	if v.seed.members != nil {
		return sortedKeys(v.seed.members)
	}
	var all []string
	for _, user := range c.s.seed.tokens {
		all = append(all, user)
	}
	slices.Sort(all)
	return all
}

// listMembers answers GET /storage/volumes/{owner}/{name}/members.
func (c *call) listMembers() (*answer, *failure) {
	v, refusal := c.volume()
	if refusal != nil {
		return nil, refusal
	}
	p, refusal := c.span()
	if refusal != nil {
		return nil, refusal
	}
	fields := choose(c, memberFields, true)
	var all []memberView
	for _, name := range c.memberNames(v) {
		all = append(all, memberView{volumeView{c, v}, name})
	}
	from, to := p.window(len(all))
	return writeList(c, listing[memberView]{p, len(all), fields, all[from:to]}), nil
}

// getMember answers GET /storage/volumes/{owner}/{name}/members/{username}.
func (c *call) getMember() (*answer, *failure) {
	v, refusal := c.volume()
	if refusal != nil {
		return nil, refusal
	}
	fields := choose(c, memberFields, false)
	name := c.args[2]
	if !slices.Contains(c.memberNames(v), name) {
		return nil, refusef(9012, "Requested member %q does not exist.", name)
	}
	return ok(appendObject(nil, fields, memberView{volumeView{c, v}, name})), nil
}
