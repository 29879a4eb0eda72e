package starter

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sbexport/internal/platform"
	"sbexport/internal/state"
	"sbexport/plan"
)

// File is a file of the project.
type File struct {
	ID, Path         string
	Size             int64
	Volume, Location string // of an alias; empty for every other file
}

// Rule is a rule of the plan. One of Match and Files is set.
type Rule struct {
	Name, Volume string
	Match        []string // patterns
	Files        []string // IDs
	To           string   // a template
}

// Leftover is an alias that no rule can bring to where it is.
type Leftover struct {
	File
	Message string // a sentence
}

// Plan wants the aliases of a project just where they are, and no other file. Its
// entries are the record that goes with it.
type Plan struct {
	Project  string
	Rules    []Rule        // sorted by volume and template
	Entries  []state.Entry // in the order of the files
	Leftover []Leftover
}

// minPattern is how many files it takes for a pattern to be written rather than
// their IDs: a pattern also takes files that come later, and one file alone does
// not show that this is meant.
const minPattern = 2

// Infer makes the plan of a project, of which files are all that is in it.
// It writes a pattern only where every file that it matches is an alias that the
// rule's template brings to its place, so that the plan never wants more than
// what is there; the rest is named by IDs.
func Infer(project string, files []File) *Plan {
	slices.SortFunc(files, func(a, b File) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.ID, b.ID))
	})
	p := newInference(files)
	p.cover(p.tree())
	return p.plan(project)
}

// inference is one call of Infer.
type inference struct {
	files    []File
	mappings []mapping
	index    map[mapping]int32
	fits     []fits  // by file
	chosen   []int32 // by file: its mapping; -1 for none
	classes  map[string]fits
	counts   map[string]int // files of a class

	match   map[int32][]string // patterns by mapping
	ids     map[int32][]string // files by mapping
	written map[rule]struct{}  // patterns that are in match
	left    []Leftover
}

// rule is a pattern of a mapping.
type rule struct {
	mapping int32
	pattern string
}

func newInference(files []File) *inference {
	p := &inference{
		files: files, index: map[mapping]int32{}, fits: make([]fits, len(files)), chosen: make([]int32, len(files)),
		classes: map[string]fits{}, counts: map[string]int{},
		match: map[int32][]string{}, ids: map[int32][]string{}, written: map[rule]struct{}{},
	}
	for i := range files {
		f := &files[i]
		p.chosen[i] = -1
		p.fits[i] = fits{known: true}
		if f.Volume != "" {
			if why := plan.Unusable(f.Location); why != "" {
				p.left = append(p.left, Leftover{*f, fmt.Sprintf("no rule can have it there: location %q cannot be used: %s", f.Location, why)})
			} else {
				p.fits[i].mappings = p.mappingsOf(f)
			}
		}
		if c := class(f.Path); c != "" {
			p.classes[c] = p.classes[c].and(p.fits[i])
			p.counts[c]++
		}
	}
	return p
}

// pattern has a mapping's rule match a pattern.
func (p *inference) pattern(m int32, pattern string, files []int32) {
	for _, i := range files {
		p.chosen[i] = m
	}
	if _, before := p.written[rule{m, pattern}]; before {
		return
	}
	p.written[rule{m, pattern}] = struct{}{}
	p.match[m] = append(p.match[m], pattern)
}

// named has rules name files by their IDs.
func (p *inference) named(files []int32) {
	for _, i := range files {
		f := &p.files[i]
		if f.Volume == "" || plan.Unusable(f.Location) != "" {
			continue
		}
		m := p.add(mapping{f.Volume, escaped(f.Location)})
		if len(p.fits[i].mappings) > 0 {
			m = p.fits[i].mappings[0]
		}
		p.chosen[i] = m
		p.ids[m] = append(p.ids[m], f.ID)
	}
}

// plan makes the answer.
func (p *inference) plan(project string) *Plan {
	s := &Plan{Project: project, Leftover: p.left}
	order := make([]int32, len(p.mappings))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		x, y := p.mappings[a], p.mappings[b]
		return cmp.Or(strings.Compare(x.volume, y.volume), strings.Compare(x.to, y.to))
	})
	names := make([][2]string, len(p.mappings)) // of the rules by patterns and by IDs
	used := map[string]int{}
	for _, m := range order {
		of := p.mappings[m]
		if patterns := p.match[m]; len(patterns) > 0 {
			names[m][0] = ruleName(of.volume, used)
			s.Rules = append(s.Rules, Rule{Name: names[m][0], Volume: of.volume, Match: patterns, To: of.to})
		}
		if ids := p.ids[m]; len(ids) > 0 {
			names[m][1] = ruleName(of.volume, used)
			s.Rules = append(s.Rules, Rule{Name: names[m][1], Volume: of.volume, Files: ids, To: of.to})
		}
	}
	byID := map[string]bool{}
	for _, ids := range p.ids {
		for _, id := range ids {
			byID[id] = true
		}
	}
	for i := range p.files {
		f, m := &p.files[i], p.chosen[i]
		if m < 0 {
			continue
		}
		name := names[m][0]
		if byID[f.ID] {
			name = names[m][1]
		}
		s.Entries = append(s.Entries, state.Entry{
			File: f.ID, Project: project, Path: f.Path, Size: f.Size, Volume: f.Volume, Location: f.Location,
			State: platform.Completed, Rule: name,
		})
	}
	return s
}

// ruleName is a name that no rule has yet, made from the volume's.
func ruleName(volume string, used map[string]int) string {
	base := volume[strings.LastIndexByte(volume, '/')+1:]
	used[base]++
	return fmt.Sprintf("%s-%d", base, used[base])
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
