package contract

import (
	"net/http"
	"slices"
	"strings"
)

var volumeShape = shape{
	known: []string{"href", "id", "name", "description", "access_mode", "active", "created_on", "modified_on", "service"},
	brief: []string{"href", "id", "name"},
}

// serveVolumes lists the volumes.
func serveVolumes(c *call) {
	ids := c.s.c.names
	c.page(listing{"volumes", len(ids), 0, func(i int) obj { return c.volume(c.s.c.volumes[ids[i]]) }, volumeShape})
}

func serveVolume(c *call) {
	if v := c.findVolume(); v != nil {
		c.one(c.volume(v), volumeShape)
	}
}

var noVolume = refusal{http.StatusNotFound, 9007, "Requested volume does not exist."}

// findVolume is the volume of the path, or nil with the refusal answered.
func (c *call) findVolume() *Volume {
	v := c.s.c.volumes[c.args[0]+"/"+c.args[1]]
	if v == nil {
		c.fail(noVolume)
	}
	return v
}

func (c *call) volume(v *Volume) obj {
	_, name, _ := strings.Cut(v.ID, "/")
	mode := "RW"
	if v.ReadOnly {
		mode = "RO"
	}
	return obj{
		{"href", c.base + "/storage/volumes/" + v.ID},
		{"id", v.ID},
		{"name", name},
		{"description", ""},
		{"access_mode", mode},
		{"active", !v.Inactive},
		{"created_on", c.s.date(epoch)},
		{"modified_on", c.s.date(epoch)},
		{"service", c.service(v)},
	}
}

func (c *call) service(v *Volume) obj {
	kind := v.Service
	if c.s.free(OddServices) {
		kind = strings.ToUpper(kind)
	}
	o := obj{
		{"type", kind},
		{"bucket", v.Bucket},
		{"prefix", v.Prefix},
		{"credentials", obj{{"access_key_id", "AKIACONTRACT"}}},
		{"properties", obj{{"sse_algorithm", "AES256"}, {"sse_aws_kms_key_id", nil}, {"aws_canned_acl", nil}}},
	}
	if v.Service == "s3" {
		o = append(o, member{"endpoint", "s3.amazonaws.com"})
	}
	return o
}

// unusable is why a volume takes no exports of a project's files; none
// if it does.
func (s *Server) unusable(v *Volume, p *project) refusal {
	provider := map[string]string{"s3": "aws", "gcs": "google", "azure": "azure", "OSS": "ali"}[v.Service]
	at, _, _ := strings.Cut(p.location, ":")
	switch {
	case v.ReadOnly:
		return refusal{http.StatusForbidden, 9026, "Volume is not configured for writing."}
	case v.Inactive:
		// The vendor names no code for this; a client must live with one it
		// does not know.
		return refusal{http.StatusConflict, 9900, "Volume is inactive."}
	case at != "" && at != provider:
		return refusal{http.StatusBadRequest, 9027, "Export across different cloud services is not supported."}
	}
	return none
}

// serveObject shows one object (the clients' path, not the vendor page's).
func serveObject(c *call) {
	v := c.findVolume()
	if v == nil {
		return
	}
	location := c.q.Get("location")
	o, ok := c.s.c.objects[v.Bucket][c.s.key(v, location)]
	switch {
	case location == "":
		c.refuse("no location")
	case !ok:
		c.fail(refusal{http.StatusNotFound, 9105, "Requested location on the volume does not exist."})
	default:
		c.one(c.object(v, location, o), objectShape)
	}
}

// entries are the names directly below a directory of a volume, sorted; those
// that end in a slash are directories. It is worked out anew for each call.
func (s *Server) entries(v *Volume, dir string) []string {
	seen := map[string]bool{}
	start := s.key(v, dir)
	for key := range s.c.objects[v.Bucket] {
		rest, ok := strings.CutPrefix(key, start)
		if !ok || rest == "" {
			continue
		}
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			rest = rest[:i+1]
		}
		seen[rest] = true
	}
	names := make([]string, 0, len(seen))
	for name := range seen {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
