package resolve

import (
	"context"
	"fmt"

	"github.com/sourcegraph/conc/pool"

	"sbexport/internal/platform"
	"sbexport/plan"
)

// projects are the projects that the rules name.
type projects struct {
	byID  map[string]*platform.Project // by every spelling in use
	byKey map[string]*project
	order []*project // in the plan's order
}

// project is a project that was read.
type project struct {
	key, id string
	root    string  // ID of its root folder; may be empty
	groups  []int32 // of the rules with patterns for it
}

// readProjects reads each project that a rule names, once.
func (r *resolver) readProjects(ctx context.Context) error {
	var rules []*plan.Rule // the first one of each project, a wanted one if there is one
	asked := map[string]bool{}
	for _, wanted := range []bool{true, false} {
		for i, rule := range r.index.rules {
			if key := projectKey(rule.Project); r.index.read[i] && r.index.wanted[i] == wanted && rule.Project != "" && !asked[key] {
				asked[key] = true
				rules = append(rules, rule)
			}
		}
	}
	read := make([]*platform.Project, len(rules))
	err := each(ctx, len(rules), r.options.Parallel, func(ctx context.Context, i int) (err error) {
		read[i], err = r.src.Project(ctx, rules[i].Project)
		if _, about := absence(err); about && !r.index.wanted[rules[i].Index] {
			return nil
		}
		if err != nil {
			return projectError(rules[i], err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.projects = &projects{byID: map[string]*platform.Project{}, byKey: map[string]*project{}}
	for i, rule := range rules {
		if read[i] == nil {
			r.leaveOut(rule)
			continue
		}
		r.projects.add(r.index, rule.Project, read[i])
	}
	for i, rule := range r.index.rules {
		if p := r.projects.byKey[projectKey(rule.Project)]; p != nil && r.index.read[i] {
			r.projects.byID[rule.Project] = r.projects.byID[p.id]
		}
	}
	return nil
}

// leaveOut leaves out the rules of a project that cannot be read. None of them
// may be a wanted one.
func (r *resolver) leaveOut(of *plan.Rule) {
	for i, rule := range r.index.rules {
		if projectKey(rule.Project) == projectKey(of.Project) {
			r.index.read[i] = false
		}
	}
	r.unreadableProjects = append(r.unreadableProjects, of)
}

func (ps *projects) add(x *ruleIndex, asked string, read *platform.Project) {
	p := &project{key: projectKey(asked), id: read.ID, root: read.RootFolder}
	if p.id == "" {
		p.id = asked
	}
	p.groups = x.of[p.key]
	ps.byID[p.id] = read
	ps.byKey[p.key] = p
	ps.order = append(ps.order, p)
}

// projectError says what a project that cannot be read means for the user.
func projectError(rule *plan.Rule, err error) error {
	const format = "reading project %q for rule %q in line %d of the plan: %s: %w"
	if _, about := absence(err); about {
		return fmt.Errorf(format, rule.Project, rule.Name, rule.Line,
			"it is not there or not visible with these credentials; correct the rule's project, or ask for access", err)
	}
	return fmt.Errorf("reading project %q for rule %q in line %d of the plan: %w", rule.Project, rule.Name, rule.Line, err)
}

// newPool runs tasks at the same time. The first error stops the others and is
// the one that Wait returns.
func newPool(ctx context.Context) *pool.ContextPool {
	return pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
}

// each calls do for 0 to n-1, several at a time.
func each(ctx context.Context, n, parallel int, do func(ctx context.Context, i int) error) error {
	p := newPool(ctx).WithMaxGoroutines(parallel)
	for i := range n {
		p.Go(func(ctx context.Context) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return do(ctx, i)
		})
	}
	return p.Wait()
}
