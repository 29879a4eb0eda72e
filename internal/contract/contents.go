package contract

import (
	"fmt"
	"path"
	"strings"
	"time"
)

// epoch is when the first file of a Contents was created; each further file is
// a minute younger.
var epoch = time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)

// Contents is what a server holds when it starts.
type Contents struct {
	projects map[string]*project
	nodes    map[string]*node
	order    []*node // in the order they were made
	volumes  map[string]*Volume
	names    []string // volume IDs in the order they were made
	objects  map[string]map[string]object
}

// Place is a location on a volume, relative to the volume's prefix.
type Place struct{ Volume, Location string }

// File is what a test says of a file it puts into a project.
type File struct {
	Size      int64
	Metadata  map[string]any // strings, nil, or []string
	Tags      []string
	Task      string
	Public    bool     // a copy of a public file: cannot be exported
	Archived  bool     // cannot be exported
	Alias     Place    // where the bytes are; zero means on the platform
	Secondary []string // IDs of its secondary files
}

// Volume is what a test says of a volume.
type Volume struct {
	ID       string // "owner/name"
	Service  string // s3, gcs, azure or OSS; empty means s3
	Bucket   string // empty means one of its own
	Prefix   string
	ReadOnly bool
	Inactive bool
}

type project struct {
	id, location string
	root         *node
	forbidden    bool
}

type node struct {
	id, name, project, path string
	parent                  *node // nil for a root
	folder                  bool
	size                    int64
	created, modified       time.Time
	file                    File
	children                []*node
	byName                  map[string]*node
	count                   int  // of the children that are files
	ordered                 bool // children are in listing order

	onVolume bool      // the truth
	seen     time.Time // since when everybody sees it
}

// files is how many files are directly in a folder.
func (n *node) files() int { return n.count }

// child is the path of a child with this name.
func (n *node) child(name string) string { return strings.TrimPrefix(n.path+"/"+name, "/") }

// object is something in a bucket, under its full key.
type object struct {
	size int64
	file string // ID of the file it was exported from, or empty
}

// NewContents returns an empty Contents.
func NewContents() *Contents {
	return &Contents{
		projects: map[string]*project{},
		nodes:    map[string]*node{},
		volumes:  map[string]*Volume{},
		objects:  map[string]map[string]object{},
	}
}

// Project makes a project if there is none and says where it is, as
// "provider:region"; the location may be empty.
func (c *Contents) Project(id, location string) {
	p := c.project(id)
	p.location = location
}

// Forbid makes a project one that the caller has no rights on.
func (c *Contents) Forbid(id string) { c.project(id).forbidden = true }

// Folder makes a folder, with those above it, and returns its ID. The root's
// path is empty.
func (c *Contents) Folder(projectID, folder string) string { return c.folder(projectID, folder).id }

// File makes a file, with the folders above it, and returns its ID. A file
// already at that path is left as it is.
func (c *Contents) File(projectID, filePath string, f File) string {
	dir, name := path.Split(filePath)
	parent := c.folder(projectID, strings.TrimSuffix(dir, "/"))
	if old := parent.byName[name]; old != nil {
		return old.id
	}
	n := c.add(parent, &node{name: name, project: projectID, path: filePath, size: f.Size, file: f})
	n.onVolume = f.Alias != Place{}
	return n.id
}

// Volume attaches a volume.
func (c *Contents) Volume(v Volume) {
	if v.Service == "" {
		v.Service = "s3"
	}
	if v.Bucket == "" {
		v.Bucket = strings.ReplaceAll(v.ID, "/", "-")
	}
	if c.volumes[v.ID] == nil {
		c.names = append(c.names, v.ID)
	}
	c.volumes[v.ID] = &v
}

// Object puts an object into the bucket of a volume, under a full key: the
// volume's prefix is not prepended.
func (c *Contents) Object(volume, key string, size int64) {
	if v := c.volumes[volume]; v != nil {
		c.put(v.Bucket, key, object{size: size})
	}
}

func (c *Contents) put(bucket, key string, o object) {
	if c.objects[bucket] == nil {
		c.objects[bucket] = map[string]object{}
	}
	c.objects[bucket][key] = o
}

func (c *Contents) project(id string) *project {
	p := c.projects[id]
	if p == nil {
		p = &project{id: id}
		c.projects[id] = p
		p.root = c.add(nil, &node{name: path.Base(id), project: id, folder: true})
	}
	return p
}

func (c *Contents) folder(projectID, folder string) *node {
	n := c.project(projectID).root
	if folder == "" {
		return n
	}
	for name := range strings.SplitSeq(folder, "/") {
		child := n.byName[name]
		if child == nil {
			child = c.add(n, &node{name: name, project: projectID, path: n.child(name), folder: true})
		}
		n = child
	}
	return n
}

// add gives a node its identity: 24 lower-case hexadecimal characters.
func (c *Contents) add(parent, n *node) *node {
	serial := len(c.order)
	n.id = fmt.Sprintf("%016x%08x", hash(0, n.project, n.path), serial)
	n.created = epoch.Add(time.Duration(serial) * time.Minute)
	n.modified, n.parent, n.byName = n.created, parent, map[string]*node{}
	if parent != nil {
		parent.children = append(parent.children, n)
		parent.byName[n.name] = n
		if !n.folder {
			parent.count++
		}
	}
	c.nodes[n.id] = n
	c.order = append(c.order, n)
	return n
}
