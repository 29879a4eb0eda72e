package resolve

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/plan"
)

// found is a file that some rule may want. It holds what the answer needs of
// the file and no more, for there may be a million of them.
type found struct {
	id       string
	project  string
	path     string
	size     int64
	modified time.Time
	storage  *platform.Storage // shared between files
	rules    []int32           // the rules that select it directly; shared between files
	places   []place           // where rules want it; only what settle leaves of them counts
	links    []link            // its secondary files, if a rule takes them along
	block    *plan.Block       // why no rule can have it

	public, maybePublic, unhosted bool
	partial                       bool // the path is not the whole path
}

// place is where a rule wants a file, or why it cannot have it there.
type place struct {
	rule     int32
	location string
	block    *plan.Block

	fallbacks string // the placeholders of the location that take their fallback
}

// link names a secondary file.
type link struct{ id, name string }

// byPath compares found files in the order of the answer.
func byPath(a, b *found) int {
	return cmp.Or(strings.Compare(a.path, b.path), strings.Compare(a.project, b.project), strings.Compare(a.id, b.id))
}

// collector gathers what one goroutine finds.
type collector struct {
	index *ruleIndex
	now   time.Time

	kept    []*found
	counts  *counts
	hosted  map[string]bool // projects in which some file has a hosting location
	aliases []Alias         // every alias that was listed, if a rule may replace objects

	choice choice
	last   found // whose rules and storage the next file probably shares
}

func newCollector(x *ruleIndex, now time.Time) *collector {
	return &collector{index: x, now: now, counts: x.newCounts(), hosted: map[string]bool{}}
}

// merge takes over what another collector has gathered.
func (c *collector) merge(other *collector) {
	c.kept = append(c.kept, other.kept...)
	c.counts.merge(other.counts)
	c.aliases = append(c.aliases, other.aliases...)
	for project := range other.hosted {
		c.hosted[project] = true
	}
}

// note remembers what a file tells about its project. It is called for every
// file, wanted or not.
func (c *collector) note(f *platform.File, projectKey string) {
	if f.Storage.Type == platform.OnPlatform && len(f.Storage.HostedOn) > 0 && !c.hosted[projectKey] {
		c.hosted[projectKey] = true
	}
	if c.index.overwrites && f.Storage.Alias() {
		c.aliases = append(c.aliases, Alias{f.ID, f.Name, f.Storage})
	}
}

// record keeps a file that no rule selects directly.
func (c *collector) record(f *platform.File, path string) *found {
	last := c.last.storage
	if last == nil || last.Type != f.Storage.Type || last.Volume != f.Storage.Volume || last.Location != f.Storage.Location ||
		!slices.Equal(last.HostedOn, f.Storage.HostedOn) {
		storage := f.Storage
		c.last.storage = &storage
	}
	return &found{
		id: f.ID, project: f.Project, path: path, size: f.Size, modified: f.ModifiedOn,
		storage: c.last.storage, public: f.Public(), maybePublic: f.MaybePublic(), unhosted: f.MaybeArchived(),
	}
}

// keep keeps the file that c.choice is about. If partial is set, the path lacks
// folders at its front.
func (c *collector) keep(f *platform.File, path string, partial bool) *found {
	k := c.record(f, path)
	if !slices.Equal(c.last.rules, c.choice.rules) {
		c.last.rules = slices.Clone(c.choice.rules)
	}
	k.rules, k.partial = c.last.rules, partial
	if f.Folder {
		k.block = &plan.Block{Reason: change.Folder, Message: `this is a folder, and only files can be exported; select what is in it with match: "` + path + `/**"`}
	}
	n, follow := 0, false
	for r := range c.index.competing(k.rules) {
		n++
		follow = follow || c.index.rules[r].SecondaryFiles
	}
	k.places = make([]place, 0, n+len(c.choice.unresolved))
	for r := range c.index.competing(k.rules) {
		p := place{rule: r}
		if k.block == nil {
			p = locate(c.index.rules[r], f, path, partial, c.choice.output(r))
		}
		k.places = append(k.places, p)
	}
	for _, r := range c.choice.unresolved {
		k.places = append(k.places, place{rule: r, block: c.index.unresolvedBlock(r, f)})
	}
	if follow {
		k.links = links(f)
	}
	c.kept = append(c.kept, k)
	return k
}

// unresolvedBlock says why a rule that wants a file whatever its path is cannot
// have it.
func (x *ruleIndex) unresolvedBlock(rule int32, f *platform.File) *plan.Block {
	where := "the file is in project " + f.Project + ", not in " + strings.TrimPrefix(x.scopes[rule].text, "project ")
	switch {
	case !x.elsewhere(rule, f):
		return pathUnknown("so that nobody knows whether the rule excludes it; ask for access to the project")
	case x.rules[rule].Tasks != nil:
		return &plan.Block{Reason: change.NotFound, Message: where + ", whose tasks the rule is about; take it with a rule of its own, by file: and project: " + f.Project}
	}
	return &plan.Block{Reason: change.NotFound, Message: where + "; set project: " + f.Project + " in this rule, or correct the ID"}
}

// pathUnknown says that the path of a file is not known, and what comes of it.
func pathUnknown(so string) *plan.Block {
	return &plan.Block{Reason: change.MissingValue, Message: "the file's path is not known, because a folder above it cannot be read; " + so}
}

func links(f *platform.File) []link {
	var ls []link
	for i := range f.Secondary {
		if s := &f.Secondary[i]; s.ID != "" && s.ID != f.ID {
			ls = append(ls, link{s.ID, s.Name})
		}
	}
	return ls
}

// locate works out where a rule wants a file, and with which fallbacks. If
// partial is set, the path lacks folders at its front, and a location that
// depends on it cannot be trusted. The output is what a rule with tasks has it from.
func locate(rule *plan.Rule, f *platform.File, path string, partial bool, output *plan.Output) place {
	p := place{rule: int32(rule.Index)}
	p.location, p.fallbacks, p.block = rule.To.Location(plan.Values{File: f, Path: path, Rule: rule.Name, Output: output})
	if partial && p.block == nil && rule.To.NeedsPath() {
		p.location, p.block = "", pathUnknown(`ask for access to the project, or make "to" do without {path} and {dir}`)
	}
	return p
}

// absence reports whether an error is the platform's answer that a thing does
// not exist or may not be seen. Any other failure says nothing about the thing.
func absence(err error) (change.Reason, bool) {
	refusal := platform.Refusal(err)
	switch {
	case refusal.NotThere():
		return change.NotFound, true
	case refusal.NotYours():
		return change.Forbidden, true
	}
	return "", false
}
