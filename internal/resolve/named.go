package resolve

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"sbexport/internal/change"
	"sbexport/internal/platform"
	"sbexport/plan"
)

// readNamed reads the files that rules name by ID and that the walk did not
// come across. Folders that tasks have put out are read first, for what is in them
// need not be read by its ID.
func (r *resolver) readNamed(ctx context.Context) error {
	for _, folders := range []bool{true, false} {
		var ids []string
		for id := range r.index.named {
			if _, seen := r.paths[id]; !seen && r.byID[id] == nil && (!folders || r.outputFolders[id]) {
				ids = append(ids, id)
			}
		}
		slices.Sort(ids)
		if err := r.readFiles(ctx, ids, r.absent); err != nil {
			return err
		}
	}
	return nil
}

// absent is a named file that cannot be read.
func (r *resolver) absent(id string, b *plan.Block) *found {
	f := &found{id: id, block: b}
	gone := map[int32]*plan.Block{}
	for _, n := range r.index.named[id] {
		f.rules = append(f.rules, n.rule)
		if n.output != nil {
			gone[n.rule] = &plan.Block{Reason: b.Reason, Message: fmt.Sprintf("task %q put it out as %s, but %s",
				n.output.Task.Name, n.output.Port, strings.Replace(b.Message, wrongID, "set tolerate: [not_found] if it was deleted", 1))}
		}
	}
	slices.Sort(f.rules)
	for rule := range r.index.competing(f.rules) {
		f.places = append(f.places, place{rule: rule, block: gone[rule]})
	}
	return f
}

// readFiles reads files by ID, with their paths, and lets the rules choose
// among them as if the walk had seen them. Where a file cannot be read, it
// keeps what absent returns. Folders that tasks have put out are read with all that
// is in them.
func (r *resolver) readFiles(ctx context.Context, ids []string, absent func(id string, b *plan.Block) *found) error {
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
			b, err := unreadableBlock(ids[i], result.Err)
			if err != nil {
				return err
			}
			f := absent(ids[i], b)
			r.kept = append(r.kept, f)
			r.byID[f.id] = f
		default:
			return fmt.Errorf("reading file %q: the platform gave no answer", ids[i])
		}
	}
	if err := r.locator.readAncestors(ctx, files); err != nil {
		return err
	}
	var folders []folder
	for _, f := range files {
		r.chooseByID(f)
		if names := outputs(r.index.named[f.ID]); f.Folder && len(names) > 0 {
			folders = r.appendOutput(folders, f, names)
		}
	}
	return r.readOutputs(ctx, folders)
}

// appendOutput adds a folder that tasks have put out to a list of those to be read.
func (r *resolver) appendOutput(folders []folder, f *platform.File, names []naming) []folder {
	names = slices.DeleteFunc(names, func(n naming) bool { return r.index.elsewhere(n.rule, f) })
	if len(names) == 0 {
		return folders
	}
	path, whole := r.locator.path(f)
	return append(folders, folder{project: r.projectNamed(cmp.Or(f.Project, names[0].output.Task.Project, r.index.rules[names[0].rule].Project)), id: f.ID, path: path, partial: !whole, names: names})
}

// readOutputs reads folders that tasks have put out. One that lies in another is
// read with it.
func (r *resolver) readOutputs(ctx context.Context, folders []folder) error {
	if len(folders) == 0 {
		return nil
	}
	slices.SortFunc(folders, func(a, b folder) int {
		return cmp.Or(strings.Compare(a.project.key, b.project.key), strings.Compare(a.path+"/", b.path+"/"))
	})
	var starts [][]folder
	for _, f := range folders {
		if n := len(starts) - 1; n >= 0 {
			if last := starts[n][len(starts[n])-1]; last.project == f.project {
				if f.partial || last.partial || !strings.HasPrefix(f.path, last.path+"/") {
					starts[n] = append(starts[n], f)
				}
				continue
			}
		}
		starts = append(starts, []folder{f})
	}
	for _, level := range starts {
		for _, f := range level {
			r.paths[f.id] = f.path
		}
	}
	return r.readFolders(ctx, starts)
}

// chooseByID finds the rules that select a file that was read by its ID. The
// file is kept even if there are none, for it may be a secondary file.
func (r *resolver) chooseByID(f *platform.File) {
	if f.Project != "" && !r.chosen(f.Project) {
		return
	}
	key := projectKey(f.Project)
	path, whole := r.locator.path(f)
	var groups []int32
	if p := r.byKey[key]; p != nil && whole {
		groups = p.groups
	}
	r.note(f, key)
	r.choose(f, path, !whole, nil, groups, false)
	if f.Folder && len(r.choice.rules)+len(r.choice.unresolved) == 0 && len(outputs(r.index.named[f.ID])) > 0 {
		return
	}
	k := r.keep(f, path, !whole)
	r.byID[k.id] = k
}

