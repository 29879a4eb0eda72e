package simulator

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
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

// file is a file that the user may read.
func (c *call) file(id string) (fileView, *failure) {
	i, refusal := c.readable(id)
	if refusal != nil {
		return fileView{}, refusal
	}
	return fileView{c, &c.s.nodes[i]}, nil
}

// getFile answers GET /files/{id}.
func (c *call) getFile() (*answer, *failure) {
	v, refusal := c.file(c.args[0])
	return tell(c, fileFields, v, refusal)
}

// bulkFiles answers POST /bulk/files/get.
func (c *call) bulkFiles() (*answer, *failure) {
	return tellBulk(c, "file_ids", fileFields, c.file)
}

// listFiles answers GET /files: the direct children of a project's root folder
// or of a folder, or all files of a dataset.
func (c *call) listFiles() (*answer, *failure) {
	nodes, refusal := c.listed()
	if refusal != nil {
		return nil, refusal
	}
	return c.listNodes(nodes)
}

// listed is what project, parent or dataset names.
func (c *call) listed() ([]int32, *failure) {
	project, parent, dataset := c.param("project"), c.param("parent"), c.param("dataset")
	switch {
	case len(slices.DeleteFunc([]string{project, parent, dataset}, func(s string) bool { return s == "" })) != 1:
		return nil, refusef(90000, "Bad request: give exactly one of project, parent and dataset.")
	case dataset != "":
		return c.ofDataset(dataset), nil
	case parent != "":
		return c.children(parent)
	case !ownedID.MatchString(project):
		return nil, refuse(5005)
	}
	p, refusal := c.project(project)
	if refusal == nil {
		refusal = p.refusesListing()
	}
	if refusal != nil {
		return nil, refusal
	}
	return c.s.nodes[p.root].folder.children, nil
}

// refusesListing is why the files of a project are not listed, or nil.
func (p *project) refusesListing() *failure {
	switch {
	case p.seed.broken:
		return refuse(90004)
	case p.seed.closed:
		return refuse(5001)
	}
	return nil
}

// ofDataset are the files of a dataset that the user may read.
func (c *call) ofDataset(dataset string) []int32 {
	var all []int32
	for i := range c.s.nodes {
		n := &c.s.nodes[i]
		if n.dataset == dataset && !n.deleted && !n.forbidden && c.s.projects[n.project].may("read") {
			all = append(all, int32(i))
		}
	}
	return all
}

// children are what is in a folder that the user may read.
func (c *call) children(id string) ([]int32, *failure) {
	i, refusal := c.readable(id)
	switch {
	case refusal != nil:
		return nil, refusal
	case c.s.nodes[i].folder == nil:
		return nil, refuse(5022)
	}
	return c.s.nodes[i].folder.children, nil
}

// listProjectFiles answers GET /projects/{owner}/{project}/files.
func (c *call) listProjectFiles() (*answer, *failure) {
	p, refusal := c.project(c.args[0] + "/" + c.args[1])
	if refusal != nil {
		return nil, refusal
	}
	return c.listNodes(c.s.nodes[p.root].folder.children)
}

// listFolder answers GET /files/{id}/list.
func (c *call) listFolder() (*answer, *failure) {
	children, refusal := c.children(c.args[0])
	if refusal != nil {
		return nil, refusal
	}
	return c.listNodes(children)
}

// listNodes answers a list call with a page of what passes its filters.
func (c *call) listNodes(all []int32) (*answer, *failure) {
	p, refusal := c.span()
	if refusal != nil {
		return nil, refusal
	}
	fields := choose(c, fileFields, true)
	kept := c.filtered(all)
	from, to := p.window(len(kept))
	return writeList(c, listing[fileView]{p, len(kept), fields, c.views(kept, from, to)}), nil
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
		if key == "name" || key == "tag" || key == "origin.task" || key == "origin.dataset" || strings.HasPrefix(key, "metadata.") {
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
		case "origin.dataset":
			has = []string{n.dataset}
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
	all, refusal := c.listed()
	if refusal != nil {
		return nil, refusal
	}
	return c.scroll(all)
}

// scrollFolder answers GET /files/{id}/scroll.
func (c *call) scrollFolder() (*answer, *failure) {
	children, refusal := c.children(c.args[0])
	if refusal != nil {
		return nil, refusal
	}
	return c.scroll(children)
}

// scroll answers a listing by continuation tokens, which is a beta feature: the
// first token is "init", later ones come from the links.
func (c *call) scroll(all []int32) (*answer, *failure) {
	if !c.advance() {
		return nil, refusef(90000, "Bad request: scrolling needs the header X-SBG-Advance-Access: advance.")
	}
	for key := range c.query {
		if key == "offset" || strings.HasPrefix(key, "metadata.") {
			c.noteUnusual("the query parameter %q, with which scrolling cannot be combined", key)
		}
	}
	limit, refusal := c.limit()
	if refusal != nil {
		return nil, refusal
	}
	fields := choose(c, fileFields, true)
	offset, known := readToken(c.param("token"))
	if !known {
		return nil, refusef(90000, "Bad request: unknown token: begin with token=init.")
	}
	kept := c.filtered(all)
	from, to := span{offset, limit, c.overlap()}.window(len(kept))
	b := append([]byte(nil), `{"href":`...)
	b = appendQuery(b, c.url(), c.linkQuery())
	b = appendItems(b, fields, c.views(kept, from, to))
	b = append(b, `,"links":[`...)
	if to < len(kept) {
		query := c.linkQuery()
		query.Set("token", writeToken(to))
		b = appendQuery(append(b, `{"href":`...), c.url(), query)
		b = c.closeRel(b, "next")
	}
	a := ok(append(b, `]}`...))
	a.total(c, len(kept))
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
