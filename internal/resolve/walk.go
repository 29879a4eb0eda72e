package resolve

import (
	"context"
	"fmt"
)

// maxDepth is how deep folders may be nested. Nobody's are; a platform that
// shows more is confused, and following it would never end.
const maxDepth = 500

// folder is a folder to be read. Its ID is empty for a project's root.
type folder struct {
	project  *project
	id, path string
	depth    int
	groups   []int32 // those that reach it, whether their files are wanted or not
}

// event is what a reader tells after a page, and when a folder is done.
type event struct {
	listed int
	below  []folder // subfolders to be read
	done   bool
}

// walk reads the folders that the rules reach, each once, several at a time.
func (r *run) walk(ctx context.Context) error {
	w := &walk{run: r, queue: r.roots(), paths: map[string]string{}, jobs: make(chan folder), events: make(chan event)}
	readers := make([]*reader, r.options.Parallel)
	p := newPool(ctx)
	p.Go(w.coordinate)
	for i := range readers {
		readers[i] = &reader{
			src: r.src, collector: newCollector(r.book, r.options.Now), jobs: w.jobs, events: w.events,
		}
		p.Go(readers[i].run)
	}
	if err := p.Wait(); err != nil {
		return err
	}
	r.collector = newCollector(r.book, r.options.Now)
	for _, rd := range readers {
		r.absorb(rd.collector)
	}
	r.index()
	r.locator = newLocator(r.src, r.options.Parallel, w.paths)
	for _, p := range r.projects.order {
		if p.root != "" {
			r.locator.known[p.root] = ""
		}
	}
	return nil
}

// roots are the projects to be walked.
func (r *run) roots() []folder {
	var roots []folder
	for _, p := range r.projects.order {
		if len(p.groups) > 0 {
			roots = append(roots, folder{project: p, groups: p.groups})
		}
	}
	return roots
}

// index makes byID, and drops files that were listed twice.
func (r *run) index() {
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
	*run
	queue  []folder
	paths  map[string]string // of the folders that were queued, by ID
	jobs   chan folder
	events chan event
}

// coordinate hands out folders until there are no more.
func (w *walk) coordinate(ctx context.Context) error {
	defer close(w.jobs)
	busy, folders := 0, 0
	for len(w.queue) > 0 || busy > 0 {
		var jobs chan<- folder // nil, so never ready, while there is nothing to hand out
		var next folder
		if len(w.queue) > 0 {
			jobs, next = w.jobs, w.queue[0]
		}
		select {
		case jobs <- next:
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

// enqueue takes in what a reader tells. A folder that was seen before is left
// out: pages may repeat, and a folder must not lead back to itself.
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
