package starter

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"sbexport/internal/platform"
	"sbexport/internal/state"
	"sbexport/plan"
)

// File is a file of the project.
type File struct {
	*platform.File
	Path             string
	Volume, Location string // of an alias; empty for every other file
}

// Rule is a rule of the plan. One of Match and Files is set.
type Rule struct {
	Name, Volume   string
	Match, Exclude []string // patterns
	Where          Condition
	Files          []string // IDs
	To             string   // a template
	Takes          int      // files
}

// Leftover is an alias that no rule can or should bring to where it is.
type Leftover struct {
	File
	Message string // a sentence
}

// Plan wants aliases of a project just where they are, and no other file. Its
// entries are the record that goes with it.
type Plan struct {
	Project  string
	Rules    []Rule        // sorted by volume and template
	Leftover []Leftover    // sorted by path
	Entries  []state.Entry // in the order of the files

	files []File
	left  map[string]bool // IDs of Leftover
}

// handful is how many rules for hardly any files may be written.
const handful = 20

// Infer makes the plan of a project, of which list are all files that are in it. The
// plan never selects more than what is there: a rule has patterns and conditions where
// every file that they select is an alias that the rule's template brings to its
// place, and else IDs. Templates that explain much are taken first. Where many explain
// little each, their files are left out: nobody reads a plan of a rule a file.
func Infer(project string, list []File) *Plan {
	slices.SortFunc(list, func(a, b File) int { return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.ID, b.ID)) })
	s := &Plan{Project: project, files: list, left: map[string]bool{}}
	groups := groupsOf(list, s.wanted())
	var kept []group
	for _, g := range groups {
		// How many groups are as large, or more than half as large: they are sorted.
		n := firstOf(groups, len(g.files)/2) - firstOf(groups, len(g.files))
		if n <= max(handful, len(g.files)) {
			kept = append(kept, g)
			continue
		}
		for _, f := range g.files {
			s.leave(&list[f], fmt.Sprintf("it would take %d rules to have files like this one where they are", n))
		}
	}
	p := patternsOf(list)
	for _, g := range kept {
		g.explained = only(g.explained, func(f int) bool { return !s.left[list[f].ID] })
		s.addRules(p, g)
	}
	s.name()
	slices.SortFunc(s.Leftover, func(a, b Leftover) int { return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.ID, b.ID)) })
	return s
}

// firstOf is where the groups of at most a size begin.
func firstOf(groups []group, size int) int {
	return sort.Search(len(groups), func(i int) bool { return len(groups[i].files) <= size })
}

func (s *Plan) leave(f *File, message string) {
	s.Leftover = append(s.Leftover, Leftover{*f, message})
	s.left[f.ID] = true
}

// wanted are the aliases at places that a rule can name. A plan brings one file to
// one place.
func (s *Plan) wanted() (list []int) {
	at := map[platform.Place]*File{}
	for i := range s.files {
		f := &s.files[i]
		place := platform.Place{Volume: f.Volume, Location: f.Location}
		switch why := plan.Unusable(f.Location); {
		case f.Volume == "":
		case why != "":
			s.leave(f, fmt.Sprintf("no rule can have it there: location %q cannot be used: %s", f.Location, why))
		case at[place] != nil:
			s.leave(f, fmt.Sprintf("%s is at the same place, and a plan brings one file to it", at[place].Path))
		default:
			at[place] = f
			list = append(list, i)
		}
	}
	return list
}

// addRules adds the rules that want the files of a group where they are.
func (s *Plan) addRules(p *patterns, g group) {
	left := g.files
	add := func(r Rule, still []int) {
		r.Volume, r.To, r.Takes = g.volume, g.to, len(left)-len(still)
		s.Rules, left = append(s.Rules, r), still
	}
	if len(left) >= minPattern {
		sel := p.selection(s.files, g.files, g.explained)
		if match, exclude := sel.byPatterns(); len(match) > 0 {
			add(Rule{Match: match, Exclude: exclude}, sel.open)
		}
		for match, where, ok := sel.byCondition(); ok; match, where, ok = sel.byCondition() {
			add(Rule{Match: []string{match}, Where: where}, sel.open)
		}
	}
	if len(left) > 0 {
		ids := make([]string, len(left))
		for i, f := range left {
			ids[i] = s.files[f].ID
		}
		add(Rule{Files: ids}, nil)
	}
}

// name puts the rules in order, and gives each a name made from the folder that it
// brings files to, or its volume's.
func (s *Plan) name() {
	slices.SortStableFunc(s.Rules, func(a, b Rule) int {
		return cmp.Or(strings.Compare(a.Volume, b.Volume), strings.Compare(a.To, b.To))
	})
	used := map[string]bool{}
	for i := range s.Rules {
		r := &s.Rules[i]
		base, _, inFolder := strings.Cut(r.To, "/")
		if base = strings.TrimSpace(base); !inFolder || base == "" || len(base) > 100 || strings.Contains(base, "{") {
			base = r.Volume[strings.LastIndexByte(r.Volume, '/')+1:]
		}
		r.Name = base
		for n := 2; used[r.Name]; n++ {
			r.Name = fmt.Sprintf("%s-%d", base, n)
		}
		used[r.Name] = true
	}
}

// Record makes the entries: what the plan as it was written wants of the project's
// files. It is an error if that is not what is there.
func (s *Plan) Record(p *plan.Plan, now time.Time) error {
	named := map[string]int{}
	for i, r := range slices.Backward(p.Rules) {
		for _, id := range r.Files {
			named[id] = i
		}
	}
	for i := range s.files {
		f := &s.files[i]
		at := plan.PathOf(f.Path)
		first := slices.IndexFunc(p.Rules, func(r *plan.Rule) bool {
			n, byID := named[f.ID]
			return byID && n == r.Index || r.Paths().Match(at) && !r.Paths().Exclude(at, nil) && r.Accepts(f.File, now)
		})
		wanted := f.Volume != "" && !s.left[f.ID]
		if first < 0 && !wanted {
			continue
		}
		if first < 0 || !wanted {
			return fmt.Errorf("the plan selects file %q: %v, and should not", f.Path, first >= 0)
		}
		r := p.Rules[first]
		location, _, _ := r.To.Location(plan.Values{File: f.File, Path: f.Path, Rule: r.Name})
		if location != f.Location || r.Volume != f.Volume {
			return fmt.Errorf("the plan wants file %q at %s:%s, and it is at %s:%s", f.Path, r.Volume, location, f.Volume, f.Location)
		}
		s.Entries = append(s.Entries, state.Entry{
			File: f.ID, Project: s.Project, Path: f.Path, Size: f.Size, Volume: f.Volume, Location: f.Location,
			State: platform.Completed, Rule: r.Name,
		})
	}
	return nil
}

// Credit notes which of a user's jobs brought the files to where they are, as far
// as these jobs tell.
func (s *Plan) Credit(jobs []platform.Export) {
	done := make(map[string][]platform.Export, len(jobs))
	for _, job := range jobs {
		if job.State == platform.Completed {
			done[job.File] = append(done[job.File], job)
		}
	}
	for i := range s.Entries {
		e := &s.Entries[i]
		for _, job := range done[e.File] {
			latest := e.ExportID == "" || !job.FinishedOn.Before(e.FinishedOn)
			if latest && job.Volume == e.Volume && job.Location == e.Location {
				e.ExportID, e.StartedOn, e.FinishedOn = job.ID, job.StartedOn, job.FinishedOn
			}
		}
	}
}
