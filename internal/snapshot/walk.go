package snapshot

import (
	"context"
	"fmt"
	"sync"

	"sbexport/internal/platform"
)

// maxDepth is how deep folders may be nested; more is a platform that leads
// round in circles.
const maxDepth = 500

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
		err := each(ctx, len(level), s.o.Parallel, func(ctx context.Context, i int) (err error) {
			below[i], err = s.list(ctx, project, level[i], all)
			return err
		})
		if err != nil {
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

// each calls do for 0 to n-1, several at a time, until one fails.
func each(ctx context.Context, n, parallel int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(n, parallel) {
		workers.Go(func() {
			for i := range next {
				if err := do(ctx, i); err != nil {
					cancel(err) // only the first counts
				}
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	workers.Wait()
	return context.Cause(ctx)
}
