package starter

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

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

// mapping is a way of bringing files to a volume.
type mapping struct{ volume, to string }

// file is a file for which a rule is looked for.
type file struct {
	*File
	seenAt string    // its path as patterns see it
	wanted bool      // it is an alias at a place that a rule can name
	fits   []mapping // the mappings that others may share with it, the preferred one first
	rule   *Rule     // that takes it
}

// inference is one call of Infer.
type inference struct {
	paths   map[string]bool    // of all files
	classes map[string]mapping // what fits all files of a class
	rules   map[target]*Rule
}

// target is what has a rule: a mapping with patterns or with IDs.
type target struct {
	mapping
	byID bool
}

// Infer makes the plan of a project, of which list are all files that are in it.
// It writes a pattern only where every file that it matches is an alias that the
// rule's template brings to its place, so that the plan never wants more than
// what is there; the rest is named by IDs.
func Infer(project string, list []File) *Plan {
	slices.SortFunc(list, func(a, b File) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.ID, b.ID))
	})
	p := &inference{paths: map[string]bool{}, classes: map[string]mapping{}, rules: map[target]*Rule{}}
	s := &Plan{Project: project}
	files, classes := make([]*file, len(list)), map[string][]*file{}
	for i := range list {
		f := &file{File: &list[i], seenAt: string(plan.PathOf(list[i].Path))}
		files[i], p.paths[f.seenAt] = f, true
		if f.Volume != "" {
			if why := plan.Unusable(f.Location); why != "" {
				s.Leftover = append(s.Leftover, Leftover{*f.File, fmt.Sprintf("no rule can have it there: location %q cannot be used: %s", f.Location, why)})
			} else {
				f.wanted, f.fits = true, mappingsOf(f.File)
			}
		}
		if c := class(f.Path); c != "" {
			classes[c] = append(classes[c], f)
		}
	}
	for c, members := range classes {
		if m, uniform := common(members); uniform {
			p.classes[c] = m
		}
	}
	p.cover("", files)
	p.name(s)
	for _, f := range files {
		if f.rule != nil {
			s.Entries = append(s.Entries, state.Entry{
				File: f.ID, Project: project, Path: f.Path, Size: f.Size, Volume: f.Volume, Location: f.Location,
				State: platform.Completed, Rule: f.rule.Name,
			})
		}
	}
	return s
}

// mappingsOf are the mappings that files may share and that bring this one to
// its place: by its whole path, or by its name.
func mappingsOf(f *File) (fits []mapping) {
	for _, form := range [...]struct{ tail, placeholder string }{
		{f.Path, "{path}"},
		{path.Base(f.Path), "{name}"},
	} {
		head, ok := strings.CutSuffix(f.Location, form.tail)
		if ok && (head == "" || strings.HasSuffix(head, "/")) {
			fits = append(fits, mapping{f.Volume, escaped(head) + form.placeholder})
		}
	}
	return fits
}

// braces doubles the characters that mean something in a template.
var braces = strings.NewReplacer("{", "{{", "}", "}}")

// escaped is literal text as a template has it.
func escaped(text string) string { return braces.Replace(text) }

// common is the preferred mapping of those that fit all of some files. Fewer than
// a pattern takes have none.
func common(files []*file) (m mapping, uniform bool) {
	if len(files) < minPattern {
		return mapping{}, false
	}
	for _, m := range files[0].fits {
		if !slices.ContainsFunc(files, func(f *file) bool { return !slices.Contains(f.fits, m) }) {
			return m, true
		}
	}
	return mapping{}, false
}

