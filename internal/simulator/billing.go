package simulator

import "strconv"

// billingGroup is the one that pays for all projects.
const billingGroup = "00000000-0000-4000-8000-000000000000"

// billedView is the storage of a project as one request sees it.
type billedView struct {
	projectView
	active, archived int64
}

// billedFields are the properties of an entry of a storage breakdown, as the vendor's
// Python client reads them (billing_group_breakdown, measurement).
var billedFields = []field[billedView]{
	inBrief(text("project_name", func(v billedView) string { return v.p.title() })),
	inBrief(text("project_created_by", func(v billedView) string { return v.c.s.seed.user })),
	inBrief(text("location", func(v billedView) string { return v.p.seed.location })),
	inBrief(field[billedView]{name: "active", value: func(v billedView, b []byte) []byte { return appendMeasure(b, v.active) }}),
	inBrief(field[billedView]{name: "archived", value: func(v billedView, b []byte) []byte { return appendMeasure(b, v.archived) }}),
	inBrief(constant[billedView]("project_locked", `false`)),
}

func appendMeasure(b []byte, bytes int64) []byte {
	b = strconv.AppendFloat(append(b, `{"size":`...), float64(bytes)/1e9, 'f', -1, 64)
	return append(b, `,"unit":"GB"}`...)
}

// breakdown answers GET /billing/groups/{id}/breakdown/storage. The bytes that copies
// share are billed to one of their projects.
func (c *call) breakdown() (*answer, *failure) {
	if c.arg(0) != billingGroup {
		return nil, refusef(90003, "Requested billing group does not exist.")
	}
	all := make([]billedView, len(c.s.projects))
	for i, p := range c.s.projects {
		all[i].projectView = projectView{c, p}
	}
	for n := range c.s.stored() {
		if n.archived {
			all[n.project].archived += n.size
		} else {
			all[n.project].active += n.size
		}
	}
	return tellPage(c, billedFields, all)
}
