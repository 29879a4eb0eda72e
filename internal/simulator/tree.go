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
