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

// maxCompanions is how many files of one folder are remembered only because
// they may turn out to be secondary files of a file yet to be listed. Beyond
// it they are read again, by ID.
const maxCompanions = 100_000

// seed makes the hashes by which repeated items are told from new ones.
var seed = maphash.MakeSeed()

// reader is one of the goroutines that read folders.
type reader struct {
	*collector
	src    Source
	jobs   <-chan folder
	events chan<- event
}

// run reads folders until there are no more.
func (rd *reader) run(ctx context.Context) error {
	for f := range rd.jobs {
		if err := rd.read(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// read reads one folder, page by page.
func (rd *reader) read(ctx context.Context, f folder) error {
	l := &listing{reader: rd, folder: f, seen: map[uint64]struct{}{}}
	l.follow = slices.ContainsFunc(f.groups, func(g int32) bool { return rd.book.groups[g].secondary })
	err := rd.src.Folder(ctx, f.project.id, f.id, func(page []platform.File) error {
		return rd.tell(ctx, l.page(page))
	})
	switch {
	case err == nil:
		return rd.tell(ctx, event{done: true})
	case f.id == "":
		return fmt.Errorf("listing the files at the top of project %q: %w", f.project.id, err)
	}
	return fmt.Errorf("listing folder %q of project %q: %w", f.path, f.project.id, err)
}

func (rd *reader) tell(ctx context.Context, e event) error {
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

	follow  bool                // some rule here takes secondary files along
	spare   map[string]*found   // files that nobody selects, by ID
	missing map[string]struct{} // IDs of secondary files that were not listed yet
}

// page takes in one page.
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
			l.notice(f, l.project.key)
		}
		l.file(f, path, again)
	}
	return e
}

func (l *listing) subfolder(e *event, f *platform.File, path string) {
	if groups := l.book.reaching(l.groups, plan.PathOf(path), l.counts); len(groups) > 0 {
		e.below = append(e.below, folder{project: l.project, id: f.ID, path: path, depth: l.depth + 1, groups: groups})
	}
}

// file decides about one file. What is counted is not counted again.
func (l *listing) file(f *platform.File, path string, again bool) {
	counts := l.counts
	if again {
		counts = nil
	}
	l.book.choose(&l.choice, f, path, l.groups, l.now, counts)
	switch {
	case len(l.choice.rules)+len(l.choice.strays) > 0:
		l.attend(l.keep(f, path, false))
	case l.follow && !f.Folder:
		l.spared(f, path)
	}
}

// attend looks for the secondary files of a file that was kept.
func (l *listing) attend(k *found) {
	for _, s := range k.links {
		if f := l.spare[s.id]; f != nil {
			l.kept = append(l.kept, f)
			delete(l.spare, s.id)
			continue
		}
		if l.missing == nil {
			l.missing = map[string]struct{}{}
		}
		l.missing[s.id] = struct{}{}
	}
}

// spared remembers a file that nobody selects, as a secondary file of a file
// that was kept or may be yet.
func (l *listing) spared(f *platform.File, path string) {
	if _, ok := l.missing[f.ID]; ok {
		l.kept = append(l.kept, l.record(f, path))
		return
	}
	if len(l.spare) >= maxCompanions {
		return
	}
	if l.spare == nil {
		l.spare = map[string]*found{}
	}
	l.spare[f.ID] = l.record(f, path)
}

func join(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}
