package resolve

import (
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

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
	depth    int
	groups   []int32 // those that reach it, whether their files are wanted or not
}

// event is what a reader reports after a page, and when a folder is done.
type event struct {
	listed int
	below  []folder // subfolders to be read
	done   bool
}

// walk reads the folders that the rules reach, each once, several at a time.
func (r *resolver) walk(ctx context.Context) error {
	w := &walk{resolver: r, queue: r.roots(), paths: map[string]string{}, toRead: make(chan folder), events: make(chan event)}
	readers := make([]*reader, r.options.Parallel)
	p := newPool(ctx)
	p.Go(w.coordinate)
	for i := range readers {
		readers[i] = &reader{
			src: r.src, collector: newCollector(r.index, r.options.Now), toRead: w.toRead, events: w.events,
		}
		p.Go(readers[i].readAll)
	}
	if err := p.Wait(); err != nil {
		return err
	}
	r.collector = newCollector(r.index, r.options.Now)
	for _, rd := range readers {
		r.merge(rd.collector)
	}
	r.dropRepeated()
	r.locator = newLocator(r.src, r.options.Parallel, w.paths)
	for _, p := range r.projects.order {
		if p.root != "" {
			r.locator.known[p.root] = ""
		}
	}
	return nil
}

// roots are the projects to be walked.
func (r *resolver) roots() []folder {
	var roots []folder
	for _, p := range r.projects.order {
		if len(p.groups) > 0 {
			roots = append(roots, folder{project: p, groups: p.groups})
		}
	}
	return roots
}

// dropRepeated makes byID, and drops files that were listed twice.
func (r *resolver) dropRepeated() {
	r.byID = make(map[string]*found, len(r.kept))
	for _, f := range r.kept {
		if old := r.byID[f.id]; old == nil || byPath(f, old) < 0 {
			r.byID[f.id] = f
		}
	}
	if len(r.byID) == len(r.kept) {
		return
	}
	unique := r.kept[:0]
	for _, f := range r.kept {
		if r.byID[f.id] == f {
			unique = append(unique, f)
		}
	}
	clear(r.kept[len(unique):])
	r.kept = unique
}

// walk hands folders out to readers. One goroutine holds all of its state.
type walk struct {
	*resolver
	queue  []folder
	paths  map[string]string // of the folders that were queued, by ID
	toRead chan folder
	events chan event
}

