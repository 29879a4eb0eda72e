package resolve

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/plan"
)

// Source is what resolve needs of the platform.
type Source interface {
	// Project reads one project.
	Project(ctx context.Context, id string) (*platform.Project, error)
	// Projects lists the projects that the user can see. Broken is how many there are
	// that the platform fails to list.
	Projects(ctx context.Context) (all []platform.Project, broken int, err error)
	// Folder lists the direct children of a folder, or of a project's root when
	// folder is empty, each once, and calls yield with a page at a time, never from
	// two goroutines at once, in no promised order.
	Folder(ctx context.Context, project, folder string, yield func([]platform.File) error) error
	// File reads one file or folder.
	File(ctx context.Context, id string) (*platform.File, error)
	// Files reads any number of files; results[i] answers ids[i].
	Files(ctx context.Context, ids []string) ([]platform.FileResult, error)
	// Tasks lists the tasks of a project that have a status.
	Tasks(ctx context.Context, project, status string) ([]platform.Task, error)
	// Outputs tells of tasks, by ID, what they have put out; of one that cannot be
	// read it tells nothing.
	Outputs(ctx context.Context, tasks []*platform.Task) error
}

// Wanted is one file that a rule selects and where it is to go.
type Wanted struct {
	Rule     *plan.Rule
	File     string // ID
	Project  string
	Path     string
	Size     int64
	Modified time.Time
	Storage  platform.Storage
	Public   bool // of the public project

	MaybePublic   bool // see platform.File.MaybePublic
	MaybeArchived bool // see platform.File.MaybeArchived, where other files of the project have a location

	Location string // empty when Blocked says why there is none

	// Blocked is why the file cannot even be compared: Folder, NotFound,
	// Forbidden, MissingValue or BadLocation. Message is the sentence for it. Without a
	// file it is about a whole project that could not be read.
	Blocked change.Reason
	Message string
}

// Place is where the file is wanted.
func (w *Wanted) Place() platform.Place {
	return platform.Place{Volume: w.Rule.Volume, Location: w.Location}
}

// Target is what an action for the file is about.
func (w *Wanted) Target() change.Target {
	return change.Target{File: w.File, Volume: w.Rule.Volume, Location: w.Location}
}

// Result is what the rules of a plan select.
type Result struct {
	Wanted []Wanted // by rule in the plan's order, then by path, project and ID
	// Rivals are the files of rules that were left out. Nothing is done for them,
	// but no other file may take their places, and their copies have to be made
	// before a move.
	Rivals   []Wanted
	Projects map[string]*platform.Project // by ID, and by every spelling the rules use
	Found    []string                     // the IDs of those that patterns have found, in order
	Rules    []change.RuleCount           // of the rules that were asked for, in the plan's order
	Warnings []string
	Selected int // files that are wanted anywhere
	Listed   int // files seen in listings, selected or not
	// Aliases are all aliases that were seen, selected or not. There are none if
	// no rule may replace objects.
	Aliases []Alias
}

// Alias is a file whose bytes are on a volume.
type Alias struct {
	File, Name string
	Storage    platform.Storage
}

// defaultParallel is how many requests are in flight unless Options say
// otherwise: enough to hide the platform's latency, few enough to leave the
// connection to others.
const defaultParallel = 10

// Options change what Run does.
type Options struct {
	// Now is what the durations in a rule's "where" are counted back from.
	Now time.Time
	// Rules are the rules whose files are returned; nil means all. Which rule
	// takes a file is decided among all rules of the plan all the same, so that
	// leaving rules out never makes a file go somewhere else.
	Rules []*plan.Rule
	// Projects are the IDs of the projects whose files are returned; nil means all.
	// The others are not read.
	Projects []string
	// Parallel is how many requests may be in flight; 10 when it is not positive.
	Parallel int
	// Progress is told how far Run is. It is called from one goroutine at a time and
	// may be nil.
	Progress func(Progress)
	// Every is told of every file of the projects: Run lists them whole then, and
	// not only the folders that a rule can have files in. It gets the files of a
	// folder, page by page, and first of each project a page without any. A file
	// that is moved meanwhile may be told of twice. It is called from one goroutine
	// at a time and may be nil.
	Every func(project *platform.Project, folder string, page []platform.File)
}

// Progress is how far the listing is.
type Progress struct {
	Items, Folders int // that were listed; folders that were read to the end
	Projects, Read int // to be listed; that were read to the end
}

