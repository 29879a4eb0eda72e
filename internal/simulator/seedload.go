package simulator

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"gopkg.in/yaml.v3"
)

// maxSeed is the largest seed read, in bytes. Thousands of files belong into a
// generate block, not into the text.
const maxSeed = 64 << 20

// LoadSeed reads a seed file. Relative paths in it are relative to the folder
// the seed lies in. The error names file and line of every mistake and says
// what to do.
func LoadSeed(path string) (*Seed, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read the seed: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read the seed %s: it is not a regular file", path) // which might have no end
	}
	if info.Size() > maxSeed {
		return nil, fmt.Errorf("read the seed %s: it is larger than %d MB: describe many files with a generate block", path, maxSeed>>20)
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the seed: %w", err)
	}
	return ParseSeed(path, src, filepath.Dir(path))
}

// ParseSeed reads a seed from its text. The name stands in messages; dir is
// the folder that relative paths in the seed are relative to.
func ParseSeed(name string, src []byte, dir string) (*Seed, error) {
	if len(src) > maxSeed {
		return nil, fmt.Errorf("%s: the seed is larger than %d MB: describe many files with a generate block", name, maxSeed>>20)
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the folder of the seed %s: %w", name, err)
	}
	r := &reader{name: name, dir: absolute}
	root, err := r.document(src)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(src)
	seed := &Seed{name: name, digest: hex.EncodeToString(sum[:]), behavior: usualBehavior()}
	r.seed(root, seed)
	if err := r.err(); err != nil {
		return nil, err
	}
	return seed, nil
}

// seed reads the top level.
func (r *reader) seed(n *yaml.Node, s *Seed) {
	token, others := "simulator", map[string]string{}
	r.mapping(n, "the seed", keys{
		"user":     func(n *yaml.Node) { s.user = r.text(n, "user") },
		"token":    func(n *yaml.Node) { token = r.text(n, "token") },
		"users":    func(n *yaml.Node) { others = r.users(n) },
		"platform": func(n *yaml.Node) { s.platform = r.oneOf(n, "platform", "us", "eu", "cn", "cgc", "cavatica", "bdc") },
		"projects": func(n *yaml.Node) {
			r.sequence(n, "projects", func(n *yaml.Node) { s.projects = append(s.projects, r.project(n)) })
		},
		"volumes": func(n *yaml.Node) {
			r.sequence(n, "volumes", func(n *yaml.Node) { s.volumes = append(s.volumes, r.volume(n)) })
		},
		"jobs": func(n *yaml.Node) {
			r.sequence(n, "jobs", func(n *yaml.Node) { s.jobs = append(s.jobs, r.job(n)) })
		},
		"behavior": func(n *yaml.Node) { r.behavior(n, &s.behavior) },
		"faults": func(n *yaml.Node) {
			r.sequence(n, "faults", func(n *yaml.Node) { s.faults = append(s.faults, r.fault(n)) })
		},
		"failures": func(n *yaml.Node) {
			r.sequence(n, "failures", func(n *yaml.Node) { s.failures = append(s.failures, r.failureRule(n)) })
		},
		"quirks": func(n *yaml.Node) { r.quirks(n, &s.quirks) },
	})
	if s.user == "" {
		r.fail(n, "the seed names no user: add a line such as user: rfranklin")
	}
	s.tokens = map[string]string{token: s.user}
	for user, token := range others {
		if _, taken := s.tokens[token]; taken || user == s.user {
			r.fail(n, "the user %q or their token is given twice: every user has one token of their own", user)
		}
		s.tokens[token] = user
	}
}

// users reads the tokens of further users.
func (r *reader) users(n *yaml.Node) map[string]string {
	users := map[string]string{}
	r.entries(n, "users", func(key, value *yaml.Node) {
		users[key.Value] = r.text(value, "the token of a user")
	})
	return users
}

// entries reads a mapping whose keys are free.
func (r *reader) entries(n *yaml.Node, what string, read func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "%s must be a mapping of keys to values", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode || key.Value == "" || seen[key.Value] {
			r.fail(key, "a key of %s is empty, not a single value, or stands twice", what)
			continue
		}
		seen[key.Value] = true
		read(key, n.Content[i+1])
	}
}
