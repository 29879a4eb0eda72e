package simulator

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// appView is an app as one request sees it.
type appView struct {
	c        *call
	a        *app
	revision int
}

func (v appView) id() string { return v.a.id + "/" + strconv.Itoa(v.revision) }

// appFields are the properties of an app (vendor page "Get details of an app").
var appFields = []field[appView]{
	inBrief(text("href", func(v appView) string { return v.c.base + "/apps/" + v.id() })),
	inBrief(text("id", appView.id)),
	inBrief(text("project", func(v appView) string { return v.a.project })),
	inBrief(text("name", func(v appView) string { return v.a.name })),
	inBrief(field[appView]{name: "revision", value: func(v appView, b []byte) []byte { return strconv.AppendInt(b, int64(v.revision), 10) }}),
	{name: "raw", value: func(v appView, b []byte) []byte {
		return appendPlain(b, map[string]any{
			"class": "Workflow", "cwlVersion": "v1.2", "label": v.a.name, "inputs": []any{}, "outputs": []any{}, "steps": []any{},
			"sbg:id": v.id(), "sbg:project": v.a.project, "sbg:revision": v.revision, "sbg:latestRevision": v.a.revision,
		})
	}},
}

// getApp answers GET /apps/{owner}/{project}/{name}[/{revision}]; without a
// revision it is the latest.
func (c *call) getApp() (*answer, *failure) {
	a := c.s.apps[strings.Join(c.args[:3], "/")]
	if a == nil {
		return nil, refuse(6002)
	}
	if p := c.s.projectByID[a.project]; p != nil && !p.may("read") {
		return nil, refuse(6001)
	}
	revision := a.revision
	if text := c.arg(3); text != "" {
		n, err := strconv.Atoi(text)
		switch {
		case err != nil || n < 0:
			return nil, refuse(6011)
		case n > a.revision:
			return nil, refuse(6002)
		}
		revision = n
	}
	return ok(appendObject(nil, choose(c, appFields, false), appView{c, a, revision})), nil
}

// listApps answers GET /apps with the latest revisions: of the user's projects,
// or of the public project.
func (c *call) listApps() (*answer, *failure) {
	p, refusal := c.span()
	if refusal != nil {
		return nil, refusal
	}
	visibility := strings.ToLower(c.param("visibility"))
	if !slices.Contains([]string{"", "private", "public"}, visibility) {
		return nil, refuse(6012)
	}
	var all []appView
	for _, id := range slices.Sorted(maps.Keys(c.s.apps)) {
		a := c.s.apps[id]
		project := c.s.projectByID[a.project]
		if (a.project == publicProject) == (visibility == "public") && (project == nil || project.may("read")) && c.wantsApp(a) {
			all = append(all, appView{c, a, a.revision})
		}
	}
	from, to := p.window(len(all))
	return writeList(c, listing[appView]{p, len(all), choose(c, appFields, true), all[from:to]}), nil
}

// wantsApp reports whether an app passes the filters of a list call. Every word
// of q must be in its name or ID.
func (c *call) wantsApp(a *app) bool {
	project, owner, ids := c.param("project"), c.param("project_owner"), c.query["id"]
	named := len(ids) == 0 || slices.ContainsFunc(ids, func(id string) bool { return id == a.id || strings.HasPrefix(id, a.id+"/") })
	for word := range strings.FieldsSeq(strings.ToLower(strings.Join(c.query["q"], " "))) {
		named = named && strings.Contains(strings.ToLower(a.id+" "+a.name), word)
	}
	return named && (project == "" || project == a.project) && (owner == "" || strings.HasPrefix(a.project, owner+"/"))
}
