package simulator

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// fileIdentity is the ID of a file or folder: 24 hexadecimal characters on the
// wire.
type fileIdentity [12]byte

func (id fileIdentity) String() string { return hex.EncodeToString(id[:]) }

// parseFileID reads an ID as it comes over the wire.
func parseFileID(s string) (id fileIdentity, ok bool) {
	if len(s) != 2*len(id) || strings.ToLower(s) != s {
		return id, false
	}
	_, err := hex.Decode(id[:], []byte(s))
	return id, err == nil
}

// madeFileID is the ID of a file whose ID the seed leaves open. It hangs on
// nothing but project and path, so that it stays when the seed grows.
func madeFileID(project, path string) (id fileIdentity) {
	sum := sha256.Sum256([]byte(project + "\x00" + path))
	copy(id[:], sum[:])
	return id
}

// node is a file or folder. There may be a million: whatever files of one
// generate block share is in attributes, and what few have is behind pointers.
type node struct {
	id      fileIdentity
	parent  int32 // -1 for the root folder of a project
	project int32
	number  int32 // of a generated file, from 1; 0 for others
	folders int32 // of the generate block
	bytesOf int32 // the file whose bytes it shares, as a copy; 0 for itself
	deleted bool
	name    string
	size    int64
	*attributes
	folder    *folder // nil for a file
	alias     *alias  // nil while the bytes are on the platform
	secondary []int32
}

// folder is what only a folder has.
type folder struct {
	children []int32 // in the order they are listed in
	created  moment
}

// alias says where on a volume a file's bytes are, and from when on readers of
// the file are told so.
type alias struct {
	volume   *volume
	location string
	visible  time.Time
}

// project is a project of the platform.
type project struct {
	seed *projectSeed
	root int32
}

// may reports whether the user has a right in the project; a seed names only
// the rights that are taken away.
func (p *project) may(right string) bool {
	allowed, said := p.seed.permissions[right]
	return allowed || !said
}

// tree holds the projects and their files.
type tree struct {
	projects    []*project
	projectByID map[string]*project
	nodes       []node
	nodeByID    map[fileIdentity]int32
}

// path is a node's path inside its project; empty for the root folder.
func (t *tree) path(i int32) string {
	n := &t.nodes[i]
	if n.parent < 0 {
		return ""
	}
	parts := []string{n.name}
	for p := n.parent; t.nodes[p].parent >= 0; p = t.nodes[p].parent {
		parts = append(parts, t.nodes[p].name)
	}
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, "/")
}

// folderNumber is the number of the folder that the n-th file of a generate
// block falls into: files are dealt out like cards.
func folderNumber(n, folders int) int { return (n-1)%folders + 1 }

// values are the values of a metadata entry for a node.
func (m *metadata) expand(n *node) []string {
	values := make([]string, len(m.values))
	for i, p := range m.values {
		values[i] = n.expand(p)
	}
	return values
}

// expand fills a pattern in for a node.
func (n *node) expand(p pattern) string {
	return p.expand(int(n.number), folderNumber(int(n.number), max(int(n.folders), 1)))
}

// find is the node with an ID, or an error in the words of the call that asks.
func (t *tree) find(id string, code int) (int32, *failure) {
	identity, ok := parseFileID(id)
	if i, found := t.nodeByID[identity]; ok && found {
		return i, nil
	}
	return -1, refusef(code, "Requested file %s does not exist.", fmt.Sprintf("%.64q", id))
}

// treeBuilder is a tree under construction.
type treeBuilder struct {
	*tree
	byPath map[pathKey]int32 // folders and explicit files
	r      *reader
	began  time.Time
}

type pathKey struct {
	project int32
	path    string
}

// buildTree makes the tree of a seed.
func buildTree(seed *Seed, r *reader, began time.Time) *tree {
	files := 0
	for _, p := range seed.projects {
		files += 1 + len(p.folders) + len(p.files)
		for _, g := range p.generate {
			files += g.count + g.folders
		}
	}
	g := &treeBuilder{r: r, began: began, byPath: map[pathKey]int32{}, tree: &tree{
		projectByID: map[string]*project{},
	}}
	if files > maxFiles {
		r.failAt(1, "the seed asks for %d files: a simulated platform holds at most %d", files, maxFiles)
		return g.tree
	}
	g.nodes = make([]node, 0, files)
	g.nodeByID = make(map[fileIdentity]int32, files)
	for _, p := range seed.projects {
		g.project(p)
	}
	return g.tree
}

// maxFiles bounds what a seed can ask for, so that a slip of the pen does not
// eat the machine's memory.
const maxFiles = 4_000_000

