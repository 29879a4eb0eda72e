package resolve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sourcegraph/conc/pool"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/plan"
)

// scope is which projects a rule is about.
type scope struct {
	text     string          // names them in a sentence; empty for any
	keys     map[string]bool // see projectKey; nil for any
	patterns *plan.Projects  // by which they are found; nil if the rule names its project
	used     []bool          // the excludes of the patterns that have left out something
}

// has reports whether a project is one of them.
func (s *scope) has(key string) bool { return s.keys == nil || s.keys[key] }

// scopesOf are the scopes of rules. What patterns find is not in them yet.
func scopesOf(rules []*plan.Rule) []*scope {
	scopes := make([]*scope, len(rules))
	named, found := map[string]*scope{}, map[*plan.Projects]*scope{}
	for i, rule := range rules {
		key := projectKey(rule.Project)
		s := named[key]
		if rule.Projects != nil {
			s = found[rule.Projects]
		}
		switch {
		case s != nil:
		case rule.Projects != nil:
			s = &scope{text: "projects " + rule.Projects.String(), keys: map[string]bool{}, patterns: rule.Projects, used: make([]bool, len(rule.Projects.Exclude))}
			found[rule.Projects] = s
		case key == "":
			s = &scope{}
			named[key] = s
		default:
			s = &scope{text: "project " + rule.Project, keys: map[string]bool{key: true}}
			named[key] = s
		}
		scopes[i] = s
	}
	return scopes
}

// elsewhere reports whether a file is in a project that the rule is not about.
func (x *ruleIndex) elsewhere(rule int32, f *platform.File) bool {
	return f.Project != "" && !x.scopes[rule].has(projectKey(f.Project))
}

// project is a project that was read.
type project struct {
	key, id string
	root    string  // ID of its root folder; may be empty
	found   bool    // by a pattern, so that it may be left out if it cannot be read
	groups  []int32 // of the rules with patterns for it
}

// unreadable is a project that cannot be read and that is left out.
type unreadable struct {
	key, id string
	err     error
}

// readProjects reads each project that a rule names, once, and finds those that
// rules name by patterns.
func (r *resolver) readProjects(ctx context.Context) error {
	r.projectOf, r.byKey = map[string]*platform.Project{}, map[string]*project{}
	if err := r.readNamedProjects(ctx); err != nil {
		return err
	}
	if err := r.findProjects(ctx); err != nil {
		return err
	}
	for _, p := range r.projects {
		p.groups = r.index.groupsIn(p.key)
	}
	return r.dropOtherProjects()
}

// ErrOtherProject marks the error of a project that was asked for and that the plan
// does not take files from.
var ErrOtherProject = errors.New("no rule of the plan is about the project")

// chosen reports whether the files of a project are asked for.
func (r *resolver) chosen(id string) bool {
	return r.options.Projects == nil || slices.ContainsFunc(r.options.Projects, func(chosen string) bool { return projectKey(chosen) == projectKey(id) })
}

// add has a project read.
func (r *resolver) add(p *platform.Project, found bool) {
	key := projectKey(p.ID)
	r.projectOf[p.ID] = p
	if r.byKey[key] == nil {
		r.byKey[key] = &project{key: key, id: p.ID, root: p.RootFolder, found: found}
		r.projects = append(r.projects, r.byKey[key])
	}
}