// cover finds rules for the files in a folder and below it: one pattern for all
// of them if that can be, or else for the folder's own, and the same again for
// the folders in it. Folders whose names differ only in their form of Unicode are
// one here, as they are to patterns.
func (p *inference) cover(folder string, files []*file) {
	base := folder + "/"
	if folder == "" {
		base = ""
	}
	writable := writable(folder)
	// Where a file has the path of the folder, "a/**" would match the file "a" too.
	if m, uniform := common(files); uniform && writable && !p.paths[folder] {
		p.pattern(m, base+"**", files)
		return
	}
	var own []*file
	below := map[string][]*file{}
	for _, f := range files {
		name, _, inside := strings.Cut(f.seenAt[len(base):], "/")
		if inside {
			below[name] = append(below[name], f)
		} else {
			own = append(own, f)
		}
	}
	if m, uniform := common(own); uniform && writable {
		p.pattern(m, base+"*", own)
	} else {
		p.byClass(base, writable, own)
	}
	for _, name := range slices.Sorted(maps.Keys(below)) {
		p.cover(base+name, below[name])
	}
}

// writable reports whether patterns can begin with a folder's path. One with
// characters that mean something in a pattern, or that is not text, is better
// not written.
func writable(folder string) bool {
	const longest = 4000 // a pattern may have 4096 characters
	return len(folder) <= longest && utf8.ValidString(folder) && !strings.ContainsAny(folder, `*?[]{}\`)
}

// byClass finds rules for the files of one folder by their endings, and names
// the rest.
func (p *inference) byClass(base string, writable bool, files []*file) {
	classes := map[string][]*file{}
	for _, f := range files {
		c := class(f.Path)
		classes[c] = append(classes[c], f)
	}
	for _, c := range slices.Sorted(maps.Keys(classes)) {
		members := classes[c]
		if m, uniform := p.classes[c]; uniform {
			p.pattern(m, "**/*"+c, members)
		} else if m, uniform := common(members); c != "" && uniform && writable {
			p.pattern(m, base+"*"+c, members)
		} else {
			p.named(members)
		}
	}
}

// compressed are the endings that follow the one that says what a file is.
var compressed = []string{".gz", ".bz2", ".zst", ".xz"}

// class is the ending that a file shares with others of its kind (".bam",
// ".vcf.gz"), or empty. No file of one class has a name that ends in another, so
// that the pattern of "*" and a class matches only files of that class.
func class(filePath string) string {
	name := path.Base(filePath)
	packing := path.Ext(name)
	if !slices.Contains(compressed, packing) {
		packing = ""
	}
	ending := path.Ext(strings.TrimSuffix(name, packing))
	if len(ending) > 20 || !plainEnding.MatchString(ending) {
		return ""
	}
	return ending + packing
}

// plainEnding is an ending that means itself in a pattern.
var plainEnding = regexp.MustCompile(`^\.[A-Za-z0-9_]+$`)

// pattern has a mapping's rule match a pattern.
func (p *inference) pattern(m mapping, pattern string, files []*file) {
	r := p.rule(m, false)
	for _, f := range files {
		f.rule = r
	}
	if !slices.Contains(r.Match, pattern) {
		r.Match = append(r.Match, pattern)
	}
}

// named has rules name files by their IDs.
func (p *inference) named(files []*file) {
	for _, f := range files {
		if !f.wanted {
			continue
		}
		m := mapping{f.Volume, escaped(f.Location)}
		if len(f.fits) > 0 {
			m = f.fits[0]
		}
		f.rule = p.rule(m, true)
		f.rule.Files = append(f.rule.Files, f.ID)
	}
}

// rule is the rule of a mapping.
func (p *inference) rule(m mapping, byID bool) *Rule {
	t := target{m, byID}
	if p.rules[t] == nil {
		p.rules[t] = &Rule{Volume: m.volume, To: m.to}
	}
	return p.rules[t]
}

// name puts the rules in order, and gives each a name made from its volume's.
func (p *inference) name(s *Plan) {
	used := map[string]int{}
	for _, r := range slices.SortedFunc(maps.Values(p.rules), func(a, b *Rule) int {
		return cmp.Or(strings.Compare(a.Volume, b.Volume), strings.Compare(a.To, b.To), len(b.Match)-len(a.Match))
	}) {
		base := r.Volume[strings.LastIndexByte(r.Volume, '/')+1:]
		used[base]++
		r.Name = fmt.Sprintf("%s-%d", base, used[base])
		s.Rules = append(s.Rules, *r)
	}
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
