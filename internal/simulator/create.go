package simulator

import (
	"net/http"
	"strings"
)

// copyOnly reads the parameter, in any letter case: an official client sends
// True and False.
func (c *call) copyOnly() (bool, *failure) {
	text, given := c.query["copy_only"]
	switch {
	case !given || strings.EqualFold(text[0], "false"):
		return false, nil
	case !strings.EqualFold(text[0], "true"):
		return false, refusef(90000, "Bad request: copy_only must be true or false.")
	case c.s.seed.quirks.copyOnlyNeedsAdvance && !c.advance():
		return false, refusef(90000, "Bad request: copy_only needs the header X-SBG-Advance-Access: advance.")
	}
	return true, nil
}

// submission reads one export from a request.
func (s shape) submission() (*submission, *failure) {
	parts, refusal := s.object(2, "source", "destination", "overwrite", "properties")
	if refusal != nil {
		return nil, refusal
	}
	source, refusal := parts["source"].object(1, "file")
	if refusal != nil {
		return nil, refusal
	}
	destination, refusal := parts["destination"].object(2, "volume", "location")
	if refusal != nil {
		return nil, refusal
	}
	sub := &submission{}
	var refusals [5]*failure
	sub.file, refusals[0] = source["file"].text()
	sub.volume, refusals[1] = destination["volume"].text()
	sub.location, refusals[2] = destination["location"].text()
	if overwrite, given := parts["overwrite"]; given {
		sub.overwrite, refusals[3] = overwrite.boolean()
	}
	if properties, given := parts["properties"]; given {
		sub.properties, refusals[4] = properties.properties()
	}
	for _, refusal := range refusals {
		if refusal != nil {
			return nil, refusal
		}
	}
	return sub, nil
}

// createExport answers POST /storage/exports.
func (c *call) createExport() (*answer, *failure) {
	copyOnly, refusal := c.copyOnly()
	if refusal != nil {
		return nil, refusal
	}
	body, refusal := c.decodeBody()
	if refusal != nil {
		return nil, refusal
	}
	c.items = 1
	j, refusal := c.submit(body, copyOnly, false)
	if refusal != nil {
		return nil, refusal
	}
	a := ok(appendObject(nil, exportFields, exportView{c: c, j: j}))
	if c.s.seed.quirks.submissionAnswers201 {
		a.status = http.StatusCreated
	}
	return a, nil
}

// createExports answers POST /bulk/storage/exports/create.
func (c *call) createExports() (*answer, *failure) {
	copyOnly, refusal := c.copyOnly()
	if refusal != nil {
		return nil, refusal
	}
	return c.bulk("items", func(item shape) ([]byte, *failure) {
		j, refusal := c.submit(item, copyOnly, true)
		if refusal != nil {
			return nil, refusal
		}
		return appendObject(nil, exportFields, exportView{c: c, j: j}), nil
	})
}
