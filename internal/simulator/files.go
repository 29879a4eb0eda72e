package simulator

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// fileView is a file or folder as one request sees it.
type fileView struct {
	c *call
	n *node
}

// fileFields are the properties of a file (vendor pages "Get file details" and
// "List files").
var fileFields = append(slices.Clone(plainFileFields),
	field[fileView]{name: "_secondary_files", value: fileView.secondaries})

// plainFileFields are the properties of a file without those of other files.
var plainFileFields = []field[fileView]{
	inBrief(field[fileView]{name: "href", value: func(v fileView, b []byte) []byte {
		return append(append(append(append(append(b, '"'), v.c.base...), "/files/"...), v.n.id.String()...), '"')
	}}),
	inBrief(field[fileView]{name: "id", value: func(v fileView, b []byte) []byte {
		return append(append(append(b, '"'), v.n.id.String()...), '"')
	}}),
	inBrief(text("name", fileView.name)),
	{name: "size", value: func(v fileView, b []byte) []byte {
		if v.n.folder != nil {
			return b
		}
		return strconv.AppendInt(b, v.n.size, 10)
	}},
	inBrief(text("project", func(v fileView) string { return v.c.s.projects[v.n.project].seed.id })),
	inBrief(text("parent", func(v fileView) string {
		if v.n.parent < 0 {
			return ""
		}
		return v.c.s.nodes[v.n.parent].id.String()
	})),
	inBrief(text("type", fileView.kind)),
	{name: "created_on", value: func(v fileView, b []byte) []byte {
		created := v.n.attributes.created
		if v.n.folder != nil {
			created = v.n.folder.created
		}
		return appendTime(b, created.resolve(v.c.s.began, longAgo))
	}},
	{name: "modified_on", value: func(v fileView, b []byte) []byte {
		created := v.n.attributes.created.resolve(v.c.s.began, longAgo)
		return appendTime(b, v.n.modified.resolve(v.c.s.began, created))
	}},
	{name: "storage", value: fileView.storage},
	{name: "origin", value: func(v fileView, b []byte) []byte {
		if v.n.task == "" {
			return append(b, "{}"...)
		}
		return append(appendString(append(b, `{"task":`...), v.n.task), '}')
	}},
	{name: "tags", value: func(v fileView, b []byte) []byte { return appendStrings(b, v.n.tags) }},
	{name: "metadata", value: fileView.metadata},
	{name: "url", value: func(_ fileView, b []byte) []byte { return append(b, "null"...) }},
}

func (v fileView) name() string {
	if v.n.parent < 0 {
		return v.c.s.projects[v.n.project].title()
	}
	return v.n.name
}

func (v fileView) kind() string {
	kind := "file"
	if v.n.folder != nil {
		kind = "folder"
	}
	if v.c.s.seed.quirks.upperCaseTypes {
		kind = strings.ToUpper(kind)
	}
	return kind
}

// storage appends where the file is: on a volume once the change shows, or on
// the platform, where archived files and folders name no location.
func (v fileView) storage(b []byte) []byte {
	if a := v.n.alias; a != nil && !v.c.now.Before(a.visible) {
		location := a.location
		if v.c.s.seed.quirks.aliasLocationIsKey {
			location = a.volume.key(location)
		}
		b = appendString(append(b, `{"type":"VOLUME","volume":`...), a.volume.seed.id)
		b = appendString(append(b, `,"location":`...), location)
		return append(b, '}')
	}
	b = append(b, `{"type":"PLATFORM"`...)
	hosted := v.c.s.projects[v.n.project].seed.location
	if v.n.folder == nil && !v.n.archived && hosted != "" && !v.c.s.seed.quirks.noHostedOnLocations {
		b = append(b, `,"hosted_on_locations":`...)
		b = appendStrings(b, []string{hosted})
	}
	return append(b, '}')
}

