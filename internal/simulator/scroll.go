package simulator

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

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
	for key := range c.query {
		if key == "offset" || strings.HasPrefix(key, "metadata.") {
			c.odd("the query parameter %q, with which scrolling cannot be combined", key)
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
	children := c.filtered(c.s.nodes[parent].folder.children)
	from, to := span{offset, limit, c.overlap()}.window(len(children))
	b := append([]byte(nil), `{"href":`...)
	b = appendQuery(b, c.here(), c.repeated())
	b = appendItems(b, fields, c.views(children, from, to))
	b = append(b, `,"links":[`...)
	if to < len(children) {
		query := c.repeated()
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
