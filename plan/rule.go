package plan

import (
	"fmt"

	"gopkg.in/yaml.v3"

	"sbexport/schema"
)

// rule makes a rule of its node.
func (b *builder) rule(n *yaml.Node, index int) *Rule {
	r := &Rule{
		Line:           n.Line,
		Index:          index,
		CopyOnly:       b.flag(n, "copy_only", b.defaults.copyOnly),
		Overwrite:      b.flag(n, "overwrite", b.defaults.overwrite),
		SecondaryFiles: b.flag(n, "secondary_files", false),
		Properties:     b.mergedProperties(n),
		Tolerate:       b.tolerated(n),
		Project:        b.defaults.project,
		Volume:         b.defaults.volume,
		Files:          values(b.texts(n, "file")),
	}
	if text, v := b.text(n, "project"); v != nil {
		r.Project = text
	}
	if text, v := b.text(n, "volume"); v != nil {
		r.Volume = text
	}
	match, exclude := b.patterns(n, "match"), b.patterns(n, "exclude")
	r.Match, r.Exclude, r.paths = match.texts, exclude.texts, b.paths(match, exclude)
	r.Where = b.where(b.value(n, "where"))
	r.Name = b.name(n, index)
	r.To = b.template(n)
	return r
}

// name is the rule's name, which no other rule may have.
func (b *builder) name(n *yaml.Node, index int) string {
	name, at := b.text(n, "name")
	if at == nil {
		name, at = fmt.Sprintf("exports[%d]", index), n
	}
	if line, taken := b.names[name]; taken {
		if !b.about[at] {
			b.at(at, fmt.Sprintf("duplicate name %s, which the rule in line %d has already", schema.Quote(name), line), "give each rule a name of its own")
		}
		return name
	}
	b.names[name] = at.Line
	return name
}

// template is the rule's "to".
func (b *builder) template(n *yaml.Node) *Template {
	text, at := b.text(n, "to")
	if at == nil || b.about[at] {
		return nil
	}
	t, slips := parseTemplate(text)
	for _, s := range slips {
		b.inside(at, s.offset, s.message, s.hint)
	}
	return t
}

// patternList is what stands under "match" or "exclude".
type patternList struct {
	texts    []string
	compiled []*pattern
}

// patterns are the patterns under a key.
func (b *builder) patterns(n *yaml.Node, key string) patternList {
	nodes := b.texts(n, key)
	list := patternList{texts: values(nodes)}
	for _, v := range nodes {
		if b.about[v] {
			continue
		}
		p, problem, hint := newPattern(v.Value)
		if problem != "" {
			b.at(v, fmt.Sprintf("the pattern %s %s", schema.Quote(v.Value), problem), hint)
			continue
		}
		list.compiled = append(list.compiled, p)
	}
	return list
}

// paths are the paths that patterns and excludes select, made once.
func (b *builder) paths(match, exclude patternList) *Paths {
	key := fmt.Sprintf("%q %q", match.texts, exclude.texts)
	if b.made[key] == nil {
		b.made[key] = &Paths{match: match.compiled, exclude: exclude.compiled}
	}
	return b.made[key]
}

// where makes the conditions of their node.
func (b *builder) where(n *yaml.Node) Where {
	w := Where{
		Metadata:    b.metadata(b.value(n, "metadata")),
		Tags:        oneOf(b.texts(n, "tags")),
		Tasks:       oneOf(b.texts(n, "task")),
		LargerThan:  b.size(n, "larger_than"),
		SmallerThan: b.size(n, "smaller_than"),
		OlderThan:   b.moment(n, "older_than"),
		NewerThan:   b.moment(n, "newer_than"),
	}
	if w.LargerThan != nil && w.SmallerThan != nil && *w.SmallerThan-1 <= *w.LargerThan {
		b.at(b.value(n, "smaller_than"), `no file is both larger than "larger_than" and smaller than "smaller_than"`, "swap the two, or remove one")
	}
	if w.OlderThan != nil && w.NewerThan != nil && neverBetween(w.NewerThan, w.OlderThan) {
		b.at(b.value(n, "newer_than"), `no file is both older than "older_than" and newer than "newer_than"`, "swap the two, or remove one")
	}
	return w
}

// neverBetween reports whether no time lies after one moment and before
// another, as far as that does not depend on the time of day.
func neverBetween(after, before *Moment) bool {
	switch {
	case after.Date.IsZero() && before.Date.IsZero():
		return after.Ago <= before.Ago
	case !after.Date.IsZero() && !before.Date.IsZero():
		return !after.Date.Before(before.Date)
	}
	return false
}

// metadata makes the conditions on metadata. A value counts as it is written,
// so that 1.0 and 010 and True mean just that.
func (b *builder) metadata(n *yaml.Node) []MetadataCondition {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	var list []MetadataCondition
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i].Value
		if seen[key] {
			continue
		}
		seen[key] = true
		c := MetadataCondition{Key: key}
		c.Values = oneOf(scalars(n.Content[i+1], func(v *yaml.Node) bool { return v.Tag != "!!null" }))
		if c.Any = c.Values.Has("*"); c.Any {
			c.Values = nil
		}
		list = append(list, c)
	}
	return list
}

// oneOf is the set of the values of nodes.
func oneOf(nodes []*yaml.Node) OneOf {
	if len(nodes) == 0 {
		return nil
	}
	set := make(OneOf, len(nodes))
	for _, n := range nodes {
		set[n.Value] = struct{}{}
	}
	return set
}

// moment is the point in time under a key, or nil.
func (b *builder) moment(n *yaml.Node, key string) *Moment {
	text, v := b.text(n, key)
	if v == nil || b.about[v] {
		return nil
	}
	m, ok := parseMoment(text)
	if !ok {
		b.at(v, fmt.Sprintf("%q is %s, which is no date of the calendar", key, schema.Quote(text)), "write it as in 2024-01-31")
	}
	return m
}