func (g *treeBuilder) project(seed *projectSeed) {
	if _, twice := g.projectByID[seed.id]; twice {
		g.r.failAt(seed.line, "the project %q stands twice: remove one or give it another id", seed.id)
		return
	}
	p := &project{seed: seed}
	index := int32(len(g.projects))
	g.projects = append(g.projects, p)
	g.projectByID[seed.id] = p
	p.root = g.add(seed.line, "", node{parent: -1, project: index, name: seed.name, folder: &folder{created: seed.created}})
	g.byPath[pathKey{index, ""}] = p.root
	for _, f := range seed.folders {
		i := g.folder(index, f.line, f.path, f.id)
		g.nodes[i].folder.created = f.created
	}
	for _, f := range seed.files {
		g.file(index, f)
	}
	for _, block := range seed.generate {
		g.generate(index, block)
	}
	for _, f := range seed.files {
		g.secondaries(index, f)
	}
}

var noAttributes attributes

// add puts a node into the tree, with the ID that the seed gives or one made
// from the path.
func (g *treeBuilder) add(line int, id string, n node) int32 {
	i := int32(len(g.nodes))
	if n.attributes == nil {
		n.attributes = &noAttributes
	}
	g.nodes = append(g.nodes, n)
	seed := g.projects[n.project].seed
	made, given := parseFileID(id)
	if !given {
		made = madeFileID(seed.id, g.path(i))
	}
	if _, taken := g.nodeByID[made]; taken {
		g.r.failAt(line, "%q has the ID %s, which another file has: two entries name one path, or one id stands twice", g.path(i), made)
	}
	g.nodes[i].id = made
	g.nodeByID[made] = i
	if n.parent >= 0 {
		parent := g.nodes[n.parent].folder
		parent.children = append(parent.children, i)
	}
	return i
}

// folder finds or makes a folder and those above it.
func (g *treeBuilder) folder(project int32, line int, path, id string) int32 {
	key := pathKey{project, path}
	if i, ok := g.byPath[key]; ok {
		if g.nodes[i].folder == nil {
			g.r.failAt(line, "%q is a file and a folder at once: rename one", path)
			return g.projects[project].root
		}
		return i
	}
	dir, name := "", path
	if slash := strings.LastIndexByte(path, '/'); slash >= 0 {
		dir, name = path[:slash], path[slash+1:]
	}
	parent := g.folder(project, line, dir, "")
	i := g.add(line, id, node{parent: parent, project: project, name: name, folder: &folder{}})
	g.byPath[key] = i
	return i
}

// place finds the folder a path falls into, and the name there.
func (g *treeBuilder) place(project int32, line int, path string) (parent int32, name string) {
	slash := strings.LastIndexByte(path, '/')
	if slash < 0 {
		return g.projects[project].root, path
	}
	return g.folder(project, line, path[:slash], ""), path[slash+1:]
}

func (g *treeBuilder) file(project int32, f *fileSeed) {
	parent, name := g.place(project, f.line, f.path)
	if _, taken := g.byPath[pathKey{project, f.path}]; taken {
		g.r.failAt(f.line, "the path %q stands twice in the project: rename one", f.path)
		return
	}
	g.byPath[pathKey{project, f.path}] = g.add(f.line, f.id,
		node{parent: parent, project: project, name: name, size: f.size, attributes: &f.attributes})
}

// generate makes the files of a block. Their names differ by {n}; that they do
// not meet other files is seen by their IDs, which are made from the paths.
func (g *treeBuilder) generate(project int32, block *generateSeed) {
	dice := behavior{seed: uint64(block.line)}
	for n := 1; n <= block.count; n++ {
		path := block.path.expand(n, folderNumber(n, block.folders))
		parent, name := g.place(project, block.line, path)
		size := block.min
		if block.max > block.min {
			size += dice.dice(diceSize, uint64(n)).Int64N(block.max - block.min + 1)
		}
		if len(g.r.problems) > maxProblems {
			return
		}
		g.add(block.line, "", node{
			parent: parent, project: project, name: name, size: size,
			number: int32(n), folders: int32(block.folders), attributes: &block.attributes,
		})
	}
}

// secondaries ties a file to its secondary files.
func (g *treeBuilder) secondaries(project int32, f *fileSeed) {
	i, ok := g.byPath[pathKey{project, f.path}]
	if !ok {
		return
	}
	for _, path := range f.secondary {
		other, ok := g.byPath[pathKey{project, path}]
		if !ok || g.nodes[other].folder != nil {
			g.r.failAt(f.line, "secondary_files of %q names %q, which is not a file of the project's files list", f.path, path)
			continue
		}
		g.nodes[i].secondary = append(g.nodes[i].secondary, other)
	}
}
