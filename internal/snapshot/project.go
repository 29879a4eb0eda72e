package snapshot

import (
	"cmp"
	"slices"
	"strings"

	"sbexport/internal/platform"
)

// What a seed takes, in bytes.
const (
	maxName = 255
	maxPath = 4096
)

// project writes a project.
func (s *snapshot) project(p *platform.Project, all *found) error {
	id, err := s.owned("project", p.ID)
	if err != nil {
		return err
	}
	s.summary.Projects++
	s.line("  - id: ", quote(id))
	hosting := hostingOf(all)
	location := cmp.Or(p.Location, hosting)
	s.line("    location: ", quote(location))
	w := &projectWriter{snapshot: s, archive: hosting != "", paths: map[string]string{}, named: map[string]bool{}}
	w.place(all)
	if len(w.placed) == 0 {
		return nil
	}
	s.line("    files:")
	for _, f := range w.placed {
		w.folder(f)
	}
	return nil
}

// hostingOf is the hosting location that a project's files name, if any does.
func hostingOf(all *found) string {
	for _, f := range all.folders {
		for i := range f.files {
			if at := f.files[i].Storage.HostedOn; len(at) > 0 {
				return at[0]
			}
		}
	}
	return ""
}

// projectWriter writes the files of a project.
type projectWriter struct {
	*snapshot
	archive bool              // a file that names no hosting location counts as archived
	placed  []*placed         // folders in the order of their paths
	paths   map[string]string // of files that are secondary to others, by ID
	named   map[string]bool   // paths that are taken
}

// placed is a folder under the name that it has in the seed.
type placed struct {
	path  string
	self  *platform.File // nil for the root
	files []placedFile   // by name
}

type placedFile struct {
	name string
	file *platform.File
}

// place finds out what everything is called, and leaves out what cannot be in a
// seed: secondary files are named by their paths, wherever they are.
func (w *projectWriter) place(all *found) {
	secondary := map[string]bool{}
	for _, f := range all.folders {
		for i := range f.files {
			for _, other := range f.files[i].Secondary {
				secondary[other.ID] = true
			}
		}
	}
	dropped := map[string]bool{} // folders by their real paths
	for _, f := range all.folders {
		parent, _ := cutLast(f.path)
		if f.path != "" && dropped[parent] {
			dropped[f.path] = true
			continue
		}
		at := &placed{path: w.o.Disguise.path(f.path)}
		if f.path != "" {
			at.self = &f.self
			if !w.takes(at.path) {
				dropped[f.path] = true
				continue
			}
		}
		w.placed = append(w.placed, at)
		for i := range f.files {
			w.placeFile(at, &f.files[i], secondary)
		}
		slices.SortFunc(at.files, func(a, b placedFile) int { return strings.Compare(a.name, b.name) })
	}
	slices.SortFunc(w.placed, func(a, b *placed) int { return strings.Compare(a.path, b.path) })
}

// placeFile names a file of a folder.
func (w *projectWriter) placeFile(at *placed, f *platform.File, secondary map[string]bool) {
	name := w.o.Disguise.name(f.Name)
	path := join(at.path, name)
	if !w.takes(path) {
		return
	}
	at.files = append(at.files, placedFile{name, f})
	if secondary[f.ID] {
		w.paths[f.ID] = path
	}
}

// takes reports whether a seed takes the path, and counts it if not.
func (w *projectWriter) takes(path string) bool {
	_, name := cutLast(path)
	switch {
	case name == "", name == ".", name == "..", len(name) > maxName, len(path) > maxPath:
		w.left.names++
		return false
	case w.named[path]:
		w.left.twins++
		return false
	}
	w.named[path] = true
	return true
}

func cutLast(path string) (dir, name string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}

// folder writes a folder with its files. Folders stand side by side, each with
// its whole path, which keeps the lines short however deep they are.
func (w *projectWriter) folder(f *placed) {
	indent := "      "
	if f.self != nil {
		w.summary.Folders++
		w.line(indent, "- folder: ", quote(f.path))
		indent += "  "
		if id := w.id(f.self.ID); id != "" {
			w.line(indent, "id: ", quote(id))
		}
		if !f.self.CreatedOn.IsZero() {
			w.line(indent, "created_on: ", quote(moment(f.self.CreatedOn)))
		}
		if len(f.files) > 0 {
			w.line(indent, "files:")
			indent += "  "
		}
	}
	for _, file := range f.files {
		w.file(indent, file)
	}
}
