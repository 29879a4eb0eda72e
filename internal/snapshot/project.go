package snapshot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/sourcegraph/conc/pool"

	"sbexport/internal/platform"
)

// What a seed takes, in bytes.
const (
	maxName = 255
	maxPath = 4096
)

// project writes a project.
func (s *snapshot) project(p *platform.Project, all *found, tasks []platform.Task) error {
	id, err := s.owned("project", p.ID)
	if err != nil {
		return err
	}
	s.summary.Projects++
	s.line("  - id: ", flow(id))
	hosting := hostingOf(all)
	s.line("    location: ", flow(cmp.Or(p.Location, hosting)))
	if len(p.Tags) > 0 {
		s.line("    tags: ", flow(mapped(p.Tags, s.o.Disguise.value)))
	}
	w := &projectWriter{snapshot: s, archive: hosting != "", paths: map[string]string{}, folders: map[string]string{}, secondary: map[string][]string{}, named: map[string]bool{}}
	folders := w.place(all)
	if len(folders) > 0 {
		s.line("    files:")
	}
	for _, f := range folders {
		w.folder(f)
	}
	w.tasks(tasks)
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
	paths   map[string]string // of files, by ID
	folders map[string]string // paths of folders, by ID
	// secondary are the IDs of files' secondary files, by the files' IDs.
	secondary map[string][]string
	named     map[string]bool // paths that are taken
}

// place finds out what everything is called, and leaves out what cannot be in a
// seed. It returns the folders in the order of their paths in the seed. That of
// every file is needed before the first is written: secondary files are named by
// their paths, wherever they are.
func (w *projectWriter) place(all *found) (folders []*folder) {
	dropped := map[string]bool{} // folders by their real paths
	for _, f := range all.folders {
		if parent, _ := cutLast(f.path); f.path != "" {
			path := w.o.Disguise.path(f.path)
			if dropped[parent] || !w.takes(path) {
				dropped[f.path] = true
				continue
			}
			f.path = path
			w.folders[f.self.ID] = path
		}
		folders = append(folders, f)
		f.files = slices.DeleteFunc(f.files, func(file platform.File) bool {
			path := join(f.path, w.o.Disguise.name(file.Name))
			if w.takes(path) {
				w.paths[file.ID] = path
				for _, other := range file.Secondary {
					w.secondary[file.ID] = append(w.secondary[file.ID], other.ID)
				}
				return false
			}
			return true
		})
		slices.SortFunc(f.files, func(a, b platform.File) int { return strings.Compare(w.paths[a.ID], w.paths[b.ID]) })
	}
	slices.SortFunc(folders, func(a, b *folder) int { return strings.Compare(a.path, b.path) })
	return folders
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
func (w *projectWriter) folder(f *folder) {
	indent := "      "
	if f.path != "" {
		w.summary.Folders++
		w.line(indent, "- folder: ", flow(f.path))
		indent += "  "
		if id := w.id(f.self.ID); id != "" {
			w.line(indent, "id: ", flow(id))
		}
		if made := moment(f.self.CreatedOn); made != "" {
			w.line(indent, "created_on: ", flow(made))
		}
		if len(f.files) > 0 {
			w.line(indent, "files:")
			indent += "  "
		}
	}
	for i := range f.files {
		w.file(indent, &f.files[i])
	}
}

// maxDepth is how deep folders may be nested; more is a platform that leads
// round in circles.
const maxDepth = 500

// foldersAtOnce is how many folders are listed at once.
const foldersAtOnce = 4

// found is a project's files and folders.
type found struct {
	mu      sync.Mutex
	folders []*folder // the root, whose path is empty, first
	byID    map[string]bool
	files   int
}

// folder is a folder with the files directly in it.
type folder struct {
	path string
	self platform.File // of the root: nothing
	// What it holds. Only one listing adds to it, a page at a time.
	files []platform.File
}

// walk lists a project level by level, several folders at a time.
func (s *snapshot) walk(ctx context.Context, project string) (*found, error) {
	all := &found{folders: []*folder{{}}, byID: map[string]bool{}}
	level := all.folders
	for depth := 0; len(level) > 0; depth++ {
		if depth > maxDepth {
			return nil, fmt.Errorf("listing project %q: its folders are nested more than %d deep", project, maxDepth)
		}
		below := make([][]*folder, len(level))
		p := pool.New().WithContext(ctx).WithMaxGoroutines(foldersAtOnce).WithCancelOnError().WithFirstError()
		for i, f := range level {
			p.Go(func(ctx context.Context) (err error) {
				if err := ctx.Err(); err != nil {
					return err
				}
				below[i], err = s.list(ctx, project, f, all)
				return err
			})
		}
		if err := p.Wait(); err != nil {
			return nil, err
		}
		level = nil
		for _, folders := range below {
			level = append(level, folders...)
		}
		all.folders = append(all.folders, level...)
	}
	return all, nil
}

// list reads one folder and returns the folders in it.
func (s *snapshot) list(ctx context.Context, project string, f *folder, all *found) (below []*folder, err error) {
	err = s.src.Folder(ctx, project, f.self.ID, func(page []platform.File) error {
		all.mu.Lock()
		defer all.mu.Unlock()
		for i := range page {
			file := page[i]
			if all.byID[file.ID] {
				continue // a page may come again, and a folder must not lead back to itself
			}
			all.byID[file.ID] = true
			if !file.Folder {
				f.files = append(f.files, file)
				all.files++
				continue
			}
			below = append(below, &folder{path: join(f.path, file.Name), self: file})
		}
		if s.o.Progress != nil {
			s.o.Progress(s.summary.Files+all.files, s.summary.Folders+len(all.folders)-1)
		}
		return nil
	})
	return below, err
}

func join(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}
