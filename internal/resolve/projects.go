package resolve

import (
	"cmp"
	"context"
	"fmt"

	"github.com/sourcegraph/conc/pool"

	"sbexport/internal/platform"
	"sbexport/plan"
)

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
			if key := projectKey(rule.Project); r.index.wanted[i] == wanted && rule.Project != "" && !asked[key] {
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
	r.projectOf = map[string]*platform.Project{}
	for i, rule := range rules {
		if read[i] == nil {
			r.unreadableProjects = append(r.unreadableProjects, rule)
			continue
		}
		key := projectKey(rule.Project)
		for _, other := range r.index.rules {
			if projectKey(other.Project) == key {
				r.projectOf[other.Project] = read[i]
			}
		}
		p := &project{key: key, id: cmp.Or(read[i].ID, rule.Project), root: read[i].RootFolder, groups: r.index.of[key]}
		r.projects = append(r.projects, p)
		r.projectOf[p.id] = read[i]
	}
	return nil
}

// projectError says which rule wants a project that cannot be read.
func projectError(rule *plan.Rule, err error) error {
	if _, about := absence(err); !about || rule.Line == 0 {
		return err
	}
	return fmt.Errorf("rule %q in line %d of the plan: %w", rule.Name, rule.Line, err)
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
