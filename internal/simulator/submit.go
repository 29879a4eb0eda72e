package simulator

import (
	"net/http"
	"slices"
	"strings"
)

// maxBulk is the largest number of items of a bulk call.
const maxBulk = 100

// maxLocation is the longest key a cloud service takes, in bytes.
const maxLocation = 1024

// properties are the storage properties of an export; nil stands for null.
type properties map[string]*string

// submission is one export that is asked for.
type submission struct {
	file       string
	volume     string
	location   string
	overwrite  bool
	copyOnly   bool
	bulk       bool
	properties properties
}

// submit starts the job that a request asks for, or says why there is none.
func (c *call) submit(item bodyValue, copyOnly, bulk bool) (*job, *failure) {
	j, refusal := c.submitted(item, copyOnly, bulk)
	if refusal != nil {
		c.s.count("items refused")
	}
	return j, refusal
}

func (c *call) submitted(item bodyValue, copyOnly, bulk bool) (*job, *failure) {
	s := c.s
	sub, refusal := item.submission()
	if refusal != nil {
		return nil, refusal
	}
	sub.copyOnly, sub.bulk = copyOnly, bulk
	s.noteForbidden(sub)
	node, v, refusal := c.admit(sub)
	if refusal == nil {
		var m ruleHit
		if m, refusal = s.failureFor(node, true); refusal != nil {
			s.ruleHits[m]++
			s.record(event{Refused: &refusedEvent{Rule: m.rule, File: s.nodes[node].id.String()}})
		}
	}
	if refusal != nil {
		return nil, refusal
	}
	j := &job{
		user: c.user, node: node, volume: v, location: sub.location,
		overwrite: sub.overwrite, copyOnly: sub.copyOnly, bulk: sub.bulk, properties: sub.properties,
	}
	if m, f := s.failureFor(node, false); f != nil {
		j.fate = &fate{Rule: m.rule, Failure: *f}
	}
	c.launch(j)
	return j, nil
}

// launch starts a new job.
func (c *call) launch(j *job) {
	s := c.s
	j.number, j.id, j.created = len(s.jobs), s.madeJobID(len(s.jobs)), c.now
	s.schedule(j)
	s.start(j)
	s.record(event{Job: j.event(s)})
}

// start books a new job. It is what a later process does when it reads of the
// job in the log.
func (s *Server) start(j *job) {
	s.takeSlot(j)
	s.jobIndex.add(j)
	s.count("items submitted")
	if j.fate != nil && j.fate.Rule >= 0 {
		s.ruleHits[ruleHit{j.fate.Rule, j.node}]++
	}
}

// noteForbidden notes what a client must never submit, whatever the answer is.
func (s *Server) noteForbidden(sub *submission) {
	for segment := range strings.SplitSeq(sub.location, "/") {
		if segment == "" || segment == "." || segment == ".." {
			s.violate("a location that is no clean key was submitted: %q", sub.location)
			break
		}
	}
	v := s.volumeByID[sub.volume]
	if v != nil && s.openKeys[destination{v.place, v.key(sub.location)}] > 0 {
		s.violate("two jobs to one place at once: %s", destination{v.place, v.key(sub.location)}.text())
	}
	node, unknown := s.find(sub.file, 9009)
	if unknown != nil {
		return
	}
	if s.openFiles[node] > 0 {
		s.violate("submitted while a job of it was open: %s", s.title(node))
	}
	if s.nodes[node].alias != nil {
		s.violate("an alias was submitted: %s", s.title(node))
	}
}

