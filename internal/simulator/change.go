package simulator

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// change is one change of a file or folder, or a new one. It is part of the
// state file. What is empty stays as it is.
type change struct {
	ID       string          `json:"id"`
	At       time.Time       `json:"at"`
	Delete   bool            `json:"delete,omitempty"`
	Parent   string          `json:"parent,omitempty"` // the folder that it is put into
	Name     string          `json:"name,omitempty"`
	Tags     *[]string       `json:"tags,omitempty"`
	Metadata *map[string]any `json:"metadata,omitempty"` // all of it

	// Of a new file or folder: exactly one of these is set.
	Folder bool         `json:"folder,omitempty"`
	Copy   string       `json:"copy,omitempty"` // of this file
	Alias  *objectEvent `json:"alias,omitempty"`
}

// alter changes the tree. An error says that the change does not fit the tree,
// which a change that was made from a request always does.
func (s *Server) alter(e *change) error {
	i, unknown := s.find(e.ID, 5002)
	if unknown != nil {
		return s.create(e)
	}
	if e.Delete {
		s.detach(i)
		delete(s.nodeByID, s.nodes[i].id)
		s.nodes[i].deleted = true
		return nil
	}
	if e.Parent != "" {
		parent, refusal := s.find(e.Parent, 5026)
		if refusal != nil || s.nodes[parent].folder == nil {
			return fmt.Errorf("there is no folder %q", e.Parent)
		}
		s.detach(i)
		s.attach(i, parent)
	}
	n := &s.nodes[i]
	if e.Name != "" {
		n.name = e.Name
	}
	changed := *n.attributes // which other files may share
	changed.modified = moment{at: e.At, set: true}
	if e.Tags != nil {
		changed.tags = *e.Tags
	}
	if e.Metadata != nil {
		changed.metadata = metadataOf(*e.Metadata)
	}
	n.attributes = &changed
	return nil
}

// create adds a new file or folder.
func (s *Server) create(e *change) error {
	parent, refusal := s.find(e.Parent, 5026)
	id, ok := parseFileID(e.ID)
	if refusal != nil || s.nodes[parent].folder == nil || !ok {
		return fmt.Errorf("the new file %q has no folder %q to be in", e.ID, e.Parent)
	}
	now := moment{at: e.At, set: true}
	n := node{attributes: &attributes{created: now, modified: now}}
	switch {
	case e.Folder:
		n.folder = &folder{created: now}
	case e.Alias != nil:
		v := s.volumeByID[e.Alias.Volume]
		if v == nil {
			return fmt.Errorf("there is no volume %q", e.Alias.Volume)
		}
		n.size, n.alias = e.Alias.Size, &alias{volume: v, location: e.Alias.Location, visible: e.At}
	default:
		original, refusal := s.find(e.Copy, 5002)
		if refusal != nil {
			return fmt.Errorf("there is no file %q to copy", e.Copy)
		}
		n = s.copyOf(original, now)
	}
	n.id, n.name, n.project = id, e.Name, s.nodes[parent].project
	i := int32(len(s.nodes))
	s.nodes = append(s.nodes, n)
	s.nodeByID[id] = i
	s.attach(i, parent)
	return nil
}

// copyOf is a copy of a file: with the same bytes, and so with the same object
// if it is an alias. A copy of a public file counts as public.
func (s *Server) copyOf(original int32, now moment) node {
	n := s.nodes[original]
	if n.bytesOf == 0 {
		n.bytesOf = original
	}
	shared := *n.attributes
	shared.created, shared.modified = now, now
	shared.public = shared.public || s.projects[n.project].seed.id == publicProject
	n.attributes, n.secondary = &shared, nil
	return n
}

// attach puts a node into a folder, as its last child.
func (s *Server) attach(i, parent int32) {
	s.nodes[i].parent = parent
	f := s.nodes[parent].folder
	f.children = append(f.children, i)
}

// detach takes a node out of its folder.
func (s *Server) detach(i int32) {
	f := s.nodes[s.nodes[i].parent].folder
	f.children = slices.DeleteFunc(f.children, func(child int32) bool { return child == i })
}

// metadataOf is metadata as nodes have it.
func metadataOf(all map[string]any) []metadata {
	var result []metadata
	for _, key := range sortedKeys(all) {
		m := metadata{key: key}
		switch v := all[key].(type) {
		case nil:
			m.null = true
		case []any:
			m.list = true
			for _, item := range v {
				m.values = append(m.values, literal(fmt.Sprint(item)))
			}
		default:
			m.values = []pattern{literal(fmt.Sprint(v))}
		}
		result = append(result, m)
	}
	return result
}

// metadataMap is a node's metadata as requests have it.
func (n *node) metadataMap() map[string]any {
	all := map[string]any{}
	for i := range n.attributes.metadata {
		m := &n.attributes.metadata[i]
		switch values := m.expand(n); {
		case m.null:
			all[m.key] = nil
		case m.list:
			list := make([]any, len(values))
			for i, value := range values {
				list[i] = value
			}
			all[m.key] = list
		default:
			all[m.key] = values[0]
		}
	}
	return all
}

// childNamed finds what has a name in a folder.
func (s *Server) childNamed(parent int32, name string) (int32, bool) {
	for _, i := range s.nodes[parent].folder.children {
		if s.nodes[i].name == name {
			return i, true
		}
	}
	return -1, false
}

// freeName is the name, or the name with a number in front if it is taken
// (vendor page "Move multiple files and folders").
func (s *Server) freeName(parent int32, name string) string {
	free := name
	for n := 1; ; n++ {
		if _, taken := s.childNamed(parent, free); !taken {
			return free
		}
		free = fmt.Sprintf("_%d_%s", n, name)
	}
}

// newFileID is the ID of the file or folder that is made next, or so many later.
func (s *Server) newFileID(later int) string {
	return madeFileID(s.seed.digest, fmt.Sprintf("made %d", len(s.nodes)+later)).String()
}

// inside reports whether a node is a folder or in it, at any depth.
func (s *Server) inside(i, folder int32) bool {
	for ; i >= 0; i = s.nodes[i].parent {
		if i == folder {
			return true
		}
	}
	return false
}

// goodName reports whether a file or folder may have a name.
func goodName(name string, isFolder bool) bool {
	return name != "" && name != "." && name != ".." && len(name) <= 255 && !strings.ContainsAny(name, "/\x00") &&
		!(isFolder && strings.HasPrefix(name, "__"))
}
