package resolve

import (
	"context"
	"fmt"
	"slices"

	"sbexport/internal/platform"
)

// locator finds the paths of files that the walk did not come across.
type locator struct {
	src      Source
	parallel int
	known    map[string]string // folder ID → path; empty for a root
	nodes    map[string]node   // folders that were read on the way up
}

// node is a folder; lost when it cannot be read.
type node struct {
	name, parent string
	lost         bool
}

func newLocator(src Source, parallel int, known map[string]string) *locator {
	return &locator{src: src, parallel: parallel, known: known, nodes: map[string]node{}}
}

// climb reads the folders above the files, each once, level by level.
func (l *locator) climb(ctx context.Context, files []*platform.File) error {
	if err := l.findParents(ctx, files); err != nil {
		return err
	}
	level := make([]string, 0, len(files))
	for _, f := range files {
		level = append(level, f.Parent)
	}
	for range maxDepth {
		level = l.unknown(level)
		if len(level) == 0 {
			return nil
		}
		nodes := make([]node, len(level))
		err := each(ctx, len(level), l.parallel, func(ctx context.Context, i int) (err error) {
			nodes[i], err = l.read(ctx, level[i])
			return err
		})
		if err != nil {
			return err
		}
		for i, id := range level {
			l.nodes[id] = nodes[i]
			level[i] = nodes[i].parent
		}
	}
	return nil
}

// findParents asks again, singly, for files without a parent: bulk answers have
// been seen to leave it out (vendor page "Get details of multiple files"),
// whereas even a file at the top of its project has the root folder for one.
func (l *locator) findParents(ctx context.Context, files []*platform.File) error {
	var orphans []*platform.File
	for _, f := range files {
		if f.Parent == "" {
			orphans = append(orphans, f)
		}
	}
	return each(ctx, len(orphans), l.parallel, func(ctx context.Context, i int) error {
		n, err := l.read(ctx, orphans[i].ID)
		orphans[i].Parent = n.parent
		return err
	})
}

// unknown leaves of some folder IDs those that are to be read, each once.
func (l *locator) unknown(ids []string) []string {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	return slices.DeleteFunc(ids, func(id string) bool {
		_, known := l.known[id]
		_, read := l.nodes[id]
		return id == "" || known || read
	})
}

// read reads a folder. One that the platform refuses to show is lost; any other
// failure is an error, lest a passing one changes where files go.
func (l *locator) read(ctx context.Context, id string) (node, error) {
	f, err := l.src.File(ctx, id)
	if err == nil {
		return node{name: f.Name, parent: f.Parent}, nil
	}
	if _, about := refused(err); about {
		return node{lost: true}, nil
	}
	return node{}, fmt.Errorf("reading folder %q to find the path of a file: %w", id, err)
}

// path is a file's path inside its project, as far as it is known, and whether
// that is all of it. Climb must have been called for the file.
func (l *locator) path(f *platform.File) (path string, whole bool) {
	path = f.Name
	id := f.Parent
	for range maxDepth {
		if id == "" {
			return path, true
		}
		if folder, ok := l.known[id]; ok {
			return join(folder, path), true
		}
		n, ok := l.nodes[id]
		if !ok || n.lost {
			return path, false
		}
		if n.parent == "" {
			return path, true // the root, whose name is no part of the path
		}
		path = join(n.name, path)
		id = n.parent
	}
	return path, false
}
