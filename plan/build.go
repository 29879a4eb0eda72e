package plan

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/schema"
)

// builder makes the plan from its nodes, and reports what the schema cannot
// say. It works on plans with violations too, so that all problems come out
// at once: what is of the wrong type counts as missing.
type builder struct {
	*report
	root     *node
	names    map[string]int    // line of each rule's name
	made     map[string]*Paths // by the patterns and excludes they were made of
	defaults defaults
}

// defaults are what the plan says for all rules.
type defaults struct {
	project, volume     string
	copyOnly, overwrite bool
	properties          platform.Properties
	propertiesNode      *node
	tolerate            []change.Reason
}

func (b *builder) plan() *Plan {
	p := &Plan{Endpoint: b.endpoint(), Limits: b.limits(b.root.child("limits"))}
	b.defaults = defaults{
		project:        valueAt(b.root, "project", ""),
		volume:         valueAt(b.root, "volume", ""),
		copyOnly:       valueAt(b.root, "copy_only", false),
		overwrite:      valueAt(b.root, "overwrite", false),
		properties:     properties(b.root.child("properties")),
		propertiesNode: b.root.child("properties"),
		tolerate:       reasons(b.root),
	}
	rules := b.root.child("exports")
	if rules == nil || !rules.isList() {
		return p
	}
	p.Rules = make([]*Rule, 0, len(rules.children))
	for i, n := range rules.children {
		if n.isMapping() {
			p.Rules = append(p.Rules, b.rule(n, i))
		}
	}
	return p
}

// endpoint is the base URL of the plan's platform.
func (b *builder) endpoint() string {
	n := b.root.textAt("platform")
	if n == nil {
		return ""
	}
	if known := platform.Deployment(n.text).Endpoint(); known != "" {
		return known
	}
	if u, err := url.Parse(n.text); (err != nil || u.Hostname() == "") && !n.wrong {
		b.at(n, fmt.Sprintf("%s is not a complete web address", schema.Quote(n.text)), "write it as in https://api.sbgenomics.com/v2")
	}
	return strings.TrimSuffix(n.text, "/")
}

func (b *builder) limits(n *node) Limits {
	l := Limits{Files: n.countAt("files"), Bytes: b.size(n, "bytes")}
	if most := n.countAt("overwrites"); most != nil {
		l.Overwrites = *most
	}
	return l
}

// reasons are the reasons under "tolerate".
func reasons(n *node) []change.Reason {
	var list []change.Reason
	for _, v := range n.textsAt("tolerate") {
		list = append(list, change.Reason(v.text))
	}
	return list
}

// properties are the storage properties of a mapping.
func properties(n *node) platform.Properties {
	if n == nil || !n.isMapping() {
		return nil
	}
	p := platform.Properties{}
	for _, v := range n.children {
		switch {
		case v.data == nil:
			p[v.key] = nil
		case v.isScalar():
			p[v.key] = &v.text
		}
	}
	return p
}

// mergedProperties lays the properties of a rule over those of the plan, one by
// one, and checks that they go together.
func (b *builder) mergedProperties(rule *node) platform.Properties {
	n := rule.child("properties")
	own := properties(n)
	merged := b.defaults.properties
	if len(own) > 0 {
		merged = maps.Clone(merged)
		if merged == nil {
			merged = platform.Properties{}
		}
		maps.Copy(merged, own)
	}
	b.checkKMS(merged, n)
	return merged
}

const (
	kmsKey       = "sse_aws_kms_key_id"
	kmsAlgorithm = "aws:kms"
	sseAlgorithm = "sse_algorithm"
)

// checkKMS reports a KMS key that the encryption asked for would not use.
func (b *builder) checkKMS(p platform.Properties, own *node) {
	algorithm := p[sseAlgorithm]
	if p[kmsKey] == nil || algorithm != nil && *algorithm == kmsAlgorithm {
		return
	}
	at := cmp.Or(own.child(kmsKey), own.child(sseAlgorithm), b.defaults.propertiesNode.child(kmsKey))
	if at == nil || at.wrong {
		return
	}
	at.wrong = true
	b.add(at.keyAt, fmt.Sprintf("%q works only with %s: %s", kmsKey, sseAlgorithm, kmsAlgorithm),
		fmt.Sprintf("add %s: %s beside it, or set %s: null", sseAlgorithm, kmsAlgorithm, kmsKey))
}

// tolerated joins the plan's reasons and a rule's.
func (b *builder) tolerated(rule *node) []change.Reason {
	own := reasons(rule)
	if len(own) == 0 {
		return b.defaults.tolerate
	}
	all := slices.Concat(b.defaults.tolerate, own)
	slices.Sort(all)
	return slices.Compact(all)
}

// rule makes a rule of its node.
func (b *builder) rule(n *node, index int) *Rule {
	r := &Rule{
		Name:           b.name(n, index),
		Line:           n.line,
		Index:          index,
		Project:        valueAt(n, "project", b.defaults.project),
		Volume:         valueAt(n, "volume", b.defaults.volume),
		Files:          texts(n.textsAt("file")),
		Where:          b.where(n.child("where")),
		To:             b.template(n),
		CopyOnly:       valueAt(n, "copy_only", b.defaults.copyOnly),
		Overwrite:      valueAt(n, "overwrite", b.defaults.overwrite),
		SecondaryFiles: valueAt(n, "secondary_files", false),
		Properties:     b.mergedProperties(n),
		Tolerate:       b.tolerated(n),
	}
	match, exclude := b.patterns(n, "match"), b.patterns(n, "exclude")
	r.Match, r.Exclude, r.paths = match.texts, exclude.texts, b.paths(match, exclude)
	return r
}

// name is the rule's name, which no other rule may have.
func (b *builder) name(n *node, index int) string {
	name, at := fmt.Sprintf("exports[%d]", index), n
	if given := n.textAt("name"); given != nil {
		name, at = given.text, given
	}
	if line, taken := b.names[name]; taken {
		if !at.wrong {
			b.at(at, fmt.Sprintf("duplicate name %s, which the rule in line %d has already", schema.Quote(name), line), "give each rule a name of its own")
		}
		return name
	}
	b.names[name] = at.line
	return name
}

// template is the rule's "to".
func (b *builder) template(n *node) *Template {
	to := n.textAt("to")
	if to == nil || to.wrong {
		return nil
	}
	t, slips := parseTemplate(to.text)
	for _, s := range slips {
		b.inside(to, s)
	}
	return t
}

// patternList is what stands under "match" or "exclude".
type patternList struct {
	texts    []string
	compiled []*pattern
}

// patterns are the patterns under a key.
func (b *builder) patterns(n *node, key string) patternList {
	nodes := n.textsAt(key)
	list := patternList{texts: texts(nodes)}
	for _, v := range nodes {
		if v.wrong {
			continue
		}
		p, problem, hint := newPattern(v.text)
		if problem != "" {
			b.at(v, fmt.Sprintf("the pattern %s %s", schema.Quote(v.text), problem), hint)
			continue
		}
		list.compiled = append(list.compiled, p)
	}
	return list
}

// paths are the paths that patterns and excludes select. Equal lists share one.
func (b *builder) paths(match, exclude patternList) *Paths {
	key := fmt.Sprintf("%q %q", match.texts, exclude.texts)
	if b.made[key] == nil {
		b.made[key] = &Paths{match: match.compiled, exclude: exclude.compiled}
	}
	return b.made[key]
}
