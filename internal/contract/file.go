package contract

import "strings"

// file is a file or folder as the platform shows it.
func (c *call) file(n *node) obj {
	o := obj{
		{"href", c.base + "/files/" + n.id},
		{"id", n.id},
		{"name", n.name},
		{"project", n.project},
		{"parent", nil},
		{"type", c.s.fileType(n)},
		{"created_on", c.s.date(n.created)},
		{"modified_on", c.s.date(n.modified)},
		{"url", nil},
	}
	if n.parent != nil {
		o[4].value = n.parent.id
	}
	if n.folder {
		if c.s.free(NullSizes) {
			o = append(o, member{"size", nil})
		}
		return o
	}
	return append(o, c.contents(n)...)
}

// contents are the fields that only files have.
func (c *call) contents(n *node) obj {
	o := obj{
		{"size", n.size},
		{"storage", c.s.storage(n, c)},
		{"tags", append([]string{}, n.file.Tags...)},
		{"metadata", n.file.Metadata},
	}
	if n.file.Metadata == nil && !c.s.free(NullMetadata) {
		o[3].value = map[string]any{}
	}
	switch {
	case n.file.Task != "":
		o = append(o, member{"origin", obj{{"task", n.file.Task}}})
	case !c.s.free(NoOrigins) || c.s.half("origin", n.id):
		o = append(o, member{"origin", obj{}})
	}
	if len(n.file.Secondary) > 0 {
		o = append(o, member{"_secondary_files", c.secondary(n)})
	}
	return o
}

func (c *call) secondary(n *node) []obj {
	var files []obj
	for _, id := range n.file.Secondary {
		if s := c.s.c.nodes[id]; s != nil {
			files = append(files, obj{{"href", c.base + "/files/" + id}, {"id", id}, {"name", s.name}})
		}
	}
	return files
}

func (s *Server) fileType(n *node) string {
	t := "file"
	if n.folder {
		t = "folder"
	}
	if !s.free(OddTypes) {
		return t
	}
	return []string{t, strings.ToUpper(t), strings.ToUpper(t[:1]) + t[1:]}[s.roll("type", n.id)%3]
}

// storage is where the file's bytes are, as far as that has got about.
func (s *Server) storage(n *node, c *call) obj {
	if n.onVolume && !c.now.Before(n.seen) {
		return obj{{"type", "VOLUME"}, {"volume", n.file.Alias.Volume}, {"location", s.shown(n)}}
	}
	o := obj{{"type", "PLATFORM"}}
	switch {
	case n.file.Archived:
		return o
	case s.free(NoHosting) && s.roll("hosting", n.id)%3 == 0:
		return o
	}
	return append(o, member{"hosted_on_locations", []string{s.hosted(n)}})
}

func (s *Server) hosted(n *node) string {
	if at := s.c.projects[n.project].location; at != "" {
		return at
	}
	return "aws:us-east-1"
}

// shown is an alias's location: relative to the volume's prefix or the full key,
// as the vendor does not say which.
func (s *Server) shown(n *node) string {
	at := n.file.Alias
	if v := s.c.volumes[at.Volume]; v != nil && s.free(FullKeys) && s.half("key", n.id) {
		return s.key(v, at.Location)
	}
	return at.Location
}

// key is the full key of a location.
func (s *Server) key(v *Volume, location string) string { return s.prefix(v) + location }

// prefix is what is put before each location.
func (s *Server) prefix(v *Volume) string {
	if v.Prefix == "" || v.Prefix[len(v.Prefix)-1] == '/' || s.free(BareJoin) {
		return v.Prefix
	}
	return v.Prefix + "/"
}
