package audit

import (
	"path"
	"slices"
	"strings"
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
func (p *proposal) mappingsOf(f *Scanned) []int32 {
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

func (p *proposal) add(m mapping) int32 {
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

// compressed are the endings that stand behind the one that says what a file is.
var compressed = []string{".gz", ".bz2", ".zst", ".xz"}

// class is the ending that a file shares with others of its kind (".bam",
// ".vcf.gz"), or empty. A name ends in a class exactly if the class is its own,
// so that the pattern "*" and class matches no file of another.
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
