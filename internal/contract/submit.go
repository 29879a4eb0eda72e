package contract

import (
	"fmt"
	"net/http"
	"strings"
)

var (
	badSyntax = refusal{http.StatusBadRequest, 9011, "Invalid request syntax."}
	noSource  = refusal{http.StatusNotFound, 9009, "Requested file does not exist."}
	noExport  = refusal{http.StatusForbidden, 9006, "Requested file cannot be exported. Check the documentation."}
)

func serveSubmitOne(c *call) {
	body, ok := c.decode("source", "destination", "overwrite", "properties")
	copyOnly, valid := c.copyOnly()
	if !ok || !valid {
		return
	}
	c.items = 1
	c.s.record.calls++
	j, why := c.submit(body, copyOnly, true)
	if why != none {
		c.fail(why)
		return
	}
	c.ok(c.export(j, true))
	if c.s.free(CreatedCode) {
		c.status = http.StatusCreated
	}
}

func serveSubmitBulk(c *call) {
	list, ok := c.array("items")
	copyOnly, valid := c.copyOnly()
	if !ok || !valid {
		return
	}
	c.s.record.calls++
	names := make([]string, len(list))
	for i := range list {
		names[i] = fmt.Sprint(list[i])
	}
	c.checkTwins(list)
	c.bulk(names, func(i int) (obj, refusal) {
		j, why := c.submit(list[i], copyOnly, false)
		if why != none {
			return nil, why
		}
		return c.export(j, true), none
	})
}

// copyOnly reads the query parameter; its values are parsed without case, as
// the official client sends True and False.
func (c *call) copyOnly() (value, ok bool) {
	if c.body != nil {
		return false, false
	}
	switch v := strings.ToLower(c.q.Get("copy_only")); {
	case v == "true":
		return true, true
	case v == "false" || !c.q.Has("copy_only"):
		return false, true
	}
	c.refuse("copy_only=%q", c.q.Get("copy_only"))
	return false, false
}

// checkTwins records two items of one call that would race each other.
func (c *call) checkTwins(list []any) {
	files, places := map[string]bool{}, map[Place]bool{}
	for _, v := range list {
		i, err := readItem(v)
		if err != nil {
			continue
		}
		at := c.s.place(i)
		if files[i.file] {
			c.breach("file %s twice in one call", i.file)
		}
		if places[at] {
			c.breach("destination %s on %s twice in one call", i.location, i.volume)
		}
		files[i.file], places[at] = true, true
	}
}

// place is the bucket and the full key an item goes to.
func (s *Server) place(i item) Place {
	v := s.c.volumes[i.volume]
	if v == nil {
		return Place{i.volume, i.location}
	}
	return Place{v.Bucket, s.key(v, i.location)}
}

// submit starts one job, or says why not, and records either.
func (c *call) submit(v any, copyOnly, single bool) (*job, refusal) {
	i, err := readItem(v)
	if err != nil {
		c.breach("%v", err)
		return nil, badSyntax
	}
	why := c.s.acceptable(i)
	made := Submission{
		Time: c.now, Call: c.s.record.calls, File: i.file, Volume: i.volume, Location: i.location,
		CopyOnly: copyOnly, Overwrite: i.overwrite, Properties: i.properties, Code: why.code,
	}
	var j *job
	if why == none {
		c.checkOpen(i)
		j = &job{
			file: i.file, volume: i.volume, location: i.location, key: c.s.place(i),
			copyOnly: copyOnly, overwrite: i.overwrite, properties: i.properties, single: single,
		}
		c.s.start(j, c.s.c.nodes[i.file], c.now)
		made.Job = j.id
	}
	c.s.record.submissions = append(c.s.record.submissions, made)
	return j, why
}

// checkOpen records a submission whose outcome the vendor leaves undefined
// because an open job is in its way.
func (c *call) checkOpen(i item) {
	if c.s.jobs.files[i.file] > 0 {
		c.breach("file %s submitted while a job of it is open", i.file)
	}
	if c.s.jobs.keys[c.s.place(i)] > 0 {
		c.breach("%s on %s submitted while a job to it is open", i.location, i.volume)
	}
}

// acceptable is why the platform refuses an item at once; none if it does not.
func (s *Server) acceptable(i item) refusal {
	n, v := s.c.nodes[i.file], s.c.volumes[i.volume]
	switch {
	case n == nil:
		return noSource
	case s.c.projects[n.project].forbidden:
		return refusal{http.StatusForbidden, 9004, "Insufficient privileges to access the requested file."}
	case n.folder || n.onVolume || n.file.Public || n.file.Archived:
		return noExport
	case v == nil:
		return noVolume
	}
	return s.unusable(v, s.c.projects[n.project])
}
