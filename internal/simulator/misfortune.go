package simulator

import (
	"math"

	"gopkg.in/yaml.v3"
)

// failureRule says which exports are refused or fail.
type failureRule struct {
	file    string // ID, or empty
	project string // or empty for any
	path    glob
	refused bool // at submission; otherwise the job fails
	failure *failure
	times   int // for each file; 0 for always
}

func (r *reader) failureRule(n *yaml.Node) *failureRule {
	f := &failureRule{failure: refuse(9100)}
	r.mapping(n, "a failure", keys{
		"file":    func(n *yaml.Node) { f.file = r.fileID(n) },
		"project": func(n *yaml.Node) { f.project = r.ownedID(n, "a failure's project") },
		"path":    func(n *yaml.Node) { f.path = parsed(r, n, "path", parseGlob) },
		"at":      func(n *yaml.Node) { f.refused = r.oneOf(n, "at", "submission", "job") == "submission" },
		"error":   func(n *yaml.Node) { f.failure = r.failure(n) },
		"times":   func(n *yaml.Node) { f.times = r.integer(n, "times", [2]int{1, math.MaxInt32}) },
	})
	if (f.file == "") == (f.path == nil) {
		r.fail(n, "a failure needs either file (an ID) or path (a pattern such as results/**/*.bam)")
	}
	return f
}

// misfortune counts how often a failure rule hit a file.
type misfortune struct {
	rule int
	node int32
}

// misfortune is the first failure rule that still holds for a file, at
// submission or in the job.
func (s *Server) misfortune(node int32, refused bool) (misfortune, *failure) {
	for i, rule := range s.seed.failures {
		m := misfortune{i, node}
		if rule.refused != refused || rule.times > 0 && s.misfortunes[m] >= rule.times {
			continue
		}
		if s.unlucky(rule, node) {
			return m, rule.failure
		}
	}
	return misfortune{}, nil
}

func (s *Server) unlucky(rule *failureRule, node int32) bool {
	n := &s.nodes[node]
	if rule.file != "" {
		return rule.file == n.id.String()
	}
	project := s.projects[n.project].seed.id
	return (rule.project == "" || rule.project == project) && rule.path.match(s.path(node))
}
