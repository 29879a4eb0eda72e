package plan

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/text/unicode/norm"
	"gopkg.in/yaml.v3"

	"sbexport/internal/platform"
	"sbexport/schema"
)

// Tasks is which tasks a rule takes the outputs of, and which of their outputs.
type Tasks struct {
	App, Name Names
	Status    []string // never empty; one of them is enough
	OlderThan *Moment  // since the end
	NewerThan *Moment
	Latest    bool
	Outputs   Names // IDs of ports
}

// Output is the task that a file came out of, and the port.
type Output struct {
	Task *platform.Task
	Port string
}

// Names is a list of patterns of which one is enough. No patterns take every name.
type Names []NamePattern

// NamePattern is a pattern for names. They are no paths: what stands for any
// character stands for a slash too.
type NamePattern struct {
	Written string
	flat    string
}

// flat is a name, or a pattern for names, in which nothing cuts.
func flat(name string) string { return strings.ReplaceAll(norm.NFC.String(name), "/", "\x00") }

// Matches reports whether the pattern matches a name.
func (p NamePattern) Matches(name string) bool {
	return p.Written == name || doublestar.MatchUnvalidated(p.flat, flat(name))
}

// Take reports whether one of the patterns takes a name.
func (n Names) Take(name string) bool {
	return len(n) == 0 || slices.ContainsFunc(n, func(p NamePattern) bool { return p.Matches(name) })
}

// Near is a name that one of the patterns may mean, or empty.
func (n Names) Near(names []string) string {
	for _, p := range n {
		for _, name := range names {
			if (NamePattern{flat: flat(strings.ToLower(p.Written))}).Matches(strings.ToLower(name)) {
				return name
			}
		}
		if near := schema.Nearest(p.Written, names); near != "" {
			return near
		}
	}
	return ""
}

// withRevision is an ID or pattern that ends in a revision.
var withRevision = regexp.MustCompile(`/[0-9]+$`)

// AppID is the ID of the app without its revision.
func AppID(app string) string { return withRevision.ReplaceAllString(app, "") }

// AppName is what the app is called in its project.
func AppName(app string) string {
	id := AppID(app)
	return id[strings.LastIndexByte(id, '/')+1:]
}

// TakesApp reports whether one of the patterns takes the app with an ID that ends
// in its revision.
func (n Names) TakesApp(app string) bool {
	return len(n) == 0 || slices.ContainsFunc(n, func(p NamePattern) bool {
		switch {
		case withRevision.MatchString(p.Written):
			return p.Matches(app)
		case strings.Contains(p.Written, "/"):
			return p.Matches(AppID(app))
		}
		return p.Matches(AppName(app))
	})
}

// NearApp is an app that one of the patterns may mean, or empty. The apps are
// without revisions.
func (n Names) NearApp(apps []string) string {
	short := make([]string, len(apps))
	for i, app := range apps {
		short[i] = AppName(app)
	}
	var names Names // the last part of each pattern, for the first are seldom wrong
	for _, p := range n {
		id := AppID(p.Written)
		name := id[strings.LastIndexByte(id, '/')+1:]
		names = append(names, NamePattern{name, flat(name)})
	}
	if near := names.Near(short); near != "" {
		return apps[slices.Index(short, near)]
	}
	return ""
}

// Select are those of a list of tasks that the rule takes the outputs of, in the
// order in which they have ended. Spans of time are counted back from now.
func (t *Tasks) Select(list []platform.Task, now time.Time) []*platform.Task {
	var selected []*platform.Task
	for i := range list {
		if task := &list[i]; t.takes(task, now) {
			selected = append(selected, task)
		}
	}
	slices.SortFunc(selected, func(a, b *platform.Task) int {
		return cmp.Or(a.EndedOn.Compare(b.EndedOn), strings.Compare(a.ID, b.ID))
	})
	if t.Latest {
		selected = latest(selected)
	}
	return selected
}

func (t *Tasks) takes(task *platform.Task, now time.Time) bool {
	ended := task.EndedOn
	switch {
	case task.Batch, !slices.Contains(t.Status, task.Status), !t.App.TakesApp(task.App), !t.Name.Take(task.Name),
		t.OlderThan != nil && (ended.IsZero() || !ended.Before(t.OlderThan.time(now))),
		t.NewerThan != nil && (ended.IsZero() || !ended.After(t.NewerThan.time(now))):
		return false
	}
	return true
}

// latest keeps of the tasks of one name and app in a project only the last. Children of a batch that
// have different parts of its input are different tasks, whatever their names are.
func latest(ended []*platform.Task) []*platform.Task {
	later := map[string]map[string]bool{} // the groups of later tasks, by name and app
	for i, task := range slices.Backward(ended) {
		key, group := task.Project+"\x00"+task.Name+"\x00"+AppID(task.App), ""
		if task.Group != nil {
			group = fmt.Sprintf("%q", task.Group) // maps are printed in the order of their keys
		}
		groups := later[key]
		if groups == nil {
			groups = map[string]bool{}
			later[key] = groups
		}
		if groups[""] || groups[group] || group == "" && len(groups) > 0 {
			ended[i] = nil
			continue
		}
		groups[group] = true
	}
	return slices.DeleteFunc(ended, func(task *platform.Task) bool { return task == nil })
}

// tasks are the tasks of a rule, or nil.
func (b *builder) tasks(rule *yaml.Node) *Tasks {
	n := child(rule, "tasks")
	if n == nil {
		return nil
	}
	t := &Tasks{
		App:       b.patternsForNames(textsAt(n, "app")),
		Name:      b.patternsForNames(textsAt(n, "name")),
		Status:    texts(textsAt(n, "status")),
		OlderThan: b.moment(n, "older_than"),
		NewerThan: b.moment(n, "newer_than"),
		Latest:    valueAt(n, "latest", false),
		Outputs:   b.patternsForNames(slices.Concat(textsAt(rule, "outputs"), textsAt(n, "outputs"))),
	}
	if len(t.Status) == 0 {
		t.Status = []string{platform.TaskCompleted}
	}
	b.neverBoth(n, t.OlderThan, t.NewerThan, "task")
	return t
}

// patternsForNames are the patterns for names that nodes hold.
func (b *builder) patternsForNames(nodes []*yaml.Node) (list Names) {
	for _, n := range nodes {
		switch {
		case b.wrong[n]:
		case !doublestar.ValidatePattern(n.Value):
			b.at(n, fmt.Sprintf("the pattern %s is not complete", schema.Quote(n.Value)), `close every [ and {, and write \[ or \{ for the character itself`)
		case alternatives(n.Value) > maxAlternatives:
			b.at(n, fmt.Sprintf("the pattern %s stands for too many alternatives", schema.Quote(n.Value)), "write fewer {a,b}, or several patterns")
		default:
			list = append(list, NamePattern{n.Value, flat(n.Value)})
		}
	}
	return list
}

// value is what a placeholder of tasks stands for, as part.value has it.
func (o *Output) value(p *part) (value, why string, ambiguous bool) {
	if o == nil {
		return "", "the file did not come out of a task", false
	}
	switch p.name {
	case "task.name":
		value, why = o.Task.Name, "the task has no name"
	case "task.app":
		value, why = AppName(o.Task.App), "the platform does not say which app the task ran"
	case "output":
		value, why = o.Port, "the output has no ID"
	case "task.batch":
		value, why = cmp.Or(o.Task.Group[p.key], o.Task.Group[metadataPrefix+p.key]), fmt.Sprintf("the task is no child of a batch that is split by %q", p.key)
	}
	if value != "" {
		why = ""
	}
	return value, why, false
}
