package plan

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"sbexport/internal/platform"
)

// Projects is which projects rules take files from: patterns for their IDs, in
// which case does not matter, and tags.
type Projects struct {
	Match, Exclude []string // no Match takes every project
	Tags           OneOf    // the project has one of these; nil asks for none
	text           string
	match, exclude []*pattern
}

// String names the projects in a sentence, as the plan does.
func (p *Projects) String() string { return p.text }

// Takes reports whether a project is one of them, and marks in used, which has one
// entry for each exclude, those that leave it out. The platform's public project,
// of which nothing can be exported, is never one of them.
func (p *Projects) Takes(project *platform.Project, used []bool) bool {
	id := PathOf(strings.ToLower(project.ID))
	matches := func(m *pattern) bool { return m.matches(id) }
	switch {
	case strings.EqualFold(project.ID, platform.PublicProject),
		len(p.match) > 0 && !slices.ContainsFunc(p.match, matches),
		p.Tags != nil && !slices.ContainsFunc(project.Tags, p.Tags.Has):
		return false
	}
	return !markAny(p.exclude, used, matches)
}

// Literal are the IDs among the patterns, which name a single project each.
func (p *Projects) Literal() (ids []string) {
	for _, m := range p.match {
		if m.literal {
			ids = append(ids, m.written)
		}
	}
	return ids
}

// projects are those that a rule or the plan names by patterns, or nil. The plan's
// are made once, for all rules that have no others.
func (b *builder) projects(n *yaml.Node) *Projects {
	at := child(n, "projects")
	if at == nil {
		return nil
	}
	match, exclude, tags := textsAt(n, "projects"), textsAt(at, "exclude"), textsAt(at, "tags")
	if at.Kind == yaml.MappingNode {
		match = textsAt(at, "match")
	}
	p := &Projects{Match: texts(match), Exclude: texts(exclude), Tags: oneOf(tags), match: b.compiled(match, strings.ToLower), exclude: b.compiled(exclude, strings.ToLower)}
	p.text = strings.Join(p.Match, ", ")
	if len(p.Match) == 0 {
		p.text = "of any name"
	}
	if tags != nil {
		p.text += " with the tag " + strings.Join(texts(tags), " or ")
	}
	return p
}
