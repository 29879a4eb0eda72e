package simulator

import (
	"gopkg.in/yaml.v3"
)

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
