package simulator

import (
	"time"
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
