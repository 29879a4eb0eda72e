package resolve

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"sbexport/internal/platform"
	"sbexport/plan"
)

// maxDepth is how deep folders may be nested. Nobody nests them that deep; a
// platform that shows more is confused, and following it would never end.
const maxDepth = 500

// folder is a folder to be read. Its ID is empty for a project's root.
type folder struct {
	project  *project
	id, path string
	groups   []int32 // those that reach it, whether their files are wanted or not
}

// walk is the reading of all folders that the rules reach. Each goroutine has a
// collector while it reads a folder.
type walk struct {
	*resolver
	free chan *collector

	mu      sync.Mutex
	paths   map[string]string // of the folders that were seen, by ID
	items   int               // files and folders that were listed
	folders int               // that were read to the end
}

// walk reads the folders that the rules reach, each once: the projects side by
// side, and of each project one level after the other.
func (r *resolver) walk(ctx context.Context) error {
	w := &walk{resolver: r, paths: map[string]string{}, free: make(chan *collector, r.options.Parallel)}
	for range r.options.Parallel {
		w.free <- newCollector(r.index, r.options.Now)
	}
	p := newPool(ctx)
	for _, project := range r.projects {
		p.Go(func(ctx context.Context) error { return w.project(ctx, project) })
	}
	if err := p.Wait(); err != nil {
		return err
	}
	r.collector = newCollector(r.index, r.options.Now)
	for range r.options.Parallel {
		r.merge(<-w.free)
	}
	r.dropRepeated()
	r.locator = newLocator(r.src, r.options.Parallel, w.paths)
	for _, p := range r.projects {
		if p.root != "" {
			r.locator.known[p.root] = ""
		}
	}
	return nil
}

// project reads the folders of one project.
func (w *walk) project(ctx context.Context, p *project) error {
	var level []folder
	if len(p.groups) > 0 {
		level = []folder{{project: p, groups: p.groups}}
	}
	for depth := 0; len(level) > 0; depth++ {
		if depth > maxDepth {
			return fmt.Errorf("walking project %q: folder %s is nested more than %d folders deep; "+
				"narrow the patterns down to folders above it", p.id, level[0].id, maxDepth)
		}
		below := make([][]folder, len(level))
		err := each(ctx, len(level), w.options.Parallel, func(ctx context.Context, i int) (err error) {
			below[i], err = w.read(ctx, level[i])
			return err
		})
		if err != nil {
			return err
		}
		level = w.unseen(slices.Concat(below...))
	}
	return nil
}

// unseen cuts a list of folders down to those that are seen for the first time: a
// folder must not lead back to itself.
func (w *walk) unseen(folders []folder) []folder {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(folders, func(f folder) bool {
		_, seen := w.paths[f.id]
		if !seen {
			w.paths[f.id] = f.path
		}
		return seen
	})
}

// progress counts what was read.
func (w *walk) progress(items, files, folders int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.items += items
	w.listed += files
	w.folders += folders
	if w.options.Progress != nil {
		w.options.Progress(w.items, w.folders)
	}
}

// read reads one folder, page by page, and returns the folders in it that are to
// be read next.
func (w *walk) read(ctx context.Context, f folder) ([]folder, error) {
	l := &listing{collector: <-w.free, folder: f}
	defer func() { w.free <- l.collector }()
	if slices.ContainsFunc(f.groups, func(g int32) bool { return w.index.groups[g].secondary }) {
		l.unselected = map[string]*found{}
	}
	before := len(l.kept)
	err := w.src.Folder(ctx, f.project.id, f.id, func(page []platform.File) error {
		files := 0
		for i := range page {
			l.item = page[i] // a page belongs to the source
			l.add(&l.item)
			if !page[i].Folder {
				files++
			}
		}
		w.progress(len(page), files, 0)
		return nil
	})
	switch {
	case err != nil && f.id == "":
		return nil, fmt.Errorf("listing the files at the top of project %q: %w", f.project.id, err)
	case err != nil:
		return nil, fmt.Errorf("listing folder %q of project %q: %w", f.path, f.project.id, err)
	}
	l.keepSecondary(l.kept[before:])
	w.progress(0, 0, 1)
	return l.below, nil
}

// maxUnselected is how many files of one folder are remembered only because
// they may turn out to be secondary files of another. Others are read again, by
// ID.
const maxUnselected = 100_000

// listing is the reading of one folder.
type listing struct {
	*collector
	folder
	item       platform.File     // the one in hand
	below      []folder          // to be read
	unselected map[string]*found // files that no rule selects, by ID; nil if no rule here takes secondary files along
}

// add handles one file or folder.
func (l *listing) add(f *platform.File) {
	if f.Project == "" || strings.EqualFold(f.Project, l.project.id) {
		f.Project = l.project.id // one string for all
	}
	path := join(l.path, f.Name)
	if f.Folder {
		if groups := l.index.reaching(l.groups, plan.PathOf(path), l.counts); len(groups) > 0 {
			l.below = append(l.below, folder{project: l.project, id: f.ID, path: path, groups: groups})
		}
	} else {
		l.note(f, l.project.key)
	}
	l.index.choose(&l.choice, f, path, l.groups, l.now, l.counts)
	switch {
	case len(l.choice.rules)+len(l.choice.unresolved) > 0:
		l.keep(f, path, false)
	case l.unselected != nil && !f.Folder && len(l.unselected) < maxUnselected:
		l.unselected[f.ID] = l.record(f, path)
	}
}

// keepSecondary keeps the secondary files of files that were kept.
func (l *listing) keepSecondary(kept []*found) {
	for _, k := range kept {
		for _, s := range k.links {
			if f := l.unselected[s.id]; f != nil {
				l.kept = append(l.kept, f)
				delete(l.unselected, s.id)
			}
		}
	}
}

// dropRepeated makes byID, and drops files that were listed in two folders, for
// they were moved meanwhile.
func (r *resolver) dropRepeated() {
	r.byID = make(map[string]*found, len(r.kept))
	for _, f := range r.kept {
		if old := r.byID[f.id]; old == nil || byPath(f, old) < 0 {
			r.byID[f.id] = f
		}
	}
	r.kept = slices.DeleteFunc(r.kept, func(f *found) bool { return r.byID[f.id] != f })
}

func join(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}
