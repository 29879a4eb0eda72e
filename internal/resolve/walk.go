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
	partial  bool     // the path lacks folders at its front
	names    []naming // by which all that is in it is wanted
	groups   []int32  // those that reach it, whether their files are wanted or not
}

// walk is the reading of all folders that the rules reach. Each goroutine has a
// collector while it reads a folder.
type walk struct {
	*resolver
	free chan *collector

	mu sync.Mutex // of paths and what is counted
}

// walk reads the folders that the rules reach, each once: the projects side by
// side, and of each project one level after the other.
func (r *resolver) walk(ctx context.Context) error {
	r.collector, r.paths = newCollector(r.index, r.options.Now), map[string]string{}
	r.locator = newLocator(r.src, r.options.Parallel, r.paths)
	var starts [][]folder
	for _, p := range r.projects {
		if p.root != "" {
			r.paths[p.root] = ""
		}
		if r.givenUp(p.key) {
			continue
		}
		if r.options.Every != nil {
			r.options.Every(r.projectOf[p.id], "", nil)
		}
		if len(p.groups) > 0 || r.options.Every != nil {
			starts = append(starts, []folder{{project: p, groups: p.groups}})
		}
	}
	return r.readFolders(ctx, starts)
}

// readFolders reads folders and all below them that the rules reach. Each list
// is of one project.
func (r *resolver) readFolders(ctx context.Context, starts [][]folder) error {
	w := &walk{resolver: r, free: make(chan *collector, r.options.Parallel)}
	for range r.options.Parallel {
		w.free <- newCollector(r.index, r.options.Now)
	}
	w.count(0, Progress{Projects: len(starts)})
	p := newPool(ctx)
	for _, level := range starts {
		p.Go(func(ctx context.Context) error {
			defer w.count(0, Progress{Read: 1})
			if err := w.project(ctx, level); err != nil {
				return r.giveUp(level[0].project, err)
			}
			return nil
		})
	}
	if err := p.Wait(); err != nil {
		return err
	}
	for range r.options.Parallel {
		r.merge(<-w.free)
	}
	r.dropRepeated()
	return nil
}

// project reads folders of one project and those below them.
func (w *walk) project(ctx context.Context, level []folder) error {
	for depth := 0; len(level) > 0; depth++ {
		if depth > maxDepth {
			return fmt.Errorf("walking project %q: %w: folder %s is nested more than %d folders deep; "+
				"narrow the patterns down to folders above it", level[0].project.id, platform.ErrOddAnswer, level[0].id, maxDepth)
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

// count adds to what was read, and tells of it.
func (w *walk) count(files int, more Progress) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listed += files
	p := &w.progress
	p.Items, p.Folders, p.Projects, p.Read = p.Items+more.Items, p.Folders+more.Folders, p.Projects+more.Projects, p.Read+more.Read
	if w.options.Progress != nil {
		w.options.Progress(*p)
	}
}

// tell tells Options.Every of a page.
func (w *walk) tell(f folder, page []platform.File) {
	if w.options.Every != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.options.Every(w.projectOf[f.project.id], f.path, page)
	}
}

// read reads one folder, page by page, and returns the folders in it that are to
// be read next.
func (w *walk) read(ctx context.Context, f folder) ([]folder, error) {
	l := &listing{collector: <-w.free, folder: f, all: w.options.Every != nil}
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
		w.count(files, Progress{Items: len(page)})
		w.tell(f, page)
		return nil
	})
	switch {
	case err != nil && f.id == "":
		return nil, fmt.Errorf("listing the files at the top of project %q: %w", f.project.id, err)
	case err != nil:
		return nil, fmt.Errorf("listing folder %q of project %q: %w", f.path, f.project.id, err)
	}
	l.keepSecondary(l.kept[before:])
	w.count(0, Progress{Folders: 1})
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
	all        bool              // every folder is read
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
		l.descend(f, path)
	} else {
		l.note(f, l.project.key)
	}
	l.choose(f, path, l.partial, l.names, l.groups, true)
	switch {
	case len(l.choice.rules)+len(l.choice.unresolved) > 0:
		l.keep(f, path, l.partial)
	case l.unselected != nil && !f.Folder && len(l.unselected) < maxUnselected:
		l.unselected[f.ID] = l.record(f, path)
	}
}

// descend has a folder read that a group reaches, or in which everything is wanted.
func (l *listing) descend(f *platform.File, path string) {
	groups, names := l.index.reaching(l.groups, plan.PathOf(path), l.counts), l.names
	if own := outputs(l.index.named[f.ID]); len(own) > 0 {
		names = slices.Concat(own, names)
	}
	if l.all || len(groups)+len(names) > 0 {
		l.below = append(l.below, folder{project: l.project, id: f.ID, path: path, partial: l.partial, names: names, groups: groups})
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