func (v fileView) metadata(b []byte) []byte {
	b = append(b, '{')
	for i := range v.n.attributes.metadata {
		m := &v.n.attributes.metadata[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, m.key), ':')
		switch {
		case m.null:
			b = append(b, "null"...)
		case m.list:
			b = appendStrings(b, m.expand(v.n))
		default:
			b = appendString(b, v.n.expand(m.values[0]))
		}
	}
	return append(b, '}')
}

func (v fileView) secondaries(b []byte) []byte {
	if len(v.n.secondary) == 0 {
		return b
	}
	fields := plainFileFields
	if v.c.s.seed.quirks.secondaryFilesAreStubs {
		fields = stubFileFields
	}
	b = append(b, '[')
	for i, other := range v.n.secondary {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendObject(b, fields, fileView{v.c, &v.c.s.nodes[other]})
	}
	return append(b, ']')
}

// stubFileFields are the properties of a mere reference to a file.
var stubFileFields = slices.DeleteFunc(slices.Clone(plainFileFields), func(f field[fileView]) bool {
	return f.name != "href" && f.name != "id" && f.name != "name"
})

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
	fields, refusal := choose(c, fileFields, false)
	if refusal != nil {
		return nil, refusal
	}
	return ok(appendObject(nil, fields, fileView{c, &c.s.nodes[i]})), nil
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
	fields, refusal := choose(c, fileFields, true)
	if refusal != nil {
		return nil, refusal
	}
	children := c.filtered(c.s.nodes[parent].folder.children)
	from, to := p.window(len(children))
	return writeList(c, p, len(children), fields, c.views(children[from:to])), nil
}

func (c *call) views(children []int32) []fileView {
	views := make([]fileView, 0, len(children))
	for _, i := range children {
		views = append(views, fileView{c, &c.s.nodes[i]})
	}
	return views
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

// scrollProject answers GET /files/scroll.
func (c *call) scrollProject() (*answer, *failure) {
	parent, refusal := c.listed()
	if refusal != nil {
		return nil, refusal
	}
	return c.scroll(parent)
}

// scrollFolder answers GET /files/{id}/scroll.
func (c *call) scrollFolder() (*answer, *failure) {
	parent, refusal := c.parent(c.args[0])
	if refusal != nil {
		return nil, refusal
	}
	return c.scroll(parent)
}

// scroll answers a listing by continuation tokens, which is a beta feature: the
// first token is "init", later ones come from the links.
func (c *call) scroll(parent int32) (*answer, *failure) {
	if !c.advance() {
		return nil, refusef(90000, "Bad request: scrolling needs the header X-SBG-Advance-Access: advance.")
	}
	limit, refusal := c.limit()
	if refusal != nil {
		return nil, refusal
	}
	fields, refusal := choose(c, fileFields, true)
	if refusal != nil {
		return nil, refusal
	}
	offset, known := readToken(c.param("token"))
	if !known {
		return nil, refusef(90000, "Bad request: unknown token: begin with token=init.")
	}
	children := c.s.nodes[parent].folder.children
	from, to := span{offset, limit}.window(len(children))
	b := append([]byte(nil), `{"href":`...)
	b = appendQuery(b, c.here(), c.repeated())
	b = append(b, `,"items":[`...)
	for i, view := range c.views(children[from:to]) {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendObject(b, fields, view)
	}
	b = append(b, `],"links":[`...)
	if to < len(children) {
		query := url.Values(c.repeated())
		query.Set("token", writeToken(to))
		b = appendQuery(append(b, `{"href":`...), c.here(), query)
		b = c.closeRel(b, "next")
	}
	a := ok(append(b, `]}`...))
	a.total(c, len(children))
	return a, nil
}

// writeToken makes the continuation token for an offset.
func writeToken(offset int) string {
	return base64.URLEncoding.EncodeToString(fmt.Appendf(nil, "from:%d", offset))
}

// readToken is the offset of a continuation token.
func readToken(token string) (offset int, known bool) {
	if token == "init" {
		return 0, true
	}
	text, err := base64.URLEncoding.DecodeString(token)
	digits, found := strings.CutPrefix(string(text), "from:")
	offset, bad := strconv.Atoi(digits)
	return offset, err == nil && bad == nil && found && offset >= 0
}