// Run works out which files the rules of a plan want and where they are to go.
// A file that cannot be read or has no location is part of the answer, as
// blocked. A project or folder that cannot be read is an error, because then
// nobody knows what is missing from the answer.
//
// The answer does not depend on the order or the pages in which the platform
// lists anything. Rules and their counts are only those of Options.Rules.
func Run(ctx context.Context, src Source, p *plan.Plan, o Options) (*Result, error) {
	if o.Rules != nil && len(o.Rules) == 0 {
		return &Result{}, nil
	}
	if o.Parallel <= 0 {
		o.Parallel = defaultParallel
	}
	r := &resolver{src: src, options: o, index: newRuleIndex(p.Rules, o.Rules), remarks: map[remark]*example{}}
	for _, step := range []func(context.Context) error{r.readProjects, r.readTasks, r.walk, r.readNamed, r.dropUnreadable, r.followSecondary, r.probe} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return r.result(), nil
}

// resolver is one call of Run.
type resolver struct {
	src       Source
	options   Options
	index     *ruleIndex
	projects  []*project // that were read: those that rules name in the plan's order, then those found
	byKey     map[string]*project
	projectOf map[string]*platform.Project // by ID, and by every spelling the rules use
	locator   *locator

	tasks         map[int32]*taskCount // by rule
	paths         map[string]string    // of the folders that were seen, by ID
	outputFolders map[string]bool      // the IDs of folders that tasks have put out

	*collector                       // what all readers together have found
	byID           map[string]*found // every file of collector.kept
	claims         map[string][]claim
	followed       map[int32]bool // rules whose files have secondary files
	remarks        map[remark]*example
	hints          hints
	listed         int // files
	progress       Progress
	giving         sync.Mutex // of unreadable, while projects are read
	unreadable     []unreadable
	visible        int // projects that the user can see
	brokenProjects int // that the platform fails to list
}

// result turns what was found into the answer. It frees the found files on the
// way, so that a million of them are not held twice.
func (r *resolver) result() *Result {
	r.byID, r.locator = nil, nil
	r.blockUnreadable()
	r.sortKept()
	s := r.settleAll()
	res := &Result{Projects: r.projectOf, Warnings: r.warnings(s), Listed: r.listed, Aliases: r.aliases}
	for _, p := range r.projects {
		if p.found {
			res.Found = append(res.Found, p.id)
		}
	}
	next := make([]int, len(r.index.rules))
	total := 0
	for i, rule := range r.index.rules {
		if r.index.wanted[i] {
			next[i] = total
			total += s.selected[i]
			count := change.RuleCount{Rule: rule.Name, Selected: s.selected[i], Shadowed: s.shadowed[i]}
			if t := r.tasks[int32(i)]; t != nil {
				count.Tasks = &change.TaskCount{Matched: t.matched, WithOutputs: t.withOutputs}
			}
			res.Rules = append(res.Rules, count)
		}
	}
	slices.SortFunc(res.Aliases, func(a, b Alias) int { return strings.Compare(a.File, b.File) })
	res.Wanted = make([]Wanted, total)
	for i, f := range r.kept {
		before := len(res.Rivals)
		for _, p := range f.places {
			if !r.index.wanted[p.rule] {
				res.Rivals = append(res.Rivals, r.answer(f, p))
				continue
			}
			res.Wanted[next[p.rule]] = r.answer(f, p)
			next[p.rule]++
		}
		if f.id != "" && len(f.places) > len(res.Rivals)-before {
			res.Selected++
		}
		r.kept[i] = nil
	}
	return res
}

// answer is the answer for one file and one rule.
func (r *resolver) answer(f *found, p place) Wanted {
	rule := r.index.rules[p.rule]
	w := Wanted{
		Rule: rule, File: f.id, Project: f.project, Path: f.path, Size: f.size, Modified: f.modified,
		Public: f.public, MaybePublic: f.maybePublic, Location: p.location,
		MaybeArchived: f.unhosted && r.hosted[projectKey(f.project)],
	}
	if f.project == "" {
		w.Project = rule.Project
	}
	if f.storage != nil {
		w.Storage = *f.storage
	}
	if p.block != nil {
		w.Blocked, w.Message = p.block.Reason, p.block.Message
	}
	return w
}

// sortKept puts the found files in the order of the answer.
func (r *resolver) sortKept() {
	slices.SortFunc(r.kept, byPath)
}