// unreadableBlock says why a file cannot be read. An answer that says
// nothing about the file is an error.
func unreadableBlock(id string, answer *platform.Error) (*plan.Block, error) {
	reason, about := absence(answer)
	switch {
	case !about:
		return nil, fmt.Errorf("reading file %q: %w", id, answer)
	case reason == change.Forbidden:
		return &plan.Block{Reason: reason, Message: fmt.Sprintf("the file may not be read with these credentials: %v; ask for access to its project", answer)}, nil
	}
	return &plan.Block{Reason: reason, Message: "there is no file with this ID, or it is not visible with these credentials; " + wrongID + ", or ask for access"}, nil
}

// wrongID is what to do about an ID that a user has written.
const wrongID = "correct the ID"

// locator finds the paths of files that the walk did not come across.
type locator struct {
	src       Source
	parallel  int
	known     map[string]string         // folder ID → path; empty for a root
	ancestors map[string]*platform.File // folders that were read on the way up; nil for one that cannot be
}

func newLocator(src Source, parallel int, known map[string]string) *locator {
	return &locator{src: src, parallel: parallel, known: known, ancestors: map[string]*platform.File{}}
}

// readAncestors reads the folders above the files, each once, level by level.
func (l *locator) readAncestors(ctx context.Context, files []*platform.File) error {
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
		ancestors, err := l.readAll(ctx, level)
		if err != nil {
			return err
		}
		for i, id := range level {
			l.ancestors[id], level[i] = ancestors[i], ""
			if ancestors[i] != nil {
				level[i] = ancestors[i].Parent
			}
		}
	}
	return nil
}

// readAll reads folders: many at once, and by themselves those of which that tells
// nothing, or no parent. It is not said that folders are told of in bulk.
func (l *locator) readAll(ctx context.Context, ids []string) ([]*platform.File, error) {
	folders := make([]*platform.File, len(ids))
	if len(ids) > 1 {
		results, err := l.src.Files(ctx, ids)
		if err != nil {
			return nil, fmt.Errorf("reading %d folders to find the paths of files: %w", len(ids), err)
		}
		for i := range min(len(results), len(ids)) {
			if f := results[i].File; f != nil && f.Parent != "" {
				folders[i] = f
			}
		}
	}
	return folders, each(ctx, len(ids), l.parallel, func(ctx context.Context, i int) (err error) {
		if folders[i] == nil {
			folders[i], err = l.read(ctx, ids[i])
		}
		return err
	})
}

// findParents reads files without a parent again, one by one: bulk answers have
// been seen to leave it out (vendor page "Get details of multiple files"),
// although even a file at the top of its project has a parent, the root folder.
func (l *locator) findParents(ctx context.Context, files []*platform.File) error {
	var orphans []*platform.File
	for _, f := range files {
		if f.Parent == "" {
			orphans = append(orphans, f)
		}
	}
	return each(ctx, len(orphans), l.parallel, func(ctx context.Context, i int) error {
		f, err := l.read(ctx, orphans[i].ID)
		if f != nil {
			orphans[i].Parent = f.Parent
		}
		return err
	})
}

// unknown cuts folder IDs down to those that have not been read, each once.
func (l *locator) unknown(ids []string) []string {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	return slices.DeleteFunc(ids, func(id string) bool {
		_, known := l.known[id]
		_, read := l.ancestors[id]
		return id == "" || known || read
	})
}

// read reads a file or folder. One that the platform refuses to show is nil; any
// other failure is an error, so that a passing one never changes where files go.
func (l *locator) read(ctx context.Context, id string) (*platform.File, error) {
	f, err := l.src.File(ctx, id)
	if err == nil {
		return f, nil
	}
	if _, about := absence(err); about {
		return nil, nil
	}
	return nil, fmt.Errorf("reading folder %q to find the path of a file: %w", id, err)
}

// path is what is known of a file's path inside its project, and whether
// that is the whole path. The file's ancestors must have been read.
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
		above := l.ancestors[id]
		if above == nil {
			return path, false
		}
		if above.Parent == "" {
			return path, true // the root, whose name is no part of the path
		}
		path = join(above.Name, path)
		id = above.Parent
	}
	return path, false
}
