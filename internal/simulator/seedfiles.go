package simulator

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// fileIDForm is the form of file and folder IDs on the real service.
var fileIDForm = regexp.MustCompile(`^[0-9a-f]{24}$`)

// ownedID is the form of project and volume IDs.
var ownedID = regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$`)

// defaultSize is the size of files of which the seed does not say, in bytes.
const defaultSize = 1000

// maxPath is the longest path inside a project, in bytes.
const maxPath = 4096

// project reads one entry of projects.
func (r *reader) project(n *yaml.Node) *projectSeed {
	p := &projectSeed{line: n.Line, location: "aws:us-east-1"}
	region := ""
	r.mapping(n, "a project", keys{
		"id":          func(n *yaml.Node) { p.id = r.ownedID(n, "a project's id") },
		"name":        func(n *yaml.Node) { p.name = r.text(n, "name") },
		"location":    func(n *yaml.Node) { p.location = r.text(n, "location") },
		"region":      func(n *yaml.Node) { region = r.text(n, "region") },
		"permissions": func(n *yaml.Node) { p.permissions = r.permissions(n) },
		"tags":        func(n *yaml.Node) { p.tags = r.texts(n, "tags") },
		"broken":      func(n *yaml.Node) { p.broken = r.boolean(n, "broken") },
		"closed":      func(n *yaml.Node) { p.closed = r.boolean(n, "closed") },
		"created_on":  func(n *yaml.Node) { p.created = parsed(r, n, "created_on", parseMoment) },
		"folders": func(n *yaml.Node) {
			for _, path := range r.texts(n, "folders") {
				p.folders = append(p.folders, &fileSeed{line: n.Line, path: r.filePath(n, path)})
			}
		},
		"files": func(n *yaml.Node) { r.files(n, "", p) },
		"apps": func(n *yaml.Node) {
			r.sequence(n, "apps", func(n *yaml.Node) { p.apps = append(p.apps, r.app(n)) })
		},
		"tasks": func(n *yaml.Node) {
			r.sequence(n, "tasks", func(n *yaml.Node) { p.tasks = append(p.tasks, r.task(n, nil)) })
		},
		"generate": func(n *yaml.Node) {
			r.sequence(n, "generate", func(n *yaml.Node) { p.generate = append(p.generate, r.generate(n)) })
		},
	})
	if p.id == "" {
		r.fail(n, "a project has no id: add a line such as id: rfranklin/rna-seq")
	}
	if region != "" {
		provider, _, _ := strings.Cut(p.location, ":")
		p.location = provider + ":" + region
	}
	return p
}

// ownedID reads an ID of the form owner/name.
func (r *reader) ownedID(n *yaml.Node, what string) string {
	id := r.text(n, what)
	if !ownedID.MatchString(id) {
		r.fail(n, "%s is %q: write owner/name, with letters, digits, _, - and .", what, id)
	}
	return id
}

// permissions reads what the user may do in a project; what is not said is
// allowed.
func (r *reader) permissions(n *yaml.Node) map[string]bool {
	all := map[string]bool{}
	known := keys{}
	for _, name := range []string{"read", "write", "copy", "execute", "admin"} {
		known[name] = func(n *yaml.Node) { all[name] = r.boolean(n, "a permission") }
	}
	r.mapping(n, "permissions", known)
	return all
}

// files reads a list of files and folders. Paths are below the folder parent,
// which is empty or ends in a slash.
func (r *reader) files(n *yaml.Node, parent string, p *projectSeed) {
	r.sequence(n, "files", func(n *yaml.Node) {
		if hasKey(n, "folder") {
			r.folder(n, parent, p)
			return
		}
		p.files = append(p.files, r.file(n, parent))
	})
}

// hasKey reports whether a node is a mapping with the key.
func hasKey(n *yaml.Node, key string) bool {
	if n.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return true
		}
	}
	return false
}

// folder reads a folder written as a tree.
func (r *reader) folder(n *yaml.Node, parent string, p *projectSeed) {
	f := &fileSeed{line: n.Line}
	var inside *yaml.Node
	r.mapping(n, "a folder", keys{
		"folder":     func(n *yaml.Node) { f.path = r.filePath(n, parent+r.text(n, "folder")) },
		"id":         func(n *yaml.Node) { f.id = r.fileID(n) },
		"created_on": func(n *yaml.Node) { f.created = parsed(r, n, "created_on", parseMoment) },
		"files":      func(n *yaml.Node) { inside = n },
	})
	p.folders = append(p.folders, f)
	if inside != nil {
		r.files(inside, f.path+"/", p)
	}
}

// file reads one file.
func (r *reader) file(n *yaml.Node, parent string) *fileSeed {
	f := &fileSeed{line: n.Line, size: -1}
	path := func(n *yaml.Node) { f.path = r.filePath(n, parent+r.text(n, "path")) }
	known := keys{
		"path":            path,
		"name":            path,
		"id":              func(n *yaml.Node) { f.id = r.fileID(n) },
		"size":            func(n *yaml.Node) { f.size = parsed(r, n, "size", parseSize) },
		"from":            func(n *yaml.Node) { f.content.from = r.localFile(n) },
		"content":         func(n *yaml.Node) { f.content = content{inline: r.text(n, "content"), given: true} },
		"secondary_files": func(n *yaml.Node) { f.secondary = r.texts(n, "secondary_files") },
	}
	r.attributeKeys(known, &f.attributes, func(n *yaml.Node, what string) pattern { return literal(r.text(n, what)) })
	r.mapping(n, "a file", known)
	if f.path == "" {
		r.fail(n, "a file has no path: add a line such as path: results/a.vcf.gz")
	}
	r.fileSize(n, f)
	return f
}

// fileSize settles a file's size, which its content may say.
func (r *reader) fileSize(n *yaml.Node, f *fileSeed) {
	size := int64(-1)
	switch {
	case f.content.from != "" && f.content.given:
		r.fail(n, "a file has both from and content: keep one")
	case f.content.given:
		size = int64(len(f.content.inline))
	case f.content.from != "":
		info, err := os.Stat(f.content.from)
		if err != nil || !info.Mode().IsRegular() {
			r.fail(n, "from names %q, which is not a readable file (relative to the seed's folder)", f.content.from)
			return
		}
		size = info.Size()
	}
	switch {
	case size >= 0 && f.size >= 0 && size != f.size:
		r.fail(n, "size says %d bytes but the content has %d: remove size", f.size, size)
	case size >= 0:
		f.size = size
	case f.size < 0:
		f.size = defaultSize
	}
}

// fileID reads the ID of a file or folder.
func (r *reader) fileID(n *yaml.Node) string {
	id := r.text(n, "id")
	if !fileIDForm.MatchString(id) {
		r.fail(n, "the id of a file is %q: write 24 characters 0-9 and a-f, or leave it out", id)
	}
	return id
}

// filePath checks the path of a file or folder inside its project.
func (r *reader) filePath(n *yaml.Node, path string) string {
	if len(path) > maxPath {
		r.fail(n, "a path must not be longer than %d bytes", maxPath)
		return "too-long"
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" || segment == "." || segment == ".." || len(segment) > 255 {
			r.fail(n, "the path %q must be names of 1 to 255 bytes joined by single slashes", path)
			break
		}
	}
	return path
}

// localFile reads a path of this machine, relative to the seed's folder.
func (r *reader) localFile(n *yaml.Node) string {
	path := filepath.FromSlash(r.text(n, "a local path"))
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(r.dir, path)
}

// maxGenerated is the largest count of one generate block.
const maxGenerated = 1_000_000

// generate reads a block of files made from patterns.
func (r *reader) generate(n *yaml.Node) *generateSeed {
	g := &generateSeed{line: n.Line, folders: 1, min: defaultSize, max: defaultSize}
	patterned := func(n *yaml.Node, what string) pattern { return parsed(r, n, what, parsePattern) }
	known := keys{
		"count":   func(n *yaml.Node) { g.count = r.integer(n, "count", [2]int{1, maxGenerated}) },
		"folders": func(n *yaml.Node) { g.folders = r.integer(n, "folders", [2]int{1, maxGenerated}) },
		"path":    func(n *yaml.Node) { g.path = patterned(n, "path") },
		"size":    func(n *yaml.Node) { g.min, g.max = r.sizeRange(n) },
	}
	r.attributeKeys(known, &g.attributes, patterned)
	r.mapping(n, "a generate block", known)
	switch {
	case g.count == 0:
		r.fail(n, "a generate block has no count: add a line such as count: 1000")
	case !g.path.uses("n"):
		r.fail(n, "the path of a generate block needs {n}, as in path: results/{n:5}.vcf.gz")
	case g.folders > 1 && !g.path.uses("folder"):
		r.fail(n, "folders spreads the files over {folder}, which the path does not use")
	default:
		r.filePath(n, g.path.expand(1, 1))
	}
	return g
}

// sizeRange reads one size, or a mapping with min and max.
func (r *reader) sizeRange(n *yaml.Node) (low, high int64) {
	if n.Kind == yaml.ScalarNode {
		low = parsed(r, n, "size", parseSize)
		return low, low
	}
	r.mapping(n, "size", keys{
		"min": func(n *yaml.Node) { low = parsed(r, n, "min", parseSize) },
		"max": func(n *yaml.Node) { high = parsed(r, n, "max", parseSize) },
	})
	if high < low {
		r.fail(n, "size has a max below its min: give both")
	}
	return low, high
}

// attributeKeys adds the keys that explicit and generated files share. Values
// that may hold placeholders are read by value.
func (r *reader) attributeKeys(known keys, a *attributes, value func(*yaml.Node, string) pattern) {
	known["metadata"] = func(n *yaml.Node) { a.metadata = r.metadata(n, value) }
	known["tags"] = func(n *yaml.Node) { a.tags = r.texts(n, "tags") }
	known["task"] = func(n *yaml.Node) { a.task = r.text(n, "task") }
	known["dataset"] = func(n *yaml.Node) { a.dataset = r.text(n, "dataset") }
	known["public"] = func(n *yaml.Node) { a.public = r.boolean(n, "public") }
	known["archived"] = func(n *yaml.Node) { a.archived = r.boolean(n, "archived") }
	known["forbidden"] = func(n *yaml.Node) { a.forbidden = r.boolean(n, "forbidden") }
	known["created_on"] = func(n *yaml.Node) { a.created = parsed(r, n, "created_on", parseMoment) }
	known["modified_on"] = func(n *yaml.Node) { a.modified = parsed(r, n, "modified_on", parseMoment) }
	known["alias"] = func(n *yaml.Node) {
		a.alias = &aliasSeed{line: n.Line}
		r.mapping(n, "alias", keys{
			"volume":   func(n *yaml.Node) { a.alias.volume = r.ownedID(n, "an alias's volume") },
			"location": func(n *yaml.Node) { a.alias.location = value(n, "location") },
			"broken":   func(n *yaml.Node) { a.alias.broken = r.boolean(n, "broken") },
		})
		if a.alias.volume == "" || len(a.alias.location) == 0 {
			r.fail(n, "an alias needs a volume and a location")
		}
	}
}

// metadata reads metadata: single values, lists, and null.
func (r *reader) metadata(n *yaml.Node, value func(*yaml.Node, string) pattern) []metadata {
	var all []metadata
	r.entries(n, "metadata", func(key, n *yaml.Node) {
		m := metadata{key: key.Value}
		switch {
		case n.Kind == yaml.SequenceNode:
			m.list = true
			for _, item := range n.Content {
				m.values = append(m.values, value(item, "a metadata value"))
			}
		case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
			m.null = true
		default:
			m.values = []pattern{value(n, "a metadata value")}
		}
		all = append(all, m)
	})
	return all
}
