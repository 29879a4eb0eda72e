package starter

import (
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"sbexport/plan"
)

// mapping is a way of bringing files to a volume.
type mapping struct{ volume, to string }

// fits are the mappings that bring each of some files to its place, the
// preferred one first.
type fits struct {
	known    bool // false as long as there is no file: every mapping fits none
	mappings []int32
}

// and is what fits two sets of files.
func (f fits) and(g fits) fits {
	switch {
	case !f.known:
		return g
	case !g.known:
		return f
	}
	both := fits{known: true}
	for _, m := range f.mappings {
		if slices.Contains(g.mappings, m) {
			both.mappings = append(both.mappings, m)
		}
	}
	return both
}

// one is the preferred mapping.
func (f fits) one() (int32, bool) {
	if len(f.mappings) == 0 {
		return 0, false
	}
	return f.mappings[0], true
}

// mappingsOf are the mappings that files may share and that bring this one to
// its place: by its whole path, or by its name.
func (p *inference) mappingsOf(f *File) []int32 {
	var found []int32
	for _, form := range [...]struct{ tail, placeholder string }{
		{f.Path, "{path}"},
		{path.Base(f.Path), "{name}"},
	} {
		head, ok := strings.CutSuffix(f.Location, form.tail)
		if ok && (head == "" || strings.HasSuffix(head, "/")) {
			found = append(found, p.add(mapping{f.Volume, escaped(head) + form.placeholder}))
		}
	}
	return found
}

func (p *inference) add(m mapping) int32 {
	i, known := p.index[m]
	if !known {
		i = int32(len(p.mappings))
		p.index[m] = i
		p.mappings = append(p.mappings, m)
	}
	return i
}

// braces doubles the characters that mean something in a template.
var braces = strings.NewReplacer("{", "{{", "}", "}}")

// escaped is literal text as a template has it.
func escaped(text string) string { return braces.Replace(text) }

// compressed are the endings that follow the one that says what a file is.
var compressed = []string{".gz", ".bz2", ".zst", ".xz"}

// class is the ending that a file shares with others of its kind (".bam",
// ".vcf.gz"), or empty. No file of one class has a name that ends in another, so
// that the pattern of "*" and a class matches only files of that class.
func class(filePath string) string {
	name := path.Base(filePath)
	ending := path.Ext(name)
	if slices.Contains(compressed, ending) {
		inner := path.Ext(strings.TrimSuffix(name, ending))
		if !plainEnding(inner) {
			return ""
		}
		return inner + ending
	}
	if !plainEnding(ending) {
		return ""
	}
	return ending
}

// plainEnding reports whether an ending is a dot with letters and digits, and so
// means itself in a pattern.
func plainEnding(ending string) bool {
	if len(ending) < 2 || len(ending) > 20 {
		return false
	}
	for _, c := range []byte(ending[1:]) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

// dir is a folder of the project.
type dir struct {
	path   string // empty for the root
	dirs   map[string]*dir
	files  []int32
	shadow bool // a file beside it has its name
}

// tree sorts the files into folders. Folders whose names differ only in their
// form of Unicode are one here, as they are to patterns.
func (p *inference) tree() *dir {
	root := &dir{}
	for i := range p.files {
		d, rest := root, string(plan.PathOf(p.files[i].Path))
		for {
			name, below, inside := strings.Cut(rest, "/")
			if !inside {
				break
			}
			d, rest = d.below(name), below
		}
		d.files = append(d.files, int32(i))
	}
	for i := range p.files {
		root.overshadow(string(plan.PathOf(p.files[i].Path)))
	}
	return root
}

func (d *dir) below(name string) *dir {
	sub := d.dirs[name]
	if sub == nil {
		if d.dirs == nil {
			d.dirs = map[string]*dir{}
		}
		sub = &dir{path: strings.TrimPrefix(d.path+"/"+name, "/")}
		d.dirs[name] = sub
	}
	return sub
}

// overshadow marks the folder that has the path of a file: "a/**" would match
// the file "a" as well.
func (d *dir) overshadow(file string) {
	for name := range strings.SplitSeq(file, "/") {
		if d = d.dirs[name]; d == nil {
			return
		}
	}
	d.shadow = true
}

// within appends the files in a folder and below it.
func (d *dir) within(files []int32) []int32 {
	files = append(files, d.files...)
	for _, sub := range d.dirs {
		files = sub.within(files)
	}
	return files
}

// common is what fits all of some files.
func (p *inference) common(files []int32) (all fits) {
	for _, i := range files {
		all = all.and(p.fits[i])
	}
	return all
}

// cover finds rules for the files in a folder and below it: one pattern for all
// of them if that can be, or else for the folder's own, and the same again for
// the folders in it.
func (p *inference) cover(d *dir) {
	p.coverWith(d, p.summaries(d))
}

// summary is how many files are in a folder and below it, and what fits them.
type summary struct {
	files int
	all   fits
}

// summaries sums up every folder once, so that deep trees are not walked again
// and again.
func (p *inference) summaries(d *dir) map[*dir]summary {
	sums := map[*dir]summary{}
	var sum func(*dir) summary
	sum = func(d *dir) summary {
		s := summary{len(d.files), p.common(d.files)}
		for _, sub := range d.dirs {
			below := sum(sub)
			s.files += below.files
			s.all = s.all.and(below.all)
		}
		sums[d] = s
		return s
	}
	sum(d)
	return sums
}

func (p *inference) coverWith(d *dir, sums map[*dir]summary) {
	s := sums[d]
	base, writable := d.base()
	if m, uniform := s.all.one(); uniform && writable && !d.shadow && s.files >= minPattern {
		p.pattern(m, base+"**", d.within(nil))
		return
	}
	if m, uniform := p.common(d.files).one(); uniform && writable && len(d.files) >= minPattern {
		p.pattern(m, base+"*", d.files)
	} else {
		p.byClass(base, writable, d.files)
	}
	for _, name := range slices.Sorted(maps.Keys(d.dirs)) {
		p.coverWith(d.dirs[name], sums)
	}
}

// base is what patterns for a folder begin with. A path with characters that
// mean something in a pattern, or that is not text, is better not written.
func (d *dir) base() (base string, writable bool) {
	const longest = 4000 // a pattern may have 4096 characters
	if d.path == "" {
		return "", true
	}
	return d.path + "/", len(d.path) <= longest && utf8.ValidString(d.path) && !strings.ContainsAny(d.path, `*?[]{}\`)
}

// byClass finds rules for the files of one folder by their endings, and names
// the rest.
func (p *inference) byClass(base string, writable bool, files []int32) {
	classes := map[string][]int32{}
	for _, i := range files {
		c := class(p.files[i].Path)
		classes[c] = append(classes[c], i)
	}
	for _, c := range slices.Sorted(maps.Keys(classes)) {
		members := classes[c]
		if m, uniform := p.classes[c].one(); c != "" && uniform && p.counts[c] >= minPattern {
			p.pattern(m, "**/*"+c, members)
			continue
		}
		if m, uniform := p.common(members).one(); c != "" && uniform && writable && len(members) >= minPattern {
			p.pattern(m, base+"*"+c, members)
			continue
		}
		p.named(members)
	}
}
