package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"gopkg.in/yaml.v3"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/schema"
)

// Plan is a valid plan with every default filled in.
type Plan struct {
	Name     string // the file's name as the user gave it
	SHA256   string // of the file's bytes, hexadecimal
	Endpoint string // base URL the plan is for; empty when it names no platform
	Limits   Limits
	Prices   *Prices // nil when the plan tells none
	Rules    []*Rule // in the plan's order; never empty
}

// Limits are the plan's guards; nil means no limit.
type Limits struct {
	Files      *int64 // files to be exported, copied or replaced
	Bytes      *int64
	Overwrites int64 // objects to be replaced; 0 unless the plan says otherwise
}

// Prices are what a GB (of 1000 MB) costs in a month, in any currency.
type Prices struct{ Platform, Volume float64 }

// Rule is one entry of the plan's exports, with the plan's defaults applied.
// Exactly one of Files, Match and Tasks is set.
type Rule struct {
	Name           string
	Line           int // 1-based, of the entry
	Index          int // 0-based, in Plan.Rules
	Files          []string
	Match          []string
	Tasks          *Tasks
	Exclude        []string
	Where          Where
	Project        string // may be empty with Files, and is with Projects
	Projects       *Projects
	Volume         string
	To             *Template
	CopyOnly       bool
	Overwrite      bool
	Properties     platform.Properties
	Tolerate       []change.Reason
	SecondaryFiles bool

	paths *Paths // Match and Exclude, compiled
}

// Paths are the paths that the rule selects; one without patterns selects none. Rules
// with the same patterns and excludes have the same one.
func (r *Rule) Paths() *Paths { return r.paths }

// Accepts reports whether every condition of the rule's "where" holds for the
// file. Durations are counted back from now.
func (r *Rule) Accepts(f *platform.File, now time.Time) bool { return r.Where.accepts(f, now) }

// Load reads a plan. The name is for messages only, src is the file's content,
// and env looks up environment variables; without it there are none. When
// anything is wrong with the plan, the error is a *Problems that has all of it.
func Load(name string, src []byte, env func(string) (string, bool)) (*Plan, error) {
	if env == nil {
		env = func(string) (string, bool) { return "", false }
	}
	r := &report{source: source{starts: []int{0}}, wrong: map[*yaml.Node]bool{}}
	p, err := r.load(src, env)
	if err != nil {
		return nil, fmt.Errorf("reading the plan %q: %w", name, err)
	}
	if len(r.list) > 0 {
		problems := &Problems{Name: name, Source: []byte(r.source.text), List: r.list}
		problems.sort()
		return nil, problems
	}
	sum := sha256.Sum256(src)
	p.Name, p.SHA256 = name, hex.EncodeToString(sum[:])
	return p, nil
}

// load goes as far as it can, from text to nodes to rules, and reports what is
// wrong. The error is for a fault of the program itself.
func (r *report) load(src []byte, env func(string) (string, bool)) (*Plan, error) {
	if !newSource(src, r) {
		return nil, nil
	}
	root := r.parse()
	if root == nil {
		return nil, nil
	}
	(&cleaner{report: r, env: environment{lookup: env}}).clean(root)
	violations, err := schema.CheckPlan(value(root))
	if err != nil {
		return nil, err
	}
	r.violations(root, violations)
	b := &builder{report: r, root: root, names: map[string]int{}, made: map[string]*Paths{}}
	return b.plan(), nil
}

// violations reports where the plan does not follow the schema, except for
// nodes that have a problem already.
func (r *report) violations(root *yaml.Node, list []schema.Violation) {
	var wrong []*yaml.Node
	for _, v := range list {
		n, key := r.locate(root, v)
		switch {
		case key != nil:
			r.add(key.Line, key.Column, v.Message, v.Hint)
		case !r.wrong[n]:
			r.add(n.Line, n.Column, v.Message, v.Hint)
			wrong = append(wrong, n)
		}
	}
	for _, n := range wrong {
		r.wrong[n] = true
	}
}
