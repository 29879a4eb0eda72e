package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"gopkg.in/yaml.v3"

	"sbexport/schema"
)

// Load reads a plan. The name is for messages only, src is the file's content,
// and env looks up environment variables; without it there are none. When anything is wrong with the plan
// the error is a *Problems that has all of it.
func Load(name string, src []byte, env func(string) (string, bool)) (*Plan, error) {
	if env == nil {
		env = func(string) (string, bool) { return "", false }
	}
	r := &report{source: source{starts: []int{0}}, about: map[*yaml.Node]bool{}}
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

// load goes as far as it can; what is wrong is in the report. The error is for
// a fault of the program itself.
func (r *report) load(src []byte, env func(string) (string, bool)) (*Plan, error) {
	if !newSource(src, r) {
		return nil, nil
	}
	root := r.parse()
	if root == nil {
		return nil, nil
	}
	c := &converter{report: r, env: environment{lookup: env}}
	violations, err := schema.CheckPlan(c.value(root))
	if err != nil {
		return nil, err
	}
	t := &tree{root: root}
	var found []*yaml.Node
	for _, v := range violations {
		if n := t.locate(v); !r.about[n] {
			found = append(found, n)
			r.add(n.Line, n.Column, v.Message, v.Hint)
		}
	}
	for _, n := range found {
		r.about[n] = true
	}
	b := &builder{report: r, tree: t, names: map[string]int{}, made: map[string]*Paths{}}
	return b.plan(), nil
}
