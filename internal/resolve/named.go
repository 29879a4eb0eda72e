package resolve

import (
	"context"
	"fmt"

	"sbexport/internal/change"
	"sbexport/internal/platform"
)

// readNamed reads the files that rules name by ID and that the walk did not
// come across.
func (r *run) readNamed(ctx context.Context) error {
	var ids []string
	asked := map[string]bool{}
	for i, rule := range r.book.rules {
		if !r.book.read[i] {
			continue
		}
		for _, id := range rule.Files {
			if r.byID[id] == nil && !asked[id] {
				asked[id] = true
				ids = append(ids, id)
			}
		}
	}
	return r.readFiles(ctx, ids, func(id string, b *block) *found {
		f := &found{id: id, rules: r.book.named[id], block: b}
		for rule := range r.book.competing(f.rules) {
			f.places = append(f.places, place{rule: rule})
		}
		return f
	})
}

// readFiles reads files by ID, with their paths, and lets the rules choose among
// them as if the walk had seen them. For those that cannot be read it keeps what
// absent makes of them.
func (r *run) readFiles(ctx context.Context, ids []string, absent func(id string, b *block) *found) error {
	if len(ids) == 0 {
		return nil
	}
	results, err := r.src.Files(ctx, ids)
	if err != nil {
		return fmt.Errorf("reading %d files by their IDs: %w", len(ids), err)
	}
	if len(results) != len(ids) {
		return fmt.Errorf("reading %d files by their IDs: the platform gave %d answers", len(ids), len(results))
	}
	var files []*platform.File
	for i, result := range results {
		switch {
		case result.File != nil:
			f := *result.File
			f.ID = ids[i]
			files = append(files, &f)
		case result.Err != nil:
			b, err := unreadable(ids[i], result.Err)
			if err != nil {
				return err
			}
			r.take(absent(ids[i], b))
		default:
			return fmt.Errorf("reading file %q: the platform gave no answer", ids[i])
		}
	}
	if err := r.locator.climb(ctx, files); err != nil {
		return err
	}
	for _, f := range files {
		r.admit(f)
	}
	return nil
}

// admit lets the rules choose about a file that was read by its ID. One that
// none of them selects directly is kept as well, for it may be a secondary file.
func (r *run) admit(f *platform.File) {
	key := projectKey(f.Project)
	path, whole := r.locator.path(f)
	var groups []int32
	if whole {
		groups = r.book.of[key]
	}
	r.notice(f, key)
	r.book.choose(&r.choice, f, path, groups, r.now, nil)
	k := r.keep(f, path, !whole)
	r.byID[k.id] = k
}

// take keeps a file that could not be read.
func (r *run) take(f *found) {
	r.kept = append(r.kept, f)
	r.byID[f.id] = f
}

// unreadable says why a file cannot be read. An answer that says nothing about
// the file is an error.
func unreadable(id string, answer *platform.Error) (*block, error) {
	reason, about := refused(answer)
	switch {
	case !about:
		return nil, fmt.Errorf("reading file %q: %w", id, answer)
	case reason == change.Forbidden:
		return &block{reason, fmt.Sprintf("the file may not be read with these credentials: %v; ask for access to its project", answer)}, nil
	}
	return &block{reason, "there is no file with this ID, or it is not visible with these credentials; correct the ID, or ask for access"}, nil
}