// coordinate hands out folders until there are no more.
func (w *walk) coordinate(ctx context.Context) error {
	defer close(w.toRead)
	busy, folders := 0, 0
	for len(w.queue) > 0 || busy > 0 {
		var toRead chan<- folder // nil, so never ready, while there is nothing to hand out
		var next folder
		if len(w.queue) > 0 {
			toRead, next = w.toRead, w.queue[0]
		}
		select {
		case toRead <- next:
			w.queue[0] = folder{}
			w.queue = w.queue[1:]
			busy++
		case e := <-w.events:
			if err := w.enqueue(e); err != nil {
				return err
			}
			if e.done {
				busy--
				folders++
			}
			if w.options.Progress != nil {
				w.options.Progress(w.listed, folders)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// enqueue handles a reader's event. A folder that was seen before is skipped:
// pages may repeat, and a folder must not lead back to itself.
func (w *walk) enqueue(e event) error {
	w.listed += e.listed
	for _, f := range e.below {
		if _, seen := w.paths[f.id]; seen {
			continue
		}
		if f.depth > maxDepth {
			return fmt.Errorf("walking project %q: folder %s is nested more than %d folders deep; "+
				"narrow the patterns down to folders above it", f.project.id, f.id, maxDepth)
		}
		w.paths[f.id] = f.path
		w.queue = append(w.queue, f)
	}
	return nil
}

// maxUnselected is how many files of one folder are remembered only because
// they may turn out to be secondary files of a file yet to be listed. Others
// are read again, by ID.
const maxUnselected = 100_000

// seed is for the hashes by which repeated items are recognized.
var seed = maphash.MakeSeed()

// reader is one of the goroutines that read folders.
type reader struct {
	*collector
	src    Source
	toRead <-chan folder
	events chan<- event
}

// readAll reads folders until there are no more.
func (rd *reader) readAll(ctx context.Context) error {
	for f := range rd.toRead {
		if err := rd.read(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// read reads one folder, page by page.
func (rd *reader) read(ctx context.Context, f folder) error {
	l := &listing{reader: rd, folder: f, seen: map[uint64]struct{}{}}
	l.follow = slices.ContainsFunc(f.groups, func(g int32) bool { return rd.index.groups[g].secondary })
	err := rd.src.Folder(ctx, f.project.id, f.id, func(page []platform.File) error {
		return rd.send(ctx, l.page(page))
	})
	switch {
	case err == nil:
		return rd.send(ctx, event{done: true})
	case f.id == "":
		return fmt.Errorf("listing the files at the top of project %q: %w", f.project.id, err)
	}
	return fmt.Errorf("listing folder %q of project %q: %w", f.path, f.project.id, err)
}

func (rd *reader) send(ctx context.Context, e event) error {
	select {
	case rd.events <- e:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// listing is the reading of one folder.
type listing struct {
	*reader
	folder
	seen map[uint64]struct{} // hashes of the IDs that were listed
	item platform.File       // the one in hand

	follow     bool                // some rule here takes secondary files along
	unselected map[string]*found   // files that nobody selects, by ID
	missing    map[string]struct{} // IDs of secondary files that were not listed yet
}

// page handles one page of the listing.
func (l *listing) page(page []platform.File) event {
	var e event
	for i := range page {
		l.item = page[i] // a page belongs to the source
		f := &l.item
		if f.Project == "" || strings.EqualFold(f.Project, l.project.id) {
			f.Project = l.project.id // one string for all
		}
		hash := maphash.String(seed, f.ID)
		_, again := l.seen[hash]
		if !again {
			l.seen[hash] = struct{}{}
			e.listed++
		}
		path := join(l.path, f.Name)
		if f.Folder {
			l.subfolder(&e, f, path)
		} else {
			l.note(f, l.project.key)
		}
		l.file(f, path, again)
	}
	return e
}

func (l *listing) subfolder(e *event, f *platform.File, path string) {
	if groups := l.index.reaching(l.groups, plan.PathOf(path), l.counts); len(groups) > 0 {
		e.below = append(e.below, folder{project: l.project, id: f.ID, path: path, depth: l.depth + 1, groups: groups})
	}
}

// file decides about one file. Again says that it was listed before, and so is
// not counted a second time.
func (l *listing) file(f *platform.File, path string, again bool) {
	counts := l.counts
	if again {
		counts = nil
	}
	l.index.choose(&l.choice, f, path, l.groups, l.now, counts)
	switch {
	case len(l.choice.rules)+len(l.choice.unresolved) > 0:
		l.linkSecondary(l.keep(f, path, false))
	case l.follow && !f.Folder:
		l.rememberUnselected(f, path)
	}
}

// linkSecondary looks for the secondary files of a file that was kept.
func (l *listing) linkSecondary(k *found) {
	for _, s := range k.links {
		if f := l.unselected[s.id]; f != nil {
			l.kept = append(l.kept, f)
			delete(l.unselected, s.id)
			continue
		}
		if l.missing == nil {
			l.missing = map[string]struct{}{}
		}
		l.missing[s.id] = struct{}{}
	}
}

// rememberUnselected keeps a file that no rule selects if it is a secondary
// file of one that was kept, and remembers it otherwise, for it may become
// one.
func (l *listing) rememberUnselected(f *platform.File, path string) {
	if _, ok := l.missing[f.ID]; ok {
		l.kept = append(l.kept, l.record(f, path))
		return
	}
	if len(l.unselected) >= maxUnselected {
		return
	}
	if l.unselected == nil {
		l.unselected = map[string]*found{}
	}
	l.unselected[f.ID] = l.record(f, path)
}

func join(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}