// readNamedProjects reads the projects that rules name.
func (r *resolver) readNamedProjects(ctx context.Context) error {
	var rules []*plan.Rule // the first one of each project, a wanted one if there is one
	asked := map[string]bool{}
	for _, wanted := range []bool{true, false} {
		for i, rule := range r.index.rules {
			if key := projectKey(rule.Project); r.index.wanted[i] == wanted && rule.Project != "" && !asked[key] && r.chosen(rule.Project) {
				asked[key] = true
				rules = append(rules, rule)
			}
		}
	}
	read := make([]*platform.Project, len(rules))
	refused := make([]error, len(rules))
	err := each(ctx, len(rules), r.options.Parallel, func(ctx context.Context, i int) (err error) {
		read[i], err = r.src.Project(ctx, rules[i].Project)
		if _, about := absence(err); about && !r.index.wanted[rules[i].Index] {
			refused[i] = err
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
	for i, rule := range rules {
		if read[i] == nil {
			r.unreadable = append(r.unreadable, unreadable{projectKey(rule.Project), rule.Project, refused[i]})
			continue
		}
		p := *read[i]
		p.ID = cmp.Or(p.ID, rule.Project)
		r.add(&p, false)
		for _, other := range r.index.rules {
			if projectKey(other.Project) == projectKey(rule.Project) {
				r.projectOf[other.Project] = &p
			}
		}
	}
	return nil
}

// findProjects finds the projects that rules name by patterns, among all that the
// user can see. A pattern without special characters names one, which is asked for
// if it is not among them.
func (r *resolver) findProjects(ctx context.Context) error {
	var scopes []*scope
	for _, s := range r.index.scopes {
		if s.patterns != nil && !slices.Contains(scopes, s) {
			scopes = append(scopes, s)
		}
	}
	if len(scopes) == 0 {
		return nil
	}
	all, broken, err := r.src.Projects(ctx)
	if err != nil {
		return fmt.Errorf("listing your projects: %w", err)
	}
	r.visible, r.brokenProjects = len(all), broken
	slices.SortFunc(all, func(a, b platform.Project) int { return strings.Compare(a.ID, b.ID) })
	seen := map[string]bool{}
	take := func(p *platform.Project) {
		seen[projectKey(p.ID)] = true
		for _, s := range scopes {
			if s.patterns.Takes(p, s.used) && r.chosen(p.ID) {
				s.keys[projectKey(p.ID)] = true
				r.add(p, true)
			}
		}
	}
	for i := range all {
		take(&all[i])
	}
	for _, s := range scopes {
		for _, id := range s.patterns.Literal() {
			if seen[projectKey(id)] || !r.chosen(id) {
				continue
			}
			seen[projectKey(id)] = true
			p, err := r.src.Project(ctx, id)
			switch {
			case err == nil:
				p.ID = cmp.Or(p.ID, id)
				take(p)
				continue
			case !platform.Refusal(err).Hidden():
				return fmt.Errorf("reading project %q: %w", id, err)
			}
			s.keys[projectKey(id)] = true
			r.unreadable = append(r.unreadable, unreadable{projectKey(id), id, err})
		}
	}
	return nil
}

// dropOtherProjects takes the rules out that are about no project that was asked
// for.
func (r *resolver) dropOtherProjects() error {
	if r.options.Projects == nil {
		return nil
	}
	for _, id := range r.options.Projects {
		about := func(s *scope) bool { return s.has(projectKey(id)) }
		if !slices.ContainsFunc(r.index.scopes, about) {
			return fmt.Errorf("%w %q", ErrOtherProject, id)
		}
	}
	for id, names := range r.index.named {
		r.index.named[id] = slices.DeleteFunc(names, func(n naming) bool { return !r.reads(n.rule) })
		if len(r.index.named[id]) == 0 {
			delete(r.index.named, id)
		}
	}
	return nil
}

// reads reports whether a rule is about a project that is asked for.
func (r *resolver) reads(rule int32) bool {
	s := r.index.scopes[rule]
	return r.options.Projects == nil || slices.ContainsFunc(r.options.Projects, func(id string) bool { return s.has(projectKey(id)) })
}

// giveUp leaves a project out that cannot be read, if a pattern has found it. The
// error that it returns is for an outage and the like, which is not the project's.
func (r *resolver) giveUp(p *project, err error) error {
	if !p.found || !platform.Refusal(err).Hidden() && !errors.Is(err, platform.ErrOddAnswer) {
		return err
	}
	r.giving.Lock()
	defer r.giving.Unlock()
	if !r.givenUp(p.key) {
		r.unreadable = append(r.unreadable, unreadable{p.key, p.id, err})
	}
	return nil
}

// givenUp reports whether a project cannot be read.
func (r *resolver) givenUp(key string) bool {
	return slices.ContainsFunc(r.unreadable, func(u unreadable) bool { return u.key == key })
}

// dropUnreadable drops what was found in projects that cannot be read to the end.
func (r *resolver) dropUnreadable(context.Context) error {
	if len(r.unreadable) == 0 {
		return nil
	}
	gone := make(map[string]bool, len(r.unreadable))
	for _, u := range r.unreadable {
		gone[u.key] = true
	}
	r.kept = slices.DeleteFunc(r.kept, func(f *found) bool { return gone[projectKey(f.project)] })
	return nil
}

// blockUnreadable puts, in place of the files of a project that cannot be read,
// the project itself.
func (r *resolver) blockUnreadable() {
	for _, u := range r.unreadable {
		rule, wanted := r.wantedIn(u.key)
		if !wanted {
			continue
		}
		err := u.err
		if refusal := platform.Refusal(err); refusal != nil {
			err = refusal // which says it without what was attempted
		}
		b, remedy := &plan.Block{Reason: change.Forbidden}, "ask for access to it"
		switch refusal := platform.Refusal(u.err); {
		case refusal.NotThere():
			b.Reason, remedy = change.NotFound, "correct its ID, or ask for access to it"
		case !refusal.NotYours():
			remedy = "run again later"
		}
		b.Message = fmt.Sprintf("the project cannot be read, and is left out: %v; %s, or exclude it in \"projects\"", err, remedy)
		r.kept = append(r.kept, &found{project: u.id, rules: []int32{rule}, places: []place{{rule: rule, block: b}}, block: b})
	}
}

// wantedIn is the first wanted rule that is about a project.
func (r *resolver) wantedIn(key string) (rule int32, ok bool) {
	for i, s := range r.index.scopes {
		if r.index.wanted[i] && s.keys[key] {
			return int32(i), true
		}
	}
	return 0, false
}

// projectWarnings says where patterns for projects are not what was meant.
func (r *resolver) projectWarnings() (list []string) {
	told := map[*scope]bool{}
	for i, s := range r.index.scopes {
		if s.patterns == nil || told[s] || !r.index.wanted[i] || r.options.Projects != nil {
			continue
		}
		told[s] = true
		if len(s.keys) == 0 {
			list = append(list, fmt.Sprintf("none of the %s that you can see is one of the %s", files(r.visible, "project", "projects"), s.text))
			continue
		}
		for n, used := range s.used {
			if !used {
				list = append(list, fmt.Sprintf("%s: exclude %q leaves out no project", s.text, s.patterns.Exclude[n]))
			}
		}
	}
	if r.brokenProjects > 0 {
		list = append(list, fmt.Sprintf("the platform fails to list %s that you can see, so that nobody knows whether the plan is about it; name it in \"projects\" without special characters, or ask the platform's support",
			files(r.brokenProjects, "project", "projects")))
	}
	return list
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
