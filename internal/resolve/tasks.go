package resolve

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sbexport/internal/platform"
	"sbexport/plan"
)

// taskCount is what the tasks of a project come to for one rule.
type taskCount struct {
	listed      int // that have a status which the rule takes
	matched     int
	withOutputs int             // of those that match
	apps        map[string]bool // of those that were listed, without revisions
	names       map[string]bool // of those whose app the rule takes
	ports       map[string]bool // of those that match
	unreadable  int             // of those that match
}

// taskList is a list of tasks that the platform is asked for.
type taskList struct {
	project *project
	status  string
}

// readTasks has the rules with tasks name what these have put out. Tasks are
// listed once for all rules.
func (r *resolver) readTasks(ctx context.Context) error {
	r.tasks, r.outputFolders = map[int32]*taskCount{}, map[string]bool{}
	lists, err := r.listTasks(ctx)
	if err != nil {
		return err
	}
	selected := map[int32][]*platform.Task{}
	for i, rule := range r.index.rules {
		if rule.Tasks == nil {
			continue
		}
		t := &taskCount{apps: map[string]bool{}, names: map[string]bool{}, ports: map[string]bool{}}
		r.tasks[int32(i)] = t
		var all []platform.Task
		for _, l := range r.listsFor(int32(i)) {
			all = append(all, lists[l]...)
		}
		t.count(all, rule.Tasks)
		selected[int32(i)] = rule.Tasks.Select(all, r.options.Now)
	}
	var all []*platform.Task
	for _, tasks := range selected {
		all = append(all, tasks...)
	}
	if err := r.src.Outputs(ctx, all); err != nil {
		return fmt.Errorf("reading what %s put out: %w", files(len(all), "task has", "tasks have"), err)
	}
	for _, rule := range slices.Sorted(maps.Keys(selected)) {
		for _, task := range selected[rule] {
			r.takeOutputs(rule, task)
		}
	}
	return nil
}

// listsFor are the lists that a rule chooses among.
func (r *resolver) listsFor(rule int32) (lists []taskList) {
	for _, p := range r.projects {
		if r.index.scopes[rule].has(p.key) {
			for _, status := range r.index.rules[rule].Tasks.Status {
				lists = append(lists, taskList{p, status})
			}
		}
	}
	return lists
}

// projectNamed is the project of an ID, if it was read.
func (r *resolver) projectNamed(id string) *project { return r.byKey[projectKey(id)] }

// listTasks lists the tasks that the rules choose among, each once.
func (r *resolver) listTasks(ctx context.Context) (map[taskList][]platform.Task, error) {
	var asked []taskList
	known := map[taskList]bool{}
	for i, rule := range r.index.rules {
		if rule.Tasks == nil {
			continue
		}
		for _, l := range r.listsFor(int32(i)) {
			if !known[l] {
				known[l] = true
				asked = append(asked, l)
			}
		}
	}
	answers := make([][]platform.Task, len(asked))
	err := each(ctx, len(asked), r.options.Parallel, func(ctx context.Context, i int) (err error) {
		if answers[i], err = r.src.Tasks(ctx, asked[i].project.id, asked[i].status); err != nil {
			return r.giveUp(asked[i].project, fmt.Errorf("listing the tasks of project %q: %w", asked[i].project.id, err))
		}
		return nil
	})
	lists := make(map[taskList][]platform.Task, len(asked))
	for i, l := range asked {
		lists[l] = answers[i]
	}
	return lists, err
}

// takeOutputs has a rule name what a task has put out.
func (r *resolver) takeOutputs(rule int32, task *platform.Task) {
	t := r.tasks[rule]
	t.matched++
	if !task.Told {
		t.unreadable++
	}
	took := false
	for _, port := range task.Outputs {
		t.ports[port.Name] = true
		if !r.index.rules[rule].Tasks.Outputs.Take(port.Name) {
			continue
		}
		took = took || len(port.Files) > 0
		output := &plan.Output{Task: task, Port: port.Name}
		for _, f := range port.Files {
			r.index.name(f.ID, naming{rule, output})
			if f.Folder {
				r.outputFolders[f.ID] = true
			}
		}
	}
	if took {
		t.withOutputs++
	}
}

// count notes what there is to choose among.
func (t *taskCount) count(all []platform.Task, wanted *plan.Tasks) {
	for i := range all {
		if task := &all[i]; !task.Batch {
			t.listed++
			t.apps[plan.AppID(task.App)] = true
			if wanted.App.TakesApp(task.App) {
				t.names[task.Name] = true
			}
		}
	}
}

// taskWarnings says where the tasks of a rule are not what was meant.
func (r *resolver) taskWarnings(index int32) []string {
	var list []string
	rule, t := r.index.rules[index], r.tasks[index]
	warn := func(format string, args ...any) {
		list = append(list, fmt.Sprintf("rule %q: ", rule.Name)+fmt.Sprintf(format, args...))
	}
	wanted, in, status := rule.Tasks, r.index.scopes[index].text, strings.Join(rule.Tasks.Status, " or ")
	switch {
	case t.listed == 0:
		warn("there is no task in %s that is %s", in, status)
	case len(t.names) == 0:
		warn("none of the %s in %s that are %s ran such an app; they ran %s%s", files(t.listed, "task", "tasks"), in, status,
			some(t.apps), didYouMean(wanted.App.NearApp(slices.Sorted(maps.Keys(t.apps)))))
	case t.matched == 0 && !slices.ContainsFunc(slices.Collect(maps.Keys(t.names)), wanted.Name.Take):
		warn("no task of such a name ran the app in %s; there are %s%s", in, some(t.names),
			didYouMean(wanted.Name.Near(slices.Sorted(maps.Keys(t.names)))))
	case t.matched == 0:
		warn("no task in %s ended when \"older_than\" and \"newer_than\" say", in)
	case len(t.ports) == 0 && t.unreadable == 0:
		warn("%s, without any output", files(t.matched, "task matches", "tasks match"))
	default:
		for _, p := range wanted.Outputs {
			if one := (plan.Names{p}); !slices.ContainsFunc(slices.Collect(maps.Keys(t.ports)), one.Take) {
				warn("none of the %s that match has an output %q; they have %s%s", files(t.matched, "task", "tasks"), p.Written, some(t.ports),
					didYouMean(one.Near(slices.Sorted(maps.Keys(t.ports)))))
			}
		}
	}
	if t.unreadable > 0 {
		warn("%s cannot be read, so that nobody knows what it has put out", files(t.unreadable, "task that matches", "tasks that match"))
	}
	return list
}

// maxNamed is how many names a warning lists.
const maxNamed = 10

// some lists names, or the first of them.
func some(names map[string]bool) string {
	sorted := slices.Sorted(maps.Keys(names))
	text := strings.Join(sorted[:min(len(sorted), maxNamed)], ", ")
	if more := len(sorted) - maxNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
