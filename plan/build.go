package plan

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/schema"
)

// builder makes the plan from its clean YAML, and reports what the schema cannot
// say. It works on plans with violations too, so that all problems come out
// at once: what is of the wrong type counts as missing.
type builder struct {
	*report
	root  *yaml.Node
	names map[string]int    // line of each rule's name
	made  map[string]*Paths // by the patterns and excludes they were made of

	shared *Projects // the plan's
}

func (b *builder) plan() *Plan {
	b.filledIn(b.root)
	b.shared = b.projects(b.root)
	limits := child(b.root, "limits")
	p := &Plan{Endpoint: b.endpoint(), Limits: Limits{
		Files: countAt(limits, "files"), Bytes: b.size(limits, "bytes"), Overwrites: valueAt(limits, "overwrites", int64(0)),
	}}
	if prices := child(b.root, "prices"); prices != nil {
		p.Prices = &Prices{price(prices, "platform"), price(prices, "volume")}
	}
	if rules := child(b.root, "exports"); rules != nil && rules.Kind == yaml.SequenceNode {
		p.Rules = make([]*Rule, 0, len(rules.Content))
		for i, n := range rules.Content {
			p.Rules = append(p.Rules, b.rule(n, i))
		}
	}
	return p
}

// price is a number under a key, or 0.
func price(n *yaml.Node, key string) float64 {
	c := child(n, key)
	if c == nil {
		return 0
	}
	v, _ := strconv.ParseFloat(c.Value, 64) // the schema says how it is written
	return v
}

// endpoint is the base URL of the plan's platform.
func (b *builder) endpoint() string {
	n := textAt(b.root, "platform")
	if n == nil {
		return ""
	}
	if known := platform.Deployment(n.Value).Endpoint(); known != "" {
		return known
	}
	if u, err := url.Parse(n.Value); (err != nil || u.Hostname() == "") && !b.wrong[n] {
		b.at(n, fmt.Sprintf("%s is not a complete web address", schema.Quote(n.Value)), "write it as in https://api.sbgenomics.com/v2")
	}
	return strings.TrimSuffix(n.Value, "/")
}

// filledIn reports IDs that still stand as a starter plan or a page has them.
func (b *builder) filledIn(n *yaml.Node) {
	for _, key := range []string{"project", "volume"} {
		if id := textAt(n, key); id != nil && strings.HasPrefix(id.Value, "OWNER/") {
			b.at(id, fmt.Sprintf("%s is to be filled in", schema.Quote(id.Value)),
				fmt.Sprintf("write the %s's own ID, as in its web address", key))
		}
	}
}

// rule makes a rule of its node. What it does not say, the plan says for all
// rules.
func (b *builder) rule(n *yaml.Node, index int) *Rule {
	b.filledIn(n)
	r := &Rule{
		Name:           b.name(n, index),
		Line:           n.Line,
		Index:          index,
		Project:        valueAt(n, "project", ""),
		Projects:       b.projects(n),
		Volume:         valueAt(n, "volume", valueAt(b.root, "volume", "")),
		Files:          texts(textsAt(n, "file")),
		Tasks:          b.tasks(n),
		Where:          b.where(child(n, "where")),
		To:             b.template(n),
		CopyOnly:       valueAt(n, "copy_only", valueAt(b.root, "copy_only", false)),
		Overwrite:      valueAt(n, "overwrite", valueAt(b.root, "overwrite", false)),
		SecondaryFiles: valueAt(n, "secondary_files", false),
		Properties:     b.properties(n),
	}
	if r.Project == "" && r.Projects == nil {
		r.Project, r.Projects = valueAt(b.root, "project", ""), b.shared
	}
	for _, reason := range slices.Concat(textsAt(b.root, "tolerate"), textsAt(n, "tolerate")) {
		r.Tolerate = append(r.Tolerate, change.Reason(reason.Value))
	}
	slices.Sort(r.Tolerate)
	r.Tolerate = slices.Compact(r.Tolerate)
	b.patterns(r, n)
	return r
}

// name is the rule's name, which no other rule may have.
func (b *builder) name(n *yaml.Node, index int) string {
	name, at := fmt.Sprintf("exports[%d]", index), n
	if given := textAt(n, "name"); given != nil {
		name, at = given.Value, given
	}
	line, taken := b.names[name]
	switch {
	case !taken:
		b.names[name] = at.Line
	case !b.wrong[at]:
		b.at(at, fmt.Sprintf("duplicate name %s, which the rule in line %d has already", schema.Quote(name), line), "give each rule a name of its own")
	}
	return name
}

const (
	kmsKey       = "sse_aws_kms_key_id"
	kmsAlgorithm = "aws:kms"
	sseAlgorithm = "sse_algorithm"
)

// properties lays the properties of a rule over those of the plan, one by one, and
// reports a KMS key that the encryption asked for would not use.
func (b *builder) properties(rule *yaml.Node) platform.Properties {
	p := platform.Properties{}
	general, own := child(b.root, "properties"), child(rule, "properties")
	for _, n := range []*yaml.Node{general, own} {
		for key, v := range entries(n) {
			switch {
			case isScalar(v):
				p[key.Value] = &v.Value
			case v.Kind == yaml.ScalarNode:
				p[key.Value] = nil
			}
		}
	}
	algorithm := p[sseAlgorithm]
	if p[kmsKey] == nil || algorithm != nil && *algorithm == kmsAlgorithm {
		return p
	}
	key, at := entry(own, kmsKey)
	if at == nil {
		key, at = entry(own, sseAlgorithm)
	}
	if at == nil {
		key, at = entry(general, kmsKey)
	}
	if !b.wrong[at] {
		b.wrong[at] = true
		b.add(key.Line, key.Column, fmt.Sprintf("%q works only with %s: %s", kmsKey, sseAlgorithm, kmsAlgorithm),
			fmt.Sprintf("add %s: %s beside it, or set %s: null", sseAlgorithm, kmsAlgorithm, kmsKey))
	}
	return p
}

// template is the rule's "to".
func (b *builder) template(n *yaml.Node) *Template {
	to := textAt(n, "to")
	if to == nil || b.wrong[to] {
		return nil
	}
	t, slips := parseTemplate(to.Value, child(n, "tasks") != nil)
	for _, s := range slips {
		b.inside(to, s)
	}
	return t
}

// patterns sets the rule's patterns and excludes, and the paths that they select.
// Equal lists share one.
func (b *builder) patterns(r *Rule, n *yaml.Node) {
	match, exclude := textsAt(n, "match"), textsAt(n, "exclude")
	r.Match, r.Exclude = texts(match), texts(exclude)
	r.paths = &Paths{match: b.compiled(match, nil), exclude: b.compiled(exclude, nil)}
	key := fmt.Sprintf("%q %q", r.Match, r.Exclude)
	if made := b.made[key]; made != nil {
		r.paths = made
	}
	b.made[key] = r.paths
}

// compiled are the patterns that nodes hold, changed by fold unless it is nil.
func (b *builder) compiled(nodes []*yaml.Node, fold func(string) string) (list []*pattern) {
	for _, n := range nodes {
		if b.wrong[n] {
			continue
		}
		text := n.Value
		if fold != nil {
			text = fold(text)
		}
		p, problem, hint := newPattern(text)
		if problem != "" {
			b.at(n, fmt.Sprintf("the pattern %s %s", schema.Quote(n.Value), problem), hint)
			continue
		}
		p.written = n.Value
		list = append(list, p)
	}
	return list
}