// admit checks a submission as the platform does before it starts a job.
func (c *call) admit(sub *submission) (int32, *volume, *failure) {
	s := c.s
	node, refusal := s.find(sub.file, 9009)
	if refusal != nil {
		return 0, nil, refusal
	}
	if refusal := c.exportable(node, sub.copyOnly); refusal != nil {
		return 0, nil, refusal
	}
	if sub.location == "" || len(sub.location) > maxLocation {
		return 0, nil, refusef(9011, "Location must have 1 to %d bytes.", maxLocation)
	}
	v := s.volumeByID[sub.volume]
	if v == nil {
		return 0, nil, refusef(9007, "Requested volume %q does not exist.", sub.volume)
	}
	if refusal := c.acceptable(v, node); refusal != nil {
		return 0, nil, refusal
	}
	if refusal := sub.properties.check(); refusal != nil {
		return 0, nil, refusal
	}
	if s.seed.behavior.existsAtSubmission && !sub.overwrite {
		if _, exists, err := v.bucket.stat(v.key(sub.location)); err == nil && exists {
			return 0, nil, refuse(9107)
		}
	}
	return node, v, nil
}

// exportable checks the side of the file.
func (c *call) exportable(node int32, copyOnly bool) *failure {
	n := &c.s.nodes[node]
	p := c.s.projects[n.project]
	switch {
	case n.forbidden:
		return refuse(9004)
	case !p.may("read") || !p.may("copy") || !copyOnly && !p.may("write"):
		return refuse(9003)
	case n.folder != nil, n.alias != nil, n.public, n.archived, p.seed.id == publicProject:
		return refuse(9006)
	}
	return nil
}

// publicProject holds the platform's public reference files.
const publicProject = "admin/sbg-public-data"

// acceptable checks the side of the volume. That an inactive volume is refused
// with 9020 is a guess: no page names the code.
func (c *call) acceptable(v *volume, node int32) *failure {
	p := c.s.projects[c.s.nodes[node].project]
	provider, region, _ := strings.Cut(p.seed.location, ":")
	volumeProvider, volumeRegion, _ := strings.Cut(v.seed.location, ":")
	switch {
	case !v.may(c.user, "write"):
		return refuse(9020)
	case v.seed.inactive:
		return refusef(9020, "Requested volume is not active.")
	case v.seed.mode != "RW":
		return refuse(9026)
	case c.s.seed.platform == "cavatica" && v.seed.kind == "gcs":
		return refusef(9027, "Exporting to Google Cloud Storage volumes is not supported.")
	case provider != "" && provider != v.provider():
		return refuse(9027)
	case region != "" && volumeProvider != "" && volumeRegion != region:
		return refuse(9028)
	}
	return nil
}

// cannedACLs are the canned ACLs of S3.
var cannedACLs = []string{
	"private", "public-read", "public-read-write", "aws-exec-read", "authenticated-read",
	"bucket-owner-read", "bucket-owner-full-control", "log-delivery-write",
}

// check checks the values of storage properties.
func (p properties) check() *failure {
	value := func(key string) string {
		if v := p[key]; v != nil {
			return *v
		}
		return ""
	}
	for key := range p {
		switch key {
		case "sse_algorithm", "sse_aws_kms_key_id", "aws_canned_acl", "aws_storage_class":
		default:
			return refusef(9011, "Unknown storage property %q.", key)
		}
	}
	switch {
	case !slices.Contains([]string{"", "AES256", "aws:kms"}, value("sse_algorithm")):
		return refuse(9023)
	case value("sse_aws_kms_key_id") != "" && value("sse_algorithm") != "aws:kms":
		return refusef(9023, "Property sse_aws_kms_key_id needs sse_algorithm aws:kms.")
	case value("aws_canned_acl") != "" && !slices.Contains(cannedACLs, value("aws_canned_acl")):
		return refuse(9022)
	case !slices.Contains([]string{"", "STANDARD", "GLACIER"}, value("aws_storage_class")):
		return refuse(9024)
	}
	return nil
}

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
func (s bodyValue) submission() (*submission, *failure) {
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
	a := ok(appendObject(nil, exportFields, jobView{c, j}))
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
	return c.bulk("items", func(item bodyValue) ([]byte, *failure) {
		j, refusal := c.submit(item, copyOnly, true)
		if refusal != nil {
			return nil, refusal
		}
		return appendObject(nil, exportFields, jobView{c, j}), nil
	})
}
