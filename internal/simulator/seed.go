package simulator

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"gopkg.in/yaml.v3"
)

// Seed is what a simulated platform holds when it is first started, and how it
// behaves. It comes from LoadSeed or ParseSeed and is not changed afterwards:
// any number of servers can be made from one.
type Seed struct {
	name   string // for messages
	digest string // of the text

	user     string
	tokens   map[string]string // token → user
	platform string

	projects []*projectSeed
	volumes  []*volumeSeed
	jobs     []*jobSeed

	behavior behavior
	faults   []*faultRule
	failures []*failureRule
	quirks   quirks
}

// projectSeed is a project with its files.
type projectSeed struct {
	line           int
	id, name       string
	location       string // "provider:region", or empty
	permissions    map[string]bool
	tags           []string
	broken, closed bool
	created        moment
	folders, files []*fileSeed
	generate       []*generateSeed
	apps           []*appSeed
	tasks          []*taskSeed
}

// fileSeed is one file, or a folder.
type fileSeed struct {
	line      int
	path      string
	id        string
	size      int64
	secondary []string
	attributes
}

// generateSeed is a block of files made from patterns.
type generateSeed struct {
	line     int
	count    int
	folders  int
	path     pattern
	min, max int64 // size
	attributes
}

// attributes are what explicit and generated files have in common. All files of
// a generate block share one value, which is why a million of them fit into
// little memory.
type attributes struct {
	metadata  []metadata
	tags      []string
	task      string
	dataset   string
	public    bool
	archived  bool
	forbidden bool
	created   moment
	modified  moment
	alias     *aliasSeed
	content   content
}

// metadata is one entry of a file's metadata.
type metadata struct {
	key    string
	values []pattern
	list   bool // shown as a list even with one value
	null   bool
}

// aliasSeed says where a file's bytes are on a volume.
type aliasSeed struct {
	line     int
	volume   string
	location pattern
	broken   bool // there is no object at that location
}

// content is what a file holds, as far as the seed says; other files hold bytes
// derived from their ID.
type content struct {
	from   string // a local file
	inline string
	given  bool
}

// volumeSeed is a volume with the objects that are on it from the beginning.
type volumeSeed struct {
	line                     int
	id, kind, mode           string
	bucket, prefix, endpoint string
	location                 string // hidden "provider:region" of the bucket, or empty
	directory                string // absolute; empty for a volume in memory
	inactive                 bool
	exportDisabled           bool
	members                  map[string][]string // user → permissions; nil for everybody everything
	objects                  []objectSeed
	generate                 []*objectsSeed
	created                  moment
}

// objectSeed is an object on a volume.
type objectSeed struct {
	location string
	size     int64
}

// objectsSeed is a block of objects made from a pattern.
type objectsSeed struct {
	count    int
	location pattern
	size     int64
}

// jobSeed is an export job that exists from the beginning.
type jobSeed struct {
	line                    int
	id, user                string
	file, project, path     string
	volume, location, state string
	copyOnly, overwrite     bool
	takes                   time.Duration // until an open job ends, from the first start on
	started, finished       moment
	failure                 *failure // of a failed job
}

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
