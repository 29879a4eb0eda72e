package plan

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/schema"
)

// builder makes a plan of nodes, and reports what the schema cannot say. It
// works on plans with violations too, so that all problems come out at once:
// what the schema has reported counts as missing here.
type builder struct {
	*report
	*tree
	names    map[string]int    // line of each rule's name
	made     map[string]*Paths // by the patterns and excludes they were made of
	defaults defaults
}

// defaults are what the plan says for all rules.
type defaults struct {
	project, volume     string
	copyOnly, overwrite bool
	properties          platform.Properties
	propertiesNode      *yaml.Node
	tolerate            []change.Reason
}

func (b *builder) plan() *Plan {
	p := &Plan{Endpoint: b.endpoint(), Limits: b.limits(b.value(b.root, "limits"))}
	b.defaults = defaults{
		copyOnly:       b.flag(b.root, "copy_only", false),
		overwrite:      b.flag(b.root, "overwrite", false),
		propertiesNode: b.value(b.root, "properties"),
		tolerate:       b.reasons(b.root),
	}
	b.defaults.project, _ = b.text(b.root, "project")
	b.defaults.volume, _ = b.text(b.root, "volume")
	b.defaults.properties = b.properties(b.defaults.propertiesNode)
	rules := b.value(b.root, "exports")
	if rules == nil || rules.Kind != yaml.SequenceNode {
		return p
	}
	p.Rules = make([]*Rule, 0, len(rules.Content))
	for i, n := range rules.Content {
		if n.Kind == yaml.MappingNode {
			p.Rules = append(p.Rules, b.rule(n, i))
		}
	}
	return p
}

// endpoint is the base URL of the plan's platform.
func (b *builder) endpoint() string {
	name, n := b.text(b.root, "platform")
	if n == nil {
		return ""
	}
	if known := platform.Deployment(name).Endpoint(); known != "" {
		return known
	}
	if u, err := url.Parse(name); (err != nil || u.Hostname() == "") && !b.about[n] {
		b.at(n, fmt.Sprintf("%s is not a complete web address", schema.Quote(name)), "write it as in https://api.sbgenomics.com/v2")
	}
	return strings.TrimSuffix(name, "/")
}

func (b *builder) limits(n *yaml.Node) Limits {
	l := Limits{Files: b.count(n, "files"), Bytes: b.size(n, "bytes")}
	if most := b.count(n, "overwrites"); most != nil {
		l.Overwrites = *most
	}
	return l
}

// count is the whole number under a key, or nil.
func (b *builder) count(n *yaml.Node, key string) *int64 {
	v := b.value(n, key)
	if v == nil || v.Kind != yaml.ScalarNode || v.Tag != "!!int" {
		return nil
	}
	i, err := strconv.ParseInt(v.Value, 10, 64)
	if err != nil {
		return nil
	}
	return &i
}

// size is the number of bytes under a key, or nil.
func (b *builder) size(n *yaml.Node, key string) *int64 {
	if v := b.count(n, key); v != nil {
		return v
	}
	text, v := b.text(n, key)
	if v == nil {
		return nil
	}
	bytes, ok := parseSize(text)
	if !ok {
		if !b.about[v] {
			b.at(v, fmt.Sprintf("%q is %s, which is more bytes than can be counted", key, schema.Quote(text)), "write a smaller size")
		}
		return nil
	}
	return &bytes
}

// reasons are the reasons under "tolerate".
func (b *builder) reasons(n *yaml.Node) []change.Reason {
	var list []change.Reason
	for _, v := range b.texts(n, "tolerate") {
		list = append(list, change.Reason(v.Value))
	}
	return list
}

// properties are the storage properties of a mapping.
func (b *builder) properties(n *yaml.Node) platform.Properties {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	p := platform.Properties{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		v := n.Content[i+1]
		if _, ok := p[n.Content[i].Value]; ok || v.Kind != yaml.ScalarNode {
			continue
		}
		if v.Tag == "!!null" {
			p[n.Content[i].Value] = nil
		} else {
			p[n.Content[i].Value] = &v.Value
		}
	}
	return p
}

// mergedProperties are the plan's properties with those of a rule over them,
// one by one, and checks that they go together.
func (b *builder) mergedProperties(rule *yaml.Node) platform.Properties {
	n := b.value(rule, "properties")
	own := b.properties(n)
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
func (b *builder) checkKMS(p platform.Properties, own *yaml.Node) {
	algorithm := p[sseAlgorithm]
	if p[kmsKey] == nil || algorithm != nil && *algorithm == kmsAlgorithm {
		return
	}
	at := cmp.Or(b.keyOf(own, kmsKey), b.keyOf(own, sseAlgorithm), b.keyOf(b.defaults.propertiesNode, kmsKey))
	if at == nil || b.about[at] {
		return
	}
	b.at(at, fmt.Sprintf("%q works only with %s: %s", kmsKey, sseAlgorithm, kmsAlgorithm),
		fmt.Sprintf("add %s: %s beside it, or set %s: null", sseAlgorithm, kmsAlgorithm, kmsKey))
}

// keyOf is the node of a key in a mapping, or nil.
func (b *builder) keyOf(n *yaml.Node, key string) *yaml.Node {
	k, _ := b.child(n, key)
	return k
}

// tolerated joins the plan's reasons and a rule's.
func (b *builder) tolerated(rule *yaml.Node) []change.Reason {
	own := b.reasons(rule)
	if len(own) == 0 {
		return b.defaults.tolerate
	}
	all := slices.Concat(b.defaults.tolerate, own)
	slices.Sort(all)
	return slices.Compact(all)
}
